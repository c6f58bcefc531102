//! What publishing writes, and what it does beside another that publishes.

use super::{Key, Machine, line, signer};
use crate::gates::exchange::note::LARGEST;
use crate::gates::exchange::{ExchangeError, NotAVerdict, Published, accepted, publish};
use crate::git::testing::TestRepo;

#[test]
fn what_one_machine_publishes_another_accepts() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.publish(&["fmt", "tests"]);
    for named in [machine.key.fingerprint.as_str(), "ci@example.org"] {
        let found = accepted(&machine.open(), &machine.head(), &[signer(named)]).unwrap();
        let expected = ["fmt", "tests"].map(|task| (machine.verdict(task), named.to_owned()));
        assert_eq!(found, expected);
    }
    assert_eq!(accepted(&machine.open(), &machine.head(), &[]).unwrap(), []);
    let signature = machine
        .repo
        .git(&["log", "--format=%G? %s", "refs/notes/tend"]);
    let subject = format!("Publish git-tend's verdicts about {}", machine.head());
    assert_eq!(signature, format!("G {subject}"));
}

#[test]
fn git_shows_a_line_for_each_verdict() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.publish(&["tests"]);
    machine.publish(&["fmt"]);
    let shown = machine.repo.git(&["notes", "--ref=tend", "show", "HEAD"]);
    let verdict = machine.verdict("fmt");
    assert_eq!(
        shown.lines().next().unwrap(),
        format!(
            r#"{{"schema":1,"task":"fmt","made_at":"2026-11-21T14:00:00Z","summary":"212 tests passed","tree":"{}","key":"{}","definition":"{}"}}"#,
            verdict.tree, verdict.key, verdict.definition
        )
    );
    assert_eq!(shown.lines().count(), 2);
    assert_eq!(machine.passed(), ["fmt", "tests"]);
}

#[test]
fn what_is_there_makes_no_commit() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (repo, head) = (machine.open(), machine.head());
    assert_eq!(publish(&repo, &head, &[]).unwrap(), Published::Already);
    let tip = machine.publish(&["fmt"]);
    let twice = [machine.verdict("fmt"), machine.verdict("fmt")];
    assert_eq!(publish(&repo, &head, &twice).unwrap(), Published::Already);
    assert_eq!(machine.notes(), tip);
    let more = [machine.verdict("fmt"), machine.verdict("tests")];
    assert!(matches!(
        publish(&repo, &head, &more).unwrap(),
        Published::Added { verdicts: 1, .. }
    ));
}

#[test]
fn lines_of_other_forms_stay_and_nothing_is_left_behind() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.note(&machine.head(), "  by hand\n# not a comment\n");
    machine.publish(&["fmt"]);
    let shown = machine.repo.git(&["notes", "--ref=tend", "show", "HEAD"]);
    let lines: Vec<_> = shown.lines().collect();
    let verdict = line(&machine.verdict("fmt"));
    assert!(
        lines.contains(&"# not a comment") || lines.contains(&"  by hand"),
        "{shown}"
    );
    assert_eq!(lines.last(), Some(&verdict.as_str()));
    assert_eq!(machine.passed(), ["fmt"]);
    let refs = machine.repo.git(&["for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/heads/main\nrefs/notes/tend");
    assert_eq!(machine.repo.git(&["status", "--porcelain"]), "");
}

#[test]
fn what_is_no_verdict_about_the_commit_is_not_published() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let wrong = |change: &dyn Fn(&mut super::Shared)| {
        let mut verdict = machine.verdict("fmt");
        change(&mut verdict);
        match publish(&machine.open(), &machine.head(), &[verdict]) {
            Err(ExchangeError::Verdict { source, .. }) => source,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wrong(&|it| it.key.push('0')), NotAVerdict::Field("key"));
    assert_eq!(
        wrong(&|it| it.definition = "A".repeat(64)),
        NotAVerdict::Field("definition")
    );
    assert_eq!(
        wrong(&|it| it.task = "a b".into()),
        NotAVerdict::Field("task")
    );
    assert_eq!(
        wrong(&|it| it.summary = "x".repeat(9000)),
        NotAVerdict::TooLong
    );
    let tree = "a".repeat(40);
    assert_eq!(
        wrong(&|it| it.tree.clone_from(&tree)),
        NotAVerdict::OtherTree { tree }
    );
    assert!(machine.repo.git(&["for-each-ref", "refs/notes"]).is_empty());
}

#[test]
fn without_a_key_nothing_is_published() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine
        .repo
        .git(&["config", "user.signingKey", machine.path("absent")]);
    let error = publish(&machine.open(), &machine.head(), &[machine.verdict("fmt")]).unwrap_err();
    assert!(matches!(error, ExchangeError::NotSigned { .. }), "{error}");
    assert!(machine.repo.git(&["for-each-ref", "refs/notes"]).is_empty());
}

#[test]
fn a_note_that_is_too_large_is_left_alone() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.note(
        &machine.head(),
        &"x".repeat(usize::try_from(LARGEST).unwrap() + 1),
    );
    let error = publish(&machine.open(), &machine.head(), &[machine.verdict("fmt")]).unwrap_err();
    assert!(
        matches!(error, ExchangeError::NoteTooLarge { .. }),
        "{error}"
    );
    assert_eq!(machine.passed(), [""; 0]);
}

#[test]
fn a_ref_of_something_else_is_said_to_be_one() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.set_notes("HEAD^{tree}");
    let error = accepted(&machine.open(), &machine.head(), &machine.key.signer()).unwrap_err();
    assert!(matches!(error, ExchangeError::NotNotes { .. }), "{error}");
    // A branch of that name is not the ref.
    machine.repo.git(&["update-ref", "-d", "refs/notes/tend"]);
    machine
        .repo
        .git(&["update-ref", "refs/heads/refs/notes/tend", "HEAD"]);
    assert_eq!(machine.passed(), [""; 0]);
    machine.publish(&["fmt"]);
    assert_eq!(
        machine
            .repo
            .git(&["rev-list", "--count", "refs/notes/tend"]),
        "1"
    );
}

#[test]
fn repositories_of_sha256_exchange_too() {
    let Some(machine) = Machine::with(&["--object-format=sha256"]) else {
        return;
    };
    machine.publish(&["fmt"]);
    machine.publish(&["tests"]);
    assert_eq!(machine.head().as_str().len(), 64);
    assert_eq!(machine.passed(), ["fmt", "tests"]);
    let forged = machine.note(&machine.head(), &line(&machine.verdict("forged")));
    assert_eq!(machine.passed(), [""; 0], "{forged}");
}

#[test]
fn what_keeps_the_ref_from_moving_is_said() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let tip = machine.publish(&["fmt"]);
    // Nobody will take this lock away.
    machine
        .repo
        .git(&["config", "core.filesRefLockTimeout", "0"]);
    machine.repo.write(".git/refs/notes/tend.lock", "");
    let error = publish(
        &machine.open(),
        &machine.head(),
        &[machine.verdict("tests")],
    )
    .unwrap_err();
    assert!(error.to_string().contains("File exists"), "{error}");
    assert_eq!(machine.notes(), tip);
}

#[test]
fn refs_in_a_reftable_are_moved_too() {
    let Some(machine) = Machine::with(&["--ref-format=reftable"]) else {
        return;
    };
    machine.publish(&["fmt"]);
    machine.publish(&["tests"]);
    assert_eq!(machine.passed(), ["fmt", "tests"]);
}

#[test]
fn a_linked_worktree_publishes_into_the_same_ref() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let linked = machine.repo.beside("linked");
    machine.repo.git(&[
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.to_str().unwrap(),
    ]);
    let located = crate::git::discover(&linked, &crate::git::GitEnv::default()).unwrap();
    let repo = crate::git::Repo::open(&located).unwrap();
    publish(&repo, &machine.head(), &[machine.verdict("fmt")]).unwrap();
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn processes_that_publish_at_once_lose_nothing() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (located, head) = (machine.repo.located(), machine.head());
    let tasks: Vec<Vec<_>> = ["a", "b", "c"]
        .map(|name| {
            (0..4)
                .map(|n| machine.verdict(&format!("{name}{n}")))
                .collect()
        })
        .into();
    std::thread::scope(|scope| {
        for verdicts in &tasks {
            let (located, head) = (&located, &head);
            scope.spawn(move || {
                let repo = crate::git::Repo::open(located).unwrap();
                for verdict in verdicts {
                    publish(&repo, head, std::slice::from_ref(verdict)).unwrap();
                }
            });
        }
    });
    assert_eq!(machine.passed().len(), 12);
    let line = machine
        .repo
        .git(&["rev-list", "--count", "--first-parent", "refs/notes/tend"]);
    assert_eq!(line, "12");
}

#[test]
fn two_machines_merge_what_they_published_apart() {
    let Some(machine) = Machine::new() else {
        return;
    };
    machine.publish(&["before"]);
    // The other machine: a clone with a key of its own.
    let clone = machine.repo.beside("clone");
    let clone = clone.to_str().unwrap();
    machine.repo.git(&["clone", "--quiet", ".", clone]);
    let there = |args: &[&str]| machine.repo.git_in(clone.as_ref(), args, b"");
    there(&[
        "fetch",
        "--quiet",
        "origin",
        "refs/notes/tend:refs/notes/tend",
    ]);
    let other = machine.other_key();
    for (name, value) in [
        ("user.name", "Other"),
        ("user.email", "other@example.org"),
        ("gpg.format", "ssh"),
        ("user.signingKey", other.file.to_str().unwrap()),
    ] {
        there(&["config", name, value]);
    }
    let located = crate::git::discover(clone.as_ref(), &crate::git::GitEnv::default()).unwrap();
    let repo = crate::git::Repo::open(&located).unwrap();
    publish(&repo, &machine.head(), &[machine.verdict("theirs")]).unwrap();
    machine.publish(&["ours"]);
    machine.repo.git(&[
        "fetch",
        "--quiet",
        clone,
        "refs/notes/tend:refs/notes/tend-theirs",
    ]);
    machine.repo.git(&[
        "notes",
        "--ref=tend",
        "merge",
        "--quiet",
        "-s",
        "cat_sort_uniq",
        "tend-theirs",
    ]);
    let parents = machine
        .repo
        .git(&["log", "-1", "--format=%P", "refs/notes/tend"]);
    assert_eq!(parents.split(' ').count(), 2);
    machine.allow(&format!(
        "ci@example.org {}\nother@example.org {}",
        machine.key.public, other.public
    ));
    let shown = machine.repo.git(&["notes", "--ref=tend", "show", "HEAD"]);
    assert_eq!(shown.lines().count(), 3);
    assert_eq!(machine.passed(), ["before", "ours"]);
    let both = [signer(&other.fingerprint), signer("ci@example.org")];
    let found = accepted(&machine.open(), &machine.head(), &both).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|(shared, signer)| (shared.task.as_str(), signer.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("before", "ci@example.org"),
            ("ours", "ci@example.org"),
            ("theirs", &other.fingerprint)
        ]
    );
    // What comes after the merge is on top of it.
    machine.publish(&["after"]);
    assert_eq!(machine.passed(), ["after", "before", "ours"]);
}

#[test]
fn keys_and_their_settings_are_the_users() {
    // Git and what it starts look below these; where they point is the user's business.
    let kept = [
        "HOME",
        "GNUPGHOME",
        "SSH_AUTH_SOCK",
        "GPG_TTY",
        "XDG_CONFIG_HOME",
    ];
    let passed = crate::system::env::scrubbed(kept.map(|name| (name.into(), "x".into())));
    assert_eq!(passed.len(), kept.len());
    let Some(machine) = Machine::new() else {
        return;
    };
    // A program that signs is told the same home that this process has.
    let seen = machine.path("seen");
    let wrapper = machine.repo.beside("wrapper");
    let keygen = machine.keygen.display();
    let text = format!("#!/bin/sh\nprintf %s \"$HOME\" > '{seen}'\nexec '{keygen}' \"$@\"\n");
    super::script(&wrapper, &text);
    machine
        .repo
        .git(&["config", "gpg.ssh.program", wrapper.to_str().unwrap()]);
    machine.publish(&["fmt"]);
    let home = crate::system::env::raw("HOME").unwrap_or_default();
    assert_eq!(
        std::fs::read_to_string(seen).unwrap(),
        home.to_string_lossy()
    );
    assert_eq!(machine.passed(), ["fmt"]);
}

#[test]
fn a_key_of_another_kind_signs_too() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let file = machine.repo.beside("rsa");
    super::run(
        &machine.keygen,
        ["-q", "-t", "ecdsa", "-N", "", "-f", file.to_str().unwrap()],
    );
    let printed = super::run(&machine.keygen, ["-lf", file.to_str().unwrap()]);
    let key = Key {
        public: std::fs::read_to_string(file.with_extension("pub")).unwrap(),
        fingerprint: printed.split(' ').nth(1).unwrap().to_owned(),
        file,
    };
    machine.sign_with(&key);
    machine.allow(&format!("ci@example.org {}", key.public));
    machine.publish(&["fmt"]);
    let found = machine.judged(&key.signer());
    assert_eq!(found, [Ok(("fmt".to_owned(), key.fingerprint))]);
}

#[test]
fn a_repository_without_notes_has_no_verdicts() {
    let repo = TestRepo::new(&[]);
    let head = repo.commit("one");
    let signers = [signer("ci@example.org")];
    assert_eq!(accepted(&repo.open(), &head, &signers).unwrap(), []);
}
