//! Names, messages and settings that want to be more than text.

use git_tend::config::notify::{Security, Severity};
use git_tend::notify::Message;
use serde_json::{Value, json};

use super::server::{Arrived, Receiver};
use super::{message, notice, send, settings};

const INJECTION: &str = "x\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>\r\n.\r\nQUIT";
const STEERING: &str = "a\u{1b}[31mb\u{7}\0c\u{202e}gpj.exe\u{2066}d\u{9b}e\u{feff}";
const MARKUP: &str = "<img src=x onerror=alert(1)>&amp;\"'{{ 7 * 7 }}</pre></td>";
const EMOJI: &str = "👩‍💻 🦀 größe 漢字 \u{10ffff}";
const ENCODED: &str = "=?utf-8?q?=0D=0ABcc:_eve=40example.org?= and =?utf-8?b?PHNjcmlwdD4=?=";

fn poisoned(text: &str) -> Message {
    let mut notice = notice(Severity::Error, text, text);
    for field in [&mut notice.repository, &mut notice.host, &mut notice.id] {
        text.clone_into(field);
    }
    notice.task = Some(text.to_owned());
    notice.job = Some(text.to_owned());
    let mut message = message(vec![notice]);
    text.clone_into(&mut message.id);
    message
}

/// What is true of every mail, whatever is told in it.
#[track_caller]
fn is_sound(arrived: &Arrived) {
    let mail = &arrived.mail;
    assert_eq!(mail["defects"], json!([]));
    assert_eq!(arrived.envelope["to"], json!(["ada@example.org"]));
    assert_eq!(mail["types"].as_array().map(Vec::len), Some(3));
    assert_eq!(mail["bare_line_ends"], 0);
    assert_eq!(mail["is_ascii"], true);
    assert!(mail["longest_line"].as_u64().unwrap() <= 998);
    let known = [
        "From",
        "To",
        "Date",
        "Message-ID",
        "Subject",
        "Auto-Submitted",
        "References",
        "X-Auto-Response-Suppress",
        "X-Tend-Id",
        "X-Tend-Severity",
        "X-Tend-Event",
        "X-Tend-Repository",
        "X-Tend-Task",
        "MIME-Version",
        "Content-Type",
    ];
    for name in mail["names"].as_array().unwrap() {
        assert!(known.contains(&name.as_str().unwrap()), "{name}");
    }
    let headers = mail["headers"].as_object().unwrap().values();
    for text in headers.chain([&mail["text"], &mail["html"]]) {
        let text = text.as_str().unwrap();
        let steers = |c: &char| *c != '\n' && git_tend::system::plain::steers(*c);
        assert_eq!(text.chars().find(steers), None, "{text:?}");
    }
    let html = mail["html"].as_str().unwrap();
    for tag in ["<script", "<img", "</pre></td>"] {
        assert!(!html.contains(tag), "{tag} in {html}");
    }
}

fn body<'a>(mail: &'a Value, name: &str) -> &'a str {
    mail[name].as_str().unwrap()
}

#[test]
fn hostile_values_arrive_as_text() {
    let Some(receiver) = Receiver::start("none", "good", "") else {
        return;
    };
    let settings = settings(receiver.port, Security::None);
    let values = [
        INJECTION, STEERING, MARKUP, EMOJI, ENCODED, "", " ", "\n", ".",
    ];
    for value in values {
        assert_eq!(send(&settings, &poisoned(value)), Ok(()), "{value:?}");
        // The same among others.
        let mut several = poisoned(value);
        several.notices.extend(several.notices.clone());
        assert_eq!(send(&settings, &several), Ok(()), "{value:?}");
    }
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 2 * values.len());
    arrived.iter().for_each(is_sound);
    let mail = |value: &str| {
        let at = values.iter().position(|it| *it == value).unwrap();
        &arrived[2 * at].mail
    };
    assert_eq!(
        mail(ENCODED)["headers"]["subject"],
        format!("[ERROR] {ENCODED}")
    );
    assert_eq!(
        mail(EMOJI)["headers"]["subject"],
        format!("[ERROR] {EMOJI}")
    );
    assert!(body(mail(EMOJI), "text").contains(EMOJI));
    assert!(body(mail(EMOJI), "html").contains(EMOJI));
    assert!(body(mail(MARKUP), "text").contains(MARKUP));
    assert!(body(mail(INJECTION), "text").contains("x\\r\\nBcc: eve@example.org"));
    assert!(body(mail(STEERING), "text").contains("a\\u{1b}[31mb\\u{7}\\u{0}c\\u{202e}gpj.exe"));
}

#[test]
fn what_is_long_is_cut() {
    let Some(receiver) = Receiver::start("none", "good", "") else {
        return;
    };
    let settings = settings(receiver.port, Security::None);
    let title = "t".repeat(100_000);
    let line = "<\u{202e}".repeat(500_000);
    let lines = "<b>\u{202e} & so on\n".repeat(100_000);
    for text in [&title, &line, &lines] {
        let mut long = poisoned(text);
        assert_eq!(send(&settings, &long), Ok(()));
        long.notices = vec![long.notices.remove(0); 200];
        assert_eq!(send(&settings, &long), Ok(()));
    }
    let arrived = receiver.arrived();
    assert_eq!(arrived.len(), 6);
    for arrived in &arrived {
        is_sound(arrived);
        assert!(arrived.size < 1_000_000, "{}", arrived.size);
    }
    let text = body(&arrived[4].mail, "text");
    assert!(text.contains("… 99800 more lines"), "{text}");
}
