//! Everything that can be said of a workflow.

use serde::{Deserialize, Serialize};

use super::advice::{Advice, Basis, Change, LEAST, Saving};
use super::cache::{Caching, caching};
use super::critical::{Bottleneck, Critical, bottlenecks};
use super::early::{Failures, fail_early};
use super::graph::Graph;
use super::order::Order;
use super::parallel::Parallel;
use super::plan::Plan;
use super::schedule::{Bounds, Schedule};
use super::score::Score;
use super::touch::Touch;
use super::vy::Vy;
use super::waste::{Waste, failed, late, repeats};
use super::{Period, Workflow, WorkflowError};

/// What was found. Times leave out the steps of [`Analysis::unknown`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// How many steps are at work at once now; none for as many as are ready.
    pub workers_now: Option<usize>,
    /// How many would be at most; none for as many as are ready.
    pub workers: Option<usize>,
    /// Over which time runs were counted.
    pub period: Period,
    /// Steps of which nobody knows how long they take: they count as nothing.
    pub unknown: Vec<usize>,
    /// The longest way through the order as it is stated, and how late each step may be.
    pub critical: Critical,
    /// What the whole waits for.
    pub bottlenecks: Vec<Bottleneck>,
    /// What of the stated order is needed.
    pub order: Order,
    /// As it runs now.
    pub now: Schedule,
    /// The best schedule that was found.
    pub best: Schedule,
    /// What no schedule of the needed order is better than.
    pub bounds: Bounds,
    /// Steps that could run at the same time.
    pub parallel: Parallel,
    /// What keeping results would have saved.
    pub caching: Vec<Caching>,
    /// What failures cost.
    pub waste: Waste,
    /// How much of its time could be saved; none if no duration is known.
    pub score: Option<Score>,
    /// The original's score.
    pub vy: Vy,
    /// What could be changed, in the order in which it is counted.
    pub advice: Vec<Advice>,
}

/// Looks through a workflow, if `workers` steps could be at work at once.
///
/// A workflow without a bound of its own keeps having none; one with more workers now keeps those. Runs are counted over
/// `period`. Of s steps and e edges it takes O(s²) comparisons of what two steps touch and O(e·s/64) words of memory read;
/// enumerating sets and choosing edges is cut off at fixed amounts of work.
pub fn analyse(
    workflow: &Workflow,
    workers: usize,
    period: Period,
) -> Result<Analysis, WorkflowError> {
    let graph = Graph::of(workflow)?;
    let ms = durations(workflow)?;
    let steps = &workflow.steps;
    let all = steps.len().max(1);
    let now_on = workflow.workers.map_or(all, |now| now.max(1));
    let then_on = workflow.workers.map_or(all, |_| workers.max(now_on));
    let order = Order::of(&graph, &Touch::of(workflow));
    let plan = Plan::of(&graph, &order, &ms, now_on, then_on);
    let critical = Critical::of(&graph, &ms);
    let caching = caching(steps, &period);
    let failed = failed(steps, &period);
    let waste = Waste {
        repeats: repeats(steps, &graph.closure(), &caching, &period),
        late: late(&failed, &plan.now, &ms),
    };
    let known: Vec<usize> = (0..steps.len())
        .filter(|at| is_known(workflow, *at))
        .collect();
    let score = Score::of(plan.now.ms, plan.at_once_ms, plan.dropped_ms, plan.best.ms);
    let mut analysis = Analysis {
        workers_now: workflow.workers.map(|_| now_on),
        workers: workflow.workers.map(|_| then_on),
        period,
        unknown: (0..steps.len())
            .filter(|at| !is_known(workflow, *at))
            .collect(),
        bottlenecks: bottlenecks(&critical, &ms),
        critical,
        bounds: Bounds::of(&order.needed, &ms, then_on),
        parallel: Parallel::of(&order.needed, &ms, then_on),
        caching,
        waste,
        score: (!known.is_empty()).then_some(score),
        vy: Vy::of(steps),
        advice: Vec::new(),
        now: plan.now.clone(),
        best: plan.best.clone(),
        order,
    };
    let failures = Failures {
        failed: &failed,
        ms: &ms,
        workers: then_on,
        weeks: period.weeks(steps),
    };
    let mut advice = quicker(workflow, &plan, &ms, then_on);
    if let Some((fail_early, made)) = fail_early(&plan, &analysis.order, &failures) {
        advice.push(fail_early);
        analysis.best = made;
    }
    advice.extend(less_often(&analysis));
    advice.extend(divided(workflow, &analysis, &plan, &ms, then_on));
    analysis.advice = advice;
    Ok(analysis)
}

fn is_known(workflow: &Workflow, at: usize) -> bool {
    workflow.steps.get(at).is_some_and(|step| step.ms.is_some())
}

/// No step takes longer, in ms: 31,000 years. Sums of such times are still exact to the millisecond.
const LONGEST_MS: f64 = 1e15;

/// What each step takes, nothing where nobody knows.
fn durations(workflow: &Workflow) -> Result<Vec<f64>, WorkflowError> {
    let steps = workflow.steps.iter();
    steps
        .map(|step| match step.ms {
            Some(ms) if !(0.0..=LONGEST_MS).contains(&ms) => Err(WorkflowError::Duration {
                step: step.name.clone(),
                ms: ms.to_string(),
            }),
            ms => Ok(ms.unwrap_or(0.0)),
        })
        .collect()
}

/// What durations are known from.
fn basis(workflow: &Workflow) -> Basis {
    let steps = workflow.steps.iter();
    let measured = steps.clone().filter(|step| step.ms.is_some());
    let runs = measured.clone().map(|step| step.runs.len());
    Basis {
        runs: runs.filter(|runs| *runs > 0).min().unwrap_or(0),
        said: measured.filter(|step| step.runs.is_empty()).count(),
        unknown: steps.filter(|step| step.ms.is_none()).count(),
    }
}

/// What makes one run of the workflow faster.
fn quicker(workflow: &Workflow, plan: &Plan, ms: &[f64], workers: usize) -> Vec<Advice> {
    let mut advice = Vec::new();
    let counts = |saved: f64| saved > 0.0 && saved >= LEAST * plan.now.ms;
    let basis = basis(workflow);
    let mut add = |change: Change, saved: f64| {
        advice.push(Advice {
            change,
            saving: Saving::PerRunMs(saved),
            basis,
        });
    };
    let at_once = plan.now.ms - plan.at_once_ms;
    if counts(at_once) {
        let workers = plan.workers;
        add(Change::RunAtOnce { workers }, at_once);
    }
    let dropped = plan.at_once_ms - plan.dropped_ms;
    let first = plan.dropped_ms - plan.best.ms;
    if !plan.drop.is_empty() && counts(dropped.max(0.0) + first.max(0.0)) {
        let change = Change::Drop {
            needs: plan.drop.clone(),
            instead: plan.instead.clone(),
            workers: plan.workers,
        };
        add(change, dropped.max(0.0));
    }
    if plan.longest_first && counts(first) {
        let steps = plan.earlier(ms, workers);
        add(Change::PutFirst { steps }, first);
    }
    advice
}

/// What makes steps run less often.
fn less_often(analysis: &Analysis) -> Vec<Advice> {
    let mut advice: Vec<Advice> = analysis
        .caching
        .iter()
        .filter(|it| it.per_week_ms >= 1.0)
        .map(|it| Advice {
            change: Change::Cache { step: it.step },
            saving: Saving::PerWeekMs(it.per_week_ms),
            basis: Basis {
                runs: it.hits,
                ..Basis::default()
            },
        })
        .collect();
    let repeats = &analysis.waste.repeats;
    let beyond: f64 = repeats.iter().map(|it| it.beyond_cache_per_week_ms).sum();
    if beyond >= 1.0 {
        let those = repeats
            .iter()
            .filter(|it| it.beyond_cache_per_week_ms > 0.0);
        advice.push(Advice {
            change: Change::KeepSucceeded {
                steps: those.clone().map(|it| it.step).collect(),
            },
            saving: Saving::PerWeekMs(beyond),
            basis: Basis {
                runs: those.map(|it| it.runs).sum(),
                ..Basis::default()
            },
        });
    }
    advice
}

/// What dividing bottlenecks could save.
fn divided(
    workflow: &Workflow,
    analysis: &Analysis,
    plan: &Plan,
    ms: &[f64],
    workers: usize,
) -> Vec<Advice> {
    let found = analysis.bottlenecks.iter().filter_map(|it| {
        let saved = plan.split(ms, it.step, workers);
        (saved > 0.0 && saved >= LEAST * plan.now.ms).then(|| Advice {
            change: Change::Split { step: it.step },
            saving: Saving::UpToPerRunMs(saved),
            basis: basis(workflow),
        })
    });
    found.collect()
}
