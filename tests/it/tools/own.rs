//! Commands of the user's own whose output is read.

use serde_json::json;

use super::{program, scan};
use crate::support::{World, until};

/// A world with one task that runs a script of the repository.
fn world(script: &str, keys: &str) -> World {
    let world = World::with_config(&format!("[task.own]\nrun = [\"./check\"]\n{keys}"));
    program(&world.repo().join("check"), &format!("#!/bin/sh\n{script}"));
    world.write("a.txt", "one\ntwo\n");
    world.write("b.txt", "three\n");
    world.commit("files");
    world.tend(["trust", "--yes"]).code(0);
    world
}

#[test]
fn lines_that_match_are_findings() {
    let world = world(
        "echo a.txt:2: warning: two is too much; echo b.txt:1: error: what >&2; exit 1",
        "output = 'regex:(?<file>[^:]+):(?<line>[0-9]+): (?<severity>[a-z]+): (?<message>.*)'",
    );
    world.tend(["run", "own"]).code(0);
    let scan = scan(&world, "own");
    assert_eq!(scan["verdict"], "findings");
    assert_eq!(scan["analysis_type"], "own");
    let found: Vec<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["place"], one["severity"], one["message"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!([{ "path": "a.txt", "line": 2 }, "medium", "two is too much"]),
            json!([{ "path": "b.txt", "line": 1 }, "high", "what"]),
        ]
    );
}

#[test]
fn our_own_json_is_read_from_the_report_file_in_a_folder_and_a_commit() {
    let world = World::with_config(
        r#"[task.own]
run = ["./check", "--to={report}"]
output = "tend"
root = "web"
workspace = "commit"
"#,
    );
    program(
        &world.repo().join("web/check"),
        r#"#!/bin/sh
echo noise
cat > "${1#--to=}" <<END
{"schema": 1, "tool": "mine", "version": "2.0", "checked": 3,
 "unchecked": [{"what": "c.txt", "reason": "too large"}],
 "findings": [{"rule": "r1", "message": "odd", "path": "$PWD/a.txt", "line": 1, "severity": "low"},
              {"message": "elsewhere", "path": "../top.txt"}]}
END
"#,
    );
    world.write("web/a.txt", "one\n");
    world.write("web/c.txt", "three\n");
    world.write("top.txt", "top\n");
    world.commit("files");
    world.tend(["run", "own", "--trust"]).code(0);
    let scan = scan(&world, "own");
    let places: Vec<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["place"]["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(places, ["top.txt", "web/a.txt"]);
    assert_eq!(scan["tools"][0]["version"], "2.0");
    assert_eq!(
        scan["tools"][0]["unchecked"],
        json!([{ "what": "web/c.txt", "reason": "too large" }])
    );
    assert_eq!(scan["findings"][1]["tool"], "mine");
}

#[test]
fn what_is_not_checked_or_fails_is_never_clean() {
    for (script, output, verdict, reason) in [
        // It looked at nothing, or does not say that it looked at anything.
        (
            r#"echo '{"schema":1,"checked":0}'"#,
            "tend",
            "not-checked",
            "nothing",
        ),
        (
            r#"echo '{"schema":1}'"#,
            "tend",
            "not-checked",
            "does not say",
        ),
        (r#"echo '{"schema":1,"checked":2}'"#, "tend", "clean", ""),
        (
            r#"echo '{"schema":1,"error":"no database"}'; exit 1"#,
            "tend",
            "tool-error",
            "no database",
        ),
        // It said that all is well, and its exit code that nothing is.
        (
            r#"echo '{"schema":1,"checked":2}'; echo oops >&2; exit 3"#,
            "tend",
            "tool-error",
            "oops",
        ),
        ("echo nonsense", "tend", "tool-error", "JSON"),
        ("exit 0", "tend", "tool-error", "no report"),
        ("kill -SEGV $$", "tend", "tool-error", "signal 11"),
        ("exit 0", "junit:report/*.xml", "not-checked", "nothing"),
        ("echo; exit 2", "json:ruff", "tool-error", "exited with 2"),
    ] {
        let world = world(script, &format!("output = '{output}'\nretries = 0"));
        let failed = verdict == "tool-error";
        let ran = world.tend(["run", "own"]).code(i32::from(failed));
        let scan = scan(&world, "own");
        assert_eq!(scan["verdict"], verdict, "{script}: {scan}");
        let said = scan["tools"][0]["reason"].as_str().unwrap_or_default();
        assert!(said.contains(reason), "{script}: {said}");
        assert!(
            !failed || ran.stderr.contains(reason),
            "{script}: {}",
            ran.stderr
        );
    }
}

#[test]
fn files_are_given_in_as_many_calls_as_it_takes_and_judged_together() {
    let world = World::with_config(
        r#"[task.own]
run = ["./check", "{files}"]
files = ["**/*.txt"]
output = 'regex:(?<file>[^:]+):(?<line>[0-9]+): (?<message>.*)'
workspace = "worktree"
limits = { memory = "4GiB" }
"#,
    );
    program(
        &world.repo().join("check"),
        "#!/bin/sh\necho $# >> calls\nfor f; do case $f in *7777*) echo \"$f:1: seven\"; found=1;; esac; done\nexit ${found:-0}\n",
    );
    // Longer than what one call may have: each name is 120 bytes and more.
    let long = "x".repeat(110);
    for number in 0..30_000 {
        if number % 100 == 0 {
            std::fs::create_dir_all(world.repo().join(format!("d{}", number / 100))).unwrap();
        }
        std::fs::write(
            world
                .repo()
                .join(format!("d{}/{long}-{number:05}.txt", number / 100)),
            "1\n",
        )
        .unwrap();
    }
    world.commit("many");
    world.tend(["run", "own", "--trust"]).code(0);
    let scan = scan(&world, "own");
    let calls = std::fs::read_to_string(world.repo().join("calls")).unwrap();
    let counts: Vec<usize> = calls.lines().map(|line| line.parse().unwrap()).collect();
    assert!(counts.len() > 1, "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 30_000);
    assert_eq!(scan["verdict"], "findings");
    assert_eq!(scan["findings"].as_array().unwrap().len(), 3);
}

#[test]
fn one_job_for_each_folder_has_its_own_findings() {
    let world = World::with_config(
        r#"[task.own]
run = ["sh", "-c", "echo a.txt:1: here"]
for_each = "packages/*"
output = 'regex:(?<file>[^:]+):(?<line>[0-9]+): (?<message>.*)'
"#,
    );
    for name in ["one", "two"] {
        world.write(&format!("packages/{name}/a.txt"), "x\n");
    }
    world.commit("packages");
    let ran = world
        .tend(["run", "own", "--trust", "--json"])
        .code(0)
        .json();
    let mut places: Vec<_> = ran["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["results"][0]["body"]["findings"][0]["place"]["path"].clone())
        .collect();
    places.sort_by_key(ToString::to_string);
    assert_eq!(places, ["packages/one/a.txt", "packages/two/a.txt"]);
}

#[test]
fn what_a_tool_says_is_in_the_log_while_it_says_it() {
    let world = world(
        "echo early >&2; while [ ! -e go ]; do sleep 0.05; done; echo '{\"schema\":1,\"checked\":1}'; echo late >&2",
        "output = \"tend\"\nworkspace = \"worktree\"",
    );
    let mut run = world.tend_command().args(["run", "own"]).spawn().unwrap();
    let log = || {
        let queue = world.tend(["queue", "--all", "--json"]).json();
        let id = queue["jobs"][0]["id"].as_str()?.to_owned();
        Some(world.tend(["log", &id]).stdout)
    };
    until(30, "the log has the first word", || {
        log().filter(|log| log.contains("early"))
    });
    assert!(!log().unwrap().contains("late"));
    world.write("go", "");
    assert!(run.wait().unwrap().success());
    let log = log().unwrap();
    assert_eq!(log.matches("early").count(), 1, "{log}");
    assert_eq!(log.matches("late").count(), 1, "{log}");
    // The report itself is not talk.
    assert!(!log.contains("schema"), "{log}");
}
