//! `digest --json`.

use serde_json::{Map, Value, json};

use super::scans::Found;
use super::{Agents, Digest};
use crate::queue::State;
use crate::report::spending::{Calls, dollars};
use crate::report::{insights, json as documents};

/// The document that scripts rely on.
pub fn document(digest: &Digest) -> Value {
    let findings = |found: &[Found]| -> Vec<Value> {
        let lines = found.iter();
        lines
            .map(|it| json!({ "task": it.task, "finding": it.finding }))
            .collect()
    };
    let millis = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let failed: Vec<Value> = digest
        .failed
        .iter()
        .map(|(job, failures)| {
            let error = match &job.state {
                State::Failed { error, .. } => Some(error),
                _ => job.error.as_ref(),
            };
            json!({ "task": job.task, "job": job.id, "state": job.state.kind(), "error": error, "failures": failures })
        })
        .collect();
    json!({
        "schema": documents::SCHEMA,
        "since": digest.since,
        "until": digest.until,
        "empty": digest.is_empty(),
        "new": findings(&digest.scans.new),
        "fixed": findings(&digest.scans.fixed),
        "first_looks": digest.scans.first.iter().map(|(task, count)| json!({ "task": task, "findings": count })).collect::<Vec<_>>(),
        "flaky": digest.scans.flaky.iter().map(|it| json!({ "task": it.task, "test": it.test })).collect::<Vec<_>>(),
        "slower": digest.slower.iter().map(|it| json!({
            "task": it.task, "before_ms": millis(it.before), "now_ms": millis(it.now), "runs": it.runs,
        })).collect::<Vec<_>>(),
        "failed": failed,
        "recovered": digest.recovered.iter().map(|it| json!({ "task": it.task, "job": it.job, "at": it.at })).collect::<Vec<_>>(),
        "dead_letters": digest.dead,
        "held": digest.held.iter().map(|it| json!({
            "task": it.task, "jobs": it.jobs, "since": it.since, "why": it.why,
        })).collect::<Vec<_>>(),
        "spent": {
            "jobs": digest.spent.jobs,
            "runs": digest.spent.runs,
            "wall_ms": digest.spent.wall_ms,
            "cpu_ms": digest.spent.cpu_ms,
        },
        "hooks": digest.hooks,
        "agents": digest.agents.as_ref().map(agents),
        "analyses": digest.agents.as_ref().map(|it| analyses(&it.analyses)),
    })
}

/// What agents did in this repository; insights are of all of the user's.
fn agents(it: &Agents) -> Value {
    let outcomes: Map<String, Value> = it
        .outcomes
        .iter()
        .map(|(outcome, sum)| {
            let counts = json!({ "judged": sum.judged, "guessed": sum.guessed() });
            (outcome.to_string(), counts)
        })
        .collect();
    json!({
        "pieces": it.sum.pieces,
        "judged": it.sum.judged,
        "tokens": it.sum.tokens,
        "cost": dollars(it.sum.cost),
        "outcomes": outcomes,
        "lessons": it.lessons,
        "more_lessons": it.more_lessons,
        "insights": it.insights.iter().map(|it| json!({
            "id": it.insight.id, "type": it.insight.kind, "model": it.insight.model, "words": insights::words(&it.insight, usize::MAX),
            "standing": it.standing, "at": it.at,
        })).collect::<Vec<_>>(),
    })
}

/// What calls of the analysing agent came to, for whatever repository.
fn analyses(it: &Calls) -> Value {
    json!({
        "scope": "user",
        "calls": it.calls,
        "analyses": it.analyses,
        "failed": it.failed,
        "unfinished": it.open,
        "reused": it.kept,
        "tokens": it.tokens,
        "cost": dollars(it.cost),
        "expected_cost": dollars(it.expected_cost),
    })
}
