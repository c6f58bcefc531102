//! `git tend graph`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{LOCK, SITE, apply, file, listing, node, open, rich, tend, wide, world};
use crate::support::World;

/// The ids of the world's nodes: of the lock's two, and of the site's.
fn ids(world: &World) -> [String; 3] {
    let of = |words: &str| {
        let out = tend(world, &["graph", "search", "-q", words])
            .code(0)
            .stdout;
        assert_eq!(out.lines().count(), 1, "{words}: {out}");
        out.trim().to_owned()
    };
    [of("lost"), of("fair"), of("site")]
}

/// The nodes' ids as they are shown, and in full.
fn scrubbed(world: &World, text: &str) -> String {
    let mut text = text.to_owned();
    for (id, name) in ids(world).iter().zip(["LOST", "FAIR", "SITE"]) {
        text = text
            .replace(id, &format!("[{name}---------]"))
            .replace(&id[..8], &format!("[-{name}-]"));
    }
    text
}

#[test]
fn a_search_shows_the_words_around_the_match() {
    let world = world();
    let show = |width, args: &[&str]| {
        let args = [&["graph", "search"], args].concat();
        scrubbed(&world, &listing(&wide(&world, width, &args)))
    };
    insta::assert_snapshot!(show(100, &["lock", "queue"]), @r#"
    ◐ [-FAIR-] · debugging · shop · 2h 42m ago
      Made the lock of the queue fair, so that nobody waits for ever
    ✓ [-LOST-] · coding · shop · 3h 42m ago
      Looked for the lock that the queue had lost
    "#);
    insta::assert_snapshot!(show(40, &["lock*", "outcome:partial"]), @r#"
    ◐ [-FAIR-] · debugging · shop
      2h 42m ago
      Made the lock of the queue fair, so
      that nobody waits for ever
    "#);
    insta::assert_snapshot!(show(100, &[]), @r#"
    ◐ [-FAIR-] · debugging · shop · 2h 42m ago
      Made the lock of the queue fair, so that nobody waits for ever
    ✓ [-LOST-] · coding · shop · 3h 42m ago
      Looked for the lock that the queue had lost
    ✗ [-SITE-] · coding · site · 9d 4h ago
      Drew the front page of the site
    "#);
    insta::assert_snapshot!(show(100, &["--messages", "queue"]), @r#"
    0198c0de-a · user · shop · 2h 41m ago
      Why does the queue wait for ever?
    "#);
    insta::assert_snapshot!(show(100, &["--facts", "ticket"]), @r#"
    0198c0de-a · decision · shop · 2h 40m ago
      We use a ticket lock because it is fair
    "#);
    insta::assert_snapshot!(show(100, &["nowhere"]), @r#"
    --- stderr
    nothing found
    "#);
    insta::assert_snapshot!(show(100, &["lock", "type:nonsense"]), @r#"
    --- stderr
    error: `type:nonsense` is not understood: one of coding, debugging, refactoring, sysadmin, research, planning, qa, brainstorm, handoff, documentation, configuration, data, other is needed
    --- exit code 2
    "#);
    insta::assert_snapshot!(show(100, &["--messages", "type:coding"]), @r#"
    --- stderr
    error: messages have no `type`: it is a filter for nodes
    --- exit code 2
    "#);
}

#[test]
fn matches_are_marked_where_there_are_colours_only() {
    let world = world();
    let plain = tend(&world, &["graph", "search", "lost"]).code(0).stdout;
    assert!(plain.contains("the queue had lost"), "{plain}");
    assert!(!plain.contains('\u{1b}'), "{plain}");
    let args = ["graph", "search", "lost", "--color", "always"];
    let coloured = tend(&world, &args).code(0).stdout;
    assert!(
        coloured.contains("had \u{1b}[1m\u{1b}[35mlost\u{1b}[0m"),
        "{coloured:?}"
    );
    let vars = [("NO_COLOR", "1"), ("TEND_NOW", super::NOW)];
    let ran = world.tend_with(&vars, ["graph", "search", "lost"]).code(0);
    assert_eq!(ran.stdout, plain);
}

#[test]
fn hits_for_programs() {
    let world = world();
    let [lost, fair, _] = ids(&world);
    let found = tend(&world, &["graph", "search", "lock", "--json"])
        .code(0)
        .json();
    assert_eq!(found["schema"], 1);
    assert_eq!(found["more"], false);
    let hits = found["hits"].as_array().unwrap();
    let mut found_ids: Vec<_> = hits.iter().map(|hit| hit["id"].as_str().unwrap()).collect();
    found_ids.sort_unstable();
    let mut expected = [lost.as_str(), fair.as_str()];
    expected.sort_unstable();
    assert_eq!(found_ids, expected);
    let pieces = hits[0]["snippet"].as_array().unwrap();
    assert!(
        pieces
            .iter()
            .any(|it| *it == json!({"text": "lock", "matches": true}))
    );
    let limited = tend(&world, &["graph", "search", "-n", "1", "lock", "--json"]);
    assert_eq!(limited.code(0).json()["more"], true);
    let said = tend(
        &world,
        &["graph", "search", "queue", "--messages", "--json"],
    );
    let said = said.code(0).json();
    assert_eq!(said["hits"][0]["session"], LOCK);
    assert_eq!(said["hits"][0]["role"], "user");
    let facts = tend(&world, &["graph", "search", "--facts", "--json"])
        .code(0)
        .json();
    assert_eq!(facts["hits"][0]["type"], "decision");
    let quiet = tend(&world, &["graph", "search", "-q", "--messages", "queue"]).code(0);
    assert_eq!(quiet.stdout, format!("{LOCK}\n"));
}

#[test]
fn a_node_is_told_whole() {
    let world = world();
    let [_, fair, site] = ids(&world);
    let show = |width, args: &[&str]| {
        let args = [&["graph", "show"], args].concat();
        scrubbed(&world, &listing(&wide(&world, width, &args)))
    };
    insta::assert_snapshot!(show(100, &[&fair[..6]]), @r#"
    ◐ [-FAIR-] shop · debugging · partial · 2h 42m ago
      Made the lock of the queue fair, so that nobody waits for ever

      session    0198c0de-a · pi · node 2 of 2
      project    /home/u/shop
      when       10:00:00 – 10:30:00 · 30m
      took       12.5k tokens · $0.25 · 7 entries
      with       Rust, tokio
      tools      bash, edit
      tags       locks, queue
      topics     threads
      words by   the session's own, shortened: no model has read it
      read from  /home/u/.pi/sessions/0198c0de-aaaa-7000-8000-000000000001.jsonl

    models
      MODEL      READ  WRITTEN   COST
      acme/m-1  12.0k      500  $0.25

    decisions
      Take a ticket lock · it is fair · instead of a mutex

    files
      src/lock.rs
      src/queue.rs

    errors
      edit no match · 2 times · tried again · src/lock.rs
      deadlock · two threads waited · overcome

    how it went
      friction 0.35 · said again 1 time · ended on an error
      delight 0.40 · errors were overcome
      marked good · look here again

    lessons
      task Locks want an order · of two the smaller first · → sort them · high confidence

    seen
      acme/m-1 forgets the lock · often · → say it twice
      + said what was wanted

    connections
      ←  resume    [-LOST-]  Looked for the lock that the queue had lost  after 25m
      →  semantic  [-SITE-]  Drew the front page of the site              alike in tags, topics and sum…

    commits
      12345678  10:20:00  the agent told the hook

    next
      git tend sessions show 0198c0de-a            the session that it is of
      git tend graph show [-FAIR-] --neighbours 2  what is near it
    "#);
    insta::assert_snapshot!(show(40, &[&site]), @r#"
    ✗ [-SITE-] site · coding · failed
      9d 4h ago
      Drew the front page of the site

      session    0198c0de-b · claude-code ·
                 node 1 of 1
      project    /home/u/site
      when       2026-02-20 08:00 – 08:30 ·
                 30m
      took       7 entries
      tags       html
      words by   the session's own,
                 shortened: no model has
                 read it
      read from  /home/u/.claude-code/sessio
                 ns/0198c0de-bbbb-7000-8000-
                 000000000002.jsonl

    connections
      ←  semantic  [-FAIR-]  Made the lock…

    next
      git tend sessions show 0198c0de-b
      git tend graph show [-SITE-] --neighb…
    "#);
}

#[test]
fn versions_are_kept_and_named() {
    let world = world();
    let [_, fair, _] = ids(&world);
    let mut judged = rich();
    judged.content.summary = "Took a ticket lock".to_owned();
    judged.metadata.analyzer_version = "v1-0badcafe".to_owned();
    judged.metadata.analyzed_at = super::at("2026-03-01T12:00:00Z");
    let head = file(LOCK, "pi", "/home/u/shop", &[judged]);
    apply(&mut open(&world), vec![head]);
    let new = tend(&world, &["graph", "show", &fair, "--json"])
        .code(0)
        .json();
    assert_eq!(new["node"]["version"], 2);
    assert_eq!(new["node"]["content"]["summary"], "Took a ticket lock");
    assert_eq!(new["current"], true);
    assert_eq!(new["versions"].as_array().unwrap().len(), 2);
    let old = format!("{}-v1", &fair[..10]);
    let old = tend(&world, &["graph", "show", &old, "--json"])
        .code(0)
        .json();
    assert_eq!(old["current"], false);
    assert_eq!(old["node"]["metadata"]["analyzerVersion"], "draft");
    let story = tend(&world, &["graph", "show", &fair]).code(0).stdout;
    assert!(story.contains("changed: content.summary\n"), "{story}");
    assert!(
        story.contains("-v1  ") && story.contains("  the version before\n"),
        "{story}"
    );
    for (wrong, said) in [
        (format!("{fair}-v3"), "has no version 3: there are 2"),
        (format!("{fair}-v01"), "has no version 01: there are 2"),
        ("xyz".to_owned(), "no node xyz"),
        (String::new(), "no node "),
        ("-v1".to_owned(), "unexpected argument"),
    ] {
        let ran = tend(&world, &["graph", "show", &wrong]).code(2);
        assert!(ran.stderr.contains(said), "{wrong}: {}", ran.stderr);
    }
}

#[test]
fn the_node_document_has_its_edges() {
    let world = world();
    let [lost, fair, site] = ids(&world);
    let document = tend(&world, &["graph", "show", &fair, "--json"])
        .code(0)
        .json();
    let edges: Vec<(&str, &str)> = document["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let text = |value: &'_ Value| value.as_str().map(str::to_owned).unwrap();
            assert_eq!(text(&edge["id"]).len(), 16);
            (
                edge["type"].as_str().unwrap(),
                edge["other"]["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        edges,
        [("resume", lost.as_str()), ("semantic", site.as_str())]
    );
    assert_eq!(document["node"]["id"], fair.as_str());
    assert_eq!(document["commits"][0]["how"], "hook");
}

#[test]
fn what_is_near_and_the_way_there() {
    let world = world();
    let [lost, fair, site] = ids(&world);
    let run = |args: &[&str]| scrubbed(&world, &listing(&tend(&world, args)));
    insta::assert_snapshot!(run(&["graph", "show", &lost, "--neighbours", "2"]), @r#"
    [-LOST-] · 2 nodes · 1 resume · 1 semantic
    STEPS  NODE      BY          PROJECT  WHAT
        1  [-FAIR-]  → resume    shop     Made the lock of the queue fair, so that nobody waits for ever
        2  [-SITE-]  → semantic  site     Drew the front page of the site
    "#);
    insta::assert_snapshot!(run(&["graph", "path", &site, &lost]), @r#"
                 [-SITE-]  Drew the front page of the site
    ←  semantic  [-FAIR-]  Made the lock of the queue fair, so that nobody waits for ever  alike in tags, topics and summary · 25 % alike
    ←  resume    [-LOST-]  Looked for the lock that the queue had lost                     after 25m
    "#);
    insta::assert_snapshot!(run(&["graph", "path", &site, &lost, "--direction", "out"]), @r#"
    --- stderr
    there is no way of at most 20 steps between them
    --- exit code 1
    "#);
    let reached = |args: &[&str]| -> Vec<String> {
        let args = [&["graph", "show", "--json"], args].concat();
        let found = tend(&world, &args).code(0).json();
        let nodes = found["nodes"].as_array().unwrap();
        nodes
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(reached(&[&lost, "--descendants"]), [fair.as_str()]);
    assert_eq!(reached(&[&fair, "--ancestors"]), [lost.as_str()]);
    assert!(reached(&[&fair, "--descendants"]).is_empty());
    assert_eq!(
        reached(&[&fair, "--descendants", "--kind", "semantic"]),
        [site.as_str()]
    );
    assert_eq!(
        reached(&[&fair, "--neighbours", "1", "--direction", "in"]),
        [lost.as_str()]
    );
    let path = tend(&world, &["graph", "path", &site, &lost, "--json"])
        .code(0)
        .json();
    assert_eq!(path["nodes"], json!([site, fair, lost]));
    let ran = tend(&world, &["graph", "show", &lost, "--kind", "semantic"]).code(2);
    assert!(ran.stderr.contains("--neighbours"), "{}", ran.stderr);
    tend(&world, &["graph", "show", &lost, "--neighbours", "6"]).code(2);
    tend(
        &world,
        &["graph", "show", &lost, "--neighbours", "1", "--kind", "x"],
    )
    .code(2);
}

#[test]
fn connections_are_looked_for_once_a_day_or_when_asked() {
    let world = world();
    let again = node(
        "later",
        1,
        "2026-03-01T11:30:00Z",
        "Searched for the lock of the queue again",
        &json!({
            "observations": {"toolUseErrors": [{"tool": "edit", "errorType": "no match"}]},
            "lessons": {"task": [{"summary": "Locks want an order", "confidence": "low"}]},
        }),
    );
    let id = again.id.to_string();
    apply(
        &mut open(&world),
        vec![file("later", "pi", "/home/u/shop", &[again])],
    );
    let run = |args: &[&str]| {
        scrubbed(
            &world,
            &listing(&tend(&world, args)).replace(&id[..8], "[LATER-]"),
        )
    };
    insta::assert_snapshot!(run(&["graph", "connect"]), @r#"
    [LATER-]  →  lesson_application  [-LOST-]  Looked for the lock that the queue had lost                     learned again: Locks want an order · 100 % alike
    [LATER-]  →  lesson_application  [-FAIR-]  Made the lock of the queue fair, so that nobody waits for ever  learned again: Locks want an order · 50 % alike
    --- stderr
    3 nodes looked at · 2 new connections: 2 lesson_application
    "#);
    insta::assert_snapshot!(run(&["graph", "connect"]), @r#"
    --- stderr
    no node of the last 7d is due: each is looked at once a day · git tend graph connect NODE
    "#);
    insta::assert_snapshot!(run(&["graph", "connect", &id]), @r#"
    --- stderr
    1 node looked at · no new connections
    "#);
    let found = tend(&world, &["graph", "connect", &id, "--json"])
        .code(0)
        .json();
    assert_eq!(found, json!({"schema": 1, "nodes": [id], "edges": []}));
    tend(&world, &["graph", "connect", &id, "--limit", "1"]).code(2);
    tend(&world, &["graph", "connect", "--since", "soon"]).code(2);
    tend(&world, &["graph", "connect", "beef"]).code(2);
}

#[test]
fn patterns_and_what_is_to_be_learned_from_them() {
    let world = world();
    let run = |args: &[&str]| listing(&wide(&world, 110, args));
    insta::assert_snapshot!(run(&["graph", "patterns"]), @r#"
    failures
      ID        TIMES  TOOL  ERROR     MODELS    LAST
      7e1f8eaa      2  edit  no match  acme/m-1  2h 42m ago

    models
      MODEL     SESSIONS  TOKENS   READ  WRITTEN   COST  ERRORS  QUIRKS  LAST
      acme/m-1         1   25.0k  24.0k     1.0k  $0.50       2       1  2h 42m ago

    lessons
      TIMES  ABOUT  LESSON               TAGS            LAST
          2  task   Locks want an order  locks, threads  2h 42m ago
    "#);
    let all = tend(&world, &["graph", "patterns", "--json"])
        .code(0)
        .json();
    let id = all["failures"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(all["failures"][0]["occurrences"], 2);
    assert_eq!(all["models"][0]["totalCost"], 0.5);
    assert_eq!(all["lessons"][0]["occurrences"], 2);
    let models = tend(&world, &["graph", "patterns", "--models", "--json"])
        .code(0)
        .json();
    assert!(models.get("failures").is_none() && models.get("models").is_some());
    let more = tend(
        &world,
        &["graph", "patterns", "--lessons", "--at-least", "3"],
    )
    .code(0);
    assert_eq!(more.stderr, "nothing of that occurred 3 times or more\n");

    let token = format!("ghp_{}", "a1B2".repeat(9));
    let text = format!("read the file first, not with {token}");
    tend(&world, &["graph", "patterns", "--note", &id[..6], &text]).code(0);
    let noted = |world: &World| {
        let all = tend(world, &["graph", "patterns", "--failures", "--json"])
            .code(0)
            .json();
        all["failures"][0]["learningOpportunity"].clone()
    };
    let said = noted(&world);
    let said = said.as_str().unwrap();
    assert!(
        said.starts_with("read the file first, not with [redacted:"),
        "{said}"
    );
    insta::assert_snapshot!(run(&["graph", "patterns", "--failures"]).replace(said, "[NOTE]"), @r#"
    failures
      ID        TIMES  TOOL  ERROR     MODELS    LAST        LEARNED
      7e1f8eaa      2  edit  no match  acme/m-1  2h 42m ago  [NOTE]
    "#);
    tend(&world, &["graph", "patterns", "--note", &id, ""]).code(0);
    assert_eq!(noted(&world), Value::Null);
    let ran = tend(&world, &["graph", "patterns", "--note", "zz", "x"]).code(2);
    assert!(ran.stderr.contains("no failure zz"), "{}", ran.stderr);
}

#[test]
fn all_or_a_part_of_it_is_written() {
    let world = world();
    let [lost, fair, site] = ids(&world);
    let exported = |args: &[&str]| {
        let args = [&["graph", "export"], args].concat();
        let document = tend(&world, &args).code(0).json();
        let part = |name: &str| document[name].as_array().unwrap().clone();
        let nodes: Vec<String> = part("nodes")
            .iter()
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect();
        (nodes, part("edges").len())
    };
    // By time.
    let every = [site.clone(), lost.clone(), fair.clone()];
    assert_eq!(exported(&[]), (every.to_vec(), 2));
    let shop = vec![lost.clone(), fair.clone()];
    assert_eq!(exported(&["--project", "shop"]), (shop.clone(), 1));
    assert_eq!(exported(&["--session", &LOCK[..10]]), (shop.clone(), 1));
    assert_eq!(exported(&["--session", SITE]), (vec![site.clone()], 0));
    assert_eq!(exported(&["--node", &lost, "--depth", "1"]), (shop, 1));
    assert_eq!(exported(&["--node", &lost]), (every.to_vec(), 2));
    tend(&world, &["graph", "export", "--depth", "1"]).code(2);
    tend(
        &world,
        &["graph", "export", "--node", &lost, "--project", "x"],
    )
    .code(2);

    let dot = tend(
        &world,
        &["graph", "export", "--format", "dot", "-o", "graph.dot"],
    )
    .code(0);
    assert_eq!((dot.stdout.as_str(), dot.stderr.as_str()), ("", ""));
    let path = world.repo().join("graph.dot");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("digraph sessions {") && text.ends_with("}\n"),
        "{text}"
    );
    assert!(
        text.contains(&format!("\"{lost}\" -> \"{fair}\" [label=\"resume\"")),
        "{text}"
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let ran = tend(&world, &["graph", "export", "-o", "no/such/folder/x"]).code(1);
    assert!(ran.stderr.contains("failed to write"), "{}", ran.stderr);
}
