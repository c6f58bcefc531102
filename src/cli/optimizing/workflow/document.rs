//! What was found, for programs: steps by their names.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words::name;
use crate::optimize::workflow::order::Edge;
use crate::optimize::workflow::{Advice, Analysis, Change, Saving, Touched, Workflow};
use crate::report::json::SCHEMA;

/// What was found in a workflow.
pub fn document(workflow: &Workflow, analysis: &Analysis) -> Value {
    let names = |steps: &[usize]| names(workflow, steps);
    let edges = |them: &[Edge]| edges(workflow, them);
    let moment = |ms: i64| {
        Timestamp::from_millisecond(ms)
            .map(|it| it.to_string())
            .ok()
    };
    let waste = &analysis.waste;
    json!({
        "schema": SCHEMA,
        "name": workflow.name,
        "origin": workflow.origin,
        "since": moment(analysis.period.since),
        "until": moment(analysis.period.until),
        "workers_now": analysis.workers_now,
        "workers": analysis.workers,
        "time_ms": analysis.score.map(|it| it.time_ms),
        "achievable_ms": analysis.score.map(|it| it.achievable_ms),
        "least_ms": analysis.bounds.least_ms(),
        "score": analysis.score,
        "vy": {
            "total": analysis.vy.total, "steps": analysis.vy.steps, "bottlenecks": analysis.vy.bottlenecks,
            "variance": analysis.vy.variance, "which": names(&analysis.vy.which), "high": names(&analysis.vy.high),
        },
        "not_timed": names(&analysis.unknown),
        "steps": (0..workflow.steps.len()).map(|at| step(workflow, analysis, at)).collect::<Vec<_>>(),
        "critical_path": { "steps": names(&analysis.critical.path), "ms": analysis.critical.ms },
        "order": {
            "needless": edges(&analysis.order.needless),
            "instead": edges(&analysis.order.instead),
            "races": edges(&analysis.order.races),
            "unknown": analysis.order.unknown,
        },
        "at_once": analysis.parallel.sets.iter().map(|set| json!({
            "steps": names(&set.steps), "in_a_row_ms": set.in_a_row_ms, "at_once_ms": set.at_once_ms,
        })).collect::<Vec<_>>(),
        "at_once_complete": analysis.parallel.complete,
        "caching": analysis.caching.iter().map(|it| json!({
            "step": name(workflow, it.step), "hits": it.hits, "failed": it.failed, "inputs": it.inputs, "runs": it.runs,
            "ms": it.ms, "per_week_ms": it.per_week_ms,
        })).collect::<Vec<_>>(),
        "repeats": waste.repeats.iter().map(|it| json!({
            "step": name(workflow, it.step), "runs": it.runs, "ms": it.ms, "per_week_ms": it.per_week_ms,
            "beyond_cache_per_week_ms": it.beyond_cache_per_week_ms,
        })).collect::<Vec<_>>(),
        "failures": waste.late,
        "advice": analysis.advice.iter().map(|it| advice(workflow, it)).collect::<Vec<_>>(),
    })
}

fn names<'a>(workflow: &'a Workflow, steps: &[usize]) -> Vec<&'a str> {
    steps.iter().map(|at| name(workflow, *at)).collect()
}

fn edges(workflow: &Workflow, edges: &[Edge]) -> Vec<Value> {
    let edges = edges.iter();
    edges
        .map(|edge| json!({ "first": name(workflow, edge.first), "then": name(workflow, edge.then) }))
        .collect()
}

fn step(workflow: &Workflow, analysis: &Analysis, at: usize) -> Value {
    let step = workflow.steps.get(at);
    let timing = analysis.critical.timings.get(at);
    let bottleneck = analysis.bottlenecks.iter().find(|it| it.step == at);
    json!({
        "name": name(workflow, at),
        "needs": step.map(|step| names(workflow, &step.needs)),
        "ms": step.and_then(|step| step.ms),
        "runs": step.map(|step| step.runs.len()),
        "reads": step.and_then(|step| paths(&step.reads)),
        "writes": step.and_then(|step| paths(&step.writes)),
        "earliest_start_ms": timing.map(|it| it.earliest_ms),
        "latest_start_ms": timing.map(|it| it.latest_ms),
        "slack_ms": timing.map(|it| it.slack_ms),
        "critical": timing.map(|it| it.critical),
        "bottleneck": bottleneck.map(|it| json!({ "share": it.share, "high": it.high })),
        "now": analysis.now.slots.get(at),
        "best": analysis.best.slots.get(at),
    })
}

/// The paths or globs; nothing where it may be anything.
fn paths(touched: &Touched) -> Option<&[String]> {
    match touched {
        Touched::Unknown => None,
        Touched::Known(paths) => Some(paths),
    }
}

fn advice(workflow: &Workflow, it: &Advice) -> Value {
    let names = |steps: &[usize]| names(workflow, steps);
    let edges = |them: &[Edge]| edges(workflow, them);
    let mut value = match &it.change {
        Change::RunAtOnce { workers } => json!({ "do": "run-at-once", "workers": workers }),
        Change::Drop {
            needs,
            instead,
            workers,
        } => {
            json!({ "do": "drop", "needs": edges(needs), "instead": edges(instead), "workers": workers })
        }
        Change::PutFirst { steps } => json!({ "do": "put-first", "steps": names(steps) }),
        Change::FailEarly {
            steps,
            needs,
            instead,
        } => json!({
            "do": "fail-early", "steps": names(steps), "needs": edges(needs), "instead": edges(instead),
        }),
        Change::Cache { step } => json!({ "do": "cache", "steps": names(&[*step]) }),
        Change::KeepSucceeded { steps } => json!({ "do": "keep-succeeded", "steps": names(steps) }),
        Change::Split { step } => json!({ "do": "split", "steps": names(&[*step]) }),
    };
    if let Some(fields) = value.as_object_mut() {
        let (per, at_most) = match it.saving {
            Saving::PerRunMs(_) => ("run", false),
            Saving::UpToPerRunMs(_) => ("run", true),
            Saving::PerWeekMs(_) => ("week", false),
        };
        let saving = json!({ "ms": it.saving.ms(), "per": per, "at_most": at_most });
        fields.insert("saving".to_owned(), saving);
        fields.insert("basis".to_owned(), json!(it.basis));
    }
    value
}
