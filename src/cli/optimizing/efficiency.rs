//! What automations save, between the database and whoever asks: how long it took by hand, and the figures.

use std::ops::Range;

use super::database::failed;
use super::registry::failed_automation;
use crate::cli::error::CommandError;
use crate::config::costs::Costs;
use crate::metrics::stats::as_f64;
use crate::optimize::automation::{Automation, Form, RunKind};
use crate::optimize::db::{Optimize, Wanted};
use crate::optimize::efficiency::manual::occurrences;
use crate::optimize::efficiency::{
    Baseline, Course, Done, Efficiency, Input, Manual, Origin, Ran, efficiency,
};
use crate::optimize::episode::{Episodes, episodes};
use crate::optimize::event::Corpus;
use crate::optimize::mine::Bounds;
use crate::optimize::score::Candidate;
use crate::optimize::score::facts::StepTimes;
use crate::queue::{Came, MeasuredRun};

/// How long it took people to do some of a candidate's steps by hand, and the keys of those steps; nothing if no time of
/// theirs is known.
pub fn by_hand(
    corpus: &Corpus,
    candidate: &Candidate,
    which: Range<usize>,
    now: i64,
) -> Option<(Baseline, Vec<String>)> {
    let pattern = &candidate.pattern;
    let steps = pattern.steps.get(which.clone())?;
    let key = |step: &u32| Some(corpus.steps.get(*step as usize)?.key.clone());
    let keys = steps.iter().map(key).collect::<Option<Vec<String>>>()?;
    let all = episodes(corpus, i64::MIN, usize::MAX);
    let usual = StepTimes::of(corpus, &all);
    let parts = pattern
        .occurrences()
        .map(|events| events.get(which.clone()).unwrap_or_default());
    let manual = Manual::of(corpus, &all, &usual, parts);
    // The rate is of everybody: of that, the share of people.
    let of_people = as_f64(manual.times) / f64::from(pattern.support.max(1));
    let per_week = candidate.facts.per_week * of_people;
    Some((manual.baseline(Some(per_week), now)?, keys))
}

/// Which of a candidate's steps an automation does: of the form hook those without the command of git that runs the hook.
pub fn steps_of(form: Form, candidate: &Candidate) -> Range<usize> {
    match &candidate.pattern.hook {
        Some(hook) if form == Form::Hook => hook.steps.clone(),
        _ => 0..candidate.pattern.steps.len(),
    }
}

/// Keeps how long it took by hand what an automation does that was just registered. One that has run keeps what it has: that
/// is from before it was used.
pub fn keep_by_hand(
    db: &mut Optimize,
    automation: &Automation,
    corpus: &Corpus,
    candidate: &Candidate,
    now: i64,
) -> Result<(), CommandError> {
    let error = |error| failed_automation("keep how long it takes by hand", &error);
    let id = &automation.id;
    let known = db.baselines(id).map_err(error)?;
    if known.iter().any(|it| it.origin == Origin::History)
        && db.run_statistics(id, RunKind::Live).map_err(error)?.count > 0
    {
        return Ok(());
    }
    let which = steps_of(automation.form, candidate);
    if let Some((baseline, steps)) = by_hand(corpus, candidate, which, now) {
        db.put_baseline(&automation.id, &baseline, &steps)
            .map_err(error)?;
    }
    Ok(())
}

/// What histories tell of the time since the oldest baseline was taken.
pub struct Since {
    corpus: Corpus,
    episodes: Episodes,
    usual: StepTimes,
}

impl Since {
    /// Reads it; nothing where no automation has a baseline.
    pub fn of(db: &Optimize, automations: &[Automation]) -> Result<Option<Self>, CommandError> {
        let mut oldest: Option<i64> = None;
        for automation in automations {
            let known = db
                .baselines(&automation.id)
                .map_err(|error| failed_automation("read how long it took by hand", &error))?;
            let seen = known.iter().filter(|it| it.origin == Origin::History);
            oldest = seen.map(|it| it.at).chain(oldest).min();
        }
        let Some(since) = oldest else {
            return Ok(None);
        };
        let wanted = Wanted {
            since,
            limit: Bounds::default().newest,
            scope: None,
        };
        let corpus = db
            .corpus(wanted)
            .map_err(|error| failed("read what was done", &error))?;
        let episodes = episodes(&corpus, i64::MIN, usize::MAX);
        Ok(Some(Self {
            usual: StepTimes::of(&corpus, &episodes),
            corpus,
            episodes,
        }))
    }

    /// When people did these steps.
    fn done(&self, steps: &[String]) -> Vec<Done> {
        let events = occurrences(&self.corpus, &self.episodes, steps);
        let parts = events.chunks_exact(steps.len().max(1));
        Manual::of(&self.corpus, &self.episodes, &self.usual, parts).people
    }
}

/// What an automation saves, of the last so many days and ever. `now` is in ms UTC.
pub fn figures(
    db: &Optimize,
    automation: &Automation,
    since: Option<&Since>,
    costs: &Costs,
    days: u16,
    now: i64,
) -> Result<Efficiency, CommandError> {
    let error = |error| failed_automation("read what the automation did", &error);
    let id = &automation.id;
    let runs = db.runs(id, RunKind::Live).map_err(error)?;
    let runs: Vec<Ran> = runs.iter().map(Ran::from).collect();
    let baselines = db.baselines(id).map_err(error)?;
    let steps = db.baseline_steps(id).map_err(error)?;
    let done = since.map_or_else(Vec::new, |since| since.done(&steps));
    let input = Input {
        runs: &runs,
        older: db.older_runs(id, RunKind::Live).map_err(error)?,
        made_at: automation.created_at,
        baselines: &baselines,
        since: &done,
        days,
    };
    Ok(efficiency(&input, costs, now))
}

/// How runs of a task went. Those that say nothing about it, and those that git-tend ended, are left out.
pub fn course(runs: &[MeasuredRun], task: &str, days: u16, now: i64) -> Course {
    let of_task = runs.iter().filter(|run| run.task == task && !run.killed);
    let mut ran: Vec<Ran> = of_task
        .filter_map(|run| {
            Some(Ran {
                at: run.started_at,
                ok: run.came? == Came::Succeeded,
                ms: u64::try_from(run.wall_ms()).unwrap_or(0),
            })
        })
        .collect();
    ran.sort_by_key(|run| run.at);
    Course::of(&ran, days, now)
}
