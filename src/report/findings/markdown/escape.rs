//! Text as text in GitHub Flavored Markdown.

use std::borrow::Cow;

use crate::system::plain::plain;

/// A blank of no width, where GitHub would make a mention, an issue, an emoji or an address of text: it looks for those
/// when references and backslashes are gone.
const BREAK: &str = "&#8203;";

/// Text on one line, in which nothing is markup.
pub(super) fn escape(text: &str) -> String {
    let text = plain(text);
    let mut out = String::with_capacity(text.len() + 16);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let after = text.get(at + c.len_utf8()..).unwrap_or_default();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // No backslashes before these: a cell's pipe would take it, mathematics would not.
            '\\' | '|' | '$' => out.push_str(&reference(c)),
            // Within words they mean nothing.
            '_' if before.is_alphanumeric() && after.starts_with(char::is_alphanumeric) => {
                out.push(c);
            }
            '`' | '*' | '_' | '[' | ']' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '@' => {
                out.push(c);
                out.push_str(BREAK);
            }
            '#' if after.starts_with(|c: char| c.is_ascii_digit()) => {
                out.push_str("\\#");
                out.push_str(BREAK);
            }
            // `:tada:`, but not the paths of modules, which are copied.
            ':' if after.starts_with("//") || (before != ':' && is_emoji(after)) => {
                out.push(c);
                out.push_str(BREAK);
            }
            '.' if ends_with(&out, b"www") => {
                out.push_str(BREAK);
                out.push(c);
            }
            '-' if ends_with(&out, b"gh") => {
                out.push(c);
                out.push_str(BREAK);
            }
            '-' | '+' | '=' | '#' if out.is_empty() => out.push_str(&reference(c)),
            // Numbered lists.
            '.' | ')' if !out.is_empty() && out.bytes().all(|byte| byte.is_ascii_digit()) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Text between `<pre>` tags, where only HTML means anything.
pub(super) fn verbatim(text: &str) -> String {
    let text = plain(text);
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn reference(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// Whether what follows a colon makes an emoji of it, such as `tada:`.
fn is_emoji(after: &str) -> bool {
    let name = after
        .bytes()
        .take(40)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-'))
        .count();
    name > 0 && after.as_bytes().get(name) == Some(&b':')
}

fn ends_with(text: &str, end: &[u8]) -> bool {
    let last = text.len().checked_sub(end.len());
    last.and_then(|at| text.as_bytes().get(at..))
        .is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// Text in the look of code.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    let is_simple = !text.is_empty()
        && !text.contains(['`', '|', '\\', '<', '>', '&'])
        && text.trim().len() == text.len();
    if is_simple {
        format!("`{text}`")
    } else {
        format!("<code>{}</code>", escape(&text))
    }
}

/// A link to an address of the web; the text alone for any other address.
pub(super) fn link(text: &str, url: Option<&str>) -> String {
    let text = escape(text);
    match url.and_then(target) {
        Some(url) => format!("[{text}](<{url}>)"),
        None => text,
    }
}

/// What ends or changes a link's target is percent-encoded.
fn target(url: &str) -> Option<Cow<'_, str>> {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let is_bad = |c: char| !c.is_ascii_graphic() || matches!(c, '<' | '>' | '\\' | '|' | '`');
    if !is_web || url.chars().any(|c| c.is_control() || c == ' ') {
        return None;
    }
    if !url.contains(is_bad) {
        return Some(Cow::Borrowed(url));
    }
    let mut out = String::with_capacity(url.len() + 8);
    for c in url.chars() {
        if is_bad(c) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[test]
    fn nothing_is_markup() {
        let cases = [
            ("1. x_y _z_", "1\\. x_y \\_z\\_"),
            (":tada: 10:30:", ":&#8203;tada: 10:&#8203;30:"),
            ("a|b `c` *d* <i>", r"a&#124;b \`c\` \*d\* &lt;i&gt;"),
            ("@all see #12", r"@&#8203;all see \#&#8203;12"),
            (
                "https://e.org www.e.org",
                "https:&#8203;//e.org www&#8203;.e.org",
            ),
            ("[x](javascript:y)", r"\[x\](javascript:y)"),
            ("std::io", "std::io"),
            ("- x", "&#45; x"),
        ];
        for (text, escaped) in cases {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn code_is_code_whatever_it_is() {
        assert_eq!(code("src/a.py:3"), "`src/a.py:3`");
        assert_eq!(code("a`b|c"), r"<code>a\`b&#124;c</code>");
        assert_eq!(code(""), "<code></code>");
    }

    #[test]
    fn links_lead_to_the_web_or_nowhere() {
        assert_eq!(
            link("x", Some("https://e.org/a|b)")),
            "[x](<https://e.org/a%7Cb)>)"
        );
        assert_eq!(link("x", Some("javascript:alert(1)")), "x");
    }

    proptest! {
        #[test]
        fn text_stays_text(text in "([@#:|`*_~$<>&\\\\.0-9a-z -]|www|://|GH-|\\PC){0,40}") {
            static MARKUP: LazyLock<Regex> = LazyLock::new(|| {
                Regex::new("[<>|$]|@[0-9A-Za-z]|(^|[^&])#[0-9]|://|(?i:www\\.|gh-[0-9])|(^|[^:]):[0-9a-z_+-]+:").unwrap()
            });
            static ESCAPED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\[`*_\[\]~#.)]").unwrap());
            let escaped = escape(&text);
            prop_assert!(!MARKUP.is_match(&escaped), "{escaped}");
            let rest = ESCAPED.replace_all(&escaped, "");
            prop_assert!(!rest.contains(['`', '*', '[', ']', '~', '\\']), "{escaped}");
        }
    }
}
