//! A waiting job as the planner sees it, with what is known of its durations.

use super::error::{CommandError, Context};
use crate::drain::{Candidate, Record, Rules, Sample};
use crate::queue::{Job, Queue};
use crate::system::host;
use crate::tasks::spec::RunSpec;

/// `None` for a job that does not wait for a drain, or that a newer version enqueued.
pub fn candidate(
    queue: &Queue,
    job: &Job,
    rules: &Rules,
) -> Result<Option<(Candidate, Record)>, CommandError> {
    let Ok(spec) = RunSpec::of(&job.spec) else {
        return Ok(None);
    };
    let opportunity = queue.opportunities().context("read the counter")?;
    let Some(candidate) = Candidate::of(job, &spec, opportunity, job.retry_alone) else {
        return Ok(None);
    };
    let samples: Vec<Sample> = queue
        .history(&candidate.history, &host::name())
        .context("read the history")?
        .iter()
        .map(Sample::from)
        .collect();
    let record = Record::new(&samples, opportunity, rules);
    Ok(Some((candidate, record)))
}
