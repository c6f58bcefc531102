//! From a real repository to the file: nobody but the user gets in.

#![allow(clippy::unwrap_used)]

use std::fs;

use bstr::{BStr, BString, ByteSlice};
use jiff::Timestamp;

use super::gather::{Place, look, owner};
use super::store::ProfileStore;
use super::{Profile, Scope, Steward, Value, rows};
use crate::analyze::history::{People, update};
use crate::analyze::languages::Language;
use crate::git::testing::TestRepo;
use crate::system::git_command::GitCommand;

const JANE: (&str, &str) = ("Jane Doe", "jane@example.org");
const BOB: (&str, &str) = ("Bobo Marten", "bobo.marten@corp.example");

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// A commit of somebody's, at this second and offset.
fn commit(repo: &TestRepo, who: (&str, &str), date: &str, message: &str) {
    repo.git(&["add", "--all"]);
    let done = GitCommand::in_folder(repo.top())
        .args(["-c", &format!("user.name={}", who.0)])
        .args(["-c", &format!("user.email={}", who.1)])
        .args(["commit", "--quiet", "--allow-empty", "--message", message])
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .run();
    done.unwrap();
}

/// Jane commits Rust at 09:30 in India, Bobo Python at 22:13 in Newfoundland; everything that can name people names
/// him.
fn shared_repository() -> TestRepo {
    let repo = TestRepo::new(&[]);
    let day = 86_400;
    repo.write(
        "LICENSE",
        "MIT License\n\nCopyright (c) 2020 Bobo Marten, Jane Doe\n",
    );
    repo.write(
        "package.json",
        r#"{"author": "Bobo Marten <bobo.marten@corp.example>"}"#,
    );
    repo.write(
        "Cargo.toml",
        "[package]\nname = \"x\"\nauthors = [\"Jane D. <JANE@example.org>\", \"Bobo Marten <bobo.marten@corp.example>\"]\n",
    );
    repo.write(
        "CONTRIBUTING.md",
        "- Never push to main.\n- Always ask Bobo first.\n- You must mail bobo.marten@corp.example.\n\
         - Pull requests must be approved by @bobo.\n- Keep BOBO MARTEN informed.\n",
    );
    commit(
        &repo,
        BOB,
        "1699900000 -0330",
        "init\n\nSigned-off-by: Bobo Marten <bobo.marten@corp.example>",
    );
    for number in 0..12 {
        repo.write(&format!("src/{number}.rs"), "fn a() {}");
        let date = format!("{} +0530", 1_699_934_400 - 3 * day + number * 60);
        let message = format!(
            "feat: add {number}\n\nSigned-off-by: Jane Doe <jane@example.org>\nCo-authored-by: Bobo Marten <bobo.marten@corp.example>"
        );
        commit(&repo, JANE, &date, &message);
        repo.write(&format!("lib/{number}.py"), "a = 1");
        let date = format!("{} -0330", 1_699_920_000 + number * 60);
        commit(&repo, BOB, &date, "Whatever (ABC-1)");
    }
    for (who, branches) in [
        (JANE, ["feat/one-two", "fix/three-four", "fix/5-six"]),
        (BOB, ["bobo_x/a_b", "bobo_x/c_d", "bobo_x/e_f"]),
    ] {
        let offset = if who == JANE { "+0530" } else { "-0330" };
        commit(&repo, who, &format!("1699934500 {offset}"), "tip");
        for branch in branches {
            repo.git(&["branch", branch]);
        }
    }
    repo.git(&["config", "user.name", JANE.0]);
    repo.git(&["config", "user.email", JANE.1]);
    repo
}

fn language(path: &BStr) -> Option<String> {
    Language::of(path).map(|language| language.name.to_owned())
}

fn looked(repo: &TestRepo, profile: &mut Profile, now: Timestamp) -> Steward {
    let opened = repo.open();
    let tip = repo.tip("HEAD");
    let (state, _) = update(&opened, None, std::slice::from_ref(&tip)).unwrap();
    let people = People::read(&opened, &state);
    let owner = owner(&opened, profile).unwrap();
    let frameworks = [("axum", "src"), ("django", "lib")];
    let place = Place {
        repo: &opened,
        commit: Some(&tip),
        state: &state,
        people: &people,
        language: &language,
        frameworks: &frameworks.map(|(name, folder)| (name.to_owned(), BString::from(folder))),
    };
    let observed = look(&place, &owner, now).unwrap();
    Steward::hear(profile, "r", observed, now)
}

fn said(profile: &Profile, key: &str) -> Option<String> {
    let shown = profile.shown(Some("r"), at(1_700_000_000));
    let one = shown.iter().find(|one| one.key == key)?;
    Some(format!(
        "{} {:.2} {}",
        one.value,
        one.confidence,
        one.sources.join(",")
    ))
}

#[test]
fn the_user_is_known_and_nothing_of_a_colleague_is() {
    let repo = shared_repository();
    let mut profile = Profile::default();
    let result = looked(&repo, &mut profile, at(1_700_000_000));
    for (key, expected) in [
        (
            "identity.name",
            "Jane Doe 0.84 LICENSE,Signed-off-by,git config",
        ),
        (
            "identity.email",
            "jane@example.org 1.00 Cargo.toml,Signed-off-by,git config",
        ),
        ("languages", "Rust 0.95 own files"),
        ("frameworks", "axum 0.95 own files"),
        ("commit.style", "conventional 0.89 commits"),
        ("work.peak_hours", "09:00 0.95 commits"),
        ("work.utc_offsets", "+0530 0.95 commits"),
        ("branch.naming", "type/kebab-case 0.95 branches"),
        ("branch.issues", "rare 0.68 branches"),
        ("rules", "Never push to main. 0.50 rule files"),
    ] {
        assert_eq!(said(&profile, key).as_deref(), Some(expected), "{key}");
    }
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::new(folder.path());
    store.change(|kept| *kept = profile.clone()).unwrap();
    let shown = profile.shown(Some("r"), at(1_700_000_000));
    for text in [
        fs::read_to_string(store.path()).unwrap(),
        serde_json::to_string(&result).unwrap(),
        serde_json::to_string(&profile.export(at(1_700_000_000))).unwrap(),
        format!("{:?}", rows(&shown, None)),
    ] {
        let text = text.to_lowercase();
        for word in [
            "bob",
            "marten",
            "corp.example",
            "-0330",
            "python",
            "django",
            "22:00",
            "20:00",
            "snake",
        ] {
            assert!(!text.contains(word), "{word} in {text}");
        }
    }
}

#[test]
fn the_colleague_sees_the_same_repository_the_other_way_round() {
    let repo = shared_repository();
    repo.git(&["config", "user.name", BOB.0]);
    repo.git(&["config", "user.email", &BOB.1.to_uppercase()]);
    let mut profile = Profile::default();
    looked(&repo, &mut profile, at(1_700_000_000));
    assert_eq!(
        said(&profile, "languages").unwrap().split(' ').next(),
        Some("Python")
    );
    let kept = serde_json::to_string(&profile).unwrap().to_lowercase();
    for word in ["jane", "doe", "+0530", "rust\"", "axum"] {
        assert!(!kept.contains(word), "{word} in {kept}");
    }
}

#[test]
fn the_same_look_gives_the_same_bytes_and_changes_nothing_twice() {
    let repo = shared_repository();
    let now = at(1_700_000_000);
    let bytes = || {
        let mut profile = Profile::default();
        let result = looked(&repo, &mut profile, now);
        (
            serde_json::to_string(&result).unwrap(),
            serde_json::to_string(&profile).unwrap(),
        )
    };
    assert_eq!(bytes(), bytes());
    let mut profile = Profile::default();
    assert!(looked(&repo, &mut profile, now).changed);
    let first = profile.clone();
    let again = looked(&repo, &mut profile, now);
    assert!(!again.changed && again.changes.is_empty() && !again.observed.is_empty());
    assert_eq!(profile, first);
}

#[test]
fn an_earlier_address_is_remembered_and_its_commits_are_the_users() {
    let repo = shared_repository();
    let mut profile = Profile::default();
    looked(&repo, &mut profile, at(1_700_000_000));
    repo.git(&["config", "user.email", "jane@new.example"]);
    looked(&repo, &mut profile, at(1_700_100_000));
    assert_eq!(profile.emails(), ["jane@example.org", "jane@new.example"]);
    assert_eq!(
        said(&profile, "languages").unwrap().split(' ').next(),
        Some("Rust")
    );
    // Who never had that address is somebody else.
    let mut other = Profile::default();
    let result = looked(&repo, &mut other, at(1_700_100_000));
    let keys: Vec<_> = result.observed.iter().map(|seen| seen.key).collect();
    assert!(
        !keys.contains(&"languages") && !keys.contains(&"work.peak_hours"),
        "{keys:?}"
    );
}

#[test]
fn without_an_address_nobody_is_the_user() {
    let repo = shared_repository();
    repo.git(&["config", "user.name", ""]);
    repo.git(&["config", "user.email", ""]);
    let mut profile = Profile::default();
    let result = looked(&repo, &mut profile, at(1_700_000_000));
    let keys: Vec<_> = result.observed.iter().map(|seen| seen.key).collect();
    assert_eq!(keys, ["rules"]);
    let kept = serde_json::to_vec(&profile).unwrap();
    assert!(!kept.contains_str("Jane") && !kept.contains_str("Bobo"));
}

#[test]
fn what_is_forgotten_is_not_told_by_the_next_look_either() {
    let repo = shared_repository();
    let mut profile = Profile::default();
    profile.forget("work", at(0)).unwrap();
    profile
        .correct(Scope::Everywhere, "identity.name", "J", at(0))
        .unwrap();
    let result = looked(&repo, &mut profile, at(1_700_000_000));
    assert!(!serde_json::to_string(&result).unwrap().contains("work."));
    assert_eq!(profile.common["identity.name"].value, Value::text("J"));
    profile.forget_all(at(1_700_000_001));
    let result = looked(&repo, &mut profile, at(1_700_000_002));
    assert!(result.observed.is_empty() && !result.changed);
}
