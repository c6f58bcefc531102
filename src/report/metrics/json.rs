//! `metrics --json` and `optimize monitor --json`: times in milliseconds, memory in KiB, rates from 0 to 1.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::series::Series;
use crate::metrics::anomaly::{Figures, Mark};
use crate::metrics::{Anomaly, Buckets, Level, Metrics, Spread, TaskFigures};
use crate::report::json::SCHEMA;

/// The figures of a period.
pub fn document(metrics: &Metrics) -> Value {
    let (buckets, overall) = (&metrics.buckets, &metrics.overall);
    json!({
        "schema": SCHEMA,
        "since": moment(buckets.since()),
        "until": moment(buckets.until()),
        "bucket_ms": buckets.size(),
        "buckets": buckets.starts().map(moment).collect::<Vec<_>>(),
        "overall": {
            "runs": overall.runs,
            "succeeded": overall.succeeded,
            "failed": overall.failed,
            "success_rate": overall.success_rate(),
            "queue_wait_ms": overall.waited.as_ref().map(spread),
            "queue_length": level(&overall.waiting, Some(overall.waiting_now)),
            "concurrency": level(&overall.running, None),
            "busy_ms": overall.busy_ms,
            "drains": {
                "count": overall.drains.count,
                "budgeted": overall.drains.budgeted,
                "over_budget": overall.drains.over_budget,
                "over_grace": overall.drains.over_grace,
                "overrun_ms": overall.drains.overrun.as_ref().map(spread),
            },
            "verdict_lookups": overall.lookups,
        },
        "tasks": metrics.tasks.iter().map(task).collect::<Vec<_>>(),
        "anomalies": metrics.anomalies.iter().map(anomaly).collect::<Vec<_>>(),
    })
}

/// `optimize monitor --json`: tasks and automations of a period.
pub fn watched(buckets: &Buckets, all: &[Series]) -> Value {
    json!({
        "schema": SCHEMA,
        "since": moment(buckets.since()),
        "until": moment(buckets.until()),
        "bucket_ms": buckets.size(),
        "buckets": buckets.starts().map(moment).collect::<Vec<_>>(),
        "series": all.iter().map(series).collect::<Vec<_>>(),
    })
}

fn series(it: &Series) -> Value {
    let mut all = json!({ "kind": it.kind, "name": it.figures.task, "id": it.id });
    if let (Value::Object(all), Value::Object(mut figures)) = (&mut all, task(&it.figures)) {
        figures.shift_remove("task");
        all.extend(figures);
        let errors = it.errors.iter();
        let errors = errors.map(|(error, count)| json!({ "error": error, "count": count }));
        all.insert("errors".to_owned(), errors.collect());
        all.insert("rank".to_owned(), json!(it.rank));
        all.insert("verdict".to_owned(), json!(it.verdict));
        let anomalies = it.anomalies.iter().map(anomaly);
        all.insert("anomalies".to_owned(), anomalies.collect());
    }
    all
}

fn moment(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn spread(spread: &Spread) -> Value {
    json!({
        "count": spread.count,
        "p50": spread.p50,
        "p95": spread.p95,
        "mean": spread.mean,
        "max": spread.max,
    })
}

fn level(level: &Level, now: Option<u64>) -> Value {
    let mut found = json!({
        "mean": level.mean,
        "p95": level.p95,
        "max": level.max,
        "max_by_bucket": level.by_bucket,
    });
    if let (Some(now), Some(fields)) = (now, found.as_object_mut()) {
        fields.insert("now".to_owned(), json!(now));
    }
    found
}

fn task(task: &TaskFigures) -> Value {
    json!({
        "task": task.task,
        "runs": task.runs,
        "outcomes": task.outcomes,
        "succeeded": task.succeeded,
        "failed": task.failed,
        "success_rate": task.success_rate(),
        "duration_ms": task.took.as_ref().map(spread),
        "wall_ms": task.wall_ms,
        "cpu_ms": task.cpu_ms,
        "peak_rss_kib": task.peak_rss_kib.as_ref().map(spread),
        "queue_wait_ms": task.waited.as_ref().map(spread),
        "by_bucket": task.buckets.iter().map(|bucket| json!({
            "runs": bucket.runs,
            "failed": bucket.failed,
            "duration_p50_ms": bucket.p50,
            "duration_p95_ms": bucket.p95,
            "cpu_ms": bucket.cpu_ms,
            "peak_rss_kib": bucket.peak_rss_kib,
        })).collect::<Vec<_>>(),
    })
}

fn mark(mark: &Mark) -> Value {
    json!({ "job": mark.job, "fence": mark.fence, "at": moment(mark.at) })
}

/// An anomaly, for this document and for whoever is notified of it.
pub fn anomaly(anomaly: &Anomaly) -> Value {
    json!({
        "key": anomaly.key(),
        "kind": anomaly.kind.name(),
        "task": anomaly.task(),
        "history": anomaly.history,
        "host": anomaly.host,
        "began": mark(&anomaly.began),
        "noticed": mark(&anomaly.noticed),
        "ongoing": anomaly.ongoing,
        "sentence": anomaly.sentence(),
        "figures": figures(&anomaly.figures),
    })
}

fn figures(figures: &Figures) -> Value {
    match *figures {
        Figures::Slow {
            ms,
            median_ms,
            robust_z,
            earlier,
            runs,
        } => json!({
            "ms": ms, "median_ms": median_ms, "robust_z": robust_z, "earlier_runs": earlier, "runs": runs,
        }),
        Figures::Failures {
            failed,
            of,
            rate,
            earlier,
            p,
        } => json!({
            "failed": failed, "of": of, "earlier_rate": rate, "earlier_runs": earlier, "p": p,
        }),
        Figures::Drift {
            before_ms,
            after_ms,
            runs,
        } => json!({ "before_ms": before_ms, "after_ms": after_ms, "runs": runs }),
    }
}
