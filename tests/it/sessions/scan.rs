//! `git tend sessions scan`: what it reads, what it leaves in peace, and what it says.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;

use git_tend::sessions::Agent;
use jiff::SignedDuration;
use serde_json::json;

use super::files::{
    ALL_PIECES, MORNING, NOON, Pi, TREE, at, claude_path, configure, database, exported, graph,
    lay, nodes_of, numbers, pi_path, recorded, rows, scan, scan_at, tend_at, touch,
    world_with_recorded,
};
use crate::support::World;

const ID: &str = "0198c0de-1111-7000-8000-000000000001";

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A session of one piece of work that ended in the morning.
fn session() -> Pi {
    let mut pi = Pi::new(ID, at(MORNING));
    pi.works("the lock");
    pi
}

/// What a person is told.
fn told(world: &World) -> String {
    let ran = tend_at(world, at(NOON), &["sessions", "scan"]).code(0);
    format!("{}{}", ran.stdout, ran.stderr)
}

#[test]
fn without_sessions_nothing_is_made() {
    let world = World::bare_folder();
    assert_eq!(
        told(&world),
        "no sessions of pi, Claude Code or Codex CLI are here · [sessions] dirs in your config.toml names other folders\n"
    );
    assert_eq!(numbers(&scan(&world)), json!({}));
    assert_eq!(fs::read_dir(world.home()).unwrap().count(), 0);
}

#[test]
fn a_second_scan_does_nothing() {
    let world = world_with_recorded(&[Agent::Pi, Agent::ClaudeCode, Agent::Codex]);
    let first = told(&world);
    assert!(first.starts_with("read 9 files · "), "{first}");
    let before = fs::read(database(&world)).unwrap();
    let stamp = fs::metadata(database(&world)).unwrap().modified().unwrap();
    assert_eq!(told(&world), "nothing new\n");
    assert_eq!(numbers(&scan(&world)), json!({}));
    assert_eq!(fs::read(database(&world)).unwrap(), before);
    assert_eq!(
        fs::metadata(database(&world)).unwrap().modified().unwrap(),
        stamp
    );
    let dry = tend_at(&world, at(NOON), &["sessions", "scan", "-n"]).code(0);
    assert_eq!(
        (dry.stdout.as_str(), dry.stderr.as_str()),
        ("", "nothing to read\n")
    );
}

#[test]
fn what_would_be_read_is_listed_and_not_read() {
    let world = World::bare_folder();
    let path = session().lay(&world);
    let dry = tend_at(&world, at(NOON), &["sessions", "scan", "-n"]).code(0);
    assert_eq!(dry.stdout, format!("{}\n", path.display()));
    let dry = tend_at(&world, at(NOON), &["sessions", "scan", "-n", "--json"]).code(0);
    assert_eq!(
        dry.json(),
        json!({"schema": 1, "dry_run": true, "files": [path], "gone": [], "active": 0})
    );
    assert!(!database(&world).exists());
    // One that is being written is not.
    touch(&path, at(NOON) - SignedDuration::from_secs(4));
    let dry = tend_at(&world, at(NOON), &["sessions", "scan", "-n", "--json"]).code(0);
    assert_eq!(
        (&dry.json()["files"], &dry.json()["active"]),
        (&json!([]), &json!(1))
    );
}

#[test]
fn quiet_says_nothing() {
    let world = World::bare_folder();
    session().lay(&world);
    let ran = tend_at(&world, at(NOON), &["sessions", "scan", "-q"]).code(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(graph(&world)["nodes"].as_array().unwrap().len(), 1);
}

#[test]
fn it_works_in_a_folder_that_is_no_repository_and_in_none_that_can_be_read() {
    let world = World::bare_folder();
    session().lay(&world);
    fs::remove_dir(world.repo()).unwrap();
    let output = world
        .tend_command()
        .current_dir(world.home())
        .env("TEND_NOW", NOON)
        .args(["sessions", "scan"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn without_time_everything_is_left_for_the_next() {
    let world = world_with_recorded(&[Agent::Codex]);
    let args = ["sessions", "scan", "--budget", "0s", "--json"];
    let ran = tend_at(&world, at(NOON), &args).code(0);
    assert_eq!(numbers(&ran.json()), json!({"left": 3}));
    assert_eq!(scan(&world)["files"], 3);
    assert_eq!(scan(&world)["files"], 0);
}

#[test]
fn one_appended_entry_is_all_that_is_read() {
    let world = World::bare_folder();
    configure(&world, ALL_PIECES);
    let mut pi = session();
    let path = pi.lay(&world);
    scan(&world);
    // What was read does not count any more: were it read again, something else would come of it.
    let mut bytes = fs::read(&path).unwrap();
    let at_lock = bytes.windows(8).position(|it| it == b"the lock").unwrap();
    pi.compacts("It was about the lock.").works("the key");
    bytes.extend_from_slice(&pi.bytes()[bytes.len()..]);
    bytes[at_lock..at_lock + 8].copy_from_slice(b"THE LOCK");
    lay(&world, &pi.path(), &bytes, pi.at);
    let scanned = scan(&world);
    assert_eq!(
        numbers(&scanned),
        json!({"files": 1, "nodes": 1, "edges": 1, "messages": 5})
    );
    let said = rows(&world, "SELECT text FROM message ORDER BY seq");
    assert!(said[0].contains("the lock"), "{said:?}");
    assert_eq!(said.len(), 9);
}

#[test]
fn a_session_that_goes_on_after_it_was_over_is_one_piece() {
    let world = World::bare_folder();
    let mut pi = session();
    pi.lay(&world);
    assert_eq!(numbers(&scan(&world))["nodes"], 1);
    let before = graph(&world);
    pi.works("the key");
    pi.lay(&world);
    scan(&world);
    let after = graph(&world);
    let [node] = nodes_of(&after, ID)[..] else {
        panic!("{after:#}");
    };
    assert_ne!(node["id"], before["nodes"][0]["id"]);
    assert_eq!(node["source"]["segment"]["entryCount"], 8);
    assert_eq!(node["metadata"]["tokensUsed"], 60);
    // At once, it is the same.
    let at_once = World::bare_folder();
    pi.lay(&at_once);
    scan(&at_once);
    assert_eq!(
        world.scrub(&exported(&world)),
        at_once.scrub(&exported(&at_once))
    );
}

#[test]
fn a_session_is_over_when_it_was_idle_and_not_before() {
    let world = World::bare_folder();
    let pi = session();
    pi.lay(&world);
    let early = numbers(&scan_at(&world, pi.at + SignedDuration::from_secs(4)));
    assert_eq!(early, json!({"active": 1}));
    let read = numbers(&scan_at(&world, pi.at + SignedDuration::from_secs(5)));
    assert_eq!(read, json!({"files": 1, "messages": 4}));
    let waits = numbers(&scan_at(&world, pi.at + SignedDuration::from_secs(599)));
    assert_eq!(waits, json!({}));
    let over = numbers(&scan_at(&world, pi.at + minutes(10)));
    assert_eq!(over, json!({"files": 1, "nodes": 1}));
    // As long as the settings say.
    let world = World::bare_folder();
    configure(&world, "[sessions]\nidle = \"1m\"\n");
    pi.lay(&world);
    assert_eq!(numbers(&scan_at(&world, pi.at + minutes(1)))["nodes"], 1);
}

#[test]
fn what_a_boundary_ended_is_a_node_while_the_session_goes_on() {
    let world = World::bare_folder();
    let mut pi = session();
    pi.compacts("It was about the lock.").works("the key");
    pi.lay(&world);
    let now = pi.at + SignedDuration::from_secs(10);
    assert_eq!(scan_at(&world, now)["nodes"], 1);
    assert_eq!(scan_at(&world, pi.at + minutes(10))["nodes"], 1);
}

#[test]
fn what_is_too_small_is_part_of_the_next_or_skipped_at_the_end() {
    let small = |minimum: &str| {
        let world = World::bare_folder();
        configure(&world, &format!("[sessions]\n{minimum}"));
        let mut pi = Pi::new(ID, at(MORNING));
        pi.asks("Hello").says("Hello.");
        pi.compacts("A greeting.").works("the lock");
        pi.compacts("The lock.").asks("Bye").says("Bye.");
        pi.lay(&world);
        scan(&world);
        let graph = graph(&world);
        let nodes = nodes_of(&graph, ID);
        let entries = nodes
            .iter()
            .map(|it| it["source"]["segment"]["entryCount"].as_u64().unwrap());
        entries.collect::<Vec<_>>()
    };
    assert_eq!(
        small("min_entries = 0\nmin_messages = 0\nmin_tokens = 0"),
        [2, 5, 3]
    );
    // Two entries go on into the five; three are enough.
    assert_eq!(small(""), [7, 3]);
    assert_eq!(small("min_entries = 4"), [7]);
    assert_eq!(small("min_messages = 3"), [7]);
    assert_eq!(small("min_tokens = 250"), [7]);
    assert_eq!(small("min_entries = 11"), [0; 0]);
}

#[test]
fn folders_of_ones_own_are_looked_at_instead() {
    let world = World::bare_folder();
    configure(&world, "[sessions]\ndirs = [\"~/mine\"]\n");
    session().lay(&world);
    lay(
        &world,
        "mine/a/b/any name.jsonl",
        session().bytes(),
        at(MORNING),
    );
    assert_eq!(scan(&world)["files"], 1);
    assert_eq!(rows(&world, "SELECT path FROM session_file").len(), 1);
}

#[test]
fn what_another_machine_sends_rests_longer_and_has_its_name() {
    let world = World::bare_folder();
    configure(&world, "[sessions]\nspokes = [\"~/synced/laptop\"]\n");
    let pi = session();
    let path = format!("synced/laptop/{}", pi.path());
    lay(
        &world,
        &path,
        pi.bytes(),
        at(NOON) - SignedDuration::from_secs(29),
    );
    assert_eq!(numbers(&scan(&world)), json!({"active": 1}));
    let later = scan_at(&world, at(NOON) + SignedDuration::from_secs(1));
    assert_eq!(later["nodes"], 1, "{later:#}");
    assert_eq!(graph(&world)["nodes"][0]["source"]["computer"], "laptop");
}

#[test]
fn without_conversations_nothing_that_was_said_is_kept() {
    let world = World::bare_folder();
    configure(&world, "[sessions]\nconversations = false\n");
    let mut pi = session();
    pi.asks("We use the xylophone because it is loud.");
    pi.lay(&world);
    let scanned = scan(&world);
    assert_eq!(numbers(&scanned), json!({"files": 1, "nodes": 1}));
    let bytes = fs::read(database(&world)).unwrap();
    assert!(!bytes.windows(9).any(|it| it == b"xylophone"));
    let shown = tend_at(&world, at(NOON), &["sessions", "show", ID]).code(0);
    assert!(!shown.stdout.contains("xylophone"));
    assert_eq!(numbers(&scan(&world)), json!({}));
    configure(&world, "");
    let scanned = scan(&world);
    assert_eq!(
        (&scanned["messages"], &scanned["nodes"]),
        (&json!(5), &json!(0))
    );
    let found = tend_at(
        &world,
        at(NOON),
        &["graph", "search", "--messages", "xylophone"],
    );
    assert!(found.code(0).stdout.contains("xylophone"));
    assert_eq!(numbers(&scan(&world)), json!({}));
}

#[test]
fn of_a_file_that_is_gone_the_nodes_stay_and_the_words_go() {
    let world = World::bare_folder();
    let pi = session();
    let path = pi.lay(&world);
    scan(&world);
    fs::remove_file(&path).unwrap();
    assert_eq!(told(&world), "1 file is gone\n");
    assert_eq!(rows(&world, "SELECT count(*) FROM message"), ["0"]);
    assert_eq!(rows(&world, "SELECT gone_at IS NOT NULL FROM node"), ["1"]);
    let shown = tend_at(&world, at(NOON), &["sessions", "show", "--json", ID]).code(0);
    assert_eq!(shown.json()["session"]["gone_nodes"], 1);
    assert_eq!(numbers(&scan(&world)), json!({}));
    // It comes back.
    pi.lay(&world);
    assert_eq!(scan(&world)["messages"], 4);
    assert_eq!(rows(&world, "SELECT gone_at IS NOT NULL FROM node"), ["0"]);
}

#[test]
fn a_file_that_became_another_is_read_from_its_beginning() {
    let world = World::bare_folder();
    let pi = session();
    let path = pi.lay(&world);
    scan(&world);
    // Longer, so that its size tells nothing, and in place, so that it is the same inode.
    let mut other = Pi::new(ID, at(MORNING));
    other.works("quite another matter").works("more of it");
    lay(&world, &pi.path(), other.bytes(), other.at);
    let scanned = scan(&world);
    assert_eq!(scanned["messages"], 8, "{scanned:#}");
    let said = rows(&world, "SELECT text FROM message ORDER BY seq").join("\n");
    assert!(
        !said.contains("lock") && said.contains("quite another"),
        "{said}"
    );
    let kept = rows(&world, "SELECT count(*) FROM node WHERE gone_at IS NULL");
    assert_eq!(kept, ["1"]);
    // Shorter.
    fs::write(&path, pi.bytes()).unwrap();
    touch(&path, pi.at);
    assert_eq!(scan(&world)["messages"], 4);
}

#[test]
fn half_a_line_is_read_when_it_is_whole() {
    let world = World::bare_folder();
    let mut pi = session();
    pi.asks("And the rest of it?");
    let whole = pi.bytes();
    let half = &whole[..whole.len() - 20];
    lay(&world, &pi.path(), half, pi.at);
    let now = pi.at + SignedDuration::from_secs(60);
    let scanned = scan_at(&world, now);
    assert_eq!(numbers(&scanned), json!({"files": 1, "messages": 4}));
    lay(
        &world,
        &pi.path(),
        &whole,
        pi.at + SignedDuration::from_secs(30),
    );
    let scanned = scan_at(&world, now);
    assert_eq!(
        (&scanned["messages"], &scanned["broken_lines"]),
        (&json!(1), &json!(0))
    );
}

#[test]
fn broken_lines_are_counted_and_unknown_entries_are_none() {
    let world = World::bare_folder();
    let mut pi = session();
    pi.entry(json!({"type": "of_the_future", "what": {"is": "this"}}));
    pi.lines.push("{\"type\": \"message\", ".to_owned());
    pi.lines.push("[1]".to_owned());
    pi.lines.push("\u{0}\u{1}".to_owned());
    pi.works("the key");
    let mut bytes = pi.bytes();
    bytes.extend_from_slice(b"\xff\xfe\n\n");
    lay(&world, &pi.path(), bytes, pi.at);
    let scanned = scan(&world);
    assert_eq!(scanned["broken_lines"], 4, "{scanned:#}");
    assert_eq!(
        (&scanned["nodes"], &scanned["messages"]),
        (&json!(1), &json!(8))
    );
}

#[test]
fn what_is_no_session_is_nothing() {
    let world = World::bare_folder();
    let sessions = world.home().join(".pi/agent/sessions");
    lay(&world, ".pi/agent/sessions/a/empty.jsonl", "", at(MORNING));
    lay(
        &world,
        ".pi/agent/sessions/a/words.jsonl",
        "These are no entries.\n",
        at(MORNING),
    );
    lay(
        &world,
        ".pi/agent/sessions/a/other.jsonl",
        "{\"a\": 1}\n{\"b\": 2}\n",
        at(MORNING),
    );
    lay(
        &world,
        ".pi/agent/sessions/a/notes.txt",
        session().bytes(),
        at(MORNING),
    );
    lay(
        &world,
        ".claude/projects/-p/history.jsonl",
        "{\"display\": \"x\"}\n",
        at(MORNING),
    );
    fs::create_dir(sessions.join("a/folder.jsonl")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(sessions.join("a/pipe.jsonl"))
        .status();
    assert!(made.unwrap().success());
    symlink("/dev/zero", sessions.join("a/zero.jsonl")).unwrap();
    symlink("nowhere", sessions.join("a/nowhere.jsonl")).unwrap();
    let scanned = scan(&world);
    assert_eq!(
        (&scanned["nodes"], &scanned["files"]),
        (&json!(0), &json!(3)),
        "{scanned:#}"
    );
    assert_eq!(numbers(&scan(&world)), json!({}));
    let listed = tend_at(&world, at(NOON), &["sessions", "list", "--json"]).code(0);
    assert_eq!(listed.json()["sessions"], json!([]));
}

#[test]
fn a_session_is_read_once_whatever_leads_to_it() {
    let world = World::bare_folder();
    let path = session().lay(&world);
    let sessions = world.home().join(".pi/agent/sessions");
    symlink(&sessions, sessions.join("loop")).unwrap();
    symlink("..", sessions.join("--home-dev-proj--/up")).unwrap();
    symlink(&path, sessions.join("--home-dev-proj--/1_again.jsonl")).unwrap();
    fs::hard_link(&path, sessions.join("--home-dev-proj--/2_again.jsonl")).unwrap();
    configure(&world, "[sessions]\nspokes = [\"~/.pi\"]\n");
    let scanned = numbers(&scan(&world));
    assert_eq!(scanned, json!({"files": 1, "nodes": 1, "messages": 4}));
}

#[test]
fn what_may_not_be_read_is_said_and_the_rest_is_read() {
    let world = World::bare_folder();
    session().lay(&world);
    let closed = lay(
        &world,
        &claude_path("d6dbd9d3-ed09-4030-8f5b-fe3fc498e271"),
        "{}\n",
        at(MORNING),
    );
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
    // Whoever may read everything, as root may, reads it.
    let may_read = fs::File::open(&closed).is_ok();
    let ran = tend_at(&world, at(NOON), &["sessions", "scan"]).code(0);
    assert_eq!(
        ran.stderr.contains("Permission denied"),
        !may_read,
        "{}",
        ran.stderr
    );
    assert_eq!(nodes_of(&graph(&world), ID).len(), 1);
}

#[test]
fn a_time_to_come_counts_from_when_it_is_first_seen() {
    let world = World::bare_folder();
    let pi = session();
    lay(&world, &pi.path(), pi.bytes(), at(NOON) + minutes(600));
    assert_eq!(numbers(&scan(&world)), json!({}));
    let rested = numbers(&scan_at(&world, at(NOON) + SignedDuration::from_secs(5)));
    assert_eq!(rested["messages"], 4, "{rested}");
    let over = scan_at(&world, at(NOON) + minutes(10));
    assert_eq!(
        rested["nodes"].as_u64().unwrap_or(0) + over["nodes"].as_u64().unwrap(),
        1,
        "{over:#}"
    );
}

#[test]
fn two_scans_at_once_are_one() {
    let world = World::bare_folder();
    for nth in 0..200 {
        let mut pi = Pi::new(&format!("0198c0de-1111-7000-8000-{nth:012}"), at(MORNING));
        pi.works("the lock").works("the key");
        pi.lay(&world);
    }
    let begin = || {
        let mut command = world.tend_command();
        command
            .env("TEND_NOW", NOON)
            .args(["sessions", "scan", "--json"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let scans = [begin(), begin(), begin()];
    for scan in scans {
        let output = scan.wait_with_output().unwrap();
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    scan(&world);
    assert_eq!(graph(&world)["nodes"].as_array().unwrap().len(), 200);
    assert_eq!(rows(&world, "SELECT count(*) FROM message"), ["1600"]);
    // While somebody has the lock, nobody else reads.
    let lock = fs::File::open(world.home().join(".data/git-tend/sessions.lock")).unwrap();
    fs4::FileExt::lock(&lock).unwrap();
    assert_eq!(told(&world), "another git-tend is reading them\n");
    assert_eq!(scan(&world), json!({"schema": 1, "busy": true}));
}

#[test]
fn a_damaged_graph_is_told_and_not_written_over() {
    let world = World::bare_folder();
    lay(
        &world,
        &pi_path(TREE),
        recorded("pi/tree.jsonl"),
        at(MORNING),
    );
    scan(&world);
    let file = database(&world);
    fs::write(&file, "This is no database. ".repeat(400)).unwrap();
    let ran = tend_at(&world, at(NOON), &["sessions", "scan"]);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("graph.db"),
        "{} {}",
        ran.code,
        ran.stderr
    );
}
