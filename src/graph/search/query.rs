//! Reading what was typed. Whatever it is, it is never an error of the index' own language.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};

use crate::graph::node::{NodeKind, Outcome};
use crate::sessions::Agent;

/// What `since:` and `until:` take.
const TIME: &str = "a day, a time or a span such as 7d, 12h or 2w";
/// How many words are looked at.
const MOST_TERMS: usize = 64;

/// Words that must all be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// One word, or several that must follow each other.
    pub text: String,
    /// Whether the last word may go on.
    pub prefix: bool,
}

/// What else must hold. Of one kind any, of different kinds all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// `project:` the absolute path of a folder, with everything below it, or the last component of a path.
    pub projects: Vec<String>,
    /// `type:` the kind of work.
    pub kinds: Vec<NodeKind>,
    /// `model:` `provider/model`, or either part; lower case.
    pub models: Vec<String>,
    /// `tool:` lower case.
    pub tools: Vec<String>,
    /// `tag:` lower case.
    pub tags: Vec<String>,
    /// `outcome:` what came of it.
    pub outcomes: Vec<Outcome>,
    /// `agent:` whose session.
    pub agents: Vec<Agent>,
    /// `since:` from then on.
    pub since: Option<Timestamp>,
    /// `until:` before then.
    pub until: Option<Timestamp>,
}

/// A search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The words.
    pub terms: Vec<Term>,
    /// What else must hold.
    pub filters: Filters,
    /// Whether archived nodes are found too.
    pub with_archived: bool,
}

/// What cannot be understood in a search.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// A filter's value.
    #[error("`{filter}:{value}` is not understood: {expected} is needed")]
    Value {
        /// Which filter.
        filter: &'static str,
        /// What was typed.
        value: String,
        /// What would be understood.
        expected: String,
    },
    /// A filter that says nothing about messages.
    #[error("messages have no `{0}`: it is a filter for nodes")]
    NotForMessages(&'static str),
}

impl Query {
    /// Reads `words "that follow" pre* project:name since:2026-11-01`.
    ///
    /// Days are those of `zone`, and spans such as `7d` end `now`. What looks like a filter but is none is words.
    pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Self, SearchError> {
        let mut query = Self::default();
        let mut rest = text;
        while let Some(token) = Token::next(&mut rest) {
            if let Some((name, value)) = &token.filter
                && query.filters.add(name, value, now, zone)?
            {
                continue;
            }
            // What the index takes no word from would find nothing, and with it everything.
            if token.text.chars().any(char::is_alphanumeric) && query.terms.len() < MOST_TERMS {
                query.terms.push(Term {
                    text: token.text,
                    prefix: token.prefix,
                });
            }
        }
        Ok(query)
    }

    /// In the index' language: all terms, each quoted. Nothing if there are none.
    pub(in crate::graph) fn expression(&self) -> Option<String> {
        let terms: Vec<String> = self.terms.iter().map(Term::expression).collect();
        (!terms.is_empty()).then(|| terms.join(" "))
    }

    /// The words in lower case, for comparing.
    pub(in crate::graph) fn words(&self) -> Vec<String> {
        self.terms
            .iter()
            .flat_map(|term| term.text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    }
}

impl Term {
    pub(in crate::graph) fn expression(&self) -> String {
        let mut quoted = quoted(&self.text);
        if self.prefix {
            quoted.push('*');
        }
        quoted
    }
}

/// A text as a phrase of the index' language, which can be put in quotes whatever it holds but NUL, where it would end.
pub(in crate::graph) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\0', " ").replace('"', "\"\""))
}

struct Token {
    /// The words, without quotes and without the star.
    text: String,
    prefix: bool,
    /// What stands on either side of a colon that is not quoted.
    filter: Option<(String, String)>,
}

impl Token {
    /// Takes the next token: up to white space outside quotes. A quote that is not closed goes to the end.
    fn next(rest: &mut &str) -> Option<Self> {
        let text = rest.trim_start();
        if text.is_empty() {
            *rest = text;
            return None;
        }
        let mut plain = String::new();
        let mut colon = None;
        let mut quoted = false;
        let mut starred = false;
        let mut end = text.len();
        for (index, c) in text.char_indices() {
            match c {
                '"' => quoted = !quoted,
                c if c.is_whitespace() && !quoted => {
                    end = index;
                    break;
                }
                ':' if !quoted && colon.is_none() => {
                    colon = Some(plain.len());
                    plain.push(c);
                }
                c => plain.push(c),
            }
            starred = c == '*' && !quoted;
        }
        *rest = text.get(end..).unwrap_or_default();
        let filter = colon.and_then(|at| {
            let (name, value) = (plain.get(..at)?, plain.get(at + 1..)?);
            Some((name.to_lowercase(), value.to_owned()))
        });
        if starred {
            plain.pop();
        }
        Some(Self {
            text: plain,
            prefix: starred,
            filter,
        })
    }
}

impl Filters {
    /// Only a project: a folder with everything below it, or its name.
    pub fn of_project(project: &str) -> Self {
        Self {
            projects: vec![trimmed(project)],
            ..Self::default()
        }
    }

    /// Takes a filter in; false if there is none of this name.
    fn add(
        &mut self,
        name: &str,
        value: &str,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<bool, SearchError> {
        let wrong = |filter, expected: &str| SearchError::Value {
            filter,
            value: value.chars().take(80).collect(),
            expected: expected.to_owned(),
        };
        let one_of =
            |filter, words: &[&str]| wrong(filter, &format!("one of {}", words.join(", ")));
        let lower = value.to_lowercase();
        let some = |filter| {
            if value.trim().is_empty() {
                Err(wrong(filter, "a value"))
            } else {
                Ok(())
            }
        };
        match name {
            "project" => {
                some("project")?;
                self.projects.push(trimmed(value));
            }
            "type" => self
                .kinds
                .push(NodeKind::from_word(&lower).ok_or_else(|| one_of("type", NodeKind::WORDS))?),
            "outcome" => self
                .outcomes
                .push(Outcome::from_word(&lower).ok_or_else(|| one_of("outcome", Outcome::WORDS))?),
            "model" => {
                some("model")?;
                self.models.push(lower);
            }
            "tool" => {
                some("tool")?;
                self.tools.push(lower);
            }
            "tag" => {
                some("tag")?;
                self.tags.push(lower);
            }
            "agent" => self.agents.push(
                Agent::from_word(&lower)
                    .ok_or_else(|| one_of("agent", &["pi", "claude-code", "codex"]))?,
            ),
            "since" => {
                let (from, _) = time(value, now, zone).ok_or_else(|| wrong("since", TIME))?;
                self.since = Some(self.since.map_or(from, |since| since.max(from)));
            }
            "until" => {
                let (_, to) = time(value, now, zone).ok_or_else(|| wrong("until", TIME))?;
                self.until = Some(self.until.map_or(to, |until| until.min(to)));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The filters that a message cannot pass or fail.
    pub(in crate::graph) fn only_for_nodes(&self) -> Option<&'static str> {
        [
            ("type", self.kinds.is_empty()),
            ("model", self.models.is_empty()),
            ("tool", self.tools.is_empty()),
            ("tag", self.tags.is_empty()),
            ("outcome", self.outcomes.is_empty()),
        ]
        .into_iter()
        .find_map(|(name, unused)| (!unused).then_some(name))
    }
}

/// A folder without the slashes at its end.
fn trimmed(project: &str) -> String {
    let trimmed = project.trim_end_matches('/');
    if trimmed.is_empty() { "/" } else { trimmed }.to_owned()
}

/// Where a time or a day begins and ends.
fn time(value: &str, now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
    let value = value.trim();
    if let Some(span) = span(value) {
        let at = now.checked_sub(span).ok()?;
        return Some((at, at));
    }
    if let Ok(at) = value.parse::<Timestamp>() {
        return Some((at, at));
    }
    let start = |day: civil::Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    match value {
        "today" | "yesterday" => {
            let today = now.to_zoned(zone.clone()).date();
            let day = if value == "today" {
                today
            } else {
                today.yesterday().ok()?
            };
            return Some((start(day)?, start(day.tomorrow().ok()?)?));
        }
        _ => {}
    }
    // A date alone parses as midnight, so it comes first.
    if value.len() == 10
        && let Ok(day) = value.parse::<civil::Date>()
    {
        return Some((start(day)?, start(day.tomorrow().ok()?)?));
    }
    let at = value
        .parse::<civil::DateTime>()
        .ok()?
        .to_zoned(zone.clone())
        .ok()?
        .timestamp();
    Some((at, at))
}

fn span(value: &str) -> Option<SignedDuration> {
    let unit = value.chars().next_back()?;
    let number: i64 = value.get(..value.len() - unit.len_utf8())?.parse().ok()?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 24 * 7,
        _ => return None,
    };
    // A century is more than anybody means, and less than overflows.
    (0..=36_525 * 24)
        .contains(&number.checked_mul(hours)?)
        .then(|| SignedDuration::from_hours(number * hours))
}

#[cfg(test)]
mod tests;
