//! What is repeated: candidates with what they are made of.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::database::{failed, to_read};
use super::repository::known_by;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::optimize::db::{Optimize, Wanted};
use crate::optimize::event::Corpus;
use crate::optimize::mine::Bounds;
use crate::optimize::recipe::{Recipe, describe, recipe};
use crate::optimize::score::{Band, Candidate, candidates};
use crate::system::tilde;

/// Something that is repeated, and what it would be automated as.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What recurs, scored.
    pub candidate: Candidate,
    /// Its steps and parameters.
    pub recipe: Recipe,
    /// The steps as people read them.
    pub steps: Vec<String>,
}

/// What is repeated.
pub struct Found {
    /// What was looked at.
    pub corpus: Corpus,
    /// What recurs, the best first.
    pub candidates: Vec<Candidate>,
    db: Optimize,
}

impl Found {
    /// Looks through what was read: the days of the configuration, or so many.
    pub fn of(app: &App, days: Option<u16>) -> Result<Self, CommandError> {
        let config = &app.loaded()?.config.optimize;
        let look_back = match days {
            Some(days) => SignedDuration::from_hours(24 * i64::from(days)),
            None => SignedDuration::try_from(config.look_back.get()).unwrap_or(SignedDuration::MAX),
        };
        let bounds = Bounds {
            look_back_ms: i64::try_from(look_back.as_millis()).unwrap_or(i64::MAX),
            least: config.min_support.get(),
            ..Bounds::default()
        };
        let now = app.now().as_millisecond();
        let db = to_read(app)?;
        let wanted = Wanted {
            since: now.saturating_sub(bounds.look_back_ms),
            limit: bounds.newest,
            scope: None,
        };
        let corpus = db
            .corpus(wanted)
            .map_err(|error| failed("read what was done", &error))?;
        let zone = app.zone();
        let offset = |at: i64| match Timestamp::from_millisecond(at) {
            Ok(moment) => i64::from(zone.to_offset(moment).seconds()) * 1000,
            Err(_) => 0,
        };
        let mut candidates = candidates(&corpus, &bounds, now, &offset);
        let threshold = f64::from(config.threshold.get());
        for candidate in &mut candidates {
            candidate.band = candidate.potential.band(threshold);
        }
        Ok(Self {
            corpus,
            candidates,
            db,
        })
    }

    /// Keeps what is done in the repository that the command is about.
    pub fn keep_here(&mut self, app: &App) -> Result<(), CommandError> {
        let here = known_by(&app.located()?.common_dir);
        let scopes = &self.corpus.scopes;
        self.candidates.retain(|it| {
            let scope = it.scope.and_then(|scope| scopes.get(scope as usize));
            scope.is_some_and(|scope| here == std::path::Path::new(scope))
        });
        Ok(())
    }

    /// Puts first what the original's formula puts first.
    pub fn rank_by_vy(&mut self) {
        self.candidates.sort_by_key(|it| std::cmp::Reverse(it.vy));
    }

    /// How many are hidden.
    pub fn hidden(&self) -> usize {
        let hidden = self.candidates.iter().filter(|it| it.band == Band::Hide);
        hidden.count()
    }

    /// The first ones, with what they are made of.
    pub fn shown(&self, all: bool, limit: usize) -> Result<Vec<Proposal>, CommandError> {
        let shown = self.candidates.iter();
        shown
            .filter(|it| all || it.band != Band::Hide)
            .take(limit)
            .map(|it| self.proposal(it))
            .collect()
    }

    /// The one that a prefix of an id names.
    pub fn find(&self, prefix: &str) -> Result<Proposal, CommandError> {
        let mut found = self
            .candidates
            .iter()
            .filter(|it| it.pattern.id.starts_with(prefix));
        match (found.next(), found.next()) {
            (Some(candidate), None) => self.proposal(candidate),
            (Some(_), Some(_)) => Err(CommandError::usage(format!(
                "{prefix} names more than one proposal"
            ))),
            (None, _) => Err(CommandError::usage(format!("no proposal {prefix}"))
                .hint("git tend optimize identify --all")),
        }
    }

    /// The repository that a candidate belongs to, as people write it.
    pub fn scope(&self, candidate: &Candidate) -> Option<String> {
        let home = crate::system::env::raw(crate::system::env::HOME);
        let home = home.as_deref().and_then(|home| home.to_str());
        self.folder(candidate)
            .map(|folder| tilde::written(folder, home))
    }

    fn folder(&self, candidate: &Candidate) -> Option<&str> {
        let scope = candidate.scope?;
        self.corpus.scopes.get(scope as usize).map(String::as_str)
    }

    /// A candidate with what it is made of.
    pub fn proposal(&self, candidate: &Candidate) -> Result<Proposal, CommandError> {
        self.part(candidate, 0..candidate.pattern.steps.len())
    }

    /// Some of a candidate's steps as a proposal.
    pub fn part(
        &self,
        candidate: &Candidate,
        which: Range<usize>,
    ) -> Result<Proposal, CommandError> {
        let (mut steps, mut folders) = (Vec::new(), Vec::new());
        for step in candidate
            .pattern
            .steps
            .get(which.clone())
            .unwrap_or_default()
        {
            let Some(facts) = self.corpus.steps.get(*step as usize) else {
                continue;
            };
            let seen = self
                .db
                .step(facts.plain_key())
                .map_err(|error| failed("read a step", &error))?;
            if let Some(seen) = seen {
                steps.push(seen);
                folders.push(facts.folder.clone());
            }
        }
        let occurrences: Vec<Vec<Vec<String>>> = candidate
            .pattern
            .occurrences()
            .map(|events| {
                let events = events.get(which.clone()).unwrap_or_default();
                events.iter().map(|event| self.values(*event)).collect()
            })
            .collect();
        let repository = self.folder(candidate);
        let mut recipe = recipe(&steps, &occurrences, repository.map(str::to_owned));
        recipe.enter(&folders);
        let shown = recipe.steps.iter();
        Ok(Proposal {
            steps: shown
                .map(|step| describe(step, &recipe.parameters))
                .collect(),
            candidate: candidate.clone(),
            recipe,
        })
    }

    fn values(&self, event: u32) -> Vec<String> {
        let event = self.corpus.events.get(event as usize);
        let values = event.map(|event| event.values.iter()).into_iter().flatten();
        values
            .map(|value| {
                self.corpus
                    .values
                    .get(*value as usize)
                    .cloned()
                    .unwrap_or_default()
            })
            .collect()
    }
}
