//! What metrics are made of.

use super::*;
use crate::queue::{Came, Drained, Lookups, NewVerdict, Policy, RunTotal, WaitingChange};

const DAY: i64 = 24 * 60 * 60;

fn total(task: &str, outcome: &str, came: Option<Came>, runs: u64) -> RunTotal {
    RunTotal {
        task: task.to_owned(),
        outcome: outcome.to_owned(),
        came,
        runs,
        wall_ms: runs * 2000,
        cpu_ms: runs * 1500,
        queue_ms: runs * 10_000,
    }
}

#[test]
fn what_a_run_says_about_its_task_is_what_becomes_of_the_job() {
    let (_dir, mut queue) = queue();
    let snoozed = Next::Snooze {
        at: at(20),
        reason: "no such tool".to_owned(),
    };
    let interrupted = Next::Interrupted {
        reason: "budget".to_owned(),
    };
    let all = [
        ("a", Next::Done, Some(Came::Succeeded)),
        ("b", failed(), Some(Came::Failed)),
        ("c", retry(), Some(Came::Failed)),
        ("d", snoozed, None),
        ("e", interrupted, None),
    ];
    for (task, next, _) in &all {
        let id = add_id(&mut queue, job(task));
        run(&mut queue, &id, next.clone());
    }
    let runs = queue.measured_runs(at(0)).unwrap();
    let came: Vec<_> = runs
        .iter()
        .map(|run| (run.task.as_str(), run.came))
        .collect();
    assert_eq!(came, all.each_ref().map(|(task, _, came)| (*task, *came)));
    assert_eq!(
        (runs[0].wall_ms(), runs[0].duration_ms()),
        (2000, Some(2000))
    );
    assert_eq!((runs[4].wall_ms(), runs[4].duration_ms()), (2000, None));
    assert_eq!(runs[0].history, "a");
    assert_eq!(queue.measured_runs(at(13)).unwrap(), []);
}

#[test]
fn runs_are_told_with_what_their_jobs_were_about() {
    let (_dir, mut queue) = queue();
    for task in ["a", "b", "c"] {
        let id = add_id(&mut queue, job(task));
        let next = if task == "b" { failed() } else { Next::Done };
        run(&mut queue, &id, next);
    }
    let runs = queue.runs_about(at(0), 10).unwrap();
    let told: Vec<_> = runs.iter().map(|it| (it.task.as_str(), it.came)).collect();
    let (done, failed) = (Came::Succeeded, Came::Failed);
    assert_eq!(told, [("a", done), ("b", failed), ("c", done)]);
    assert!(runs.iter().all(|it| it.spec.is_some()));
    assert_eq!(runs[0].finished_at - runs[0].started_at, 2000);
    // Of too many the newest, and none of before.
    let newest = queue.runs_about(at(0), 1).unwrap();
    assert_eq!(newest[0].task, "c");
    assert_eq!(queue.runs_about(at(13), 10).unwrap(), []);
}

#[test]
fn totals_survive_pruning() {
    let (_dir, mut queue) = queue();
    for _ in 0..3 {
        let id = add_id(&mut queue, job("a"));
        run(&mut queue, &id, Next::Done);
    }
    let id = add_id(&mut queue, job("a"));
    run(&mut queue, &id, failed());
    let totals = [
        total("a", "ok", Some(Came::Failed), 1),
        total("a", "ok", Some(Came::Succeeded), 3),
    ];
    assert_eq!(queue.run_totals().unwrap(), totals);
    queue.prune(&Policy::default(), at(60 * DAY), 100).unwrap();
    assert_eq!(queue.measured_runs(Timestamp::UNIX_EPOCH).unwrap(), []);
    assert_eq!(queue.run_totals().unwrap(), totals);
    let id = add_id(&mut queue, job("a"));
    run(&mut queue, &id, Next::Done);
    assert_eq!(queue.run_totals().unwrap()[1].runs, 4);
}

#[test]
fn totals_begin_with_the_runs_that_are_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = before("TABLE run_total", &dir);
    for (job, outcome, next) in [
        ("00000001", "succeeded", "done"),
        ("00000002", "exited", "done"),
        ("00000003", "exited", "failed"),
        ("00000004", "timed-out", "retry"),
        ("00000005", "interrupted", "interrupted"),
    ] {
        let run = "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, queue_ms, started_at, finished_at,
                                    outcome, killed, cpu_ms, enforced)
                   VALUES (?1, 'a', 'r', 1, 1, 1, 'here', 10000, 5000, 7000, ?2, 0, 1500, 'null')";
        store.conn().execute(run, [job, outcome]).unwrap();
        let event = "INSERT INTO event (at, job, task, kind, from_state, to_state, data) VALUES (?1, ?2, 'a', ?3, ?4, ?5, '{}')";
        for (at, kind, from, to) in [
            (4000, "claimed", "queued", "running"),
            (7001, next, "running", "done"),
        ] {
            let params = rusqlite::params![at, job, kind, from, to];
            store.conn().execute(event, params).unwrap();
        }
    }
    drop(store);
    let queue = open(&dir);
    let totals = queue.run_totals().unwrap();
    assert_eq!(
        totals,
        [
            total("a", "exited", Some(Came::Failed), 1),
            total("a", "exited", Some(Came::Succeeded), 1),
            total("a", "interrupted", None, 1),
            total("a", "succeeded", Some(Came::Succeeded), 1),
            total("a", "timed-out", Some(Came::Failed), 1),
        ]
    );
    assert_eq!(
        queue.measured_runs(Timestamp::UNIX_EPOCH).unwrap()[0].history,
        "a"
    );
}

#[test]
fn waiting_changes_add_up_to_what_waits() {
    let (_dir, mut queue) = queue();
    for number in 0..4 {
        add_id(&mut queue, job(&number.to_string()));
    }
    let parent = add_id(&mut queue, job("parent"));
    queue
        .enqueue(
            &[NewJob {
                needs: vec![Need::Job(parent.clone())],
                ..job("child")
            }],
            LIMIT,
            at(1),
        )
        .unwrap();
    // Coalesced: nothing more waits for that.
    add_id(&mut queue, job("0"));
    let waits = |queue: &Queue| {
        let changes = queue.waiting_changes(at(-1)).unwrap();
        let sum: i64 = changes.iter().map(|change| change.by).sum();
        assert_eq!(u64::try_from(sum).unwrap(), queue.waiting().unwrap());
        sum
    };
    assert_eq!(waits(&queue), 6);
    let lease = claim(&mut queue, &parent);
    assert_eq!(waits(&queue), 5);
    finish(&mut queue, &lease, retry());
    assert_eq!(waits(&queue), 6);
    queue.cancel(&parent, "no more", at(30)).unwrap();
    assert_eq!(waits(&queue), 4, "the child failed with it");
    queue.retry(&parent, at(31)).unwrap();
    assert_eq!(waits(&queue), 5);
    assert_eq!(
        queue.waiting_changes(at(31)).unwrap(),
        [WaitingChange {
            at: at(31).as_millisecond(),
            by: 1
        }]
    );
    assert_eq!(queue.oldest_event().unwrap(), Some(at(0).as_millisecond()));
}

#[test]
fn drains_are_read_as_they_were_recorded() {
    let (_dir, mut queue) = queue();
    let drained = Drained {
        budget_ms: Some(60_000),
        wall_ms: 61_250,
        started: 4,
        finished: 4,
        stopped: false,
        gates: true,
    };
    queue.record_drain(&drained, at(5)).unwrap();
    queue
        .record("drained", &json!("of another version"), at(6))
        .unwrap();
    assert_eq!(queue.drains(at(5)).unwrap(), [drained]);
    assert_eq!(queue.drains(at(6)).unwrap(), []);
}

#[test]
fn lookups_are_counted_where_something_is_written() {
    let (_dir, mut queue) = queue();
    assert_eq!(queue.lookups().unwrap(), Lookups::default());
    queue
        .remember_passed(&[("d", "t", ""), ("d", "t", "base")], 1, at(0))
        .unwrap();
    queue.remember_passed(&[("d", "u", "")], 0, at(0)).unwrap();
    queue.remember_passed(&[], 0, at(0)).unwrap();
    let id = add_id(&mut queue, job("a"));
    let lease = claim(&mut queue, &id);
    let verdict = NewVerdict {
        key: "k".to_owned(),
        definition: "d".to_owned(),
        parts: "{}".to_owned(),
        tree: None,
        commit: None,
        body: None,
        summary: "clean".to_owned(),
        files: Vec::new(),
    };
    let settlement = Settlement {
        verdict: Some(verdict),
        ..settlement_of("a", Next::Done)
    };
    queue.settle(&lease, &settlement, at(12)).unwrap();
    assert_eq!(queue.lookups().unwrap(), Lookups { hits: 1, misses: 1 });
}
