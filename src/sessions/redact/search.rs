//! One pass over a text for everything that a secret may begin with.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::assigned::{self, Word};
use super::bytes::run;
use super::forms::FORMS;
use super::keys::{self, PrivateKeys};
use super::{MARK, Span, lines};
use crate::analyze::secrets;

/// What a keyword may be of.
#[derive(Clone, Copy, Debug)]
enum Owner {
    Mark,
    Form(usize),
    Assigned(Word),
    PrivateKey,
    WebToken,
    BotToken,
    Url,
    UserAndPassword,
    Authorization,
    Bearer,
    Cookie,
    /// A rule of the analysis of repositories, by its number.
    Rule(usize),
}

/// Rules of the analysis whose secrets are found without its expressions: by a form, or here.
const FOUND_HERE: [&str; 5] = [
    "private-key",
    "jwt",
    "telegram-bot-token",
    "url-credentials",
    "assigned-secret",
];

const KEYWORDS: [(&str, Owner); 12] = [
    (MARK, Owner::Mark),
    ("PRIVATE KEY", Owner::PrivateKey),
    ("eyJ", Owner::WebToken),
    (":AA", Owner::BotToken),
    ("://", Owner::Url),
    ("-u", Owner::UserAndPassword),
    ("--user", Owner::UserAndPassword),
    ("authorization", Owner::Authorization),
    ("x-api-key", Owner::Authorization),
    ("bearer", Owner::Bearer),
    ("set-cookie", Owner::Cookie),
    ("cookie", Owner::Cookie),
];

struct Search {
    keywords: AhoCorasick,
    /// What each keyword is of, by its number.
    owners: Vec<Owner>,
}

impl Search {
    fn new() -> Option<Self> {
        let here = KEYWORDS.iter().map(|(keyword, owner)| (*keyword, *owner));
        let words = assigned::WORDS
            .iter()
            .map(|(word, says)| (*word, Owner::Assigned(*says)));
        let forms = FORMS.iter().enumerate().flat_map(|(at, form)| {
            form.prefixes
                .iter()
                .map(move |prefix| (*prefix, Owner::Form(at)))
        });
        let rules = secrets::keywords()
            .filter(|(_, name, _)| {
                !FOUND_HERE.contains(name) && !FORMS.iter().any(|form| form.kind == *name)
            })
            .map(|(rule, _, keyword)| (keyword, Owner::Rule(rule)));
        let (keywords, owners): (Vec<&str>, Vec<Owner>) =
            here.chain(words).chain(forms).chain(rules).unzip();
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            // Of this many keywords, the library would make the automaton that is small rather than the one that is fast.
            .kind(Some(AhoCorasickKind::DFA))
            .build(keywords)
            .ok()?;
        Some(Self { keywords, owners })
    }
}

/// The secrets of a text as it stands, in any order.
pub(super) fn spans(text: &[u8]) -> Vec<Span> {
    static SEARCH: LazyLock<Option<Search>> = LazyLock::new(Search::new);
    let Some(search) = SEARCH.as_ref() else {
        return Vec::new();
    };
    let mut spans: Vec<Span> = Vec::new();
    let mut private_keys = PrivateKeys::default();
    let mut mark = 0..0;
    // Of each keyword, where what it found last ends: nothing is found twice, and no text makes that slow.
    let mut done = vec![0_usize; search.owners.len()];
    for hit in search.keywords.find_overlapping_iter(text) {
        let Range { start, end } = hit.range();
        let at = hit.pattern().as_usize();
        let (Some(owner), Some(done)) = (search.owners.get(at), done.get_mut(at)) else {
            continue;
        };
        if start < *done || mark.contains(&start) {
            continue;
        }
        let found = match owner {
            Owner::Mark => {
                mark = start..end_of_mark(text, end).unwrap_or(start);
                None
            }
            Owner::Form(form) => FORMS
                .get(*form)
                .and_then(|form| form.find(text, start, end)),
            Owner::Assigned(word) => assigned::find(text, *word, start, end),
            Owner::PrivateKey => private_keys.find(text, start, end),
            Owner::WebToken => keys::web_token(text, start),
            Owner::BotToken => keys::bot_token(text, start, end),
            Owner::Url => keys::url_password(text, end),
            Owner::UserAndPassword => keys::user_and_password(text, end),
            Owner::Authorization => lines::authorization(text, end),
            Owner::Bearer => lines::bearer(text, end),
            Owner::Cookie => lines::cookie(text, end),
            Owner::Rule(rule) => {
                secrets::form_near(*rule, text, &hit.range(), *done).map(|(kind, range)| Span {
                    start: range.start,
                    end: range.end,
                    kind,
                })
            }
        };
        if let Some(found) = found {
            *done = found.end;
            spans.push(found);
        }
    }
    spans
}

/// Where a mark of ours ends whose beginning ends there.
fn end_of_mark(text: &[u8], from: usize) -> Option<usize> {
    let end = run(text, from, 40, |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
    });
    (end > from && text.get(end) == Some(&b']')).then_some(end + 1)
}
