//! Facts from what was said: who the user is, what is used, what was decided, solved and learned. English only.
//!
//! The patterns are MIRA's (`IndexingServices-Implementation.md`), with what made them find anything left out: names begin with
//! capital letters, what is used is no article, and sentences end neither within a version nor at the end of a line of code.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::redact::{before_character, excerpt};

/// How sure a fact is whose words say it. Source: MIRA.
const SAID: f64 = 0.8;
/// How sure a fact is that its words may mean: MIRA's confidence in what is seen for the first time.
const MEANT: f64 = 0.5;
/// A fact, and the words around it, are not longer, in characters. Source: MIRA.
const CONTEXT: usize = 200;
/// Longer sentences are lists or data, in bytes.
const SENTENCE: usize = 600;
/// Of a message, no more is looked at, in bytes.
const LOOKED_AT: usize = 64 * 1024;
/// Of a message, no more facts are kept.
const KEPT: usize = 50;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// A person.
    User,
    /// A model.
    Agent,
}

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// What the user is called.
    Identity,
    /// What is used.
    Technology,
    /// What was decided, and why.
    Decision,
    /// What was solved, and by what.
    Solution,
    /// What was learned.
    Learning,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// What it says, at most 200 characters, without secrets.
    pub content: String,
    /// Why a decision was made, or by what something was solved; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How sure it is, from 0 to 1.
    pub confidence: f64,
    /// The sentence, at most 200 characters, without secrets.
    pub context: String,
}

struct Pattern {
    kind: FactKind,
    /// One of these is in every match, in small letters.
    words: &'static [&'static str],
    regex: LazyLock<Option<Regex>>,
}

static PATTERNS: [Pattern; 6] = [
    Pattern {
        kind: FactKind::Identity,
        words: &["my name is", "call me"],
        regex: LazyLock::new(|| {
            Regex::new(r"\b(?i:my\s+name\s+is|call\s+me)\s+([A-Z][\w'-]+(?:\s[A-Z][\w'-]+){0,2})")
                .ok()
        }),
    },
    Pattern {
        kind: FactKind::Identity,
        words: &["i am", "i'm", "i’m"],
        regex: LazyLock::new(|| {
            Regex::new(r"\bI(?:\s+am|'m|’m)\s+([A-Z][a-z]+(?:\s[A-Z][a-z]+)?)(?:[.,!]|\s+(?:from|and|here|at|the)\b|$)").ok()
        }),
    },
    Pattern {
        kind: FactKind::Technology,
        words: &["using", "working with", "built with", "written in"],
        regex: LazyLock::new(|| {
            Regex::new(
                r"\b(?i:using|working\s+with|built\s+with|written\s+in)\s+([A-Za-z][\w.+#-]*)",
            )
            .ok()
        }),
    },
    Pattern {
        kind: FactKind::Decision,
        words: &["because"],
        regex: LazyLock::new(|| {
            Regex::new(r"(?i)\b(?:decided\s+to|chose(?:\s+to)?|selected)\s+(\S.*?)\s*,?\s+because\s+(\S.*)").ok()
        }),
    },
    Pattern {
        kind: FactKind::Solution,
        words: &[" by "],
        regex: LazyLock::new(|| {
            Regex::new(r"(?i)\b(?:fixed|solved|resolved)\s+(\S.*?)\s+by\s+(\S.*)").ok()
        }),
    },
    Pattern {
        kind: FactKind::Learning,
        words: &["that"],
        regex: LazyLock::new(|| {
            Regex::new(r"(?i)\b(?:learn(?:ed|t)|discovered|found\s+out)\s+that\s+(\S.*)").ok()
        }),
    },
];

/// What is used without being a name: known by itself. MIRA's languages and frameworks.
const TECHNOLOGIES: [&str; 40] = [
    "python",
    "javascript",
    "typescript",
    "java",
    "rust",
    "go",
    "golang",
    "ruby",
    "php",
    "swift",
    "kotlin",
    "scala",
    "c",
    "c++",
    "c#",
    "react",
    "vue",
    "angular",
    "svelte",
    "django",
    "flask",
    "fastapi",
    "express",
    "rails",
    "spring",
    "laravel",
    "next",
    "nuxt",
    "postgres",
    "postgresql",
    "mysql",
    "sqlite",
    "redis",
    "mongodb",
    "docker",
    "kubernetes",
    "terraform",
    "git",
    "webpack",
    "vite",
];

/// Words after `I am` that are no names, though a sentence may write them large.
const NO_NAMES: [&str; 12] = [
    "Not", "Sure", "Sorry", "Using", "Working", "Trying", "Getting", "Afraid", "Done", "Here",
    "Ready", "Looking",
];

/// The facts in a message, in the order of its sentences; none twice. Code between fences is passed over.
pub fn facts(text: &str, speaker: Speaker) -> Vec<Fact> {
    let end = before_character(text, LOOKED_AT);
    let mut found: Vec<Fact> = Vec::new();
    for sentence in sentences(text.get(..end).unwrap_or_default()) {
        let lower = sentence.to_ascii_lowercase();
        for pattern in &PATTERNS {
            let is_possible = pattern.words.iter().any(|word| lower.contains(word));
            if !is_possible || (pattern.kind == FactKind::Identity && speaker == Speaker::Agent) {
                continue;
            }
            let Some(fact) = fact(pattern, sentence) else {
                continue;
            };
            let is_new = |other: &Fact| (other.kind, &other.content) != (fact.kind, &fact.content);
            if found.iter().all(is_new) {
                found.push(fact);
            }
            if found.len() == KEPT {
                return found;
            }
        }
    }
    found
}

fn fact(pattern: &Pattern, sentence: &str) -> Option<Fact> {
    // What is told of another's words is looked at without their secrets.
    let clean = excerpt(sentence, SENTENCE);
    let groups = LazyLock::force(&pattern.regex).as_ref()?.captures(&clean)?;
    let group = |number| {
        groups.get(number).map(|group| {
            group
                .as_str()
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ' '])
        })
    };
    let content = group(1).filter(|content| !content.is_empty())?;
    let is_certain = pattern.words != ["i am", "i'm", "i’m"];
    let confidence = match pattern.kind {
        FactKind::Technology => sure_of(content)?,
        FactKind::Identity if NO_NAMES.contains(&content.split(' ').next()?) => return None,
        _ if is_certain => SAID,
        _ => MEANT,
    };
    Some(Fact {
        kind: pattern.kind,
        content: excerpt(content, CONTEXT),
        reason: group(2)
            .filter(|reason| !reason.is_empty())
            .map(|reason| excerpt(reason, CONTEXT)),
        confidence,
        context: excerpt(&clean, CONTEXT),
    })
}

/// How sure it is that something used is a technology: a known one, or something written like a name.
fn sure_of(used: &str) -> Option<f64> {
    if TECHNOLOGIES.contains(&used.to_ascii_lowercase().as_str()) {
        return Some(SAID);
    }
    let is_name = used.len() > 1
        && used
            .chars()
            .any(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit());
    is_name.then_some(MEANT)
}

/// The sentences of a text that are short enough to be some, without code between fences.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    let lines = text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    });
    lines
        .flat_map(|line| {
            // A full stop ends a sentence only before a space.
            line.split_inclusive(". ")
                .flat_map(|part| part.split_inclusive("! "))
                .flat_map(|part| part.split_inclusive("? "))
        })
        .map(str::trim)
        .filter(|sentence| !sentence.is_empty() && sentence.len() <= SENTENCE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn told(text: &str, speaker: Speaker) -> Vec<(FactKind, String, Option<String>, f64)> {
        let facts = facts(text, speaker).into_iter();
        facts
            .map(|fact| (fact.kind, fact.content, fact.reason, fact.confidence))
            .collect()
    }

    fn one(
        kind: FactKind,
        content: &str,
        reason: Option<&str>,
        confidence: f64,
    ) -> Vec<(FactKind, String, Option<String>, f64)> {
        vec![(
            kind,
            content.to_owned(),
            reason.map(str::to_owned),
            confidence,
        )]
    }

    #[test]
    fn each_pattern_finds_its_fact() {
        use FactKind::{Decision, Identity, Learning, Solution, Technology};
        for (text, expected) in [
            (
                "My name is Ada Lovelace, hello",
                one(Identity, "Ada Lovelace", None, SAID),
            ),
            ("Call me Ada.", one(Identity, "Ada", None, SAID)),
            (
                "Hi, I'm Ada from the parser team",
                one(Identity, "Ada", None, MEANT),
            ),
            (
                "We are using PostgreSQL.",
                one(Technology, "PostgreSQL", None, SAID),
            ),
            ("It is built with rust", one(Technology, "rust", None, SAID)),
            (
                "I am working with Tauri-2 here",
                one(Technology, "Tauri-2", None, MEANT),
            ),
            (
                "We decided to use v1.2 of serde because it is small. Next.",
                one(Decision, "use v1.2 of serde", Some("it is small"), SAID),
            ),
            (
                "I chose tabs, because they can be set!",
                one(Decision, "tabs", Some("they can be set"), SAID),
            ),
            (
                "Fixed the crash by checking the length.",
                one(Solution, "the crash", Some("checking the length"), SAID),
            ),
            (
                "We found out that the cache was stale",
                one(Learning, "the cache was stale", None, SAID),
            ),
        ] {
            assert_eq!(told(text, Speaker::User), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_fact_is_none() {
        for text in [
            "I'm not sure",
            "I am trying to build it",
            "I'm Sure it works.",
            "using the parser",
            "using a file",
            "focusing Rust",
            "I decided to stop.",
            "It is fixed.",
            "they learned a lot",
            "```\nusing Rust\nmy name is Ada\n```",
            &format!("using Rust {}", "and more ".repeat(100)),
        ] {
            assert_eq!(told(text, Speaker::User), [], "{text}");
        }
        assert_eq!(told("My name is Claude.", Speaker::Agent), []);
        assert_eq!(
            told("Using Redis now. We are using Redis.", Speaker::Agent).len(),
            1
        );
    }

    #[test]
    fn a_fact_holds_no_secret() {
        let token = format!("{}{}", "ghp_", "a1B2c3D4e5".repeat(4));
        let facts = facts(
            &format!("Fixed the push by using {token} instead."),
            Speaker::Agent,
        );
        let json = serde_json::to_string(&facts).unwrap();
        assert!(
            json.contains("[redacted:github-token]") && !json.contains("a1B2c3D4"),
            "{json}"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,300}", user: bool) {
            for fact in facts(&text, if user { Speaker::User } else { Speaker::Agent }) {
                prop_assert!(!fact.content.is_empty());
            }
        }

        #[test]
        fn facts_are_short_and_never_twice(parts in proptest::collection::vec(proptest::sample::select(vec![
            "using ", "Rust", "I am ", "Ada", ". ", "\n", "chose ", "x", " because ", "fixed ", " by ", "learned that ", "my name is ", "é",
            "```", ", ", "password=hunter22 ",
        ]), 0..80)) {
            let found = facts(&parts.concat(), Speaker::User);
            for (number, fact) in found.iter().enumerate() {
                prop_assert!(fact.content.chars().count() <= CONTEXT);
                prop_assert!(fact.context.chars().count() <= CONTEXT);
                prop_assert!(!fact.context.contains("hunter22"));
                prop_assert!(found[..number].iter().all(|other| (other.kind, &other.content) != (fact.kind, &fact.content)));
            }
        }
    }
}
