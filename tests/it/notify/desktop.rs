//! The desktop: a private bus, and a notification service on it that tells what it is asked.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use git_tend::config::notify::{Desktop as Settings, NoticeKind, Severity};
use git_tend::config::units::Period;
use git_tend::notify::channel::desktop::{self, Desktop};
use git_tend::notify::{Channel, Message, Notice, Refusal};
use git_tend::system::plain;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{HOSTILE, message, notice};
use crate::support::{real_tools_required, tool};

/// Longer than anything takes on a busy machine, unless it hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Short, for what hangs.
const SOON: Duration = Duration::from_millis(300);

/// A process that prints lines; ends with the value.
pub(super) struct Printing {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Printing {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    pub(super) fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Printing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A bus that nothing of the machine's is on, with its socket where a runtime folder has it.
pub(super) struct Bus {
    folder: TempDir,
    python: PathBuf,
    _daemon: Printing,
}

impl Bus {
    pub(super) fn start() -> Option<Self> {
        let (daemon, python) = (tool("dbus-daemon")?, tool("python3")?);
        let has_library = Command::new(&python)
            .args(["-c", "import dbus_fast"])
            .output()
            .is_ok_and(|output| output.status.success());
        if !has_library {
            assert!(
                !real_tools_required(),
                "dbus-fast is missing: .ci/tools installs it"
            );
            eprintln!("not tested: dbus-fast is missing");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("session.conf");
        let socket = folder.path().join("bus");
        // As the usual session.conf, but without services that it would start.
        let text = format!(
            r#"<busconfig>
                <type>session</type>
                <listen>unix:path={}</listen>
                <auth>EXTERNAL</auth>
                <policy context="default">
                    <allow send_destination="*" eavesdrop="true"/>
                    <allow eavesdrop="true"/>
                    <allow own="*"/>
                </policy>
            </busconfig>"#,
            socket.display()
        );
        fs::write(&config, text).unwrap();
        let mut daemon = Printing::start(
            Command::new(daemon)
                .args(["--nofork", "--print-address", "--config-file"])
                .arg(&config)
                .stderr(Stdio::null()),
        );
        assert!(daemon.line().starts_with("unix:path="), "the bus is up");
        Some(Self {
            folder,
            python,
            _daemon: daemon,
        })
    }

    pub(super) fn address(&self) -> String {
        format!("unix:path={}/bus", self.folder.path().display())
    }

    pub(super) fn service(&self, capabilities: &str, behaviour: &str) -> Printing {
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/notify/notification_service.py");
        let mut service = Printing::start(Command::new(&self.python).arg(script).args([
            &self.address(),
            capabilities,
            behaviour,
        ]));
        assert_eq!(service.line(), "ready");
        service
    }

    fn desktop(&self) -> Desktop {
        at(&Settings::default(), &self.address())
    }
}

/// The desktop whose bus has this address.
fn at(settings: &Settings, address: &str) -> Desktop {
    Desktop::new(settings, |name| {
        (name == "DBUS_SESSION_BUS_ADDRESS").then(|| OsString::from(address))
    })
}

fn shown(service: &mut Printing) -> Value {
    serde_json::from_str(&service.line()).unwrap()
}

/// Sends the message; it must be shown.
#[track_caller]
fn show(desktop: &Desktop, service: &mut Printing, message: &Message) -> Value {
    desktop.send(message, LIMIT).unwrap();
    shown(service)
}

fn one(notice: Notice) -> Message {
    message(vec![notice])
}

fn some() -> Message {
    one(notice("a", Severity::Error))
}

#[track_caller]
fn later<T: std::fmt::Debug>(sent: Result<T, Refusal>) -> String {
    match sent {
        Err(Refusal::Later(text)) => text,
        other => panic!("not put off: {other:?}"),
    }
}

#[test]
fn a_bubble_looks_as_serious_as_its_notice_is() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "show");
    let expected = [
        (Severity::Info, 0, "dialog-information", -1),
        (Severity::Warning, 1, "dialog-warning", -1),
        (Severity::Error, 2, "dialog-error", -1),
        (Severity::Critical, 2, "dialog-error", 0),
    ];
    for (severity, urgency, icon, expire) in expected {
        let notice = notice("a", severity);
        assert_eq!(
            show(&bus.desktop(), &mut service, &one(notice)),
            json!({
                "app_name": "git-tend",
                "replaces_id": 0,
                "app_icon": icon,
                "summary": "docs failed in website",
                "body": "exit code 2",
                "actions": [],
                "hints": {
                    "urgency": ["y", urgency],
                    "category": ["s", "x-git-tend.task_failed"],
                },
                "expire_timeout": expire,
            })
        );
    }
}

#[test]
fn a_bubble_stays_as_long_as_the_user_says_and_a_critical_one_until_it_is_closed() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "show");
    let mut expire = |period, severity| {
        let settings = Settings {
            timeout: Some(period),
            ..Settings::default()
        };
        let desktop = at(&settings, &bus.address());
        show(&desktop, &mut service, &one(notice("a", severity)))["expire_timeout"].clone()
    };
    assert_eq!(expire(Period::seconds(8), Severity::Error), 8000);
    assert_eq!(expire(Period::seconds(8), Severity::Critical), 0);
    // Zero would be for ever, and a month of milliseconds is too many.
    assert_eq!(expire(Period::seconds(0), Severity::Info), 1);
    assert_eq!(expire(Period::days(60), Severity::Info), i32::MAX);
}

#[test]
fn hostile_text_is_shown_as_text_whatever_the_service_understands() {
    let Some(bus) = Bus::start() else { return };
    let mut hostile = notice("a", Severity::Error);
    hostile.title = HOSTILE.into();
    hostile.message = format!("<img src=\"x\"/> & <a href='y'>z</a>\n{HOSTILE}");
    let marked = "&lt;img src=\"x\"/&gt; &amp; &lt;a href='y'&gt;z&lt;/a&gt;";
    let plainly = "<img src=\"x\"/> & <a href='y'>z</a>";
    for (capabilities, first) in [
        ("body,body-markup", marked),
        ("body", plainly),
        ("!", marked),
    ] {
        let mut service = bus.service(capabilities, "show");
        let seen = show(&bus.desktop(), &mut service, &one(hostile.clone()));
        let summary = seen["summary"].as_str().unwrap();
        assert!(!summary.contains(plain::steers), "{summary:?}");
        assert!(
            summary.contains("<b>"),
            "a summary never has markup: {summary}"
        );
        let body: Vec<&str> = seen["body"].as_str().unwrap().split('\n').collect();
        assert_eq!(body[0], first);
        assert!(!body.concat().contains(plain::steers), "{body:?}");
        assert_eq!(body.concat().contains('<'), capabilities == "body");
    }
}

#[test]
fn what_is_too_long_for_a_bubble_is_cut() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body,body-markup", "show");
    let mut long = notice("a", Severity::Error);
    long.title = HOSTILE.repeat(3000);
    for message in [
        "<".repeat(100_000),
        "x\n".repeat(100_000),
        HOSTILE.repeat(3000),
    ] {
        long.message = message;
        let seen = show(&bus.desktop(), &mut service, &one(long.clone()));
        let (summary, body) = (
            seen["summary"].as_str().unwrap(),
            seen["body"].as_str().unwrap(),
        );
        assert!(summary.len() < 3000 && summary.ends_with('…'), "{summary}");
        assert!(body.len() < 30_000 && body.ends_with('…'), "{body}");
        assert!(body.lines().count() <= 11);
    }
}

#[test]
fn a_bubble_always_has_a_heading_and_says_nothing_twice() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "show");
    let mut same = notice("a", Severity::Info);
    same.message = format!("{}\n", same.title);
    assert_eq!(show(&bus.desktop(), &mut service, &one(same))["body"], "");
    let mut empty = notice("a", Severity::Info);
    empty.title = " ".into();
    let seen = show(&bus.desktop(), &mut service, &one(empty));
    assert_eq!(seen["summary"], "git-tend");
    assert_eq!(seen["body"], "exit code 2");
}

#[test]
fn several_notices_are_one_bubble_with_the_most_serious_first() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body,body-markup", "show");
    let notices = (0..12).map(|number| {
        let serious = number == 9 || number == 11;
        let severity = if serious {
            Severity::Error
        } else {
            Severity::Info
        };
        let mut notice = notice(&number.to_string(), severity);
        notice.event = NoticeKind::Custom;
        notice.title = format!("t{number}");
        notice.message = match number {
            0 => String::new(),
            1 => "t1".into(),
            _ => format!("<m{number}>\nmore\u{7}"),
        };
        notice
    });
    let seen = show(&bus.desktop(), &mut service, &message(notices.collect()));
    assert_eq!(
        seen["summary"],
        "12 notices from website: 2 errors, 10 info"
    );
    assert_eq!(
        seen["body"],
        "t9: &lt;m9&gt;\nt11: &lt;m11&gt;\nt0\nt1\nt2: &lt;m2&gt;\nand 7 more · git tend notify log"
    );
    assert_eq!(seen["hints"]["urgency"], json!(["y", 2]));
    assert_eq!(seen["hints"]["category"], json!(["s", "x-git-tend.digest"]));
}

#[test]
fn a_service_that_comes_late_shows_what_was_put_off() {
    let Some(bus) = Bus::start() else { return };
    let desktop = bus.desktop();
    let nobody = "no notification service runs on the session's bus";
    assert_eq!(later(desktop.send(&some(), LIMIT)), nobody);
    assert_eq!(later(desktop.identify(LIMIT)), nobody);
    let mut service = bus.service("body", "show");
    assert_eq!(show(&desktop, &mut service, &some())["body"], "exit code 2");
}

#[test]
fn checking_says_who_would_show_it_and_shows_nothing() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "show");
    assert_eq!(bus.desktop().identify(LIMIT).unwrap(), "recorder 7.0");
    let mut marked = notice("a", Severity::Info);
    marked.title = "the first".into();
    assert_eq!(
        show(&bus.desktop(), &mut service, &one(marked))["summary"],
        "the first"
    );
}

#[test]
fn the_bus_is_found_without_its_address() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "show");
    let folder = bus.folder.path().as_os_str().to_os_string();
    let variable = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| folder.clone());
    assert!(desktop::available(variable));
    let desktop = Desktop::new(&Settings::default(), variable);
    assert_eq!(show(&desktop, &mut service, &some())["body"], "exit code 2");
    // Of several addresses the first that answers is used.
    let list = format!("nonsense;unix:path=/gone;{};", bus.address());
    let desktop = at(&Settings::default(), &list);
    assert_eq!(show(&desktop, &mut service, &some())["body"], "exit code 2");
}

#[test]
fn a_service_that_does_not_answer_costs_no_more_than_the_limit() {
    let Some(bus) = Bus::start() else { return };
    let mut service = bus.service("body", "hang");
    let start = Instant::now();
    let text = later(bus.desktop().send(&some(), SOON));
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert!(text.contains("did not answer in time"), "{text}");
    assert_eq!(shown(&mut service)["body"], "exit code 2");
}

#[test]
fn a_service_that_ends_or_fails_is_tried_again_and_one_that_refuses_the_notice_is_not() {
    let Some(bus) = Bus::start() else { return };
    let died = {
        let _service = bus.service("body", "die");
        later(bus.desktop().send(&some(), LIMIT))
    };
    assert!(died.contains("did not take it"), "{died}");
    for (error, expected) in [
        (
            "org.example.Error.Full",
            "org.example.Error.Full: not today",
        ),
        (
            "org.freedesktop.DBus.Error.LimitsExceeded",
            "LimitsExceeded: not today",
        ),
    ] {
        let _service = bus.service("body", error);
        let text = later(bus.desktop().send(&some(), LIMIT));
        assert!(text.ends_with(expected), "{text}");
    }
    let _service = bus.service("body", "org.freedesktop.DBus.Error.InvalidArgs");
    let refused = bus.desktop().send(&some(), LIMIT);
    assert!(
        matches!(&refused, Err(Refusal::Final(text)) if text.contains("InvalidArgs")),
        "{refused:?}"
    );
}

#[test]
fn a_bus_that_is_gone_silent_or_something_else_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("bus");
    let desktop = at(
        &Settings::default(),
        &format!("unix:path={}", socket.display()),
    );
    let text = later(desktop.send(&some(), LIMIT));
    assert!(text.starts_with("reach the session's bus: "), "{text}");
    // The kernel takes connections that nobody accepts.
    let _listener = UnixListener::bind(&socket).unwrap();
    let start = Instant::now();
    let text = later(desktop.send(&some(), SOON));
    assert!(text.contains("did not answer"), "{text}");
    assert!(later(desktop.identify(SOON)).contains("did not answer"));
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    // Each on a socket of its own: those who hung may still be about to connect to the other.
    for (number, greeting) in [&b""[..], b"REJECTED\r\n", b"\xff\0\r\nOK\r\n"]
        .into_iter()
        .enumerate()
    {
        let socket = folder.path().join(number.to_string());
        let listener = UnixListener::bind(&socket).unwrap();
        let closing = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(greeting).unwrap();
        });
        let address = format!("unix:path={}", socket.display());
        later(at(&Settings::default(), &address).send(&some(), LIMIT));
        closing.join().unwrap();
    }
    for address in [
        "nonsense",
        "unix:",
        ";",
        "disabled:",
        "unix:path=%zz",
        "unixexec:path=/bin/true",
    ] {
        later(at(&Settings::default(), address).send(&some(), LIMIT));
    }
}
