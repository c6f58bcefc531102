//! Jobs whose runner is gone.

use super::*;
use crate::queue::{Category, Cause, Reclaimed, Running, State};

fn running(queue: &Queue, id: &JobId) -> Running {
    let all = queue.running().unwrap();
    all.into_iter().find(|row| row.id == *id).unwrap()
}

fn lose(queue: &mut Queue, id: &JobId, second: i64) -> Reclaimed {
    queue
        .claim(id, &format!("run{second}"), 0, at(second))
        .unwrap()
        .unwrap();
    let lost = running(queue, id);
    queue.reclaim(&lost, Cause::Vanished, at(second)).unwrap()
}

#[test]
fn a_job_lost_alone_three_times_is_given_up() {
    let (_dir, mut queue) = queue();
    let entered = queue
        .enqueue(&[job("a"), after("b", 0)], LIMIT, at(0))
        .unwrap();
    let id = entered[0].id.clone().unwrap();
    let child = entered[1].id.clone().unwrap();
    for losses in 1..3 {
        assert_eq!(
            lose(&mut queue, &id, 10 + losses),
            Reclaimed::Requeued { alone: false }
        );
        let row = get(&queue, &id);
        assert_eq!(i64::from(row.losses), losses);
        assert_eq!(row.attempt, 0, "losses count for themselves");
    }
    assert_eq!(
        lose(&mut queue, &id, 20),
        Reclaimed::Failed {
            dependency_failed: vec![child]
        }
    );
    assert!(matches!(
        get(&queue, &id).state,
        State::Failed {
            category: Category::Lost,
            ..
        }
    ));
    assert_eq!(queue.runs(&id).unwrap().len(), 3);
}

#[test]
fn jobs_lost_together_are_each_retried_alone_before_it_counts() {
    let (_dir, mut queue) = queue();
    let a = add_id(&mut queue, job("a"));
    let b = add_id(&mut queue, job("b"));
    queue.claim(&a, "drain", 0, at(1)).unwrap().unwrap();
    queue.claim(&b, "drain", 1, at(1)).unwrap().unwrap();
    for lost in queue.running().unwrap() {
        assert_eq!(
            queue.reclaim(&lost, Cause::Vanished, at(2)).unwrap(),
            Reclaimed::Requeued { alone: true }
        );
    }
    for id in [&a, &b] {
        let row = get(&queue, id);
        assert_eq!((row.losses, row.retry_alone), (0, true));
    }
    lose(&mut queue, &a, 3);
    assert_eq!(get(&queue, &a).losses, 1);
    queue.claim(&b, "other", 1, at(4)).unwrap().unwrap();
    let lease = crate::queue::Lease {
        job: b.clone(),
        run_id: "other".to_owned(),
        fence: get(&queue, &b).fence,
        attempt: 1,
        slot: 1,
    };
    finish(&mut queue, &lease, retry());
    assert!(!get(&queue, &b).retry_alone, "its run came back");
}

#[test]
fn company_excuses_a_loss_only_once() {
    let (_dir, mut queue) = queue();
    let a = add_id(&mut queue, job("a"));
    let b = add_id(&mut queue, job("b"));
    for (drain, losses) in [("one", 0), ("two", 1), ("three", 2)] {
        queue.claim(&a, drain, 0, at(9)).unwrap().unwrap();
        queue.claim(&b, drain, 1, at(9)).unwrap().unwrap();
        for lost in queue.running().unwrap() {
            queue.reclaim(&lost, Cause::Vanished, at(9)).unwrap();
        }
        assert_eq!(get(&queue, &a).losses, losses);
        assert_eq!(get(&queue, &b).losses, losses);
    }
}

#[test]
fn a_reboot_counts_nothing() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    for second in 1..6 {
        queue.claim(&id, "drain", 0, at(second)).unwrap().unwrap();
        let lost = running(&queue, &id);
        assert_eq!(
            queue.reclaim(&lost, Cause::Rebooted, at(second)).unwrap(),
            Reclaimed::Requeued { alone: false }
        );
    }
    let row = get(&queue, &id);
    assert_eq!((row.losses, row.attempt), (0, 0));
}

#[test]
fn only_the_run_that_was_seen_is_reclaimed() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    let lease = claim(&mut queue, &id);
    let seen = running(&queue, &id);
    finish(&mut queue, &lease, retry());
    queue.claim(&id, "run", 0, at(30)).unwrap().unwrap();
    assert_eq!(
        queue.reclaim(&seen, Cause::Vanished, at(31)).unwrap(),
        Reclaimed::Gone
    );
    assert_eq!(state(&queue, &id), StateKind::Running);
}

#[test]
fn a_lost_job_takes_over_what_was_wanted_meanwhile() {
    let (_dir, mut queue) = queue();
    let id = add_id(&mut queue, job("a"));
    claim(&mut queue, &id);
    add(&mut queue, commit(job("a"), "c2"));
    let lost = running(&queue, &id);
    queue.reclaim(&lost, Cause::Vanished, at(11)).unwrap();
    let row = get(&queue, &id);
    assert_eq!(row.input.commit.as_deref(), Some("c2"));
    assert_eq!(row.losses, 1);
}
