//! What of all that happens is told, and in which words.

use std::fs;

use serde_json::{Value, json};

use super::outbox::{TASKS, Told, events, ids};

#[test]
fn what_happens_arrives_once_as_json() {
    let told = Told::new(TASKS);
    told.run("ok");
    told.run("silent");
    fs::write(told.world.folder().join("broken"), "").unwrap();
    told.run("sometimes");
    told.run("sometimes");
    fs::remove_file(told.world.folder().join("broken")).unwrap();
    told.run("sometimes");
    let got = told.got();
    assert_eq!(
        events(&got),
        ["task_completed", "task_failed", "task_recovered"]
    );
    assert_eq!(got[1]["severity"], "error");
    assert_eq!(got[1]["task"], "sometimes");
    assert_eq!(got[1]["repository"], "repo");
    assert_eq!(got[1]["schema"], 1);
    assert_eq!(got[2]["metadata"]["failures"], 2);
    assert!(
        got[2]["message"]
            .as_str()
            .unwrap()
            .ends_with("after 2 failed"),
        "{got:#?}"
    );
    assert_eq!(ids(&told.log()), ids(&got), "nothing else was to be told");
    let file = fs::read_to_string(told.world.state_dir().join("notices.jsonl")).unwrap();
    let lines: Vec<Value> = file
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(ids(&lines), ids(&got), "one identity in every channel");
}

#[test]
fn findings_are_told_when_they_are_new() {
    let told = Told::new(
        r#"
[defaults]
builtin = false
[task.check]
run = ["sh", "-c", "cat found; exit 1"]
output = 'regex:(?<file>[^:]+):(?<line>[0-9]+): (?<severity>[a-z]+): (?<message>.*)'
workspace = "worktree"
[suppress.known]
path = "old/**"
reason = "nobody looks there"
"#,
    );
    told.world.write("a.txt", "one\ntwo\nthree\n");
    told.world.write("old/b.txt", "one\n");
    let old = "old/b.txt:1: error: suppressed\n";
    told.world
        .write("found", format!("a.txt:2: error: b\u{202e}ad <b>\n{old}"));
    told.world.commit("files");
    told.run("check");
    told.run("check");
    let got = told.got();
    assert_eq!(events(&got), ["issues_found"]);
    let metadata = &got[0]["metadata"];
    assert_eq!(
        (&metadata["new"], &metadata["total"]),
        (&1.into(), &2.into())
    );
    assert_eq!(metadata["by_severity"], "1 high");
    assert_eq!(got[0]["severity"], "error");
    let example = metadata["examples"][0].as_str().unwrap();
    assert!(
        example.starts_with("a.txt:2: b\u{202e}ad <b>"),
        "as it came: {example}"
    );
    let raw = fs::read_to_string(told.got_file()).unwrap();
    assert!(!raw.contains('\u{202e}'), "and harmless where it is read");
    told.world.write(
        "found",
        format!("a.txt:2: error: b\u{202e}ad <b>\na.txt:3: warning: more\n{old}"),
    );
    told.run("check");
    let got = told.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[1]["metadata"]["by_severity"], "1 medium");
    assert_eq!(got[1]["severity"], "warning");
}

#[test]
fn what_waits_for_approval_is_told_once() {
    let told = Told::new(TASKS);
    told.world.write(
        "tend.toml",
        format!("{TASKS}[task.new]\nrun = [\"true\"]\n"),
    );
    told.world.commit("a task");
    for _ in 0..2 {
        told.world.tend(["run-all", "--quiet"]);
        told.deliver();
    }
    let held: Vec<Value> = told
        .got()
        .into_iter()
        .filter(|it| it["event"] == "task_held")
        .collect();
    assert_eq!(held.len(), 1, "{held:#?}");
    assert_eq!(held[0]["task"], "new");
    assert!(
        held[0]["message"]
            .as_str()
            .unwrap()
            .contains("git tend trust")
    );
}

#[test]
fn attempts_that_are_used_up_and_time_outs_are_told() {
    let told = Told::new(
        "[defaults]\nbuiltin = false\nretry_delay = \"1ms\"\n[task.slow]\nrun = [\"sleep\", \"60\"]\ntimeout = \"200ms\"\nretries = 1\n[task.dies]\nrun = [\"sh\", \"-c\", \"kill -9 $$\"]\nretries = 1\n",
    );
    for task in ["slow", "dies"] {
        told.world.tend(["run", task, "--quiet"]).code(1);
    }
    told.deliver().code(0);
    let got = told.got();
    let told: Vec<(&str, &str, &str)> = got
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap();
            (text("task"), text("event"), text("severity"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("slow", "task_timeout", "warning"),
            ("slow", "task_timeout", "error"),
            ("dies", "dead_letter", "error"),
        ],
        "{got:#?}"
    );
    assert!(
        got[1]["message"].as_str().unwrap().contains("(>0.2s)"),
        "{got:#?}"
    );
}

#[test]
fn channels_carry_what_they_are_asked_to() {
    let told = Told::new(TASKS);
    told.configure("min_severity = \"warning\"\nevents = [\"custom\"]\ntasks = [\"do*\"]\n");
    let send = |severity: &str, task: &str| {
        told.world
            .tend([
                "notify",
                "send",
                "--severity",
                severity,
                "--task",
                task,
                "--title",
                task,
                "--message",
                "x",
            ])
            .code(0);
    };
    send("info", "docs");
    send("warning", "docs");
    send("warning", "lint");
    told.run("ok");
    let got = told.got();
    assert_eq!(got.len(), 1, "{got:#?}");
    assert_eq!(
        (&got[0]["title"], &got[0]["severity"]),
        (&"docs".into(), &"warning".into())
    );
}

#[test]
fn wordings_of_the_users_own_are_used_and_checked() {
    let told = Told::new(TASKS);
    told.configure("[notify.templates.task_completed]\nmessage = \"{task_name} took {duration} s on {host}\"\n");
    told.run("ok");
    let message = told.got()[0]["message"].as_str().unwrap().to_owned();
    assert!(
        message.starts_with("ok took ") && !message.contains('{'),
        "{message}"
    );
    told.configure("[notify.templates.task_failed]\nmessage = \"{task_nam} {eror}\"\n");
    let wrong = told.world.tend(["config", "check"]).code(2).stderr;
    assert!(
        wrong.contains("`{task_nam}` stands for nothing in task_failed"),
        "{wrong}"
    );
    assert!(wrong.contains("did you mean `{task_name}`?"), "{wrong}");
    assert!(wrong.contains("did you mean `{error}`?"), "{wrong}");
    told.configure("[notify.webhook.team]\nformat = \"slack\"\n[notify.command.other]\n");
    let wrong = told.world.tend(["config", "check"]).code(2).stderr;
    assert!(wrong.contains("the webhook `team` has no `url`"), "{wrong}");
    assert!(
        wrong.contains("the channel `other` has no `run`"),
        "{wrong}"
    );
}

#[test]
fn a_busy_machine_is_told_after_ten_minutes() {
    let told = Told::new(TASKS);
    let at = |now: &str, pressure: &str| {
        let now = format!("2026-03-01T12:{now}Z");
        let vars = [
            ("TEND_NOW", now.as_str()),
            ("TEND_PRESSURE", pressure),
            ("CI", "1"),
        ];
        told.world.write("a.txt", now.as_bytes());
        told.world.commit(&now);
        told.world
            .tend_with(&vars, ["drain", "--budget", "1s", "--quiet"]);
    };
    let config = TASKS.replace(
        "[task.silent]",
        "[task.silent]\non = [\"post-commit\"]\npriority = \"low\"",
    );
    told.world.write("tend.toml", &config);
    told.world.commit("follow commits");
    told.world.tend(["trust", "--yes"]).code(0);
    // From here on commits are followed.
    at("00:00", "0,0");
    at("00:00", "96,10");
    at("09:00", "96,10");
    let high = |told: &Told| {
        told.got()
            .iter()
            .filter(|it| it["event"] == "high_resource_usage")
            .count()
    };
    assert_eq!(high(&told), 0);
    // The clock goes on while a drain works.
    at("10:05", "96,10");
    assert_eq!(high(&told), 1, "{:#?}", told.log());
    at("15:00", "96,10");
    assert_eq!(high(&told), 1);
    let message = told.got().last().unwrap()["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("High resource usage: CPU at 96%"),
        "{message}"
    );
}

#[test]
fn what_is_unusual_is_told_once() {
    let told = Told::new(
        "[defaults]\nbuiltin = false\n[task.work]\nrun = [\"sh\", \"-c\", \"sleep $(cat pause)\"]\nworkspace = \"worktree\"\n",
    );
    told.world.write("pause", "0");
    for _ in 0..11 {
        told.world.tend(["run", "work", "--quiet"]).code(0);
    }
    told.world.write("pause", "1.2");
    told.run("work");
    told.run("work");
    let got = told.got();
    assert_eq!(events(&got), ["anomaly"], "{got:#?}");
    assert_eq!(got[0]["task"], "work");
    assert_eq!(got[0]["severity"], "warning");
}

#[test]
fn the_console_tells_at_the_end_of_the_next_command() {
    let told = Told::new(TASKS);
    let tell = |args: &[&str]| {
        crate::terminal::play(
            &told.world,
            (100, 24),
            &[json!(["end"]), json!(["screen"])],
            args,
        )
    };
    told.world.tend(["run", "ok", "--quiet"]).code(0);
    let send = [
        "notify",
        "send",
        "--severity",
        "error",
        "--title",
        "t",
        "--message",
        "the disk\u{1b}[31m\u{202e} is full",
    ];
    told.world.tend(send).code(0);
    let Some(screens) = tell(&["queue"]) else {
        return;
    };
    let text = screens[1].to_string();
    assert!(
        text.contains(
            "the disk\\\\u{1b}[31m\\\\u{202e} is full · 1 more notice · git tend notify log"
        ),
        "{text}"
    );
    let again = tell(&["queue"]).unwrap()[1].to_string();
    assert!(!again.contains("more notice"), "once: {again}");
    // Programs and quiet people are not told.
    told.world.tend(send).code(0);
    assert!(!told.world.tend(["queue"]).stderr.contains("disk"));
    assert!(
        !tell(&["queue", "--quiet"]).unwrap()[1]
            .to_string()
            .contains("disk")
    );
    assert!(tell(&["queue"]).unwrap()[1].to_string().contains("disk"));
    // Whoever looks on while a task runs needs not be told how it ended.
    let seen = tell(&["run", "ok"]).unwrap()[1].to_string();
    assert!(
        seen.contains("✓ ok") && !seen.contains("Task completed"),
        "{seen}"
    );
    assert!(
        !tell(&["queue"]).unwrap()[1]
            .to_string()
            .contains("Task completed")
    );
}

#[test]
fn what_is_switched_off_is_not_told_later() {
    let told = Told::new(TASKS);
    told.configure("[notify]\nenabled = false\n");
    told.run("ok");
    told.configure("");
    told.run("silent");
    assert_eq!(told.log().len(), 0);
    told.run("ok");
    assert_eq!(events(&told.got()), ["task_completed"]);
}
