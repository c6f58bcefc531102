//! The cases in which a script is tried, and what is told of them.

use std::fs;
use std::time::Duration;

use git_tend::optimize::recipe::{Parameter, SlotKind};
use git_tend::optimize::sandbox::{
    CaseKind, Interpreter, Level, Options, Report, Subject, TrialError, survey, try_out,
};
use git_tend::system::sandbox::{Bounds, Claim, End, How, Means};

use super::{Home, ISOLATING, holds};

/// A script that copies a file: it fails without its input, and doing it twice changes nothing.
const COPIES: &str = "set -eu\n\
    from= to=out.txt\n\
    while [ $# -gt 0 ]; do case $1 in --from) from=$2;; --to) to=$2;; *) exit 64;; esac; shift 2; done\n\
    [ -n \"$from\" ] || { echo 'no --from' >&2; exit 64; }\n\
    cat -- \"$from\" > \"$to.new\"\n\
    mv -- \"$to.new\" \"$to\"\n";

fn parameters() -> Vec<Parameter> {
    vec![
        Parameter {
            name: "from".to_owned(),
            kind: SlotKind::Path,
            default: None,
            observed: vec!["README.md".to_owned()],
        },
        Parameter {
            name: "to".to_owned(),
            kind: SlotKind::Path,
            default: Some("out.txt".to_owned()),
            observed: Vec::new(),
        },
    ]
}

fn tried(
    home: &Home,
    level: Level,
    interpreter: Interpreter,
    text: &str,
    parameters: &[Parameter],
    declared: &[&str],
) -> Report {
    let repository = home.repository();
    let subject = Subject {
        interpreter,
        text,
        parameters,
        repository: Some(&repository),
        declared: declared.iter().map(|&glob| glob.to_owned()).collect(),
        programs: ["cat", "mv", "git"].map(str::to_owned).into(),
    };
    let options = Options {
        level,
        ..home.options.clone()
    };
    try_out(&subject, &options).unwrap()
}

fn problems(report: &Report, kind: CaseKind) -> Vec<&str> {
    report
        .cases
        .iter()
        .filter(|case| case.kind == kind)
        .flat_map(|case| case.problems.iter().map(String::as_str))
        .collect()
}

#[test]
fn a_script_that_is_sound_passes() {
    let home = Home::new();
    // `cat` of an empty name fails, as does one that is not there: an incomplete copy stays, unless it is declared.
    let report = tried(
        &home,
        Level::Partial,
        Interpreter::Sh,
        COPIES,
        &parameters(),
        &["out.txt", "out.txt.new", ".new"],
    );
    assert!(report.passed, "{report:#?}");
    assert_eq!(report.success_rate, Some(1.0));
    assert_eq!(report.idempotent, Some(true));
    let kinds: Vec<CaseKind> = report.cases.iter().map(|case| case.kind).collect();
    assert_eq!(
        kinds,
        [
            CaseKind::Happy,
            CaseKind::Twice,
            CaseKind::MissingInput,
            CaseKind::AbsentFile,
            CaseKind::EmptyInput,
            CaseKind::EmptyInput,
            CaseKind::ReadOnly,
        ]
    );
    assert_eq!(report.cases[0].changes[0].path, "out.txt");
    assert!(report.cases[1].changes.is_empty());
    assert_eq!(report.cases[2].end, End::Exited(64));
    assert!(report.cases[2].stderr.text.contains("no --from"));
    assert_ne!(
        report.cases[6].end,
        End::Exited(0),
        "nothing can be written"
    );
    assert_eq!(report.not_enforced().count(), 0, "{report:#?}");
    // What is told can be kept, and read again.
    let kept = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&kept).unwrap(), report);
    // Nothing is left, of the throw-away folders and of the real repository's changes.
    let left: Vec<_> = fs::read_dir(home.sandboxes())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["slots"]);
    assert_eq!(home.git(&["status", "--short"]), "?? untracked.txt\n");
}

#[test]
fn a_script_that_appends_is_not_idempotent() {
    let home = Home::new();
    let report = tried(
        &home,
        Level::Partial,
        Interpreter::Sh,
        "date >> log",
        &[],
        &["log"],
    );
    assert_eq!(report.idempotent, Some(false));
    assert!(!report.passed);
    assert_eq!(
        problems(&report, CaseKind::Twice),
        ["the second run changed log"]
    );
    assert!(problems(&report, CaseKind::Happy).is_empty());
}

#[test]
fn a_script_that_says_nothing_of_what_it_changes_does_not_pass() {
    let home = Home::new();
    let script = "echo x > said; echo x > unsaid; git config tend.x y; echo x > ~/.profile";
    let report = tried(
        &home,
        Level::Partial,
        Interpreter::Bash,
        script,
        &[],
        &["said"],
    );
    assert_eq!(
        problems(&report, CaseKind::Happy),
        ["it changed .git/config and 2 more without having said so"]
    );
    assert!(!report.passed);
}

#[test]
fn a_script_that_does_not_look_at_its_input_does_not_pass() {
    let home = Home::new();
    let parameters = parameters();
    let report = tried(
        &home,
        Level::Full,
        Interpreter::Python,
        "print('fine')\n",
        &parameters,
        &[],
    );
    assert_eq!(
        problems(&report, CaseKind::MissingInput),
        ["it succeeded without a value that it needs"]
    );
    assert_eq!(
        problems(&report, CaseKind::AbsentFile),
        ["it succeeded although its input is not there"]
    );
    assert!(!report.passed);
    assert!(
        report
            .cases
            .iter()
            .all(|case| case.kind != CaseKind::ReadOnly)
    );
    assert!(holds(&report.standings, Claim::Repository));
}

#[test]
fn a_filter_of_jq_gets_its_file_and_its_values() {
    let home = Home::new();
    fs::write(home.repository().join("data.json"), "[1, 2, 3]\n").unwrap();
    home.git(&["add", "data.json"]);
    home.git(&["commit", "-qm", "data"]);
    let parameters = [
        Parameter {
            name: "file".to_owned(),
            kind: SlotKind::Path,
            default: Some("data.json".to_owned()),
            observed: Vec::new(),
        },
        Parameter {
            name: "how-many".to_owned(),
            kind: SlotKind::Num,
            default: Some("2".to_owned()),
            observed: Vec::new(),
        },
    ];
    let filter = "if length == ($how_many | tonumber) + 1 then add else error(\"no\") end";
    let report = tried(
        &home,
        Level::Full,
        Interpreter::Jq,
        filter,
        &parameters,
        &[],
    );
    assert_eq!(report.cases[0].stdout.text, "6\n", "{report:#?}");
    assert!(report.passed, "{report:#?}");
}

#[test]
fn what_cannot_be_run_here_says_so() {
    let home = Home::new();
    let report = tried(
        &home,
        Level::Full,
        Interpreter::AppleScript,
        "beep",
        &[],
        &[],
    );
    assert_eq!(report.not_run.as_deref(), Some("AppleScript needs macOS"));
    assert!(!report.passed && report.cases.is_empty());
}

#[test]
fn a_checked_out_commit_a_branch_with_a_slash_and_an_empty_repository_are_copied() {
    let home = Home::new();
    home.git(&["tag", "v1"]);
    home.git(&["checkout", "-qb", "feature/one"]);
    let script = "git symbolic-ref --short HEAD; git tag; git branch --format='%(refname:short)'; git status --short";
    let copied = |script: &str| {
        let report = tried(&home, Level::Partial, Interpreter::Sh, script, &[], &[]);
        report.cases[0].stdout.text.clone()
    };
    assert_eq!(copied(script), "feature/one\nv1\nfeature/one\nmain\n");
    home.git(&["checkout", "-q", "--detach"]);
    let head = home.git(&["rev-parse", "HEAD"]);
    assert_eq!(
        copied("git rev-parse HEAD; git for-each-ref --format='%(refname)'"),
        format!("{head}refs/heads/feature/one\nrefs/heads/main\nrefs/tags/v1\n")
    );
    fs::remove_dir_all(home.repository().join(".git")).unwrap();
    home.git(&["init", "-q", "-b", "empty"]);
    assert_eq!(copied("git symbolic-ref HEAD"), "refs/heads/empty\n");
}

#[test]
fn a_folder_that_is_no_repository_is_an_error() {
    let home = Home::new();
    let folder = home.path().join("home");
    let subject = Subject {
        interpreter: Interpreter::Sh,
        text: "true",
        parameters: &[],
        repository: Some(&folder),
        declared: Vec::new(),
        programs: Vec::new(),
    };
    let error = try_out(&subject, &home.options).unwrap_err();
    assert!(
        error.to_string().starts_with("copy the repository: "),
        "{error}"
    );
    assert!(!home.sandboxes().join("01").exists());
}

#[test]
fn without_isolation_nothing_is_said_to_hold() {
    let home = Home::new();
    let report = home.once(Means::None, Level::Partial, Interpreter::Sh, "true");
    assert_eq!(super::end(&report), &End::Exited(0));
    assert_eq!(report.means, Some(Means::None));
    // The kernel counts the processes of everybody but root.
    let lacking: Vec<Claim> = report
        .not_enforced()
        .map(|(claim, _)| claim)
        .filter(|claim| *claim != Claim::Count)
        .collect();
    assert_eq!(
        lacking,
        [
            Claim::Write,
            Claim::Read,
            Claim::Network,
            Claim::Sockets,
            Claim::Processes,
            Claim::Privileges,
            Claim::Terminal,
            Claim::TotalMemory,
            Claim::Disk,
            Claim::Time,
            Claim::Remains,
        ]
    );
}

#[test]
fn what_is_demanded_and_not_there_is_refused() {
    let home = Home::new();
    for (level, means) in [(Level::Partial, Means::None), (Level::Full, Means::None)] {
        let subject = Subject {
            interpreter: Interpreter::Sh,
            text: "touch ran",
            parameters: &[],
            repository: None,
            declared: Vec::new(),
            programs: Vec::new(),
        };
        let options = Options {
            means: Some(means),
            level,
            require: true,
            consent: true,
            ..home.options.clone()
        };
        let error = try_out(&subject, &options).unwrap_err();
        let TrialError::NotEnforced { missing, .. } = &error else {
            panic!("{error}");
        };
        assert!(missing.contains(&Claim::Write) && missing.contains(&Claim::Network));
        assert!(
            error.to_string().contains("write outside its folder"),
            "{error}"
        );
    }
    let minimal = Options {
        level: Level::Minimal,
        consent: false,
        ..home.options.clone()
    };
    assert!(matches!(survey(&minimal).map(drop), Ok(())));
    let subject = Subject {
        interpreter: Interpreter::Sh,
        text: "true",
        parameters: &[],
        repository: None,
        declared: Vec::new(),
        programs: Vec::new(),
    };
    assert!(matches!(
        try_out(&subject, &minimal),
        Err(TrialError::Consent)
    ));
}

#[test]
fn every_means_keeps_what_the_levels_promise_here() {
    let home = Home::new();
    for means in ISOLATING {
        for level in [Level::Full, Level::Partial] {
            let options = Options {
                means: Some(means),
                level,
                ..home.options.clone()
            };
            let found = survey(&options).unwrap();
            let standings = found[0].standings.as_ref().unwrap();
            for claim in level.claims() {
                assert!(
                    holds(standings, claim),
                    "{means:?} {level:?} {claim:?}: {standings:#?}"
                );
            }
            let silent = standings
                .iter()
                .filter(|standing| matches!(&standing.how, How::Enforced(by) if by.is_empty()))
                .count();
            assert_eq!(silent, 0);
            assert_eq!(standings.len(), Claim::ALL.len());
        }
    }
}

#[test]
fn three_run_at_once_and_a_fourth_waits_or_is_refused() {
    let home = Home::new();
    let options = Options {
        means: Some(Means::Landlock),
        bounds: Bounds::default(),
        wait: Duration::ZERO,
        ..home.options.clone()
    };
    let slots = git_tend::drain::slots::Slots::new(home.sandboxes().join("slots"), 3);
    fs::create_dir_all(home.sandboxes().join("slots")).unwrap();
    let mut held: Vec<_> = (0..3)
        .map(|_| slots.try_acquire().unwrap().unwrap())
        .collect();
    assert!(matches!(survey(&options), Err(TrialError::Busy)));
    held.pop();
    assert!(survey(&options).is_ok());
}

#[test]
fn what_a_killed_run_left_is_removed_by_the_next() {
    let home = Home::new();
    let top = home.sandboxes().join("01");
    fs::create_dir_all(top.join("tree/deep")).unwrap();
    fs::write(top.join("tree/deep/file"), "x").unwrap();
    fs::create_dir_all(home.sandboxes().join("01.outside")).unwrap();
    let canonical = top.canonicalize().unwrap();
    let mut left = std::process::Command::new("sleep")
        .arg("600")
        .env("TEND_RUN", format!("sandbox:{}", canonical.display()))
        .spawn()
        .unwrap();
    // A process is found by its variables once it has become the program.
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while !fs::read(format!("/proc/{}/cmdline", left.id()))
        .is_ok_and(|line| line.starts_with(b"sleep"))
        && std::time::Instant::now() < until
    {
        std::thread::yield_now();
    }
    let report = tried(&home, Level::Partial, Interpreter::Sh, "ls -A", &[], &[]);
    assert_eq!(
        report.cases[0].stdout.text, ".git\nREADME.md\n",
        "{report:#?}"
    );
    assert!(!left.wait().unwrap().success());
    assert!(!top.exists() && !home.sandboxes().join("01.outside").exists());
}
