//! What a profile says at one place and time: for people, as rows, and for programs, whole.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::attribute::{Attribute, of_preference};
use super::keys::{KEYS, Key, Reach, Shape};
use super::model::{Attributes, Profile, rounded};
use super::value::{Item, Value};

/// Where an attribute comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The user said it.
    User,
    /// It was observed in this repository.
    Here,
    /// It was observed of the person.
    Everywhere,
    /// Most repositories show it, or most of the others.
    Elsewhere,
}

/// An attribute as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// Its key.
    pub key: &'static str,
    /// What it says.
    pub value: Value,
    /// How sure that is now, 0 to 1.
    pub confidence: f64,
    /// Who agrees, ascending.
    pub sources: Vec<String>,
    /// When it was last observed or corrected.
    pub last_updated: Timestamp,
    /// How often it was observed.
    pub observation_count: u32,
    /// Where it comes from.
    pub origin: Origin,
}

/// A line for people: its cells are to be aligned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `commit.subject_length`
    pub key: &'static str,
    /// `47 characters`
    pub value: String,
    /// `85 %`
    pub confidence: String,
    /// `commits`; `you` for what the user said.
    pub sources: String,
}

impl Profile {
    /// What holds in a repository, or outside of all, in the order of the keys.
    ///
    /// What the user said of the repository comes first, then what the user said of everywhere, what was observed here,
    /// what was observed of the person; last, of habits, what most repositories show: as sure as a preference with that
    /// share, and no surer than the surest of them.
    pub fn shown(&self, repository: Option<&str>, now: Timestamp) -> Vec<Shown> {
        let here = repository.and_then(|id| self.repositories.get(id));
        let all = KEYS.iter();
        all.filter_map(|key| self.shown_key(key, here, now))
            .collect()
    }

    fn shown_key(
        &self,
        key: &'static Key,
        here: Option<&Attributes>,
        now: Timestamp,
    ) -> Option<Shown> {
        let here = here.and_then(|section| section.get(key.name));
        let common = self.common.get(key.name);
        let is_said = |known: &&Attribute| known.is_corrected();
        if let Some(said) = here.filter(is_said).or(common.filter(is_said)) {
            return Some(shown(key, said, Origin::User, now));
        }
        if let Some(here) = here {
            return Some(shown(key, here, Origin::Here, now));
        }
        if let Some(common) = common {
            return Some(shown(key, common, Origin::Everywhere, now));
        }
        (key.reach == Reach::Habit).then(|| self.usual(key, now))?
    }

    /// What most repositories show; of equally many, what was seen last.
    fn usual(&self, key: &'static Key, now: Timestamp) -> Option<Shown> {
        let sections = self.repositories.values();
        let mut known: Vec<&Attribute> = sections
            .filter_map(|section| section.get(key.name))
            .collect();
        known.sort_by_key(|known| std::cmp::Reverse(known.last_updated));
        let mut groups: Vec<Vec<&Attribute>> = Vec::new();
        for one in &known {
            let of_its_kind = groups.iter_mut().find(|group| {
                let first = group.first();
                first.is_some_and(|first| first.value.agrees(&one.value))
            });
            match of_its_kind {
                Some(group) => group.push(one),
                None => groups.push(vec![one]),
            }
        }
        // The latest group of the largest: `max_by_key` takes the last of equals.
        let most = groups.iter().rev().max_by_key(|group| group.len())?;
        let first = most.first()?;
        #[allow(clippy::cast_precision_loss)] // at most 128
        let share = most.len() as f64 / known.len() as f64;
        let surest = most
            .iter()
            .map(|one| one.confidence_at(now))
            .fold(0.0, f64::max);
        let sources: BTreeSet<String> = most.iter().flat_map(|one| agreeing(one)).collect();
        Some(Shown {
            key: key.name,
            value: first.value.clone(),
            confidence: rounded(of_preference(share).min(surest)),
            sources: sources.into_iter().collect(),
            last_updated: first.last_updated,
            observation_count: most
                .iter()
                .fold(0, |sum, one| sum.saturating_add(one.observation_count)),
            origin: Origin::Elsewhere,
        })
    }

    /// Everything: what is stored, with what it is worth now.
    pub fn export(&self, now: Timestamp) -> Export {
        let section = |attributes: &Attributes, origin| {
            let known = attributes.iter();
            let known = known.filter_map(|(name, known)| Some((Key::find(name)?, known)));
            known
                .map(|(key, known)| {
                    let origin = if known.is_corrected() {
                        Origin::User
                    } else {
                        origin
                    };
                    shown(key, known, origin, now)
                })
                .collect()
        };
        Export {
            schema: SCHEMA,
            exported_at: now,
            version: self.version,
            updated: self.updated,
            common: section(&self.common, Origin::Everywhere),
            repositories: self
                .repositories
                .iter()
                .map(|(id, attributes)| (id.clone(), section(attributes, Origin::Here)))
                .collect(),
            forgotten: self.forgotten.clone(),
        }
    }
}

/// The version of [`Export`]'s form.
pub const SCHEMA: u32 = 1;

/// A whole profile, for programs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Export {
    /// The version of this form.
    pub schema: u32,
    /// The moment for which confidences hold.
    pub exported_at: Timestamp,
    /// Of the profile: how often it changed.
    pub version: u64,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// What holds everywhere.
    pub common: Vec<Shown>,
    /// What was observed in each repository, by its id.
    pub repositories: BTreeMap<String, Vec<Shown>>,
    /// What is not to be known, and since when.
    pub forgotten: BTreeMap<String, Timestamp>,
}

fn shown(key: &'static Key, known: &Attribute, origin: Origin, now: Timestamp) -> Shown {
    Shown {
        key: key.name,
        value: known.value.clone(),
        confidence: rounded(known.confidence_at(now)),
        sources: agreeing(known).collect(),
        last_updated: known.last_updated,
        observation_count: known.observation_count,
        origin,
    }
}

fn agreeing(known: &Attribute) -> impl Iterator<Item = String> {
    let sources = known.sources.iter().filter(|source| source.agrees);
    sources.map(|source| source.name.clone())
}

/// What is shown of a profile, as lines for people; of one key or of a group, if one is named. Each entry of a list
/// that has a place of its own is a line.
pub fn rows(shown: &[Shown], name: Option<&str>) -> Vec<Row> {
    let wanted = shown.iter().filter(|one| match name {
        Some(name) => super::keys::covers(name, one.key),
        None => true,
    });
    wanted.flat_map(rows_of).collect()
}

fn rows_of(one: &Shown) -> Vec<Row> {
    let first = |value: String| Row {
        key: one.key,
        value,
        confidence: percent(one.confidence),
        sources: match one.origin {
            Origin::User => "you".to_owned(),
            Origin::Elsewhere => format!("{} (elsewhere)", short(&one.sources)),
            Origin::Here | Origin::Everywhere => short(&one.sources),
        },
    };
    match &one.value {
        Value::List(items) if items.iter().any(|item| matches!(item, Item::Placed { .. })) => {
            let mut rows: Vec<Row> = Vec::with_capacity(items.len());
            for item in items {
                let text = match item {
                    Item::Text(text) => text.clone(),
                    Item::Placed { text, file, line } => format!("{text} ({file}:{line})"),
                };
                rows.push(if rows.is_empty() {
                    first(text)
                } else {
                    Row {
                        key: "",
                        value: text,
                        confidence: String::new(),
                        sources: String::new(),
                    }
                });
            }
            rows
        }
        value => match Key::find(one.key).map(|key| key.shape) {
            Some(Shape::Number("%")) => vec![first(format!("{value} %"))],
            Some(Shape::Number(unit)) => {
                let one = *value == Value::Number(1.0);
                let unit = unit.strip_suffix('s').filter(|_| one).unwrap_or(unit);
                vec![first(format!("{value} {unit}"))]
            }
            _ => vec![first(value.to_string())],
        },
    }
}

/// `85 %`; what is not certain is never shown as 100.
fn percent(confidence: f64) -> String {
    let hundredths = if confidence < 1.0 {
        (confidence * 100.0).round().min(99.0)
    } else {
        100.0
    };
    format!("{hundredths} %")
}

/// The first two, and how many more.
fn short(sources: &[String]) -> String {
    match sources {
        [one, other, rest @ ..] if !rest.is_empty() => format!("{one}, {other}, +{}", rest.len()),
        few => few.join(", "),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use super::*;
    use crate::analyze::profile::attribute::Observation;
    use crate::analyze::profile::model::Scope;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + days * 86_400).unwrap()
    }

    fn saw(key: &'static str, value: Value, confidence: f64) -> Vec<Observation> {
        vec![Observation {
            key,
            value,
            source: "commits".to_owned(),
            confidence,
        }]
    }

    fn one<'a>(shown: &'a [Shown], key: &str) -> &'a Shown {
        shown.iter().find(|one| one.key == key).unwrap()
    }

    #[test]
    fn what_is_nearer_comes_first_and_most_repositories_show_habits() {
        let mut profile = Profile::default();
        let style = |text| saw("commit.style", Value::text(text), 0.9);
        for (number, text) in ["free", "conventional", "conventional", "Conventional"]
            .iter()
            .enumerate()
        {
            profile.observe(&number.to_string(), style(text), at(0));
        }
        let rule = Value::list(["Use tabs"]);
        profile.observe("0", saw("rules", rule, 0.5), at(0));
        let outside = profile.shown(None, at(0));
        let usual = one(&outside, "commit.style");
        assert_eq!((usual.confidence, usual.origin), (0.75, Origin::Elsewhere));
        assert!(usual.value.agrees(&Value::text("conventional")));
        assert_eq!(usual.observation_count, 3);
        // Another repository's rules are not this one's.
        assert_eq!(outside.len(), 1);
        let here = profile.shown(Some("0"), at(0));
        assert_eq!(one(&here, "commit.style").value, Value::text("free"));
        assert_eq!(here.len(), 2);
        let new = profile.shown(Some("new"), at(31));
        assert_eq!(one(&new, "commit.style").confidence, 0.75);
        profile
            .correct(Scope::Repository("0"), "commit.style", "mine", at(0))
            .unwrap();
        profile
            .correct(Scope::Everywhere, "commit.style", "ours", at(0))
            .unwrap();
        for (id, expected) in [("0", "mine"), ("1", "ours")] {
            let here = profile.shown(Some(id), at(400));
            let known = one(&here, "commit.style");
            assert_eq!(known.value, Value::text(expected));
            assert_eq!(known.confidence, 1.0);
        }
    }

    #[test]
    fn rows_are_for_people() {
        let mut profile = Profile::default();
        let rules = ["Use tabs", "Test it"].map(|text| Item::Placed {
            text: text.to_owned(),
            file: "AGENTS.md".to_owned(),
            line: 3,
        });
        profile.observe("r", saw("rules", Value::List(rules.into()), 0.995), at(0));
        profile.observe("r", saw("work.breaks", Value::number(75), 0.5), at(0));
        profile.observe(
            "r",
            saw("commit.co_authored", Value::number(12.5), 0.5),
            at(0),
        );
        profile.observe(
            "r",
            saw("commit.median_files", Value::number(1), 0.5),
            at(0),
        );
        profile
            .correct(Scope::Everywhere, "languages", "Rust, Go", at(0))
            .unwrap();
        let rows = rows(&profile.shown(Some("r"), at(31)), None);
        let lines: Vec<String> = rows
            .iter()
            .map(|row| [row.key, &row.value, &row.confidence, &row.sources].join("|"))
            .collect();
        assert_eq!(
            lines,
            [
                "commit.co_authored|12.5 %|48 %|commits",
                "commit.median_files|1 file|48 %|commits",
                "languages|Rust, Go|100 %|you",
                "rules|Use tabs (AGENTS.md:3)|95 %|commits",
                "|Test it (AGENTS.md:3)||",
                "work.breaks|75 minutes|48 %|commits",
            ]
        );
        assert_eq!(
            super::rows(&profile.shown(Some("r"), at(0)), Some("work")).len(),
            1
        );
    }

    #[test]
    fn an_export_has_everything_with_what_it_is_worth() {
        let mut profile = Profile::default();
        profile.observe("r", saw("work.breaks", Value::number(75), 0.5), at(0));
        profile.forget("rules", at(0)).unwrap();
        let export = serde_json::to_value(profile.export(at(31))).unwrap();
        let known = &export["repositories"]["r"][0];
        assert_eq!(known["confidence"], 0.475);
        assert_eq!(known["sources"][0], "commits");
        assert_eq!(known["value"], 75);
        assert_eq!(
            (&export["schema"], &export["version"]),
            (&1.into(), &2.into())
        );
        assert!(export["forgotten"]["rules"].is_string());
    }
}
