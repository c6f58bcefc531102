//! A full queue.

use super::*;
use crate::queue::How;

fn of(task: &str, priority: Priority) -> NewJob {
    NewJob {
        priority,
        ..job(task)
    }
}

fn into(queue: &mut Queue, job: NewJob, limit: usize) -> Enqueued {
    queue.enqueue(&[job], limit, at(0)).unwrap().remove(0)
}

#[test]
fn a_better_newcomer_takes_the_place_of_the_worst() {
    let (_dir, mut queue) = queue();
    let low = into(&mut queue, of("low", Priority::Low), 2).id;
    let deferred = into(&mut queue, of("deferred", Priority::Deferred), 2).id;
    let high = into(&mut queue, of("high", Priority::High), 2);
    assert_eq!(high.how, How::New);
    assert_eq!(high.evicted, deferred);
    assert_eq!(state(&queue, &deferred.unwrap()), StateKind::Dropped);
    assert_eq!(state(&queue, &low.unwrap()), StateKind::Queued);
}

#[test]
fn an_equal_newcomer_is_refused() {
    let (_dir, mut queue) = queue();
    into(&mut queue, of("one", Priority::Normal), 1);
    let refused = into(&mut queue, of("two", Priority::Normal), 1);
    assert_eq!(refused.how, How::Refused);
    assert_eq!((refused.id, refused.evicted), (None, None));
    assert_eq!(queue.ready(at(1)).unwrap().len(), 1);
}

#[test]
fn what_somebody_was_promised_or_waits_for_is_never_evicted() {
    let protected = [
        NewJob {
            acknowledged: true,
            ..of("promised", Priority::Deferred)
        },
        NewJob {
            trigger: Trigger::Manual,
            ..of("typed", Priority::Deferred)
        },
        NewJob {
            trigger: Trigger::Chain,
            ..of("chained", Priority::Deferred)
        },
    ];
    for job in protected {
        let (_dir, mut queue) = queue();
        into(&mut queue, job, 1);
        let refused = into(&mut queue, of("better", Priority::Critical), 1);
        assert_eq!(refused.how, How::Refused);
    }
    let (_dir, mut queue) = queue();
    let parent = of("parent", Priority::Deferred);
    let child = NewJob {
        acknowledged: true,
        ..after("child", 0)
    };
    queue.enqueue(&[parent, child], 2, at(0)).unwrap();
    let refused = into(&mut queue, of("better", Priority::Critical), 2);
    assert_eq!(refused.how, How::Refused);
}

#[test]
fn a_job_that_was_promised_later_is_protected_from_then_on() {
    let (_dir, mut queue) = queue();
    into(&mut queue, of("one", Priority::Deferred), 1);
    let promised = NewJob {
        acknowledged: true,
        ..of("one", Priority::Deferred)
    };
    assert_eq!(into(&mut queue, promised, 1).how, How::Coalesced);
    assert_eq!(
        into(&mut queue, of("better", Priority::High), 1).how,
        How::Refused
    );
}

#[test]
fn a_twin_that_can_be_made_again_does_not_expose_one_that_cannot() {
    let (_dir, mut queue) = queue();
    let chained = NewJob {
        trigger: Trigger::Chain,
        ..of("one", Priority::Deferred)
    };
    let id = into(&mut queue, chained, 1).id.unwrap();
    into(&mut queue, of("one", Priority::Deferred), 1);
    assert_eq!(get(&queue, &id).trigger, Trigger::Chain);
    assert_eq!(
        into(&mut queue, of("better", Priority::High), 1).how,
        How::Refused
    );
}

#[test]
fn running_and_ended_jobs_take_no_place() {
    let (_dir, mut queue) = queue();
    let id = into(&mut queue, of("one", Priority::Normal), 1).id.unwrap();
    claim(&mut queue, &id);
    assert_eq!(
        into(&mut queue, of("two", Priority::Normal), 1).how,
        How::New
    );
}

#[test]
fn a_batch_does_not_evict_its_own_and_refuses_what_needs_a_refused_one() {
    let (_dir, mut queue) = queue();
    let batch = [
        of("one", Priority::Low),
        of("two", Priority::High),
        after("three", 1),
    ];
    let entered = queue.enqueue(&batch, 1, at(0)).unwrap();
    let how: Vec<_> = entered.iter().map(|job| job.how).collect();
    assert_eq!(how, [How::New, How::Refused, How::Refused]);
}

#[test]
fn a_child_does_not_take_its_parents_place() {
    let (_dir, mut queue) = queue();
    let parent = into(&mut queue, of("parent", Priority::Deferred), 1).id;
    let child = NewJob {
        needs: vec![Need::Job(parent.clone().unwrap())],
        ..of("child", Priority::High)
    };
    assert_eq!(into(&mut queue, child, 1).how, How::Refused);
    assert_eq!(state(&queue, &parent.unwrap()), StateKind::Queued);
}

#[test]
fn a_refusal_is_on_record() {
    let (_dir, mut queue) = queue();
    into(&mut queue, job("one"), 0);
    let events = queue.events_since(0, 10).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, "refused");
    assert_eq!(events[0].task.as_deref(), Some("one"));
}
