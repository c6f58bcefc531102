//! Webhooks, with servers on this machine that take, refuse, stall and lie.

mod encrypted;
pub(super) mod server;

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use git_tend::config::notify::{self, NoticeKind, Secret, Severity, WebhookFormat};
use git_tend::notify::channel::Webhook;
use git_tend::notify::{Channel as _, Message, Notice, Refusal};
use serde_json::{Value, json};

use self::server::Server;
use crate::support::tool;

const LONG: Duration = Duration::from_secs(60);
/// Longer than anything here may take on a busy machine, shorter than what a server would hold a request up.
const PATIENCE: Duration = Duration::from_secs(40);
/// For requests that get no answer.
const SHORT: Duration = Duration::from_millis(700);

const HOSTILE: &str = "a\0b\r\nX-Evil: 1\r\n\r\nHTTP/1.1 200 OK\r\n\u{1b}[31m\u{9b}2J\u{202e}rtl\u{2066} <b>&amp; \"q\" 'q' \
    <!channel> <!here|x> <@U123> <https://evil.example|good> @channel @here @everyone x@everyone a@b.org \
    [x](https://evil.example) ![](//t) [x][1] [1]: //evil *b* _i_ `c` %s ${HOME} \\ \u{feff}\u{2028}\u{e0041} 👩\u{200d}💻";

fn notice(id: &str, text: &str) -> Notice {
    Notice {
        id: id.to_owned(),
        time: "2026-11-21T12:00:00Z".parse().unwrap(),
        event: NoticeKind::TaskFailed,
        severity: Severity::Error,
        repository: text.to_owned(),
        host: text.to_owned(),
        task: Some(text.to_owned()),
        job: None,
        title: text.to_owned(),
        message: text.to_owned(),
        metadata: [(text.to_owned(), json!([text]))].into_iter().collect(),
    }
}

fn message(notices: Vec<Notice>) -> Message {
    Message {
        id: "01M".to_owned(),
        time: "2026-11-21T12:00:01Z".parse().unwrap(),
        notices,
    }
}

fn one() -> Message {
    message(vec![notice("01J", "x")])
}

fn settings(url: &str) -> notify::Webhook {
    notify::Webhook {
        url: Some(url.parse().unwrap()),
        timeout: "60s".parse().unwrap(),
        ..notify::Webhook::default()
    }
}

fn variable(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("t0ken".to_owned()),
        "PATH_SECRET" => Some("S3CRET".to_owned()),
        "TWO_LINES" => Some("S3CRET\r\nX-Evil: 1".to_owned()),
        _ => None,
    }
}

fn webhook(settings: notify::Webhook) -> Webhook {
    Webhook::with_variables(settings, variable)
}

#[track_caller]
fn later(sent: Result<(), Refusal>) -> String {
    match sent {
        Err(Refusal::Later(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(sent: Result<(), Refusal>) -> String {
    match sent {
        Err(Refusal::Final(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_notice_arrives_as_it_is_whatever_is_in_it() {
    let server = Server::with_status("204 No Content");
    let mut settings = settings(&server.url("/hooks/${PATH_SECRET}?a=b"));
    settings.headers = [
        ("Authorization", "Bearer ${TOKEN}"),
        ("X-Mine", "a: b; \"ü\""),
    ]
    .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
    .into();
    let original = notice("01J", HOSTILE);
    let second = notice("02J", "x");
    let both = message(vec![original.clone(), second.clone()]);
    assert_eq!(webhook(settings).send(&both, LONG), Ok(()));
    let requests = server.requests();
    let [first, other] = requests.as_slice() else {
        panic!("{requests:?}");
    };
    assert_eq!(first.line, "POST /hooks/S3CRET?a=b HTTP/1.1");
    assert_eq!(first.header("authorization"), "Bearer t0ken");
    assert_eq!(first.header("x-mine"), "a: b; \"ü\"");
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(first.header("idempotency-key"), "01J");
    assert_eq!(first.header("x-tend-event"), "task_failed");
    let version = concat!("git-tend/", env!("CARGO_PKG_VERSION"));
    assert_eq!(first.header("user-agent"), version);
    let names: Vec<_> = first
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("evil") || name.contains("signature"))
    );
    let value: Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["task"], HOSTILE);
    assert_eq!(serde_json::from_value::<Notice>(value).unwrap(), original);
    assert_eq!(other.header("idempotency-key"), "02J");
    assert_eq!(
        serde_json::from_slice::<Notice>(&other.body).unwrap(),
        second
    );
}

#[test]
fn a_signature_is_verified_by_somebody_else() {
    let Some(python) = tool("python3") else {
        return;
    };
    let server = Server::with_status("200 OK");
    let mut settings = settings(&server.url("/"));
    let words = ["printf", "schlüssel 'x'\\n"].map(str::to_owned);
    settings.secret = Some(Secret::Command(words.to_vec()));
    let hostile = message(vec![notice("01J", HOSTILE)]);
    assert_eq!(webhook(settings).send(&hostile, LONG), Ok(()));
    let request = server.requests().remove(0);
    let script = "import hmac, sys\n\
        made = 'sha256=' + hmac.new(\"schlüssel 'x'\".encode(), sys.stdin.buffer.read(), 'sha256').hexdigest()\n\
        print(hmac.compare_digest(made, sys.argv[1]))";
    let mut child = Command::new(python)
        .args(["-c", script, request.header("x-tend-signature-256")])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(&request.body)
        .unwrap();
    let said = child.wait_with_output().unwrap().stdout;
    assert_eq!(String::from_utf8_lossy(&said).trim(), "True");
}

#[test]
fn what_is_refused_may_be_so_for_now_or_for_good() {
    for (status, again) in [
        ("400 Bad Request", false),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("404 Not Found", false),
        ("408 Request Timeout", true),
        ("410 Gone", false),
        ("413 Content Too Large", false),
        ("425 Too Early", true),
        ("429 Too Many Requests", true),
        ("500 Internal Server Error", true),
        ("502 Bad Gateway", true),
        ("503 Service Unavailable", true),
        ("504 Gateway Timeout", true),
        ("599 Own", true),
    ] {
        let server = Server::with_status(status);
        let sent = webhook(settings(&server.url("/S3CRET"))).send(&one(), LONG);
        let text = if again { later(sent) } else { refused(sent) };
        let code = &status[..3];
        let begin = format!("{} answered {code}", server.origin());
        assert!(
            text.starts_with(&begin) && !text.contains("S3CRET"),
            "{text}"
        );
        assert_eq!(server.requests().len(), 1);
    }
    for status in ["200 OK", "201 Created", "202 Accepted", "204 No Content"] {
        let server = Server::with_status(status);
        assert_eq!(
            webhook(settings(&server.url("/"))).send(&one(), LONG),
            Ok(())
        );
    }
}

#[test]
fn why_it_was_refused_is_told_as_text_without_the_address() {
    let server = Server::new(|asker| {
        let body = "no hook \u{1b}[31mat\u{202e} /T0/S3CRET?k=S3CRET\nmore\n";
        asker.answer("404 Not Found", "Content-Type: text/plain\r\n", body);
    });
    let text = refused(webhook(settings(&server.url("/T0/S3CRET?k=S3CRET"))).send(&one(), LONG));
    let origin = server.origin();
    assert_eq!(
        text,
        format!("{origin} answered 404 Not Found: no hook \\u{{1b}}[31mat\\u{{202e}} ……")
    );
}

#[test]
fn redirects_are_told_and_not_followed() {
    for (status, again) in [
        ("301 Moved Permanently", false),
        ("302 Found", true),
        ("303 See Other", true),
        ("307 Temporary Redirect", true),
        ("308 Permanent Redirect", false),
    ] {
        for (location, told) in [
            ("/S3CRET", "another path"),
            ("https://other.example/S3CRET", "https://other.example"),
        ] {
            let header = format!("Location: {location}\r\n");
            let server = Server::new(move |asker| asker.answer(status, &header, "S3CRET"));
            let sent = webhook(settings(&server.url("/S3CRET"))).send(&one(), LONG);
            let text = if again { later(sent) } else { refused(sent) };
            let origin = server.origin();
            let expected = format!("{origin} answered {status}: to {told}, which is not followed");
            assert_eq!(text, expected);
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[test]
fn nobody_there_is_for_now() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let text = later(webhook(settings(&format!("http://{address}/S3CRET"))).send(&one(), LONG));
    assert!(
        text.contains("refused") && !text.contains("S3CRET"),
        "{text}"
    );
    let text = later(webhook(settings("http://no-such-host.invalid/S3CRET")).send(&one(), LONG));
    assert!(text.starts_with("http://no-such-host.invalid"), "{text}");
    assert!(!text.contains("S3CRET"), "{text}");
}

/// Sends with a limit of [`SHORT`], and by it; returns how long it took besides.
fn sent_in_time(server: &Server) -> Result<(), Refusal> {
    let begun = Instant::now();
    let sent = webhook(settings(&server.url("/S3CRET"))).send(&one(), SHORT);
    assert!(
        begun.elapsed() < SHORT + Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    sent
}

#[test]
fn the_limit_holds_however_slow_the_other_side_is() {
    // Nothing at all.
    let silent = Server::new(|asker| {
        asker.gone_within(PATIENCE);
    });
    // A header that never ends, a byte at a time: each read has something to read.
    let dripping_head = Server::new(|asker| {
        asker.say("HTTP/1.1 200 OK\r\nX-Long: ");
        while asker.say("x") && !asker.gone_within(Duration::from_millis(20)) {}
    });
    // Nobody takes the connection.
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    for server in [&silent, &dripping_head] {
        let text = later(sent_in_time(server));
        let begin = format!("{} did not answer within 0.", server.origin());
        assert!(text.starts_with(&begin), "{text}");
    }
    let url = format!("http://{}/", busy.local_addr().unwrap());
    let text = later(webhook(settings(&url)).send(&one(), SHORT));
    assert!(text.contains("did not answer within 0."), "{text}");
    // What was refused is known, though not why.
    let dripping_body = Server::new(|asker| {
        asker.say("HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\nbecause");
        while asker.say("!") && !asker.gone_within(Duration::from_millis(20)) {}
    });
    let text = refused(sent_in_time(&dripping_body));
    assert!(text.contains("answered 403 Forbidden: because"), "{text}");
    // What was taken was taken.
    let dripping_success = Server::new(|asker| {
        asker.say("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while asker.say("!") && !asker.gone_within(Duration::from_millis(20)) {}
    });
    assert_eq!(sent_in_time(&dripping_success), Ok(()));
    // The setting is a limit too.
    let mut own = settings(&silent.url("/"));
    own.timeout = "300ms".parse().unwrap();
    let begun = Instant::now();
    assert!(later(webhook(own).send(&one(), LONG)).contains("within 0."));
    assert!(begun.elapsed() < PATIENCE);
    assert!(
        later(webhook(settings(&silent.url("/"))).send(&one(), Duration::ZERO)).contains("no time")
    );
}

#[test]
fn an_answer_that_ends_early_or_is_none_is_for_now() {
    for said in [
        "",
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\nX-A: ",
        "SSH-2.0-OpenSSH_9\r\n",
        "\0\0\0\0\r\n\r\n",
        "HTTP/1.1 99999 ?\r\n\r\n",
    ] {
        let server = Server::new(move |asker| {
            asker.say(said);
            asker.end_of_speech();
            asker.gone_within(PATIENCE);
        });
        let text = later(webhook(settings(&server.url("/S3CRET"))).send(&one(), LONG));
        assert!(
            text.starts_with(&server.origin()) && !text.contains("S3CRET"),
            "{said:?}: {text}"
        );
    }
}

#[test]
fn an_answer_without_end_is_not_read() {
    for status in ["200 OK", "500 Internal Server Error"] {
        let written = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&written);
        let server = Server::new(move |asker| {
            asker.say(format!(
                "HTTP/1.1 {status}\r\nContent-Length: 1073741824\r\n\r\n"
            ));
            let block = vec![b'x'; 1 << 16];
            while asker.say(&block) && count.fetch_add(1 << 16, Ordering::Relaxed) < 1 << 30 {}
        });
        let sent = webhook(settings(&server.url("/"))).send(&one(), LONG);
        assert_eq!(sent.is_ok(), status.starts_with('2'));
        if let Err(refusal) = sent {
            assert!(refusal.to_string().len() < 1000, "{refusal}");
        }
        // What the sockets hold, and not more.
        assert!(written.load(Ordering::Relaxed) < 1 << 26);
    }
}

#[test]
fn what_is_set_wrongly_is_known_without_a_request() {
    let server = Server::with_status("200 OK");
    let url = server.url("/");
    let with_header = |name: &str, value: &str| {
        let mut settings = settings(&url);
        settings.headers = [(name.to_owned(), value.parse().unwrap())].into();
        settings
    };
    let mut no_secret = settings(&url);
    no_secret.secret = Some(Secret::Env("TEND_NO_SUCH_VARIABLE".to_owned()));
    let mut no_file = settings("https://127.0.0.1:1/");
    no_file.ca_file = Some("/no/such/file.pem".to_owned());
    for (settings, expected) in [
        (notify::Webhook::default(), "`url` is not set"),
        (
            settings("ftp://example.org/S3CRET"),
            "the url begins with `ftp:`: only https and http are known",
        ),
        (
            settings("https://example.org/${NO_SUCH}"),
            "`url`: the variable NO_SUCH is not set",
        ),
        (
            with_header("X-A", "${NO_SUCH}"),
            "the header `X-A`: the variable NO_SUCH is not set",
        ),
        (
            with_header("X-A", "${TWO_LINES}"),
            "the header `X-A` has a line break or another control character in its value",
        ),
        (
            with_header("X-A\r\nX-B", "1"),
            "the header `X-A\\r\\nX-B` is not a name of a header",
        ),
        (
            with_header("Content-Length", "1"),
            "the header `Content-Length` is set by git-tend itself",
        ),
        (no_secret, "the variable TEND_NO_SUCH_VARIABLE is not set"),
        (
            no_file,
            "read the `ca_file` /no/such/file.pem: No such file or directory (os error 2)",
        ),
    ] {
        let webhook = webhook(settings);
        assert_eq!(refused(webhook.check()), expected);
        assert_eq!(refused(webhook.send(&one(), LONG)), expected);
    }
    assert!(server.requests().is_empty());
    assert_eq!(webhook(settings(&url)).check(), Ok(()));
    assert!(webhook(settings(&url)).cautions().is_empty());
    let open = webhook(settings("http://example.org/S3CRET"));
    assert_eq!(open.check(), Ok(()));
    assert_eq!(
        open.cautions(),
        ["http://example.org is not encrypted: whoever is on the way reads the notices"]
    );
}

/// What Slack shows, where it reads its escapes.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn sent_to_slack(message: &Message) -> Value {
    let server = Server::with_status("200 OK");
    let mut settings = settings(&server.url("/"));
    settings.format = WebhookFormat::Slack;
    assert_eq!(webhook(settings).send(message, LONG), Ok(()));
    let request = server.requests().remove(0);
    assert_eq!(request.header("idempotency-key"), "01M");
    serde_json::from_slice(&request.body).unwrap()
}

/// Every text in a document, keys apart.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|value| texts(value, found)),
        Value::Object(all) => all.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

#[test]
fn slack_gets_text_and_nothing_else() {
    let body = sent_to_slack(&message(vec![notice("01J", HOSTILE)]));
    let mut all = Vec::new();
    texts(&body, &mut all);
    for text in &all {
        assert!(
            !text.contains(['<', '>', '\0', '\u{1b}', '\u{9b}', '\u{202e}', '\u{feff}']),
            "{text}"
        );
        for entity in text.split('&').skip(1) {
            let known = ["lt;", "gt;", "amp;"]
                .iter()
                .any(|name| entity.starts_with(name));
            assert!(known, "{text}");
        }
    }
    let header = &body["blocks"][0]["text"];
    assert_eq!(
        (&header["type"], &header["emoji"]),
        (&json!("plain_text"), &json!(false))
    );
    let attachment = &body["attachments"][0];
    assert_eq!(attachment["color"], "#e74c3c");
    assert_eq!(attachment["ts"], 1_795_262_400);
    let shown = unescaped(attachment["text"].as_str().unwrap());
    // Mattermost and Discord would see mentions and links in these.
    for markup in [
        " @channel",
        " @here",
        " @everyone",
        "x@everyone",
        "](",
        "][",
        "]:",
    ] {
        assert!(!shown.contains(markup), "{markup} in {shown}");
    }
    // To a reader it is what it was, controls made visible.
    let seen = shown.replace('\u{2060}', "");
    for part in [
        "a\\u{0}b",
        "\\u{1b}[31m\\u{9b}2J\\u{202e}rtl\\u{2066} <b>&amp; \"q\" 'q' <!channel> <!here|x> <@U123> <https://evil.example|good> \
         @channel @here @everyone x@everyone a@b.org [x](https://evil.example) ![](//t) [x][1] [1]: //evil *b* _i_ `c`",
    ] {
        assert!(seen.contains(part), "{part} in {seen}");
    }
    assert!(
        shown.contains("a@b.org"),
        "an address is one that can be copied"
    );
}

#[test]
fn slack_gets_everything_at_once_within_its_limits() {
    let long = "&<>\u{202e}é".repeat(2000);
    for text in [HOSTILE, "x", "", long.as_str()] {
        for count in [1, 2, 50] {
            let mut notices: Vec<_> = (0..count).map(|n| notice(&n.to_string(), text)).collect();
            notices
                .iter_mut()
                .zip(Severity::ALL.into_iter().cycle())
                .for_each(|(notice, severity)| {
                    notice.severity = severity;
                });
            let body = sent_to_slack(&message(notices));
            let length = |value: &Value| value.as_str().unwrap().chars().count();
            assert!(length(&body["blocks"][0]["text"]["text"]) <= 150);
            assert!(length(&body["text"]) <= 3000);
            let attachments = body["attachments"].as_array().unwrap();
            assert_eq!(attachments.len(), count.min(4));
            for attachment in attachments {
                assert!(length(&attachment["text"]) <= 3000);
                assert!(length(&attachment["footer"]) <= 300);
            }
        }
    }
    let severe = |id: &str, severity: Severity, title: &str| {
        let mut notice = notice(id, title);
        notice.severity = severity;
        notice.host = "box".to_owned();
        notice
    };
    let body = sent_to_slack(&message(vec![
        severe("1", Severity::Warning, "docs is slow"),
        severe("2", Severity::Critical, "tests lost"),
        severe("3", Severity::Warning, "lint is slow"),
    ]));
    let attachments: Vec<_> = body["attachments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attachment| {
            (
                &attachment["color"],
                &attachment["text"],
                &attachment["footer"],
            )
        })
        .collect();
    let expected = [
        (
            &json!("#c0392b"),
            &json!("• tests lost: tests lost"),
            &json!("box"),
        ),
        (
            &json!("#f39c12"),
            &json!("• docs is slow: docs is slow\n• lint is slow: lint is slow"),
            &json!("box"),
        ),
    ];
    assert_eq!(attachments, expected);
}

/// What [`proxies_of_the_environment_are_used`] starts with proxies in its environment, which are those of a process.
#[test]
#[ignore = "is part of another test"]
fn sends_to_the_url_of_its_environment() {
    let url = std::env::var("TEND_TEST_URL").unwrap();
    eprintln!("{:?}", webhook(settings(&url)).send(&one(), LONG));
}

#[test]
fn proxies_of_the_environment_are_used() {
    let target = Server::with_status("200 OK");
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let proxy = Server::new(move |asker| {
        *count.lock().unwrap() += 1;
        asker.answer("407 Proxy Authentication Required", "", "");
    });
    let send = |variables: &[(&str, &str)]| {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "notify::webhook::sends_to_the_url_of_its_environment",
            ])
            .args(["--ignored", "--nocapture", "--test-threads=1"])
            .env_clear()
            .env("TEND_TEST_URL", target.url("/S3CRET"))
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let url = proxy.origin();
    let said = send(&[("HTTP_PROXY", &url)]);
    assert!(
        said.contains("Err(Later(") && !said.contains("S3CRET"),
        "{said}"
    );
    assert_eq!((*asked.lock().unwrap(), target.requests().len()), (1, 0));
    assert!(proxy.requests()[0].line.starts_with("CONNECT 127.0.0.1:"));
    let said = send(&[("HTTP_PROXY", &url), ("NO_PROXY", "127.0.0.1")]);
    assert!(said.contains("Ok(())"), "{said}");
    assert_eq!((*asked.lock().unwrap(), target.requests().len()), (1, 1));
}
