//! The queue as the page shows it.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::status::{Around, JobLook, Looker, Seen, when, why};
use crate::cli::{format, tables};
use crate::queue::{Filter, Queue, StateKind, Which};
use crate::report::html::page::{JobSeen, QueueSeen};
use crate::triggers::countdown;

/// So many jobs that wait or run are shown.
const LIVE: usize = 25;
/// So many failed ones.
const FAILED: usize = 10;

/// Looks at the queue.
pub(super) fn seen(app: &App, queue: &Queue) -> Result<QueueSeen, CommandError> {
    let seen = Seen::of(queue, Some(LIVE), Around::default(), Vec::new(), app)?;
    let failed = Filter {
        which: Which::In(StateKind::Failed),
        limit: Some(FAILED),
        ..Filter::default()
    };
    let failed = queue.list(&failed).context("list the failed jobs")?;
    let failed = Looker::new(queue, app.state_dir()?).all(failed)?;
    let states = StateKind::ALL.iter();
    let shown = states.filter(|state| !state.is_terminal() || **state == StateKind::Failed);
    let (now, zone) = (app.now(), app.zone());
    let job = |look: &JobLook| JobSeen {
        id: look.job.id.to_string(),
        task: tables::title(&look.job),
        state: look.job.state.kind().name(),
        priority: look.job.priority.name(),
        commit: look.job.input.commit.clone(),
        when: when(look, now, &zone).bare(),
        why: why(look).bare(),
    };
    Ok(QueueSeen {
        states: shown
            .map(|state| (state.name(), seen.count(*state)))
            .collect(),
        done_today: seen.counts.done_today,
        failed_today: seen.counts.failed_today,
        paused: seen.paused,
        jobs: seen.jobs.iter().chain(&failed).map(job).collect(),
        more: seen.live().saturating_sub(seen.jobs.len() as u64),
        schedules: seen
            .schedules
            .iter()
            .filter_map(|it| Some((it.name.clone(), countdown(it.next_fire?, now, &zone))))
            .collect(),
        untold: seen
            .untold
            .iter()
            .map(|it| {
                let count = usize::try_from(it.refused + it.given_up).unwrap_or(usize::MAX);
                let count = format::count(count, "message", "messages");
                (
                    it.channel.clone(),
                    format!("{count} not taken: {}", it.error),
                )
            })
            .collect(),
    })
}
