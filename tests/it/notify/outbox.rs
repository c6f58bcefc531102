//! From what happens in a repository to what arrives: through the real binary, its drains and its messenger.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Ran, World, until};

const TASKS: &str = r#"
[defaults]
builtin = false
retries = 0
[task.ok]
run = ["true"]
notify = { complete = true }
[task.sometimes]
run = ["sh", "-c", "test ! -e ../broken"]
workspace = "worktree"
[task.silent]
run = ["true"]
"#;

/// A world whose user is told through a program that writes down what it gets.
pub(super) struct Told {
    pub world: World,
}

impl Told {
    pub fn new(tasks: &str) -> Self {
        let world = World::with_config(tasks);
        world.tend(["trust", "--yes"]).code(0);
        let told = Self { world };
        told.configure("");
        told.receiver("cat >>$HOME/got");
        told
    }

    /// The user's configuration: the program, and more.
    pub fn configure(&self, more: &str) {
        let folder = self.world.home().join(".config/git-tend");
        fs::create_dir_all(&folder).unwrap();
        let text = format!("[notify.command.mine]\nrun = [\"~/receiver\"]\n{more}");
        fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// What the program does.
    pub fn receiver(&self, script: &str) {
        let path = self.world.home().join("receiver");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn got_file(&self) -> PathBuf {
        self.world.home().join("got")
    }

    /// What the program got.
    pub fn got(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.got_file()).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Sends what is due, in the foreground.
    pub fn deliver(&self) -> Ran {
        self.world.tend(["notify", "deliver"])
    }

    /// Runs a task to its end and sends what is due.
    #[track_caller]
    pub fn run(&self, task: &str) {
        self.world.tend(["run", task, "--quiet"]);
        self.deliver().code(0);
    }

    pub fn log(&self) -> Vec<Value> {
        let ran = self
            .world
            .tend(["notify", "log", "-n", "1000", "--json"])
            .code(0);
        ran.json()["notices"].as_array().unwrap().clone()
    }
}

pub(super) fn events(notices: &[Value]) -> Vec<&str> {
    notices
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect()
}

fn ids(notices: &[Value]) -> Vec<&str> {
    notices
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect()
}

/// How a notice fares in the program's channel.
fn delivery(notice: &Value) -> &Value {
    let all = notice["deliveries"].as_array().unwrap();
    all.iter()
        .find(|it| it["channel"] == "command.mine")
        .unwrap()
}

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
fn a_drain_does_not_wait_for_whoever_is_slow() {
    let told = Told::new(TASKS);
    told.receiver("while [ ! -e $HOME/go ]; do :; done; cat >>$HOME/got");
    told.configure("timeout = \"60s\"\n");
    told.world.tend(["run", "ok", "--quiet"]).code(0);
    // The messenger works in the background, and everybody else goes on.
    until(20, "the messenger to begin", || {
        (delivery(&told.log()[0])["attempts"] == 1).then_some(())
    });
    assert_eq!(delivery(&told.log()[0])["state"], "waiting");
    assert_eq!(told.got(), Vec::<Value>::new());
    told.world.tend(["run", "silent", "--quiet"]).code(0);
    fs::write(told.world.home().join("go"), "").unwrap();
    until(20, "the message to be taken", || {
        (delivery(&told.log()[0])["state"] == "sent").then_some(())
    });
    assert_eq!(events(&told.got()), ["task_completed"]);
}

#[test]
fn a_hook_sends_nothing_itself() {
    let told = Told::new(&TASKS.replace(
        "[task.silent]",
        "[task.committed]\non = [\"post-commit\"]\nnotify = { complete = true }",
    ));
    told.receiver("while [ ! -e $HOME/go ]; do :; done; cat >>$HOME/got");
    told.configure("timeout = \"60s\"\n");
    told.world.tend(["trust", "--yes"]).code(0);
    told.world.tend(["install-hooks"]).code(0);
    told.world.write("a.txt", "a\n");
    told.world.commit("one");
    until(20, "the messenger to begin", || {
        let log = told.log();
        (!log.is_empty() && delivery(&log[0])["attempts"] == 1).then_some(())
    });
    told.world.write("a.txt", "b\n");
    told.world.commit("two");
    fs::write(told.world.home().join("go"), "").unwrap();
    until(20, "both to be taken", || {
        told.deliver();
        (told.got().len() == 2).then_some(())
    });
}

#[test]
fn nothing_is_lost_while_nobody_takes_it() {
    let told = Told::new(TASKS);
    told.receiver("echo 'no\u{1b}[31m room' >&2; exit 75");
    told.world.tend(["run", "ok", "--quiet"]).code(0);
    until(20, "the first attempt", || {
        let log = told.log();
        delivery(&log[0])["error"].is_string().then_some(())
    });
    let log = told.log();
    assert_eq!(delivery(&log[0])["state"], "waiting");
    assert!(
        delivery(&log[0])["error"]
            .as_str()
            .unwrap()
            .contains("room"),
        "{log:#?}"
    );
    // It is not its time yet, so that somebody who is down is left in peace.
    told.deliver().code(0);
    assert_eq!(delivery(&told.log()[0])["attempts"], 1);
    let doctor = told.world.tend(["doctor"]).stdout;
    assert!(
        doctor.contains("command.mine: 1 not taken since"),
        "{doctor}"
    );
    assert!(!doctor.contains('\u{1b}'), "{doctor:?}");
    let status = told.world.tend(["status"]).code(0).stdout;
    assert!(
        status.contains("command.mine has not taken 1 message since")
            && status.contains("git tend doctor"),
        "{status}"
    );
    let status = told.world.tend(["status", "--json"]).code(0).json();
    assert_eq!(status["notices"][0]["channel"], "command.mine");
    told.receiver("cat >>$HOME/got");
    let sent = told.world.tend(["notify", "deliver", "--now"]).code(0);
    assert!(sent.stderr.contains("1 message sent"), "{}", sent.stderr);
    assert_eq!(ids(&told.got()), ids(&told.log()));
    assert_eq!(delivery(&told.log()[0])["attempts"], 2);
    assert!(!told.world.tend(["doctor"]).stdout.contains("not taken"));
}

#[test]
fn a_channel_that_refuses_is_asked_once_in_a_round() {
    let told = Told::new(TASKS);
    told.receiver("echo >>$HOME/asked; exit 75");
    for title in ["a", "b", "c"] {
        // In hours that are quiet nothing is tried, and then there are three.
        told.configure("[notify]\nquiet_hours = \"00:00-12:00\"\n");
        let send = ["notify", "send", "--title", title, "--message", "x"];
        told.world
            .tend_with(&[("TEND_NOW", "2026-03-01T11:00:00Z")], send)
            .code(0);
    }
    let asked = || {
        fs::read_to_string(told.world.home().join("asked"))
            .unwrap_or_default()
            .lines()
            .count()
    };
    assert_eq!(asked(), 0);
    told.world
        .tend_with(
            &[("TEND_NOW", "2026-03-01T12:00:00Z")],
            ["notify", "deliver"],
        )
        .code(1);
    assert_eq!(asked(), 1);
    told.receiver("cat >>$HOME/got");
    told.world
        .tend_with(
            &[("TEND_NOW", "2026-03-01T13:00:00Z")],
            ["notify", "deliver"],
        )
        .code(0);
    let titles: Vec<Value> = told.got().iter().map(|it| it["title"].clone()).collect();
    assert_eq!(titles, ["a", "b", "c"], "in their order");
}

#[test]
fn after_three_days_it_is_given_up_and_can_be_sent_by_hand() {
    let told = Told::new(TASKS);
    told.receiver("exit 75");
    let at = |now: &str, args: &[&str]| {
        told.world
            .tend_with(&[("TEND_NOW", now), ("CI", "1")], args)
    };
    at("2026-03-01T12:00:00Z", &["run", "ok", "--quiet"]).code(0);
    assert_eq!(delivery(&told.log()[0])["attempts"], 1);
    // It waits longer each time.
    for (now, attempts) in [
        ("2026-03-01T12:00:20Z", 1),
        ("2026-03-01T12:00:40Z", 2),
        ("2026-03-01T12:01:20Z", 2),
        ("2026-03-01T12:02:00Z", 3),
        ("2026-03-02T12:00:00Z", 4),
        ("2026-03-04T11:59:00Z", 5),
    ] {
        at(now, &["notify", "deliver"]);
        assert_eq!(delivery(&told.log()[0])["attempts"], attempts, "{now}");
    }
    assert_eq!(delivery(&told.log()[0])["state"], "waiting");
    at("2026-03-04T14:00:00Z", &["notify", "deliver"]).code(1);
    assert_eq!(delivery(&told.log()[0])["state"], "given-up");
    told.receiver("cat >>$HOME/got");
    at("2026-03-04T18:00:00Z", &["notify", "deliver"]).code(0);
    assert_eq!(told.got().len(), 0);
    at("2026-03-04T18:00:00Z", &["notify", "deliver", "--now"]).code(0);
    assert_eq!(told.got().len(), 1);
}

#[test]
fn a_messenger_that_dies_is_followed_by_another_with_the_same_identity() {
    let told = Told::new(TASKS);
    // It takes the message and kills the messenger, which cannot write that down.
    told.receiver("cat >>$HOME/got; if [ ! -e $HOME/died ]; then : >$HOME/died; kill -9 $PPID; fi");
    told.world
        .tend(["run", "ok", "--enqueue", "--quiet"])
        .code(0);
    told.world.tend_with(&[("CI", "1")], ["drain", "--quiet"]);
    assert!(told.world.home().join("died").exists());
    let log = told.log();
    assert_eq!(delivery(&log[0])["state"], "waiting");
    assert_eq!(
        delivery(&log[0])["attempts"],
        1,
        "that it was begun is known"
    );
    told.deliver().code(0);
    assert_eq!(told.got().len(), 1, "not at once");
    told.world.tend(["notify", "deliver", "--now"]).code(0);
    let got = told.got();
    assert_eq!(ids(&got), [got[0]["id"].as_str().unwrap(); 2]);
    assert_eq!(delivery(&told.log()[0])["state"], "sent");
}

#[test]
fn many_drains_at_once_tell_each_event_once() {
    let mut tasks = "[defaults]\nbuiltin = false\n".to_owned();
    for number in 0..12 {
        tasks.push_str(&format!(
            "[task.t{number}]\nrun = [\"true\"]\nnotify = {{ start = true, complete = true }}\n"
        ));
    }
    let told = Told::new(&tasks);
    for number in 0..12 {
        told.world
            .tend(["run", &format!("t{number}"), "--enqueue", "--quiet"])
            .code(0);
    }
    let drains: Vec<_> = (0..5)
        .map(|_| {
            let mut command = told.world.tend_command();
            command
                .args(["drain", "--quiet"])
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut drain in drains {
        assert!(drain.wait().unwrap().success());
    }
    until(30, "everything to be told", || {
        told.world.tend(["drain", "--quiet"]).code(0);
        told.deliver();
        (told.got().len() >= 24).then_some(())
    });
    let got = told.got();
    let distinct: BTreeSet<&str> = ids(&got).into_iter().collect();
    assert_eq!((got.len(), distinct.len()), (24, 24), "each once");
    let mut pairs: Vec<(&str, &str)> = got
        .iter()
        .map(|it| (it["task"].as_str().unwrap(), it["event"].as_str().unwrap()))
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    assert_eq!(pairs.len(), 24);
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
fn in_quiet_hours_only_critical_notices_come() {
    let told = Told::new(TASKS);
    told.configure("[notify]\nquiet_hours = \"22:00-07:00\"\n");
    let at = |now: &str, args: &[&str]| {
        told.world
            .tend_with(&[("TEND_NOW", &format!("2026-03-{now}Z"))], args)
            .code(0);
    };
    let send = |now: &str, severity: &str| {
        at(
            now,
            &[
                "notify",
                "send",
                "--severity",
                severity,
                "--title",
                severity,
                "--message",
                "x",
            ],
        );
    };
    send("01T23:00:00", "error");
    assert_eq!(told.got().len(), 0);
    send("01T23:30:00", "critical");
    assert_eq!(told.got()[0]["title"], "critical");
    at("02T06:59:00", &["notify", "deliver"]);
    assert_eq!(told.got().len(), 1);
    at("02T07:00:00", &["notify", "deliver"]);
    assert_eq!(told.got()[1]["title"], "error");
    // A file disturbs nobody.
    let file = fs::read_to_string(told.world.state_dir().join("notices.jsonl")).unwrap();
    assert_eq!(file.lines().count(), 2);
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
fn a_server_that_is_down_gets_it_when_it_is_up() {
    let told = Told::new(TASKS);
    // A port that nobody listens on.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    told.configure(&format!(
        "[notify.webhook.team]\nurl = \"http://127.0.0.1:{port}/hook\"\nmin_severity = \"info\"\n"
    ));
    told.world.tend(["run", "ok", "--quiet"]).code(0);
    let of_team = |notice: &Value| {
        let all = notice["deliveries"].as_array().unwrap().clone();
        all.into_iter()
            .find(|it| it["channel"] == "webhook.team")
            .unwrap()
    };
    until(20, "the first attempt", || {
        of_team(&told.log()[0])["error"].is_string().then_some(())
    });
    let error = of_team(&told.log()[0])["error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        !error.contains("/hook"),
        "the address may be secret: {error}"
    );
    let server = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let answering = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = server.accept().unwrap();
        let mut text = Vec::new();
        let mut buffer = [0; 4096];
        while !text.ends_with(b"}") && !text.ends_with(b"}\n") {
            let count = stream.read(&mut buffer).unwrap();
            text.extend_from_slice(&buffer[..count]);
        }
        stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .unwrap();
        String::from_utf8(text).unwrap()
    });
    told.world.tend(["notify", "deliver", "--now"]).code(0);
    let request = answering.join().unwrap();
    let id = told.log()[0]["id"].as_str().unwrap().to_owned();
    assert!(
        request
            .to_lowercase()
            .contains(&format!("idempotency-key: {id}")),
        "{request}"
    );
    assert_eq!(of_team(&told.log()[0])["state"], "sent");
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
fn a_test_goes_through_each_channel_that_is_on() {
    let told = Told::new(TASKS);
    let ran = told
        .world
        .tend([
            "notify",
            "test",
            "--severity",
            "warning",
            "--title",
            "Test Notification",
            "--message",
            "a test",
        ])
        .code(0);
    assert!(
        ran.stdout.contains("✓ file") && ran.stdout.contains("✓ command.mine"),
        "{}",
        ran.stdout
    );
    assert_eq!(told.got()[0]["title"], "Test Notification");
    assert_eq!(told.log().len(), 0, "a test is no notice");
    told.receiver("exit 3");
    let ran = told
        .world
        .tend(["notify", "test", "--channel", "command.mine"])
        .code(1);
    assert!(ran.stdout.starts_with("✗ command.mine"), "{}", ran.stdout);
    let ran = told
        .world
        .tend(["notify", "test", "--channel", "email"])
        .code(2);
    assert!(
        ran.stderr.contains("email is no channel that is on"),
        "{}",
        ran.stderr
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
