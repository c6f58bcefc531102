//! What the sessions of some folders tell.

use serde_json::json;

use super::*;
use crate::sessions::{Agent, Session};

fn head(id: &str, folder: &str, agent: Agent) -> Session {
    let head = json!({"agent": agent, "id": id, "folder": folder});
    serde_json::from_value(head).unwrap()
}

fn said(entry: &str, role: Role, days: i64, text: &str) -> Message {
    Message {
        entry: entry.to_owned(),
        role,
        at: Some(day(days)),
        text: text.to_owned(),
    }
}

fn fact(entry: &str, kind: FactKind, days: i64, text: &str) -> Fact {
    Fact {
        entry: entry.to_owned(),
        kind,
        text: text.to_owned(),
        context: format!("{text}, they said"),
        confidence: 0.8,
        at: Some(day(days)),
    }
}

/// A node in which `bash` failed so often.
fn failing(session: &str, nth: i64, times: usize) -> Node {
    let mut it = node(session, nth, "One of many segments");
    let error = json!({"tool": "bash", "errorType": "exit_1", "model": "acme/m-1"});
    it.observations.tool_use_errors = vec![serde_json::from_value(error).unwrap(); times];
    it
}

fn filled() -> Temporary {
    let mut it = Temporary::new();
    let mut a = session("a", vec![failing("a", 0, 1), failing("a", 1, 1)]);
    a.session = Some(head("a", "/home/u/shop", Agent::Pi));
    a.messages = Some(vec![
        said("1", Role::User, 1, "Lock the queue"),
        said("2", Role::Assistant, 1, "It is locked"),
        said("3", Role::User, 2, "thanks"),
        said("4", Role::Summary, 3, "all of it"),
    ]);
    a.facts = vec![
        fact("2", FactKind::Decision, 1, "chose a lock"),
        fact("2", FactKind::Technology, 1, "SQLite"),
        fact("3", FactKind::Technology, 2, "sqlite"),
        fact("4", FactKind::Technology, 3, "SQLite"),
    ];
    let mut b = session("b", vec![failing("b", 5, 3)]);
    b.session = Some(head("b", "/home/u/shop/web", Agent::Codex));
    b.messages = Some(vec![said("1", Role::User, 90, "queue the posts")]);
    b.facts = vec![fact("1", FactKind::Decision, 90, "chose a queue")];
    let mut c = session("c", vec![failing("c", 9, 3)]);
    c.session = Some(head("c", "/home/u/blog", Agent::Codex));
    c.messages = Some(vec![said("1", Role::User, 5, "elsewhere")]);
    it.apply(&[a, b, c]);
    it
}

fn folders(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn only_these_folders_tell() {
    let it = filled();
    assert_eq!(
        it.graph.session_folders().unwrap(),
        ["/home/u/blog", "/home/u/shop", "/home/u/shop/web"]
    );
    let shop = folders(&["/home/u/shop", "/home/u/shop/web"]);
    let told = it.graph.told_of(&shop).unwrap();
    assert!(told.is_kept);
    let sessions: Vec<_> = told
        .sessions
        .iter()
        .map(|it| {
            (
                it.id.as_str(),
                it.agent.as_str(),
                it.asked,
                it.answered,
                it.summaries,
            )
        })
        .collect();
    assert_eq!(sessions, [("a", "pi", 2, 1, 1), ("b", "codex", 1, 0, 0)]);
    // The nodes of `a` begin a day before its first message.
    assert_eq!(
        (told.sessions[0].began, told.sessions[0].ended),
        (Some(day(0)), Some(day(3)))
    );
    let texts: Vec<_> = told
        .prompts
        .iter()
        .map(|prompt| prompt.text.as_str())
        .collect();
    assert_eq!(texts, ["queue the posts", "thanks", "Lock the queue"]);
    assert_eq!(told.asked.len(), 3);
    let used: Vec<_> = told
        .technologies
        .iter()
        .map(|it| (it.name.as_str(), it.times, it.last))
        .collect();
    assert_eq!(used, [("SQLite", 3, Some(day(3)))]);
    let decided: Vec<_> = told
        .decisions
        .iter()
        .map(|it| (it.text.as_str(), it.session.as_str()))
        .collect();
    assert_eq!(decided, [("chose a queue", "b"), ("chose a lock", "a")]);
    assert_eq!((told.solutions.len(), told.learnings.len()), (0, 0));
    let failed: Vec<_> = told
        .failures
        .iter()
        .map(|it| (it.tool.as_str(), it.times, it.sessions))
        .collect();
    assert_eq!(failed, [("bash", 5, 2)]);
    assert_eq!(
        it.graph.told_of(&[]).unwrap(),
        crate::analyze::conversation::Told::default()
    );
}

#[test]
fn the_mark_changes_with_what_is_told() {
    let mut it = filled();
    let shop = folders(&["/home/u/shop"]);
    let mut marks = vec![
        it.graph.mark_of(&shop).unwrap(),
        it.graph.mark_of(&[]).unwrap(),
    ];
    let mut elsewhere = session("d", Vec::new());
    elsewhere.session = Some(head("d", "/home/u/blog", Agent::Pi));
    it.apply(&[elsewhere]);
    assert_eq!(it.graph.mark_of(&shop).unwrap(), marks[0]);

    let mut more = session("a", Vec::new());
    more.messages = Some(vec![said("5", Role::User, 4, "more")]);
    it.apply(&[more.clone()]);
    marks.push(it.graph.mark_of(&shop).unwrap());
    more.facts = vec![fact("5", FactKind::Learning, 4, "locks are slow")];
    it.apply(&[more]);
    marks.push(it.graph.mark_of(&shop).unwrap());
    it.graph
        .files_gone(&[Path::new("/sessions/a.jsonl")], day(100))
        .unwrap();
    marks.push(it.graph.mark_of(&shop).unwrap());
    let different: std::collections::BTreeSet<_> = marks.iter().collect();
    assert_eq!(different.len(), marks.len());

    let told = it.graph.told_of(&shop).unwrap();
    assert_eq!(
        (told.sessions.len(), told.is_kept, told.prompts.len()),
        (1, false, 0)
    );
}
