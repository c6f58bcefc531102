//! What is stored, what is told again, and what is forgotten.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use super::*;
use crate::optimize::event::{Actor, Line, Source};
use crate::optimize::recipe::{Shape, SlotKind};
use crate::store::{Access, OpenOptions, StoreError};

fn open(dir: &Path) -> Optimize {
    Optimize::open(dir, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

fn event(at: i64, key: &str, value: &str) -> NewEvent {
    let line = format!("{at} {key} {value}");
    NewEvent {
        at,
        timed: true,
        source: Source::Bash,
        actor: Actor::Human,
        scope: Some("/r".to_owned()),
        folder: Some("/r/sub".to_owned()),
        session: Some("s".to_owned()),
        step: NewStep {
            key: key.to_owned(),
            shape: Shape::Script(key.to_owned()),
            kinds: vec![SlotKind::Str, SlotKind::Str],
            values: vec![value.to_owned(), "fixed".to_owned()],
            folder: None,
            noise: false,
            risky: true,
            interactive: false,
        },
        digest: blake3::hash(line.as_bytes()).as_bytes()[..16]
            .try_into()
            .unwrap(),
        part: 0,
        duration_ms: Some(5),
        exit: Some(0),
    }
}

fn everything(db: &Optimize) -> crate::optimize::event::Corpus {
    let wanted = Wanted {
        since: i64::MIN,
        limit: usize::MAX,
        scope: None,
    };
    db.corpus(wanted).unwrap()
}

#[test]
fn what_was_stored_is_told_again_in_the_order_of_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    let mut late = event(30, "b", "y");
    (late.scope, late.session, late.exit, late.duration_ms) = (None, None, Some(2), None);
    late.source = Source::Zsh;
    let events = [late, event(10, "a", "x"), event(20, "b", "x")];
    assert_eq!(db.add(&events).unwrap(), 3);
    assert_eq!(db.add(&events).unwrap(), 0);
    drop(db);
    let db = open(dir.path());
    let corpus = everything(&db);
    let told: Vec<_> = corpus
        .events
        .iter()
        .map(|it| {
            let values: Vec<&str> = it
                .values
                .iter()
                .map(|id| corpus.values[*id as usize].as_str())
                .collect();
            (
                it.at,
                corpus.steps[it.step as usize].key.as_str(),
                values,
                it.scope,
                it.succeeded,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (10, "a (in sub)", vec!["x", "fixed"], Some(0), Some(true)),
            (20, "b (in sub)", vec!["x", "fixed"], Some(0), Some(true)),
            (30, "b", vec!["y", "fixed"], None, Some(false)),
        ]
    );
    assert_eq!(corpus.values.len(), 3);
    let first = &corpus.steps[corpus.events[0].step as usize];
    assert!(first.risky && !first.noise);
    assert_eq!((first.plain_key(), first.folder.as_str()), ("a", "sub"));
    assert_eq!(
        db.step("a").unwrap().map(|step| step.shape),
        Some(Shape::Script("a".to_owned()))
    );
    assert_eq!(db.step("none").unwrap(), None);
    assert_eq!(db.counts().unwrap(), [(Source::Bash, 2), (Source::Zsh, 1)]);
    let newest = |limit, since, scope| {
        let corpus = db
            .corpus(Wanted {
                since,
                limit,
                scope,
            })
            .unwrap();
        corpus.events.iter().map(|it| it.at).collect::<Vec<_>>()
    };
    assert_eq!(newest(2, 0, None), [20, 30]);
    assert_eq!(newest(9, 0, Some("/r")), [10, 20]);
    assert_eq!(newest(9, 15, Some("/r")), [20]);
    assert_eq!(newest(9, 0, Some("/none")), [0; 0]);
}

#[test]
fn lines_without_times_are_stored_as_often_as_they_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    let untimed = NewEvent {
        timed: false,
        ..event(1, "a", "x")
    };
    assert_eq!(db.add(&[untimed.clone(), untimed.clone()]).unwrap(), 2);
    let another_part = NewEvent {
        part: 1,
        ..event(1, "b", "x")
    };
    assert_eq!(db.add(&[event(1, "b", "x"), another_part]).unwrap(), 2);
}

#[test]
fn what_is_forgotten_is_in_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    let mut events: Vec<NewEvent> = (0..2000)
        .map(|n| event(n, &format!("key-{n}"), &format!("forgettable-{n}")))
        .collect();
    events[7].source = Source::Fish;
    db.add(&events).unwrap();
    db.batch(|batch| batch.set_cursor(Source::Bash, "/h", &5_u32, 1))
        .unwrap();
    let holds = |text: &str| {
        fs::read_dir(dir.path()).unwrap().any(|entry| {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            bytes.windows(text.len()).any(|it| it == text.as_bytes())
        })
    };
    assert!(holds("forgettable-1234"));
    let forgotten = db.forget(Some(Source::Bash), false).unwrap();
    assert_eq!(
        forgotten,
        Forgotten {
            events: 1999,
            wiped: true
        }
    );
    assert!(!holds("forgettable-1234") && !holds("key-1234") && holds("forgettable-7"));
    assert_eq!(everything(&db).events.len(), 1);
    // It is not read again.
    assert_eq!(db.cursor::<u32>(Source::Bash, "/h").unwrap(), Some(5));
    assert_eq!(db.read_at(Source::Bash).unwrap(), Some(1));
    db.forget(None, true).unwrap();
    assert_eq!(db.cursor::<u32>(Source::Bash, "/h").unwrap(), None);
    assert!(!holds("forgettable-7"));
    assert_eq!(everything(&db), crate::optimize::event::Corpus::default());
}

#[test]
fn what_is_old_is_pruned_with_what_only_it_said() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    db.add(&[event(1, "a", "x"), event(2, "b", "y"), event(3, "b", "z")])
        .unwrap();
    assert_eq!(db.prune(2).unwrap(), Pruned { events: 1 });
    let corpus = everything(&db);
    assert_eq!(corpus.events.len(), 2);
    assert_eq!(db.step("a").unwrap(), None);
    let values: Vec<String> = db
        .conn()
        .prepare("SELECT text FROM value ORDER BY text")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(values, ["fixed", "y", "z"]);
}

#[test]
fn a_batch_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    let failed: Result<(), OptimizeError> = db.batch(|batch| {
        batch.add(&event(1, "a", "x"))?;
        Err(StoreError::Full.into())
    });
    assert!(failed.is_err());
    assert_eq!(everything(&db).events.len(), 0);
}

#[test]
fn digests_are_of_this_database_alone() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let line = Line {
        at: 1,
        timed: true,
        source: Source::Agents,
        actor: Actor::Agent,
        folder: Some("/r".to_owned()),
        text: "make".to_owned(),
        duration_ms: None,
        exit: None,
        session: Some("a".to_owned()),
    };
    let db = open(one.path());
    let digest = db.digest(&line);
    assert_ne!(open(other.path()).digest(&line), digest);
    drop(db);
    let db = open(one.path());
    assert_eq!(db.digest(&line), digest);
    let fork = Line {
        session: Some("b".to_owned()),
        ..line.clone()
    };
    assert_eq!(db.digest(&fork), digest);
    let elsewhere = Line {
        source: Source::Shell,
        ..line.clone()
    };
    let session = Line {
        source: Source::Shell,
        ..fork
    };
    assert_ne!(db.digest(&elsewhere), db.digest(&session));
}

#[test]
fn a_damaged_database_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = open(dir.path());
    db.add(&[event(1, "a", "x")]).unwrap();
    drop(db);
    for suffix in ["", "-wal", "-shm"] {
        let path = dir.path().join(format!("optimize.db{suffix}"));
        if path.exists() {
            fs::write(path, [0x5a; 8192]).unwrap();
        }
    }
    let options = OpenOptions::new(Access::ReadWrite);
    let db = Optimize::open(dir.path(), &options)
        .or_else(|_| Optimize::replace_damaged(dir.path(), &options))
        .unwrap();
    assert!(db.replaced().is_some());
    assert_eq!(everything(&db).events.len(), 0);
}
