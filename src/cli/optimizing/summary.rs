//! What the optimiser knows at this moment, for reports.

use std::collections::{BTreeMap, BTreeSet};

use super::cycle::offered;
use super::efficiency::{Since, figures};
use super::{Found, Proposal, existing, failed, failed_automation, habits};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::metrics::{Anomaly, Buckets};
use crate::optimize::automation::{Automation, RunKind, State};
use crate::optimize::db::Optimize;
use crate::optimize::efficiency::{Efficiency, said};
use crate::optimize::engine::{Automated, Choice, Cycle, MOST, Proposed, Summary, Totals};
use crate::optimize::monitor::watch;
use crate::optimize::score::Band;

/// Runs and savings of so many days are told, unless somebody asks for others.
pub const DAYS: u16 = 30;
/// So many cycles are told.
const CYCLES: usize = 10;

/// What is known; nothing where nothing was ever read.
pub fn of(app: &App, days: u16) -> Result<Option<Summary>, CommandError> {
    let Some(db) = existing(app)? else {
        return Ok(None);
    };
    told(&Found::of(app, None)?, &db, app, days).map(Some)
}

/// The same, of what is repeated and was found already.
pub fn told(found: &Found, db: &Optimize, app: &App, days: u16) -> Result<Summary, CommandError> {
    let now = app.now().as_millisecond();
    let config = &app.loaded()?.config.optimize;
    let all = db
        .automations()
        .map_err(|error| failed_automation("list the automations", &error))?;
    let cycles = db
        .cycles(CYCLES)
        .map_err(|error| failed("read the cycles", &error))?;
    let since = Since::of(db, &all)?;
    let mut totals = Totals::default();
    let (mut gained, mut cost) = (0.0, 0.0);
    let mut automations = Vec::new();
    for automation in all.iter().filter(|it| it.state != State::Retired) {
        let saved = figures(db, automation, since.as_ref(), &config.costs, days, now)?;
        if let Some(returns) = saved.returns.filter(|_| saved.runs_ever > 0) {
            gained += returns.gained;
            cost += returns.cost;
        }
        let one = automated(automation, &saved, db, days, now)?;
        totals.live += u64::from(automation.state.is_live());
        totals.runs += one.runs;
        totals.failed += one.failed;
        totals.saved_ms = totals.saved_ms.saturating_add(one.saved_ms.unwrap_or(0));
        let ever = one.saved_ever_ms.unwrap_or(0);
        totals.saved_ever_ms = totals.saved_ever_ms.saturating_add(ever);
        automations.push(one);
    }
    totals.roi = (cost > 0.0).then(|| (gained - cost) / cost);
    automations.sort_by(|one, other| {
        let saved = |it: &Automated| (it.saved_ms.unwrap_or(0), it.runs);
        saved(other)
            .cmp(&saved(one))
            .then_with(|| one.name.cmp(&other.name))
    });
    let unwanted = habits::unwanted(app);
    let offered = offered(found, &all, &unwanted, Band::List)?;
    totals.minutes_left_per_week = minutes(&offered);
    let proposed = offered.into_iter();
    let proposed: Vec<_> = proposed
        .filter(|(proposal, _)| proposal.candidate.band == Band::Propose)
        .collect();
    let proposals = proposals(&proposed, &cycles, db)?;
    Ok(Summary {
        at: now,
        days,
        proposals,
        automations,
        totals,
        cycles,
    })
}

fn automated(
    it: &Automation,
    saved: &Efficiency,
    db: &Optimize,
    days: u16,
    now: i64,
) -> Result<Automated, CommandError> {
    let runs = db
        .runs(&it.id, RunKind::Live)
        .map_err(|error| failed_automation("read its runs", &error))?;
    let buckets = Buckets::last_days(days, now);
    let watched = watch(&it.id, &it.name, &runs, &buckets, None);
    let course = &saved.course;
    // What never ran has brought nothing back yet.
    let returns = saved.returns.filter(|_| saved.runs_ever > 0);
    Ok(Automated {
        id: it.id.clone(),
        name: it.name.clone(),
        form: it.form,
        state: it.state,
        scope: it.scope.clone(),
        runs: course.runs,
        failed: course.failed,
        median_ms: course.median_ms,
        baseline_ms: saved.baseline.map(|baseline| baseline.ms),
        saved_ms: saved.saved.map(|saved| saved.saved_ms),
        saved_ever_ms: saved.saved_ever.map(|saved| saved.saved_ms),
        roi: returns.and_then(|returns| returns.roi),
        paid_back_at: returns.and_then(|returns| returns.payback?.at()),
        series: course.series.clone(),
        anomalies: watched.anomalies.iter().map(Anomaly::sentence).collect(),
        said: if course.runs == 0 {
            Vec::new()
        } else {
            said(saved)
        },
    })
}

/// What is worth proposing, with what became of it.
fn proposals(
    offered: &[(Proposal, Choice<'_>)],
    cycles: &[Cycle],
    db: &Optimize,
) -> Result<Vec<Proposed>, CommandError> {
    // The newest word of a cycle about it.
    let mut left: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, why) in cycles.iter().rev().flat_map(|cycle| &cycle.left) {
        left.insert(id, why);
    }
    let mut proposals = Vec::new();
    for (proposal, choice) in offered.iter().take(MOST) {
        let facts = &proposal.candidate.facts;
        let id = &proposal.candidate.pattern.id;
        let mut one = Proposed {
            id: id.clone(),
            name: proposal.recipe.name.clone(),
            steps: proposal.steps.clone(),
            scope: proposal.recipe.repository.clone(),
            potential: proposal.candidate.potential.total,
            support: facts.support,
            minutes_per_week: facts.minutes_per_week,
            automation: None,
            sandbox: None,
            why_not: left.get(id.as_str()).map(|why| (*why).to_owned()),
        };
        match choice {
            Choice::Written(automation) => {
                one.automation = Some(automation.id.clone());
                one.sandbox = db
                    .sandbox_success(automation)
                    .map_err(|error| failed_automation("read its trials", &error))?;
            }
            Choice::Propose(reason) => one.why_not = Some(reason.words().to_owned()),
            Choice::Write(_) | Choice::Leave(_) => {}
        }
        proposals.push(one);
    }
    Ok(proposals)
}

/// What all of it takes a week, in minutes: of those that share a step, the best alone counts.
fn minutes(offered: &[(Proposal, Choice<'_>)]) -> f64 {
    let mut counted: BTreeSet<u32> = BTreeSet::new();
    let mut minutes = 0.0;
    for (proposal, _) in offered {
        let steps = &proposal.candidate.pattern.steps;
        if steps.iter().any(|step| counted.contains(step)) {
            continue;
        }
        counted.extend(steps);
        minutes += proposal.candidate.facts.minutes_per_week.unwrap_or(0.0);
    }
    minutes
}
