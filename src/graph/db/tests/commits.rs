//! Commits and their sessions.

use super::*;

fn link(commit: &str, session: &str, how: How, time: &str) -> CommitLink {
    CommitLink {
        repository: "r".to_owned(),
        commit: commit.to_owned(),
        session: session.to_owned(),
        node: None,
        how,
        at: at(time),
    }
}

#[test]
fn the_surest_account_is_kept_whatever_the_order() {
    let weak = link("c1", "a", How::TimeAndFolder, "2026-01-01T00:00:00Z");
    let sure = link("c1", "a", How::Hook, "2026-01-01T00:00:01Z");
    let other = link("c1", "b", How::Command, "2026-01-01T00:00:00Z");
    for order in [
        [&weak, &sure, &other],
        [&sure, &other, &weak],
        [&other, &weak, &sure],
    ] {
        let mut it = Temporary::new();
        for link in order {
            it.graph.link_commits(std::slice::from_ref(link)).unwrap();
        }
        let found = it.graph.sessions_of_commit("r", "c1").unwrap();
        let links: Vec<&CommitLink> = found.iter().map(|it| &it.link).collect();
        assert_eq!(links, [&sure, &other]);
    }
}

#[test]
fn a_commit_is_of_the_node_that_the_session_was_in() {
    let mut it = Temporary::new();
    let nodes: Vec<Node> = (1..4)
        .map(|nth| node("a", nth, "One of three nodes"))
        .collect();
    let half_past = nodes[1].metadata.timestamp + jiff::SignedDuration::from_mins(30);
    let mut by_time = link("c1", "a", How::Command, "2026-01-01T00:00:00Z");
    by_time.at = half_past;
    let mut told = by_time.clone();
    told.commit = "c2".to_owned();
    told.node = Some(nodes[0].id);
    // Known before its nodes are.
    let mut update = session("a", Vec::new());
    update.commits = vec![by_time, told];
    it.apply(&[update]);
    let nodes_of = |it: &Temporary| -> Vec<Option<NodeId>> {
        let found = it.graph.commits_of_session("a").unwrap();
        found.iter().map(|it| it.node).collect()
    };
    assert_eq!(nodes_of(&it), [None, None]);
    it.apply(&[session("a", nodes.clone())]);
    assert_eq!(nodes_of(&it), [Some(nodes[1].id), Some(nodes[0].id)]);
    let found = it.graph.commits_of_node(nodes[1].id).unwrap();
    assert_eq!(found[0].link.commit, "c1");
    assert_eq!(it.graph.commits_of_node(nodes[2].id).unwrap(), []);
    assert_eq!(it.graph.commits_of_repository("r", 9).unwrap().len(), 2);
    assert_eq!(it.graph.commits_of_repository("q", 9).unwrap(), []);
}
