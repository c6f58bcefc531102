//! Values that the configuration need not hold itself: texts with variables of the environment, and secrets.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::text::{FromText, Invalid, text_schema, text_value};

/// A text in which `${NAME}` stands for a variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expanding {
    written: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Text(String),
    Variable(String),
}

impl Expanding {
    /// The value of a variable.
    pub(super) fn variable(name: &'static str) -> Self {
        Self {
            written: format!("${{{name}}}"),
            parts: vec![Part::Variable(name.to_owned())],
        }
    }

    /// The text, with `get` telling what a variable is.
    ///
    /// # Errors
    ///
    /// The variable that is not set, or is no text.
    pub fn expand(&self, get: impl Fn(&str) -> Option<String>) -> Result<String, Unset> {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => Ok(text.clone()),
            Part::Variable(name) => get(name).ok_or_else(|| Unset(name.clone())),
        });
        parts.collect()
    }
}

/// A variable of the environment that a channel needs is not set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable {0} is not set")]
pub struct Unset(pub String);

fn is_name(text: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    text.starts_with(is_first) && text.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

impl FromText for Expanding {
    const EXPECTED: &'static str = "a text, in which `${NAME}` stands for a variable";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                Invalid::new(format!("`${{{}` has no end", after.escape_debug()))
                    .hint("write `${NAME}`")
            })?;
            if !is_name(name) {
                return Err(Invalid::new(format!(
                    "`{}` is not the name of a variable",
                    name.escape_debug()
                )));
            }
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if parts.is_empty() {
            return Err(Invalid::new("the text is empty"));
        }
        Ok(Self {
            written: text.to_owned(),
            parts,
        })
    }
}

impl fmt::Display for Expanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

text_value!(Expanding);
text_schema!(Expanding, "Expanding", {
    "type": "string",
    "description": "A text in which `${NAME}` stands for a variable of the environment.",
    "minLength": 1,
});

/// A secret: where it is found, never what it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Secret {
    /// In this variable of the environment.
    Env(String),
    /// In the first line that this command prints; it is not run by a shell.
    Command(Vec<String>),
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn expand(text: &str) -> Result<String, Unset> {
        let text: Expanding = text.parse().unwrap();
        text.expand(|name| (name == "HOST").then(|| "mail".to_owned()))
    }

    #[test]
    fn variables_are_put_in() {
        assert_eq!(
            expand("${HOST}.example.org:${HOST}").unwrap(),
            "mail.example.org:mail"
        );
        assert_eq!(expand("a $ b {c} $d").unwrap(), "a $ b {c} $d");
        assert_eq!(expand("${OTHER}"), Err(Unset("OTHER".to_owned())));
    }

    #[test]
    fn what_is_no_variable_is_refused() {
        for wrong in ["", "${", "${HOST", "${}", "${1}", "${a-b}", "${HOST:-x}"] {
            assert!(wrong.parse::<Expanding>().is_err(), "{wrong}");
        }
    }
}
