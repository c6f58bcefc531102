//! How each language writes a text that is to arrive as it is.

use std::fmt::Write as _;

/// A text as one word of a POSIX shell: bare where every shell takes it as it is, otherwise in single quotes.
pub fn shell(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !text.is_empty() && text.chars().all(bare) {
        return text.to_owned();
    }
    shell_always(text)
}

/// A text as one word of a POSIX shell, in single quotes whatever it is.
pub(super) fn shell_always(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as a string of Python, in ASCII.
pub(super) fn python(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A text as a string of AppleScript. It knows no escapes but these.
pub(super) fn apple(text: &str) -> String {
    with_few_escapes(text)
}

/// A text as a string of just.
pub(super) fn just(text: &str) -> String {
    with_few_escapes(text)
}

fn with_few_escapes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Code of a shell as a part of a recipe of make, which takes `$` for its own.
pub(super) fn make(code: &str) -> String {
    code.replace('$', "$$")
}

/// Code of a shell as a line of a recipe of just, which takes `{{` for its own and drops a carriage return at the end.
pub(super) fn just_line(code: &str) -> String {
    // Braces before the carriage return go with it: they would be taken for those that begin the expression.
    let end = if code.ends_with('\r') {
        code.trim_end_matches(['\r', '{']).len()
    } else {
        code.len()
    };
    let (line, dropped) = code.split_at(end);
    let mut line = line.replace("{{", "{{{{");
    if !dropped.is_empty() {
        let _ = write!(line, "{{{{{}}}}}", just(dropped));
    }
    line
}

/// A word of an alias of git, which knows quotes as a shell does and no variables.
pub(super) fn git_alias(text: &str) -> String {
    shell(text)
}

/// A text on one line of a comment: nothing in it ends the line.
pub(super) fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_no_quotes_has_none() {
        assert_eq!(shell("--level=3"), "--level=3");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell("~"), "'~'");
    }

    #[test]
    fn each_language_has_its_escapes() {
        assert_eq!(python("é\"\\\n"), "\"\\U000000e9\\\"\\\\\\n\"");
        assert_eq!(apple("a\"\\\n"), "\"a\\\"\\\\\\n\"");
        assert_eq!(just("a\"\t{{x}}"), "\"a\\\"\\t{{x}}\"");
        assert_eq!(make("$x"), "$$x");
        assert_eq!(just_line("{{x}}"), "{{{{x}}");
        assert_eq!(just_line("{{x\r{{\r"), "{{{{x{{\"\\r{{\\r\"}}");
    }
}
