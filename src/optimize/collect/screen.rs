//! What is never stored: lines that may hold a secret, and those that their author kept from the history with a space.
//!
//! A line is dropped whole. What is looked for is wider than what is a secret: a few lines too many are lost, and none
//! that says one gets through.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::RegexSet;
use serde::Serialize;

use super::history::LONGEST;
use crate::sessions::redact::redact;

/// Why a line is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It begins with a space or a tab, which keeps it from histories.
    Private,
    /// It holds what has the form of a secret, or is said to be one.
    Secret,
    /// It is longer than 64 KiB.
    Long,
    /// It says nothing.
    Empty,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Private, Self::Secret, Self::Long, Self::Empty];

    /// The word in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Secret => "secret",
            Self::Long => "long",
            Self::Empty => "empty",
        }
    }
}

/// What says that a secret is near, whatever it is.
const PATTERNS: [&str; 18] = [
    // Options that a secret follows, or that are about one: `--password`, `--http-password`, `--with-token`, `-passin`.
    r"(?:^|\s)--?[a-z-]*(?:password|passwd|passphrase|passin|passout|token|secret|api-?key|access-?key|private-?key|credential)",
    // Names that are assigned to, in shells, in URLs, in JSON and in headers.
    r#"(?:token|secret|passwd|password|passphrase|credentials?|api[-_]?key|access[-_]?key|private[-_]?key|auth)["'\]]*\s*(?:=|:=|:)"#,
    // Variables by the ends of their names: `AWS_SECRET_ACCESS_KEY=`, `NPM_PAT=`.
    r"\b[a-z0-9_]*(?:token|secret|password|passwd|passphrase|credential|_key|_pass|_pwd|_pat|_auth|apikey)[a-z0-9_]*\s*\+?=",
    // The same as words of their own: `set -x API_TOKEN x`, `aws configure set aws_secret_access_key x`,
    // `git config github.token x`, `vault write x password`.
    r"(?:^|\s)[a-z0-9_.:/-]*(?:token|secret|password|passwd|passphrase|credential|_key|apikey)(?:_[a-z0-9_]*|s)?\s+\S",
    r"\bAKIA|\bASIA[0-9A-Z]{12}",
    // Keys by what they begin with, however they look otherwise.
    r"\b(?:gh[pousr]_|github_pat_|sk-|xox[a-z]-|glpat-|npm_|pypi-|dop_v1_|hf_|shp[a-z]{2}_|sq0[a-z]{3}-)[a-z0-9_-]{16}",
    r"authorization",
    r"\bbearer\s",
    // Whoever stands in a URL of the web, with or without a password; with one, in any URL.
    r"https?://[^/\s@]+@",
    r"://[^/\s:@]*:[^\s@]+@",
    // `mysql -pSECRET` and its like, `sshpass -p SECRET`, `7z -pSECRET`, `zip -P SECRET`.
    r"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mysqlcheck|mycli|mariadb[a-z-]*|7z[ar]?|rar|unrar)\b.*\s-p\S",
    r"\b(?:sshpass|zip|unzip|rdesktop|mongo|mongosh|mongodump|mongorestore|mosquitto_[a-z]+|docker\s+login|podman\s+login|az|ipmitool)\b.*\s-p",
    // `curl -u USER:SECRET`, `lftp -u USER,SECRET`, `smbclient -U USER%SECRET`.
    r"\s-u\s*\S+[:,%]\S",
    // `redis-cli -a SECRET`, `ldapsearch -w SECRET`, `htpasswd -b`, `ssh-keygen -N SECRET`, `xfreerdp /p:SECRET`.
    r"\b(?:redis-cli\b.*\s-a|ldap[a-z]+\b.*\s-w|htpasswd\b|ssh-keygen\b.*\s-[np]|xfreerdp\b.*/p:|chpasswd|sqlplus\b|isql\b)",
    // What is told on standard input, and by whom it is asked.
    r"\bsudo\b.*\s(?:-[a-z]*S|--stdin)\b",
    r"\bpass(?:wd)?:\S|\bpass\s+(?:insert|generate|show)\b|\b(?:vault|op|bw|gopass|secret-tool|security)\s+\S",
    r"\bPRIVATE KEY\b|\bage-secret-key",
    r"\b(?:kubectl|oc)\b.*\bsecret\b.*--from-literal|\b(?:heroku|fly|flyctl|wrangler)\b.*\b(?:config:set|secrets?)\b",
];

static SECRET: LazyLock<Option<RegexSet>> = LazyLock::new(|| {
    let patterns = PATTERNS.map(|pattern| format!("(?is){pattern}"));
    RegexSet::new(patterns).ok()
});

/// Why a line is dropped; none if it may be kept.
pub fn screen(text: &str) -> Option<Reason> {
    if text.starts_with([' ', '\t']) {
        return Some(Reason::Private);
    }
    if text.trim().is_empty() {
        return Some(Reason::Empty);
    }
    if text.len() > LONGEST {
        return Some(Reason::Long);
    }
    let is_secret = says_secret(text) || unquoted(text).is_some_and(|text| says_secret(&text));
    is_secret.then_some(Reason::Secret)
}

/// Whether a text holds what may be a secret: what [`redact`] would take out, or one of the patterns.
pub fn says_secret(text: &str) -> bool {
    // Patterns that cannot be had let nothing through.
    let by_pattern = SECRET.as_ref().is_none_or(|it| it.is_match(text));
    by_pattern || matches!(redact(text), Cow::Owned(clean) if clean != text)
}

/// A text without what a shell takes away, which may stand in the middle of a word: `--pass""word`.
fn unquoted(text: &str) -> Option<String> {
    let is_taken = |c: char| matches!(c, '\'' | '"' | '\\');
    text.contains(is_taken).then(|| {
        text.replace("\\\n", "")
            .chars()
            .filter(|c| !is_taken(*c))
            .collect()
    })
}

#[cfg(test)]
mod tests;
