//! Who is to go on, in the user's words.

use std::sync::LazyLock;

use regex::Regex;

/// Source: pi-brain, `src/parser/boundary.ts`. The ends of words are ASCII's, which is much faster.
static HANDOFF: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?-u:\b)(?:handoff\s+to|hand\s+(?:this\s+)?off\s+to|passing\s+to)\s+(\S+)|(?-u:\b)continue\s+with\s+(\S+)\s+agent",
    )
    .ok()
});

/// Whom a message hands the work to, without the marks around the name.
pub(super) fn handed_to(text: &str) -> Option<&str> {
    let found = HANDOFF.as_ref()?.captures(text)?;
    let target = found.get(1).or_else(|| found.get(2))?.as_str();
    let name = target.trim_matches(|c: char| c.is_ascii_punctuation() && c != '@' && c != '/');
    Some(if name.is_empty() { target } else { name })
}

#[cfg(test)]
mod tests {
    use super::handed_to;

    #[test]
    fn each_wording_names_the_target() {
        for (text, target) in [
            ("handoff to claude", Some("claude")),
            (
                "Please hand this off to the-architect.",
                Some("the-architect"),
            ),
            ("Hand off to \"opus\", then", Some("opus")),
            ("I am passing to security-auditor", Some("security-auditor")),
            ("continue with worker agent", Some("worker")),
            ("continue with the worker", None),
            ("shorthandoff to x", None),
            ("handoff to", None),
        ] {
            assert_eq!(handed_to(text), target, "{text}");
        }
    }
}
