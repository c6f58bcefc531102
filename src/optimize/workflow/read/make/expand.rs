//! Variables of a Makefile, written out where the file alone says what they are. One that nobody sets is empty: whoever sets it
//! in the environment of make is not known here.

use std::collections::HashMap;

/// Variables that stand for each other go no deeper.
const DEEPEST: usize = 40;
/// What is written out in all is no longer, in bytes.
const MOST: usize = 8 * 1024 * 1024;

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// Written out where it is used.
    Later(String),
    /// Written out where it was set.
    Now(String),
    /// Only a run can tell.
    Unknown,
}

/// The variables.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    known: HashMap<String, Variable>,
    left: usize,
}

/// Variables that make sets itself, of those that stand in rules.
const BUILT_IN: &[(&str, &str)] = &[
    ("AR", "ar"),
    ("CC", "cc"),
    ("CXX", "g++"),
    ("LD", "ld"),
    ("MAKE", "make"),
    ("RM", "rm -f"),
];
/// Of those what only a run can tell.
const OF_THE_RUN: &[&str] = &[
    "CURDIR",
    "HOME",
    "MAKEFILES",
    "MAKEFILE_LIST",
    "MAKEFLAGS",
    "MAKECMDGOALS",
    "MAKELEVEL",
    "PATH",
    "PWD",
    "SHELL",
    "TMPDIR",
    "USER",
];

impl Variables {
    pub fn new() -> Self {
        let known = BUILT_IN
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Variable::Later((*value).to_owned())));
        let of_the_run = OF_THE_RUN
            .iter()
            .map(|name| ((*name).to_owned(), Variable::Unknown));
        Self {
            known: known.chain(of_the_run).collect(),
            left: MOST,
        }
    }

    pub fn is_set(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    pub fn is_unknown(&self, name: &str) -> bool {
        self.known.get(name) == Some(&Variable::Unknown)
    }

    pub fn set(&mut self, name: &str, variable: Variable) {
        self.known.insert(name.to_owned(), variable);
    }

    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.known.get(name)
    }

    /// Adds to a variable, behind a space.
    pub fn append(&mut self, name: &str, value: &str) {
        let now = matches!(self.known.get(name), Some(Variable::Now(_)));
        let more = if now {
            self.expand(value)
        } else {
            Some(value.to_owned())
        };
        match (self.known.get_mut(name), more) {
            (None, Some(more)) => self.set(name, Variable::Later(more)),
            (Some(Variable::Later(known) | Variable::Now(known)), Some(more)) => {
                known.push(' ');
                known.push_str(&more);
            }
            (Some(Variable::Unknown), _) => {}
            (_, None) => self.set(name, Variable::Unknown),
        }
    }

    pub fn unset(&mut self, name: &str) {
        self.known.remove(name);
    }

    /// A text with its variables written out; none if only a run can tell.
    pub fn expand(&mut self, text: &str) -> Option<String> {
        self.expanded(text, 0)
    }

    fn expanded(&mut self, text: &str, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let mut made = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            made.push_str(before);
            let mut letters = behind.chars();
            match letters.next() {
                Some('$') => {
                    made.push('$');
                    rest = letters.as_str();
                }
                Some(open @ ('(' | '{')) => {
                    let (inside, after) = closed(letters.as_str(), open)?;
                    made.push_str(&self.reference(inside, depth + 1)?);
                    rest = after;
                }
                Some(letter) => {
                    made.push_str(&self.value(&letter.to_string(), depth + 1)?);
                    rest = letters.as_str();
                }
                None => rest = "",
            }
            self.left = self.left.checked_sub(before.len() + 1)?;
        }
        made.push_str(rest);
        self.left = self.left.checked_sub(made.len())?;
        Some(made)
    }

    fn value(&mut self, name: &str, depth: usize) -> Option<String> {
        match self.known.get(name).cloned() {
            None => Some(String::new()),
            Some(Variable::Now(value)) => {
                self.left = self.left.checked_sub(value.len())?;
                Some(value)
            }
            Some(Variable::Later(value)) => self.expanded(&value, depth),
            Some(Variable::Unknown) => None,
        }
    }

    /// What stands between `$(` and `)`.
    fn reference(&mut self, inside: &str, depth: usize) -> Option<String> {
        if let Some((name, arguments)) = inside.split_once([' ', '\t']) {
            if FUNCTIONS.contains(&name) {
                return self.function(name, arguments.trim_start(), depth);
            }
            if RUN.contains(&name) {
                return None;
            }
        }
        let inside = self.expanded(inside, depth)?;
        let Some((name, change)) = inside.split_once(':') else {
            return self.value(inside.trim(), depth);
        };
        let (from, to) = change.split_once('=')?;
        let value = self.value(name.trim(), depth)?;
        let pattern = |text: &str| {
            if from.contains('%') {
                text.to_owned()
            } else {
                format!("%{text}")
            }
        };
        Some(each_word(&value, |word| {
            patsubst(&pattern(from), &pattern(to), word)
        }))
    }

    fn function(&mut self, name: &str, arguments: &str, depth: usize) -> Option<String> {
        let given = split_arguments(arguments);
        let mut values = Vec::with_capacity(given.len());
        for text in given {
            values.push(self.expanded(text, depth)?);
        }
        let mut at = values.into_iter();
        let mut next = || at.next().unwrap_or_default();
        Some(match name {
            "subst" => {
                let (from, to) = (next(), next());
                let text = rest(next(), at);
                if from.is_empty() {
                    text
                } else {
                    if text.len().saturating_mul(to.len() + 1) > MOST {
                        return None;
                    }
                    text.replace(&from, &to)
                }
            }
            "patsubst" => {
                let (from, to) = (next(), next());
                each_word(&rest(next(), at), |word| {
                    patsubst(from.trim(), to.trim(), word)
                })
            }
            "addprefix" => {
                let prefix = next();
                each_word(&rest(next(), at), |word| format!("{prefix}{word}"))
            }
            "addsuffix" => {
                let suffix = next();
                each_word(&rest(next(), at), |word| format!("{word}{suffix}"))
            }
            "strip" => each_word(&rest(next(), at), str::to_owned),
            "notdir" => each_word(&rest(next(), at), |word| {
                word.rsplit('/').next().unwrap_or_default().to_owned()
            }),
            "dir" => each_word(&rest(next(), at), |word| match word.rfind('/') {
                Some(end) => word.get(..=end).unwrap_or_default().to_owned(),
                None => "./".to_owned(),
            }),
            "basename" => each_word(&rest(next(), at), |word| match suffix(word) {
                Some(at) => word.get(..at).unwrap_or_default().to_owned(),
                None => word.to_owned(),
            }),
            "suffix" => each_word(&rest(next(), at), |word| match suffix(word) {
                Some(at) => word.get(at..).unwrap_or_default().to_owned(),
                None => String::new(),
            }),
            "sort" => {
                let text = rest(next(), at);
                let mut words: Vec<&str> = text.split_whitespace().collect();
                words.sort_unstable();
                words.dedup();
                words.join(" ")
            }
            "firstword" => rest(next(), at)
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned(),
            "lastword" => rest(next(), at)
                .split_whitespace()
                .next_back()
                .unwrap_or_default()
                .to_owned(),
            "filter" | "filter-out" => {
                let patterns = next();
                let text = rest(next(), at);
                let patterns: Vec<&str> = patterns.split_whitespace().collect();
                let wanted = name == "filter";
                let words = text.split_whitespace().filter(|word| {
                    patterns.iter().any(|pattern| stem(pattern, word).is_some()) == wanted
                });
                words.collect::<Vec<_>>().join(" ")
            }
            _ => return None,
        })
    }
}

/// Functions of make's that the text alone decides, of those that stand in rules.
const FUNCTIONS: &[&str] = &[
    "subst",
    "patsubst",
    "addprefix",
    "addsuffix",
    "strip",
    "notdir",
    "dir",
    "basename",
    "suffix",
    "sort",
    "firstword",
    "lastword",
    "filter",
    "filter-out",
];
/// The others: what they come to is seen in a run, or is not worth the code.
const RUN: &[&str] = &[
    "abspath",
    "and",
    "call",
    "error",
    "eval",
    "file",
    "findstring",
    "flavor",
    "foreach",
    "guile",
    "if",
    "info",
    "intcmp",
    "join",
    "let",
    "or",
    "origin",
    "realpath",
    "shell",
    "value",
    "warning",
    "wildcard",
    "word",
    "wordlist",
    "words",
];

/// The last argument of a function goes on behind commas.
fn rest(first: String, more: impl Iterator<Item = String>) -> String {
    more.fold(first, |text, more| format!("{text},{more}"))
}

fn suffix(word: &str) -> Option<usize> {
    let name = word.rfind('/').map_or(0, |at| at + 1);
    word.rfind('.').filter(|at| *at >= name)
}

fn each_word(text: &str, of: impl Fn(&str) -> String) -> String {
    let words = text
        .split_whitespace()
        .map(of)
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn patsubst(from: &str, to: &str, word: &str) -> String {
    match stem(from, word) {
        Some(stem) => with_stem(to, stem),
        None => word.to_owned(),
    }
}

/// A pattern with the stem in place of its `%`.
pub(super) fn with_stem(pattern: &str, stem: &str) -> String {
    match pattern.split_once('%') {
        Some((before, behind)) => format!("{before}{stem}{behind}"),
        None => pattern.to_owned(),
    }
}

/// What `%` stands for if a word is as the pattern says; nothing in it if the pattern is the word.
pub(super) fn stem<'w>(pattern: &str, word: &'w str) -> Option<&'w str> {
    match pattern.split_once('%') {
        Some((before, behind)) => word.strip_prefix(before)?.strip_suffix(behind),
        None => (pattern == word).then_some(""),
    }
}

/// What stands before the bracket that closes the one before the text, and what stands behind it.
fn closed(text: &str, open: char) -> Option<(&str, &str)> {
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return Some((text.get(..at)?, text.get(at + 1..)?)),
            }
        }
    }
    None
}

fn split_arguments(text: &str) -> Vec<&str> {
    let (mut found, mut begin, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(text.get(begin..at).unwrap_or_default());
                begin = at + 1;
            }
            _ => {}
        }
    }
    found.push(text.get(begin..).unwrap_or_default());
    found
}

/// Where a character stands outside of `$(…)` and `${…}`.
pub(super) fn find_outside(text: &str, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut dollar = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' if dollar || depth > 0 => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && wanted(text.get(at..).unwrap_or_default()) => return Some(at),
            _ => {}
        }
        dollar = letter == '$';
    }
    None
}
