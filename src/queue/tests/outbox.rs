//! The outbox: each event becomes a notice once, and each notice leaves by each of its channels.

use super::*;
use crate::config::notify::{NoticeKind, Severity};
use crate::queue::{Attempted, Memory, NewNotice, Policy, Told};

fn notice(id: &str, channels: &[&str]) -> NewNotice {
    NewNotice {
        id: id.to_owned(),
        at: at(1),
        event: NoticeKind::TaskFailed,
        severity: Severity::Error,
        task: Some("docs".to_owned()),
        job: None,
        body: format!("{{\"id\":\"{id}\"}}"),
        channels: channels.iter().map(|&name| name.to_owned()).collect(),
    }
}

fn post(queue: &mut Queue, notices: &[NewNotice]) {
    let from = queue.noticed().unwrap();
    let posted = queue.post((from, from + 1), notices, &Memory::default(), at(2));
    assert!(posted.unwrap());
}

fn open(queue: &Queue, channel: &str) -> Vec<String> {
    let open = queue.open_notices(channel).unwrap();
    open.into_iter().map(|notice| notice.id).collect()
}

#[test]
fn what_two_collectors_found_is_entered_once() {
    let (_dir, mut queue) = queue();
    let from = queue.noticed().unwrap();
    let one = [notice("a", &["mail"])];
    let memory = Memory::default();
    assert!(queue.post((from, 7), &one, &memory, at(2)).unwrap());
    assert_eq!(queue.noticed().unwrap(), 7);
    assert!(!queue.post((from, 9), &one, &memory, at(2)).unwrap());
    assert_eq!(queue.noticed().unwrap(), 7, "the second changed nothing");
    queue.post_one(&one[0]).unwrap();
    assert_eq!(open(&queue, "mail"), ["a"]);
}

#[test]
fn a_notice_leaves_by_each_channel_on_its_own() {
    let (_dir, mut queue) = queue();
    post(
        &mut queue,
        &[notice("a", &["mail", "file"]), notice("b", &["mail"])],
    );
    assert_eq!(queue.channels_with_notices().unwrap(), ["file", "mail"]);
    let numbers: Vec<i64> = queue
        .open_notices("mail")
        .unwrap()
        .iter()
        .map(|it| it.seq)
        .collect();
    queue.put_together("mail", "ab", &numbers, at(3)).unwrap();
    assert!(open(&queue, "mail").is_empty());
    assert_eq!(open(&queue, "file"), ["a"]);
    let message = queue.waiting_messages("mail").unwrap().remove(0);
    assert_eq!(
        (message.id.as_str(), message.attempts, message.due_at),
        ("ab", 0, at(3))
    );
    let bodies = queue.notices_of(message.seq).unwrap();
    assert_eq!(bodies, ["{\"id\":\"a\"}", "{\"id\":\"b\"}"]);

    queue.attempt(message.seq, at(33)).unwrap();
    let tried = queue.waiting_messages("mail").unwrap().remove(0);
    assert_eq!(
        (tried.attempts, tried.due_at),
        (1, at(33)),
        "a crash now means a pause"
    );
    let refused = Attempted::Refused {
        error: "no".to_owned(),
        at: at(63),
    };
    queue.attempted(message.seq, &refused, at(4)).unwrap();
    let backlog = queue.backlog().unwrap();
    assert_eq!(
        (
            backlog[0].channel.as_str(),
            backlog[0].refused,
            backlog[0].error.as_str()
        ),
        ("mail", 1, "no")
    );
    assert_eq!(queue.last_sent("mail").unwrap(), None);

    queue
        .attempted(message.seq, &Attempted::Sent, at(70))
        .unwrap();
    assert!(queue.waiting_messages("mail").unwrap().is_empty());
    assert_eq!(queue.last_sent("mail").unwrap(), Some(at(70)));
    assert!(queue.backlog().unwrap().is_empty());
    let log = queue.posted(10, false).unwrap();
    assert_eq!(log.len(), 2);
    let states: Vec<_> = log[0]
        .deliveries
        .iter()
        .map(|it| (it.channel.as_str(), it.state.as_str()))
        .collect();
    assert_eq!(states, [("file", "waiting"), ("mail", "sent")]);
    let waiting: Vec<String> = queue
        .posted(10, true)
        .unwrap()
        .into_iter()
        .map(|it| it.body)
        .collect();
    assert_eq!(waiting, ["{\"id\":\"a\"}"]);
}

#[test]
fn what_was_given_up_can_be_sent_again_by_hand() {
    let (_dir, mut queue) = queue();
    post(&mut queue, &[notice("a", &["mail"])]);
    let seq = queue.open_notices("mail").unwrap()[0].seq;
    queue.put_together("mail", "a", &[seq], at(3)).unwrap();
    let message = queue.waiting_messages("mail").unwrap()[0].seq;
    let given_up = Attempted::GivenUp {
        error: "gone".to_owned(),
    };
    queue.attempted(message, &given_up, at(4)).unwrap();
    assert!(queue.waiting_messages("mail").unwrap().is_empty());
    assert_eq!(queue.backlog().unwrap()[0].given_up, 1);
    assert_eq!(queue.send_again(at(9)).unwrap(), 1);
    assert_eq!(queue.waiting_messages("mail").unwrap()[0].due_at, at(9));
}

#[test]
fn what_was_told_is_remembered_until_it_is_forgotten() {
    let (_dir, mut queue) = queue();
    let told = Told {
        state: "failed".to_owned(),
        at: at(1),
        times: 3,
    };
    let memory = Memory {
        subjects: vec![("task:docs".to_owned(), Some(told.clone()))],
        findings: vec![("docs".to_owned(), vec!["x".to_owned(), "y".to_owned()])],
    };
    assert!(queue.post((0, 1), &[], &memory, at(2)).unwrap());
    assert_eq!(queue.told_about("task:docs").unwrap(), Some(told));
    let unknown = queue
        .never_told("docs", ["x", "z", "y"].into_iter())
        .unwrap();
    assert_eq!(unknown, [1]);
    assert_eq!(queue.never_told("other", ["x"].into_iter()).unwrap(), [0]);
    let memory = Memory {
        subjects: vec![("task:docs".to_owned(), None)],
        findings: Vec::new(),
    };
    assert!(queue.post((1, 2), &[], &memory, at(2)).unwrap());
    assert_eq!(queue.told_about("task:docs").unwrap(), None);
}

#[test]
fn old_notices_go_with_their_messages() {
    let (_dir, mut queue) = queue();
    post(&mut queue, &[notice("a", &["mail"])]);
    let seq = queue.open_notices("mail").unwrap()[0].seq;
    queue.put_together("mail", "a", &[seq], at(3)).unwrap();
    let message = queue.waiting_messages("mail").unwrap()[0].seq;
    queue.attempted(message, &Attempted::Sent, at(4)).unwrap();
    let policy = Policy::default();
    let later = at(4) + policy.events;
    queue.prune(&policy, later, 100).unwrap();
    let pruned = queue
        .prune(&policy, later + std::time::Duration::from_secs(60), 100)
        .unwrap();
    assert!(queue.posted(10, false).unwrap().is_empty());
    assert_eq!(pruned.notices, 1, "the message followed");
    assert!(queue.notices_of(message).unwrap().is_empty());
}

#[test]
fn what_happened_before_there_was_an_outbox_is_not_told() {
    let dir = tempfile::tempdir().unwrap();
    let store = before("TABLE notice", &dir);
    let event = "INSERT INTO event (at, kind, data) VALUES (5, 'failed', '{}')";
    for _ in 0..3 {
        store.conn().execute(event, []).unwrap();
    }
    drop(store);
    let queue = super::open(&dir);
    assert_eq!(queue.noticed().unwrap(), 3);
    assert!(queue.events_since(3, 10).unwrap().is_empty());
}

#[test]
fn a_severity_that_nobody_knows_stops_nothing() {
    let (_dir, mut queue) = queue();
    post(
        &mut queue,
        &[notice("a", &["mail"]), notice("b", &["mail"])],
    );
    let odd = "UPDATE notice SET severity = 'odd' WHERE id = 'a'";
    queue.conn().execute(odd, []).unwrap();
    let open = queue.open_notices("mail").unwrap();
    let severities: Vec<_> = open.iter().map(|it| it.severity).collect();
    assert_eq!(severities, [Severity::Info, Severity::Error]);
}
