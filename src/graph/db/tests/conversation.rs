//! Messages and facts.

use jiff::tz::TimeZone;

use super::*;
use crate::graph::search::Query;
use crate::sessions::{Agent, Session};

fn head(id: &str, folder: &str, agent: Agent) -> Session {
    Session {
        agent,
        id: id.to_owned(),
        folder: Some(folder.to_owned()),
        started_at: None,
        parent: None,
        version: None,
        branch: None,
        commit: None,
    }
}

fn said(entry: &str, role: Role, days: i64, text: &str) -> Message {
    Message {
        entry: entry.to_owned(),
        role,
        at: Some(day(days)),
        text: text.to_owned(),
    }
}

fn filled() -> Temporary {
    let mut it = Temporary::new();
    let mut a = session("a", Vec::new());
    a.session = Some(head("a", "/home/u/shop", Agent::Pi));
    a.messages = Some(vec![
        said("1", Role::User, 1, "Please lock the queue before reading"),
        said(
            "2",
            Role::Assistant,
            1,
            "The queue is locked; before it was read without any lock",
        ),
        said("3", Role::User, 2, "thanks"),
    ]);
    a.facts = vec![Fact {
        entry: "2".to_owned(),
        kind: FactKind::Decision,
        text: "chose a lock because two writers met".to_owned(),
        context: "we chose a lock because two writers met, and so on".to_owned(),
        confidence: 0.8,
        at: Some(day(1)),
    }];
    let mut b = session("b", Vec::new());
    b.session = Some(head("b", "/home/u/blog", Agent::Codex));
    b.messages = Some(vec![said(
        "1",
        Role::User,
        90,
        "queue the posts, lock nothing",
    )]);
    it.apply(&[a, b]);
    it
}

fn find(it: &Temporary, text: &str, role: Option<Role>) -> Vec<(String, String)> {
    let query = Query::parse(text, day(100), &TimeZone::UTC).unwrap();
    let hits = it
        .graph
        .search_messages(&query, role, None, day(100))
        .unwrap();
    hits.into_iter()
        .map(|hit| (hit.session.unwrap(), hit.entry))
        .collect()
}

fn pair(session: &str, entry: &str) -> (String, String) {
    (session.to_owned(), entry.to_owned())
}

#[test]
fn messages_are_found_by_words_role_project_agent_and_time() {
    let it = filled();
    let mut found = find(&it, "lock queue", None);
    found.sort();
    assert_eq!(found, [pair("a", "1"), pair("a", "2"), pair("b", "1")]);
    assert_eq!(
        find(&it, "lock queue", Some(Role::Assistant)),
        [pair("a", "2")]
    );
    assert_eq!(find(&it, "lock project:blog", None), [pair("b", "1")]);
    assert_eq!(
        find(&it, "lock project:/home/u/blog", None),
        [pair("b", "1")]
    );
    assert_eq!(find(&it, "lock project:/home/u/bl", None), []);
    assert_eq!(find(&it, "lock agent:codex", None), [pair("b", "1")]);
    let until = format!("lock until:{}", day(50));
    assert_eq!(find(&it, &until, None).len(), 2);
    assert_eq!(find(&it, "", Some(Role::User))[0], pair("b", "1"));
}

#[test]
fn the_words_as_typed_count_for_more() {
    let it = filled();
    assert_eq!(
        find(&it, "lock the queue project:shop", None)[0],
        pair("a", "1")
    );
    let query = Query::parse("lock", day(100), &TimeZone::UTC).unwrap();
    let hits = it
        .graph
        .search_messages(&query, Some(Role::Assistant), None, day(100))
        .unwrap();
    assert_eq!(
        hits[0].snippet.render("<", ">"),
        "The queue is <locked>; before it was read without any <lock>"
    );
}

#[test]
fn filters_of_nodes_are_refused() {
    let it = filled();
    let query = Query::parse("lock type:qa", day(100), &TimeZone::UTC).unwrap();
    let refused = it.graph.search_messages(&query, None, None, day(100));
    assert!(refused.unwrap_err().to_string().contains("`type`"));
}

#[test]
fn appending_again_says_nothing_twice() {
    let mut it = filled();
    let mut a = session("a", Vec::new());
    a.messages = Some(vec![
        said("3", Role::User, 2, "thanks"),
        said("4", Role::User, 3, "and now the wall"),
    ]);
    assert_eq!(it.apply(&[a]).messages, 1);
    let words: Vec<String> = it
        .graph
        .messages_of_session("a", 10)
        .unwrap()
        .into_iter()
        .map(|it| it.entry)
        .collect();
    assert_eq!(words, ["1", "2", "3", "4"]);
    let users = it.graph.messages_of_role(Role::User, day(2), 10).unwrap();
    assert_eq!(users.len(), 3);
}

#[test]
fn conversations_that_are_not_kept_any_more_are_forgotten() {
    let mut it = filled();
    it.apply(&[session("a", Vec::new())]);
    assert_eq!(it.graph.counts().unwrap().messages, 1);
    assert_eq!(find(&it, "lock", None), [pair("b", "1")]);
    let states = it.graph.known_files().unwrap();
    assert_eq!(
        states.iter().map(|it| it.messages).collect::<Vec<_>>(),
        [false, true]
    );
}

#[test]
fn facts_are_found_by_kind_and_words() {
    let it = filled();
    let facts = |text: &str, kind| {
        let query = Query::parse(text, day(100), &TimeZone::UTC).unwrap();
        it.graph.facts(&query, kind, None).unwrap()
    };
    assert_eq!(facts("", None).len(), 1);
    assert_eq!(facts("writers", Some(FactKind::Decision)).len(), 1);
    assert_eq!(facts("writers", Some(FactKind::Solution)), []);
    assert_eq!(facts("painters", None), []);
    assert_eq!(facts("", None)[0].folder.as_deref(), Some("/home/u/shop"));
}
