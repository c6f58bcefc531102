//! Text as text in a page: every value of a template passes through here, so that nothing from elsewhere is markup, steers a
//! terminal that prints the page's source, or turns the direction of what stands beside it.

use std::fmt;

use crate::system::plain::steers;

/// How templates write values: without meaning in HTML, and with what steers made visible as in
/// [`crate::system::plain::plain`].
#[derive(Clone, Copy, Debug)]
pub struct Text;

impl askama::filters::Escaper for Text {
    fn write_escaped_str<W: fmt::Write>(&self, mut out: W, text: &str) -> fmt::Result {
        let mut done = 0;
        for (at, c) in text.char_indices() {
            let written = match c {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                '\'' => "&#39;",
                c if steers(c) => {
                    out.write_str(text.get(done..at).unwrap_or_default())?;
                    write!(out, "{}", c.escape_default())?;
                    done = at + c.len_utf8();
                    continue;
                }
                _ => continue,
            };
            out.write_str(text.get(done..at).unwrap_or_default())?;
            out.write_str(written)?;
            done = at + c.len_utf8();
        }
        out.write_str(text.get(done..).unwrap_or_default())
    }
}

/// Markup that is made here and holds foreign text only as [`Text`] has written it. Templates write it with `|safe`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(String::new())
    }

    /// Appends markup.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Appends text, numbers, or whatever else is to be read.
    pub fn text(&mut self, text: impl fmt::Display) -> &mut Self {
        use fmt::Write as _;
        // A String takes everything.
        let _ = write!(Escaped(&mut self.0), "{text}");
        self
    }

    /// Appends other markup.
    pub fn append(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// Appends text over several lines, as it stands in `<pre>`: lines stay lines, tabs stay tabs.
    pub fn lines(&mut self, text: &str) -> &mut Self {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.0.push('\n');
            }
            for (number, part) in line.trim_end_matches('\r').split('\t').enumerate() {
                if number > 0 {
                    self.0.push('\t');
                }
                self.text(part);
            }
        }
        self
    }

    /// Appends what a template writes.
    pub fn template(&mut self, template: &impl askama::Template) -> &mut Self {
        // Templates fail if their values do, and ours are text and numbers.
        let _ = template.render_into(&mut self.0);
        self
    }

    /// How many bytes it has.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        askama::filters::Escaper::write_escaped_str(&Text, &mut *self.0, text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::system::plain::plain;

    fn escaped(text: &str) -> String {
        let mut markup = Markup::new();
        markup.text(text).to_string()
    }

    #[test]
    fn nothing_is_markup_and_nothing_steers() {
        assert_eq!(
            escaped("<script>\"a\" & 'b'</script>\u{1b}[31m\n\u{202e}x"),
            "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/script&gt;\\u{1b}[31m\\n\\u{202e}x"
        );
        assert_eq!(escaped("größe 👩‍💻"), "größe 👩‍💻");
    }

    #[test]
    fn lines_and_tabs_of_code_stay() {
        let mut markup = Markup::new();
        markup.lines("if a < b:\r\n\tx\u{7}");
        assert_eq!(markup.to_string(), "if a &lt; b:\n\tx\\u{7}");
    }
    proptest! {
        /// What HTML makes of the escaped text is the text as it is shown everywhere else.
        #[test]
        fn any_text_stays_text(text in "(<|>|&|\"|'|[a-z;#]|\\PC|\u{1b}|\u{202e}|\n){0,40}") {
            let escaped = escaped(&text);
            prop_assert!(!escaped.contains(['<', '>', '"', '\'', '\n', '\u{1b}', '\u{202e}']), "{escaped}");
            let read = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
                .iter()
                .fold(escaped, |text, (written, meant)| text.replace(written, meant));
            prop_assert_eq!(read, plain(&text));
        }
    }
}
