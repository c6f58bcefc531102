//! Findings that do not count: which, why, and until when.

use std::fmt;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern::Pattern;
use super::text::{FromText, Invalid, text_schema, text_value};

/// Findings that do not count. Every key that is written must fit a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Suppress {
    /// The tool that says it, such as `bandit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The tool's name of what is wrong, such as `B101`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The files it is said about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Pattern>,
    /// One finding, by the identity that `git tend findings` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why they do not count: for whoever reads this in a year.
    pub reason: String,
    /// The last day on which they do not count, such as "2027-06-30".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl Suppress {
    /// Whether it says which findings it is about.
    pub fn names_something(&self) -> bool {
        self.tool.is_some() || self.rule.is_some() || self.path.is_some() || self.id.is_some()
    }
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// The day.
    pub const fn date(self) -> Date {
        self.0
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromText for Day {
    const EXPECTED: &'static str = "a day such as \"2027-06-30\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self).map_err(|_| {
            Invalid::new(format!("`{}` is not a day", text.escape_debug()))
                .hint("write year, month and day: \"2027-06-30\"")
        })
    }
}

text_value!(Day);
text_schema!(Day, "Day", {
    "type": "string",
    "description": "A day, such as 2027-06-30.",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
});
