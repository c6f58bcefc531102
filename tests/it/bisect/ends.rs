//! How a search ends, and what is said then.

use super::*;
use crate::support::tool;

/// Fails as [`INTACT`]; where there is a file `dies` it comes to no verdict.
const MAY_DIE: &str =
    "echo $TEND_COMMIT >>$SEEN/runs; if [ -e dies ]; then kill -9 $$; fi; test ! -e broken";

#[test]
fn a_person_reads_who_when_what_and_how_many() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    let commits = bench.line(8, 2);
    let said = bench.bisect(&["--now", "--good", &good]).code(0).stdout;
    for part in [
        &format!("intact: {} is the first bad commit", &commits[2][..10]),
        "number 2 · A. Author · ",
        "exits with code 3",
        "| it is broken",
        "5 runs",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    let listed = bench.world.tend(["bisect"]).code(0).stdout;
    assert_eq!(listed, said);
}

#[test]
fn what_comes_to_no_verdict_is_passed_by() {
    let bench = Bench::new(MAY_DIE);
    let good = bench.head();
    let commits = bench.commits(16, |number| match number {
        6 => Some(("dies", Some(""))),
        9 => Some(("dies", None)),
        12 => Some(("broken", Some(""))),
        _ => None,
    });
    let found = bench.now(&good, &[], 0);
    assert_eq!(found["commit"]["id"], commits[12].as_str(), "{found:#}");
    let came = |name: &str| {
        steps(&found)
            .iter()
            .filter(|(_, came)| came == name)
            .count()
    };
    assert!(came("skipped") >= 1, "{found:#}");
    assert!(bench.runs() <= 8, "{}", bench.runs());
}

#[test]
fn those_that_cannot_be_told_apart_are_named() {
    let bench = Bench::new(MAY_DIE);
    let good = bench.head();
    let commits = bench.commits(10, |number| match number {
        4 => Some(("dies", Some(""))),
        5 => Some(("broken", Some(""))),
        6 => Some(("dies", None)),
        _ => None,
    });
    let ended = bench.now(&good, &[], 1);
    assert_eq!(ended["state"], "none");
    let reason = ended["reason"].as_str().unwrap();
    assert!(reason.contains("one of 3 commits"), "{reason}");
    for (number, commit) in commits.iter().enumerate() {
        let is_named = reason.contains(&commit[..10]);
        assert_eq!(is_named, (4..7).contains(&number), "{number}: {reason}");
    }
}

#[test]
fn ends_that_are_not_as_they_were_named_are_noticed() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    let commits = bench.line(6, 3);
    let not_bad = bench.now(&good, &["--bad", &commits[2]], 1);
    assert!(not_bad["reason"].as_str().unwrap().contains("is not bad"));
    let not_good = bench.now(&commits[3], &[], 1);
    assert!(not_good["reason"].as_str().unwrap().contains("is not good"));
    for (words, expected) in [
        (vec!["--good", "nonsense"], "is no commit"),
        (vec!["--good", "HEAD"], "cannot be good and bad"),
        (
            vec!["--good", "HEAD", "--bad", "HEAD~1"],
            "does not lead to",
        ),
    ] {
        let ran = bench.bisect(&words).code(2);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
    let other = Bench::new(INTACT);
    other.line(2, 0);
    let ran = other.bisect(&[]).code(2);
    assert!(ran.stderr.contains("--good REV"), "{}", ran.stderr);
    let ran = other.world.tend(["bisect", "intakt"]).code(2);
    assert!(ran.stderr.contains("did you mean intact"), "{}", ran.stderr);
    let listed = other.world.tend(["bisect"]).code(0);
    assert!(listed.stderr.contains("nothing is searched for"));
}

#[test]
fn a_task_that_is_not_approved_is_refused() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    bench.line(4, 1);
    bench.world.tend(["trust", "--revoke", "intact"]).code(0);
    bench.bisect(&["--good", &good]).code(3);
}

#[test]
fn a_program_that_is_missing_is_no_verdict() {
    let bench = Bench::with(
        INTACT,
        "[task.other]\nrun = [\"no-such-program\"]\nworkspace = \"commit\"",
    );
    let good = bench.head();
    bench.line(4, 2);
    let words = ["bisect", "other", "--now", "--json", "--good", &good];
    let ran = bench.world.tend(words).code(1).json();
    let reason = ran["bisections"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("comes to no verdict"), "{reason}");
    assert!(
        reason.contains("no-such-program is not installed"),
        "{reason}"
    );
}

#[test]
fn a_rewritten_history_ends_it() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    bench.line(8, 4);
    bench.bisect(&["--good", &good]).code(0);
    bench.world.git(["reset", "--quiet", "--hard", &good]);
    bench.world.git([
        "reflog",
        "expire",
        "--expire=now",
        "--expire-unreachable=now",
        "--all",
    ]);
    bench.world.git(["gc", "--quiet", "--prune=now"]);
    bench.world.tend(["drain", "--quiet"]).code(0);
    let ended = bench.newest();
    assert_eq!(ended["state"], "none");
    let reason = ended["reason"].as_str().unwrap();
    assert!(reason.contains("is gone"), "{reason}");
    let live = bench.world.tend(["queue", "--json"]).code(0).json();
    assert_eq!(live["jobs"].as_array().unwrap().len(), 0);
}

#[test]
fn a_task_that_is_gone_ends_it() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    bench.line(8, 4);
    bench.bisect(&["--good", &good]).code(0);
    bench
        .world
        .write("tend.toml", "[defaults]\nbuiltin = false\n");
    bench.world.tend(["drain", "--quiet"]);
    let ended = bench.newest();
    assert_eq!(ended["state"], "none", "{ended:#}");
    assert!(ended["reason"].as_str().unwrap().contains("no task intact"));
}

#[test]
fn findings_that_were_there_before_do_not_count() {
    let Some(ruff) = tool("ruff") else { return };
    let bench = Bench {
        world: World::unborn(),
    };
    bench.world.write(
        "tend.toml",
        format!(
            "[defaults]\nbuiltin = false\n[task.intact]\nrun = [{ruff:?}, \"check\", \"--no-cache\", \"--output-format=sarif\", \".\"]\noutput = \"sarif\"\nfiles = [\"**/*.py\"]\n"
        ),
    );
    bench.world.write("old.py", "import os\n");
    let good = bench.world.commit("an old finding");
    bench.world.tend(["trust", "--yes"]).code(0);
    let commits = bench.commits(12, |number| match number {
        // It moves, and is the same.
        3 => Some(("old.py", Some("# moved\n\nimport os\n"))),
        7 => Some(("new.py", Some("import sys\n"))),
        9 => Some(("fine.py", Some("x = 1\n"))),
        _ => None,
    });
    let found = bench.now(&good, &[], 0);
    assert_eq!(found["commit"]["id"], commits[7].as_str(), "{found:#}");
    assert_eq!(found["broken"]["count"], 1);
    assert_eq!(
        found["broken"]["findings"][0]["place"]["path"], "new.py",
        "{found:#}"
    );
    let said = bench.world.tend(["bisect"]).code(0).stdout;
    assert!(said.contains("new.py:1"), "{said}");
    assert!(!said.contains("old.py"), "{said}");
    // Without the last of the new ones, nothing is worse than before.
    let not_bad = bench.now(&good, &["--bad", &commits[6]], 1);
    assert!(
        not_bad["reason"].as_str().unwrap().contains("is not bad"),
        "{not_bad:#}"
    );
}
