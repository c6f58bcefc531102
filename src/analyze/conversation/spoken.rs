//! What of a prompt a person wrote, and did not paste.

/// The lines of a prompt without code between fences and without quotations, and without marks of what was redacted.
pub fn spoken(text: &str) -> String {
    let mut in_code = false;
    let mut said = String::new();
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
            continue;
        }
        if in_code || line.starts_with('>') || line.is_empty() {
            continue;
        }
        if !said.is_empty() {
            said.push('\n');
        }
        without_marks(line, &mut said);
    }
    said
}

/// `[redacted:github-token]` says nothing about the user.
fn without_marks(mut line: &str, said: &mut String) {
    const MARK: &str = "[redacted:";
    while let Some((before, after)) = line.split_once(MARK) {
        said.push_str(before);
        line = after.split_once(']').map_or("", |(_, rest)| rest);
    }
    said.push_str(line);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_pasted_is_left_out() {
        let text = "Look:\n```rust\nfn main() {}\n```\n> quoted\n\n  use [redacted:github-token] here\n~~~\nx";
        assert_eq!(spoken(text), "Look:\nuse  here");
        assert_eq!(spoken("a [redacted:x"), "a ");
    }

    proptest! {
        #[test]
        fn it_is_never_longer(text in "(\\PC|\n|```|\\[redacted:|\\]){0,60}") {
            let said = spoken(&text);
            prop_assert!(said.len() <= text.len());
            prop_assert!(!said.contains("[redacted:"));
        }
    }
}
