//! How the output of a task's command is read.

use std::fmt;

use super::text::{FromText, Invalid, listed, nearest, text_schema, text_value};

/// The form of a command's output, and where it is: on standard output, or in the files that a glob selects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Output {
    /// It is kept in the log only; the exit code is the result.
    #[default]
    None,
    /// SARIF.
    Sarif(Place),
    /// The XML of `JUnit`.
    Junit(Place),
    /// The XML of Checkstyle.
    Checkstyle(Place),
    /// git-tend's own JSON, for analysers of the user's own.
    Tend(Place),
    /// The JSON of a tool that git-tend knows: `json:bandit`.
    Json(String, Place),
    /// One finding for each line that matches: `regex:(?<file>…):(?<line>…): (?<message>…)`.
    Regex(String),
}

/// Where an output is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// On standard output, or in the file that `{report}` in the command stands for.
    #[default]
    Default,
    /// In the files that this glob selects, below the folder in which the command runs.
    Files(String),
}

impl Place {
    fn of(written: Option<&str>) -> Self {
        written.map_or(Self::Default, |glob| Self::Files(glob.to_owned()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => Ok(()),
            Self::Files(glob) => write!(f, ":{glob}"),
        }
    }
}

const PLAIN: [&str; 5] = ["none", "sarif", "junit", "checkstyle", "tend"];

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Sarif(place) => write!(f, "sarif{place}"),
            Self::Junit(place) => write!(f, "junit{place}"),
            Self::Checkstyle(place) => write!(f, "checkstyle{place}"),
            Self::Tend(place) => write!(f, "tend{place}"),
            Self::Json(tool, place) => write!(f, "json:{tool}{place}"),
            Self::Regex(expression) => write!(f, "regex:{expression}"),
        }
    }
}

impl FromText for Output {
    const EXPECTED: &'static str = "an output form such as \"sarif\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let (form, rest) = match text.split_once(':') {
            Some((form, rest)) => (form, Some(rest)),
            None => (text, None),
        };
        if rest.is_some_and(|rest| rest.trim().is_empty()) {
            return Err(nothing_behind(form));
        }
        match (form, rest) {
            ("none", None) => Ok(Self::None),
            ("sarif", place) => Ok(Self::Sarif(Place::of(place))),
            ("junit", place) => Ok(Self::Junit(Place::of(place))),
            ("checkstyle", place) => Ok(Self::Checkstyle(Place::of(place))),
            ("tend", place) => Ok(Self::Tend(Place::of(place))),
            ("json", Some(rest)) => {
                let (tool, place) = match rest.split_once(':') {
                    Some((tool, place)) => (tool, Some(place)),
                    None => (rest, None),
                };
                Ok(Self::Json(tool.to_owned(), Place::of(place)))
            }
            ("regex", Some(expression)) => Ok(Self::Regex(expression.to_owned())),
            _ => Err(unknown(text)),
        }
    }
}

fn nothing_behind(form: &str) -> Invalid {
    match form {
        "json" => Invalid::new("`json:` names no tool").hint("write \"json:TOOL\""),
        "regex" => Invalid::new("`regex:` has no expression"),
        _ => Invalid::new(format!("`{form}:` names no files")).hint(format!(
            "write \"{form}\" for standard output, or \"{form}:GLOB\""
        )),
    }
}

fn unknown(text: &str) -> Invalid {
    let invalid = Invalid::new(format!("`{text}` is not an output form"));
    match nearest(text, PLAIN) {
        Some(name) => invalid.hint(format!("did you mean `{name}`?")),
        None => invalid.hint(format!(
            "the forms are {}",
            listed(PLAIN.into_iter().chain(["json:TOOL", "regex:EXPRESSION"]))
        )),
    }
}

text_value!(Output);
text_schema!(Output, "Output", {
    "description": "How a command's output is read.",
    "anyOf": [
        { "type": "string", "enum": ["none", "sarif", "junit", "checkstyle", "tend"] },
        { "type": "string", "pattern": "^(sarif|junit|checkstyle|tend|json|regex):.+$" },
    ],
});
