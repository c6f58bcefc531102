//! Verdicts that are known are not made again.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const GATE: &str = "[hooks.pre-commit]\ngates = [\"intact\"]\nbudget = \"60s\"";

/// Lets git ask the gates before each commit.
fn with_hook(bench: &Bench) {
    let hook = bench.world.repo().join(".git/hooks/pre-commit");
    fs::create_dir_all(hook.parent().unwrap()).unwrap();
    let program = env!("CARGO_BIN_EXE_git-tend");
    fs::write(
        &hook,
        format!("#!/bin/sh\nexec '{program}' hook pre-commit\n"),
    )
    .unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_gates_judged_is_known() {
    let bench = Bench::with(INTACT, GATE);
    with_hook(&bench);
    let judged = bench.commits(6, |_| None);
    assert_eq!(bench.runs(), 6, "each commit was judged before it was made");
    fs::remove_file(bench.world.repo().join(".git/hooks/pre-commit")).unwrap();
    let commits = bench.line(8, 4);
    // The newest that is known to pass is the good one.
    let ran = bench.bisect(&["--now", "--json"]).code(0).json();
    let found = &ran["bisections"][0];
    assert_eq!(found["good"], judged[5].as_str());
    assert_eq!(found["commit"]["id"], commits[4].as_str());
    assert_eq!(found["reused"], 1);
    assert_eq!(
        bench.runs() - 6,
        4,
        "the bad one and three of eight: {found:#}"
    );
    // From further back: what the gates said, and the first search, is all that is needed.
    let before = bench.runs();
    let again = bench.now(&judged[0], &[], 0);
    assert_eq!(again["commit"]["id"], commits[4].as_str());
    assert_eq!(
        (&again["runs"], bench.runs()),
        (&Value::from(0), before),
        "{again:#}"
    );
}

#[test]
fn fewer_runs_where_some_commits_were_judged() {
    let run = |judged: &[usize]| {
        let bench = Bench::with(INTACT, GATE);
        let good = bench.head();
        let commits = bench.line(32, 19);
        for number in judged {
            bench
                .world
                .tend(["run", "intact", "--quiet", "--commit", &commits[*number]]);
        }
        let before = bench.runs();
        let found = bench.now(&good, &[], 0);
        assert_eq!(found["commit"]["id"], commits[19].as_str());
        assert_eq!(found["runs"], bench.runs() - before);
        bench.runs() - before
    };
    assert_eq!(run(&[]), 7);
    assert_eq!(run(&[16, 20]), 4);
    assert_eq!(run(&[18, 19]), 2);
}

#[test]
fn a_revert_has_the_verdict_of_the_tree_it_goes_back_to() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    let commits = bench.commits(3, |_| None);
    let not_bad = bench.now(&good, &["--bad", &commits[2]], 1);
    assert_eq!(not_bad["state"], "none");
    bench.world.write("other", "a change");
    bench.world.commit("a change");
    bench.world.git(["revert", "--no-edit", "HEAD"]);
    let revert = bench.head();
    let commits = bench.line(4, 1);
    let ran = bench.bisect(&["--now", "--json"]).code(0).json();
    let found = &ran["bisections"][0];
    assert_eq!(
        found["good"],
        revert.as_str(),
        "it has the tree of a good commit"
    );
    assert_eq!(found["commit"]["id"], commits[1].as_str());
    let older = bench.now(&good, &["--bad", &commits[0]], 1);
    assert_eq!(older["state"], "none");
    // Named in the middle of a range it is not judged either.
    let longer = bench.now(&good, &["--bad", &commits[2]], 0);
    assert_eq!(longer["commit"]["id"], commits[1].as_str());
    let of_revert = steps(&longer)
        .into_iter()
        .find(|(commit, _)| *commit == revert);
    if let Some((_, came)) = of_revert {
        assert_eq!(came, "good");
    }
    assert!(longer["reused"].as_u64().unwrap() >= 2, "{longer:#}");
}

#[test]
fn files_that_a_task_does_not_look_at_change_no_verdict() {
    let bench = Bench::with(
        "echo $TEND_COMMIT >>$SEEN/runs; test ! -e src/broken",
        "files = [\"src/**\"]",
    );
    bench.world.write("src/a", "fine");
    let good = bench.world.commit("src");
    // Three of forty commits change what it looks at.
    let commits = bench.commits(40, |number| match number {
        9 => Some(("src/b", Some("more"))),
        14 => Some(("src/a", Some("other"))),
        25 => Some(("src/broken", Some(""))),
        _ => None,
    });
    let found = bench.now(&good, &[], 0);
    assert_eq!(found["commit"]["id"], commits[25].as_str(), "{found:#}");
    assert!(bench.runs() <= 4, "{}", bench.runs());
    assert!(found["reused"].as_u64().unwrap() >= 4, "{found:#}");
}
