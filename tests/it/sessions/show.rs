//! `git tend sessions show`.

use std::fs;

use serde_json::json;

use super::{LOCK, SITE, apply, file, listing, node, open, tend, wide, world};

#[test]
fn a_session_is_told_in_the_order_of_its_work() {
    let world = world();
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "show", "0198c0de-a"])), @r#"
    "#);
    insta::assert_snapshot!(listing(&wide(&world, 60, &["sessions", "show", SITE])), @r#"
    "#);
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "show", "0198c0de-c"])), @r#"
    "#);
}

#[test]
fn a_session_is_named_by_what_begins_its_id_or_by_its_file() {
    let world = world();
    let ran = tend(&world, &["sessions", "show", "0198"]).code(2);
    assert_eq!(
        ran.stderr,
        format!("error: 0198 names more than one session: {LOCK} {SITE} 0198c0de-cccc\n")
    );
    for nothing in ["nothing", "", "%", "/no/such.jsonl"] {
        let ran = tend(&world, &["sessions", "show", nothing]).code(2);
        assert!(
            ran.stderr.starts_with("error: no session "),
            "{}",
            ran.stderr
        );
    }
    let gone = format!("/home/u/.pi/sessions/{LOCK}.jsonl");
    let shown = tend(&world, &["sessions", "show", &gone, "--json"]).code(0);
    assert_eq!(shown.json()["session"]["id"], LOCK);
    // A file that is there, by another name.
    let real = world.folder().canonicalize().unwrap().join("here.jsonl");
    fs::write(&real, "").unwrap();
    std::os::unix::fs::symlink(&real, world.repo().join("link.jsonl")).unwrap();
    let mut update = file(
        "here",
        "pi",
        "/home/u/shop",
        &[node(
            "here",
            1,
            "2026-03-01T11:00:00Z",
            "Was here for a while",
            &json!({}),
        )],
    );
    update.path = real;
    apply(&mut open(&world), vec![update]);
    let shown = tend(&world, &["sessions", "show", "link.jsonl", "--json"]).code(0);
    assert_eq!(shown.json()["session"]["id"], "here");
}

#[test]
fn programs_get_all_of_it() {
    let world = world();
    let document = tend(&world, &["sessions", "show", LOCK, "--json"])
        .code(0)
        .json();
    assert_eq!(document["schema"], 1);
    assert_eq!(document["session"]["nodes"], 2);
    assert_eq!(document["head"]["branch"], "main");
    assert_eq!(document["files"][0]["broken_lines"], 2);
    let nodes = document["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 2);
    assert_eq!(nodes[1]["content"]["outcome"], "partial");
    let kinds: Vec<_> = document["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["type"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"resume") && kinds.contains(&"semantic"),
        "{kinds:?}"
    );
    assert_eq!(document["commits"][0]["how"], "hook");
}
