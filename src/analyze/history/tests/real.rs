//! Against git itself.

use std::collections::BTreeMap;
use std::path::Path;

use bstr::{BString, ByteSlice};
use jiff::Timestamp;

use super::super::{Patterns, People, State, Update, View, describe, describe_own, update};
use crate::git::testing::TestRepo;
use crate::git::{Oid, Repo};
use crate::system::git_command::GitCommand;

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn tracked(repo: &Repo, tip: &Oid) -> Vec<BString> {
    let entries = repo.entries(tip).unwrap();
    entries.into_iter().map(|entry| entry.path).collect()
}

fn patterns(repo: &Repo, state: &State, now: Timestamp) -> Patterns {
    let people = People::read(repo, state);
    let tip = repo.resolve_commit("HEAD").unwrap();
    let tracked = tracked(repo, &tip);
    describe(
        state,
        &View {
            people: &people,
            tracked: &tracked,
            now,
        },
    )
}

fn cold(repo: &Repo) -> State {
    let tip = repo.resolve_commit("HEAD").unwrap();
    update(repo, None, &[tip]).unwrap().0
}

/// Runs the command that the result names, and counts.
fn counted(folder: &Path, command: &str) -> Vec<(BString, u32)> {
    let words = command.strip_prefix("git ").unwrap().split(' ');
    let said = GitCommand::in_folder(folder)
        .args(words)
        .arg("-z")
        .run()
        .unwrap();
    let mut counts: BTreeMap<&[u8], u32> = BTreeMap::new();
    for path in said.split_str("\0").filter(|path| !path.is_empty()) {
        *counts.entry(path).or_default() += 1;
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|(path, count)| (path.into(), count))
        .collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(10);
    counts
}

/// Commits with dates of their own, days before a fixed day.
fn commit_at(repo: &TestRepo, days_before: i64, paths: &[&str]) {
    for path in paths {
        repo.write(
            path,
            format!(
                "{days_before} {}",
                repo.git(&["rev-list", "--all", "--count"])
            ),
        );
    }
    repo.git(&["add", "--all"]);
    let date = format!("{} -0330", 1_700_000_000 - days_before * 86_400);
    let done = GitCommand::in_folder(repo.top())
        .args(["-c", "user.name=T", "-c", "user.email=t@example.org"])
        .args(["commit", "--quiet", "--allow-empty", "--message", "Fix it"])
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date)
        .run();
    done.unwrap();
}

#[test]
fn hot_files_are_those_of_gits_own_pipeline() {
    let repo = TestRepo::new(&[]);
    commit_at(&repo, 400, &["rests", "odd \n\u{e9}"]);
    commit_at(&repo, 40, &["old", "a"]);
    for day in (1..31).rev() {
        let names: Vec<String> = (0..day % 4)
            .map(|n| format!("d{}/{}", n % 2, (day + n) % 13))
            .collect();
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.extend(
            ["a", "odd \n\u{e9}"]
                .iter()
                .take(usize::try_from(day % 3).unwrap()),
        );
        commit_at(&repo, day, &names);
        // A commit whose date went back: git does not look behind it.
        if day == 20 {
            commit_at(&repo, 50, &["skewed"]);
        }
        if day % 7 == 0 {
            repo.git(&["switch", "--quiet", "--create", &format!("side{day}")]);
            commit_at(&repo, day, &["side", "a"]);
            repo.git(&["switch", "--quiet", "main"]);
            commit_at(&repo, day, &["b"]);
            repo.git(&["merge", "--quiet", "--no-edit", &format!("side{day}")]);
        }
    }
    let state = cold(&repo.open());
    for now in [
        1_700_000_000,
        1_699_000_000,
        1_700_000_000 + 10 * 86_400,
        1_900_000_000,
    ] {
        let found = patterns(&repo.open(), &state, seconds(now)).hot_files;
        let files: Vec<_> = found
            .files
            .iter()
            .map(|file| (file.path.0.clone(), file.changes))
            .collect();
        assert_eq!(files, counted(repo.top(), &found.command), "{now}");
        assert!(!files.is_empty());
    }
    // The repository rests: the window ends at its newest commit.
    let resting = patterns(&repo.open(), &state, seconds(1_900_000_000)).hot_files;
    assert!(resting.window.until < seconds(1_800_000_000));
    assert_eq!(
        resting.window.until - resting.window.since,
        jiff::Span::new().seconds(30 * 86_400).fieldwise()
    );
    let all = patterns(&repo.open(), &state, seconds(1_700_000_000));
    let churn = &all.churn;
    assert_eq!(churn.untouched.files, 1, "{churn:?}");
    assert_eq!(all.work_hours.offsets[0].offset, "-0330");
}

#[test]
fn amended_rebased_and_merged_is_as_if_read_at_once() {
    let repo = TestRepo::new(&[]);
    let mut state: Option<State> = None;
    let check = |repo: &TestRepo, state: &mut Option<State>, expected: Option<Update>| {
        let now = seconds(1_700_010_000);
        let (open, tip) = (repo.open(), repo.tip("HEAD"));
        let (warm, how) = update(&open, state.take(), &[tip]).unwrap();
        if let Some(expected) = expected {
            assert_eq!(how, expected);
        }
        let warm = State::from_bytes(&warm.to_bytes()).unwrap();
        let cold = cold(&open);
        assert_eq!(warm.sums, cold.sums);
        let (one, other) = (patterns(&open, &warm, now), patterns(&open, &cold, now));
        let text = |patterns: &Patterns| serde_json::to_string(patterns).unwrap();
        assert_eq!(text(&one), text(&other));
        *state = Some(warm);
    };
    repo.commit_files(&[("a", "1"), ("b", "1")]);
    check(&repo, &mut state, Some(Update::Cold { commits: 1 }));
    repo.commit_files(&[("a", "2"), ("c/d", "1")]);
    check(
        &repo,
        &mut state,
        Some(Update::Warm {
            added: 1,
            removed: 0,
        }),
    );
    repo.write("only once", "1");
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    check(
        &repo,
        &mut state,
        Some(Update::Warm {
            added: 1,
            removed: 1,
        }),
    );
    repo.git(&["switch", "--quiet", "--create", "side", "HEAD~1"]);
    check(
        &repo,
        &mut state,
        Some(Update::Warm {
            added: 0,
            removed: 1,
        }),
    );
    for n in 0..5 {
        repo.commit_files(&[("side", &n.to_string()), ("a", &format!("side {n}"))]);
    }
    check(
        &repo,
        &mut state,
        Some(Update::Warm {
            added: 5,
            removed: 0,
        }),
    );
    repo.git(&["switch", "--quiet", "main"]);
    repo.git(&[
        "merge",
        "--quiet",
        "--no-edit",
        "--strategy-option=ours",
        "side",
    ]);
    check(
        &repo,
        &mut state,
        Some(Update::Warm {
            added: 2,
            removed: 0,
        }),
    );
    repo.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repo.git(&["rebase", "--quiet", "--strategy-option=ours", "side"]);
    check(&repo, &mut state, None);
    // The commits that left are gone for good: everything is read.
    repo.git(&["switch", "--quiet", "--orphan", "fresh"]);
    let before = state.clone();
    repo.commit_files(&[("z", "1")]);
    repo.git(&["branch", "--quiet", "-D", "main", "side"]);
    repo.git(&["reflog", "expire", "--expire=all", "--all"]);
    repo.git(&["gc", "--quiet", "--prune=now"]);
    check(&repo, &mut state, Some(Update::Cold { commits: 1 }));
    assert_ne!(before, state);
}

#[test]
fn people_are_those_of_the_mailmap_and_programs_are_none() {
    let repo = TestRepo::new(&[]);
    let by = |who: &str, path: &str, content: &str, message: &str| {
        repo.write(path, content);
        repo.git(&["add", "--all"]);
        repo.git(&["commit", "--quiet", "--author", who, "--message", message]);
    };
    by("Ada <ada@work>", "core/a", "1", "feat: add a\n\nWhy.");
    by("ada <ADA@home>", "core/a", "2", "Added more (#12)");
    by(
        "Bob <bob@x>",
        "core/b",
        "1",
        "Add b\n\nCo-authored-by: Ada <ada@work>",
    );
    by("Ada <ada@work>", "core/c", "1", "fix(c): handle it");
    by(
        "dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>",
        "lock",
        "1",
        "Bump x",
    );
    let (open, now) = (repo.open(), seconds(1_700_000_600));
    let state = cold(&open);
    let before = patterns(&open, &state, now);
    assert_eq!((before.commits, before.bot_commits), (5, 1));
    assert_eq!(before.bots, ["dependabot[bot]".into()]);
    assert_eq!(before.ownership.authors, 3);
    assert_eq!(before.work_hours.commits, 4);
    // The state holds whatever the mailmap says.
    repo.write(".mailmap", "Ada Lovelace <ada@work> <ada@home>\n");
    let after = patterns(&open, &state, now);
    let core = &after.ownership.folders[0];
    assert_eq!((core.folder.0.as_bstr(), core.files), ("core".into(), 3));
    assert_eq!(
        (core.authors, core.main_share, core.bus_factor),
        (2, 0.75, 1)
    );
    assert_eq!(core.single_author_files, 3);
    assert_eq!(after.ownership.authors, 2);
    // Nowhere else is anybody named.
    let mut text = serde_json::to_value(&after).unwrap();
    text["ownership"]["folders"] = ().into();
    let text = text.to_string();
    assert!(
        !text.contains("Ada") && !text.contains("Bob") && !text.contains('@'),
        "{text}"
    );

    let people = People::read(&open, &state);
    let own = describe_own(&state, &people, &["Ada@Home"], now);
    let style = &own.commit_style;
    assert_eq!((style.commits, own.work_hours.commits), (3, 3));
    assert!(
        (style.conventional_share - 0.6667).abs() < 1e-9,
        "{style:?}"
    );
    assert!((style.imperative_share - 0.6667).abs() < 1e-9, "{style:?}");
    assert!((style.body_share - 0.3333).abs() < 1e-9, "{style:?}");
    assert!((style.issue_share - 0.3333).abs() < 1e-9, "{style:?}");
    assert!(style.co_author_share.abs() < 1e-9);
    assert_eq!(
        describe_own(&state, &people, &["nobody@x", ""], now)
            .commit_style
            .commits,
        0
    );
    let names: Vec<_> = after
        .list()
        .into_iter()
        .map(|pattern| pattern.name)
        .collect();
    assert_eq!(
        names,
        [
            "hot_files",
            "churn",
            "ownership",
            "work_hours",
            "commit_style"
        ]
    );
}

#[test]
fn files_that_change_together() {
    let repo = TestRepo::new(&[]);
    for n in 0..10 {
        let n = n.to_string();
        repo.commit_files(&[("a", &n), ("b", &n), ("with a", &n)]);
        repo.commit_files(&[("b", &format!("{n}b")), (&format!("other{n}"), "")]);
    }
    let all: Vec<(String, String)> = (0..40).map(|n| (format!("m{n}"), "x".into())).collect();
    let all: Vec<(&str, &str)> = all.iter().map(|(a, b)| (&**a, &**b)).collect();
    repo.commit_files(&all);
    let found = patterns(&repo.open(), &cold(&repo.open()), seconds(1_700_010_000)).co_change;
    assert_eq!((found.commits, found.pairs.len()), (20, 1));
    let group = &found.groups[0];
    assert_eq!((group.count, group.commits, found.groups.len()), (2, 10, 1));
    assert_eq!(group.files, ["a".into(), "with a".into()]);
    let pair = &found.pairs[0];
    assert_eq!(
        (pair.file.0.as_bstr(), pair.with.0.as_bstr(), pair.together),
        ("a".into(), "b".into(), 10)
    );
    assert!((pair.degree - 0.6667).abs() < 1e-9);
}

#[test]
fn sha256_and_several_tips() {
    let repo = TestRepo::new(&["--object-format=sha256"]);
    repo.commit_files(&[("a", "1")]);
    repo.git(&["branch", "side"]);
    repo.commit_files(&[("a", "2")]);
    let first = update(&repo.open(), None, &[repo.tip("HEAD"), repo.tip("HEAD")])
        .unwrap()
        .0;
    assert_eq!(State::from_bytes(&first.to_bytes()), Some(first.clone()));
    repo.git(&["switch", "--quiet", "side"]);
    repo.commit_files(&[("b", "1")]);
    let tips = [repo.tip("main"), repo.tip("side")];
    let (warm, how) = update(&repo.open(), Some(first), &tips).unwrap();
    assert_eq!(
        how,
        Update::Warm {
            added: 1,
            removed: 0
        }
    );
    assert_eq!(update(&repo.open(), None, &tips).unwrap().0, warm);
    assert_eq!((warm.commits(), warm.merges(), warm.paths()), (3, 0, 2));
}
