//! A waiting job as the planner sees it, with what is known of its durations.

use std::collections::BTreeMap;

use super::error::{CommandError, Context};
use crate::drain::{Candidate, Estimate, EstimateSource, Record, Rules, Sample};
use crate::queue::{Job, Queue};
use crate::system::host;
use crate::tasks::spec::{RunSpec, history_key};

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
    let record = learned(queue, &candidate.history, opportunity, rules)?;
    Ok(Some((candidate, record)))
}

/// How long a job takes here, counted from its start; `None` if its task has never run here and says nothing itself, or if
/// a newer version enqueued it. `known` keeps what was read for other jobs of the same task.
pub fn expected(
    queue: &Queue,
    job: &Job,
    rules: &Rules,
    known: &mut BTreeMap<String, Record>,
) -> Result<Option<Estimate>, CommandError> {
    let Ok(spec) = RunSpec::of(&job.spec) else {
        return Ok(None);
    };
    let name = history_key(&job.task, &spec);
    let record = match known.get(&name) {
        Some(record) => record,
        None => {
            let opportunity = queue.opportunities().context("read the counter")?;
            let record = learned(queue, &name, opportunity, rules)?;
            known.entry(name).or_insert(record)
        }
    };
    let estimate = record.estimate(spec.expect).capped(job.timeout);
    Ok(Some(estimate).filter(|estimate| estimate.source != EstimateSource::Default))
}

fn learned(
    queue: &Queue,
    name: &str,
    opportunity: i64,
    rules: &Rules,
) -> Result<Record, CommandError> {
    let samples: Vec<Sample> = queue
        .history(name, &host::name())
        .context("read the history")?
        .iter()
        .map(Sample::from)
        .collect();
    Ok(Record::new(&samples, opportunity, rules))
}
