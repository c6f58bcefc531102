//! How the output of a task's command is read.

use std::fmt;

use super::text::{FromText, Invalid, listed, nearest, text_schema, text_value};

/// The form of a command's output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Output {
    /// It is kept in the log only; the exit code is the result.
    #[default]
    None,
    /// SARIF.
    Sarif,
    /// The XML of `JUnit`.
    Junit,
    /// The XML of Checkstyle.
    Checkstyle,
    /// The JSON of a tool that git-tend knows: `json:bandit`.
    Json(String),
    /// One finding for each line that matches: `regex:(?<file>…):(?<line>…): (?<message>…)`.
    Regex(String),
}

const PLAIN: [&str; 4] = ["none", "sarif", "junit", "checkstyle"];

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Sarif => f.write_str("sarif"),
            Self::Junit => f.write_str("junit"),
            Self::Checkstyle => f.write_str("checkstyle"),
            Self::Json(tool) => write!(f, "json:{tool}"),
            Self::Regex(expression) => write!(f, "regex:{expression}"),
        }
    }
}

impl FromText for Output {
    const EXPECTED: &'static str = "an output form such as \"sarif\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        match text {
            "none" => return Ok(Self::None),
            "sarif" => return Ok(Self::Sarif),
            "junit" => return Ok(Self::Junit),
            "checkstyle" => return Ok(Self::Checkstyle),
            _ => {}
        }
        match text.split_once(':') {
            Some(("json", tool)) if !tool.trim().is_empty() => Ok(Self::Json(tool.to_owned())),
            Some(("json", _)) => {
                Err(Invalid::new("`json:` names no tool").hint("write \"json:TOOL\""))
            }
            Some(("regex", expression)) if !expression.is_empty() => {
                Ok(Self::Regex(expression.to_owned()))
            }
            Some(("regex", _)) => Err(Invalid::new("`regex:` has no expression")),
            _ => {
                let invalid = Invalid::new(format!("`{text}` is not an output form"));
                Err(match nearest(text, PLAIN) {
                    Some(name) => invalid.hint(format!("did you mean `{name}`?")),
                    None => invalid.hint(format!(
                        "the forms are {}",
                        listed(PLAIN.into_iter().chain(["json:TOOL", "regex:EXPRESSION"]))
                    )),
                })
            }
        }
    }
}

text_value!(Output);
text_schema!(Output, "Output", {
    "description": "How a command's output is read.",
    "anyOf": [
        { "type": "string", "enum": ["none", "sarif", "junit", "checkstyle"] },
        { "type": "string", "pattern": "^(json|regex):.+$" },
    ],
});
