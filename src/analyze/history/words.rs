//! Words of commit messages.

use super::message::Mood;

/// Verbs with which commit subjects begin, in their bare form.
const VERBS: [&str; 118] = [
    "accept",
    "add",
    "adjust",
    "align",
    "allow",
    "apply",
    "assert",
    "avoid",
    "bump",
    "cache",
    "call",
    "change",
    "check",
    "clarify",
    "clean",
    "cleanup",
    "close",
    "combine",
    "convert",
    "copy",
    "correct",
    "create",
    "cut",
    "declare",
    "deprecate",
    "describe",
    "detect",
    "disable",
    "display",
    "document",
    "do",
    "don't",
    "drop",
    "enable",
    "ensure",
    "escape",
    "exclude",
    "expand",
    "explain",
    "export",
    "expose",
    "extend",
    "extract",
    "fail",
    "fetch",
    "filter",
    "fix",
    "force",
    "format",
    "generate",
    "get",
    "give",
    "handle",
    "hide",
    "ignore",
    "implement",
    "import",
    "improve",
    "include",
    "increase",
    "initialize",
    "inline",
    "install",
    "introduce",
    "keep",
    "limit",
    "link",
    "load",
    "make",
    "mark",
    "merge",
    "migrate",
    "modify",
    "move",
    "name",
    "normalize",
    "optimize",
    "parse",
    "pass",
    "pin",
    "prefer",
    "prepare",
    "prevent",
    "print",
    "provide",
    "put",
    "raise",
    "read",
    "reduce",
    "refactor",
    "reject",
    "release",
    "remove",
    "rename",
    "reorder",
    "replace",
    "report",
    "require",
    "reset",
    "restore",
    "return",
    "reuse",
    "revert",
    "rewrite",
    "run",
    "send",
    "separate",
    "set",
    "show",
    "simplify",
    "skip",
    "sort",
    "split",
    "stop",
    "support",
    "switch",
    "tweak",
    "update",
];

/// More of them: the table above stays readable.
const MORE_VERBS: [&str; 12] = [
    "upgrade", "use", "validate", "verify", "write", "test", "track", "turn", "unify", "warn",
    "wrap", "work",
];

/// Names that stand before a hyphen and a number and are no project's key.
pub(super) const FOLLOWED_BY_A_NUMBER: [&str; 20] = [
    "AES", "BASE", "CP", "CVE", "CWE", "EPSG", "HTTP", "IE", "IEEE", "ISO", "LATIN", "MD", "PEP",
    "RFC", "RSA", "SHA", "TLS", "UCS", "UTF", "WIN",
];

/// Whether a word is a verb in the form in which commit subjects begin.
pub fn is_imperative(word: &str) -> bool {
    mood(word.as_bytes()) == Some(Mood::Imperative)
}

/// How a verb is put; `None` for other words.
pub(super) fn mood(word: &[u8]) -> Option<Mood> {
    let word = std::str::from_utf8(word).ok()?.to_ascii_lowercase();
    let known = |word: &str| VERBS.contains(&word) || MORE_VERBS.contains(&word);
    if known(&word) {
        return Some(Mood::Imperative);
    }
    bare_forms(&word)
        .iter()
        .any(|bare| known(bare))
        .then_some(Mood::Other)
}

/// What a word may be an inflection of: "tries", "fixes", "adds", "moved", "stopped", "using".
fn bare_forms(word: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for (ending, replacements) in [
        ("ies", &["y"][..]),
        ("ied", &["y"]),
        ("es", &["", "e"]),
        ("s", &[""]),
        ("ed", &["", "e"]),
        ("ing", &["", "e"]),
    ] {
        let Some(stem) = word.strip_suffix(ending) else {
            continue;
        };
        forms.extend(
            replacements
                .iter()
                .map(|letters| format!("{stem}{letters}")),
        );
        // A doubled consonant: "dropped", "running".
        let mut letters = stem.chars().rev();
        if let (Some(last), Some(before)) = (letters.next(), letters.next())
            && last == before
        {
            forms.push(stem.strip_suffix(last).unwrap_or(stem).to_owned());
        }
    }
    match word {
        "made" => forms.push("make".into()),
        "wrote" => forms.push("write".into()),
        "kept" => forms.push("keep".into()),
        "did" | "does" => forms.push("do".into()),
        "got" => forms.push("get".into()),
        "gave" => forms.push("give".into()),
        "ran" => forms.push("run".into()),
        "sent" => forms.push("send".into()),
        _ => {}
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_are_traced_back() {
        for word in [
            "tries", "Dropped", "running", "moved", "uses", "fixes", "made", "verified",
        ] {
            let expected = (word != "tries").then_some(Mood::Other);
            assert_eq!(mood(word.as_bytes()), expected, "{word}");
        }
        for word in ["Use", "don't", "set", "cleanup"] {
            assert_eq!(mood(word.as_bytes()), Some(Mood::Imperative), "{word}");
        }
        for word in ["", "s", "es", "ing", "thing", "\u{e9}"] {
            assert_eq!(mood(word.as_bytes()), None, "{word}");
        }
    }
}
