//! Git's real output, any bytes, and configurations that try to change the answer.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use bstr::BString;
use proptest::prelude::*;

use super::super::testing::TestRepo;
use super::super::{GitEnv, GitError, Oid, Repo, discover};
use super::*;

/// A commit, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    id: Id,
    parents: Vec<Id>,
    author: (BString, BString),
    authored: When,
    committed: i64,
    message: BString,
    border: bool,
    changes: Vec<(Status, Option<Id>, Option<Id>, BString)>,
}

fn keep(facts: &CommitFacts<'_>) -> Kept {
    let change = |change: FileChange<'_>| {
        let path = change.path.to_owned();
        (change.status, change.before(), change.after(), path)
    };
    Kept {
        id: facts.id,
        parents: facts.parents.to_vec(),
        author: (facts.author_name.to_owned(), facts.author_email.to_owned()),
        authored: facts.authored,
        committed: facts.committed,
        message: facts.message.to_owned(),
        border: facts.border,
        changes: facts.changes.clone().map(change).collect(),
    }
}

fn all(repo: &Repo, tips: &[Oid], exclude: &[Oid]) -> Vec<Kept> {
    let mut all = Vec::new();
    repo.history(
        Range { tips, exclude },
        HistoryOptions::default(),
        |facts| {
            all.push(keep(facts));
        },
    )
    .unwrap();
    all
}

fn at(folder: &Path) -> Repo {
    Repo::open(&discover(folder, &GitEnv::default()).unwrap()).unwrap()
}

fn paths(kept: &Kept) -> Vec<(Status, &[u8])> {
    let changes = kept.changes.iter();
    changes
        .map(|change| (change.0, change.3.as_slice()))
        .collect()
}

#[test]
fn every_kind_of_change_in_both_formats() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let repo = TestRepo::new(options);
        let first = repo.commit_files(&[("a", "1"), ("b", "1"), ("sp ace\n\u{e9}", "1")]);
        fs::remove_file(repo.top().join("b")).unwrap();
        fs::remove_file(repo.top().join("a")).unwrap();
        std::os::unix::fs::symlink("x", repo.top().join("a")).unwrap();
        repo.write("sp ace\n\u{e9}", "2");
        let second = repo.commit("Second\n\nwith a body");
        repo.git(&["switch", "--quiet", "--create", "side", first.as_str()]);
        let side = repo.commit_files(&[("c", "1")]);
        repo.git(&["switch", "--quiet", "main"]);
        repo.git(&["merge", "--quiet", "--no-edit", "side"]);
        let empty = ["--allow-empty", "--allow-empty-message", "--message="];
        repo.git(&[&["commit", "--quiet"], &empty[..]].concat());
        let empty = repo.tip("HEAD");
        let found = all(&repo.open(), &[repo.tip("HEAD")], &[]);
        let ids: Vec<Id> = [&empty, &repo.tip("HEAD~1"), &side, &second, &first]
            .map(Id::from)
            .to_vec();
        assert_eq!(found.iter().map(|kept| kept.id).collect::<Vec<_>>(), ids);
        assert!(found[0].message.is_empty() && found[0].changes.is_empty());
        assert_eq!(found[1].parents, [ids[3], ids[2]]);
        assert_eq!(found[1].changes, []);
        let odd = "sp ace\n\u{e9}".as_bytes();
        assert_eq!(
            paths(&found[3]),
            [
                (Status::TypeChanged, &b"a"[..]),
                (Status::Deleted, b"b"),
                (Status::Modified, odd)
            ]
        );
        assert_eq!(found[3].changes[1].2, None);
        assert!(found[3].changes[0].1.is_some() && found[3].changes[0].2.is_some());
        assert_eq!(found[3].message, "Second\n\nwith a body\n");
        assert_eq!(found[4].parents, []);
        assert_eq!(found[4].authored.offset_minutes, 90);
        assert_eq!(found[4].author, ("T".into(), "t@example.org".into()));
        // A range, and nothing at all.
        let since = all(
            &repo.open(),
            &[repo.tip("HEAD")],
            std::slice::from_ref(&second),
        );
        assert_eq!(since.len(), 3);
        assert_eq!(all(&repo.open(), &[], &[second]), []);
    }
}

#[test]
fn no_name_and_no_message_breaks_the_frame() {
    let repo = TestRepo::new(&[]);
    repo.write("a", "1");
    repo.git(&["add", "--all"]);
    let tree = repo.git(&["write-tree"]);
    let odd: [&[u8]; 6] = [
        b"a <a@b> 1 +0000\ncommitter c <c@d> -1 -0330\n\n\x01:100644\n\n:100644 a\n",
        b"\x01\x02: <:100644> 99999999999999999999 +9999\ncommitter c <> x y\n\n\x01",
        b"\xe9\xff <\xe9@x> 5 +0530\ncommitter c <c> 7 -1200\nencoding ISO-8859-1\n\n\xe9",
        b"a <a@b> 1 +0000\ncommitter c <c@d> 1 +0000\nencoding UTF-7\n\nx+AAA-y",
        b"a <a@b> 1 +0000\ncommitter c <c@d> 1 +0000\n\nbefore\0after\n:000000 x",
        b"a <a@b> 1 +0000\ncommitter c <c@d> 1 +0000\n",
    ];
    let mut parent = None;
    let mut ids = Vec::new();
    for rest in odd {
        let mut object = format!("tree {tree}\n").into_bytes();
        if let Some(parent) = &parent {
            object.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        object.extend_from_slice(b"author ");
        object.extend_from_slice(rest);
        let args = [
            "hash-object",
            "-t",
            "commit",
            "-w",
            "--literally",
            "--stdin",
        ];
        let id = repo.git_in(repo.top(), &args, &object);
        ids.push(id.clone());
        parent = Some(id);
    }
    let tip: Oid = parent.unwrap().parse().unwrap();
    let mut found = all(&repo.open(), &[tip], &[]);
    found.reverse();
    assert_eq!(found.len(), odd.len(), "{found:?}");
    for (kept, id) in found.iter().zip(&ids) {
        assert_eq!(kept.id.to_string(), *id);
    }
    assert_eq!(paths(&found[0]), [(Status::Added, &b"a"[..])]);
    assert!(found[1..].iter().all(|kept| kept.changes.is_empty()));
    assert_eq!(found[0].message, "\x01:100644\n\n:100644 a\n");
    // Git itself has no times before 1970.
    assert_eq!(found[0].committed, 0);
    assert_eq!(found[1].author, ("\x01\x02:".into(), ":100644".into()));
    assert_eq!(found[2].author.0, "\u{e9}\u{ff}");
    assert_eq!(found[2].authored.offset_minutes, 330);
    assert_eq!(found[2].message, "\u{e9}");
    assert!(found[4].message.starts_with(b"before"));
}

#[test]
fn no_setting_changes_the_answer() {
    let repo = TestRepo::new(&[]);
    repo.commit_files(&[
        ("dir/a", "1\n2\n3\n"),
        ("b", "1"),
        (".mailmap", "X <x@x> <t@example.org>\n"),
    ]);
    repo.git(&["mv", "dir/a", "c"]);
    repo.commit("renamed \u{e9}");
    let other = TestRepo::new(&[]);
    other.commit_files(&[("x", "1")]);
    let path = other.top().to_str().unwrap().to_owned();
    repo.git(&["submodule", "--quiet", "add", &path, "sub"]);
    repo.commit("with a submodule");
    let tips = [repo.tip("HEAD")];
    let plain = all(&repo.open(), &tips, &[]);
    for (key, value) in [
        ("log.showSignature", "true"),
        ("log.follow", "true"),
        ("log.mailmap", "true"),
        ("log.decorate", "full"),
        ("log.date", "human"),
        ("log.showRoot", "false"),
        ("log.diffMerges", "separate"),
        ("log.abbrevCommit", "true"),
        ("format.pretty", "oneline"),
        ("format.notes", "*"),
        ("diff.renames", "copies"),
        ("diff.relative", "true"),
        ("diff.orderFile", "/nonexistent"),
        ("diff.ignoreSubmodules", "all"),
        ("submodule.sub.ignore", "all"),
        ("diff.external", "false"),
        ("diff.noprefix", "true"),
        ("core.quotePath", "true"),
        ("core.abbrev", "5"),
        ("core.pager", "false"),
        ("pager.log", "true"),
        ("color.ui", "always"),
        ("color.diff", "always"),
        ("i18n.logOutputEncoding", "ISO-8859-1"),
        ("i18n.commitEncoding", "UTF-8"),
        ("alias.log", "!false"),
    ] {
        repo.git(&["config", key, value]);
        assert_eq!(all(&repo.open(), &tips, &[]), plain, "{key}");
    }
    assert_eq!(paths(&plain[1]).len(), 2);
    assert_eq!(plain[0].author.0, "T");
}

#[test]
fn what_lies_beyond_a_border_is_not_made_up() {
    let repo = TestRepo::new(&[]);
    for n in ["1", "2", "3"] {
        repo.commit_files(&[("a", n), (n, n)]);
    }
    let url = format!("file://{}", repo.top().display());
    let clone = |name: &str, option: &str| {
        let place = repo.beside(name);
        let to = place.to_str().unwrap();
        repo.git(&[
            "-c",
            "uploadpack.allowFilter=true",
            "clone",
            "--quiet",
            "--no-checkout",
            option,
            &url,
            to,
        ]);
        at(&place)
    };
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let tip = [repo.tip("HEAD")];
    let whole = all(&repo.open(), &tip, &[]);
    let shallow = clone("shallow", "--depth=2");
    let found = all(&shallow, &tip, &[]);
    assert_eq!(found[0], whole[0]);
    assert_eq!(
        (found.len(), found[1].border, found[1].changes.len()),
        (2, true, 0)
    );
    assert_ne!(
        shallow.history_shape().unwrap(),
        repo.open().history_shape().unwrap()
    );
    // Blobs are not needed, trees are.
    assert_eq!(
        all(&clone("blobless", "--filter=blob:none"), &tip, &[]),
        whole
    );
    let treeless = clone("treeless", "--filter=tree:0");
    let range = Range {
        tips: &tip,
        exclude: &[],
    };
    let answer = treeless.history(range, HistoryOptions::default(), |_| {});
    assert!(matches!(answer, Err(GitError::Command(_))), "{answer:?}");
    let gone = ["1".repeat(40).parse().unwrap()];
    let range = Range {
        tips: &tip,
        exclude: &gone,
    };
    assert!(
        repo.open()
            .history(range, HistoryOptions::default(), |_| {})
            .is_err()
    );
}

#[test]
fn limits_and_dates() {
    let repo = TestRepo::new(&[]);
    let ids: Vec<Oid> = (0..4).map(|n| repo.commit(&n.to_string())).collect();
    let options = HistoryOptions {
        limit: Some(2),
        ..HistoryOptions::default()
    };
    let tips = [repo.tip("HEAD")];
    let mut found = Vec::new();
    let range = Range {
        tips: &tips,
        exclude: &[],
    };
    repo.open()
        .history(range, options, |facts| found.push(keep(facts)))
        .unwrap();
    assert_eq!(found.len(), 2);
    let ids: Vec<Id> = ids[..2].iter().rev().map(Id::from).collect();
    let dates = repo.open().commit_times(&ids).unwrap();
    let whole = all(&repo.open(), &tips, &[]);
    let expected: Vec<_> = whole[2..]
        .iter()
        .map(|kept| (kept.id, kept.committed))
        .collect();
    assert_eq!(dates, expected);
    assert!(
        repo.open()
            .commit_times(&[Id::from_bytes(&[1; 20]).unwrap()])
            .is_err()
    );
}

#[test]
fn the_mailmap_is_gits_own() {
    let repo = TestRepo::new(&[]);
    repo.write(
        ".mailmap",
        "Proper <p@x> Odd <T@Example.org>\n<q@x> <old@x>\n",
    );
    let recorded = [
        ("Odd", "t@example.ORG"),
        ("\u{e9} >y", "old@x"),
        ("", "none@x"),
        ("n", ""),
    ];
    let recorded = recorded.map(|(name, email)| (name.into(), email.into()));
    let mapped = repo.open().mailmapped(&recorded).unwrap();
    let expected = [
        ("Proper", "p@x"),
        ("\u{e9} >y", "q@x"),
        ("", "none@x"),
        ("n", ""),
    ];
    assert_eq!(
        mapped,
        expected.map(|(name, email)| (name.into(), email.into()))
    );
    assert_eq!(repo.open().mailmapped(&[]).unwrap(), []);
}

/// Cuts bytes into commits, given in pieces.
fn framed(bytes: &[u8], pieces: &[usize]) -> Result<Vec<Kept>, Malformed> {
    let mut framer = Framer::default();
    let mut found = Vec::new();
    let mut rest = bytes;
    for size in pieces.iter().cycle() {
        let (piece, after) = rest.split_at(rest.len().min(size + 1));
        framer.push(piece, |facts| found.push(keep(facts)))?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    framer.finish(|facts| found.push(keep(facts)))?;
    Ok(found)
}

fn field() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => 1_u8..,
        1 => Just(1_u8),
        1 => Just(b'\n'),
        1 => Just(b':'),
    ];
    proptest::collection::vec(byte, 0..12)
}

fn written() -> impl Strategy<Value = (Kept, Vec<u8>)> {
    let change = (0_usize..4, any::<[u8; 20]>(), field());
    let facts = (
        any::<[u8; 20]>(),
        proptest::collection::vec(any::<[u8; 20]>(), 0..3),
    );
    let texts = (field(), field(), field());
    let times = (any::<i64>(), -900_i16..=900, any::<i64>());
    let changes = proptest::collection::vec(change, 0..4);
    (facts, texts, times, changes).prop_map(|((id, parents), texts, times, changes)| {
        let id = Id::from_bytes(&id).unwrap();
        let parents: Vec<Id> = parents
            .iter()
            .map(|id| Id::from_bytes(id).unwrap())
            .collect();
        let (name, email, message) = texts;
        let (seconds, offset, committed) = times;
        let sign = if offset < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
        let names: Vec<String> = parents.iter().map(Id::to_string).collect();
        let mut bytes = format!("\x01{id}\0{}\0", names.join(" ")).into_bytes();
        for text in [&name, &email] {
            bytes.extend_from_slice(text);
            bytes.push(0);
        }
        let times = format!("{seconds} {sign}{hours:02}{minutes:02}\0{committed}\0");
        bytes.extend_from_slice(times.as_bytes());
        bytes.extend_from_slice(&message);
        bytes.push(0);
        let mut kept = Vec::new();
        for (status, new, path) in changes {
            if path.is_empty() {
                continue;
            }
            let (letter, status) = [
                ('A', Status::Added),
                ('M', Status::Modified),
                ('D', Status::Deleted),
                ('T', Status::TypeChanged),
            ][status];
            let new = Id::from_bytes(&new).unwrap();
            let first = if kept.is_empty() { "\n" } else { "" };
            let facts = format!("{first}:100644 100644 {} {new} {letter}\0", "0".repeat(40));
            bytes.extend_from_slice(facts.as_bytes());
            bytes.extend_from_slice(&path);
            bytes.push(0);
            let new = Some(new).filter(|new| new.as_bytes().iter().any(|byte| *byte != 0));
            kept.push((status, None, new, path.into()));
        }
        let kept = Kept {
            id,
            parents,
            author: (name.into(), email.into()),
            authored: When {
                seconds,
                offset_minutes: offset,
            },
            committed,
            message: message.into(),
            border: false,
            changes: kept,
        };
        (kept, bytes)
    })
}

proptest! {
    #[test]
    fn any_commits_in_any_pieces(
        commits in proptest::collection::vec(written(), 0..6),
        pieces in proptest::collection::vec(0_usize..60, 1..5),
    ) {
        let bytes: Vec<u8> = commits.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        let kept: Vec<Kept> = commits.into_iter().map(|(kept, _)| kept).collect();
        prop_assert_eq!(framed(&bytes, &pieces), Ok(kept));
        // Whatever is cut off is noticed, unless it is whole commits or the last changes.
        if let Some((_, less)) = bytes.split_last() {
            prop_assert!(framed(less, &pieces).is_err());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(
        commits in proptest::collection::vec(written(), 0..3),
        noise in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        pieces in proptest::collection::vec(0_usize..60, 1..5),
    ) {
        let mut bytes: Vec<u8> = commits.into_iter().flat_map(|(_, bytes)| bytes).collect();
        bytes.push(0);
        for (place, byte) in noise {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        // The pieces make no difference to what is found before an error, nor to the error.
        prop_assert_eq!(framed(&bytes, &pieces), framed(&bytes, &[1 << 20]));
    }

    #[test]
    fn noise_is_refused(bytes: Vec<u8>, pieces in proptest::collection::vec(0_usize..60, 1..5)) {
        let _ = framed(&bytes, &pieces);
    }
}
