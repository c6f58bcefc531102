//! `git tend sessions show`.

use std::fs;

use serde_json::json;

use super::{LOCK, SITE, apply, file, listing, node, open, tend, wide, world};

#[test]
fn a_session_is_told_in_the_order_of_its_work() {
    let world = world();
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "show", "0198c0de-a"])), @r#"
    ◐ 0198c0de-aaaa-7000-8000-000000000001 · pi · shop · 2h 12m ago
      about      Looked for the lock that the queue had lost
      project    /home/u/shop
      when       09:00:00 – 10:30:00
      took       2 nodes · 25.0k tokens · $0.50 · 1h 00m at work
      began at   main
      read from  /home/u/.pi/sessions/0198c0de-aaaa-7000-8000-000000000001.jsonl · read 42m ago · 2 lines could not be read

    nodes
      NODE         WHEN      CAME BY           TYPE       TOOK  TOKENS   COST  ABOUT
      d5e511f2  ✓  09:00:00                    coding      30m   12.5k  $0.25  Looked for the lock that the queue had lost
      b0994480  ◐  10:00:00  resume after 25m  debugging   30m   12.5k  $0.25  Made the lock of the queue fair, so that nobody waits for ever

    models
      MODEL      READ  WRITTEN   COST
      acme/m-1  24.0k     1.0k  $0.50

    connections
      b0994480  →  semantic  e8c21410  Drew the front page of the site  alike in tags, topics and summary · 25 % alike

    commits
      12345678  10:20:00  the agent told the hook
    "#);
    insta::assert_snapshot!(listing(&wide(&world, 60, &["sessions", "show", SITE])), @r#"
    ✗ 0198c0de-bbbb-7000-8000-000000000002 · claude-code · site
      9d 4h ago
      about      Drew the front page of the site
      project    /home/u/site
      when       2026-02-20 08:00 – 08:30
      took       1 node · 30m at work
      began at   main
      read from  /home/u/.claude-code/sessions/0198c0de-bbbb-700
                 0-8000-000000000002.jsonl · read 42m ago · 2
                 lines could not be read

    nodes
      NODE         WHEN              ABOUT
      e8c21410  ✗  2026-02-20 08:00  Drew the front page of the…

    connections
      e8c21410  ←  semantic  b0994480  Made the lock of the que…
    "#);
    insta::assert_snapshot!(listing(&tend(&world, &["sessions", "show", "0198c0de-c"])), @r#"
    · 0198c0de-cccc · codex · shop · 2d 3h ago
      about      nothing yet: it is still going on, or too small for a node
      project    /home/u/shop
      when       2026-02-27 09:00
      took       0 nodes
      began at   main
      read from  /home/u/.codex/sessions/0198c0de-cccc.jsonl · read 42m ago · 2 lines could not be read
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
