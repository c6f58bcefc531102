//! Runs of automations as those of tasks are measured.

use crate::metrics::{Anomaly, anomaly};
use crate::optimize::automation::{Run, RunKind};
use crate::queue::{Came, MeasuredRun};

/// The live runs of an automation, in their order. Its id stands for task and history, and with the moment at which it began
/// (the fence) for the run. All of them are of one machine, which is not named: the database is a user's own, on a local disk.
pub fn measured(id: &str, runs: &[Run]) -> Vec<MeasuredRun> {
    let live = runs.iter().filter(|run| run.kind == RunKind::Live);
    live.map(|run| MeasuredRun {
        job: id.to_owned(),
        fence: run.at,
        task: id.to_owned(),
        history: id.to_owned(),
        host: String::new(),
        outcome: outcome(run).to_owned(),
        came: Some(if run.ok {
            Came::Succeeded
        } else {
            Came::Failed
        }),
        killed: run.exit.is_none(),
        queue_ms: 0,
        started_at: run.at,
        finished_at: ended_at(run),
        cpu_ms: run.cpu_ms.map(signed),
        peak_rss_kib: run.peak_rss_kib.map(signed),
    })
    .collect()
}

/// What is unusual about an automation, as told from all of its runs that are kept; that last noticed comes last.
pub fn anomalies(id: &str, runs: &[Run]) -> Vec<Anomaly> {
    anomaly::find(&measured(id, runs))
}

/// In ms UTC.
pub(super) fn ended_at(run: &Run) -> i64 {
    run.at.saturating_add(signed(run.ms))
}

/// The words that runs of tasks have.
const fn outcome(run: &Run) -> &'static str {
    match run.exit {
        None => "killed",
        Some(_) if run.ok => "succeeded",
        Some(_) => "exited",
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
