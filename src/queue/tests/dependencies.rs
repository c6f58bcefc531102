//! Jobs that need others.

use super::*;
use crate::queue::{Category, Exit, How, QueueError, Retried, State};

fn chain(queue: &mut Queue, jobs: &[NewJob]) -> Vec<JobId> {
    let entered = queue.enqueue(jobs, LIMIT, at(0)).unwrap();
    entered.into_iter().map(|job| job.id.unwrap()).collect()
}

fn needs(task: &str, id: &JobId) -> NewJob {
    NewJob {
        needs: vec![Need::Job(id.clone())],
        ..job(task)
    }
}

#[test]
fn a_child_waits_for_all_its_parents() {
    let (_dir, mut queue) = queue();
    let child = NewJob {
        needs: vec![Need::Batch(0), Need::Batch(1)],
        ..job("child")
    };
    let ids = chain(&mut queue, &[job("a"), job("b"), child]);
    assert_eq!(get(&queue, &ids[2]).state, State::Blocked { pending: 2 });
    assert!(queue.claim(&ids[2], "run", 0, at(10)).unwrap().is_none());
    run(&mut queue, &ids[0], Next::Done);
    assert_eq!(get(&queue, &ids[2]).state, State::Blocked { pending: 1 });
    let settled = run(&mut queue, &ids[1], Next::Done);
    let Settled::Applied { released, .. } = settled else {
        panic!("stale");
    };
    assert_eq!(released, [ids[2].clone()]);
    assert_eq!(state(&queue, &ids[2]), StateKind::Queued);
}

#[test]
fn a_failure_takes_those_along_that_need_it() {
    let (_dir, mut queue) = queue();
    let ids = chain(&mut queue, &[job("a"), after("b", 0), after("c", 1)]);
    let Settled::Applied {
        dependency_failed, ..
    } = run(&mut queue, &ids[0], failed())
    else {
        panic!("stale");
    };
    assert_eq!(dependency_failed, ids[1..]);
    for id in &ids[1..] {
        assert!(matches!(
            get(&queue, id).state,
            State::Failed {
                category: Category::DependencyFailed,
                ..
            }
        ));
    }
}

#[test]
fn a_retry_of_the_parent_keeps_the_child_waiting() {
    let (_dir, mut queue) = queue();
    let ids = chain(&mut queue, &[job("a"), after("b", 0)]);
    run(&mut queue, &ids[0], retry());
    assert_eq!(state(&queue, &ids[1]), StateKind::Blocked);
}

#[test]
fn nothing_to_do_satisfies_and_cancelling_does_not() {
    let (_dir, mut queue) = queue();
    let ids = chain(&mut queue, &[job("a"), after("b", 0)]);
    let skipped = Next::Ended {
        exit: Exit::Skipped,
        reason: "nothing selected".to_owned(),
    };
    run(&mut queue, &ids[0], skipped);
    assert_eq!(state(&queue, &ids[1]), StateKind::Queued);
    let ids = chain(&mut queue, &[job("c"), after("d", 0)]);
    queue.cancel(&ids[0], "typed", at(1)).unwrap();
    assert_eq!(state(&queue, &ids[1]), StateKind::Failed);
}

#[test]
fn a_parent_that_is_missing_refuses_the_whole_batch() {
    let (_dir, mut queue) = queue();
    for missing in [
        needs("b", &JobId("00000000".to_owned())),
        after("b", 1),
        after("b", 7),
    ] {
        let refused = queue.enqueue(&[job("a"), missing], LIMIT, at(0));
        assert!(matches!(refused, Err(QueueError::MissingNeed { .. })));
    }
    assert!(queue.ready(at(1)).unwrap().is_empty());
}

#[test]
fn parents_that_have_ended_count_as_they_ended() {
    let (_dir, mut queue) = queue();
    let done = add_id(&mut queue, job("done"));
    run(&mut queue, &done, Next::Done);
    assert_eq!(add(&mut queue, needs("a", &done)).state, StateKind::Queued);
    let broken = add_id(&mut queue, job("broken"));
    run(&mut queue, &broken, failed());
    let child = add(&mut queue, needs("b", &broken));
    assert_eq!((child.how, child.state), (How::New, StateKind::Failed));
}

#[test]
fn a_waiting_twin_takes_over_what_the_newcomer_needs() {
    let (_dir, mut queue) = queue();
    let child = add_id(&mut queue, job("b"));
    let parent = add_id(&mut queue, job("a"));
    assert_eq!(
        add(&mut queue, needs("b", &parent)).state,
        StateKind::Blocked
    );
    run(&mut queue, &parent, Next::Done);
    assert_eq!(state(&queue, &child), StateKind::Queued);
}

#[test]
fn twins_cannot_come_to_wait_for_each_other() {
    let (_dir, mut queue) = queue();
    let ids = chain(&mut queue, &[job("a"), after("b", 0), after("c", 1)]);
    for through in &ids {
        let refused = queue.enqueue(&[needs("a", through)], LIMIT, at(0));
        assert!(matches!(refused, Err(QueueError::NeedCycle { .. })));
    }
    assert_eq!(state(&queue, &ids[0]), StateKind::Queued);
}

#[test]
fn who_needs_the_newest_run_waits_for_the_rerun() {
    let (_dir, mut queue) = queue();
    let parent = add_id(&mut queue, job("a"));
    let lease = claim(&mut queue, &parent);
    let batch = [commit(job("a"), "c2"), after("b", 0)];
    let ids = chain(&mut queue, &batch);
    let Settled::Applied {
        rerun: Some(rerun),
        released,
        ..
    } = finish(&mut queue, &lease, Next::Done)
    else {
        panic!("no rerun");
    };
    assert!(released.is_empty());
    assert_eq!(state(&queue, &ids[1]), StateKind::Blocked);
    run(&mut queue, &rerun, Next::Done);
    assert_eq!(state(&queue, &ids[1]), StateKind::Queued);
}

#[test]
fn a_held_child_stays_held_when_its_parent_is_done() {
    let (_dir, mut queue) = queue();
    let held = NewJob {
        held: Some("new".to_owned()),
        ..after("b", 0)
    };
    let ids = chain(&mut queue, &[job("a"), held]);
    run(&mut queue, &ids[0], Next::Done);
    assert_eq!(state(&queue, &ids[1]), StateKind::Held);
    assert_eq!(
        queue
            .release_held(|job| job.task == "b", at(20))
            .unwrap()
            .len(),
        1
    );
    assert_eq!(state(&queue, &ids[1]), StateKind::Queued);
}

#[test]
fn an_approved_child_waits_for_its_parent() {
    let (_dir, mut queue) = queue();
    let held = NewJob {
        held: Some("new".to_owned()),
        ..after("b", 0)
    };
    let ids = chain(&mut queue, &[job("a"), held]);
    queue.release_held(|job| job.task == "b", at(1)).unwrap();
    assert_eq!(state(&queue, &ids[1]), StateKind::Blocked);
}

#[test]
fn a_family_is_retried_from_the_top() {
    let (_dir, mut queue) = queue();
    let ids = chain(&mut queue, &[job("a"), after("b", 0)]);
    run(&mut queue, &ids[0], failed());
    assert_eq!(
        queue.retry(&ids[1], at(20)).unwrap(),
        Retried::NeedUnmet(ids[0].clone())
    );
    assert_eq!(
        queue.retry(&ids[0], at(20)).unwrap(),
        Retried::Again(StateKind::Queued)
    );
    assert_eq!(
        queue.retry(&ids[1], at(20)).unwrap(),
        Retried::Again(StateKind::Blocked)
    );
    let lease = queue.claim(&ids[0], "r", 0, at(21)).unwrap().unwrap();
    finish(&mut queue, &lease, Next::Done);
    assert_eq!(state(&queue, &ids[1]), StateKind::Queued);
    assert_eq!(
        queue.needs(&ids[1]).unwrap(),
        [(ids[0].clone(), Some(StateKind::Done))]
    );
}
