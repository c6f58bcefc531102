//! What a repository's own queue remembers: its jobs, and when git pushed.
//!
//! Of the hooks that fired, only those of pushes are told: all else that git does is in the reflog.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CollectError;
use crate::optimize::event::{Actor, Line, Source};
use crate::queue::{Came, Event, EventFilter, Queue};

/// What the trail calls a hook that fired, and gates that git asked about.
const FIRED: [&str; 2] = ["hook", "gates"];
/// The hook of a push.
const PUSH: &str = "pre-push";
/// One push is told twice, by the gates and by what it enqueued: within so many ms.
const SAME: i64 = 60_000;

/// How far a queue was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueCursor {
    /// When the last run that was told ended, in ms UTC.
    ended: i64,
    /// The number of the last event that was told, and when the last push was.
    event: i64,
    pushed: i64,
}

/// Gives the runs that ended since to `out`, with what they came to.
pub(super) fn jobs(
    queue: &Queue,
    folder: Option<&str>,
    cursor: &mut QueueCursor,
    out: &mut dyn FnMut(Line),
) -> Result<(), CollectError> {
    let since = Timestamp::from_millisecond(cursor.ended).unwrap_or_default();
    for run in queue.measured_runs(since)? {
        cursor.ended = cursor.ended.max(run.finished_at);
        // Ended by us, or with nothing to do: that says nothing of the task.
        let Some(came) = run.came.filter(|_| !run.killed) else {
            continue;
        };
        out(Line {
            at: run.started_at,
            timed: true,
            source: Source::Jobs,
            actor: Actor::Machine,
            folder: folder.map(str::to_owned),
            text: format!("git tend run {}", run.task),
            duration_ms: u64::try_from(run.wall_ms()).ok(),
            exit: Some(i32::from(came == Came::Failed)),
            session: None,
        });
    }
    Ok(())
}

/// Gives the pushes since to `out`. Whether the other side took one, no hook tells; that gates refused it, the trail does.
pub(super) fn pushes(
    queue: &Queue,
    folder: Option<&str>,
    cursor: &mut QueueCursor,
    out: &mut dyn FnMut(Line),
) -> Result<(), CollectError> {
    let mut events: Vec<Event> = Vec::new();
    for kind in FIRED {
        events.extend(queue.newest_events(&EventFilter {
            after: cursor.event,
            kind: Some(kind.to_owned()),
            ..EventFilter::default()
        })?);
    }
    events.sort_by_key(|event| event.seq);
    for event in events {
        cursor.event = event.seq;
        let at = event.at.as_millisecond();
        let word = |name: &str| event.data.get(name);
        if word("hook").and_then(|it| it.as_str()) != Some(PUSH) {
            continue;
        }
        let is_refused = word("refused").and_then(serde_json::Value::as_bool) == Some(true);
        let told = std::mem::replace(&mut cursor.pushed, at);
        if event.kind != "gates" && (0..SAME).contains(&at.saturating_sub(told)) {
            continue;
        }
        out(Line {
            at,
            timed: true,
            source: Source::Git,
            actor: Actor::Human,
            folder: folder.map(str::to_owned),
            text: "git push".to_owned(),
            duration_ms: None,
            exit: is_refused.then_some(1),
            session: None,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use serde_json::json;

    use super::*;
    use crate::store::{Access, OpenOptions, QUEUE, Store};

    fn open(dir: &Path) -> Queue {
        Queue::open(dir, &OpenOptions::new(Access::ReadWrite)).unwrap()
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).unwrap()
    }

    #[test]
    fn runs_that_tell_something_of_their_task_are_told_with_what_they_took() {
        let dir = tempfile::tempdir().unwrap();
        drop(open(dir.path()));
        let store = Store::open(dir.path(), &QUEUE, &OpenOptions::new(Access::ReadWrite)).unwrap();
        for (job, came, killed) in [
            (1, "'succeeded'", 0),
            (2, "'failed'", 0),
            (3, "NULL", 0),
            (4, "'failed'", 1),
        ] {
            let begin = job * 10_000;
            let run = format!(
                "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, queue_ms, started_at, finished_at, outcome,
                                  came, killed, enforced)
                 VALUES ('0000000{job}', 'lint', 'r', 1, 1, 1, 'here', 0, {begin}, {begin} + 1500, 'x', {came}, {killed}, 'null')"
            );
            store.conn().execute(&run, []).unwrap();
        }
        drop(store);
        let queue = open(dir.path());
        let mut cursor = QueueCursor::default();
        let mut lines = Vec::new();
        jobs(&queue, Some("/r"), &mut cursor, &mut |it| lines.push(it)).unwrap();
        let told: Vec<_> = lines.iter().map(|it| (it.at, it.exit)).collect();
        assert_eq!(told, [(10_000, Some(0)), (20_000, Some(1))]);
        assert_eq!(lines[0].text, "git tend run lint");
        assert_eq!(lines[0].duration_ms, Some(1500));
        assert_eq!(
            (lines[0].actor, lines[0].folder.as_deref()),
            (Actor::Machine, Some("/r"))
        );
        // The last one comes again, and is known by its digest.
        lines.clear();
        jobs(&queue, None, &mut cursor, &mut |it| lines.push(it)).unwrap();
        assert!(lines.is_empty(), "{lines:?}");
    }

    #[test]
    fn a_push_is_told_once_and_a_refused_one_failed() {
        let dir = tempfile::tempdir().unwrap();
        let mut queue = open(dir.path());
        let gates = |refused: bool| json!({"hook": "pre-push", "refused": refused, "gates": []});
        let fired = |hook: &str| json!({"hook": hook, "enqueued": ["lint"], "held": []});
        for (kind, data, ms) in [
            ("hook", fired("post-commit"), 0),
            ("gates", gates(false), 1_000),
            ("hook", fired("pre-push"), 1_500),
            ("gates", gates(true), 20_000),
            ("hook", fired("pre-push"), 200_000),
            ("hook", json!("nonsense"), 200_001),
        ] {
            queue.record(kind, &data, at(ms)).unwrap();
        }
        let mut cursor = QueueCursor::default();
        let mut lines = Vec::new();
        pushes(&queue, None, &mut cursor, &mut |it| lines.push(it)).unwrap();
        let told: Vec<_> = lines
            .iter()
            .map(|it| (it.at - at(0).as_millisecond(), it.exit))
            .collect();
        assert_eq!(told, [(1_000, None), (20_000, Some(1)), (200_000, None)]);
        lines.clear();
        pushes(&queue, None, &mut cursor, &mut |it| lines.push(it)).unwrap();
        assert!(lines.is_empty());
    }
}
