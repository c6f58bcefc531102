//! Wordings with placeholders: `Task failed: {task_name} - {error}`.

use std::fmt;

use crate::config::text::{FromText, Invalid, text_schema, text_value};

/// A text in which `{name}` stands for a value; `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template {
    written: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl Template {
    /// The names of the placeholders.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text with its values; what has none is left out.
    pub fn render(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Placeholder(name) => value(name).unwrap_or_default(),
        });
        parts.collect()
    }
}

impl FromText for Template {
    const EXPECTED: &'static str = "a text, in which `{name}` stands for a value";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '{' | '}' if rest.peek() == Some(&c) => {
                    rest.next();
                    literal.push(c);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(c) if c.is_ascii_lowercase() || c == '_' => name.push(c),
                            _ => {
                                return Err(Invalid::new("a placeholder that does not end")
                                    .hint("write `{name}`, and `{{` for a brace"));
                            }
                        }
                    }
                    if name.is_empty() {
                        return Err(Invalid::new("a placeholder without a name")
                            .hint("write `{name}`, and `{{` for a brace"));
                    }
                    if !literal.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut literal)));
                    }
                    parts.push(Part::Placeholder(name));
                }
                '}' => {
                    return Err(Invalid::new("`}` belongs to no placeholder")
                        .hint("write `}}` for a brace"));
                }
                c => literal.push(c),
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        if parts.is_empty() {
            return Err(Invalid::new("the template is empty"));
        }
        Ok(Self {
            written: text.to_owned(),
            parts,
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

text_value!(Template);
text_schema!(Template, "Template", {
    "type": "string",
    "description": "A text in which `{name}` stands for a value; `{{` and `}}` are braces.",
    "minLength": 1,
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_put_in_once() {
        let template: Template = "{{x}} {task_name} - {error}{gone}".parse().unwrap();
        let names: Vec<_> = template.placeholders().collect();
        assert_eq!(names, ["task_name", "error", "gone"]);
        let text = template.render(|name| match name {
            "task_name" => Some("{error}".to_owned()),
            "error" => Some("boom".to_owned()),
            _ => None,
        });
        assert_eq!(text, "{x} {error} - boom");
    }

    #[test]
    fn broken_placeholders_are_refused() {
        for wrong in ["", "{", "a {b", "{a b}", "{}", "}", "{A}"] {
            assert!(wrong.parse::<Template>().is_err(), "{wrong}");
        }
    }
}
