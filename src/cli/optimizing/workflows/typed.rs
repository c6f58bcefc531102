//! How long commands took when somebody typed them.

use std::collections::HashMap;

use super::Means;
use crate::cli::optimizing::database::existing;
use crate::cli::optimizing::repository::known_by;
use crate::optimize::command::Reader;
use crate::optimize::db::Wanted;
use crate::optimize::event::Corpus;
use crate::optimize::workflow::read::{Read, median};

/// So many events are looked at, the newest.
const EVENTS: usize = 50_000;

/// How long commands took in this repository, by step and what stood in its slots, in ms.
#[derive(Default)]
pub(super) struct Typed {
    known: HashMap<(String, Vec<String>), Vec<f64>>,
}

impl Typed {
    /// Of what was read of histories; nothing where nothing was, or where that cannot be read now.
    pub fn of(means: &Means<'_>) -> Self {
        let Ok(Some(db)) = existing(means.app) else {
            return Self::default();
        };
        let here = means.app.located().ok().map(|it| known_by(&it.common_dir));
        let Some(here) = here.as_deref().and_then(|it| it.to_str()) else {
            return Self::default();
        };
        let wanted = Wanted {
            since: means.period.since,
            limit: EVENTS,
            scope: Some(here),
        };
        db.corpus(wanted)
            .map(|corpus| Self::in_corpus(&corpus))
            .unwrap_or_default()
    }

    fn in_corpus(corpus: &Corpus) -> Self {
        let mut known: HashMap<(String, Vec<String>), Vec<f64>> = HashMap::new();
        for event in &corpus.events {
            let step = corpus.steps.get(event.step as usize);
            let (Some(step), Some(ms)) = (step, event.duration_ms) else {
                continue;
            };
            // What failed stopped somewhere, and what was done below the top is another thing.
            if event.succeeded == Some(false) || !step.folder.is_empty() {
                continue;
            }
            let values = event.values.iter();
            let values = values.filter_map(|at| corpus.values.get(*at as usize).cloned());
            let key = (step.plain_key().to_owned(), values.collect());
            #[allow(clippy::cast_precision_loss)] // milliseconds
            known.entry(key).or_default().push(ms as f64);
        }
        Self { known }
    }

    /// Gives steps of which nothing is known the times of their commands, if each of them was typed; or of what runs them, if
    /// they need no other step.
    pub fn apply(&self, read: &mut Read) {
        if self.known.is_empty() {
            return;
        }
        let Ok(mut reader) = Reader::new() else {
            return;
        };
        let described = read.commands.iter().zip(&read.titles);
        for (step, (commands, titles)) in read.workflow.steps.iter_mut().zip(described) {
            if step.ms.is_some() {
                continue;
            }
            let sum = commands
                .iter()
                .try_fold(0.0, |sum, text| Some(sum + self.took(text, &mut reader)?));
            let own = sum.filter(|_| !commands.is_empty());
            let mut whole = || titles.iter().find_map(|text| self.took(text, &mut reader));
            step.ms = own.or_else(|| if step.needs.is_empty() { whole() } else { None });
        }
    }

    /// How long a text of a shell takes: the sum of its steps, each of which must be known.
    fn took(&self, text: &str, reader: &mut Reader) -> Option<f64> {
        let mut sum = 0.0;
        let mut any = false;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            for typed in reader.read(line.trim(), None) {
                let key = (typed.step.key.clone(), typed.values.clone());
                sum += median(self.known.get(&key)?)?;
                any = true;
            }
        }
        any.then_some(sum)
    }
}
