//! What is known of a repository.

use super::*;

#[test]
fn nodes_are_of_a_repository_by_their_folder_or_their_commits() {
    let mut it = Temporary::new();
    let nodes: Vec<Node> = (1..4)
        .map(|nth| node("a", nth, "Work in the shop"))
        .collect();
    let mut elsewhere = node("b", 1, "Somewhere else");
    elsewhere.classification.project = "/home/u/shopping".to_owned();
    let mut below = node("c", 9, "Below the shop");
    below.classification.project = "/home/u/shop/sub".to_owned();
    below.observations.models_used[0].model = "m-2".to_owned();
    let mut update = session("b", vec![elsewhere.clone()]);
    update.commits = vec![CommitLink {
        repository: "r".to_owned(),
        commit: "c1".to_owned(),
        session: "b".to_owned(),
        node: None,
        how: How::Hook,
        at: elsewhere.metadata.timestamp,
    }];
    it.apply(&[
        session("a", nodes.clone()),
        session("c", vec![below.clone()]),
    ]);
    let folders = ["/home/u/shop".to_owned()];
    let about = |it: &Temporary, folders: &[String], most| {
        it.graph.nodes_about("r", folders, most).unwrap()
    };
    let mut expected = vec![below.id, nodes[2].id, nodes[1].id, nodes[0].id];
    assert_eq!(about(&it, &folders, 9), expected);
    it.apply(&[update]);
    let same_time = {
        let mut both = [nodes[0].id, elsewhere.id];
        both.sort_by_key(|id| id.0.cast_signed());
        both
    };
    expected.splice(3.., same_time);
    assert_eq!(about(&it, &folders, 9), expected);
    assert_eq!(about(&it, &folders, 2), expected[..2]);
    assert_eq!(about(&it, &[], 9), [elsewhere.id]);
    assert_eq!(about(&it, &["/nowhere".to_owned()], 9), [elsewhere.id]);

    let taken = it.graph.taken_by_models(&expected).unwrap();
    let told: Vec<(&str, u64, u64, f64)> = taken
        .iter()
        .map(|it| (it.model.as_str(), it.nodes, it.tokens(), it.cost))
        .collect();
    assert_eq!(told, [("acme/m-1", 4, 60, 1.0), ("acme/m-2", 1, 15, 0.25)]);
    assert_eq!(it.graph.taken_by_models(&[]).unwrap(), []);
}
