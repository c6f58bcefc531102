#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::io::BufReader;

use proptest::prelude::*;

use super::*;

/// What git 2.47 wrote, called with [`ARGUMENTS`], about files of every kind: added, deleted, empty, binary, renamed with
/// and without edits, with another mode, without a newline at the end, turned into a link, a submodule, different in white
/// space only, and with names that need quoting.
const RECORDED: &[u8] = include_bytes!("../../../fixtures/findings/changes.diff");

fn read(bytes: &[u8]) -> Result<Changes, ChangesError> {
    // A small buffer, so that names and hunks lie across its ends.
    Changes::read(&mut BufReader::with_capacity(7, bytes))
}

fn recorded() -> Changes {
    read(RECORDED).unwrap()
}

const fn line(path: &str, line: u32) -> Mapped<'_> {
    Mapped::Line { path, line }
}

#[test]
fn maps_lines_around_edits() {
    let changes = recorded();
    let path = "sp ace.txt";
    assert_eq!(changes.map_line(path, 2), line(path, 2));
    let touched = Mapped::Touched {
        path,
        hunk: 0,
        near: 3,
    };
    assert_eq!(changes.map_line(path, 3), touched);
    assert_eq!(changes.map_line(path, 4), line(path, 4));
    assert_eq!(changes.map_line(path, 7), line(path, 7));
    assert_eq!(changes.map_line(path, 8), line(path, 9));
    assert_eq!(changes.map_line(path, 0), line(path, 0));
    assert_eq!(
        [7, 8, 9].map(|line| changes.hunk_of_new(path, line)),
        [None, Some(1), None]
    );
    assert_eq!(changes.hunk_of_new(path, 3), Some(0));
}

#[test]
fn follows_renames() {
    let changes = recorded();
    assert_eq!(changes.map_line("pure", 2), line("pure2", 2));
    assert_eq!(changes.carried("pure"), Some("pure2"));
    assert_eq!(changes.map_line("ren", 3), line("ren new", 3));
    assert_eq!(
        changes.map_line("ren", 4),
        Mapped::Touched {
            path: "ren new",
            hunk: 0,
            near: 4
        }
    );
    assert_eq!(changes.carried("ren"), None);
    assert_eq!(changes.hunk_of_new("ren new", 4), Some(0));
}

#[test]
fn knows_what_is_the_same() {
    let changes = recorded();
    assert_eq!(changes.carried("untouched"), Some("untouched"));
    assert_eq!(changes.map_line("untouched", 9), line("untouched", 9));
    assert_eq!(changes.blobs("untouched"), None);
    assert_eq!(changes.carried("mode.sh"), Some("mode.sh"));
    assert_eq!(changes.map_line("mode.sh", 1), line("mode.sh", 1));
    // White space only: another blob, the same lines.
    assert_eq!(changes.carried("ws"), None);
    assert_eq!(changes.map_line("ws", 2), line("ws", 2));
    assert_eq!(changes.map_line("noeol", 2), line("noeol", 2));
    let (old, new) = changes.blobs("ws").unwrap();
    assert!(old.starts_with("2f0be0e") && new.unwrap().starts_with("1898bc8"));
    assert!(changes.blobs("delme").unwrap().1.is_none());
}

#[test]
fn knows_what_is_gone() {
    let changes = recorded();
    assert_eq!(changes.map_line("delme", 1), Mapped::Deleted);
    assert_eq!(changes.carried("delme"), None);
    assert_eq!(changes.hunk_of_new("added", 1), Some(0));
    assert_eq!(changes.hunk_of_new("empty", 1), None);
    for path in ["bin", "typ"] {
        for at in [1, 77] {
            assert_eq!(
                changes.map_line(path, at),
                Mapped::Touched {
                    path,
                    hunk: 0,
                    near: at
                }
            );
        }
        assert_eq!(changes.map_line(path, 0), line(path, 0));
    }
}

#[test]
fn reads_quoted_names() {
    let changes = recorded();
    let path = "tab\tq\"uo\\te\nnl";
    assert_eq!(changes.map_line(path, 1), line(path, 1));
    assert_eq!(changes.hunk_of_new(path, 2), Some(0));
    for path in ["ü.txt", "inv\u{fffd}alid", "b b/a b b"] {
        assert!(
            matches!(changes.map_line(path, 1), Mapped::Touched { hunk: 0, .. }),
            "{path}"
        );
    }
}

#[test]
fn nothing_changed() {
    let changes = read(b"").unwrap();
    assert_eq!(changes, Changes::default());
    assert_eq!(changes.map_line("a", 3), line("a", 3));
}

#[test]
fn names_that_look_the_same_are_doubtful() {
    let zero = "0".repeat(40);
    let one = "1".repeat(40);
    let record = |name: &[u8]| {
        let mut bytes = format!(":100644 100644 {zero} {one} M\0").into_bytes();
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes
    };
    let changes = read(&[record(b"a\xff"), record(b"a\xfe")].concat()).unwrap();
    assert!(matches!(
        changes.map_line("a\u{fffd}", 1),
        Mapped::Touched { .. }
    ));
}

#[test]
fn files_of_the_worktree_without_a_blob_are_doubtful() {
    let record = format!(
        ":100644 100644 {} {} M\0a\0",
        "1".repeat(40),
        "0".repeat(40)
    );
    let changes = read(record.as_bytes()).unwrap();
    assert_eq!(changes.carried("a"), None);
}

#[test]
fn what_git_does_not_write_is_refused() {
    let cut = RECORDED.len() - 3;
    for (bytes, why) in [
        (&b"hello"[..], "fields"),
        (b"::100644 100644 100644 1 2 3 MM\0a\0", "fields"),
        (b":1 2 3 4 M\0", "no path"),
        (b":1 2 3 4 M\0\0", "no path"),
        (b":1 2 3 4 M\0a\0\0diff --git a/b b/b\n", "without a record"),
        (b":1 2 3 4 M\0a\0\0@@ -1 +1 @@\n", "without a header"),
        (
            b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n@@ -1 +1 @@\n-\n",
            "too early",
        ),
        (
            b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n@@ -1 +1 @@\n-\n x\n",
            "too short",
        ),
        (
            b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n@@ -99999999999 +1 @@\n",
            "without its lines",
        ),
        (
            b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n@@ -4,0 +5 @@\n+\n@@ -1,0 +2 @@\n+\n",
            "overlap",
        ),
        (&vec![b'x'; LONGEST + 2], "too long"),
        (&RECORDED[..cut], "too early"),
    ] {
        let error = read(bytes).expect_err(why).to_string();
        assert!(error.contains(why) || why == "too early", "{error}: {why}");
    }
}

#[test]
fn long_lines_are_not_kept() {
    let mut bytes =
        b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n@@ -1 +1 @@ diff\n-diff --git a/a b/a\n+".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 10 * LONGEST));
    bytes.extend_from_slice(b"\n\\ No newline at end of file\n@@ -5,2 +4,0 @@\n-a\n-b\n");
    let changes = read(&bytes).unwrap();
    assert_eq!(changes.map_line("a", 9), line("a", 7));
    assert!(matches!(
        changes.map_line("a", 6),
        Mapped::Touched {
            hunk: 1,
            near: 5,
            ..
        }
    ));
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_damaged_difference_is_read_or_refused(at in 0..RECORDED.len(), byte: u8, cut in 0..RECORDED.len()) {
        let mut bytes = RECORDED.to_vec();
        bytes[at] = byte;
        bytes.truncate(cut);
        if let Ok(changes) = read(&bytes) {
            for line in [0, 1, 5, u32::MAX] {
                let _ = changes.map_line("sp ace.txt", line);
                let _ = changes.hunk_of_new("sp ace.txt", line);
            }
        }
    }

    /// Lines outside hunks keep their order, and land outside of the hunks of the new side.
    #[test]
    fn lines_keep_their_order(stretches in proptest::collection::vec((1_u32..5, 0_u32..4, 0_u32..4), 0..9)) {
        let mut bytes = b":1 2 3 4 M\0a\0\0diff --git a/a b/a\n".to_vec();
        let (mut old, mut new) = (1, 1);
        let mut same = Vec::new();
        for (gap, removed, added) in stretches {
            same.extend((0..gap).map(|offset| (old + offset, new + offset)));
            old += gap;
            new += gap;
            if removed + added == 0 {
                continue;
            }
            let start = |at: u32, count: u32| if count == 0 { at - 1 } else { at };
            let header = format!(
                "@@ -{},{removed} +{},{added} @@\n",
                start(old, removed),
                start(new, added)
            );
            bytes.extend_from_slice(header.as_bytes());
            bytes.extend(b"-x\n".repeat(removed as usize));
            bytes.extend(b"+y\n".repeat(added as usize));
            old += removed;
            new += added;
        }
        same.push((old, new));
        let changes = read(&bytes).unwrap();
        for (old, new) in same {
            prop_assert_eq!(changes.map_line("a", old), line("a", new));
            prop_assert_eq!(changes.hunk_of_new("a", new), None);
        }
    }
}
