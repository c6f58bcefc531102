//! Files that grow, change, vanish and come back.

use jiff::SignedDuration;

use super::*;

fn message(entry: &str, text: &str) -> Message {
    Message {
        entry: entry.to_owned(),
        role: Role::User,
        at: Some(day(1)),
        text: text.to_owned(),
    }
}

#[test]
fn states_are_kept_for_each_file() {
    let mut it = Temporary::new();
    let mut update = session("a", Vec::new());
    update.state = serde_json::json!({"offset": 12}).to_string();
    it.apply(&[update.clone(), session("b", Vec::new())]);
    update.state = serde_json::json!({"offset": 99}).to_string();
    it.apply(&[update.clone()]);
    let states = it.graph.known_files().unwrap();
    assert_eq!(states.len(), 2);
    assert!(!states[0].messages);
    assert_eq!(
        it.graph.file_state(&update.path).unwrap().unwrap()["offset"],
        99
    );
    assert_eq!(it.graph.file_state(Path::new("/nowhere")).unwrap(), None);
}

#[test]
fn a_name_that_is_no_text_is_kept() {
    use std::os::unix::ffi::OsStrExt;
    let mut it = Temporary::new();
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/s/\xff.jsonl"));
    it.apply(&[FileUpdate::new(path.to_owned(), &Value::Null)]);
    assert_eq!(it.graph.known_files().unwrap()[0].path, path);
}

#[test]
fn nodes_outlive_their_file_and_are_marked() {
    let mut it = Temporary::new();
    let a = node("a", 1, "The only one there is");
    let mut update = session("a", vec![a.clone()]);
    update.messages = Some(vec![message("1", "please lock the queue")]);
    it.apply(&[update.clone()]);
    // The same session lies elsewhere too.
    let mut copy = update.clone();
    copy.path = "/copy/a.jsonl".into();
    it.apply(&[copy.clone()]);
    it.graph.files_gone(&[&update.path], day(101)).unwrap();
    let stored = it.graph.node(a.id).unwrap().unwrap();
    assert_eq!(stored.gone_at, None, "the copy is there");
    it.graph.files_gone(&[&copy.path], day(102)).unwrap();
    let stored = it.graph.node(a.id).unwrap().unwrap();
    assert_eq!(stored.gone_at, Some(day(102)));
    let counts = it.graph.counts().unwrap();
    assert_eq!((counts.files, counts.messages), (0, 0));
    assert_eq!(it.graph.known_files().unwrap(), []);
    // It comes back.
    it.apply(&[update]);
    assert_eq!(it.graph.node(a.id).unwrap().unwrap().gone_at, None);
    assert_eq!(it.graph.counts().unwrap().messages, 1);
}

#[test]
fn what_a_rewritten_file_does_not_say_any_more_is_marked_or_forgotten() {
    let mut it = Temporary::new();
    let (a, b) = (
        node("a", 1, "The first of two"),
        node("a", 2, "The second of two"),
    );
    let mut update = session("a", vec![a.clone(), b.clone()]);
    update.messages = Some(vec![message("1", "one"), message("2", "two")]);
    it.apply(&[update]);
    let mut whole = session("a", vec![b.clone()]);
    whole.whole = true;
    whole.messages = Some(vec![message("2", "two, but other words")]);
    it.apply(&[whole.clone()]);
    assert!(it.graph.node(a.id).unwrap().unwrap().gone_at.is_some());
    assert!(it.graph.node(b.id).unwrap().unwrap().gone_at.is_none());
    let said = it.graph.messages_of_session("a", 10).unwrap();
    assert_eq!(said, [], "no head, no session");
    assert_eq!(it.graph.counts().unwrap().messages, 1);
    // Appending forgets nothing.
    let mut more = session("a", vec![a.clone()]);
    more.messages = Some(vec![message("3", "three")]);
    it.apply(&[more]);
    assert_eq!(it.graph.counts().unwrap().messages, 2);
    assert!(it.graph.node(a.id).unwrap().unwrap().gone_at.is_none());
}

#[test]
fn pruning_forgets_what_is_old_and_nothing_else() {
    let mut it = Temporary::new();
    let (a, b) = (
        node("a", 1, "The first of two"),
        node("b", 2, "The second of two"),
    );
    let mut update = session("a", vec![a.clone()]);
    update.edges = vec![edge(&a, &b, EdgeKind::Reference)];
    update.messages = Some(vec![message("1", "old words")]);
    let other = session("b", vec![b.clone()]);
    it.apply(&[update.clone(), other]);
    let policy = PrunePolicy {
        gone_nodes: Some(SignedDuration::from_hours(24)),
        messages: Some(SignedDuration::from_hours(24 * 365)),
        ..PrunePolicy::default()
    };
    let nothing = it.graph.prune(&policy, day(200)).unwrap();
    assert_eq!(nothing, Pruned::default());
    it.graph.files_gone(&[&update.path], day(200)).unwrap();
    assert_eq!(it.graph.prune(&policy, day(200)).unwrap().nodes, 0);
    let pruned = it.graph.prune(&policy, day(202)).unwrap();
    assert_eq!((pruned.nodes, pruned.files), (1, 1));
    assert_eq!(it.graph.node(a.id).unwrap(), None);
    let counts = it.graph.counts().unwrap();
    assert_eq!(
        (counts.nodes, counts.edges, counts.waiting_edges),
        (1, 0, 0)
    );
    // Its figures are gone from the totals, its words from the index.
    assert_eq!(it.graph.model_stats().unwrap()[0].total_sessions, 1);
    assert_eq!(ids(&search::find(&it.graph, &search::parse("first"))), []);
    // Old messages of files that are there.
    let mut more = session("b", Vec::new());
    more.messages = Some(vec![message("1", "old words")]);
    it.apply(&[more]);
    assert_eq!(it.graph.prune(&policy, day(200)).unwrap().messages, 0);
    assert_eq!(it.graph.prune(&policy, day(400)).unwrap().messages, 1);
}
