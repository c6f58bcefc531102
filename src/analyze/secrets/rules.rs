//! What secrets look like: data. The formats are those that the issuers document; checksums are verified where a format
//! has one.

use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

/// How likely it is that a match is a secret that works.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Its name says so, and it looks random.
    #[default]
    Low,
    /// A form that is used for little else.
    Medium,
    /// A form that is used for nothing else.
    High,
}

/// A kind of secret.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its name in results.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// One of these is in every match, in any case of letters.
    pub keywords: &'static [&'static str],
    /// Its first group is the secret.
    pub pattern: &'static str,
    /// How many of its characters are the same for all of its kind.
    pub shown: usize,
    /// How sure a match is.
    pub confidence: Confidence,
    /// Whether a match is one.
    pub check: fn(&[u8]) -> bool,
}

use Confidence::{High, Low, Medium};

/// Every kind.
pub(super) static RULES: [Rule; 23] = [
    rule(
        "aws-access-key",
        "an AWS access key",
        &["AKIA", "ASIA", "ABIA", "ACCA"],
        r"\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b",
        4,
        High,
        is_real,
    ),
    rule(
        "github-token",
        "a GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        r"\b(gh[pousr]_[A-Za-z0-9]{36})\b",
        4,
        High,
        has_github_checksum,
    ),
    rule(
        "github-fine-grained-token",
        "a GitHub fine-grained token",
        &["github_pat_"],
        r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b",
        11,
        High,
        is_real,
    ),
    rule(
        "gitlab-token",
        "a GitLab token",
        &["glpat-"],
        r"\b(glpat-[A-Za-z0-9_-]{20,})",
        6,
        High,
        is_real,
    ),
    rule(
        "npm-token",
        "an npm token",
        &["npm_"],
        r"\b(npm_[A-Za-z0-9]{36})\b",
        4,
        High,
        has_github_checksum,
    ),
    rule(
        "pypi-token",
        "a PyPI token",
        &["pypi-AgEI"],
        r"\b(pypi-AgEI[A-Za-z0-9_-]{50,})",
        5,
        High,
        is_real,
    ),
    rule(
        "slack-token",
        "a Slack token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"],
        r"\b(xox[abprs]-[0-9]{6,}-[A-Za-z0-9-]{10,})",
        5,
        High,
        is_real,
    ),
    rule(
        "slack-webhook",
        "a Slack webhook",
        &["hooks.slack.com"],
        r"(https://hooks\.slack\.com/services/T[A-Z0-9]{5,}/B[A-Z0-9]{5,}/[A-Za-z0-9]{20,})",
        34,
        High,
        is_real,
    ),
    rule(
        "stripe-key",
        "a Stripe live key",
        &["sk_live_", "rk_live_"],
        r"\b([sr]k_live_[A-Za-z0-9]{20,})",
        8,
        High,
        is_real,
    ),
    rule(
        "google-api-key",
        "a Google API key",
        &["AIza"],
        r"\b(AIza[A-Za-z0-9_-]{35})(?:[^A-Za-z0-9_-]|$)",
        4,
        High,
        is_real,
    ),
    rule(
        "anthropic-key",
        "an Anthropic key",
        &["sk-ant-"],
        r"\b(sk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{60,})",
        7,
        High,
        is_real,
    ),
    rule(
        "openai-key",
        "an OpenAI key",
        &["T3BlbkFJ"],
        r"\b(sk-[A-Za-z0-9_-]{10,}T3BlbkFJ[A-Za-z0-9_-]{10,})",
        3,
        High,
        is_real,
    ),
    rule(
        "huggingface-token",
        "a Hugging Face token",
        &["hf_"],
        r"\b(hf_[A-Za-z]{34})\b",
        3,
        High,
        is_random,
    ),
    rule(
        "sendgrid-key",
        "a SendGrid key",
        &["SG."],
        r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})",
        3,
        High,
        is_real,
    ),
    rule(
        "digitalocean-token",
        "a DigitalOcean token",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        r"\b(do[opr]_v1_[a-f0-9]{64})\b",
        7,
        High,
        is_real,
    ),
    rule(
        "shopify-token",
        "a Shopify token",
        &["shpat_", "shpca_", "shppa_", "shpss_"],
        r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b",
        6,
        High,
        is_real,
    ),
    rule(
        "telegram-bot-token",
        "a Telegram bot's token",
        &[":AA"],
        r"\b([0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?:[^A-Za-z0-9_-]|$)",
        0,
        High,
        is_random,
    ),
    rule(
        "age-secret-key",
        "an age secret key",
        &["AGE-SECRET-KEY-1"],
        r"(AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58})",
        16,
        High,
        is_real,
    ),
    rule(
        "azure-storage-key",
        "an Azure storage account's key",
        &["AccountKey="],
        r"(?i)AccountKey=([A-Za-z0-9+/]{86}==)",
        0,
        High,
        is_real,
    ),
    rule(
        "private-key",
        "a private key",
        &["PRIVATE KEY-----", "PRIVATE KEY BLOCK-----"],
        r"(-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----(?:\\n|\\r|[\s>#*;|+])+[A-Za-z0-9+/=][A-Za-z0-9+/=\s\\:,-]{60,})",
        11,
        High,
        is_not_for_show,
    ),
    rule(
        "jwt",
        "a JSON web token",
        &["eyJ"],
        r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})",
        3,
        Medium,
        is_random,
    ),
    rule(
        "url-credentials",
        "a password in a URL",
        &["://"],
        r#"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s:/@'"`<>{}$%(]{1,64}:([^\s:/@'"`<>{}$%\\()\[\]]{6,128})@[A-Za-z0-9][A-Za-z0-9.-]*"#,
        0,
        Medium,
        is_password,
    ),
    rule(
        "assigned-secret",
        "something random with a secret's name",
        &[
            "password",
            "passwd",
            "secret",
            "token",
            "api_key",
            "apikey",
            "api-key",
            "access_key",
            "accesskey",
            "private_key",
            "auth_key",
            "client_key",
        ],
        r#"(?i)(?:password|passwd|secret|token|api[_-]?key|access_?key|private_key|auth_key|client_key)[a-z0-9_]{0,20}["']?\s{0,4}(?:=|:|=>|:=|\+=)\s{0,4}["']([A-Za-z0-9+/_=.~!@#%^&*-]{16,128})["']"#,
        0,
        Low,
        is_assigned_secret,
    ),
];

const fn rule(
    name: &'static str,
    what: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
    shown: usize,
    confidence: Confidence,
    check: fn(&[u8]) -> bool,
) -> Rule {
    Rule {
        name,
        what,
        keywords,
        pattern,
        shown,
        confidence,
        check,
    }
}

/// Words in what is written to show where a secret would be.
const FOR_SHOW: [&[u8]; 14] = [
    b"example",
    b"sample",
    b"dummy",
    b"placeholder",
    b"changeme",
    b"change-me",
    b"change_me",
    b"your",
    b"xxxx",
    b"redacted",
    b"insert",
    b"fake",
    b"notreal",
    b"123456789",
];

fn is_not_for_show(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    !FOR_SHOW.iter().any(|word| lower.contains_str(word))
}

/// Neither for show nor of one repeated character.
fn is_real(secret: &[u8]) -> bool {
    is_not_for_show(secret) && entropy(secret) > 2.5
}

fn is_random(secret: &[u8]) -> bool {
    is_not_for_show(secret) && entropy(secret) > 3.5
}

/// Not one of the words with which documentation and local set-ups fill the place.
fn is_password(secret: &[u8]) -> bool {
    let lower = secret.to_ascii_lowercase();
    let usual = [
        &b"pass"[..],
        b"pwd",
        b"secret",
        b"user",
        b"admin",
        b"root",
        b"postgres",
        b"mysql",
        b"test",
        b"guest",
        b"token",
        b"redis",
        b"mongo",
        b"local",
        b"default",
        b"hunter",
        b"foo",
        b"bar",
        b"demo",
    ];
    is_not_for_show(secret)
        && !usual.iter().any(|word| lower.contains_str(word))
        && entropy(secret) > 2.5
}

/// Random by its characters: letters and digits mixed, and no words.
fn is_assigned_secret(secret: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| secret.iter().any(test);
    // Words joined by dashes, dots or underscores are names, paths and messages.
    let words = secret
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|part| part.len() > 2)
        .filter(|part| part.iter().all(u8::is_ascii_alphabetic))
        .count();
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && words < 2
        && is_not_for_show(secret)
        && is_password(secret)
        && entropy(secret) > 3.5
}

/// GitHub's and npm's tokens end with six digits to base 62: the CRC-32 of the thirty characters before.
fn has_github_checksum(token: &[u8]) -> bool {
    let Some(digits) = token.rsplit(|byte| *byte == b'_').next() else {
        return false;
    };
    let (Some(random), Some(check)) = (digits.get(..30), digits.get(30..)) else {
        return false;
    };
    let mut value: u64 = 0;
    for byte in check {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            _ => byte.wrapping_sub(b'a').wrapping_add(36),
        };
        value = value * 62 + u64::from(digit);
    }
    value == u64::from(crc32fast::hash(random))
}

/// Shannon's entropy of the bytes, in bits for each.
#[allow(clippy::cast_precision_loss)] // lengths of a few hundred
fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_expression_compiles_and_has_its_group() {
        for rule in &RULES {
            let pattern = regex::bytes::Regex::new(rule.pattern).unwrap();
            assert_eq!(pattern.captures_len(), 2, "{}", rule.name);
        }
    }

    #[test]
    fn entropy_is_shannons() {
        assert!((entropy(b"aaaa")).abs() < 1e-9);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
