//! What is a secret and what is not. Nothing in here is written as it would be found: the parts are joined at run time.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

const KEY: [u8; 32] = [7; 32];

fn rules(source: &str) -> Vec<String> {
    scan(source.as_bytes(), &KEY)
        .into_iter()
        .map(|secret| format!("{} {}", secret.line, secret.rule))
        .collect()
}

/// Characters that look random and are always the same.
fn random(length: usize, alphabet: &str) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let mut state = 12_345_u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
        })
        .collect()
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

fn with_checksum(prefix: &str) -> String {
    let body = random(30, LETTERS);
    let mut value = crc32fast::hash(body.as_bytes());
    let digits: Vec<char> = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        .chars()
        .collect();
    let mut check = Vec::new();
    for _ in 0..6 {
        check.push(digits[(value % 62) as usize]);
        value /= 62;
    }
    let check: String = check.into_iter().rev().collect();
    format!("{prefix}{body}{check}")
}

#[test]
fn known_forms_are_found_with_their_lines() {
    let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (source, expected) in [
        (
            format!("\nkey = '{}{}'", "AKIA", random(16, upper)),
            "2 aws-access-key",
        ),
        (with_checksum("ghp_"), "1 github-token"),
        (with_checksum("npm_"), "1 npm-token"),
        (format!("glpat-{}", random(20, LETTERS)), "1 gitlab-token"),
        (
            format!("xoxb-1234567-{}", random(24, LETTERS)),
            "1 slack-token",
        ),
        (
            format!("sk_{}_{}", "live", random(24, LETTERS)),
            "1 stripe-key",
        ),
        (format!("AIza{}", random(35, LETTERS)), "1 google-api-key"),
        (
            format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n", random(64, LETTERS)),
            "1 private-key",
        ),
        (
            format!("\"-----BEGIN PRIVATE KEY-----\\n{}\"", random(64, LETTERS)),
            "1 private-key",
        ),
        (
            format!(
                "eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}",
                random(20, LETTERS),
                random(40, LETTERS)
            ),
            "1 jwt",
        ),
        (
            format!("postgres://app:{}@db.internal/x", random(12, LETTERS)),
            "1 url-credentials",
        ),
        (
            format!("\n\n  \"api_key\": \"{}\",", random(32, LETTERS)),
            "3 assigned-secret",
        ),
        (
            format!("SECRET_KEY = '{}'", random(50, LETTERS)),
            "1 assigned-secret",
        ),
    ] {
        assert_eq!(rules(&source), [expected], "{source}");
    }
}

#[test]
fn what_shows_where_a_secret_would_be_is_none() {
    for source in [
        "AKIAIOSFODNN7EXAMPLE",
        &format!("ghp_{}", "a".repeat(36)),
        "-----BEGIN PRIVATE KEY-----",
        "if line.startswith('-----BEGIN RSA PRIVATE KEY-----'):\n    return parse(line, something_else_that_is_long)",
        "postgres://user:password@localhost/db",
        "postgres://user:${PASSWORD}@localhost/db",
        "https://example.com:8080/a@b",
        "password = 'correct-horse-battery-staple1'",
        "token = 'your-token-goes-here-1234'",
        "secret = os.environ['SECRET']",
        "token: \"aaaaaaaaaaaaaaaaaaaa1\"",
        "tokenizer = 'bert-base-uncased-v2'",
    ] {
        assert_eq!(rules(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn the_secret_itself_is_nowhere_in_the_result() {
    let token = with_checksum("ghp_");
    let secrets = scan(format!("token = \"{token}\"").as_bytes(), &KEY);
    let text = serde_json::to_string(&secrets).unwrap();
    assert!(!text.contains(&token[4..12]), "{text}");
    assert!(text.contains("ghp_"));
    // One that two rules find is one.
    assert_eq!(secrets.len(), 1);
    // Without the key, its digest says nothing.
    assert_ne!(
        scan(token.as_bytes(), &[8; 32])[0].digest,
        secrets[0].digest
    );
    assert_eq!(scan(token.as_bytes(), &KEY)[0].digest, secrets[0].digest);
}

#[test]
fn a_long_line_of_keywords_is_read_in_reasonable_time() {
    let source = "token=secret://".repeat(70_000);
    assert!(scan(source.as_bytes(), &KEY).is_empty());
}

proptest! {
    #[test]
    fn any_bytes_are_read(source in proptest::collection::vec(any::<u8>(), 0..400)) {
        scan(&source, &KEY);
    }

    #[test]
    fn any_parts_are_read(parts in proptest::collection::vec(proptest::sample::select(vec![
        "AKIA", "ghp_", "://", "user:", "@host", "token", " = ", "\"", "'", "\n", "eyJ", ".", "a1B2c3D4e5F6g7H8", "-----BEGIN ", "PRIVATE KEY-----",
    ]), 0..60)) {
        scan(parts.concat().as_bytes(), &KEY);
    }
}
