//! What the sessions of a repository come to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::spoken;
use super::told::{Failure, Prompt, Statement, Told};
use super::words::{self, Word};
use crate::analyze::profile::Observation;
use crate::analyze::profile::prompts;
use crate::analyze::profile::value::clean;

/// The version of the result's form.
pub const SCHEMA: u32 = 1;
/// So many statements of a kind, technologies and failures are told.
const TOLD: usize = 20;

/// What was said to agents in a repository. The same sessions and zone give the same bytes but for `timestamp`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conversation {
    /// The version of this form.
    pub schema: u32,
    /// When it was looked.
    pub timestamp: Timestamp,
    /// Why there is nothing, or less than there could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// How many sessions there are.
    pub sessions: u64,
    /// How much was said.
    pub messages: Messages,
    /// When the first of them began.
    pub since: Option<Timestamp>,
    /// When the last of them was last written to.
    pub until: Option<Timestamp>,
    /// The agents, the one with most sessions first.
    pub agents: Vec<Agent>,
    /// How the user asks.
    pub prompts: Prompts,
    /// What the user's prompts are about.
    pub words: Vec<Word>,
    /// What was said to be in use, most often said first.
    pub technologies: Vec<Technology>,
    /// What was decided, newest first.
    pub decisions: Vec<Said>,
    /// How something was solved, newest first.
    pub solutions: Vec<Said>,
    /// What was learned, newest first.
    pub learnings: Vec<Said>,
    /// How tools failed more than once, most often first.
    pub errors: Vec<Tool>,
}

/// How much was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Messages {
    /// All of it.
    pub total: u64,
    /// By the user.
    pub user: u64,
    /// By models.
    pub assistant: u64,
    /// Summaries that took the place of what was said.
    pub summaries: u64,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// Its name.
    pub agent: String,
    /// How many of the sessions are its own.
    pub sessions: u64,
    /// What was said in them.
    pub messages: u64,
}

/// How the user asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Prompts {
    /// How many of them were looked at for words and style, the newest.
    pub looked_at: u64,
    /// Days with a prompt.
    pub days: u64,
    /// Prompts on such a day, on average, with two decimals.
    pub per_day: Option<f64>,
    /// The day with most of them; of several, the first.
    pub busiest: Option<Busiest>,
    /// By hour of the day, in the user's zone, from midnight.
    pub hours: [u64; 24],
    /// By day of the week, in the user's zone, from Monday.
    pub weekdays: [u64; 7],
    /// What they show about the user, as the profile hears it; without what is not to be known.
    pub style: Vec<Observation>,
}

/// A day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Busiest {
    /// Its date.
    pub date: Date,
    /// Its prompts.
    pub prompts: u64,
}

/// Something in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Technology {
    /// Its name.
    pub name: String,
    /// How often it was said.
    pub times: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// Something that was decided, solved or learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// What.
    pub text: String,
    /// The sentence that says so.
    pub context: String,
    /// The session.
    pub session: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// A tool that failed more than once in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// The tool.
    pub tool: String,
    /// The kind of error.
    pub error: String,
    /// How often.
    pub times: u64,
    /// In how many sessions.
    pub sessions: u64,
    /// When last.
    pub last: Option<Timestamp>,
}

/// What was told, put together; `None` says that no session was ever read. `is_forgotten` says what the user does not want
/// to be known.
pub fn of(
    told: Option<&Told>,
    zone: &TimeZone,
    is_forgotten: impl Fn(&str) -> bool,
    now: Timestamp,
) -> Conversation {
    let nothing = Told::default();
    let note = match told {
        None => Some("no session of a coding agent has been read yet · git tend sessions scan"),
        Some(told) if told.sessions.is_empty() => {
            Some("none of the sessions that were read is of this repository")
        }
        Some(told) if !told.is_kept => Some("what was said in these sessions is not kept"),
        Some(_) => None,
    };
    let told = told.unwrap_or(&nothing);
    let sum = |part: fn(&super::Session) -> u64| {
        let parts = told.sessions.iter().map(part);
        parts.fold(0, u64::saturating_add)
    };
    let (user, assistant, summaries) = (
        sum(|it| it.asked),
        sum(|it| it.answered),
        sum(|it| it.summaries),
    );
    let spoken: Vec<String> = told
        .prompts
        .iter()
        .map(|prompt| spoken(&prompt.text))
        .collect();
    Conversation {
        schema: SCHEMA,
        timestamp: now,
        note,
        sessions: told.sessions.len() as u64,
        messages: Messages {
            total: user.saturating_add(assistant).saturating_add(summaries),
            user,
            assistant,
            summaries,
        },
        since: told.sessions.iter().filter_map(|it| it.began).min(),
        until: told.sessions.iter().filter_map(|it| it.ended).max(),
        agents: agents(told),
        prompts: asked(&told.asked, &told.prompts, zone, is_forgotten),
        words: words::most_used(spoken.iter().map(String::as_str)),
        technologies: technologies(told),
        decisions: said(&told.decisions),
        solutions: said(&told.solutions),
        learnings: said(&told.learnings),
        errors: told.failures.iter().take(TOLD).map(tool).collect(),
    }
}

fn agents(told: &Told) -> Vec<Agent> {
    let mut agents: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for session in &told.sessions {
        let (sessions, messages) = agents.entry(&session.agent).or_default();
        *sessions += 1;
        let said = [session.asked, session.answered, session.summaries];
        *messages = said.into_iter().fold(*messages, u64::saturating_add);
    }
    let mut agents: Vec<Agent> = agents
        .into_iter()
        .map(|(agent, (sessions, messages))| Agent {
            agent: clean(agent),
            sessions,
            messages,
        })
        .collect();
    agents.sort_by(|one, other| {
        let most = other.sessions.cmp(&one.sessions);
        most.then_with(|| one.agent.cmp(&other.agent))
    });
    agents
}

/// When and how the user asks.
fn asked(
    times: &[Timestamp],
    newest: &[Prompt],
    zone: &TimeZone,
    is_forgotten: impl Fn(&str) -> bool,
) -> Prompts {
    let mut found = Prompts {
        looked_at: newest.len() as u64,
        style: prompts::observe(newest, zone),
        ..Prompts::default()
    };
    found.style.retain(|seen| !is_forgotten(seen.key));
    let mut days: BTreeMap<Date, u64> = BTreeMap::new();
    for time in times {
        let local = zone.to_datetime(*time);
        *days.entry(local.date()).or_default() += 1;
        let hour = found
            .hours
            .get_mut(usize::from(local.hour().unsigned_abs()));
        let weekday = usize::from(local.weekday().since(Weekday::Monday).unsigned_abs());
        let weekday = found.weekdays.get_mut(weekday);
        for count in hour.into_iter().chain(weekday) {
            *count += 1;
        }
    }
    found.days = days.len() as u64;
    found.per_day = mean(times.len(), days.len());
    let busiest = days.into_iter().rev().max_by_key(|(_, prompts)| *prompts);
    found.busiest = busiest.map(|(date, prompts)| Busiest { date, prompts });
    found
}

#[allow(clippy::cast_precision_loss)] // far below 2⁵²
fn mean(all: usize, parts: usize) -> Option<f64> {
    (parts > 0).then(|| (all as f64 / parts as f64 * 100.0).round() / 100.0)
}

fn technologies(told: &Told) -> Vec<Technology> {
    let used = told.technologies.iter().take(TOLD);
    used.map(|used| Technology {
        name: clean(&used.name),
        times: used.times,
        last: used.last,
    })
    .collect()
}

/// Each statement once, as it was said last.
fn said(statements: &[Statement]) -> Vec<Said> {
    let mut known = BTreeSet::new();
    let newest = statements.iter().map(|it| Said {
        text: clean(&it.text),
        context: clean(&it.context),
        session: it.session.clone(),
        at: it.at,
    });
    newest
        .filter(|it| !it.text.is_empty() && known.insert(it.text.to_lowercase()))
        .take(TOLD)
        .collect()
}

fn tool(failure: &Failure) -> Tool {
    Tool {
        tool: clean(&failure.tool),
        error: clean(&failure.error),
        times: failure.times,
        sessions: failure.sessions,
        last: failure.last,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::tz;
    use proptest::prelude::*;

    use super::*;
    use crate::analyze::conversation::Session;

    fn at(hours: i64) -> Timestamp {
        // A Wednesday, 2025-10-08 at 00:00 UTC.
        Timestamp::from_second(1_759_881_600 + hours * 3600).unwrap()
    }

    fn statement(text: &str, hours: i64) -> Statement {
        Statement {
            text: text.to_owned(),
            context: format!("We decided to {text} because."),
            session: "s".to_owned(),
            at: Some(at(hours)),
        }
    }

    fn told() -> Told {
        let session = |id: &str, agent: &str, began, asked| Session {
            id: id.to_owned(),
            agent: agent.to_owned(),
            began: Some(at(began)),
            ended: Some(at(began + 1)),
            asked,
            answered: 2 * asked,
            summaries: 1,
        };
        Told {
            sessions: vec![
                session("a", "pi", 0, 3),
                session("b", "codex", 30, 1),
                session("c", "codex", 5, 0),
            ],
            is_kept: true,
            asked: vec![at(23), at(0), at(30), at(1)],
            prompts: ["cache it", "the cache"]
                .map(|text| Prompt {
                    at: None,
                    text: text.to_owned(),
                })
                .to_vec(),
            decisions: vec![
                statement("use\ttabs", 9),
                statement("Use tabs", 1),
                statement("", 0),
            ],
            ..Told::default()
        }
    }

    #[test]
    fn sessions_are_summed_up() {
        let two_hours_east = TimeZone::fixed(tz::offset(2));
        let found = of(Some(&told()), &two_hours_east, |_| false, at(100));
        assert_eq!((found.sessions, found.note), (3, None));
        assert_eq!((found.since, found.until), (Some(at(0)), Some(at(31))));
        let messages = found.messages;
        assert_eq!(
            (
                messages.total,
                messages.user,
                messages.assistant,
                messages.summaries
            ),
            (15, 4, 8, 3)
        );
        let agents: Vec<_> = found
            .agents
            .iter()
            .map(|it| (it.agent.as_str(), it.sessions, it.messages))
            .collect();
        assert_eq!(agents, [("codex", 2, 5), ("pi", 1, 10)]);
        let prompts = &found.prompts;
        assert_eq!((prompts.days, prompts.per_day), (2, Some(2.0)));
        let hours = [
            prompts.hours[1],
            prompts.hours[2],
            prompts.hours[3],
            prompts.hours[8],
        ];
        assert_eq!((hours, prompts.hours.iter().sum()), ([1, 1, 1, 1], 4));
        assert_eq!(prompts.weekdays, [0, 0, 2, 2, 0, 0, 0]);
        // Of equally busy days, the first.
        assert_eq!(
            prompts.busiest.as_ref().unwrap().date.to_string(),
            "2025-10-08"
        );
        let decisions: Vec<_> = found
            .decisions
            .iter()
            .map(|it| (it.text.as_str(), it.at))
            .collect();
        assert_eq!(decisions, [("use tabs", Some(at(9)))]);
        assert_eq!(
            found.words[0],
            Word {
                word: "cache".to_owned(),
                prompts: 2
            }
        );
    }

    #[test]
    fn that_there_is_nothing_is_said() {
        let note = |told: Option<&Told>| of(told, &TimeZone::UTC, |_| false, at(0)).note.unwrap();
        assert!(note(None).contains("sessions scan"));
        assert!(note(Some(&Told::default())).contains("of this repository"));
        let silent = Told {
            is_kept: false,
            ..told()
        };
        assert!(note(Some(&silent)).contains("not kept"));
    }

    #[test]
    fn what_is_forgotten_is_not_told() {
        let text = "Please explain the parser";
        let prompts = vec![
            Prompt {
                at: Some(at(0)),
                text: text.to_owned()
            };
            9
        ];
        let told = Told { prompts, ..told() };
        let keys = |forgotten: &str| -> Vec<&str> {
            let found = of(Some(&told), &TimeZone::UTC, |key| key == forgotten, at(0));
            found.prompts.style.iter().map(|seen| seen.key).collect()
        };
        assert!(keys("").contains(&"prompt.style"));
        assert!(!keys("prompt.style").contains(&"prompt.style"));
    }

    proptest! {
        #[test]
        fn any_times_are_counted(hours in proptest::collection::vec(-200_000_000_000_i64..200_000_000_000, 0..50), east in -25..=25_i8) {
            let asked: Vec<Timestamp> = hours.iter().map(|second| Timestamp::from_second(*second).unwrap()).collect();
            let told = Told { asked, ..told() };
            let zone = TimeZone::fixed(tz::offset(east));
            let found = of(Some(&told), &zone, |_| false, at(0));
            prop_assert_eq!(found.prompts.hours.iter().sum::<u64>(), hours.len() as u64);
            prop_assert_eq!(found.prompts.weekdays.iter().sum::<u64>(), hours.len() as u64);
            prop_assert_eq!(found.prompts.per_day.is_some(), !hours.is_empty());
        }
    }
}
