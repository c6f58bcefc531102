//! What people do to jobs and drains.

use super::*;
use crate::queue::{Cancelled, QueueError, Retried, State, Stop};

#[test]
fn any_live_job_can_be_cancelled_once() {
    let (_dir, mut queue) = queue();
    let waiting = add_id(&mut queue, job("a"));
    let running = add_id(&mut queue, job("b"));
    let lease = claim(&mut queue, &running);
    for (id, was) in [
        (&waiting, StateKind::Queued),
        (&running, StateKind::Running),
    ] {
        let cancelled = queue.cancel(id, "typed", at(11)).unwrap();
        assert!(matches!(cancelled, Cancelled::Applied { was: found, .. } if found == was));
        assert_eq!(
            queue.cancel(id, "typed", at(11)).unwrap(),
            Cancelled::AlreadyOver(StateKind::Cancelled)
        );
    }
    assert!(!queue.still_mine(&lease).unwrap());
    assert!(matches!(
        queue.cancel(&JobId("ffffffff".to_owned()), "typed", at(1)),
        Err(QueueError::NoSuchJob(_))
    ));
}

#[test]
fn a_retry_by_hand_starts_anew() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    run(&mut queue, &id, failed());
    assert_eq!(
        queue.retry(&id, at(20)).unwrap(),
        Retried::Again(StateKind::Queued)
    );
    let row = get(&queue, &id);
    assert_eq!((row.attempt, row.error, row.exit_code), (0, None, None));
    assert_eq!(row.state, State::Queued { run_at: at(20) });
    assert!(row.user_triggered && row.acknowledged);
    assert_eq!(row.priority, Priority::Critical);
    assert_eq!(
        queue.retry(&id, at(20)).unwrap(),
        Retried::NotRetriable(StateKind::Queued)
    );
    let lease = queue.claim(&id, "run", 0, at(21)).unwrap().unwrap();
    assert!(lease.fence > 1, "the fence never starts anew");
    finish(&mut queue, &lease, Next::Done);
    assert_eq!(
        queue.retry(&id, at(30)).unwrap(),
        Retried::NotRetriable(StateKind::Done)
    );
}

#[test]
fn a_live_twin_stands_for_a_job_that_is_retried() {
    let (_dir, mut queue) = queue();
    let old = add_id(&mut queue, job("a"));
    run(&mut queue, &old, failed());
    let new = add_id(&mut queue, job("a"));
    assert_eq!(
        queue.retry(&old, at(20)).unwrap(),
        Retried::Twin(new.clone())
    );
    claim(&mut queue, &new);
    assert_eq!(queue.retry(&old, at(20)).unwrap(), Retried::Twin(new));
}

#[test]
fn holding_waits_for_approval() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    assert!(queue.hold(&id, "not approved", at(1)).unwrap());
    assert!(queue.ready(at(10)).unwrap().is_empty());
    assert_eq!(
        queue
            .release_held(|job| job.task == "other", at(2))
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        queue
            .release_held(|job| job.task == "a", at(2))
            .unwrap()
            .len(),
        1
    );
    claim(&mut queue, &id);
    assert!(!queue.hold(&id, "too late", at(11)).unwrap());
}

#[test]
fn rewritten_commits_supersede_what_waits_for_them() {
    let (_dir, mut queue) = queue();
    let waiting = add_id(&mut queue, job("a"));
    let other = add_id(&mut queue, commit(job("b"), "c2"));
    let running = add_id(&mut queue, job("c"));
    claim(&mut queue, &running);
    let gone = queue
        .supersede_commits(&["c1".to_owned()], "amended", at(1))
        .unwrap();
    assert_eq!(gone, std::slice::from_ref(&waiting));
    assert_eq!(state(&queue, &waiting), StateKind::Superseded);
    assert_eq!(state(&queue, &other), StateKind::Queued);
    assert_eq!(state(&queue, &running), StateKind::Running);
    let ids = [waiting, other.clone(), JobId("00000000".to_owned())];
    assert_eq!(queue.supersede(&ids, "gone", at(2)).unwrap(), [other]);
}

#[test]
fn a_passed_deadline_expires() {
    let (_dir, mut queue) = queue();
    let timed = NewJob {
        deadline: Some(at(100)),
        ..job("a")
    };
    let entered = queue
        .enqueue(&[timed, after("b", 0)], LIMIT, at(0))
        .unwrap();
    let ids: Vec<_> = entered.into_iter().map(|job| job.id.unwrap()).collect();
    assert!(queue.expire(at(99)).unwrap().is_empty());
    assert_eq!(queue.expire(at(100)).unwrap(), ids[..1]);
    assert_eq!(state(&queue, &ids[0]), StateKind::Expired);
    assert_eq!(state(&queue, &ids[1]), StateKind::Failed);
}

#[test]
fn a_pause_ends_by_itself_or_by_hand() {
    let (_dir, mut queue) = queue();
    assert_eq!(queue.paused_until(at(0)).unwrap(), None);
    queue.pause(Some(at(100)), at(0)).unwrap();
    assert_eq!(queue.paused_until(at(99)).unwrap(), Some(at(100)));
    assert_eq!(queue.paused_until(at(100)).unwrap(), None);
    queue.pause(None, at(1)).unwrap();
    assert_eq!(queue.paused_until(at(2)).unwrap(), None);
}

#[test]
fn a_stop_reaches_the_drains_that_run_now_only() {
    let (dir, mut person) = queue();
    let drain = open(&dir);
    let since = drain.stop_generation().unwrap();
    assert_eq!(drain.stop_requested(since).unwrap(), None);
    person.request_stop(false, at(1)).unwrap();
    let soft = drain.stop_requested(since).unwrap().unwrap();
    assert!(!soft.force);
    let generation = person.request_stop(true, at(2)).unwrap();
    assert_eq!(
        drain.stop_requested(since).unwrap(),
        Some(Stop {
            generation,
            force: true
        })
    );
    assert_eq!(drain.stop_requested(generation).unwrap(), None);
    person.request_stop(false, at(3)).unwrap();
    let later = drain.stop_requested(generation).unwrap().unwrap();
    assert!(!later.force, "an old force is not for a new drain");
}

#[test]
fn opportunities_count_and_are_remembered_by_jobs() {
    let (_dir, mut queue) = queue();
    assert_eq!(queue.opportunities().unwrap(), 0);
    assert_eq!(queue.opportunity(at(0)).unwrap(), 1);
    assert_eq!(queue.opportunity(at(0)).unwrap(), 2);
    let id = add_id(&mut queue, job("a"));
    assert_eq!(get(&queue, &id).missed_from, 2);
}
