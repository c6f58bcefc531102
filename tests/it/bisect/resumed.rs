//! Across drains, killed processes, and more than one search.

use std::process::Stdio;

use super::*;
use crate::support::until;

/// Fails where there is a file `broken`, after a while.
const SLOW: &str = "echo $TEND_COMMIT >>$SEEN/runs; sleep 0.3; test ! -e broken";

/// Says that it runs and waits as long as there is a file `hold` beside.
const HELD_UP: &str = "echo $TEND_COMMIT >>$SEEN/runs; while [ -e $SEEN/hold ]; do sleep 0.02; done; test ! -e broken";

#[test]
fn drains_of_small_budgets_find_it_among_64_commits() {
    let bench = Bench::with(SLOW, "expect = \"300ms\"");
    let good = bench.head();
    let commits = bench.line(64, 41);
    let said = bench.bisect(&["--good", &good]).code(0).stdout;
    assert!(said.contains("64 commits to choose from"), "{said}");
    assert_eq!(bench.runs(), 0, "nothing runs before something drains");
    let job = bench.newest()["job"].clone();
    let listed = bench.world.tend(["queue", "--json"]).code(0).json();
    assert_eq!(listed["jobs"][0]["id"], job["id"]);
    assert_eq!(listed["jobs"][0]["priority"], "deferred");
    let mut drains = 0;
    let found = until(60, "it is found", || {
        bench.world.tend(["drain", "--budget", "1200ms", "--quiet"]);
        drains += 1;
        let found = bench.newest();
        (found["state"] != "under-way").then_some(found)
    });
    assert_eq!(found["state"], "found", "{found:#}");
    assert_eq!(found["commit"]["id"], commits[41].as_str());
    assert_eq!(found["commit"]["subject"], "number 41");
    assert_eq!(found["commit"]["author"], "A. Author");
    // Both ends and six in between: 2^6 = 64.
    assert_eq!(found["runs"], 8, "{found:#}");
    assert_eq!(found["broken"]["kind"], "output");
    assert!(drains > 1, "one drain had time for all of it");
    assert_eq!(bench.world.tend(["drain"]).code(0).stdout, "");
    assert_eq!(bench.runs(), found["steps"].as_array().unwrap().len());
}

#[test]
fn a_killed_drain_loses_nothing() {
    let bench = Bench::new(HELD_UP);
    let good = bench.head();
    let commits = bench.line(16, 5);
    bench.bisect(&["--good", &good]).code(0);
    std::fs::write(bench.seen().join("hold"), "").unwrap();
    for stopped in 1..4 {
        let mut drain = bench
            .world
            .tend_command()
            .arg("drain")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until(20, "a job runs", || (bench.runs() >= stopped).then_some(()));
        drain.kill().unwrap();
        drain.wait().unwrap();
    }
    std::fs::remove_file(bench.seen().join("hold")).unwrap();
    let found = until(30, "it is found", || {
        bench.world.tend(["drain", "--quiet"]);
        Some(bench.newest()).filter(|found| found["state"] != "under-way")
    });
    assert_eq!(found["commit"]["id"], commits[5].as_str(), "{found:#}");
    assert_eq!(found["runs"], 6);
}

#[test]
fn the_same_search_is_joined_and_others_go_on_beside_it() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    let commits = bench.line(12, 7);
    bench.bisect(&["--good", &good]).code(0);
    let joined = bench.bisect(&["--good", &good]).code(0);
    assert!(
        joined.stderr.contains("under way already"),
        "{}",
        joined.stderr
    );
    bench
        .bisect(&["--good", &commits[2], "--bad", &commits[9]])
        .code(0);
    bench.world.tend(["drain", "--quiet"]);
    let all = bench.world.tend(["bisect", "--json"]).code(0).json();
    let all = all["bisections"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    for search in all {
        assert_eq!(search["commit"]["id"], commits[7].as_str(), "{search:#}");
    }
    let mut judged: Vec<String> = all
        .iter()
        .flat_map(steps)
        .map(|(commit, _)| commit)
        .collect();
    judged.sort();
    judged.dedup();
    assert_eq!(bench.runs(), judged.len(), "no commit is judged twice");
}

#[test]
fn a_stopped_search_runs_nothing_more() {
    let bench = Bench::new(INTACT);
    let good = bench.head();
    bench.line(12, 7);
    bench.bisect(&["--good", &good]).code(0);
    let said = bench.bisect(&["--stop"]).code(0).stdout;
    assert!(said.contains("stopped"), "{said}");
    bench.world.tend(["drain", "--quiet"]).code(0);
    assert_eq!(bench.runs(), 0);
    assert_eq!(bench.newest()["state"], "stopped");
    let again = bench.bisect(&["--stop"]).code(0);
    assert!(again.stderr.contains("no search"), "{}", again.stderr);
}
