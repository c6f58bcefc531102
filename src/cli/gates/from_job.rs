//! How a gate stands for which a job has been entered: what the job says.

use super::gate::State;
use crate::cli::error::{CommandError, Context as _};
use crate::findings::ScanHead;
use crate::queue::{JobId, Queue, State as JobState};

/// How a gate stands whose job was run, or is waiting: what the job says.
pub fn state_by_job(queue: &Queue, job: &JobId) -> Result<State, CommandError> {
    let Some(job) = queue.job(job).context("read the job")? else {
        return Ok(State::Unjudged {
            job: None,
            why: "its job is gone".to_owned(),
        });
    };
    let id = Some(job.id.clone());
    Ok(match &job.state {
        JobState::Held { reason } => State::Held {
            job: id,
            why: reason.clone(),
        },
        JobState::Running(_) => State::Pending {
            job: job.id,
            why: "it is running".to_owned(),
        },
        JobState::Queued { .. } | JobState::Blocked { .. } => State::Pending {
            job: job.id,
            why: job.error.unwrap_or_else(|| "it waits".to_owned()),
        },
        JobState::Failed { error, .. } => State::Unjudged {
            job: id,
            why: error.clone(),
        },
        JobState::Ended { reason, .. } => State::Unjudged {
            job: id,
            why: reason.clone(),
        },
        JobState::Done { .. } => State::Unjudged {
            job: id,
            why: of_scan(queue, &job.id)?
                .unwrap_or_else(|| "what it looked at has changed meanwhile".to_owned()),
        },
    })
}

/// What a scan says that came to no verdict.
fn of_scan(queue: &Queue, job: &JobId) -> Result<Option<String>, CommandError> {
    let entries = queue.results_of_job(job).context("read the results")?;
    let Some(entry) = entries
        .iter()
        .rfind(|entry| entry.kind.ends_with("findings"))
    else {
        return Ok(None);
    };
    let text = queue.result_text(entry.id).context("read the result")?;
    let head = text.and_then(|text| serde_json::from_str::<ScanHead>(&text).ok());
    Ok(head.filter(|head| !head.dirty).map(|head| head.summary))
}
