//! Everything that is known about the user: what holds everywhere, what was seen in each repository, and what the user
//! does not want to be known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Effect, Observation};
use super::keys::{EMAILS, Key, Reach, WrongValue, covers};
use super::value::{Item, Value};

/// Attributes by their keys.
pub type Attributes = BTreeMap<String, Attribute>;

/// So many repositories are remembered; of more, those that were not worked in for the longest time go.
pub const REPOSITORIES: usize = 128;

/// The tombstone of everything.
pub const ALL: &str = "*";

/// A profile of the user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Grows by one with each change.
    pub version: u64,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// What holds everywhere: what the user said, and what was observed of the person.
    #[serde(default)]
    pub common: Attributes,
    /// What was observed in each repository, by its id.
    #[serde(default)]
    pub repositories: BTreeMap<String, Attributes>,
    /// Keys, groups of keys, or [`ALL`], that are not to be known any more, and since when.
    #[serde(default)]
    pub forgotten: BTreeMap<String, Timestamp>,
}

/// For what the user's word holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Everywhere.
    Everywhere,
    /// In the repository with this id.
    Repository(&'a str),
}

/// What an observation changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The attribute.
    pub key: &'static str,
    /// How.
    pub effect: Effect,
    /// Who was heard.
    pub source: String,
    /// What is known now.
    pub value: Value,
    /// What was known before, if that was something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// How sure it is now.
    pub confidence: f64,
}

/// What became of a wish to let something be known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remembered {
    /// It may be observed again.
    Yes,
    /// It was not forgotten.
    NotForgotten,
    /// It was forgotten together with others, under this name: that has to be remembered.
    Within(String),
}

impl Profile {
    /// Hears what was observed in a repository, and says what that changed, in the order of the keys.
    ///
    /// Of several observations of one attribute, the one that is worth most is heard first. What was forgotten and what
    /// the user said is passed over. The same observations at the same time change nothing twice.
    pub fn observe(
        &mut self,
        repository: &str,
        mut observations: Vec<Observation>,
        now: Timestamp,
    ) -> Vec<Change> {
        observations.sort_by(|one, other| {
            one.key
                .cmp(other.key)
                .then(other.confidence.total_cmp(&one.confidence))
                .then_with(|| one.source.cmp(&other.source))
        });
        let mut changes = Vec::new();
        for observation in &observations {
            changes.extend(self.hear(repository, observation, now));
        }
        if !changes.is_empty() {
            self.bound(repository);
            self.changed(now);
        }
        changes
    }

    fn hear(
        &mut self,
        repository: &str,
        observation: &Observation,
        now: Timestamp,
    ) -> Option<Change> {
        let key = Key::find(observation.key)?;
        if self.is_forgotten(key.name) || self.is_said(key.name) {
            return None;
        }
        let section = match key.reach {
            Reach::Person => &mut self.common,
            Reach::Habit | Reach::Place => {
                self.repositories.entry(repository.to_owned()).or_default()
            }
        };
        let (effect, before) = match section.get_mut(key.name) {
            Some(known) => {
                let before = known.value.clone();
                let effect = known.observe(observation, key.name == EMAILS, now)?;
                (effect, Some(before).filter(|before| *before != known.value))
            }
            None => {
                let learned = Attribute::learned(observation, now);
                section.insert(key.name.to_owned(), learned);
                (Effect::Learned, None)
            }
        };
        let known = section.get(key.name)?;
        Some(Change {
            key: key.name,
            effect,
            source: observation.source.clone(),
            value: known.value.clone(),
            before,
            confidence: rounded(known.confidence),
        })
    }

    /// Whether the user said what holds everywhere.
    fn is_said(&self, key: &str) -> bool {
        self.common.get(key).is_some_and(Attribute::is_corrected)
    }

    /// Whether an attribute is not to be known.
    pub fn is_forgotten(&self, key: &str) -> bool {
        let mut forgotten = self.forgotten.keys();
        forgotten.any(|group| group == ALL || covers(group, key))
    }

    /// Takes the user's word for it: certain from now on, whatever is observed.
    ///
    /// What was observed of it is dropped. Said of everywhere, it leaves what the user said of single repositories.
    pub fn correct(
        &mut self,
        scope: Scope<'_>,
        key: &str,
        value: &str,
        now: Timestamp,
    ) -> Result<&Attribute, WrongValue> {
        let (key, value) = Key::parse(key, value)?;
        self.forgotten.remove(key.name);
        let section = match scope {
            Scope::Everywhere => {
                for section in self.repositories.values_mut() {
                    section.retain(|name, known| name != key.name || known.is_corrected());
                }
                self.repositories.retain(|_, section| !section.is_empty());
                &mut self.common
            }
            Scope::Repository(id) => self.repositories.entry(id.to_owned()).or_default(),
        };
        section.insert(key.name.to_owned(), Attribute::corrected(value, now));
        if let Scope::Repository(id) = scope {
            self.bound(id);
        }
        self.changed(now);
        let section = match scope {
            Scope::Everywhere => Some(&self.common),
            Scope::Repository(id) => self.repositories.get(id),
        };
        section
            .and_then(|section| section.get(key.name))
            .ok_or(WrongValue::Empty(key.name))
    }

    /// Forgets an attribute or a group of them, everywhere, what the user said included; it does not come back until
    /// the user corrects or remembers it. Returns how many were forgotten.
    pub fn forget(&mut self, name: &str, now: Timestamp) -> Result<usize, WrongValue> {
        if !Key::is_name_or_group(name) {
            return Err(WrongValue::UnknownKey(name.to_owned()));
        }
        let gone = self.drop_all(|key| covers(name, key));
        if gone > 0 || !self.is_forgotten(name) {
            // The wider tombstone stands for those below it.
            self.forgotten.retain(|group, _| !covers(name, group));
            if !self.is_forgotten(name) {
                self.forgotten.insert(name.to_owned(), now);
            }
            self.changed(now);
        }
        Ok(gone)
    }

    /// Forgets everything; nothing comes back. Returns how many attributes were forgotten.
    pub fn forget_all(&mut self, now: Timestamp) -> usize {
        let gone = self.drop_all(|_| true);
        if gone > 0 || !self.forgotten.contains_key(ALL) {
            self.forgotten = BTreeMap::from([(ALL.to_owned(), now)]);
            self.changed(now);
        }
        gone
    }

    /// Lets an attribute, a group of them or [`ALL`] be observed again; what was known of it is gone.
    pub fn remember(&mut self, name: &str, now: Timestamp) -> Remembered {
        let known = self.forgotten.len();
        self.forgotten
            .retain(|group, _| name != ALL && !covers(name, group));
        let lifted = self.forgotten.len() < known;
        if lifted {
            self.changed(now);
        }
        let wider = self.forgotten.keys();
        let mut wider = wider.filter(|group| *group == ALL || covers(group, name));
        match wider.next() {
            Some(group) => Remembered::Within(group.clone()),
            None if lifted => Remembered::Yes,
            None => Remembered::NotForgotten,
        }
    }

    fn drop_all(&mut self, is_meant: impl Fn(&str) -> bool) -> usize {
        let mut gone = 0;
        let sections = self.repositories.values_mut();
        for section in sections.chain(std::iter::once(&mut self.common)) {
            let known = section.len();
            section.retain(|key, _| !is_meant(key));
            gone += known - section.len();
        }
        self.repositories.retain(|_, section| !section.is_empty());
        gone
    }

    /// The addresses that are known to be the user's, in lower case: those that were configured here or elsewhere, or
    /// that the user named.
    pub fn emails(&self) -> Vec<String> {
        let known = self.common.get(EMAILS).map(|known| &known.value);
        let Some(Value::List(items)) = known else {
            return Vec::new();
        };
        let emails = items.iter().map(Item::text);
        emails.map(str::to_lowercase).collect()
    }

    /// Lets the repositories go that were not worked in for the longest time; `kept` is not one of them.
    fn bound(&mut self, kept: &str) {
        while self.repositories.len() > REPOSITORIES {
            let last = |section: &Attributes| {
                let corrected = section.values().any(Attribute::is_corrected);
                (
                    corrected,
                    section.values().map(|known| known.last_updated).max(),
                )
            };
            let others = self.repositories.iter().filter(|(id, _)| *id != kept);
            let oldest = others.min_by_key(|(_, section)| last(section));
            let Some(id) = oldest.map(|(id, _)| id.clone()) else {
                return;
            };
            self.repositories.remove(&id);
        }
    }

    fn changed(&mut self, now: Timestamp) {
        self.version = self.version.saturating_add(1);
        self.updated = Some(now);
    }
}

/// Four decimals: what is shown.
pub(super) fn rounded(confidence: f64) -> f64 {
    (confidence * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]

    use proptest::prelude::*;

    use super::*;
    use crate::analyze::profile::keys::KEYS;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + days * 86_400).unwrap()
    }

    fn saw(key: &'static str, value: &str, source: &str, confidence: f64) -> Observation {
        Observation {
            key,
            value: Value::text(value),
            source: source.to_owned(),
            confidence,
        }
    }

    fn name(value: &str) -> Vec<Observation> {
        vec![saw("identity.name", value, "git config", 0.8)]
    }

    #[test]
    fn each_change_is_a_version_and_repetition_is_none() {
        let mut profile = Profile::default();
        assert_eq!(profile.observe("r", name("Jane"), at(0)).len(), 1);
        let first = profile.clone();
        assert_eq!(profile.observe("r", name("Jane"), at(0)), []);
        assert_eq!(profile, first);
        assert_eq!((profile.version, profile.updated), (1, Some(at(0))));
        let changes = profile.observe("r", name("Jane"), at(1));
        assert_eq!(changes[0].effect, Effect::Confirmed);
        assert_eq!(changes[0].before, None);
        assert_eq!(profile.version, 2);
    }

    #[test]
    fn the_surest_source_is_heard_first() {
        let mut profile = Profile::default();
        let mut seen = vec![saw("identity.name", "jane", "LICENSE", 0.5)];
        seen.extend(name("Jane"));
        profile.observe("r", seen, at(0));
        let known = &profile.repositories["r"]["identity.name"];
        assert!((known.confidence - 0.82).abs() < 1e-9);
        assert_eq!(known.sources.len(), 2);
    }

    #[test]
    fn what_the_user_says_stays_everywhere() {
        let mut profile = Profile::default();
        profile.observe("r", name("Jane"), at(0));
        profile
            .correct(Scope::Everywhere, "identity.name", "Dr. Jane Doe", at(0))
            .unwrap();
        assert!(profile.repositories.is_empty());
        for day in 1..100 {
            assert_eq!(profile.observe("r", name("Jane"), at(day)), []);
        }
        let known = &profile.common["identity.name"];
        assert_eq!(
            (known.value.to_string(), known.confidence),
            ("Dr. Jane Doe".to_owned(), 1.0)
        );
        assert!(
            profile
                .correct(Scope::Everywhere, "trust", "1", at(0))
                .is_err()
        );
    }

    #[test]
    fn what_is_forgotten_does_not_come_back_by_itself() {
        let mut profile = Profile::default();
        profile.observe("r", name("Jane"), at(0));
        assert_eq!(profile.forget("identity", at(1)), Ok(1));
        for day in 2..50 {
            assert_eq!(profile.observe("r", name("Jane"), at(day)), []);
        }
        assert!(!serde_json::to_string(&profile).unwrap().contains("Jane"));
        assert_eq!(
            profile.remember("identity.name", at(50)),
            Remembered::Within("identity".to_owned())
        );
        profile
            .correct(Scope::Everywhere, "identity.name", "J", at(50))
            .unwrap();
        assert_eq!(profile.common["identity.name"].value, Value::text("J"));
        assert_eq!(profile.forget("identity.name", at(50)), Ok(1));
        assert_eq!(profile.remember("identity", at(51)), Remembered::Yes);
        assert_eq!(
            profile.remember("identity", at(51)),
            Remembered::NotForgotten
        );
        assert_eq!(profile.observe("r", name("Jane"), at(51)).len(), 1);
        assert_eq!(profile.forget_all(at(52)), 1);
        assert_eq!(profile.observe("r", name("Jane"), at(53)), []);
        assert_eq!(
            profile.remember("work", at(53)),
            Remembered::Within(ALL.to_owned())
        );
        assert_eq!(profile.remember(ALL, at(53)), Remembered::Yes);
        assert_eq!(profile.observe("r", name("Jane"), at(54)).len(), 1);
        assert!(profile.forget("nothing", at(55)).is_err());
    }

    #[test]
    fn a_correction_lifts_the_tombstone_of_its_key() {
        let mut profile = Profile::default();
        profile.forget("identity.name", at(0)).unwrap();
        assert!(profile.is_forgotten("identity.name"));
        let here = Scope::Repository("r");
        profile
            .correct(here, "identity.name", "Jane", at(0))
            .unwrap();
        assert!(!profile.is_forgotten("identity.name"));
        assert_eq!(profile.observe("r", name("x"), at(3)), []);
        // Elsewhere it is observed as before.
        assert_eq!(profile.observe("s", name("Jane"), at(3)).len(), 1);
    }

    #[test]
    fn addresses_add_up() {
        let email = |text: &str| {
            let value = Value::list([text]);
            vec![Observation {
                value,
                ..saw(EMAILS, "", "git config", 1.0)
            }]
        };
        let mut profile = Profile::default();
        profile.observe("r", email("A@x"), at(0));
        profile.observe("s", email("b@x"), at(0));
        assert_eq!(profile.observe("s", email("b@x"), at(0)), []);
        assert_eq!(profile.emails(), ["a@x", "b@x"]);
    }

    #[test]
    fn the_oldest_repositories_go() {
        let mut profile = Profile::default();
        let said = Scope::Repository("said");
        profile.correct(said, "identity.name", "J", at(0)).unwrap();
        for number in 0..200 {
            profile.observe(&format!("{number:03}"), name("Jane"), at(number));
        }
        assert_eq!(profile.repositories.len(), REPOSITORIES);
        assert!(profile.repositories.contains_key("said"));
        assert!(profile.repositories.contains_key("199"));
        assert!(!profile.repositories.contains_key("000"));
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Observe(usize, String),
        Correct(usize, String),
        Forget(usize),
        Remember(usize),
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let key = 0..KEYS.len();
        prop_oneof![
            4 => (key.clone(), "[ab]").prop_map(|(key, value)| Deed::Observe(key, value)),
            1 => (key.clone(), "[12]").prop_map(|(key, value)| Deed::Correct(key, value)),
            1 => key.clone().prop_map(Deed::Forget),
            1 => key.prop_map(Deed::Remember),
        ]
    }

    proptest! {
        #[test]
        fn the_users_will_holds_whatever_happens(deeds in proptest::collection::vec(deed(), 0..80)) {
            let mut profile = Profile::default();
            let mut said: BTreeMap<&str, String> = BTreeMap::new();
            let mut unwanted = std::collections::BTreeSet::new();
            for (day, deed) in (0..).zip(deeds) {
                let before = profile.clone();
                match deed {
                    Deed::Observe(key, value) => {
                        let key = KEYS[key].name;
                        let changes = profile.observe("r", vec![saw(key, &value, "commits", 0.5)], at(day));
                        prop_assert_eq!(changes.is_empty(), profile == before);
                    }
                    Deed::Correct(key, value) => {
                        let key = KEYS[key].name;
                        profile.correct(Scope::Everywhere, key, &value, at(day)).unwrap();
                        said.insert(key, value);
                        unwanted.remove(key);
                    }
                    Deed::Forget(key) => {
                        profile.forget(KEYS[key].name, at(day)).unwrap();
                        said.remove(KEYS[key].name);
                        unwanted.insert(KEYS[key].name);
                    }
                    Deed::Remember(key) => {
                        profile.remember(KEYS[key].name, at(day));
                        unwanted.remove(KEYS[key].name);
                    }
                }
                prop_assert!(profile.version == before.version + u64::from(profile != before));
                for (key, value) in &said {
                    prop_assert_eq!(&profile.common[*key].value.to_string(), value);
                    prop_assert_eq!(profile.common[*key].confidence, 1.0);
                }
                let sections = || profile.repositories.values().chain([&profile.common]);
                for key in &unwanted {
                    prop_assert!(sections().all(|section| !section.contains_key(*key)));
                }
                for known in sections().flat_map(Attributes::values).filter(|known| !known.is_corrected()) {
                    prop_assert!((0.0..=0.99).contains(&known.confidence));
                }
                let kept = serde_json::to_string(&profile).unwrap();
                prop_assert_eq!(serde_json::from_str::<Profile>(&kept).unwrap(), profile.clone());
            }
        }
    }
}
