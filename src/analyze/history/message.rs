//! What a commit message shows of its style: a few flags, never the text.

use bstr::{BStr, ByteSlice};

use super::words::{FOLLOWED_BY_A_NUMBER, mood};

/// Of a message, no more than this is looked at.
const READ: usize = 16 << 10;

/// The types of the Conventional Commits convention: those of its specification (1.0.0) and of commitlint's
/// `config-conventional`.
const TYPES: [&[u8]; 11] = [
    b"build",
    b"chore",
    b"ci",
    b"docs",
    b"feat",
    b"fix",
    b"perf",
    b"refactor",
    b"revert",
    b"style",
    b"test",
];

/// How the first word of a subject is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// "Add": as git's own documentation asks for.
    Imperative,
    /// "Added", "adds", "adding".
    Other,
}

/// The style of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MessageFacts {
    /// Characters of the subject, as `%s` gives it.
    pub(super) subject_chars: u16,
    flags: u8,
}

const CONVENTIONAL: u8 = 1;
const IMPERATIVE: u8 = 2;
const OTHER_MOOD: u8 = 4;
const BODY: u8 = 8;
const ISSUE: u8 = 16;
const CO_AUTHORED: u8 = 32;
const REVERT: u8 = 64;

impl MessageFacts {
    pub(super) fn of(message: &BStr) -> Self {
        let message = message.get(..READ).unwrap_or(message).trim_start();
        let (subject, body) = paragraphs(message);
        let mut flags = 0;
        let mut set = |flag, is| flags |= if is { flag } else { 0 };
        let title = conventional_title(subject);
        set(CONVENTIONAL, title.is_some());
        match mood(first_word(title.unwrap_or(subject))) {
            Some(Mood::Imperative) => set(IMPERATIVE, true),
            Some(Mood::Other) => set(OTHER_MOOD, true),
            None => {}
        }
        let (text, trailers) = without_trailers(body);
        set(BODY, !text.trim().is_empty());
        set(ISSUE, names_an_issue(subject) || names_an_issue(body));
        set(CO_AUTHORED, trailers.lines().any(is_co_author));
        set(REVERT, subject.starts_with(b"Revert \""));
        let mut characters = 0;
        for line in subject.lines() {
            characters += line.trim().chars().count() + usize::from(characters > 0);
        }
        Self {
            subject_chars: u16::try_from(characters).unwrap_or(u16::MAX),
            flags,
        }
    }

    pub(super) fn bits(self) -> u8 {
        self.flags
    }

    pub(super) fn from_bits(flags: u8, subject_chars: u16) -> Self {
        Self {
            subject_chars,
            flags,
        }
    }

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// `feat(parser)!: …`
    pub(super) fn is_conventional(self) -> bool {
        self.has(CONVENTIONAL)
    }

    /// `None` when the first word is not known to be a verb.
    pub(super) fn mood(self) -> Option<Mood> {
        match (self.has(IMPERATIVE), self.has(OTHER_MOOD)) {
            (true, _) => Some(Mood::Imperative),
            (_, true) => Some(Mood::Other),
            _ => None,
        }
    }

    /// More than a subject and trailers.
    pub(super) fn has_body(self) -> bool {
        self.has(BODY)
    }

    /// `#123`, `GH-123` or `ABC-123`.
    pub(super) fn names_an_issue(self) -> bool {
        self.has(ISSUE)
    }

    /// A `Co-authored-by` trailer.
    pub(super) fn is_co_authored(self) -> bool {
        self.has(CO_AUTHORED)
    }

    /// As `git revert` words it.
    pub(super) fn is_revert(self) -> bool {
        self.has(REVERT)
    }
}

/// The first paragraph, and the rest.
fn paragraphs(message: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in message.lines_with_terminator() {
        if line.trim().is_empty() {
            break;
        }
        end += line.len();
    }
    message.split_at_checked(end).unwrap_or((message, b""))
}

/// What follows `type(scope)!: `, if the subject begins so.
fn conventional_title(subject: &[u8]) -> Option<&[u8]> {
    let end = subject.find_byteset(b"(!:")?;
    let (kind, rest) = subject.split_at_checked(end)?;
    if !TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return None;
    }
    let rest = match rest.strip_prefix(b"(") {
        Some(scope) => {
            let end = scope.find_byte(b')').filter(|end| *end > 0)?;
            scope.get(end + 1..)?
        }
        None => rest,
    };
    let rest = rest.strip_prefix(b"!").unwrap_or(rest);
    let title = rest.strip_prefix(b":")?.strip_prefix(b" ")?.trim_start();
    (!title.is_empty()).then_some(title)
}

fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_start();
    let end = text.find_not_byteset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'-");
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The text of a body, and its last paragraph if that is nothing but trailers.
fn without_trailers(body: &[u8]) -> (&[u8], &[u8]) {
    let body = body.trim_end();
    let begin = body
        .rfind("\n\n")
        .or_else(|| body.rfind("\n\r\n"))
        .unwrap_or(0);
    let (text, last) = body.split_at_checked(begin).unwrap_or((body, b""));
    let lines = || {
        last.lines()
            .map(<[u8]>::trim)
            .filter(|line| !line.is_empty())
    };
    if lines().next().is_some() && lines().all(is_trailer) {
        (text, last)
    } else {
        (body, b"")
    }
}

fn is_trailer(line: &[u8]) -> bool {
    line.split_once_str(": ").is_some_and(|(key, value)| {
        let letters = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        !key.is_empty() && key.iter().all(letters) && !value.trim().is_empty()
    })
}

fn is_co_author(line: &[u8]) -> bool {
    const KEY: &[u8] = b"co-authored-by:";
    line.get(..KEY.len())
        .is_some_and(|key| key.eq_ignore_ascii_case(KEY))
}

fn names_an_issue(text: &[u8]) -> bool {
    let digit_at = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let hash = text.find_iter("#").any(|at| digit_at(at + 1));
    hash || text.find_iter("-").any(|at| {
        let before = text.get(..at).unwrap_or_default();
        let key = before.iter().rev().take_while(|byte| is_word(byte)).count();
        let key = before.get(before.len() - key.min(12)..).unwrap_or_default();
        digit_at(at + 1)
            && key.len() >= 2
            && key.first().is_some_and(u8::is_ascii_uppercase)
            && key
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && !FOLLOWED_BY_A_NUMBER
                .iter()
                .any(|name| name.as_bytes() == key)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(message: &str) -> MessageFacts {
        MessageFacts::of(message.into())
    }

    proptest! {
        #[test]
        fn any_message_has_a_style(message: Vec<u8>) {
            let facts = MessageFacts::of(message.as_bstr());
            prop_assert_eq!(MessageFacts::from_bits(facts.bits(), facts.subject_chars), facts);
        }
    }

    #[test]
    fn conventional_subjects() {
        for subject in ["fix: a", "feat(parser)!: add it", "Docs: x", "ci!: y"] {
            assert!(of(subject).is_conventional(), "{subject}");
        }
        for subject in [
            "fix a", "fix:", "fix(): a", "fix(a: b", "note: a", "fix:a", "",
        ] {
            assert!(!of(subject).is_conventional(), "{subject}");
        }
    }

    #[test]
    fn the_mood_is_that_of_the_first_verb() {
        for (subject, mood) in [
            ("Add a", Some(Mood::Imperative)),
            ("fix(a): Remove b", Some(Mood::Imperative)),
            ("Added a", Some(Mood::Other)),
            ("fixes #1", Some(Mood::Other)),
            ("Updating", Some(Mood::Other)),
            ("Parser", None),
            ("", None),
        ] {
            assert_eq!(of(subject).mood(), mood, "{subject}");
        }
    }

    #[test]
    fn trailers_are_no_body() {
        assert!(!of("a\nb").has_body());
        assert!(!of("a\n\nSigned-off-by: X <x@y>\n").has_body());
        assert!(of("a\n\nwhy\n").has_body());
        assert!(of("a\n\nwhy\n\nSigned-off-by: X <x@y>\n").has_body());
        assert!(of("a\n\nco-authored-by: X <x@y>").is_co_authored());
        assert!(!of("a\n\nthanks to Co-authored-by: X").is_co_authored());
        assert_eq!(of("\n\n añb \nc\n\nwhy").subject_chars, 5);
        assert!(of("Revert \"a\"").is_revert());
    }

    #[test]
    fn issues() {
        for message in ["a (#12)", "GH-3", "a\n\nCloses ABC2-44.", "#1"] {
            assert!(of(message).names_an_issue(), "{message}");
        }
        for message in ["a # 1", "UTF-8", "SHA-256", "pre-1", "a-1", "#a", "A-1"] {
            assert!(!of(message).names_an_issue(), "{message}");
        }
    }
}
