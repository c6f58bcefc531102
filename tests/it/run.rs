//! `run`, `run-all`, `drain`: jobs from the command line to their end.

use std::fs;

use crate::support::World;

const TASKS: &str = r#"
[task.ok]
run = ["sh", "-c", "echo fine"]
workspace = "worktree"

[task.bad]
run = ["sh", "-c", "echo broken >&2; exit 3"]
workspace = "worktree"
"#;

#[test]
fn a_command_runs_in_place_with_its_output_in_a_log() {
    let world = World::new();
    fs::create_dir(world.repo().join("below")).unwrap();
    let ran = world
        .tend([
            "-C",
            "below",
            "run",
            "--json",
            "--",
            "sh",
            "-c",
            "pwd; echo oops >&2",
        ])
        .code(0);
    let job = ran.json()["jobs"][0].clone();
    assert_eq!(job["state"], "done");
    let log = world.tend(["log", job["id"].as_str().unwrap()]).code(0);
    assert_eq!(
        log.stdout,
        format!(
            "{}/below\noops\n",
            world.repo().canonicalize().unwrap().display()
        )
    );
}

#[test]
fn the_exit_code_tells_whether_a_job_failed() {
    let world = World::with_config(TASKS);
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "ok"]).code(0);
    let ran = world.tend(["run", "ok", "bad", "--json"]).code(1);
    let jobs = ran.json();
    let bad = jobs["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["task"] == "bad")
        .unwrap();
    assert_eq!(bad["state"], "failed");
    assert_eq!(bad["category"], "permanent");
    assert_eq!(bad["error"], "exited with code 3");
}

#[test]
fn an_unknown_task_is_a_usage_error_with_the_nearest_name() {
    let world = World::with_config(TASKS);
    let ran = world.tend(["run", "okk"]).code(2);
    assert!(ran.stderr.contains("no task okk"), "{}", ran.stderr);
    assert!(ran.stderr.contains("did you mean ok?"), "{}", ran.stderr);
}

#[test]
fn a_task_that_nobody_approved_is_refused_by_name_and_held_by_run_all() {
    let world = World::with_config(TASKS);
    let refused = world.tend(["run", "ok"]).code(3);
    assert!(
        refused.stderr.contains("not approved"),
        "{}",
        refused.stderr
    );
    let all = world.tend(["run-all", "--json"]).code(0);
    let states: Vec<_> = all.json()["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| {
            (
                job["task"].as_str().unwrap().to_owned(),
                job["state"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert!(
        states.contains(&("ok".to_owned(), "held".to_owned())),
        "{states:?}"
    );
    assert!(
        states.contains(&("codebase_quick".to_owned(), "done".to_owned())),
        "{states:?}"
    );
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["drain"]).code(1);
    let counts = world.tend(["status", "--json"]).json();
    assert_eq!(counts["jobs"]["held"], 0);
    assert_eq!(counts["jobs"]["failed"], 1);
}

#[test]
fn an_edited_command_is_asked_about_again_and_a_comment_is_not() {
    let world = World::with_config(TASKS);
    world.tend(["trust", "--yes"]).code(0);
    world.write("tend.toml", format!("# a comment\n{TASKS}"));
    world.tend(["run", "ok"]).code(0);
    world.write("tend.toml", TASKS.replace("echo fine", "echo other"));
    world.tend(["run", "ok"]).code(3);
    world.tend(["run", "ok", "--trust"]).code(0);
}

#[test]
fn a_coding_agent_cannot_approve() {
    let world = World::with_config(TASKS);
    for variable in ["AI_AGENT", "PI_CODING_AGENT", "CLAUDECODE"] {
        world
            .tend_with(&[(variable, "1")], ["trust", "--yes"])
            .code(3);
        world
            .tend_with(&[(variable, "1")], ["run", "ok", "--trust"])
            .code(3);
    }
    world.tend(["run", "ok"]).code(3);
}

#[test]
fn enqueued_work_waits_for_a_drain_and_keeps_its_id_where_it_coalesces() {
    let world = World::with_config(TASKS);
    world.tend(["trust", "--yes"]).code(0);
    let first = world
        .tend(["run", "--enqueue", "--json", "ok"])
        .code(0)
        .json();
    let second = world
        .tend(["run", "--enqueue", "--json", "ok"])
        .code(0)
        .json();
    assert_eq!(first["jobs"][0]["id"], second["jobs"][0]["id"]);
    assert_eq!(first["jobs"][0]["state"], "queued");
    let listed = world.tend(["queue", "--json"]).code(0).json();
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1);
    world.tend(["drain"]).code(0);
    let all = world.tend(["queue", "--all", "--json"]).code(0).json();
    assert_eq!(all["jobs"][0]["state"], "done");
    assert!(
        world.tend(["queue", "--json"]).json()["jobs"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn needs_run_first_and_their_failure_is_inherited() {
    let world = World::with_config(
        r#"
[task.first]
run = ["sh", "-c", "echo first >> order"]
workspace = "worktree"
[task.second]
run = ["sh", "-c", "echo second >> order"]
workspace = "worktree"
needs = ["first"]
[task.breaks]
run = ["false"]
[task.never]
run = ["sh", "-c", "touch never"]
workspace = "worktree"
needs = ["breaks"]
"#,
    );
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "second"]).code(0);
    assert_eq!(
        fs::read_to_string(world.repo().join("order")).unwrap(),
        "first\nsecond\n"
    );
    let ran = world.tend(["run", "never", "--json"]).code(1).json();
    let never = ran["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|job| job["task"] == "never")
        .unwrap()
        .clone();
    assert_eq!(never["category"], "dependency_failed");
    assert!(!world.repo().join("never").exists());
}

#[test]
fn a_job_sees_its_variables_and_none_of_gits() {
    let world = World::with_config(
        r#"
[task.env]
run = ["sh", "-c", "env | sort"]
workspace = "worktree"
env = { OWN = "value" }
"#,
    );
    let head = world.git(["rev-parse", "HEAD"]).trim().to_owned();
    world.tend(["trust", "--yes"]).code(0);
    let leaked = [
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_AUTHOR_NAME", "Somebody"),
        ("TEND_JOB_ID", "stale"),
    ];
    let ran = world
        .tend_with(&leaked, ["run", "env", "--json"])
        .code(0)
        .json();
    let id = ran["jobs"][0]["id"].as_str().unwrap().to_owned();
    let log = world.tend(["log", &id]).stdout;
    for line in [
        format!("TEND_JOB_ID={id}"),
        "TEND_TASK=env".to_owned(),
        "TEND_ATTEMPT=1".to_owned(),
        "TEND_TRIGGER=manual".to_owned(),
        format!("TEND_COMMIT={head}"),
        "OWN=value".to_owned(),
    ] {
        assert!(log.lines().any(|found| found == line), "{line} in\n{log}");
    }
    assert!(
        !log.contains("GIT_INDEX_FILE") && !log.contains("Somebody"),
        "{log}"
    );
}

#[test]
fn a_commit_workspace_is_a_clean_checkout_of_the_commit() {
    let world = World::with_config(
        r#"
[task.look]
run = ["sh", "-c", "cat file; ls; git status --porcelain; cat deps/lib; echo left > over"]
link = ["deps"]
"#,
    );
    world.write(".gitignore", "deps\n");
    world.write("file", "committed\n");
    world.commit("Add a file");
    world.write("file", "edited\n");
    world.write("deps/lib", "linked\n");
    world.tend(["trust", "--yes"]).code(0);
    for _ in 0..2 {
        let ran = world.tend(["run", "look", "--json"]).code(0).json();
        let log = world
            .tend(["log", ran["jobs"][0]["id"].as_str().unwrap()])
            .stdout;
        assert_eq!(log, "committed\ndeps\nfile\ntend.toml\nlinked\n");
    }
    assert_eq!(
        fs::read_to_string(world.repo().join("file")).unwrap(),
        "edited\n"
    );
    assert!(!world.git(["worktree", "list"]).contains("git-tend"));
}

#[test]
fn results_of_run_all_are_stored_shown_and_compared() {
    let world = World::new();
    world.write("src/main.py", "import sqlalchemy\n");
    world.write("requirements.txt", "django>=4\npsycopg2\n");
    world.commit("Code");
    let ran = world.tend(["run-all"]).code(0);
    assert!(ran.stdout.contains("Python"), "{}", ran.stdout);
    let shown = world
        .tend(["results", "show", "codebase_quick", "--json"])
        .code(0)
        .json();
    assert_eq!(shown["type"], "codebase_analysis");
    assert_eq!(shown["body"]["languages"]["primary"], "Python");
    world.write("lib.rs", "fn main() {}\n");
    world.commit("More");
    world.tend(["run-all", "-o", "out.json"]).code(0);
    let written: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(world.repo().join("out.json")).unwrap()).unwrap();
    let mut jobs = written["jobs"].as_array().unwrap().iter();
    let quick = jobs.find(|job| job["task"] == "codebase_quick").unwrap();
    assert_eq!(quick["state"], "done");
    let diff = world.tend(["results", "diff", "codebase_quick"]).code(0);
    assert!(diff.stdout.contains("Rust"), "{}", diff.stdout);
}

#[test]
fn retry_cancel_pause_and_explain() {
    let world = World::with_config(&format!("{TASKS}[defaults]\nbuiltin = false\n"));
    world.tend(["trust", "--yes"]).code(0);
    world.tend(["run", "bad"]).code(1);
    world.tend(["retry", "--failed"]).code(0);
    let id = world.tend(["queue", "--json"]).json()["jobs"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let explained = world.tend(["explain", &id]).code(0);
    assert!(
        explained.stdout.contains("starts now"),
        "{}",
        explained.stdout
    );
    assert_eq!(
        world.tend(["explain", &id, "--json"]).json()["explanation"]["verdict"],
        "start"
    );
    world.tend(["pause", "1h"]).code(0);
    let paused = world.tend(["drain"]).code(0);
    assert!(paused.stderr.contains("paused"), "{}", paused.stderr);
    assert_eq!(world.tend(["status", "--json"]).json()["jobs"]["queued"], 1);
    world.tend(["cancel", id.get(..4).unwrap()]).code(0);
    world.tend(["pause", "--resume"]).code(0);
    assert_eq!(
        world.tend(["queue", "--all", "--json"]).json()["jobs"][0]["state"],
        "cancelled"
    );
    world.tend(["show", &id]).code(0);
    world.tend(["show", "zz"]).code(2);
}

#[test]
fn a_missing_tool_is_skipped_with_what_to_do() {
    let world = World::new();
    let ran = world
        .tend(["run", "--json", "--", "no-such-program-anywhere"])
        .code(0)
        .json();
    assert_eq!(ran["jobs"][0]["state"], "skipped");
    assert!(
        ran["jobs"][0]["error"]
            .as_str()
            .unwrap()
            .contains("not installed")
    );
}

#[test]
fn a_time_out_kills_the_whole_tree() {
    let world = World::with_config(
        r#"
[task.hangs]
run = ["sh", "-c", "trap '' TERM; (setsid sleep 1000 &) ; sleep 1000"]
workspace = "worktree"
timeout = "300ms"
retries = 0
"#,
    );
    world.tend(["trust", "--yes"]).code(0);
    let ran = world.tend(["run", "hangs", "--json"]).code(1).json();
    assert_eq!(ran["jobs"][0]["category"], "timeout");
}

#[test]
fn each_typed_command_is_expected_to_take_as_long_as_it_took() {
    let world = World::new();
    for _ in 0..2 {
        world.tend(["run", "--", "sleep", "0.3"]).code(0);
        world.tend(["run", "--", "true"]).code(0);
    }
    let explained = |command: &[&str]| {
        let words = [&["run", "--enqueue", "--json", "--"], command].concat();
        let id = world.tend(words).code(0).json()["jobs"][0]["id"].clone();
        let shown = world.tend(["explain", id.as_str().unwrap(), "--json"]);
        shown.code(0).json()["explanation"].clone()
    };
    let slow = explained(&["sleep", "0.3"]);
    let quick = explained(&["true"]);
    let never = explained(&["sleep", "0.4"]);
    for (explanation, completed) in [(&slow, 2), (&quick, 2), (&never, 0)] {
        assert_eq!(explanation["completed"], completed, "{explanation}");
    }
    let q50 = |explanation: &serde_json::Value| explanation["estimate"]["q50_ms"].as_i64().unwrap();
    assert!(
        q50(&slow) >= 300 && q50(&quick) < q50(&slow),
        "{slow} {quick}"
    );
}
