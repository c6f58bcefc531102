//! Searches: each turn is taken once.

use super::*;
use crate::queue::{BisectionEnd, BisectionStep, NewBisection, Policy, StepCame};

fn asked(good: &str) -> NewBisection {
    NewBisection {
        task: "test".to_owned(),
        folder: String::new(),
        good: good.to_owned(),
        bad: "b".to_owned(),
        worktree: Some("/w".into()),
    }
}

fn step(commit: &str, came: Option<StepCame>) -> BisectionStep {
    BisectionStep {
        commit: commit.to_owned(),
        came,
        job: None,
        said: None,
    }
}

#[test]
fn the_same_question_is_joined_while_it_is_under_way() {
    let (_dir, mut queue) = queue();
    let (first, is_new) = queue.begin_bisection(&asked("a"), at(0)).unwrap();
    assert!(is_new);
    assert_eq!(
        queue.begin_bisection(&asked("a"), at(1)).unwrap(),
        (first, false)
    );
    let (other, is_new) = queue.begin_bisection(&asked("c"), at(1)).unwrap();
    assert!(is_new && other != first);
    let end = BisectionEnd::None {
        reason: "nothing".to_owned(),
    };
    assert!(queue.end_bisection((first, 0), &end, at(2)).unwrap());
    let (again, is_new) = queue.begin_bisection(&asked("a"), at(3)).unwrap();
    assert!(is_new && again != first);
    let under_way: Vec<i64> = queue
        .bisections_under_way()
        .unwrap()
        .iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(under_way, [other, again]);
    let read = queue.bisection(first).unwrap().unwrap();
    assert_eq!((read.asked, read.ended), (asked("a"), Some((at(2), end))));
}

#[test]
fn a_turn_that_is_over_changes_nothing() {
    let (_dir, mut queue) = queue();
    let (id, _) = queue.begin_bisection(&asked("a"), at(0)).unwrap();
    let entered = queue
        .enter_bisection_step((id, 0), "c", &job("test"), LIMIT, at(1))
        .unwrap();
    let job_id = entered.unwrap().unwrap();
    assert_eq!(queue.bisections_waiting_for(&job_id).unwrap(), [id]);
    let late = queue
        .enter_bisection_step((id, 0), "d", &job("other"), LIMIT, at(1))
        .unwrap();
    assert_eq!(late, None);
    let good = step("c", Some(StepCame::Good));
    assert!(!queue.learn_in_bisection((id, 0), &good).unwrap());
    assert!(queue.learn_in_bisection((id, 1), &good).unwrap());
    assert!(queue.bisections_waiting_for(&job_id).unwrap().is_empty());
    assert_eq!(
        queue.bisection_steps(id).unwrap(),
        std::slice::from_ref(&good)
    );
    let end = BisectionEnd::Found {
        commit: "c".to_owned(),
        evidence: None,
    };
    assert!(!queue.end_bisection((id, 1), &end, at(2)).unwrap());
    assert!(queue.end_bisection((id, 2), &end, at(2)).unwrap());
    assert!(
        !queue.learn_in_bisection((id, 2), &good).unwrap(),
        "it is over"
    );
    assert_eq!(
        queue.bisection(id).unwrap().unwrap().ended,
        Some((at(2), end))
    );
}

#[test]
fn a_refused_job_leaves_the_turn_to_the_next() {
    let (_dir, mut queue) = queue();
    let (id, _) = queue.begin_bisection(&asked("a"), at(0)).unwrap();
    let refused = queue
        .enter_bisection_step((id, 0), "c", &job("test"), 0, at(1))
        .unwrap();
    assert_eq!(refused, Some(None));
    assert!(queue.bisection_steps(id).unwrap().is_empty());
    assert!(queue.learn_in_bisection((id, 0), &step("c", None)).unwrap());
}

#[test]
fn what_ended_is_forgotten_in_time_and_what_is_under_way_is_not() {
    let (_dir, mut queue) = queue();
    let (old, _) = queue.begin_bisection(&asked("a"), at(0)).unwrap();
    let (open, _) = queue.begin_bisection(&asked("c"), at(0)).unwrap();
    queue
        .learn_in_bisection((old, 0), &step("x", Some(StepCame::Skipped)))
        .unwrap();
    let end = BisectionEnd::Stopped {
        reason: "enough".to_owned(),
    };
    assert!(queue.end_bisection((old, 1), &end, at(1)).unwrap());
    let policy = Policy::default();
    let later = at(i64::try_from(policy.events.as_secs()).unwrap());
    queue.prune(&policy, later, 100).unwrap();
    assert!(queue.bisection(old).unwrap().is_some());
    let later = later + Duration::from_secs(2);
    queue.prune(&policy, later, 100).unwrap();
    assert_eq!(queue.bisection(old).unwrap(), None);
    assert!(queue.bisection_steps(old).unwrap().is_empty());
    assert!(queue.bisection(open).unwrap().is_some());
}
