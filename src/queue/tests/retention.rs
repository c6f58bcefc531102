//! What is forgotten.

use super::*;
use crate::queue::{NewResult, Policy, ResultFilter};

const DAY: i64 = 24 * 60 * 60;

fn ended(queue: &mut Queue, task: &str, next: Next) -> JobId {
    let id = add_id(queue, job(task));
    let lease = claim(queue, &id);
    let with_result = Settlement {
        results: vec![NewResult {
            kind: "findings".to_owned(),
            commit: None,
            schema: 1,
            body: json!(task).to_string(),
        }],
        ..settlement_of(task, next)
    };
    queue.settle(&lease, &with_result, at(12)).unwrap();
    id
}

#[test]
fn everything_has_its_time() {
    let (_dir, mut queue) = queue();
    let done = ended(&mut queue, "a", Next::Done);
    ended(&mut queue, "a", Next::Done);
    let dead_letter = ended(&mut queue, "b", failed());
    let waiting = add_id(&mut queue, job("waiting"));
    let policy = Policy::default();

    let early = queue.prune(&policy, at(6 * DAY), 100).unwrap();
    assert_eq!(early, crate::queue::Pruned::default());

    let week = queue.prune(&policy, at(8 * DAY), 100).unwrap();
    assert_eq!(week.jobs, 2);
    assert_eq!(week.results, 1, "the newest of each task stays");
    assert_eq!(week.logs.len(), 2);
    assert_eq!(queue.job(&done).unwrap(), None);
    assert_eq!(queue.runs(&done).unwrap()[0].log, None);
    assert!(queue.job(&dead_letter).unwrap().is_some());

    let month = queue.prune(&policy, at(31 * DAY), 100).unwrap();
    assert_eq!((month.jobs, month.runs), (1, 3));
    assert_eq!(month.logs.len(), 1);
    assert!(!month.more);
    assert!(queue.events(&done).unwrap().is_empty());
    assert_eq!(state(&queue, &waiting), StateKind::Queued);
    assert_eq!(queue.history("a", "here").unwrap().len(), 2);
    assert_eq!(queue.results(&ResultFilter::default()).unwrap().len(), 2);
}

#[test]
fn a_call_is_bounded_and_says_so() {
    let (_dir, mut queue) = queue();
    for number in 0..5 {
        ended(&mut queue, &number.to_string(), Next::Done);
    }
    let policy = Policy::default();
    let first = queue.prune(&policy, at(8 * DAY), 3).unwrap();
    assert_eq!((first.jobs, first.more), (3, true));
    let second = queue.prune(&policy, at(8 * DAY), 3).unwrap();
    assert_eq!((second.jobs, second.more), (2, false));
}

#[test]
fn a_pruned_parent_stays_satisfied() {
    let (_dir, mut queue) = queue();
    let parent = ended(&mut queue, "a", Next::Done);
    let child = NewJob {
        needs: vec![Need::Job(parent.clone())],
        ..job("b")
    };
    let child = add_id(&mut queue, child);
    run(&mut queue, &child, failed());
    queue.prune(&Policy::default(), at(8 * DAY), 10).unwrap();
    assert_eq!(queue.needs(&child).unwrap(), [(parent, None)]);
    queue.retry(&child, at(8 * DAY)).unwrap();
    assert_eq!(state(&queue, &child), StateKind::Queued);
}

#[test]
fn durations_of_a_variant_that_nobody_runs_any_more_are_forgotten() {
    let (_dir, mut queue) = queue();
    for task in ["a", "adhoc:used", "adhoc:unused", "adhoc:unused"] {
        ended(&mut queue, task, Next::Done);
    }
    let used = add_id(&mut queue, job("adhoc"));
    let lease = queue.claim(&used, "run", 0, at(20 * DAY)).unwrap().unwrap();
    let mut settlement = settlement_of("adhoc:used", Next::Done);
    settlement.record.finished_at = at(20 * DAY);
    queue.settle(&lease, &settlement, at(20 * DAY)).unwrap();
    let lengths = |queue: &Queue| {
        ["a", "adhoc:used", "adhoc:unused"].map(|task| queue.history(task, "here").unwrap().len())
    };

    let policy = Policy::default();
    queue.prune(&policy, at(29 * DAY), 100).unwrap();
    assert_eq!(lengths(&queue), [1, 2, 2]);
    let first = queue.prune(&policy, at(31 * DAY), 1).unwrap();
    assert_eq!((first.durations, first.more), (1, true));
    queue.prune(&policy, at(31 * DAY), 100).unwrap();
    assert_eq!(lengths(&queue), [1, 2, 0]);
    queue.prune(&policy, at(51 * DAY), 100).unwrap();
    assert_eq!(lengths(&queue), [1, 0, 0]);
}

#[test]
fn of_many_results_of_a_task_the_newest_stay() {
    let (_dir, mut queue) = queue();
    ended(&mut queue, "other", Next::Done);
    for _ in 0..55 {
        ended(&mut queue, "a", Next::Done);
    }
    let of = |task: &str| {
        let filter = ResultFilter {
            task: Some(task.to_owned()),
            ..ResultFilter::default()
        };
        queue.results(&filter).unwrap()
    };
    assert_eq!((of("a").len(), of("other").len()), (50, 1));
    assert_eq!(of("a").first().map(|newest| newest.id), Some(56));
    assert_eq!(of("a").last().map(|oldest| oldest.id), Some(7));
}
