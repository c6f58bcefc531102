//! Whether a sentence names somebody.

use std::collections::HashSet;

/// Words that are also names; as names they are written with a capital, and so are they at the beginning of sentences.
const WORDS: [&str; 20] = [
    "art", "bill", "bot", "chase", "code", "dev", "drew", "faith", "git", "grace", "grant", "hope",
    "mark", "max", "may", "rob", "team", "test", "user", "will",
];
/// Parts before an `@` that are nobody's name.
const BOXES: [&str; 14] = [
    "admin", "code", "contact", "dev", "git", "github", "hello", "info", "mail", "me", "noreply",
    "root", "support", "team",
];
/// Names have no more words; what follows is not looked at.
const LONGEST_NAME: usize = 4;

/// People who commit in a repository and are not the user.
#[derive(Clone, Debug, Default)]
pub struct Others {
    /// Whole names, in lower case, words joined by one blank.
    names: HashSet<String>,
    /// Each word of a name, as its owner writes it.
    parts: HashSet<String>,
}

impl Others {
    /// From their names and addresses.
    pub fn new<T: AsRef<str>>(people: impl IntoIterator<Item = (T, T)>) -> Self {
        let mut others = Self::default();
        for (name, email) in people {
            let words: Vec<&str> = words(name.as_ref()).map(|(word, _)| word).collect();
            let whole = words.join(" ").to_lowercase();
            if words.len() <= LONGEST_NAME
                && whole.chars().count() > 2
                && !WORDS.contains(&whole.as_str())
            {
                others.names.insert(whole);
            }
            for word in words.into_iter().filter(|word| word.chars().count() > 2) {
                if word.starts_with(char::is_uppercase) {
                    others.parts.insert(word.to_owned());
                }
            }
            // `12345+jane@users.noreply.github.com`
            let local = email.as_ref().split('@').next().unwrap_or_default();
            let local = local.rsplit('+').next().unwrap_or_default().to_lowercase();
            if local.chars().count() > 2
                && !BOXES.contains(&local.as_str())
                && !WORDS.contains(&local.as_str())
            {
                others.names.insert(local);
            }
        }
        others
    }

    /// Whether a text names somebody: by an address, by a handle outside of code, or one of these by name. In doubt it
    /// does; a rule less is no harm.
    pub fn are_named_in(&self, text: &str) -> bool {
        if has_handle(text) {
            return true;
        }
        let words: Vec<(&str, bool)> = words(text).collect();
        (0..words.len()).any(|from| {
            let Some((first, begins)) = words.get(from) else {
                return false;
            };
            // A word that begins a sentence has its capital from there.
            if !begins && self.parts.contains(*first) {
                return true;
            }
            let mut name = String::new();
            let following = words.iter().skip(from).take(LONGEST_NAME);
            following.into_iter().any(|(word, _)| {
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(&word.to_lowercase());
                self.names.contains(&name)
            })
        })
    }
}

/// The words of a text, and whether each begins a sentence. A handle such as `jane.doe` is one word.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut begins = true;
    text.split(|c: char| c.is_whitespace() || ",;:!?()[]{}<>\"`*/|&".contains(c))
        .filter(|word| !word.is_empty())
        .filter_map(move |word| {
            let ends = word.ends_with('.');
            let was = std::mem::replace(&mut begins, ends);
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let word = word
                .strip_suffix("'s")
                .or_else(|| word.strip_suffix("’s"))
                .unwrap_or(word);
            (!word.is_empty()).then_some((word, was))
        })
}

/// `jane@example.org` anywhere, `@jane` outside of code: in code it is a decorator or a scope.
fn has_handle(text: &str) -> bool {
    text.split('`').enumerate().any(|(nth, piece)| {
        let is_code = nth % 2 == 1;
        piece.match_indices('@').any(|(at, _)| {
            let before = piece.get(..at).and_then(|text| text.chars().next_back());
            let after = piece.get(at + 1..).and_then(|text| text.chars().next());
            let is_address = before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_');
            let is_word = after.is_some_and(char::is_alphanumeric);
            is_word && (is_address || !is_code)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_named_is_found() {
        let others = Others::new([
            ("Bob Marten", "12+bobmart@users.noreply.github.com"),
            ("zoë", "z@x.org"),
            ("Will", "will@x.org"),
            ("Git", "git@x.org"),
        ]);
        for text in [
            "Ask bob marten first",
            "Ask Bob.",
            "Bob Marten's review is needed",
            "ping (bobmart)",
            "zoë decides",
            "Ask Will",
            "mail a@b.org",
            "mail `a@b.org`",
            "cc @someone",
        ] {
            assert!(others.are_named_in(text), "{text}");
        }
        for text in [
            "Never force-push",
            "it will fail. Will it?",
            "use `@dataclass` and `git commit`",
            "Bobs are fine",
            "a @ b",
        ] {
            assert!(!others.are_named_in(text), "{text}");
        }
    }
}
