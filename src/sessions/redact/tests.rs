//! What is taken out and what is left. Nothing in here is written as it would be found: the parts are joined at run time.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::analyze::secrets;
use crate::sessions::model::Link;
use crate::sessions::testing::{calls, event, result, user};

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGITS: &str = "0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

/// Characters that look random and are always the same, the first a letter and the second a digit.
fn random(length: usize, alphabet: &str, seed: u64) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(2) + 1;
    let mut next = |from: &[char]| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        from[usize::try_from(state >> 33).unwrap() % from.len()]
    };
    (0..length).map(|_| next(&alphabet)).collect()
}

fn mixed(length: usize, seed: u64) -> String {
    let rest = random(length - 2, &format!("{LETTERS}{DIGITS}"), seed);
    format!("k7{rest}")
}

/// A secret of each kind: the text around it that makes it one, and what must not survive.
fn planted(kind: &str, seed: u64) -> (String, String) {
    let any = |length: usize| mixed(length, seed);
    let hex = |length: usize| format!("a1{}", random(length - 2, HEX, seed));
    let same = |secret: String| (secret.clone(), secret);
    match kind {
        "aws-access-key" => same(format!("{}{}", "AKIA", random(16, UPPER, seed))),
        "github-token" => same(format!("{}{}", "ghp_", any(36))),
        "github-fine-grained-token" => same(format!("{}{}_{}", "github_pat_", any(22), any(59))),
        "gitlab-token" => same(format!("{}{}", "glpat-", any(20))),
        "npm-token" => same(format!("{}{}", "npm_", any(36))),
        "pypi-token" => same(format!("{}{}", "pypi-AgEI", any(70))),
        "slack-token" => same(format!(
            "{}{}-{}",
            "xoxb-",
            random(11, DIGITS, seed),
            any(24)
        )),
        "slack-webhook" => {
            let path = format!(
                "T{}/B{}/{}",
                random(9, UPPER, seed),
                random(9, UPPER, seed + 1),
                any(24)
            );
            (format!("https://hooks.slack.com/services/{path}"), any(24))
        }
        "stripe-key" => same(format!("sk_{}_{}", "live", any(24))),
        "google-api-key" => same(format!("{}{}", "AIza", any(35))),
        "anthropic-key" => same(format!("{}{}", "sk-ant-api03-", any(90))),
        "openai-key" => same(format!("sk-{}{}{}", any(20), "T3BlbkFJ", any(20))),
        "openai-project-key" => same(format!("sk-proj-{}_{}-{}", any(30), any(20), any(20))),
        "huggingface-token" => same(format!("hf_{}", random(34, LETTERS, seed))),
        "sendgrid-key" => same(format!("SG.{}.{}", any(22), any(43))),
        "digitalocean-token" => same(format!("dop_v1_{}", hex(64))),
        "shopify-token" => same(format!("shpat_{}", hex(32))),
        "telegram-bot-token" => same(format!("{}:AA{}", 1_234_567_890_u64 + seed % 1000, any(33))),
        "age-secret-key" => same(format!(
            "{}{}",
            "AGE-SECRET-KEY-1",
            random(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", seed)
        )),
        "azure-storage-key" => (format!("AccountKey={}==", any(86)), any(86)),
        "jwt" => same(format!("eyJ{}.eyJ{}.{}", any(20), any(60), any(43))),
        "url-credentials" => {
            let password = format!("{}%40{}", any(9), any(5));
            (
                format!("postgres://app:{password}@db.internal:5432/x?ssl=1"),
                password,
            )
        }
        "assigned-secret" => (format!("\"api_key\": \"{}\"", any(32)), any(32)),
        "private-key" => {
            let body: Vec<String> = (0..8).map(|line| mixed(64, seed + line)).collect();
            let name = ["RSA ", "", "OPENSSH ", "EC "][usize::try_from(seed % 4).unwrap()];
            let text = body.join("\n");
            let key = format!(
                "-----BEGIN {name}PRIVATE KEY-----\n{text}\n-----END {name}PRIVATE KEY-----"
            );
            (key, body[usize::try_from(seed % 8).unwrap()].clone())
        }
        "bearer" => (format!("Authorization: Bearer {}", any(30)), any(30)),
        "basic" => (format!("-H 'authorization: Basic {}='", any(21)), any(21)),
        "header" => (format!("{{\"Authorization\": \"{}\"}}", any(30)), any(30)),
        "cookie" => (format!("Cookie: session={}; theme=dark", any(30)), any(30)),
        "environment" => {
            let value = format!("{}!#&;)$", any(9));
            (format!("\nDB_PASSWORD={value}\n"), value)
        }
        "password" => (format!("password: \"{}\"", any(8)), any(8)),
        "option" => (format!("mysql --password {} db", any(8)), any(8)),
        "query" => (format!("https://h/x?access_token={}&y=1", any(20)), any(20)),
        "connection" => (
            format!("Server=db;User Id=sa;Password={};Encrypt=yes", any(10)),
            any(10),
        ),
        "curl" => (format!("curl -u admin:{} https://h", any(10)), any(10)),
        "aws-secret" => (format!("aws_secret_access_key = {}", any(40)), any(40)),
        "constant" => (format!("const API_TOKEN: &str = \"{}\";", any(24)), any(24)),
        other => panic!("no sample of {other}"),
    }
}

const OTHERS: [&str; 13] = [
    "openai-project-key",
    "bearer",
    "basic",
    "header",
    "cookie",
    "environment",
    "password",
    "option",
    "query",
    "connection",
    "curl",
    "aws-secret",
    "constant",
];

fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = secrets::keywords().map(|(_, name, _)| name).collect();
    kinds.dedup();
    kinds.extend(OTHERS);
    kinds
}

/// Whether a part of the secret that would help anybody is in the text, in any writing of JSON.
fn survives(secret: &str, text: &str) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    let mut undone = text.to_owned();
    (0..4).any(|_| {
        let found = secret
            .windows(secret.len().min(8))
            .any(|part| undone.contains(&part.iter().collect::<String>()));
        let wrapped = format!("\"{}\"", undone.replace('"', ""));
        undone = serde_json::from_str(&wrapped).unwrap_or(undone.clone());
        found
    })
}

#[test]
fn every_kind_that_the_analysis_knows_is_taken_out() {
    for kind in kinds() {
        for seed in 0..20 {
            let (text, secret) = planted(kind, seed);
            let clean = redact(&text);
            assert!(!survives(&secret, &clean), "{kind}: {text} -> {clean}");
            assert!(clean.contains(MARK), "{kind}: {clean}");
        }
    }
}

#[test]
fn what_is_left_is_readable() {
    let token = planted("github-token", 1).0;
    for (text, clean) in [
        (
            format!("push with {token} now"),
            "push with [redacted:github-token] now",
        ),
        (
            format!("git clone https://x:{token}@github.com/a/b"),
            "git clone https://x:[redacted:url-credentials]@github.com/a/b",
        ),
        (
            "DB_PASSWORD=hunter2 # old".to_owned(),
            "DB_PASSWORD=[redacted:password] # old",
        ),
        (
            "{\"password\": \"hunter2\", \"user\": \"a\"}".to_owned(),
            "{\"password\": \"[redacted:password]\", \"user\": \"a\"}",
        ),
        (
            format!("Authorization: Bearer {}", mixed(20, 3)),
            "Authorization: Bearer [redacted:authorization]",
        ),
        (
            planted("private-key", 2).0 + "\nand more",
            "[redacted:private-key]\nand more",
        ),
    ] {
        assert_eq!(redact(&text), clean);
    }
}

#[test]
fn a_mark_names_nothing() {
    let text = format!("config {}: {}", planted("github-token", 1).0, mixed(24, 7));
    let once = redact(&text).into_owned();
    assert_eq!(
        once,
        format!("config [redacted:github-token]: {}", mixed(24, 7))
    );
    assert_eq!(
        redact("password=[redacted:password]"),
        "password=[redacted:password]"
    );
}

#[test]
fn ordinary_text_is_left_alone() {
    for text in [
        "The tokenizer reads tokens; max_tokens = 4096, total_tokens: 1500, token_count=12",
        "tokenizer = \"bert-base-uncased-v2\"",
        "let token = self.next_token()?;",
        "password: String,\n    token: Option<String>,",
        "if password == expected { return Ok(()) }",
        "const secret = process.env.SECRET_NAME;",
        "password = os.environ['DB_PASSWORD']",
        "export API_TOKEN=${API_TOKEN}",
        "Authorization: Bearer $TOKEN and Authorization: Bearer <token>",
        "the authorization header is missing; a bearer token is required",
        "http://localhost:3000/users/@me and https://example.com:8080/a@b",
        "see src/secrets/mod.rs and tests/token.rs:12",
        "commit 3f2a9d4b8c1e5f607182930a4b5c6d7e8f901234 by a secretary",
        "if line.startswith('-----BEGIN RSA PRIVATE KEY-----'):\n    return parse(line)",
        "docker run -u 1000:1000 -v /a:/b image",
        "cookie: the thing one eats",
        "primary_key = id, foreign_key: users.id, cache_key(\"v1\")",
        "keyboard: qwerty; sk-learn; task-list; half_open",
        "PASS: test_login (0.01s)",
        "secretName: my-app-secrets\n  token_type: bearer",
        "uuid 123e4567-e89b-12d3-a456-426614174000",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn a_key_is_taken_out_however_it_is_quoted_or_cut() {
    let (key, secret) = planted("private-key", 5);
    let body: Vec<&str> = key.lines().collect();
    let inside = |text: &str| {
        let clean = redact(text).into_owned();
        for line in &body[1..body.len() - 1] {
            assert!(!survives(line, &clean), "{text}\n->\n{clean}");
        }
        clean
    };
    inside(&key);
    inside(&key.replace('\n', "\r\n"));
    inside(&key.replace('\n', "\\n"));
    inside(&key.replace('\n', "\\\\n"));
    inside(&key.replace('\n', " "));
    inside(&format!("> {}", key.replace('\n', "\n> ")));
    inside(&format!("\"{}\"", key.replace('\n', "\\n\" +\n  \"")));
    let numbered: Vec<String> = body
        .iter()
        .enumerate()
        .map(|(at, line)| format!("{at:>6}\u{2192}{line}"))
        .collect();
    inside(&numbered.join("\n"));
    // Its end is not there, or its beginning.
    let head = body[..5].join("\n");
    let clean = redact(&format!("{head}\nThen something else was said here.")).into_owned();
    assert_eq!(
        clean,
        "[redacted:private-key]Then something else was said here."
    );
    let tail = body[3..].join("\n");
    let clean = redact(&format!("$ tail key.pem\n{tail}\n$ ls")).into_owned();
    assert!(
        !survives(body[4], &clean) && clean.contains("$ ls"),
        "{clean}"
    );
    assert!(!secret.is_empty());
}

#[test]
fn names_in_json_values_say_what_their_values_are() {
    let mut value = json!({
        "command": ["deploy", "--token", "abc123def", "-v"],
        "env": {"DB_PASSWORD": "hunter2", "PORT": "8080", "max_tokens": 100},
        "list": [{"name": "API_TOKEN", "value": "s3cretvalue"}],
        "passwords": ["hunter3hunter"],
        "path": "src/token.rs",
    });
    redact_value(&mut value);
    assert_eq!(
        value,
        json!({
            "command": ["deploy", "--token", "[redacted:assigned-secret]", "-v"],
            "env": {"DB_PASSWORD": "[redacted:assigned-secret]", "PORT": "8080", "max_tokens": 100},
            "list": [{"name": "API_TOKEN", "value": "[redacted:assigned-secret]"}],
            "passwords": ["[redacted:assigned-secret]"],
            "path": "src/token.rs",
        })
    );
    // A value deeper than any reader reads is dropped, not followed.
    let mut deep = json!("x");
    for _ in 0..300 {
        deep = json!([deep]);
    }
    redact_value(&mut deep);
    assert!(!deep.to_string().contains('x'));
}

#[test]
fn every_text_of_an_event_is_looked_at() {
    let (text, secret) = planted("github-token", 9);
    let mut failed = crate::sessions::testing::answer(&text);
    failed.error = Some(text.clone());
    let data = json!({ &text: [&text] });
    for kind in [
        user(&text),
        Kind::Assistant(Box::new(failed)),
        calls(&[("1", "bash", json!({"command": &text}))]),
        result("1", "bash", &text, true),
        Kind::Shell {
            command: text.clone(),
            output: text.clone(),
            exit_code: None,
        },
        Kind::Compaction {
            summary: text.clone(),
            tokens_before: None,
        },
        Kind::BranchSummary {
            from: None,
            summary: text.clone(),
        },
        Kind::Name { name: text.clone() },
        Kind::Custom {
            name: "x".to_owned(),
            data,
        },
    ] {
        let mut event = event("a", Link::Root, 1, kind);
        redact_event(&mut event);
        let json = serde_json::to_string(&event).unwrap();
        assert!(json.contains(MARK) && !survives(&secret, &json), "{json}");
    }
}

use crate::sessions::model::Kind;

#[test]
fn an_excerpt_holds_no_half_of_a_secret() {
    let token = planted("github-token", 4).0;
    assert_eq!(excerpt("short", 10), "short");
    assert_eq!(excerpt("exactly ten", 11), "exactly ten");
    assert_eq!(excerpt("one too many", 11), "one too ma…");
    let long = format!("{} {token} {}", "é".repeat(20), "x".repeat(100_000));
    assert_eq!(excerpt(&long, 30), format!("{} [redacte…", "é".repeat(20)));
    for lead in 65_400..65_536 {
        let text = format!("a{}{token}", " ".repeat(lead));
        assert!(!survives(&token, &excerpt(&text, 70_000)), "{lead}");
    }
}

#[test]
fn a_secret_between_two_blocks_is_found() {
    let token = planted("github-token", 6).0;
    let written = escaped(&token, 1, true);
    for lead in (1024 * 1024 - 70..1024 * 1024 + 10).step_by(9) {
        let text = format!("{}{written}\\n", "\\n".repeat(lead / 2));
        assert!(!survives(&token, &redact(&text)), "{lead}");
    }
}

#[test]
fn megabytes_are_read_in_time_that_grows_with_them() {
    let pieces = [
        "token=secret://",
        "password='",
        "token=",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJ.",
        "sk-",
        "\\",
        "\\\\\\\"",
        "\\u0041",
        "Authorization: ",
        "cookie:a=",
        "[redacted:",
        "a:b@",
        "://a:",
        "x",
        "password=x ",
        "AKIA",
        "github_pat_",
        "-u a:",
        "\"",
        "MIIEvQIBADANBgkqhkiG9w0BAQ\n",
        ":AA",
        "_key='",
        "password:\\n",
        "bearer ",
        "AccountKey=",
        "hooks.slack.com",
        "--token ",
    ];
    for piece in pieces {
        let text = piece.repeat(256 * 1024 / piece.len());
        let begun = Instant::now();
        let clean = redact(&text);
        assert!(clean.len() <= text.len() * 3);
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{piece:?}: {:?}",
            begun.elapsed()
        );
    }
    // Beginnings of keys whose end never comes are not each searched to the end of the text.
    let text =
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\na b c d e\n".repeat(60_000);
    let begun = Instant::now();
    assert!(!redact(&text).contains("MIIEvQ"));
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    // Ten megabytes of the usual: words, code, JSON, and here and there a secret.
    let line =
        "fn main() { let token = next(); } // see https://example.com/x?y=1 \\n and \\\"more\\\"\n";
    let mut text = line.repeat(10 * 1024 * 1024 / line.len());
    let (secret, body) = planted("github-token", 1);
    text.push_str(&secret);
    let begun = Instant::now();
    assert!(!survives(&body, &redact(&text)));
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
}

/// A text written as JSON so many times, without the quotes around it; in the first of them some letters as their numbers.
fn escaped(text: &str, times: usize, numbers: bool) -> String {
    let mut text = text.to_owned();
    for time in 0..times {
        let letters = text.chars().enumerate().map(|(at, letter)| {
            if numbers && time == 0 && at % 5 == 3 && letter.is_ascii_alphanumeric() {
                return format!("\\u{:04x}", u32::from(letter));
            }
            let json = serde_json::to_string(&letter).unwrap();
            json[1..json.len() - 1].to_owned()
        });
        text = letters.collect();
    }
    text
}

/// What stands next to a secret: words, punctuation, and the beginnings of other things.
fn surroundings() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9 ]{0,12}",
        "\\PC{0,6}",
        select(vec![
            "\n",
            "\"",
            "'",
            " ",
            "\\",
            "{",
            "}",
            ":",
            "=",
            ",",
            "[redacted:x]",
            "token ",
            "key: ",
            "https://h/",
            "é",
            "> ",
            "`",
            "//",
            "Bearer",
            "-----",
            "password",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// Whether what stands directly before, or after, would change what the planted text says.
fn stands_apart(kind: &str) -> bool {
    !matches!(
        kind,
        "aws-access-key"
            | "github-token"
            | "github-fine-grained-token"
            | "gitlab-token"
            | "npm-token"
            | "pypi-token"
            | "slack-token"
            | "stripe-key"
            | "google-api-key"
            | "anthropic-key"
            | "openai-key"
            | "openai-project-key"
            | "private-key"
            | "jwt"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_planted_secret_survives(
        kind in select(kinds()),
        seed in 0_u64..1_000_000,
        before in surroundings(),
        after in surroundings(),
        times in 0_usize..=2,
        numbers: bool,
    ) {
        let (planted, secret) = planted(kind, seed);
        let (left, right) = if stands_apart(kind) { ("\n", "\n") } else { ("", "") };
        // What stands directly before a token may be anything, but for an escape that takes its first letter.
        let before = before.trim_end_matches('\\');
        let text = escaped(&format!("{before}{left}{planted}{right}{after}"), times, numbers);
        let clean = redact(&text);
        prop_assert!(!survives(&secret, &clean), "{kind}: {text:?} -> {clean:?}");
    }

    #[test]
    fn twice_is_once(
        parts in proptest::collection::vec((select(kinds()), 0_u64..1000, surroundings()), 0..4),
        times in 0_usize..=1,
    ) {
        let text: Vec<String> = parts
            .iter()
            .map(|(kind, seed, around)| format!("{around}{}{around}", planted(kind, *seed).0))
            .collect();
        let text = escaped(&text.concat(), times, false);
        let once = redact(&text).into_owned();
        prop_assert_eq!(redact(&once), once.as_str());
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        let once = redact(&text).into_owned();
        prop_assert_eq!(redact(&once), once.as_str());
    }

    #[test]
    fn any_parts_are_read(parts in proptest::collection::vec(select(vec![
        "AKIA", "ghp_", "://", "user:", "@host", "token", " = ", "\"", "'", "\n", "eyJ", ".", "a1B2c3D4e5F6g7H8", "-----BEGIN ",
        "PRIVATE KEY-----", "-----END ", "\\", "\\n", "\\u00", "[redacted:", "x]", "password", "=", ": ", "Authorization", "Bearer ",
        "cookie", "é", "--", "-u ", "_key", "{", "$",
    ]), 0..60)) {
        let text = parts.concat();
        let once = redact(&text).into_owned();
        prop_assert_eq!(redact(&once), once.as_str());
    }

    #[test]
    fn a_value_holds_what_its_text_holds(kind in select(kinds()), seed in 0_u64..1000) {
        let (planted, secret) = planted(kind, seed);
        let inner = json!({"output": planted}).to_string();
        let mut value = json!({"content": [{"text": planted}, {"text": inner}]});
        redact_value(&mut value);
        prop_assert!(!survives(&secret, &value.to_string()), "{value}");
        let Value::Object(_) = value else { panic!("an object") };
    }
}
