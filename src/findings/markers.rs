//! Comments in source that say that a finding is to be ignored: `tend: ignore[RULE, tool:RULE] reason`.
//!
//! They stand behind whatever begins a comment, on the line of the finding or, as comments of their own, above it. No
//! language is parsed: the marker must be the first thing behind `#`, `//`, `/*`, `--`, `;`, `<!--` or `%`.

use memchr::memmem;

/// What lies behind is not searched: 4 MiB.
const MOST_BYTES: usize = 4 << 20;

/// More markers of a file are not read.
const MOST_MARKERS: usize = 10_000;

/// More rules of a marker are not read.
const MOST_RULES: usize = 100;

/// A list of rules that is longer has no end.
const LONGEST_RULES: usize = 2000;

/// A reason is kept to this many characters.
const LONGEST_REASON: usize = 500;

/// What a comment begins with.
const LEADERS: [&[u8]; 7] = [b"#", b"//", b"/*", b"--", b";", b"<!--", b"%"];

/// What stands before a marker that is a comment of its own: such beginnings, repeated or not, and blanks.
const LEADING: &[u8] = b"#/*-;<!% \t\xef\xbb\xbf";

/// A comment that says that findings are to be ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marker {
    /// The line it is in; the first is 1.
    pub line: u32,
    /// The line below, if it is a comment of its own: the first that is no such comment itself.
    pub below: Option<u32>,
    /// What is ignored: rules, with or without their tool (`bandit:B602`).
    pub rules: Vec<String>,
    /// Why, in the words behind it.
    pub reason: String,
}

impl Marker {
    /// The lines it is about.
    pub fn lines(&self) -> impl Iterator<Item = u32> + use<> {
        [Some(self.line), self.below].into_iter().flatten()
    }
}

/// What the markers of a file say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markers {
    /// In the order of the file.
    pub markers: Vec<Marker>,
    /// Lines of markers that name no rule in brackets, and so mean nothing.
    pub without_rules: Vec<u32>,
}

impl Markers {
    /// Finds the markers of a file.
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let mut found = Self::default();
        let (mut line, mut start, mut counted) = (1_u32, 0, 0);
        for at in memmem::find_iter(bytes, b"tend:") {
            let between = bytes.get(counted..at).unwrap_or_default();
            // What is not the first of its line is not alone in it.
            let mut is_first = counted == 0;
            for end in memchr::memchr_iter(b'\n', between) {
                line = line.saturating_add(1);
                start = counted + end + 1;
                is_first = true;
            }
            counted = at;
            let before = bytes.get(start..at).unwrap_or_default().trim_ascii_end();
            let after = bytes.get(at + b"tend:".len()..).unwrap_or_default();
            if !LEADERS.iter().any(|leader| before.ends_with(leader)) {
                continue;
            }
            let Some(text) = ignored(after) else {
                continue;
            };
            if found.markers.len() + found.without_rules.len() >= MOST_MARKERS {
                break;
            }
            let Some((rules, reason)) = parse(text) else {
                found.without_rules.push(line);
                continue;
            };
            let is_own = is_first && before.iter().all(|byte| LEADING.contains(byte));
            found.markers.push(Marker {
                line,
                below: line.checked_add(1).filter(|_| is_own),
                rules,
                reason,
            });
        }
        found.skip_own();
        found
    }

    /// Of comments of their own that stand on each other, all are about the line below the last.
    fn skip_own(&mut self) {
        let mut next: Option<(u32, Option<u32>)> = None;
        for marker in self.markers.iter_mut().rev() {
            if marker.below.is_none() {
                continue;
            }
            if let Some((_, below)) = next.filter(|(line, _)| marker.below == Some(*line)) {
                marker.below = below;
            }
            next = Some((marker.line, marker.below));
        }
    }
}

/// What follows the word `ignore`, up to the end of the line.
fn ignored(after: &[u8]) -> Option<&[u8]> {
    let after = after
        .get(..LONGEST_RULES + 4 * LONGEST_REASON)
        .unwrap_or(after);
    let line = after.get(..memchr::memchr(b'\n', after).unwrap_or(after.len()))?;
    let rest = line.trim_ascii_start().strip_prefix(b"ignore")?;
    let is_word = rest
        .first()
        .is_none_or(|next| !next.is_ascii_alphanumeric() && !b"-_".contains(next));
    is_word.then_some(rest)
}

/// Reads `[RULE, RULE] reason`.
fn parse(text: &[u8]) -> Option<(Vec<String>, String)> {
    let text = text.trim_ascii_start().strip_prefix(b"[")?;
    let list = text.get(..LONGEST_RULES).unwrap_or(text);
    let end = memchr::memchr(b']', list)?;
    let list = String::from_utf8_lossy(list.get(..end)?);
    let rules = list
        .split(',')
        .map(str::trim)
        .filter(|rule| !rule.is_empty());
    let rules: Vec<String> = rules.take(MOST_RULES).map(str::to_owned).collect();
    let rest = text.get(end + 1..)?;
    // A character has four bytes at most.
    let rest = rest.get(..4 * LONGEST_REASON).unwrap_or(rest);
    let reason = String::from_utf8_lossy(rest);
    let mut reason = reason.trim();
    for closing in ["*/", "-->", "#}", "%>"] {
        reason = reason.strip_suffix(closing).unwrap_or(reason).trim_end();
    }
    let reason = reason.trim_start_matches([':', '-', '–', '—', ' ']);
    let reason = reason.chars().take(LONGEST_REASON).collect();
    (!rules.is_empty()).then_some((rules, reason))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(u32, Option<u32>, String, String)> {
        let markers = Markers::of(text.as_bytes()).markers;
        let told = |it: Marker| (it.line, it.below, it.rules.join(" "), it.reason);
        markers.into_iter().map(told).collect()
    }

    fn one(text: &str) -> Option<(String, String)> {
        let (_, _, rules, reason) = read(text).pop()?;
        Some((rules, reason))
    }

    #[test]
    fn reads_comments_of_any_language() {
        for text in [
            "x = f(a)  # tend: ignore[B602, ruff:S101] the shell is ours",
            "x = f(a); // tend:ignore[B602,ruff:S101] the shell is ours",
            "x = f(a); /* tend: ignore [ B602 , ruff:S101 ] the shell is ours */ y",
            "<!-- tend: ignore[B602, ruff:S101]: the shell is ours -->",
            "SELECT 1 -- tend: ignore[B602, ruff:S101] - the shell is ours",
            "; tend: ignore[B602, ruff:S101,] the shell is ours\r\n",
            "%   tend: ignore[B602, ruff:S101] — the shell is ours",
            "{# tend: ignore[B602, ruff:S101] the shell is ours #}",
            "x # noqa: S101  # tend: ignore[B602, ruff:S101] the shell is ours",
        ] {
            let (rules, reason) = one(text).expect(text);
            assert_eq!(rules, "B602 ruff:S101", "{text}");
            assert!(reason.starts_with("the shell is ours"), "{reason}");
        }
        assert_eq!(
            one("// tend: ignore[clippy::unwrap_used]").unwrap().0,
            "clippy::unwrap_used"
        );
        assert_eq!(one("// tend: ignore[@a/b, c/d] *").unwrap().0, "@a/b c/d");
        assert_eq!(
            one("# tend: ignore[A]").unwrap(),
            ("A".to_owned(), String::new())
        );
    }

    #[test]
    fn other_text_is_none() {
        for text in [
            "tend: ignore[A]",
            "say(\"tend: ignore[A]\")",
            "# we tend: ignore[A]",
            "# tend: ignored[A]",
            "# tend: ignore-all[A]",
            "# tend: run[A]",
            "# pretend: ignore[A] # xtend: ignore[B]",
        ] {
            assert_eq!(Markers::of(text.as_bytes()), Markers::default(), "{text}");
        }
    }

    #[test]
    fn brackets_are_required() {
        let text = "# tend: ignore\n# tend: ignore[]\n# tend: ignore[A\n# tend: ignore B]\n# tend: ignore[A]\n";
        let markers = Markers::of(text.as_bytes());
        assert_eq!(markers.without_rules, [1, 2, 3, 4]);
        assert_eq!(markers.markers.len(), 1);
    }

    #[test]
    fn comments_of_their_own_are_about_the_line_below() {
        let text = "a # tend: ignore[A]\n  // tend: ignore[B]\n  // tend: ignore[C] x\ncode\n\n/* tend: ignore[D] */\nx # tend: ignore[E]\n";
        let lines: Vec<(u32, Option<u32>)> =
            read(text).into_iter().map(|it| (it.0, it.1)).collect();
        let expected = [
            (1, None),
            (2, Some(4)),
            (3, Some(4)),
            (6, Some(7)),
            (7, None),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn hostile_files_take_no_longer() {
        let many = "# tend: ignore[A]\n".repeat(200_000);
        let markers = Markers::of(many.as_bytes()).markers;
        assert_eq!(markers.len(), MOST_MARKERS);
        let line = "# tend: ignore[".repeat(200_000);
        assert_eq!(Markers::of(line.as_bytes()).markers.len(), 0);
        let line = format!("{}{}", " ".repeat(1 << 20), "tend: ".repeat(100_000));
        assert_eq!(Markers::of(line.as_bytes()), Markers::default());
        let line = format!(
            "{}{}",
            "#".repeat(1 << 20),
            " tend: ignore[A] #".repeat(100_000)
        );
        assert_eq!(Markers::of(line.as_bytes()).markers.len(), MOST_MARKERS);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            let _ = Markers::of(&bytes);
        }

        #[test]
        fn any_text_around_a_marker_is_read(before in "[ #/x\n]{0,9}", inside in "\\PC{0,12}", after in "\\PC{0,12}") {
            let text = format!("{before}# tend: ignore[{inside}]{after}");
            for marker in Markers::of(text.as_bytes()).markers {
                prop_assert!(marker.rules.iter().all(|rule| !rule.is_empty() && !rule.contains(',')));
                prop_assert!(marker.below.is_none_or(|below| below > marker.line));
            }
        }
    }
}
