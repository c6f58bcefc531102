//! Every channel at once, with real receivers, and a repository whose name and notices try to be more than text.

use std::fs;

use serde_json::Value;

use super::desktop::Bus;
use super::email::server::Receiver;
use super::outbox::Told;
use super::webhook::server::Server;

/// A folder's name that steers terminals, turns text around and is markup.
const NAME: &str = "x\u{1b}[31m\u{202e}gpj.<b>&\"'";
/// Words of somebody else.
const WORDS: &str =
    "<script>alert(1)</script>\u{7}\r\nBcc: all@example.org\u{202e}<!channel> {error}";

/// What nobody may get as it is, in any text that a person reads.
fn is_harmless(text: &str) -> bool {
    !text.contains(['\u{1b}', '\u{7}', '\u{202e}', '\r'])
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one event, and all that became of it"
)]
fn one_event_reaches_every_channel_as_text_and_with_one_identity() {
    let Some(bus) = Bus::start() else { return };
    let Some(mails) = Receiver::start("starttls", "good", "ada") else {
        return;
    };
    let mut bubbles = bus.service("body,body-markup", "show");
    let json = Server::with_status("204 No Content");
    let slack = Server::with_status("200 OK");
    let mut told = Told::new("[defaults]\nbuiltin = false\n[task.bad]\nrun = [\"false\"]\n");
    told.world.move_repo(NAME);
    told.world.tend(["trust", "--yes"]).code(0);
    told.configure(&format!(
        r#"
[notify.email]
enabled = true
host = "localhost"
port = {port}
ca_file = "{ca}"
from = "${{SENDER}}"
to = ["Ada <ada@example.org>"]
username = "ada"
password = {{ env = "MAIL_PASSWORD" }}
[notify.webhook.json]
url = "{json}"
[notify.webhook.slack]
url = "{slack}"
format = "slack"
"#,
        port = mails.port,
        ca = mails.ca_file(),
        json = json.url("/json"),
        slack = slack.url("/slack"),
    ));
    let address = bus.address();
    let vars = [
        ("CI", "1"),
        ("DBUS_SESSION_BUS_ADDRESS", address.as_str()),
        ("SENDER", "tend@example.org"),
        ("MAIL_PASSWORD", "s3cret"),
    ];
    let tested = told.world.tend_with(&vars, ["notify", "test"]).code(0);
    assert_eq!(tested.stdout.matches('✓').count(), 7, "{}", tested.stdout);
    told.world
        .tend_with(&vars, ["run", "bad", "--quiet"])
        .code(1);
    let send = [
        "notify",
        "send",
        "--severity",
        "critical",
        "--title",
        WORDS,
        "--message",
        WORDS,
        "--meta",
        "k=v",
    ];
    told.world.tend_with(&vars, send).code(0);

    let log = told.log();
    assert_eq!(super::outbox::events(&log), ["task_failed", "custom"]);
    let ids: Vec<&str> = log.iter().map(|it| it["id"].as_str().unwrap()).collect();
    for notice in &log {
        for delivery in notice["deliveries"].as_array().unwrap() {
            let expected = if delivery["channel"] == "console" {
                "waiting"
            } else {
                "sent"
            };
            assert_eq!(delivery["state"], expected, "{delivery:#}");
        }
    }
    // What programs read is what it was; what is in files and pipes steers nothing.
    let file = fs::read_to_string(told.world.state_dir().join("notices.jsonl")).unwrap();
    let command = fs::read_to_string(told.world.home().join("got")).unwrap();
    let posted: Vec<String> = json
        .requests()
        .into_iter()
        .map(|request| String::from_utf8(request.body).unwrap())
        .collect();
    let posted = posted.join("\n");
    for (channel, text) in [("file", &file), ("command", &command), ("webhook", &posted)] {
        assert!(is_harmless(text), "{channel}: {text}");
        let notices: Vec<Value> = text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let ours: Vec<&Value> = notices
            .iter()
            .filter(|it| ids.contains(&it["id"].as_str().unwrap()))
            .collect();
        assert_eq!(ours.len(), 2, "{channel}: {text}");
        for (notice, id) in ours.iter().zip(&ids) {
            assert_eq!(
                (&notice["id"], &notice["repository"]),
                (&Value::from(*id), &NAME.into())
            );
        }
        assert_eq!(ours[1]["message"], WORDS);
        assert_eq!(ours[1]["metadata"]["k"], "v");
    }
    // What people read is text of the medium.
    let slack: Vec<String> = slack
        .requests()
        .into_iter()
        .map(|it| String::from_utf8(it.body).unwrap())
        .collect();
    let slack = slack.join("\n");
    assert!(
        is_harmless(&slack) && !slack.contains("<script>") && !slack.contains("<!channel>"),
        "{slack}"
    );
    assert!(slack.contains("&lt;script&gt;"), "{slack}");
    let arrived = mails.arrived();
    assert_eq!(arrived.len(), 3, "the test, the failure, what was sent");
    for mail in arrived.iter().map(|it| &it.mail) {
        let header = |name: &str| mail["headers"][name].as_str().unwrap().to_owned();
        assert!(mail["headers"].get("bcc").is_none(), "{mail:#}");
        assert_eq!(mail["recipients"].as_array().unwrap().len(), 1);
        assert!(is_harmless(&header("subject")), "{mail:#}");
        let (text, html) = (
            mail["text"].as_str().unwrap(),
            mail["html"].as_str().unwrap(),
        );
        assert!(is_harmless(text) && is_harmless(html), "{mail:#}");
        assert!(
            !html.contains("<script>") && !html.contains("gpj.<b>"),
            "{html}"
        );
    }
    let of_mails: Vec<&str> = arrived[1..]
        .iter()
        .map(|it| it.mail["headers"]["x-tend-id"].as_str().unwrap())
        .collect();
    assert_eq!(of_mails, ids);
    for _ in 0..3 {
        let bubble: Value = serde_json::from_str(&bubbles.line()).unwrap();
        let (summary, body) = (
            bubble["summary"].as_str().unwrap(),
            bubble["body"].as_str().unwrap(),
        );
        assert!(is_harmless(summary) && is_harmless(body), "{bubble:#}");
        assert!(!body.contains("<script>"), "{bubble:#}");
    }
    // And the terminal.
    let log = told.world.tend(["notify", "log"]).code(0).stdout;
    assert!(is_harmless(&log), "{log}");
    let doctor = told.world.tend(["doctor"]).stdout;
    assert!(is_harmless(&doctor), "{doctor}");
}
