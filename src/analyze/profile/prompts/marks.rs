//! What one prompt shows.

use super::names;
use crate::analyze::history::is_imperative;

/// What one prompt shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is counted by itself
pub(super) struct Marks {
    /// How long it is.
    pub words: usize,
    /// Whether it has a word of courtesy.
    pub formal: bool,
    /// Whether it has a word of the street.
    pub casual: bool,
    /// Whether it speaks of code.
    pub technical: bool,
    /// Whether it asks something.
    pub question: bool,
    /// Whether it begins with what is to be done.
    pub imperative: bool,
    /// The languages that it names, each once.
    pub languages: Vec<&'static str>,
    /// The frameworks that it names, each once.
    pub frameworks: Vec<&'static str>,
}

/// Source: MIRA.
const FORMAL: [&str; 2] = ["kindly", "please"];
/// Likewise; each is followed by `you`.
const FORMAL_BEFORE_YOU: [&str; 2] = ["could", "would"];
/// Source: MIRA.
const CASUAL: [&str; 4] = ["gonna", "hey", "wanna", "yeah"];

/// With these a question begins that its writer may end without a mark.
const ASKING: [&str; 9] = [
    "how", "what", "what's", "when", "where", "which", "who", "whose", "why",
];

/// What comes before what is to be done.
const BEFORE_VERBS: [&str; 9] = [
    "also", "and", "hey", "kindly", "next", "now", "ok", "please", "then",
];

/// Verbs that prompts begin with and commits do not.
const MORE_VERBS: [&str; 24] = [
    "analyse",
    "analyze",
    "build",
    "commit",
    "compare",
    "continue",
    "debug",
    "deploy",
    "find",
    "investigate",
    "list",
    "look",
    "open",
    "print",
    "push",
    "read",
    "search",
    "show",
    "suggest",
    "summarise",
    "summarize",
    "tell",
    "translate",
    "try",
];

/// Words of the trade that are rarely said of anything else.
const TRADE: [&str; 44] = [
    "api",
    "async",
    "backend",
    "bug",
    "ci",
    "class",
    "cli",
    "codebase",
    "commit",
    "compile",
    "compiler",
    "config",
    "css",
    "database",
    "debug",
    "dependency",
    "deploy",
    "docker",
    "endpoint",
    "enum",
    "frontend",
    "function",
    "git",
    "html",
    "http",
    "import",
    "json",
    "linter",
    "lint",
    "merge",
    "method",
    "module",
    "parser",
    "query",
    "rebase",
    "refactor",
    "regex",
    "repo",
    "schema",
    "sql",
    "stacktrace",
    "struct",
    "test",
    "tests",
];

impl Marks {
    /// Of what a person wrote.
    pub fn of(text: &str) -> Self {
        let mut marks = Self::default();
        let (mut begins, mut before) = (true, String::new());
        let mut is_opening = true;
        for token in text.split_whitespace() {
            marks.words += 1;
            // Signs that are a part of names stay: `C++`, `C#`, `.gitignore`.
            let word = token.trim_end_matches(|c: char| {
                !(c.is_alphanumeric() || matches!(c, '+' | '#' | '(' | ')'))
            });
            let word =
                word.trim_start_matches(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_')));
            let bare = word
                .strip_suffix("'s")
                .or_else(|| word.strip_suffix("’s"))
                .unwrap_or(word);
            let bare = bare.trim_end_matches(['(', ')']);
            let lower = bare.to_lowercase().replace('’', "'");
            marks.formal |= FORMAL.contains(&lower.as_str())
                || (lower == "you" && FORMAL_BEFORE_YOU.contains(&before.as_str()));
            marks.casual |= CASUAL.contains(&lower.as_str());
            marks.question |=
                token.ends_with('?') || (is_opening && ASKING.contains(&whole(word).as_str()));
            if is_opening && !BEFORE_VERBS.contains(&lower.as_str()) && !lower.is_empty() {
                is_opening = false;
                marks.imperative = is_imperative(&lower) || MORE_VERBS.contains(&lower.as_str());
            }
            let named = (
                names::language(bare, begins),
                names::framework(bare, begins),
            );
            add(&mut marks.languages, named.0);
            add(&mut marks.frameworks, named.1);
            marks.technical |=
                named != (None, None) || TRADE.contains(&lower.as_str()) || is_code(token, word);
            begins = token.ends_with(['.', '!', '?', ':']);
            before = lower;
        }
        marks
    }
}

fn whole(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

fn add(names: &mut Vec<&'static str>, name: Option<&'static str>) {
    names.extend(name.filter(|name| !names.contains(name)));
}

/// Whether a word is written as names in programs and files are: `a_b`, `a::b`, `aB`, `a()`, `a/b.c`, `a.rs`, "`a`".
fn is_code(token: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = |sign: &str| {
        word.split_once(sign).is_some_and(|(before, after)| {
            is_letter(before.chars().next_back()) && is_letter(after.chars().next())
        })
    };
    let has_hump = {
        let mut letters = word.chars().zip(word.chars().skip(1));
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && letters.any(|(one, next)| one.is_ascii_lowercase() && next.is_ascii_uppercase())
    };
    let has_ending = word.rsplit_once('.').is_some_and(|(name, ending)| {
        !name.is_empty()
            && (1..=4).contains(&ending.len())
            && ending.starts_with(|c: char| c.is_ascii_lowercase())
            && ending
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.len() + ending.len() > 3
    });
    token.contains('`')
        || inside("_")
        || inside("::")
        || word.contains("()")
        || has_hump
        || has_ending
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> String {
        let it = Marks::of(text);
        let flags = [
            (it.formal, "formal"),
            (it.casual, "casual"),
            (it.technical, "technical"),
            (it.question, "question"),
            (it.imperative, "imperative"),
        ];
        let flags = flags
            .iter()
            .filter(|(is_so, _)| *is_so)
            .map(|(_, name)| *name);
        let names = it.languages.into_iter().chain(it.frameworks);
        let words: Vec<&str> = flags.chain(names).collect();
        words.join(" ")
    }

    #[test]
    fn what_a_prompt_shows() {
        for (text, expected) in [
            ("Please, fix the thing.", "formal imperative"),
            ("Would you look at it?", "formal question"),
            ("Would it help you", ""),
            ("Hey yeah I'm gonna", "casual"),
            ("what's wrong here", "question"),
            ("ok now add a button", "imperative"),
            ("The adding of it", ""),
            ("Go on", ""),
            ("rewrite it in Go, not C++.", "technical imperative Go C++"),
            ("I react to it. React is better", ""),
            ("move it to Vue's store", "technical imperative Vue"),
            ("it is in src/main.rs", "technical"),
            ("call get_user or getUser", "technical imperative"),
            ("std::fs is read() by `x`", "technical"),
            ("e.g. this, i.e. that", ""),
            ("I like GitHub and 3.5 cats", ""),
            ("", ""),
        ] {
            assert_eq!(told(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(\\PC|[a-z_:.()`'?]){0,80}") {
            let marks = Marks::of(&text);
            prop_assert_eq!(marks.words, text.split_whitespace().count());
        }
    }
}
