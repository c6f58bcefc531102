//! Secrets in source code: keys and passwords that were committed. A function of bytes and of a key.
//!
//! What is found is never kept: a digest under a key that only this user's state holds tells one secret from another,
//! and the few characters with which all of its kind begin tell a person which it is.

mod rules;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::AhoCorasick;
use bstr::ByteSlice;
use regex::bytes::Regex;
use serde::{Deserialize, Serialize};

pub use rules::Confidence;
use rules::{RULES, Rule};

/// More in one file are not kept.
const KEPT: usize = 100;

/// How many bytes before a keyword a match may begin.
const BEFORE: usize = 64;
/// How many bytes after a keyword are looked at.
const AFTER: usize = 512;

/// A secret, without itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Secret {
    /// Its line, from 1.
    pub line: u32,
    /// The rule that found it, such as `github-token`.
    pub rule: String,
    /// How likely it is one.
    pub confidence: Confidence,
    /// Its beginning, as far as that is the same for all of its kind.
    pub preview: String,
    /// The first half of its BLAKE3 digest under the key, in hexadecimal digits.
    pub digest: String,
}

/// What a rule of this name looks for, in words.
pub fn description(rule: &str) -> &'static str {
    let known = RULES.iter().find(|known| known.name == rule);
    known.map_or("a secret", |rule| rule.what)
}

struct Search {
    keywords: AhoCorasick,
    /// The rule of each keyword, by its number.
    owners: Vec<usize>,
}

impl Search {
    fn new() -> Option<Self> {
        let pairs = keywords().map(|(at, _, keyword)| (at, keyword));
        let (owners, keywords): (Vec<_>, Vec<_>) = pairs.unzip();
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(keywords)
            .ok()?;
        Some(Self { keywords, owners })
    }
}

/// A rule's expression, compiled when the first of its keywords is met.
fn pattern(at: usize, rule: &Rule) -> Option<&'static Regex> {
    static PATTERNS: [OnceLock<Option<Regex>>; RULES.len()] =
        [const { OnceLock::new() }; RULES.len()];
    let pattern = PATTERNS.get(at)?;
    pattern
        .get_or_init(|| Regex::new(rule.pattern).ok())
        .as_ref()
}

/// Where a rule matches around one of its keywords, and where in the match the secret is; what was matched `before` is
/// not looked at again.
fn find_near(
    at: usize,
    rule: &Rule,
    source: &[u8],
    keyword: &Range<usize>,
    before: usize,
) -> Option<(Range<usize>, Range<usize>)> {
    let start = keyword.start.saturating_sub(BEFORE).max(before);
    let end = source.len().min(keyword.end.saturating_add(AFTER));
    let near = source.get(start..end)?;
    let found = pattern(at, rule)?.captures(near)?;
    let shifted = |range: Range<usize>| start + range.start..start + range.end;
    let (whole, secret) = (
        shifted(found.get(0)?.range()),
        shifted(found.get(1)?.range()),
    );
    // What begins only after the keyword is another's.
    (whole.start <= keyword.start).then_some((whole, secret))
}

/// Each rule's number and name with each of its keywords: for searches that look for more than these.
pub fn keywords() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    let rules = RULES.iter().enumerate();
    rules.flat_map(|(at, rule)| {
        rule.keywords
            .iter()
            .map(move |keyword| (at, rule.name, *keyword))
    })
}

/// What has the form that a rule looks for, around one of its keywords and after `before`: the rule's name and where.
/// Whether it is a secret that works is not asked.
pub fn form_near(
    rule: usize,
    source: &[u8],
    keyword: &Range<usize>,
    before: usize,
) -> Option<(&'static str, Range<usize>)> {
    let known = RULES.get(rule)?;
    let (_, secret) = find_near(rule, known, source, keyword, before)?;
    Some((known.name, secret))
}

/// The secrets of a file, in the order of their lines.
pub fn scan(source: &[u8], key: &[u8; 32]) -> Vec<Secret> {
    static SEARCH: LazyLock<Option<Search>> = LazyLock::new(Search::new);
    let Some(search) = SEARCH.as_ref() else {
        return Vec::new();
    };
    let mut secrets: Vec<(usize, usize, Secret)> = Vec::new();
    let (mut line, mut looked_to) = (1_u32, 0);
    // Of each rule, where its last match ends.
    let mut done = [0_usize; RULES.len()];
    for hit in search.keywords.find_overlapping_iter(source) {
        let Some((at, rule)) = search
            .owners
            .get(hit.pattern().as_usize())
            .and_then(|at| Some((*at, RULES.get(*at)?)))
        else {
            continue;
        };
        let Some(done) = done.get_mut(at).filter(|done| **done <= hit.start()) else {
            continue;
        };
        let Some((whole, secret)) = find_near(at, rule, source, &hit.range(), *done) else {
            continue;
        };
        *done = whole.end;
        let begin = secret.start;
        let Some(secret) = source.get(secret) else {
            continue;
        };
        if !(rule.check)(secret) {
            continue;
        }
        let passed = source.get(looked_to..begin).unwrap_or_default();
        if looked_to <= begin {
            line = line
                .saturating_add(u32::try_from(passed.find_iter("\n").count()).unwrap_or(u32::MAX));
            looked_to = begin;
        }
        let digest = blake3::keyed_hash(key, secret).to_hex();
        let preview: String = secret.to_str_lossy().chars().take(rule.shown).collect();
        secrets.push((
            begin,
            begin + secret.len(),
            Secret {
                line,
                rule: rule.name.to_owned(),
                confidence: rule.confidence,
                preview,
                digest: digest.get(..32).unwrap_or_default().to_owned(),
            },
        ));
        if secrets.len() == KEPT {
            break;
        }
    }
    without_weaker(secrets)
}

/// Of matches that overlap, the surest; of equals, the rule that comes first.
fn without_weaker(mut found: Vec<(usize, usize, Secret)>) -> Vec<Secret> {
    let order = |secret: &Secret| RULES.iter().position(|rule| rule.name == secret.rule);
    found.sort_by(|one, other| {
        (other.2.confidence, order(&one.2), one.0).cmp(&(
            one.2.confidence,
            order(&other.2),
            other.0,
        ))
    });
    let mut kept: Vec<(usize, usize, Secret)> = Vec::with_capacity(found.len());
    for candidate in found {
        let overlaps =
            |other: &(usize, usize, Secret)| candidate.0 < other.1 && other.0 < candidate.1;
        if !kept.iter().any(overlaps) {
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|(begin, ..)| *begin);
    kept.into_iter().map(|(.., secret)| secret).collect()
}
