//! The console's notices: a line at the end of the next command that a person types.

use super::routes::CONSOLE;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::format;
use crate::cli::ui::{Role, paint, plain};
use crate::config::notify::Severity;
use crate::notify::Notice;
use crate::queue::{Attempted, JobId, OpenNotice, Queue};

/// The longest text of a notice in that line.
const LONGEST: usize = 160;

/// Prints what the console has not shown yet, if a person reads. Trouble with that is no trouble of the command.
pub fn show(app: &App) {
    if !app.ui.shows_progress() {
        return;
    }
    let shown = line(app).unwrap_or_default();
    if let Some(line) = shown {
        app.ui.say(line);
    }
}

fn line(app: &App) -> Result<Option<String>, CommandError> {
    let Some(queue) = app.existing_queue()? else {
        return Ok(None);
    };
    if open(&queue)?.is_empty() {
        return Ok(None);
    }
    drop(queue);
    let mut queue = app.queue_in_passing()?;
    let open = open(&queue)?;
    let Some(last) = open.last() else {
        return Ok(None);
    };
    // Whatever is shown now is one message, so that of two commands at once one shows it.
    let numbers: Vec<i64> = open.iter().map(|notice| notice.seq).collect();
    let now = app.now();
    queue
        .put_together(CONSOLE, &last.id, &numbers, now)
        .context("write the outbox")?;
    let mut told = Vec::new();
    for message in queue.waiting_messages(CONSOLE).context("read the outbox")? {
        told.extend(queue.notices_of(message.seq).context("read the outbox")?);
        queue
            .attempted(message.seq, &Attempted::Sent, now)
            .context("write the outbox")?;
    }
    let seen = app.seen();
    let notices: Vec<Notice> = told
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok())
        .filter(|notice: &Notice| {
            let job = notice.job.clone().map(JobId);
            job.is_none_or(|job| !seen.contains(&job))
        })
        .collect();
    Ok(compose(&notices, app.ui.talk_width()))
}

fn open(queue: &Queue) -> Result<Vec<OpenNotice>, CommandError> {
    queue.open_notices(CONSOLE).context("read the outbox")
}

/// The most serious of them, how many more there are, and what to type.
fn compose(notices: &[Notice], width: usize) -> Option<String> {
    // Of equally serious ones the newest.
    let first = notices.iter().max_by_key(|notice| notice.severity)?;
    let others = notices.len() - 1;
    let next = match (&first.job, others) {
        (Some(job), 0) => format!("git tend show {job}"),
        _ => "git tend notify log".to_owned(),
    };
    let more = match others {
        0 => String::new(),
        others => format!(
            " · {}",
            format::count(others, "more notice", "more notices")
        ),
    };
    let tail = format!("{more} · {next}");
    let room = width
        .saturating_sub(tail.chars().count() + 1)
        .clamp(20, LONGEST);
    let text = format::shortened(&plain(&first.message), room);
    let role = match first.severity {
        Severity::Info => Role::Faint,
        Severity::Warning => Role::Warning,
        Severity::Error | Severity::Critical => Role::Bad,
    };
    Some(format!("{}{}", paint(role, text), paint(Role::Faint, tail)))
}
