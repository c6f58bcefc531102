//! Each run of a job: how long it waited and ran, what it used, and how it ended.

use std::time::Duration;

use serde_json::Value;

use super::Told;
use crate::cli::app::App;
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Text, flow};
use crate::cli::ui::Role;
use crate::queue::RunRow;
use crate::tasks::spec::RunSpec;

/// In which order the columns give way.
const GIVES: [(usize, Give); 9] = [
    (7, Give::Leave),
    (2, Give::Leave),
    (6, Give::Leave),
    (5, Give::Short),
    (4, Give::Leave),
    (8, Give::Shrink(14)),
    (5, Give::Leave),
    (1, Give::Leave),
    (8, Give::Shrink(6)),
];

/// The runs as a table, and what they were held to.
pub(super) fn lines(told: &Told, width: usize, app: &App) -> Vec<Text> {
    let (now, zone) = (app.now(), app.zone());
    let most = RunSpec::of(&told.job.spec)
        .ok()
        .and_then(|spec| spec.limits.memory);
    let headings = [
        "RUN", "STARTED", "WAITED", "TOOK", "CPU", "MEMORY", "SLOT", "HOST", "OUTCOME",
    ];
    let mut grid = Grid::new(&headings).gives(&GIVES).right(&[0, 6]);
    for run in &told.runs {
        let used = run.peak_rss_kib.and_then(|kib| u64::try_from(kib).ok());
        let memory = used.map(|kib| bytesize::ByteSize::kib(kib).display().iec().to_string());
        let of = most.map(|bytes| format!(" of {}", bytesize::ByteSize::b(bytes).display().iec()));
        grid.row([
            Text::new(run.fence),
            Text::new(format::moment(run.started_at, now, &zone)),
            Text::new(format::span(millis(run.queue_ms))),
            Text::new(format::span(format::between(
                run.started_at,
                run.finished_at,
            ))),
            run.cpu_ms
                .map(|ms| Text::new(format::span(millis(ms))))
                .unwrap_or_default(),
            memory
                .as_ref()
                .map(|memory| Text::new(memory).and_of(Role::Faint, of.clone().unwrap_or_default()))
                .unwrap_or_default(),
            Text::new(run.slot),
            Text::of(Role::Faint, &run.host),
            outcome(run),
        ]);
        grid.short(5, Text::new(memory.unwrap_or_default()));
    }
    let mut lines = grid.lines(width);
    if grid.is_empty() {
        return Vec::new();
    }
    if let Some(held) = told.runs.last().and_then(|run| enforced(&run.enforced)) {
        let parts = held.into_iter().map(|part| Text::of(Role::Faint, part));
        lines.extend(flow(parts, width, 2));
    }
    lines
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// How a run ended, with what the process said of it.
fn outcome(run: &RunRow) -> Text {
    let role = match run.outcome.as_str() {
        "succeeded" => Role::Good,
        "interrupted" => Role::Warning,
        _ => Role::Bad,
    };
    let detail = match (run.exit_code.filter(|code| *code != 0), run.signal) {
        (Some(code), _) => format!(" with code {code}"),
        (None, Some(signal)) => format!(" by signal {signal}"),
        (None, None) => String::new(),
    };
    let ended = match run.outcome.as_str() {
        "signalled" => "killed",
        other => other,
    };
    Text::of(role, ended).and(detail)
}

/// What the newest run was held to, and by what means.
fn enforced(enforced: &Value) -> Option<Vec<String>> {
    let fields = enforced.as_object().filter(|fields| !fields.is_empty())?;
    let mut parts: Vec<String> = Vec::new();
    for (name, means) in fields {
        let words = match (name.as_str(), means) {
            ("nice", Value::Number(nice)) => format!("nice {nice}"),
            ("io_class", Value::String(class)) => format!("{class} I/O"),
            (name, Value::String(means)) => {
                let name = match name {
                    "cpu" => "CPU time",
                    "cpu_percent" => "share of the machine",
                    "file_size" => "size of files",
                    other => other,
                };
                let means = match means.as_str() {
                    "cgroup" => "a control group",
                    "sampled" => "samples",
                    "rlimit" => "a resource limit",
                    other => other,
                };
                format!("{name} by {means}")
            }
            (name, means) => format!("{name} {means}"),
        };
        parts.push(words);
    }
    if let Some(first) = parts.first_mut() {
        first.insert_str(0, "held to: ");
    }
    Some(parts)
}
