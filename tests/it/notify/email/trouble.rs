//! Servers that are down, slow, refusing, in disguise; settings that make no sense.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use git_tend::config::notify::{Email as Settings, Secret, Security};
use git_tend::notify::channel::email::Email;
use git_tend::notify::{Channel as _, Refusal};

use super::server::{Do, Receiver, Rude};
use super::{LONG, one, send, settings, with_password};

#[track_caller]
fn later(outcome: Result<(), Refusal>, part: &str) {
    match outcome {
        Err(Refusal::Later(why)) => assert!(why.contains(part), "{part:?} in {why:?}"),
        other => panic!("{part:?} in {other:?}"),
    }
}

#[track_caller]
fn never(outcome: Result<(), Refusal>, part: &str) {
    match outcome {
        Err(Refusal::Final(why)) => assert!(why.contains(part), "{part:?} in {why:?}"),
        other => panic!("{part:?} in {other:?}"),
    }
}

/// A server that answers one line as told.
fn answering(line: &'static str, answer: Do) -> Rude {
    Rude::start(move |said| {
        let told = said == line || (!line.is_empty() && line != "." && said.starts_with(line));
        told.then_some(answer)
    })
}

fn sent_to(server: &Rude) -> Result<(), Refusal> {
    send(&settings(server.port, Security::None), &one())
}

#[test]
fn answers_that_pass_and_answers_that_stay() {
    let passing = [
        ("", "421 too many", "connect to localhost"),
        ("EHLO", "421 going down", "connect to localhost"),
        ("MAIL", "451 try again", "send as <tend@example.org>"),
        ("RCPT", "450 4.2.0 greylisted", "send to <ada@example.org>"),
        ("DATA", "452 no space", "hand the mail over"),
        (".", "451 4.3.0 later", "hand the mail over"),
    ];
    for (line, answer, doing) in passing {
        let outcome = sent_to(&answering(line, Do::Say(answer)));
        later(outcome.clone(), doing);
        later(outcome, answer);
    }
    let staying = [
        ("", "554 no mail here", "connect to localhost"),
        ("MAIL", "550 who are you", "send as <tend@example.org>"),
        (
            "RCPT",
            "550 5.1.1 no such user",
            "send to <ada@example.org>",
        ),
        (".", "554 5.7.1 spam", "hand the mail over"),
    ];
    for (line, answer, doing) in staying {
        let outcome = sent_to(&answering(line, Do::Say(answer)));
        never(outcome.clone(), doing);
        never(outcome, answer);
    }
    assert_eq!(sent_to(&answering("?", Do::Close)), Ok(()));
}

#[test]
fn nobody_gets_what_one_recipient_is_refused() {
    let server = answering("RCPT TO:<bob@", Do::Say("550 unknown"));
    let to = ["ada@example.org", "bob@example.org"].map(|it| it.parse().unwrap());
    let settings = Settings {
        to: to.to_vec(),
        ..settings(server.port, Security::None)
    };
    never(send(&settings, &one()), "bob@example.org");
    assert!(!server.heard().iter().any(|line| line == "DATA"));
}

#[test]
fn connections_that_break_are_tried_again_later() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port().try_into().unwrap();
    drop(closed);
    later(
        send(&settings(port, Security::None), &one()),
        "connect to localhost",
    );
    let unknown = Settings {
        host: "no-such-host.invalid".parse().unwrap(),
        ..settings(port, Security::None)
    };
    later(send(&unknown, &one()), "find no-such-host.invalid");
    // The last one may have been taken: the mail comes again under the same identity.
    for line in ["", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        later(
            sent_to(&answering(line, Do::Close)),
            "the server ended the connection",
        );
    }
    later(sent_to(&answering("RCPT", Do::Say("what?"))), "send to");
}

#[test]
fn time_is_bounded_whatever_the_server_does() {
    for line in ["", "EHLO", "MAIL", "."] {
        for answer in [Do::Hush, Do::Drip] {
            let server = answering(line, answer);
            let settings = settings(server.port, Security::None);
            let begun = Instant::now();
            let limit = Duration::from_millis(700);
            let outcome = Email::new(&settings).send(&one(), limit);
            assert!(begun.elapsed() < Duration::from_secs(10), "{line}");
            assert!(matches!(outcome, Err(Refusal::Later(_))), "{outcome:?}");
        }
    }
    // The settings bound it as well.
    let server = answering("", Do::Drip);
    let begun = Instant::now();
    let settings = Settings {
        timeout: git_tend::config::units::Period(Duration::from_millis(300)),
        ..settings(server.port, Security::None)
    };
    later(send(&settings, &one()), "connect to localhost");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_server_that_took_the_mail_and_hangs_took_the_mail() {
    let begun = Instant::now();
    assert_eq!(sent_to(&answering("QUIT", Do::Drip)), Ok(()));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn nothing_is_sent_in_the_clear() {
    let server = Rude::start(|_| None);
    let settings = with_password(settings(server.port, Security::StartTls), "s3cret");
    let settings = Settings {
        host: "127.0.0.1".parse().unwrap(),
        ..settings
    };
    never(send(&settings, &one()), "does not offer STARTTLS");
    let heard = server.heard();
    assert!(
        heard
            .iter()
            .all(|line| line.starts_with("EHLO") || line == "QUIT"),
        "{heard:?}"
    );

    // Not even to a server that says so and then does not.
    let server = Rude::start(|line| match line.get(..4) {
        Some("EHLO") => Some(Do::Say("250-rude.test\r\n250 STARTTLS")),
        Some("STAR") => Some(Do::Say(
            "220 go\r\n250 AUTH PLAIN\r\n235 in\r\n250 x\r\n250 x",
        )),
        _ => None,
    });
    let outcome = send(
        &Settings {
            port: Some(server.port),
            ..settings.clone()
        },
        &one(),
    );
    assert!(outcome.is_err());
    let heard = server.heard().join("\n");
    assert!(
        !heard.contains("AUTH") && !heard.contains("MAIL"),
        "{heard}"
    );

    // A server without TLS at all.
    let server = Rude::start(|_| None);
    let tls = Settings {
        port: Some(server.port),
        security: Security::Tls,
        ..settings
    };
    never(send(&tls, &one()), "does not speak TLS");
}

#[test]
fn certificates_are_judged() {
    for (certificate, part) in [
        ("other", "for another name"),
        ("expired", "has expired"),
        ("stranger", "nobody whom this machine trusts"),
    ] {
        for security in [Security::StartTls, Security::Tls] {
            let name = if security == Security::Tls {
                "tls"
            } else {
                "starttls"
            };
            let Some(receiver) = Receiver::start(name, certificate, "ada") else {
                return;
            };
            let settings = Settings {
                ca_file: Some(receiver.ca_file()),
                ..with_password(settings(receiver.port, security), "s3cret")
            };
            never(send(&settings, &one()), part);
            assert!(receiver.arrived().is_empty());
        }
    }
    let Some(receiver) = Receiver::start("starttls", "good", "ada") else {
        return;
    };
    let without = with_password(settings(receiver.port, Security::StartTls), "s3cret");
    never(send(&without, &one()), "nobody whom this machine trusts");
    let by_number = Settings {
        host: "127.0.0.1".parse().unwrap(),
        ca_file: Some(receiver.ca_file()),
        ..without
    };
    assert_eq!(send(&by_number, &one()), Ok(()));
}

#[test]
fn passwords_are_tried_once_and_never_told() {
    let Some(receiver) = Receiver::start("starttls", "good", "ada") else {
        return;
    };
    let encrypted = Settings {
        ca_file: Some(receiver.ca_file()),
        ..settings(receiver.port, Security::StartTls)
    };
    let wrong = send(&with_password(encrypted.clone(), "hunter2"), &one());
    never(wrong.clone(), "log in at localhost");
    never(wrong.clone(), "535");
    assert!(!format!("{wrong:?}").contains("hunter2"));
    never(send(&encrypted, &one()), "530");
    let failing = Settings {
        password: Some(Secret::Command(vec!["false".to_owned()])),
        ..with_password(encrypted, "")
    };
    later(send(&failing, &one()), "`false`");

    let server = Rude::start(|_| None);
    let plain = with_password(settings(server.port, Security::None), "hunter2");
    never(
        send(&plain, &one()),
        "offers neither AUTH PLAIN nor AUTH LOGIN",
    );
    let server = Rude::start(|line| match line.get(..4) {
        Some("EHLO") => Some(Do::Say("250-rude.test\r\n250 AUTH PLAIN")),
        Some("AUTH") => Some(Do::Say("454 4.7.0 temporarily")),
        _ => None,
    });
    let plain = with_password(settings(server.port, Security::None), "hunter2");
    later(send(&plain, &one()), "454");
}

#[test]
fn settings_that_make_no_sense_are_told_before_anything_is_sent() {
    let server = Rude::start(|_| None);
    let good = settings(server.port, Security::None);
    let text = |text: &str| text.parse().unwrap();
    let cases = [
        (
            Settings {
                host: text("${TEND_NO_SUCH_VARIABLE}"),
                ..good.clone()
            },
            "`host`: the variable TEND_NO_SUCH_VARIABLE is not set",
        ),
        (
            Settings {
                host: text("mail.example.org:25"),
                ..good.clone()
            },
            "`port = 25`",
        ),
        (
            Settings {
                from: text("nobody"),
                ..good.clone()
            },
            "`from`: `nobody` is no address",
        ),
        (
            Settings {
                from: text("a@example.org, b@example.org"),
                ..good.clone()
            },
            "`from`: exactly one",
        ),
        (
            Settings {
                to: vec![text("ada@example.org\r\nBcc: eve@example.org")],
                ..good.clone()
            },
            "control characters",
        ),
        (
            Settings {
                to: Vec::new(),
                ..good.clone()
            },
            "`to`",
        ),
        (
            Settings {
                username: Some(text("ada")),
                ..good.clone()
            },
            "`password` is not",
        ),
        (
            with_password(
                Settings {
                    host: text("mail.example.org"),
                    ..good.clone()
                },
                "x",
            ),
            "would show the password",
        ),
        (
            Settings {
                ca_file: Some("ca.pem".to_owned()),
                ..good
            },
            "whole path",
        ),
    ];
    for (settings, part) in cases {
        let why = Email::new(&settings).check().unwrap_err().to_string();
        assert!(why.contains(part), "{part:?} in {why:?}");
        assert_eq!(
            Email::new(&settings).send(&one(), LONG),
            Err(Refusal::Final(why))
        );
    }
    assert!(server.heard().is_empty());
}
