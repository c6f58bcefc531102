//! Files that grow, change and go wrong.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};

use super::*;
use crate::sessions::read::{Broken, Change};

fn user(id: &str, text: &str) -> String {
    format!(
        r#"{{"type":"message","id":"{id}","parentId":null,"message":{{"role":"user","content":"{text}"}}}}"#
    ) + "\n"
}

/// How a file is written over.
type Overwrite<'a> = &'a dyn Fn(&mut Memory);

const HEAD: &str = "{\"type\":\"session\",\"version\":3,\"id\":\"s\",\"cwd\":\"/x\"}\n";

fn pi() -> Reader {
    Reader::new(Path::new("x.jsonl"), None)
}

#[test]
fn only_what_is_new_is_read() {
    let mut reader = pi();
    let mut file = Memory::of((HEAD.to_owned() + &user("a", "one")).as_bytes());
    let (events, progress) = file.read(&mut reader);
    assert_eq!(
        (told(&events), progress.change),
        (vec!["user: one".to_owned()], Change::New)
    );
    assert_eq!(file.read(&mut reader).1.change, Change::Unchanged);

    let stored = serde_json::to_string(&reader).unwrap();
    let mut reader: Reader = serde_json::from_str(&stored).unwrap();
    let from = reader.offset();
    file.append(user("b", "two").as_bytes());
    let (events, progress) = file.read(&mut reader);
    assert_eq!(told(&events), ["user: two"]);
    assert_eq!(
        (progress.change, progress.from, reader.lines()),
        (Change::Appended, from, 3)
    );
    assert_eq!(events[0].offset, from);
    assert_eq!(reader.session().unwrap().folder.as_deref(), Some("/x"));
}

#[test]
fn a_last_line_waits_for_its_end() {
    let mut reader = pi();
    let line = user("a", "one");
    let (front, back) = line.split_at(20);
    let mut file = Memory::of((HEAD.to_owned() + front).as_bytes());
    let (events, progress) = file.read(&mut reader);
    assert_eq!((events.len(), progress.waiting), (0, 20));
    file.append(back.as_bytes());
    assert_eq!(told(&file.read(&mut reader).0), ["user: one"]);
    assert_eq!(reader.broken().total(), 0);
}

#[test]
fn a_file_that_was_written_over_is_read_again() {
    let text = HEAD.to_owned() + &user("a", "one") + &user("b", "two");
    let changes: [(&str, Overwrite<'_>); 5] = [
        ("cut", &|file| file.bytes.truncate(HEAD.len())),
        ("same size", &|file| {
            file.bytes = text.replace("one", "six").into_bytes();
        }),
        ("longer", &|file| {
            file.bytes = (text.replace("one", "seven") + &user("c", "three")).into_bytes();
        }),
        ("another", &|file| {
            file.identity.inode += 1;
            file.bytes = (HEAD.to_owned() + &user("d", &"x".repeat(999))).into_bytes();
        }),
        ("empty", &|file| file.bytes.clear()),
    ];
    for (name, change) in changes {
        let mut reader = pi();
        let mut file = Memory::of(text.as_bytes());
        file.read(&mut reader);
        change(&mut file);
        file.touched();
        let (events, progress) = file.read(&mut reader);
        assert_eq!(
            (progress.change, progress.from),
            (Change::Rewritten, 0),
            "{name}"
        );
        let mut fresh = pi();
        assert_eq!(events, file.read(&mut fresh).0, "{name}");
        assert_eq!(reader, fresh, "{name}");
    }
}

#[test]
fn a_copy_goes_on_where_the_file_ended() {
    let mut reader = pi();
    let mut file = Memory::of((HEAD.to_owned() + &user("a", "one")).as_bytes());
    file.read(&mut reader);
    file.identity.device += 1;
    file.identity.inode += 1;
    assert_eq!(file.read(&mut reader).1.change, Change::Unchanged);
    file.identity.inode += 1;
    file.append(user("b", "two").as_bytes());
    let (events, progress) = file.read(&mut reader);
    assert_eq!(
        (told(&events), progress.change),
        (vec!["user: two".to_owned()], Change::Appended)
    );
}

#[test]
fn what_is_around_and_within_lines_is_tolerated() {
    let mut reader = pi();
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(HEAD.as_bytes());
    bytes.extend(b"\r\n\n   \n\0\0\0\0\n");
    bytes.extend(b"\0\0");
    bytes.extend(user("a", "one").replace('\n', "\r\n").as_bytes());
    bytes.extend(user("b", r"cut \ud83d").as_bytes());
    bytes.extend(b"{\"type\":\"message\",\"id\":\"c\",\"message\":{\"role\":\"user\",\"content\":\"\xff\"}}\n");
    bytes.extend(b"{\"type\":7,\"id\":[],\"parentId\":{},\"timestamp\":null,\"message\":[1]}\n");
    let (events, _) = Memory::of(&bytes).read(&mut reader);
    let told: Vec<_> = events.iter().map(|event| words(&event.kind)).collect();
    assert_eq!(
        told,
        ["user: one", "user: cut \u{fffd}", "user: \u{fffd}", "()"]
    );
    assert_eq!((reader.broken().total(), reader.lines()), (0, 9));
}

#[test]
fn broken_lines_are_counted() {
    let mut reader = pi();
    let deep = "[".repeat(1_000_000);
    let text = [
        r#"{"no":"agent's"}"#,
        "{",
        "nonsense",
        "[1]",
        &deep,
        &format!(
            r#"{{"type":"session","id":"s","deep":{deep}{}}}"#,
            "]".repeat(1_000_000)
        ),
        r#"{"type":"custom","id":"a","id":"b"}"#,
        &format!(
            r#"{{"type":"custom","id":"c","customType":"t","data":{deep}{}}}"#,
            "]".repeat(1_000_000)
        ),
        r#"{"type":"custom","id":"d"} {}"#,
    ];
    let (events, _) = Memory::of((text.join("\n") + "\n").as_bytes()).read(&mut reader);
    assert_eq!(events.len(), 1);
    assert!(matches!(&events[0].kind, Kind::Custom { data, .. } if data.is_string()));
    assert_eq!(
        reader.broken(),
        Broken {
            not_json: 4,
            not_object: 1,
            ambiguous: 1,
            unknown: 1,
            ..Broken::default()
        }
    );
}

/// So many bytes of `x`, and then what is given.
struct Long(u64, io::Cursor<Vec<u8>>);

impl Read for Long {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return self.1.read(into);
        }
        let size = into.len().min(usize::try_from(self.0).unwrap());
        into[..size].fill(b'x');
        self.0 -= size as u64;
        Ok(size)
    }
}

impl Seek for Long {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        assert_eq!(to, SeekFrom::Start(0));
        Ok(0)
    }
}

#[test]
fn a_line_of_65_mib_is_skipped() {
    let mut reader = pi();
    let behind = format!("\n{HEAD}{}", user("a", "one"));
    let size = (65 << 20) + behind.len() as u64;
    let mut source = Long(65 << 20, io::Cursor::new(behind.into_bytes()));
    let identity = Identity {
        size,
        ..Identity::default()
    };
    let mut events = Vec::new();
    let progress = reader
        .read(&mut source, identity, &mut |event| events.push(event))
        .unwrap();
    assert_eq!(
        (told(&events), reader.broken().too_long),
        (vec!["user: one".to_owned()], 1)
    );
    assert_eq!(reader.broken().too_long_bytes, 65 << 20);
    assert_eq!(progress.to, size);
}

#[test]
fn what_comes_while_reading_waits_for_the_next_time() {
    let mut reader = pi();
    let mut file = Memory::of((HEAD.to_owned() + &user("a", "one")).as_bytes());
    file.bytes.extend(user("b", "two").as_bytes());
    assert_eq!(told(&file.read(&mut reader).0), ["user: one"]);
    file.touched();
    assert_eq!(told(&file.read(&mut reader).0), ["user: two"]);
}

#[test]
fn what_is_kept_is_small_whatever_stands_there() {
    let long = "x".repeat(100_000);
    let lines = [
        format!(r#"{{"type":"session","id":"{long}","cwd":"{long}","parentSession":"{long}"}}"#),
        format!(
            r#"{{"type":"user","uuid":"{long}","sessionId":"{long}","cwd":"{long}","version":"{long}","gitBranch":"{long}","agentId":"{long}"}}"#
        ),
        format!(
            r#"{{"type":"assistant","uuid":"u","sessionId":"s","message":{{"id":"{long}","usage":{{"input_tokens":1}},"content":[{{"type":"tool_use","id":"{long}","name":"{long}"}}]}}}}"#
        ),
        format!(
            r#"{{"type":"session_meta","payload":{{"id":"{long}","cwd":"{long}","model_provider":"{long}","cli_version":"{long}"}}}}"#
        ),
        format!(r#"{{"type":"turn_context","payload":{{"model":"{long}"}}}}"#),
    ];
    for agent in [Agent::Pi, Agent::ClaudeCode, Agent::Codex] {
        for first in 0..lines.len() {
            let text = lines[first..].join("\n") + "\n";
            let (_, reader) = read(agent, text.as_bytes());
            assert!(serde_json::to_string(&reader).unwrap().len() < 2000);
        }
    }
}

#[test]
fn what_is_no_file_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let ignore = &mut |_| {};
    assert!(pi().read_file(folder.path(), ignore).is_err());
    assert!(pi().read_file(&folder.path().join("none"), ignore).is_err());
    assert!(pi().read_file(Path::new("/dev/zero"), ignore).is_err());
}

#[test]
fn a_file_is_told_again_by_its_place_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.jsonl");
    let mut reader = Reader::new(&path, None);
    let count = |reader: &mut Reader| {
        let mut events = 0;
        let progress = reader.read_file(&path, &mut |_| events += 1).unwrap();
        (progress.change, events)
    };
    fs::write(&path, HEAD.to_owned() + &user("a", "one")).unwrap();
    assert_eq!(count(&mut reader), (Change::New, 1));
    assert_eq!(count(&mut reader), (Change::Unchanged, 0));
    fs::write(
        &path,
        HEAD.to_owned() + &user("a", "one") + &user("b", "two"),
    )
    .unwrap();
    assert_eq!(count(&mut reader), (Change::Appended, 1));
    fs::write(&path, HEAD.to_owned() + &user("c", "three")).unwrap();
    assert_eq!(count(&mut reader), (Change::Rewritten, 1));
}

#[test]
fn an_error_changes_nothing() {
    struct Fails(bool);
    impl Read for Fails {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::Error::other("gone"));
            }
            into[..HEAD.len()].copy_from_slice(HEAD.as_bytes());
            Ok(HEAD.len())
        }
    }
    impl Seek for Fails {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let mut reader = pi();
    let identity = Identity {
        size: 999,
        ..Identity::default()
    };
    reader
        .read(&mut Fails(false), identity, &mut |_| {})
        .unwrap_err();
    assert_eq!(reader, pi());
}
