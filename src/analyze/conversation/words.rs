//! The words that the user's prompts are about.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// So many words are named.
const NAMED: usize = 20;
/// A word of one prompt alone is no habit.
const LEAST: u64 = 2;
/// Shorter words are particles, longer ones are data; in characters.
const LENGTHS: std::ops::RangeInclusive<usize> = 3..=30;

/// A word, and how many prompts have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Word {
    /// In small letters.
    pub word: String,
    /// In how many prompts it is.
    pub prompts: u64,
}

/// Words that every conversation has.
const COMMON: [&str; 189] = [
    "able",
    "about",
    "above",
    "after",
    "again",
    "all",
    "already",
    "also",
    "always",
    "and",
    "another",
    "any",
    "anything",
    "are",
    "aren't",
    "around",
    "back",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "can",
    "can't",
    "cannot",
    "come",
    "could",
    "couldn't",
    "did",
    "didn't",
    "does",
    "doesn't",
    "doing",
    "don't",
    "done",
    "down",
    "each",
    "either",
    "else",
    "etc",
    "even",
    "ever",
    "every",
    "everything",
    "few",
    "first",
    "for",
    "from",
    "get",
    "gets",
    "give",
    "goes",
    "going",
    "gonna",
    "good",
    "got",
    "had",
    "has",
    "have",
    "having",
    "her",
    "here",
    "hey",
    "him",
    "his",
    "how",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "instead",
    "into",
    "isn't",
    "it's",
    "its",
    "just",
    "keep",
    "kindly",
    "know",
    "last",
    "let",
    "let's",
    "like",
    "look",
    "lot",
    "made",
    "make",
    "makes",
    "many",
    "may",
    "maybe",
    "might",
    "more",
    "most",
    "much",
    "must",
    "need",
    "needs",
    "never",
    "new",
    "next",
    "not",
    "nothing",
    "now",
    "off",
    "okay",
    "one",
    "only",
    "other",
    "our",
    "out",
    "over",
    "own",
    "please",
    "put",
    "really",
    "right",
    "same",
    "say",
    "see",
    "seem",
    "seems",
    "she",
    "should",
    "shouldn't",
    "since",
    "some",
    "something",
    "still",
    "such",
    "sure",
    "take",
    "than",
    "thanks",
    "that",
    "that's",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "thing",
    "things",
    "think",
    "this",
    "those",
    "through",
    "too",
    "try",
    "two",
    "under",
    "until",
    "use",
    "used",
    "using",
    "very",
    "via",
    "wanna",
    "want",
    "was",
    "way",
    "were",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yeah",
    "yes",
    "yet",
    "you",
    "you'll",
    "you're",
    "your",
    "yours",
];

/// The words that most prompts have, without those that every conversation has; at most twenty, and none of one prompt.
///
/// Prompts are counted, not occurrences: what was pasted once a hundred times over is no habit.
pub(super) fn most_used<'a>(prompts: impl Iterator<Item = &'a str>) -> Vec<Word> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for prompt in prompts {
        for word in words(prompt) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut most: Vec<Word> = counts
        .into_iter()
        .filter(|(_, prompts)| *prompts >= LEAST)
        .map(|(word, prompts)| Word { word, prompts })
        .collect();
    most.sort_by(|one, other| {
        other
            .prompts
            .cmp(&one.prompts)
            .then_with(|| one.word.cmp(&other.word))
    });
    most.truncate(NAMED);
    most
}

/// The words of a prompt, each once.
fn words(prompt: &str) -> BTreeSet<String> {
    let is_address = |token: &str| token.contains("://") || token.matches('/').count() > 1;
    prompt
        .split_whitespace()
        .filter(|token| !is_address(token))
        .flat_map(|token| {
            token.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '’')))
        })
        .filter_map(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let is_word =
                LENGTHS.contains(&word.chars().count()) && word.starts_with(char::is_alphabetic);
            let word = is_word.then(|| word.to_lowercase().replace('’', "'"))?;
            COMMON
                .binary_search(&word.as_str())
                .is_err()
                .then_some(word)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(prompts: &[&str]) -> Vec<String> {
        let most = most_used(prompts.iter().copied());
        most.iter()
            .map(|it| format!("{} {}", it.word, it.prompts))
            .collect()
    }

    #[test]
    fn prompts_are_counted_and_common_words_are_not() {
        assert!(COMMON.is_sorted_by(|one, other| one < other));
        let prompts = [
            "Fix the parser, the Parser, the PARSER!",
            "Why doesn’t the parser's cache work? See https://parser.example/a/b",
            "the cache at /srv/parser/x and `parse_all` 123",
        ];
        assert_eq!(told(&prompts), ["cache 2"]);
        assert_eq!(
            told(&["the parser", "one parser-x", "parser", "a parser."]),
            ["parser 3"]
        );
        assert_eq!(told(&[]), [""; 0]);
    }

    proptest! {
        #[test]
        fn no_word_is_in_more_prompts_than_there_are(prompts in proptest::collection::vec("\\PC{0,60}", 0..20)) {
            let most = most_used(prompts.iter().map(String::as_str));
            prop_assert!(most.len() <= NAMED);
            prop_assert!(most.is_sorted_by(|a, b| a.prompts > b.prompts || (a.prompts == b.prompts && a.word < b.word)));
            for it in most {
                prop_assert!((LEAST..=prompts.len() as u64).contains(&it.prompts), "{it:?}");
            }
        }
    }
}
