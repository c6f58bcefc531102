//! What `show` tells of a commit's session, beside a job and by itself.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use git_tend::graph::Graph;
use git_tend::graph::db::How;
use git_tend::store::{Access, OpenOptions};
use serde_json::{Value, json};

use super::{ID, LINT, commit_as, hooked, know, node};
use crate::support::World;

const HOSTILE: &str = "Fix it \u{1b}[31m\u{202e}<b>\nsecond line";

#[test]
fn a_session_that_was_not_read_yet_is_told_by_its_name() {
    let world = hooked(LINT);
    let commit = commit_as(
        &world,
        &[("PI_SESSION_ID", ID)],
        &["-m", "Fix the greeting"],
    );
    world.tend(["run", "lint", "--quiet"]).code(0);
    let job = world.newest_job("lint");
    let shown = world.tend(["show", &job]).code(0).stdout;
    let line = shown.lines().find(|line| line.contains("made by")).unwrap();
    assert!(line.contains("pi · 3b836888"), "{line}");
    assert!(
        line.contains(&format!("git tend show {}", &commit[..8])),
        "{line}"
    );
    let document = world.tend(["show", &job, "--json"]).code(0).json();
    assert_eq!(document["sessions"][0]["session"], ID);
    assert_eq!(document["sessions"][0]["node"], Value::Null);

    for rev in ["HEAD", &commit, &commit[..9], "main"] {
        let shown = world.tend(["show", rev]).code(0).stdout;
        for words in [
            "Fix the greeting",
            "A. Author",
            "pi's session 3b836888",
            "it told the hook",
            "git tend sessions scan",
            &job,
        ] {
            assert!(shown.contains(words), "{rev}: no {words} in {shown}");
        }
    }
    let document = world.tend(["show", "HEAD", "--json"]).code(0).json();
    assert_eq!(document["commit"]["id"], commit.as_str());
    assert_eq!(document["sessions"][0]["agent"], "pi");
    assert_eq!(document["sessions"][0]["how"], "hook");
    assert_eq!(document["jobs"][0]["id"], job.as_str());
    assert!(
        !world.home().join(".data/git-tend").exists(),
        "nothing is made by asking"
    );
}

#[test]
fn what_the_session_took_is_told_with_the_commit() {
    let world = hooked(LINT);
    let commit = commit_as(
        &world,
        &[("CLAUDE_CODE_SESSION_ID", "s1")],
        &["-m", "Fix it"],
    );
    let pieces = vec![
        node(&world, "s1", 1, "Look around in it"),
        node(&world, "s1", 2, "Fix the greeting of the shop"),
    ];
    let ids: Vec<String> = pieces.iter().map(|node| node.id.to_string()).collect();
    know(&world, pieces, &[]);
    let told = |world: &World| {
        let shown = world.tend(["show", "HEAD"]).code(0).stdout;
        for words in [
            "Claude Code's session s1",
            "Fix the greeting of the shop",
            "partial",
            "12 945 tokens · $0.25 · 30m",
            "m-1",
            "2 rephrasings",
            "praised",
            "git tend sessions show s1",
        ] {
            assert!(shown.contains(words), "no {words} in {shown}");
        }
        shown
    };
    // The note is not carried over yet, and then it is.
    assert!(told(&world).contains("it told the hook"));
    let other = world.commit("A person's");
    know(&world, Vec::new(), &[(&other, "s1")]);
    assert!(told(&world).contains("it ran git"));
    let document = world.tend(["show", &commit, "--json"]).code(0).json();
    assert_eq!(document["sessions"].as_array().unwrap().len(), 1);
    let found = &document["sessions"][0]["node"];
    assert_eq!(found["id"], ids[1].as_str());
    assert_eq!(found["tokens"], 12_945);
    assert_eq!(found["models"], json!(["acme/m-1"]));
    // And beside the job.
    world.tend(["run", "lint", "--quiet"]).code(0);
    let shown = world
        .tend(["show", &world.newest_job("lint")])
        .code(0)
        .stdout;
    let line = shown.lines().find(|line| line.contains("made by")).unwrap();
    assert!(
        line.contains("Claude Code · Fix the greeting of the shop"),
        "{line}"
    );
}

#[test]
fn a_scan_carries_what_hooks_noted_into_the_graph_from_every_repository() {
    // The commit's job is over when the commit is made: `show` tells the same each time.
    let mut world = hooked(&format!(
        "{LINT}[hooks.post-commit]\ndetach = false\ndrain = \"60s\"\n"
    ));
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions/pi/tree.jsonl");
    let text = fs::read_to_string(fixture).unwrap();
    let head: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    let session = head["id"].as_str().unwrap();
    let folder = world.home().join(".pi/agent/sessions/--p--");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("2026-01-01T00-00-00-000Z_{session}.jsonl"));
    fs::write(&file, &text).unwrap();
    // It is over.
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options()
        .append(true)
        .open(&file)
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let commit = commit_as(&world, &[("PI_SESSION_ID", session)], &["-m", "x"]);

    fs::create_dir(world.folder().join("elsewhere")).unwrap();
    world.enter("elsewhere");
    world.tend(["sessions", "scan"]).code(0);
    world.tend(["sessions", "scan"]).code(0);
    let graph = Graph::open(
        &world.home().join(".data/git-tend"),
        &OpenOptions::new(Access::ReadOnly),
    )
    .unwrap();
    let found = graph.commits_of_session(session).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].link.commit.as_str(), found[0].link.how),
        (commit.as_str(), How::Hook)
    );
    assert!(found[0].node.is_some());
    drop(graph);

    world.enter("repo");
    let shown = world.tend(["show", "HEAD"]).code(0).stdout;
    assert!(
        shown.contains("pi's session") && !shown.contains("not read yet"),
        "{shown}"
    );
    // What the queue forgets, the graph still knows.
    let queue = rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap();
    assert_eq!(
        queue
            .execute("DELETE FROM commit_session WHERE carried = 1", [])
            .unwrap(),
        1
    );
    drop(queue);
    assert_eq!(world.tend(["show", "HEAD"]).code(0).stdout, shown);
}

#[test]
fn a_persons_commit_says_so_and_nothing_else_is_new() {
    let world = World::with_config(LINT);
    // Without a queue too.
    let shown = world.tend(["show", "HEAD"]).code(0).stdout;
    assert!(shown.contains("no session of a coding agent"), "{shown}");
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "lint", "--quiet"]).code(0);
    let shown = world
        .tend(["show", &world.newest_job("lint")])
        .code(0)
        .stdout;
    assert!(!shown.contains("made by"), "{shown}");
    for nothing in ["nothing-here", "--", "HEAD:tend.toml", ""] {
        let ran = world.tend(["show", "--", nothing]);
        assert_eq!(ran.code, 2, "{nothing}: {}", ran.stderr);
        assert!(ran.stderr.contains("no job"), "{}", ran.stderr);
    }
}

#[test]
fn whatever_a_session_says_stays_on_its_line() {
    let world = hooked(LINT);
    let commit = world.commit(HOSTILE);
    let session = "x\u{1b}[31m; rm -rf ~";
    let mut piece = node(&world, session, 1, HOSTILE);
    piece.observations.models_used[0].model = HOSTILE.to_owned();
    know(&world, vec![piece], &[(&commit, session)]);
    world.tend(["run", "lint", "--quiet"]).code(0);
    for args in [["show", "HEAD"], ["show", &world.newest_job("lint")]] {
        for columns in ["200", "40", "20"] {
            let shown = world
                .tend_with(&[("COLUMNS", columns)], args)
                .code(0)
                .stdout;
            assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
            assert!(!shown.contains("sessions show x"), "{shown}");
        }
    }
}

#[test]
fn a_graph_that_cannot_be_read_is_a_warning() {
    let world = hooked(LINT);
    commit_as(&world, &[("PI_SESSION_ID", ID)], &["-m", "x"]);
    know(&world, Vec::new(), &[]);
    std::fs::write(world.home().join(".data/git-tend/graph.db"), "no database").unwrap();
    for file in ["graph.db-wal", "graph.db-shm"] {
        let _ = std::fs::remove_file(world.home().join(".data/git-tend").join(file));
    }
    let ran = world.tend(["show", "HEAD"]).code(0);
    assert!(ran.stdout.contains("pi's session"), "{}", ran.stdout);
    assert!(ran.stderr.contains("graph"), "{}", ran.stderr);
}
