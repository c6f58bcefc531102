//! The figures in the form of `OpenMetrics` 1.0, for Prometheus or for `node_exporter`'s textfile collector.
//!
//! The collector reads Prometheus' older text form and takes `# UNIT` and `# EOF` for comments; it refuses types that form
//! does not know (`info`, `stateset`), so that only counters and gauges are written. Counters count since the queue was
//! made: they come from totals that pruning does not lower.

use crate::metrics::{Metrics, anomaly};
use crate::queue::{Came, Counts, RunTotal, StateKind};

/// What is told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What the repository is called: its path.
    pub repository: &'a str,
    /// What ran since the queue was made.
    pub totals: &'a [RunTotal],
    /// Jobs by state.
    pub counts: &'a Counts,
    /// How many jobs may run at once.
    pub slots: u32,
    /// The figures of the period for which runs are kept.
    pub metrics: &'a Metrics,
}

/// What a family of samples is.
#[derive(Clone, Copy)]
enum Type {
    Counter,
    Gauge,
}

struct Family {
    name: &'static str,
    kind: Type,
    /// The end of the name, where the samples have a unit.
    unit: Option<&'static str>,
    help: &'static str,
}

const fn family(
    name: &'static str,
    kind: Type,
    unit: Option<&'static str>,
    help: &'static str,
) -> Family {
    Family {
        name,
        kind,
        unit,
        help,
    }
}

/// The whole document.
pub fn write(told: &Told<'_>) -> String {
    let mut text = Exposition {
        text: String::new(),
        repository: told.repository,
    };
    runs(&mut text, told);
    tasks(&mut text, told.metrics);
    queue(&mut text, told);
    text.text.push_str("# EOF\n");
    text.text
}

fn runs(text: &mut Exposition<'_>, told: &Told<'_>) {
    type Value = fn(&RunTotal) -> f64;
    let families: [(Family, Value); 4] = [
        (
            family(
                "git_tend_runs",
                Type::Counter,
                None,
                "Runs of jobs that ended, by what they came to and whether that was a success or a failure of their task.",
            ),
            |total| count(total.runs),
        ),
        (
            family(
                "git_tend_run_seconds",
                Type::Counter,
                Some("seconds"),
                "Time that runs of jobs took.",
            ),
            |total| seconds(total.wall_ms),
        ),
        (
            family(
                "git_tend_run_cpu_seconds",
                Type::Counter,
                Some("seconds"),
                "CPU time that runs of jobs took, with all their processes.",
            ),
            |total| seconds(total.cpu_ms),
        ),
        (
            family(
                "git_tend_queue_wait_seconds",
                Type::Counter,
                Some("seconds"),
                "Time that jobs had waited when their runs began.",
            ),
            |total| seconds(total.queue_ms),
        ),
    ];
    for (family, value) in families {
        text.begin(&family);
        for total in told.totals {
            let labels = [
                ("task", total.task.as_str()),
                ("outcome", &total.outcome),
                ("result", total.came.map_or("none", Came::name)),
            ];
            text.sample(&family, &labels, value(total));
        }
    }
    let lookups = family(
        "git_tend_verdict_lookups",
        Type::Counter,
        None,
        "Trees with which a gate was content without running (hit), and verdicts that a job had to make (miss).",
    );
    text.begin(&lookups);
    let found = told.metrics.overall.lookups;
    for (result, value) in [("hit", found.hits), ("miss", found.misses)] {
        text.sample(&lookups, &[("result", result)], count(value));
    }
}

fn tasks(text: &mut Exposition<'_>, metrics: &Metrics) {
    let durations = family(
        "git_tend_task_duration_seconds",
        Type::Gauge,
        Some("seconds"),
        "Quantiles of how long the work of a task took, over the runs that are kept.",
    );
    text.begin(&durations);
    for task in &metrics.tasks {
        let Some(took) = &task.took else { continue };
        for (quantile, ms) in [("0.5", took.p50), ("0.95", took.p95)] {
            let labels = [("task", task.task.as_str()), ("quantile", quantile)];
            text.sample(&durations, &labels, ms / 1000.0);
        }
    }
    let memory = family(
        "git_tend_task_peak_memory_bytes",
        Type::Gauge,
        Some("bytes"),
        "The most resident memory that a run of a task had, over the runs that are kept.",
    );
    text.begin(&memory);
    for task in &metrics.tasks {
        if let Some(peak) = &task.peak_rss_kib {
            text.sample(&memory, &[("task", &task.task)], peak.max * 1024.0);
        }
    }
    let unusual = family(
        "git_tend_anomalies",
        Type::Gauge,
        None,
        "Whether the newest runs of a task show something unusual.",
    );
    text.begin(&unusual);
    let mut shown: Vec<(&str, anomaly::Kind)> = metrics
        .anomalies
        .iter()
        .filter(|anomaly| anomaly.ongoing)
        .map(|anomaly| (anomaly.task(), anomaly.kind))
        .collect();
    shown.sort_unstable();
    shown.dedup();
    for (task, kind) in shown {
        text.sample(&unusual, &[("task", task), ("kind", kind.name())], 1.0);
    }
}

fn queue(text: &mut Exposition<'_>, told: &Told<'_>) {
    let jobs = family(
        "git_tend_jobs",
        Type::Gauge,
        None,
        "Jobs that wait or run, and those that failed and are kept.",
    );
    text.begin(&jobs);
    let by_state = |state: StateKind| told.counts.by_state.get(&state).copied().unwrap_or(0);
    for state in StateKind::ALL {
        if !state.is_terminal() || state == StateKind::Failed {
            text.sample(&jobs, &[("state", state.name())], count(by_state(state)));
        }
    }
    let age = family(
        "git_tend_oldest_job_age_seconds",
        Type::Gauge,
        Some("seconds"),
        "For how long the oldest job has waited.",
    );
    text.begin(&age);
    let oldest = told
        .counts
        .oldest_queued
        .map(jiff::Timestamp::as_millisecond);
    let waited = oldest.map_or(0, |at| told.metrics.buckets.until().saturating_sub(at));
    text.sample(&age, &[], seconds(u64::try_from(waited).unwrap_or(0)));
    let slots = family(
        "git_tend_slots",
        Type::Gauge,
        None,
        "How many jobs of the repository may run at once.",
    );
    text.begin(&slots);
    text.sample(&slots, &[], f64::from(told.slots));
    let written = family(
        "git_tend_written_timestamp_seconds",
        Type::Gauge,
        Some("seconds"),
        "When this was written.",
    );
    text.begin(&written);
    let now = u64::try_from(told.metrics.buckets.until()).unwrap_or(0);
    text.sample(&written, &[], seconds(now));
}

fn count(value: u64) -> f64 {
    crate::metrics::stats::as_f64(usize::try_from(value).unwrap_or(usize::MAX))
}

fn seconds(ms: u64) -> f64 {
    count(ms) / 1000.0
}

struct Exposition<'a> {
    text: String,
    repository: &'a str,
}

impl Exposition<'_> {
    fn begin(&mut self, family: &Family) {
        let (name, help) = (family.name, family.help);
        let kind = match family.kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
        };
        self.text.push_str(&format!("# TYPE {name} {kind}\n"));
        if let Some(unit) = family.unit {
            self.text.push_str(&format!("# UNIT {name} {unit}\n"));
        }
        self.text.push_str(&format!("# HELP {name} {help}\n"));
    }

    fn sample(&mut self, family: &Family, labels: &[(&str, &str)], value: f64) {
        self.text.push_str(family.name);
        if matches!(family.kind, Type::Counter) {
            self.text.push_str("_total");
        }
        self.text.push('{');
        self.label("repository", self.repository);
        for (name, value) in labels {
            self.text.push(',');
            self.label(name, value);
        }
        self.text.push_str(&format!("}} {value}\n"));
    }

    fn label(&mut self, name: &str, value: &str) {
        self.text.push_str(name);
        self.text.push_str("=\"");
        for c in value.chars() {
            match c {
                '\\' => self.text.push_str("\\\\"),
                '"' => self.text.push_str("\\\""),
                '\n' => self.text.push_str("\\n"),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
