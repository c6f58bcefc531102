//! Databases made by atuin's own migrations, at several of its versions.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use std::path::PathBuf;

use super::*;
use crate::store::made;

macro_rules! migrations {
    ($($name:literal),* $(,)?) => {
        [$(include_str!(concat!("../../../../fixtures/histories/atuin/", $name, ".sql"))),*]
    };
}

/// `crates/atuin-client/migrations` of atuinsh/atuin at 824c871, in their order.
const MIGRATIONS: [&str; 12] = migrations![
    "20210422143411_create_history",
    "20220505083406_create-events",
    "20220806155627_interactive_search_index",
    "20230315220114_drop-events",
    "20230319185725_deleted_at",
    "20260224000100_history_author_intent",
    "20260709214605_shell",
    "20260723000000_active_history_index",
    "20260723000001_filtered_history_indexes",
    "20260723000002_hostname_index",
    "20260723000003_drop_command_index",
    "20260818000000_history_author_kind",
];

const AT: i64 = 1_700_000_000_123_456_789;

struct Atuin {
    dir: tempfile::TempDir,
    cursor: AtuinCursor,
}

impl Atuin {
    fn new(migrations: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        made(&dir.path().join("history.db"), &MIGRATIONS[..migrations]);
        Self {
            dir,
            cursor: AtuinCursor::default(),
        }
    }

    fn path(&self) -> PathBuf {
        self.dir.path().join("history.db")
    }

    fn run(&self, statement: &str) {
        made(&self.path(), &[statement]);
    }

    fn insert(&self, id: &str, at: i64, duration: i64, exit: i64, command: &str) {
        self.run(&format!(
            "INSERT INTO history (id, timestamp, duration, exit, command, cwd, session, hostname)
             VALUES ('{id}', {at}, {duration}, {exit}, '{command}', '/w', 's1', 'host:me')"
        ));
    }

    fn read(&mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        collect(&self.path(), &mut self.cursor, &mut |line| lines.push(line)).unwrap();
        lines
    }

    fn texts(&mut self) -> Vec<String> {
        self.read().into_iter().map(|line| line.text).collect()
    }
}

#[test]
fn every_version_of_the_schema_is_read() {
    for version in 1..=MIGRATIONS.len() {
        let mut atuin = Atuin::new(version);
        atuin.insert("a", AT, 2_500_000_000, 1, "make");
        assert_eq!(
            atuin.read(),
            [Line {
                at: 1_700_000_000_123,
                timed: true,
                source: Source::Atuin,
                actor: Actor::Human,
                folder: Some("/w".to_owned()),
                text: "make".to_owned(),
                duration_ms: Some(2500),
                exit: Some(1),
                session: Some("s1".to_owned()),
            }],
            "{version}"
        );
        assert_eq!(atuin.texts(), [""; 0]);
        atuin.insert("b", AT - 5, 1, 0, "ls");
        assert_eq!(atuin.texts(), ["ls"]);
    }
}

#[test]
fn what_was_deleted_is_not_told_and_who_typed_is() {
    let mut atuin = Atuin::new(MIGRATIONS.len());
    for (id, author, kind) in [
        ("1", "me", "1"),
        ("2", "claude-code", "NULL"),
        ("3", "me", "2"),
        ("4", "codex", "1"),
        ("5", "me", "9"),
    ] {
        atuin.insert(id, AT + id.parse::<i64>().unwrap(), 1_000_000, 0, "x");
        atuin.run(&format!(
            "UPDATE history SET author = '{author}', author_kind = {kind} WHERE id = '{id}'"
        ));
    }
    atuin.insert("6", AT, 1, 0, "gone");
    atuin.run("UPDATE history SET deleted_at = 1 WHERE id = '6'");
    let actors: Vec<Actor> = atuin.read().into_iter().map(|line| line.actor).collect();
    let (human, agent) = (Actor::Human, Actor::Agent);
    assert_eq!(actors, [human, agent, agent, human, human]);
    // Whoever is called as an agent is has that name before anything else is known.
    assert!(!is_agent(None, Some("pi"), Some("host:pi")));
    assert!(!is_agent(None, Some("pi"), Some("pi")));
    assert!(is_agent(None, Some("pi"), Some("host:me")));
    assert!(!is_agent(None, None, None));
}

#[test]
fn a_command_that_runs_is_told_when_it_has_ended() {
    let mut atuin = Atuin::new(MIGRATIONS.len());
    atuin.insert("1", AT, 1, 0, "a");
    atuin.insert("2", AT + 1, -1, -1, "sleep");
    atuin.insert("3", AT + 2, 1, 0, "b");
    assert_eq!(atuin.texts(), ["a", "b"]);
    atuin.run("UPDATE history SET duration = 5000000000, exit = 0 WHERE id = '2'");
    assert_eq!(atuin.texts(), ["sleep", "b"]);
    assert_eq!(atuin.texts(), [""; 0]);
    // A shell that was killed never says how it ended.
    atuin.insert("4", AT + 3, -1, -1, "lost");
    atuin.insert("5", AT + 2 * RUNNING, 1, 0, "c");
    let lines = atuin.read();
    let told: Vec<_> = lines.iter().map(|it| (it.text.as_str(), it.exit)).collect();
    assert_eq!(told, [("lost", None), ("c", Some(0))]);
}

#[test]
fn rows_that_were_numbered_anew_are_read_again() {
    let mut atuin = Atuin::new(MIGRATIONS.len());
    for id in ["1", "2", "3"] {
        atuin.insert(id, AT + id.parse::<i64>().unwrap(), 1, 0, id);
    }
    assert_eq!(atuin.texts(), ["1", "2", "3"]);
    atuin.run(
        "CREATE TABLE kept AS SELECT * FROM history WHERE id <> '1';
         DELETE FROM history; INSERT INTO history SELECT * FROM kept",
    );
    atuin.insert("4", AT + 4, 1, 0, "4");
    assert_eq!(atuin.texts(), ["2", "3", "4"]);
}

#[test]
fn a_database_in_use_is_read_and_not_touched() {
    let mut atuin = Atuin::new(MIGRATIONS.len());
    let writer = made(&atuin.path(), &["PRAGMA journal_mode = WAL"]);
    writer
        .execute_batch(&format!(
            "INSERT INTO history VALUES ('a', {AT}, 1, 0, 'make', '/w', 's', 'h', NULL, NULL, NULL, NULL, NULL)"
        ))
        .unwrap();
    let state = || {
        let mut found: Vec<_> = std::fs::read_dir(atuin.dir.path())
            .unwrap()
            .map(|it| it.unwrap())
            .map(|it| (it.file_name(), std::fs::read(it.path()).unwrap()))
            .collect();
        found.sort();
        found
    };
    let before = state();
    let mut cursor = AtuinCursor::default();
    let mut lines = Vec::new();
    collect(&atuin.path(), &mut cursor, &mut |line| lines.push(line)).unwrap();
    assert_eq!(lines.len(), 1);
    assert!(before == state(), "something was written");
    drop(writer);
    assert_eq!(atuin.texts(), ["make"]);
}

#[test]
fn what_is_not_atuins_is_an_error_and_odd_rows_are_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.db");
    made(&path, &["CREATE TABLE history (id TEXT)"]);
    let error = collect(&path, &mut AtuinCursor::default(), &mut |_| ()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("it has no table of atuin's with timestamp"),
        "{error}"
    );
    let mut atuin = Atuin::new(1);
    atuin.run(
        "INSERT INTO history VALUES ('a', 'x', 1, 1, 'x', '/', 's', 'h');
         INSERT INTO history VALUES ('b', 5, 'y', 'z', x'ff41', '', '', '');
         INSERT INTO history VALUES ('c', 9223372036854775807, -9223372036854775808, 99999999999, '', '', '', '')",
    );
    let lines = atuin.read();
    assert_eq!(lines[0].text, "\u{fffd}A");
    assert_eq!(lines.len(), 1);
}
