//! E-mail, sent to a real mail server and to one that misbehaves; read by Python's own library.
#![cfg(feature = "email")]

mod hostile;
pub(super) mod server;
mod trouble;

use std::num::NonZeroU16;
use std::time::Duration;

use git_tend::config::notify::{Email as Settings, NoticeKind, Secret, Security, Severity};
use git_tend::notify::channel::email::Email;
use git_tend::notify::{Channel as _, Message, Notice, Refusal};
use jiff::Timestamp;
use serde_json::Map;

use self::server::Receiver;

const LONG: Duration = Duration::from_secs(60);

pub fn settings(port: NonZeroU16, security: Security) -> Settings {
    Settings {
        enabled: true,
        host: "localhost".parse().unwrap(),
        port: Some(port),
        security,
        from: "git-tend <tend@example.org>".parse().unwrap(),
        to: vec!["Ada <ada@example.org>".parse().unwrap()],
        timeout: git_tend::config::units::Period(LONG),
        ..Settings::default()
    }
}

pub fn with_password(settings: Settings, password: &str) -> Settings {
    let command = ["echo", password].map(str::to_owned).to_vec();
    Settings {
        username: Some("ada".parse().unwrap()),
        password: Some(Secret::Command(command)),
        ..settings
    }
}

pub fn notice(severity: Severity, title: &str, message: &str) -> Notice {
    Notice {
        id: "0198-77".to_owned(),
        time: "2026-11-21T17:15:40Z".parse().unwrap(),
        event: NoticeKind::TaskFailed,
        severity,
        repository: "website".to_owned(),
        host: "laptop".to_owned(),
        task: Some("docs".to_owned()),
        job: Some("42".to_owned()),
        title: title.to_owned(),
        message: message.to_owned(),
        metadata: Map::new(),
    }
}

pub fn message(notices: Vec<Notice>) -> Message {
    Message {
        id: "0198-77".to_owned(),
        time: "2026-11-21T17:16:00Z".parse::<Timestamp>().unwrap(),
        notices,
    }
}

pub fn one() -> Message {
    message(vec![notice(
        Severity::Error,
        "docs failed in website",
        "mdbook: no such chapter\n  src/a.md",
    )])
}

pub fn send(settings: &Settings, message: &Message) -> Result<(), Refusal> {
    Email::new(settings).send(message, LONG)
}

#[test]
fn a_mail_arrives_by_starttls_and_password() {
    let Some(receiver) = Receiver::start("starttls", "good", "ada") else {
        return;
    };
    let settings = Settings {
        ca_file: Some(receiver.ca_file()),
        to: vec![
            "Ada <ada@example.org>, bob@example.org".parse().unwrap(),
            "\"Čapek, K.\" <capek@example.org>".parse().unwrap(),
        ],
        ..with_password(settings(receiver.port, Security::StartTls), "s3cret")
    };
    assert_eq!(Email::new(&settings).check(), Ok(()));
    assert_eq!(send(&settings, &one()), Ok(()));
    // Sent again, it is the same mail.
    assert_eq!(send(&settings, &one()), Ok(()));
    let arrived = receiver.arrived();
    let [first, again] = arrived.as_slice() else {
        panic!("{} mails", arrived.len())
    };
    for (header, value) in [
        ("subject", "[ERROR] docs failed in website"),
        ("from", "git-tend <tend@example.org>"),
        ("message-id", "<0198-77@git-tend.example.org>"),
        ("auto-submitted", "auto-generated"),
        ("x-tend-id", "0198-77"),
        ("x-tend-event", "task_failed"),
        ("x-tend-severity", "error"),
        ("x-tend-repository", "website"),
        ("x-tend-task", "docs"),
    ] {
        assert_eq!(first.mail["headers"][header], value, "{header}");
        assert_eq!(again.mail["headers"][header], value, "{header}");
    }
    assert_eq!(
        first.mail["recipients"],
        serde_json::json!([
            "Ada <ada@example.org>",
            "bob@example.org",
            "\"Čapek, K.\" <capek@example.org>"
        ])
    );
    assert_eq!(first.mail["date"], "2026-11-21T17:16:00+00:00");
    assert_eq!(
        first.mail["types"],
        serde_json::json!(["multipart/alternative", "text/plain", "text/html"])
    );
    assert_eq!(first.mail["defects"], serde_json::json!([]));
    assert_eq!(
        first.envelope,
        serde_json::json!({
            "from": "tend@example.org",
            "to": ["ada@example.org", "bob@example.org", "capek@example.org"],
            "user": "ada",
            "tls": true,
        })
    );
    let text = first.mail["text"].as_str().unwrap();
    assert!(
        text.starts_with(
            "docs failed in website\n\nmdbook: no such chapter\n  src/a.md\n\nTask        docs\nJob         42\n\
             Repository  website\nTime        2026-11-21 "
        ),
        "{text}"
    );
    assert!(text.ends_with("\n-- \ngit-tend on laptop\n"), "{text}");
    let html = first.mail["html"].as_str().unwrap();
    for part in [
        "#e74c3c",
        "docs failed in website</h1>",
        "\nmdbook: no such chapter\n  src/a.md</pre>",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
}

#[test]
fn a_mail_arrives_by_tls_from_the_beginning() {
    let Some(receiver) = Receiver::start("tls", "good", "ada") else {
        return;
    };
    let settings = Settings {
        ca_file: Some(receiver.ca_file()),
        ..with_password(settings(receiver.port, Security::Tls), "s3cret")
    };
    assert_eq!(send(&settings, &one()), Ok(()));
    let arrived = receiver.only();
    assert_eq!(arrived.envelope["user"], "ada");
    assert_eq!(arrived.envelope["tls"], true);
}

#[test]
fn several_notices_come_in_one_mail_the_worst_first() {
    let Some(receiver) = Receiver::start("none", "good", "") else {
        return;
    };
    let settings = settings(receiver.port, Security::None);
    let mut notices = vec![
        notice(Severity::Info, "tests passed", ""),
        notice(Severity::Error, "docs failed", "first"),
        notice(Severity::Critical, "a key leaked", "in config.py"),
        notice(Severity::Error, "lint failed", "second"),
    ];
    assert_eq!(send(&settings, &message(notices.clone())), Ok(()));
    let mail = receiver.only().mail;
    assert_eq!(
        mail["headers"]["subject"],
        "[CRITICAL] 4 notices from website: 1 critical, 2 errors, 1 info"
    );
    assert_eq!(mail["headers"]["importance"], "high");
    for body in ["text", "html"] {
        let body = mail[body].as_str().unwrap();
        let at = |text: &str| {
            body.find(text)
                .unwrap_or_else(|| panic!("{text} in {body}"))
        };
        let order = ["a key leaked", "docs failed", "lint failed", "tests passed"].map(at);
        assert!(order.is_sorted(), "{body}");
    }
    let html = mail["html"].as_str().unwrap();
    for colour in ["#3498db", "#e74c3c", "#c0392b"] {
        assert!(html.contains(colour), "{colour}");
    }
    assert!(!html.contains("#f39c12"));

    let many = std::iter::repeat_n(notice(Severity::Warning, "slow", "x\n"), 70);
    notices.extend(many);
    assert_eq!(send(&settings, &message(notices)), Ok(()));
    let mail = receiver.arrived().remove(1).mail;
    let text = mail["text"].as_str().unwrap();
    assert_eq!(text.matches("* slow").count(), 47);
    assert!(text.contains("and 24 more notices"), "{text}");
}

#[test]
fn mails_about_a_task_make_a_thread() {
    let Some(receiver) = Receiver::start("none", "good", "") else {
        return;
    };
    let settings = settings(receiver.port, Security::None);
    let mut other = one();
    other.id = "another one, with blanks".to_owned();
    assert_eq!(send(&settings, &one()), Ok(()));
    assert_eq!(send(&settings, &other), Ok(()));
    let arrived = receiver.arrived();
    let header = |number: usize, name: &str| arrived[number].mail["headers"][name].clone();
    assert_eq!(header(0, "references"), header(1, "references"));
    assert_ne!(header(0, "message-id"), header(1, "message-id"));
    let id = header(1, "message-id");
    assert!(!id.as_str().unwrap().contains(' '), "{id}");
}
