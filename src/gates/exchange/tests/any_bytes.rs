//! Whatever is in a note is read, and what is written is read back.

use jiff::Timestamp;
use proptest::prelude::*;

use super::Machine;
use crate::gates::exchange::note::{lines, paths};
use crate::gates::exchange::{NotAVerdict, Shared, accepted};
use crate::git::Oid;

fn tree() -> Oid {
    "ab".repeat(20).parse().unwrap()
}

fn shared() -> impl Strategy<Value = Shared> {
    let digest = || "[0-9a-f]{64}";
    let task = "[A-Za-z0-9][A-Za-z0-9_.-]{0,20}";
    let time = (-377_705_023_201_i64..=253_402_207_200, 0..1_000_000_000_i32);
    (digest(), task, digest(), any::<String>(), time).prop_map(
        |(key, task, definition, summary, (second, nanosecond))| Shared {
            key,
            task,
            definition,
            tree: tree().to_string(),
            summary,
            made_at: Timestamp::new(second, nanosecond).unwrap_or(Timestamp::UNIX_EPOCH),
        },
    )
}

proptest! {
    #[test]
    fn lines_round_trip(shared in shared()) {
        let line = shared.to_line(&tree()).unwrap();
        prop_assert!(!line.contains(&b'\n'));
        prop_assert_eq!(lines(&line).count(), 1);
        prop_assert_eq!(Shared::from_line(&line, &tree()), Ok(shared));
    }

    #[test]
    fn any_bytes_are_read_as_a_line(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for line in lines(&bytes) {
            prop_assert!(Shared::from_line(line, &tree()).is_err());
        }
    }

    #[test]
    fn a_line_that_is_damaged_is_refused_or_says_the_same_of_the_tree(
        shared in shared(), at in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut line = shared.to_line(&tree()).unwrap();
        let at = at.index(line.len());
        line[at] = byte;
        if let Ok(read) = Shared::from_line(&line, &tree()) {
            prop_assert_eq!(read.tree, tree().to_string());
        }
    }
}

#[test]
fn other_forms_are_told_apart() {
    let refused = |text: &str| Shared::from_line(text.as_bytes(), &tree()).unwrap_err();
    assert_eq!(
        refused(r#"{"schema":2,"verdict":{}}"#),
        NotAVerdict::Schema(2)
    );
    assert_eq!(refused("{}"), NotAVerdict::Malformed);
    assert_eq!(refused(r#"{"schema":1}"#), NotAVerdict::Malformed);
    assert_eq!(refused(&"[".repeat(5000)), NotAVerdict::Malformed);
    assert_eq!(refused(&"x".repeat(9000)), NotAVerdict::TooLong);
    let line = |extra: &str| {
        let digest = "0".repeat(64);
        format!(
            r#"{{"schema":1,"task":"t","made_at":"2026-11-21T14:00:00Z","summary":"","tree":"{}","key":"{digest}","definition":"{digest}"{extra}}}"#,
            tree()
        )
    };
    assert!(Shared::from_line(line("").as_bytes(), &tree()).is_ok());
    assert_eq!(refused(&line(r#","passed":false"#)), NotAVerdict::Malformed);
    assert_eq!(refused(&line(r#","task":"u""#)), NotAVerdict::Malformed);
    assert_eq!(refused(&line(r#","schema":1"#)), NotAVerdict::Malformed);
    assert_eq!(
        refused(&line("").replace("\"t\"", "\"a b\"")),
        NotAVerdict::Field("task")
    );
}

#[test]
fn paths_are_those_of_every_fan_out() {
    let found = paths(&"0123456789".repeat(4).parse().unwrap());
    assert_eq!(found.len(), 20);
    assert_eq!(found[0], "0123456789".repeat(4));
    assert_eq!(found[1], format!("01/23456789{}", "0123456789".repeat(3)));
    assert_eq!(found[2], format!("01/23/456789{}", "0123456789".repeat(3)));
    assert_eq!(found[19].split('/').count(), 20);
}

#[test]
fn bytes_that_are_no_text_do_not_keep_a_verdict_from_counting() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let file = machine.repo.beside("bytes");
    std::fs::write(
        &file,
        [b"\0\xff\xfe{\n\r\n\n".as_slice(), &[0x80; 300]].concat(),
    )
    .unwrap();
    let blob = machine
        .repo
        .git(&["hash-object", "-w", file.to_str().unwrap()]);
    machine
        .repo
        .git(&["notes", "--ref=tend", "add", "-C", &blob, "HEAD"]);
    machine.publish(&["fmt"]);
    assert_eq!(machine.passed(), ["fmt"]);
    let found = accepted(&machine.open(), &machine.head(), &machine.key.signer()).unwrap();
    assert_eq!(found.len(), 1);
}
