//! From what happens in a repository to what arrives: through the real binary, its drains and its messenger.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::support::{Ran, World, until};

pub(super) const TASKS: &str = r#"
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

    pub fn got_file(&self) -> PathBuf {
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

pub(super) fn ids(notices: &[Value]) -> Vec<&str> {
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
fn a_hook_that_detaches_nothing_sends_in_what_is_left_of_its_budget() {
    let told = Told::new(&TASKS.replace(
        "[task.silent]",
        "[hooks.post-commit]\ndetach = false\ndrain = \"20s\"\n[task.committed]\non = [\"post-commit\"]\nnotify = { complete = true }",
    ));
    told.world.tend(["trust", "--yes"]).code(0);
    told.world.tend(["install-hooks"]).code(0);
    told.world.write("a.txt", "a\n");
    told.world.commit("one");
    assert_eq!(events(&told.got()), ["task_completed"], "git waited for it");
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
