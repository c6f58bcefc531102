//! What people read when something is wrong.

use super::{NAMES, load, project};
use crate::config::check;
use crate::config::diagnostic::{ConfigError, Style};
use crate::config::layers::{Layer, Loaded};

fn message(result: Result<Loaded, ConfigError>) -> String {
    match result {
        Err(error) => error.render(Style::Plain),
        Ok(loaded) => {
            let mut problems = check::check(&loaded, NAMES);
            problems.extend(check::check_schedules(&loaded));
            ConfigError::of(problems)
                .map(|error| error.render(Style::Plain))
                .unwrap_or_default()
        }
    }
}

#[test]
fn an_unknown_key() {
    let text = r#"[task.docs]
run = ["a"]
timout = "5m"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: unknown key `timout` in [task.docs]
     --> tend.toml:3:1
      |
    3 | timout = "5m"
      | ^^^^^^
      |
      = help: did you mean `timeout`?
    "#);
}

#[test]
fn an_unknown_section() {
    let text = r"[ques]
slots = 1
";
    insta::assert_snapshot!(message(project(text)), @r#"
    error: unknown key `ques`
     --> tend.toml:1:2
      |
    1 | [ques]
      |  ^^^^
      |
      = help: did you mean `queue`?
    "#);
}

#[test]
fn a_section_of_the_user_only() {
    let text = r#"[notify.email]
enabled = true

[agent]
command = ["curl"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `notify` is read from your own configuration only, never from a repository
     --> tend.toml:1:2
      |
    1 | [notify.email]
      |  ^^^^^^
      |
      = help: move it to git-tend/config.toml in your configuration folder, usually ~/.config

    error: `agent` is read from your own configuration only, never from a repository
     --> tend.toml:4:2
      |
    4 | [agent]
      |  ^^^^^
      |
      = help: move it to git-tend/config.toml in your configuration folder, usually ~/.config
    "#);
}

#[test]
fn signers_of_a_repository_or_of_nobody_in_particular() {
    let text = "[verdicts]\nsigners = [\"ci@example.org\"]\n";
    assert!(message(load(&[(Layer::User, text)])).is_empty());
    let said = message(project(text));
    assert!(
        said.contains("`verdicts` is read from your own configuration only"),
        "{said}"
    );
    let text = "[verdicts]\nsigners = [\"ci\", \"0xDEADBEEF\"]\n";
    let said = message(load(&[(Layer::User, text)]));
    assert!(
        said.contains("not a whole fingerprint") && said.contains(":2:"),
        "{said}"
    );
    assert!(said.contains("gpg --fingerprint"), "{said}");
}

#[test]
fn a_duration_without_a_unit() {
    let text = r#"[task.docs]
run = ["a"]
timeout = 600
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: 600 has no unit
     --> tend.toml:3:11
      |
    3 | timeout = 600
      |           ^^^
      |
      = help: write "10m" for 600 seconds
    "#);
}

#[test]
fn a_word_that_is_not_known() {
    let text = r#"[task.docs]
run = ["a"]
workspace = "worktre"
on_budget = "stop"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `worktre` is not known here
     --> tend.toml:3:13
      |
    3 | workspace = "worktre"
      |             ^^^^^^^^^
      |
      = help: did you mean `worktree`?

    error: `stop` is not known here
     --> tend.toml:4:13
      |
    4 | on_budget = "stop"
      |             ^^^^^^
      |
      = help: the choices are `defer`, `fail` or `warn`
    "#);
}

#[test]
fn several_mistakes_at_once() {
    let text = r#"[queue]
max_jobs = -1
load_gate = "no"
slots = 0

[task.docs]
run = "mdbook build"
limits = { nice = 20 }
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: expected a whole number of at least 1
     --> tend.toml:2:12
      |
    2 | max_jobs = -1
      |            ^^

    error: expected true or false
     --> tend.toml:3:13
      |
    3 | load_gate = "no"
      |             ^^^^
      |
      = help: write false, without quotes

    error: expected a whole number of at least 1
     --> tend.toml:4:9
      |
    4 | slots = 0
      |         ^

    error: expected a list
     --> tend.toml:7:7
      |
    7 | run = "mdbook build"
      |       ^^^^^^^^^^^^^^
      |
      = help: no shell splits words here: write ["mdbook", "build"]

    error: expected a whole number from 0 to 19
     --> tend.toml:8:19
      |
    8 | limits = { nice = 20 }
      |                   ^^
    "#);
}

#[test]
fn a_priority() {
    let text = r#"[task.docs]
run = ["a"]
priority = "hgih"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `hgih` is not a priority
     --> tend.toml:3:12
      |
    3 | priority = "hgih"
      |            ^^^^^^
      |
      = help: did you mean `high`?
    "#);
}

#[test]
fn a_hook() {
    let text = r"[hooks.pre_commit]
tasks = []
";
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `pre_commit` is not a hook that git-tend installs
     --> tend.toml:1:8
      |
    1 | [hooks.pre_commit]
      |        ^^^^^^^^^^
      |
      = help: did you mean `pre-commit`?
    "#);
}

#[test]
fn an_event() {
    let text = r#"[task.docs]
run = ["a"]
on = ["post-comit", "change"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `post-comit` is not an event
     --> tend.toml:3:7
      |
    3 | on = ["post-comit", "change"]
      |       ^^^^^^^^^^^^
      |
      = help: did you mean `post-commit`?
    "#);
}

#[test]
fn a_cron_expression() {
    let text = r#"[task.docs]
run = ["a"]
schedule = "61 2 * * *"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `61 2 * * *` is not a cron expression: Component error: Number out of bounds
     --> tend.toml:3:12
      |
    3 | schedule = "61 2 * * *"
      |            ^^^^^^^^^^^^
      |
      = help: write minute, hour, day of month, month and day of week: "0 2 * * *" is every day at 02:00
    "#);
}

#[test]
fn a_schedule_that_never_comes() {
    let text = r#"[task.docs]
run = ["a"]
schedule = "0 2 30 2 *"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `0 2 30 2 *` never comes
     --> tend.toml:3:12
      |
    3 | schedule = "0 2 30 2 *"
      |            ^^^^^^^^^^^^
      |
      = help: no calendar has such a day
    "#);
}

#[test]
fn a_folder_outside() {
    let text = r#"[task.docs]
run = ["a"]
root = "../other"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `../other` leaves the repository
     --> tend.toml:3:8
      |
    3 | root = "../other"
      |        ^^^^^^^^^^
      |
      = help: write a path relative to the repository's top, without `..`
    "#);
}

#[test]
fn a_glob() {
    let text = r#"[task.docs]
run = ["a"]
files = ["src/**", "docs/[a"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `docs/[a` is not a glob: unclosed character class; missing ']'
     --> tend.toml:3:20
      |
    3 | files = ["src/**", "docs/[a"]
      |                    ^^^^^^^^^
    "#);
}

#[test]
fn an_unknown_task() {
    let text = r#"[task.docs]
run = ["a"]
needs = ["codebase_qick"]

[hooks.post-commit]
tasks = ["docs", "nothing-like-it"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: there is no task `codebase_qick`
     --> tend.toml:3:10
      |
    3 | needs = ["codebase_qick"]
      |          ^^^^^^^^^^^^^^^
      |
      = help: did you mean `codebase_quick`?

    error: there is no task `nothing-like-it`
     --> tend.toml:6:18
      |
    6 | tasks = ["docs", "nothing-like-it"]
      |                  ^^^^^^^^^^^^^^^^^
      |
      = help: define it: `[task.nothing-like-it]` with `run = […]`
    "#);
}

#[test]
fn a_circle() {
    let text = r#"[task.a]
run = ["a"]
needs = ["b"]

[task.b]
run = ["b"]
on = ["after:c"]

[task.c]
run = ["c"]
needs = ["a"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: tasks wait for each other: a → b → c → a
      --> tend.toml:11:10
       |
    11 | needs = ["a"]
       |          ^^^
       |
       = help: take one of them out of `needs` or `on`
    "#);
}

#[test]
fn a_task_without_a_command() {
    let text = r#"[task.codebase_quik]
every = "2h"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `codebase_quik` is not a built-in task, and it has no `run`
     --> tend.toml:1:7
      |
    1 | [task.codebase_quik]
      |       ^^^^^^^^^^^^^
      |
      = help: did you mean `codebase_quick`?
    "#);
}

#[test]
fn a_command_of_one_word() {
    let text = r#"[task.docs]
run = ["mdbook build"]

[task.none]
run = []
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: there is no program called `mdbook build`
     --> tend.toml:2:7
      |
    2 | run = ["mdbook build"]
      |       ^^^^^^^^^^^^^^^^
      |
      = help: no shell splits words here: write `run = ["mdbook", "build"]`

    error: `run` is empty
     --> tend.toml:5:7
      |
    5 | run = []
      |       ^^
      |
      = help: write `run = ["PROGRAM", "ARGUMENT"]`
    "#);
}

#[test]
fn a_gate_where_git_does_not_listen() {
    let text = r#"[task.fmt]
run = ["a"]

[hooks.post-commit]
gates = ["fmt"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: git ignores what post-commit says, so that it cannot have gates
     --> tend.toml:5:1
      |
    5 | gates = ["fmt"]
      | ^^^^^
      |
      = help: gates belong to pre-commit, pre-merge-commit, commit-msg, pre-push
    "#);
}

#[test]
fn a_gate_that_cannot_be_one() {
    let text = r#"[task.build]
run = ["make"]

[task.words]
run = ["check-words", "{message}"]
needs = ["build"]

[hooks.pre-commit]
gates = ["words"]
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `words` is a gate of pre-commit, where there is no `{message}`
     --> tend.toml:5:7
      |
    5 | run = ["check-words", "{message}"]
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: messages are judged by gates of commit-msg

    error: `words` is a gate of pre-commit, and git does not wait for other tasks
     --> tend.toml:6:9
      |
    6 | needs = ["build"]
      |         ^^^^^^^^^
      |
      = help: make what it needs a part of its command, or a gate as well
    "#);
}

#[test]
fn a_slip_of_syntax() {
    let text = r#"[queue
slots = 1

[task.docs]
run = ["a"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: unclosed table, expected `]`
     --> tend.toml:1:7
      |
    1 | [queue
      |       ^

    error: unclosed array, expected `]`
     --> tend.toml:5:11
      |
    5 | run = ["a"
      |           ^
    "#);
}

#[test]
fn two_names_of_one_task() {
    let text = r#"[task.codebase]
every = "2h"
[task.codebase_quick]
every = "3h"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `codebase_quick` and `codebase` are names of the same task
     --> tend.toml:3:7
      |
    3 | [task.codebase_quick]
      |       ^^^^^^^^^^^^^^
      |
      = help: write both in `[task.codebase_quick]`
    "#);
}

#[test]
fn a_zero() {
    let text = r#"[task.docs]
run = ["a"]
timeout = "0s"
limits = { memory = "0B" }
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `timeout` cannot be zero
     --> tend.toml:3:11
      |
    3 | timeout = "0s"
      |           ^^^^

    error: with no memory at all nothing runs
     --> tend.toml:4:21
      |
    4 | limits = { memory = "0B" }
      |                     ^^^^
    "#);
}

#[test]
fn a_mistake_that_a_later_layer_hides() {
    let result = load(&[
        (Layer::Project, "[queue]\nslots = \"many\"\n"),
        (Layer::Local, "[queue]\nslots = 2\n"),
    ]);
    insta::assert_snapshot!(message(result), @r#"
    error: expected a whole number of at least 1
     --> tend.toml:2:9
      |
    2 | slots = "many"
      |         ^^^^^^
    "#);
}

#[test]
fn tools_that_are_not_known_and_outputs_that_mean_nothing() {
    let text = r#"[task.security_scan]
tools = ["bandti"]
output = "sarif"

[task.docs]
run = ["a"]
tools = ["ruff"]
output = "regex:oops"

[task.lint]
run = ["b"]
output = "json:rufff"

[suppress.everything]
reason = "no"

[suppress.why]
rule = "B101"
reason = " "
until = "tomorrow"
"#;
    insta::assert_snapshot!(message(project(text)), @r#"
    error: `tomorrow` is not a day
      --> tend.toml:20:9
       |
    20 | until = "tomorrow"
       |         ^^^^^^^^^^
       |
       = help: write year, month and day: "2027-06-30"
    "#);
    let text = text.replace("until = \"tomorrow\"\n", "");
    insta::assert_snapshot!(message(project(&text)), @r#"
    error: no tool `bandti` is known
     --> tend.toml:2:9
      |
    2 | tools = ["bandti"]
      |         ^^^^^^^^^^
      |
      = help: did you mean `bandit`?

    error: only the output of a command is read
     --> tend.toml:3:1
      |
    3 | output = "sarif"
      | ^^^^^^
      |
      = help: write `run = ["PROGRAM", …]`

    error: only built-in tasks that run tools have `tools`
     --> tend.toml:7:1
      |
    7 | tools = ["ruff"]
      | ^^^^^

    error: it names no group
     --> tend.toml:8:10
      |
    8 | output = "regex:oops"
      |          ^^^^^^^^^^^^

    error: no tool `rufff` is known
      --> tend.toml:12:10
       |
    12 | output = "json:rufff"
       |          ^^^^^^^^^^^^
       |
       = help: did you mean `ruff`?

    error: `everything` would suppress every finding
      --> tend.toml:14:11
       |
    14 | [suppress.everything]
       |           ^^^^^^^^^^
       |
       = help: say which: `tool`, `rule`, `path` or `id`

    error: the reason is empty
      --> tend.toml:19:10
       |
    19 | reason = " "
       |          ^^^
    "#);
}

#[test]
fn outputs_are_written_as_they_are_read() {
    for text in [
        "none",
        "sarif",
        "sarif:out.sarif",
        "junit:build/**/*.xml",
        "checkstyle",
        "tend",
        "json:ruff",
        "json:ruff:report.json",
        "regex:(?<file>[^:]+):(?<line>[0-9]+)",
    ] {
        let written = format!("[task.a]\nrun = [\"a\"]\noutput = '{text}'\n");
        let loaded = project(&written).unwrap();
        let output = loaded.config.tasks.values().next().unwrap().output.clone();
        assert_eq!(output.unwrap().to_string(), text);
    }
    for (text, message) in [
        ("json:", "names no tool"),
        ("junit:", "names no files"),
        ("regex:", "has no expression"),
        ("sarfi", "did you mean `sarif`"),
        ("none:x", "is not an output form"),
    ] {
        let written = format!("[task.a]\nrun = [\"a\"]\noutput = '{text}'\n");
        let said = self::message(project(&written));
        assert!(said.contains(message), "{text}: {said}");
    }
}
