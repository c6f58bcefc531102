//! Commits and the sessions that the hooks were told of.

use super::*;
use std::slice::from_ref;

use crate::queue::CommitSession;
use crate::queue::retention::Policy;

fn made(commit: char, session: &str, seconds: i64) -> CommitSession {
    CommitSession {
        commit: commit.to_string().repeat(40),
        agent: "pi".to_owned(),
        session: session.to_owned(),
        at: at(seconds),
    }
}

fn record(queue: &mut Queue, made: &[CommitSession]) {
    queue.record_made("hook", &json!({}), made, at(0)).unwrap();
}

#[test]
fn what_was_told_is_kept_once_and_carried_once() {
    let (_dir, mut queue) = queue();
    assert_eq!(queue.sessions_to_carry(9).unwrap(), (vec![], 0));
    let (a, b, c) = (made('a', "s", 1), made('a', "t", 1), made('b', "s", 2));
    record(&mut queue, &[a.clone(), b.clone()]);
    record(&mut queue, from_ref(&a));
    record(&mut queue, from_ref(&c));
    assert_eq!(
        queue.sessions_of_commit(&a.commit).unwrap(),
        [a.clone(), b.clone()]
    );
    let (found, last) = queue.sessions_to_carry(2).unwrap();
    assert_eq!(found, [a.clone(), b]);
    queue.sessions_carried(last).unwrap();
    let (found, last) = queue.sessions_to_carry(2).unwrap();
    assert_eq!(found, [c]);
    queue.sessions_carried(last).unwrap();
    assert!(queue.sessions_to_carry(2).unwrap().0.is_empty());
    // The trail has what it had.
    assert_eq!(queue.events_since(0, 9).unwrap().len(), 3);
    assert_eq!(queue.sessions_of_commit(&a.commit).unwrap().len(), 2);
}

#[test]
fn what_takes_a_commits_place_is_of_its_session() {
    let (_dir, mut queue) = queue();
    let oid = |digit: char| digit.to_string().repeat(40).parse().unwrap();
    queue.commits_rewritten(&[(oid('a'), oid('b'))]).unwrap();
    let a = made('a', "s", 1);
    record(&mut queue, from_ref(&a));
    queue
        .commits_rewritten(&[(oid('a'), oid('b')), (oid('c'), oid('d'))])
        .unwrap();
    let (found, _) = queue.sessions_to_carry(9).unwrap();
    assert_eq!(found, [a, made('b', "s", 1)]);
}

#[test]
fn it_is_forgotten_with_the_trail() {
    let (_dir, mut queue) = queue();
    record(&mut queue, &[made('a', "s", 0), made('b', "s", 100_000)]);
    let policy = Policy {
        events: Duration::from_secs(3600),
        ..Policy::default()
    };
    queue.prune(&policy, at(10_000), LIMIT).unwrap();
    let (found, _) = queue.sessions_to_carry(9).unwrap();
    assert_eq!(found, [made('b', "s", 100_000)]);
}

#[test]
fn a_queue_from_before_gets_a_place_for_it() {
    let dir = tempfile::tempdir().unwrap();
    drop(before("commit_session", &dir));
    let mut queue = open(&dir);
    record(&mut queue, &[made('a', "s", 1)]);
    assert_eq!(queue.sessions_to_carry(9).unwrap().0.len(), 1);
}
