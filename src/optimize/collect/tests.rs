//! From real histories into the database.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use std::fs;
use std::path::{Path, PathBuf};

use super::shell_init::tests::Typist;
use super::*;
use crate::git::testing::TestRepo;
use crate::git::{GitEnv, Repo, discover};
use crate::optimize::db::{NewStep, Optimize, Wanted};
use crate::optimize::event::{Actor, Corpus, Line, Source};
use crate::optimize::recipe::{Piece, Shape, Simple, SlotKind, Word};
use crate::store::{Access, OpenOptions};

/// Programs as keys, and the rest as one value.
fn steps(line: &Line) -> Vec<NewStep> {
    let parts = line.text.split(" && ").filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (program, rest) = part.split_once(' ').unwrap_or((part, ""));
            NewStep {
                key: format!("{program} <str>"),
                shape: Shape::Pipeline(vec![Simple {
                    words: vec![
                        Word(vec![Piece::Text(program.to_owned())]),
                        Word(vec![Piece::Slot(0)]),
                    ],
                    redirects: Vec::new(),
                }]),
                kinds: vec![SlotKind::Str],
                values: vec![rest.to_owned()],
                folder: None,
                noise: program == "ls",
                risky: false,
                interactive: false,
            }
        })
        .collect()
}

fn scope(folder: &str) -> Option<String> {
    folder.starts_with("/r").then(|| "/r".to_owned())
}

struct Store {
    dir: tempfile::TempDir,
    db: Optimize,
}

impl Store {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let db = Optimize::open(dir.path(), &OpenOptions::new(Access::ReadWrite)).unwrap();
        Self { dir, db }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn gather<T>(&mut self, work: impl FnOnce(&mut Gatherer<'_>) -> Result<T, CollectError>) -> T {
        let mut gatherer = Gatherer {
            db: &mut self.db,
            read: &steps,
            scope: &scope,
            now: 1_800_000_000_000,
        };
        work(&mut gatherer).unwrap()
    }

    fn history(&mut self, source: Source, path: &Path) -> Gathered {
        self.gather(|gatherer| gatherer.history(source, path))
    }

    fn corpus(&self) -> Corpus {
        self.db
            .corpus(Wanted {
                since: 0,
                limit: 1_000_000,
                scope: None,
            })
            .unwrap()
    }

    /// What was done, as it can be told again.
    fn told(&self) -> Vec<String> {
        let corpus = self.corpus();
        let told = corpus.events.iter().map(|event| {
            let key = &corpus.steps[event.step as usize].key;
            let value = &corpus.values[event.values[0] as usize];
            key.replace("<str>", value)
        });
        told.collect()
    }

    /// All bytes of all its files.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in fs::read_dir(self.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("optimize")
            {
                bytes.extend(fs::read(path).unwrap());
            }
        }
        bytes
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[test]
fn a_history_is_screened_made_steps_and_read_once() {
    let mut store = Store::new();
    let path = store.path("history");
    fs::write(
        &path,
        "git add x && git commit\n hidden away\nexport A_TOKEN=hunter2hunter2\nls\n\nmake all\n",
    )
    .unwrap();
    let gathered = store.history(Source::Bash, &path);
    assert_eq!((gathered.read, gathered.kept, gathered.events), (5, 3, 4));
    assert_eq!(
        gathered.dropped.into_iter().collect::<Vec<_>>(),
        [(Reason::Private, 1), (Reason::Secret, 1)]
    );
    assert_eq!(store.told(), ["git add x", "git commit", "ls ", "make all"]);
    assert_eq!(store.history(Source::Bash, &path), Gathered::default());
    fs::write(&path, "ls\nmake all\nmake x\n").unwrap();
    assert_eq!(store.history(Source::Bash, &path).events, 1);
    assert_eq!(store.told().last().map(String::as_str), Some("make x"));
    let bytes = store.bytes();
    assert!(contains(&bytes, "make"), "the database is elsewhere");
    for hidden in ["hidden away", "hunter2", "A_TOKEN"] {
        assert!(!contains(&bytes, hidden), "{hidden}");
    }
    assert_eq!(
        store.history(Source::Bash, &store.path("none")),
        Gathered::default()
    );
}

#[test]
fn what_the_steps_say_is_screened_as_well() {
    let mut store = Store::new();
    let path = store.path("history");
    fs::write(&path, "x y\n").unwrap();
    let mut gatherer = Gatherer {
        db: &mut store.db,
        read: &|line| {
            let mut steps = steps(line);
            steps[0].values = vec!["AKIAIOSFODNN7EXAMPLE".to_owned()];
            steps
        },
        scope: &|_| None,
        now: 0,
    };
    let dropped = gatherer.history(Source::Zsh, &path).unwrap().dropped;
    assert_eq!(dropped.get(&Reason::Secret), Some(&1));
    assert_eq!(store.told(), [""; 0]);
}

#[test]
fn a_line_with_a_time_is_stored_once_wherever_it_stands() {
    let mut store = Store::new();
    let (one, other) = (store.path("one"), store.path("other"));
    fs::write(&one, ": 1700000000:3;make\n: 1700000001:0;ls\n").unwrap();
    fs::copy(&one, &other).unwrap();
    assert_eq!(store.history(Source::Zsh, &one).kept, 2);
    let again = store.history(Source::Zsh, &other);
    assert_eq!((again.kept, again.known), (0, 2));
    let corpus = store.corpus();
    assert_eq!(
        (corpus.events[0].at, corpus.events[0].duration_ms),
        (1_700_000_000_000, Some(3000))
    );
    assert!(corpus.events[0].timed && !corpus.steps[corpus.events[0].step as usize].noise);
}

#[test]
fn a_failure_in_the_middle_leaves_nothing_and_all_comes_again() {
    let mut store = Store::new();
    let path = store.path("dir");
    fs::create_dir(&path).unwrap();
    let error = Gatherer {
        db: &mut store.db,
        read: &steps,
        scope: &scope,
        now: 0,
    }
    .history(Source::Bash, &path)
    .unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "make\n").unwrap();
    assert_eq!(store.history(Source::Bash, &path).kept, 1);
}

#[test]
fn the_real_shells_own_histories_are_read_as_they_grow() {
    let typist = Typist::new();
    let histfile = typist.path("hist");
    let name = histfile.display();
    let lines: [&[u8]; 5] = [
        b"echo one",
        b"echo 'a\nb' \xff\xc3\xa9\x83",
        b" echo hidden",
        b"echo \\\\",
        b"exit",
    ];
    for (shell, source, startup, path) in [
        (
            Shell::Bash,
            Source::Bash,
            format!("HISTCONTROL=; HISTFILE={name}; HISTTIMEFORMAT=x; shopt -s lithist"),
            histfile.clone(),
        ),
        (
            Shell::Zsh,
            Source::Zsh,
            format!("HISTFILE={name}; HISTSIZE=99; SAVEHIST=99; setopt extended_history"),
            histfile.clone(),
        ),
        (
            Shell::Zsh,
            Source::Zsh,
            format!("HISTFILE={name}2; HISTSIZE=99; SAVEHIST=99; setopt no_append_history"),
            typist.path("hist2"),
        ),
        (
            Shell::Fish,
            Source::Fish,
            String::new(),
            typist.path("data/fish/fish_history"),
        ),
    ] {
        let _ = fs::remove_file(&path);
        let mut store = Store::new();
        typist.types(shell, &startup, &lines);
        let gathered = store.history(source, &path);
        // fish keeps no line that begins with a space, and takes no byte that is no text.
        let (hidden, odd) = if shell == Shell::Fish {
            (None, "é")
        } else {
            (Some(&1), "\u{fffd}é\u{fffd}")
        };
        assert_eq!(gathered.dropped.get(&Reason::Private), hidden, "{shell:?}");
        let expected = [
            "echo one".to_owned(),
            format!("echo 'a\nb' {odd}"),
            r"echo \\".to_owned(),
            "exit ".to_owned(),
        ];
        assert_eq!(store.told(), expected, "{shell:?} {startup}");
        typist.types(shell, &startup, &[b"echo more", b"exit 0"]);
        let told = ["echo more", "exit 0"];
        let again = store.history(source, &path);
        assert_eq!(store.told()[4..], told, "{shell:?} {startup} {again:?}");
        assert_eq!(
            store.history(source, &path),
            Gathered::default(),
            "{shell:?}"
        );
    }
}

#[test]
fn bash_without_times_rewrites_its_history_and_nothing_is_counted_twice() {
    let typist = Typist::new();
    let path = typist.path("hist");
    let startup = format!(
        "unset HISTTIMEFORMAT; HISTCONTROL=; HISTFILE={}; HISTSIZE=8; HISTFILESIZE=8",
        path.display()
    );
    let mut store = Store::new();
    for session in [
        &[&b"echo 1"[..], b"echo 2", b"echo 3", b"exit"][..],
        &[b"echo 4", b"echo 2", b"exit"],
        &[b"echo 5", b"echo 6", b"exit"],
    ] {
        typist.types(Shell::Bash, &startup, session);
        store.history(Source::Bash, &path);
    }
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 8);
    let told = store.told();
    let of: Vec<&str> = told.iter().map(|it| it.trim()).collect();
    assert_eq!(
        of,
        [
            "echo 1", "echo 2", "echo 3", "exit", "echo 4", "echo 2", "exit", "echo 5", "echo 6",
            "exit"
        ]
    );
}

#[test]
fn reflogs_of_both_kinds_are_read_as_they_grow() {
    for options in [&[][..], &["--ref-format=reftable"]] {
        let mut store = Store::new();
        let repo = TestRepo::new(options);
        let commit = || repo.git(&["commit", "--quiet", "--allow-empty", "-m", "x"]);
        commit();
        let opened = || Repo::open(&discover(repo.top(), &GitEnv::default()).unwrap()).unwrap();
        assert_eq!(store.gather(|it| it.reflog(&opened())).kept, 1);
        repo.git(&["checkout", "--quiet", "-b", "topic"]);
        commit();
        let gathered = store.gather(|it| it.reflog(&opened()));
        assert_eq!((gathered.kept, gathered.skipped), (2, 0), "{options:?}");
        assert_eq!(
            store.told(),
            ["git commit", "git checkout topic", "git commit"]
        );
        assert_eq!(store.gather(|it| it.reflog(&opened())).kept, 0);
    }
}

#[test]
fn what_agents_ran_is_read_from_their_sessions_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sessions");
    for (name, expected) in [
        ("commit/claude-code.jsonl", 1),
        ("commit/codex.jsonl", 1),
        ("pi/tools.jsonl", 1),
    ] {
        let mut store = Store::new();
        let path = root.join(name);
        let gathered = store.gather(|it| it.session(&path, None));
        assert!(gathered.kept >= expected, "{name}: {gathered:?}");
        let corpus = store.corpus();
        assert!(
            corpus
                .events
                .iter()
                .all(|it| it.source == Source::Agents && it.session.is_some()),
            "{name}"
        );
        assert!(
            corpus.events.iter().any(|it| it.actor == Actor::Agent
                && it.succeeded.is_some()
                && it.duration_ms.is_some()),
            "{name}"
        );
        assert_eq!(store.gather(|it| it.session(&path, None)).kept, 0);
    }
    // A copy, as in a fork, has the commands of what it is a copy of.
    let mut store = Store::new();
    let (original, copy) = (root.join("pi/tools.jsonl"), store.path("copy.jsonl"));
    fs::copy(&original, &copy).unwrap();
    let first = store.gather(|it| it.session(&original, None));
    let second = store.gather(|it| it.session(&copy, None));
    assert_eq!((second.kept, second.known), (0, first.kept), "{second:?}");
}

#[test]
fn another_programs_database_is_gathered_like_any_other() {
    let mut store = Store::new();
    let path = store.path("history.db");
    assert_eq!(store.gather(|it| it.atuin(&path)), Gathered::default());
    let create =
        include_str!("../../../fixtures/histories/atuin/20210422143411_create_history.sql");
    crate::store::made(
        &path,
        &[
            create,
            "INSERT INTO history VALUES ('a', 1700000000000000000, 7000000, 3, 'make all', '/r/sub', 's', 'h')",
        ],
    );
    assert_eq!(store.gather(|it| it.atuin(&path)).kept, 1);
    let corpus = store.corpus();
    assert_eq!(corpus.scopes, ["/r"]);
    let event = &corpus.events[0];
    assert_eq!(
        (event.scope, event.succeeded, event.duration_ms),
        (Some(0), Some(false), Some(7))
    );
    fs::write(&path, "no database").unwrap();
    let error = Gatherer {
        db: &mut store.db,
        read: &steps,
        scope: &scope,
        now: 0,
    }
    .atuin(&path)
    .unwrap_err();
    assert!(error.to_string().starts_with("read "), "{error}");
}
