//! Files that grow, are cut, and are written anew, as shells do it.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use std::io::Cursor as Bytes;

use proptest::prelude::*;

use super::*;

const KEY: Key = [7; 32];

/// A history in memory, and what is known of it.
#[derive(Default)]
struct Followed {
    cursor: Cursor,
    writes: i64,
}

impl Followed {
    /// The entries that are new, now that the file holds this.
    fn told(&mut self, dialect: Dialect, text: &str) -> Vec<String> {
        self.writes += 1;
        let identity = Identity {
            device: 1,
            inode: 1,
            size: text.len() as u64,
            modified_ns: self.writes,
        };
        let mut new = Vec::new();
        // The cursor is stored between two readings.
        let mut cursor: Cursor =
            serde_json::from_str(&serde_json::to_string(&self.cursor).unwrap()).unwrap();
        let mut file = Bytes::new(text.as_bytes());
        cursor
            .follow(dialect, &mut file, identity, &KEY, &mut |it| {
                new.push(it.text);
            })
            .unwrap();
        self.cursor = cursor;
        new
    }

    fn bash(&mut self, lines: &[&str]) -> Vec<String> {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        self.told(Dialect::Bash, &text)
    }
}

#[test]
fn what_is_appended_is_new_and_nothing_else() {
    let mut file = Followed::default();
    assert_eq!(file.bash(&["a", "b"]), ["a", "b"]);
    assert_eq!(file.bash(&["a", "b"]), [""; 0]);
    assert_eq!(file.bash(&["a", "b", "b", "a", "b"]), ["b", "a", "b"]);
    assert_eq!(file.told(Dialect::Bash, "a\nb\nb\na\nb\nhal"), [""; 0]);
    assert_eq!(file.told(Dialect::Bash, "a\nb\nb\na\nb\nhalf\n"), ["half"]);
}

#[test]
fn a_history_that_bash_trimmed_and_wrote_anew_is_found_again() {
    let mut file = Followed::default();
    let known: Vec<String> = (0..1000).map(|n| format!("make t{n}")).collect();
    let mut lines: Vec<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(file.bash(&lines).len(), 1000);
    lines.extend(["x", "make t999", "x"]);
    let trimmed = lines.split_off(500);
    assert_eq!(file.bash(&trimmed), ["x", "make t999", "x"]);
    // Trimmed to less than what is new.
    assert_eq!(file.bash(&["x", "make t999", "x", "y", "z"]), ["y", "z"]);
    assert_eq!(file.bash(&["z", "y", "w"]), ["y", "w"]);
}

#[test]
fn another_shell_that_writes_over_the_lines_of_the_first_adds_its_own() {
    let mut file = Followed::default();
    let old = ["a", "b", "c", "d", "e", "f"];
    let with = |more: &[&'static str]| [&old[..], more].concat();
    file.bash(&with(&[]));
    assert_eq!(file.bash(&with(&["first", "ls"])), ["first", "ls"]);
    assert_eq!(file.bash(&with(&["second", "make"])), ["second", "make"]);
    // All of it is gone, and what is there was never read.
    assert_eq!(file.bash(&["n", "e", "w"]), ["n", "e", "w"]);
    assert_eq!(file.bash(&[]), [""; 0]);
    assert_eq!(file.bash(&["n"]), ["n"]);
}

#[test]
fn the_same_command_in_a_row_is_not_counted_again() {
    let mut file = Followed::default();
    let many = vec!["make"; 700];
    assert_eq!(file.bash(&many).len(), 700);
    let mut trimmed = vec!["make"; 600];
    assert_eq!(file.bash(&trimmed), [""; 0]);
    trimmed.push("ls");
    assert_eq!(file.bash(&trimmed), ["ls"]);
}

#[test]
fn with_times_what_is_known_is_known_wherever_it_stands() {
    let mut file = Followed::default();
    let entry =
        |time: i64, text: &str| format!("- cmd: {text}\n  when: {}\n", 1_700_000_000 + time);
    let all = |entries: &[(i64, &str)]| -> String {
        entries
            .iter()
            .map(|(time, text)| entry(*time, text))
            .collect()
    };
    assert_eq!(
        file.told(
            Dialect::Fish,
            &all(&[(1, "a"), (2, "b"), (3, "a"), (4, "c")])
        ),
        ["a", "b", "a", "c"]
    );
    // fish keeps the last of several, and another shell's command came in between.
    assert_eq!(
        file.told(
            Dialect::Fish,
            &all(&[(2, "b"), (3, "a"), (4, "c"), (5, "a")])
        ),
        ["a"]
    );
    assert_eq!(file.told(Dialect::Fish, &all(&[(6, "z")])), ["z"]);
}

#[test]
fn a_cursor_says_no_text() {
    let mut file = Followed::default();
    file.bash(&["mysecretcommand", "b"]);
    let json = serde_json::to_string(&file.cursor).unwrap();
    assert!(!json.contains("mysecret"), "{json}");
    let mut other = Cursor::default();
    let identity = Identity::default();
    other
        .follow(
            Dialect::Bash,
            &mut Bytes::new(b"mysecretcommand\nb\n"),
            Identity {
                size: 18,
                ..identity
            },
            &[8; 32],
            &mut |_| (),
        )
        .unwrap();
    assert_ne!(other.newest, file.cursor.newest);
}

proptest! {
    /// One shell after the other, each of which reads the file, adds lines and writes it, trimmed: as bash does.
    #[test]
    fn shells_one_after_the_other_lose_and_repeat_nothing(
        sessions in prop::collection::vec((prop::collection::vec(0_u32..1_000_000, 0..30), 20_usize..200), 1..12),
    ) {
        let mut file = Followed::default();
        let (mut kept, mut typed, mut told) = (Vec::<String>::new(), Vec::new(), Vec::new());
        for (lines, most) in sessions {
            let lines: Vec<String> = lines.iter().map(|it| format!("run {it}")).collect();
            typed.extend(lines.clone());
            kept.extend(lines);
            // Fewer than a session has would be lost before anybody reads them.
            let from = kept.len().saturating_sub(most.max(40));
            kept.drain(..from);
            let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
            told.extend(file.bash(&kept));
        }
        prop_assert_eq!(told, typed);
    }

    #[test]
    fn any_file_can_take_the_place_of_any(first in "[ab#1:\n\\\\]{0,60}", second in "[ab#1:\n\\\\]{0,60}") {
        for dialect in [Dialect::Bash, Dialect::Zsh, Dialect::Fish, Dialect::Journal, Dialect::Reflog] {
            let mut file = Followed::default();
            file.told(dialect, &first);
            file.told(dialect, &second);
            prop_assert_eq!(file.told(dialect, &second), Vec::<String>::new());
        }
    }
}
