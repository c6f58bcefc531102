//! Claims, fences and settlements.

use super::*;
use crate::queue::{Category, Cause, ExecutionKind, Exit, NewResult, ResultFilter, State};

#[test]
fn one_of_two_claims_wins() {
    let (dir, mut one) = queue();
    let mut two = open(&dir);
    let id = add_id(&mut one, job("a"));
    let first = one.claim(&id, "one", 0, at(1)).unwrap();
    assert!(two.claim(&id, "two", 1, at(1)).unwrap().is_none());
    assert!(two.still_mine(&first.unwrap()).unwrap());
}

#[test]
fn a_job_runs_neither_before_its_time_nor_after_its_deadline() {
    let (_dir, mut queue) = queue();
    let timed = NewJob {
        run_at: at(100),
        deadline: Some(at(200)),
        ..job("a")
    };
    let id = add_id(&mut queue, timed);
    for second in [99, 200] {
        assert!(queue.ready(at(second)).unwrap().is_empty());
        assert!(queue.claim(&id, "run", 0, at(second)).unwrap().is_none());
    }
    assert_eq!(queue.next_run_at(at(50)).unwrap(), Some(at(100)));
    assert_eq!(queue.next_run_at(at(100)).unwrap(), None);
    assert!(queue.claim(&id, "run", 0, at(100)).unwrap().is_some());
}

#[test]
fn what_is_ready_comes_in_order() {
    let (_dir, mut queue) = queue();
    let low = NewJob {
        priority: Priority::Low,
        ..job("low")
    };
    let high = NewJob {
        priority: Priority::High,
        ..job("high")
    };
    queue.enqueue(&[low, job("older")], LIMIT, at(0)).unwrap();
    queue.enqueue(&[job("newer"), high], LIMIT, at(1)).unwrap();
    let tasks: Vec<_> = queue
        .ready(at(2))
        .unwrap()
        .into_iter()
        .map(|job| job.task)
        .collect();
    assert_eq!(tasks, ["high", "older", "newer", "low"]);
}

#[test]
fn a_stale_fence_is_refused_and_its_result_kept() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let stale = claim(&mut queue, &id);
    let running = queue.running().unwrap().remove(0);
    queue.reclaim(&running, Cause::Vanished, at(11)).unwrap();
    let fresh = queue.claim(&id, "run", 0, at(12)).unwrap().unwrap();
    assert!(fresh.fence > stale.fence);
    assert!(!queue.still_mine(&stale).unwrap());
    let with_result = Settlement {
        results: vec![NewResult {
            kind: "findings".to_owned(),
            commit: None,
            schema: 1,
            body: json!([1]).to_string(),
        }],
        ..settlement(Next::Done)
    };
    assert_eq!(
        queue.settle(&stale, &with_result, at(13)).unwrap(),
        Settled::Stale
    );
    assert_eq!(state(&queue, &id), StateKind::Running);
    assert!(queue.results(&ResultFilter::default()).unwrap().is_empty());
    let kept: i64 = queue
        .conn()
        .query_row("SELECT count(*) FROM orphan", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 1);
    assert!(matches!(
        finish(&mut queue, &fresh, Next::Done),
        Settled::Applied { .. }
    ));
    assert_eq!(
        finish(&mut queue, &fresh, Next::Done),
        Settled::Stale,
        "settled once"
    );
}

#[test]
fn a_settlement_records_the_run_the_result_and_the_duration() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let lease = claim(&mut queue, &id);
    let with_result = Settlement {
        results: vec![NewResult {
            kind: "findings".to_owned(),
            commit: Some("c1".to_owned()),
            schema: 3,
            body: json!({ "n": 1 }).to_string(),
        }],
        ..settlement(Next::Done)
    };
    queue.settle(&lease, &with_result, at(12)).unwrap();
    let row = get(&queue, &id);
    assert_eq!(
        row.state,
        State::Done {
            finished_at: at(12)
        }
    );
    assert_eq!(row.exit_code, Some(0));
    let result = queue.result(row.result.unwrap()).unwrap().unwrap();
    assert_eq!((result.schema, &result.body), (3, &json!({ "n": 1 })));
    let runs = queue.runs(&id).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].queue_ms, 10_000);
    assert_eq!(runs[0].log, Some(PathBuf::from("/logs/one.log")));
    assert_eq!(runs[0].enforced, json!({ "nice": 10 }));
    let history = queue.history("a", "here").unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].ms, 2000);
    assert_eq!(history[0].kind, ExecutionKind::Succeeded);
    assert!(queue.history("a", "elsewhere").unwrap().is_empty());
    let kinds: Vec<_> = queue
        .events(&id)
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, ["enqueued", "claimed", "done"]);
}

#[test]
fn a_retry_counts_is_demoted_and_is_bounded() {
    let (_dir, mut queue) = queue();
    let id = add_id(
        &mut queue,
        NewJob {
            max_retries: 1,
            ..job("a")
        },
    );
    run(&mut queue, &id, retry());
    let row = get(&queue, &id);
    assert_eq!(row.state, State::Queued { run_at: at(20) });
    assert_eq!((row.attempt, row.priority), (1, Priority::Low));
    assert_eq!(row.error.as_deref(), Some("died of signal 9"));
    let lease = queue.claim(&id, "run", 0, at(20)).unwrap().unwrap();
    assert_eq!(lease.attempt, 2);
    finish(&mut queue, &lease, retry());
    assert!(matches!(
        get(&queue, &id).state,
        State::Failed {
            category: Category::MaxRetries,
            ..
        }
    ));
}

#[test]
fn a_demoted_job_is_not_promoted_by_its_retry() {
    let (_dir, mut queue) = queue();
    let id = add_id(
        &mut queue,
        NewJob {
            priority: Priority::Deferred,
            ..job("a")
        },
    );
    run(&mut queue, &id, retry());
    assert_eq!(get(&queue, &id).priority, Priority::Deferred);
}

#[test]
fn snoozes_interruptions_and_holds_refund_the_attempt() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let reason = || "why".to_owned();
    for (next, to) in [
        (
            Next::Snooze {
                at: at(10),
                reason: reason(),
            },
            StateKind::Queued,
        ),
        (Next::Interrupted { reason: reason() }, StateKind::Queued),
        (Next::Hold { reason: reason() }, StateKind::Held),
    ] {
        let lease = queue.claim(&id, "run", 0, at(12)).unwrap().unwrap();
        finish(&mut queue, &lease, next);
        let row = get(&queue, &id);
        assert_eq!((row.attempt, row.state.kind()), (0, to));
        assert_eq!(row.priority, Priority::Normal);
    }
    assert!(queue.history("a", "here").unwrap().is_empty());
}

#[test]
fn what_we_killed_teaches_a_lower_bound() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let lease = claim(&mut queue, &id);
    let mut cut = settlement(Next::Interrupted {
        reason: "budget".to_owned(),
    });
    cut.record.killed = true;
    queue.settle(&lease, &cut, at(12)).unwrap();
    let history = queue.history("a", "here").unwrap();
    assert_eq!(history[0].kind, ExecutionKind::Killed);
}

#[test]
fn a_side_exit_says_why() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let gone = Next::Ended {
        exit: Exit::Superseded,
        reason: "the commit is gone".to_owned(),
    };
    run(&mut queue, &id, gone);
    assert_eq!(
        get(&queue, &id).state,
        State::Ended {
            finished_at: at(12),
            exit: Exit::Superseded,
            reason: "the commit is gone".to_owned()
        }
    );
}

#[test]
fn the_ring_keeps_the_last_hundred() {
    let (_dir, mut queue) = queue();
    for number in 0..105 {
        let id = add_id(&mut queue, job("a"));
        let lease = claim(&mut queue, &id);
        let mut one = settlement(Next::Done);
        one.record.finished_at = at(10 + number);
        queue.settle(&lease, &one, at(12)).unwrap();
    }
    let history = queue.history("a", "here").unwrap();
    assert_eq!(history.len(), 100);
    assert_eq!(history[0].ms, 5_000);
    assert_eq!(history[99].ms, 104_000);
}

#[test]
fn others_writes_are_noticed() {
    let (dir, mut one) = queue();
    let two = open(&dir);
    let before = two.data_version().unwrap();
    assert_eq!(two.data_version().unwrap(), before);
    add(&mut one, job("a"));
    assert_ne!(two.data_version().unwrap(), before);
}
