//! `git tend digest`.

use std::time::Duration;

use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::arguments::{self, Since};
use crate::cli::commands::log::moment;
use crate::cli::digest::{document, gather, lines};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::queue::{Mark, Queue};

/// What happened since you asked last
///
/// New and fixed findings, tests that became flaky, tasks that got slower, failed or recovered, jobs that are held or wait
/// as dead letters, what coding agents did here and what was learned from it, and what it took. The first time: of the last
/// seven days.
#[derive(Debug, clap::Args)]
pub struct DigestArgs {
    /// Since then instead: `1d`, `2026-11-20`, or `last`
    #[arg(long, value_name = "WHEN", value_parser = asked, default_value = "last")]
    pub since: Asked,
    /// Ask again later: nothing is taken for told
    #[arg(long)]
    pub peek: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The last time.
    Last,
    /// A moment.
    Then(Since),
}

fn asked(text: &str) -> Result<Asked, String> {
    if text == "last" {
        return Ok(Asked::Last);
    }
    arguments::since(text)
        .map(Asked::Then)
        .map_err(|error| format!("`last`, {error}"))
}

/// How far back the first digest looks.
const FIRST: Since = Since::Ago(Duration::from_secs(7 * 24 * 60 * 60));

/// Tells what happened.
pub fn digest(args: &DigestArgs, app: &App) -> Result<Exit, CommandError> {
    let queue = app.queue_to_read()?;
    let now = app.now();
    // Taken first: what comes while it is gathered is told the next time, rather than never.
    let newest = queue.mark(now).context("read the queue")?;
    let mark = since(&queue, args.since, now, app)?;
    let digest = gather(&queue, &mark, now, app)?;
    let newest = Mark {
        piece: digest.agents.as_ref().map_or(0, |agents| agents.newest),
        ..newest
    };
    if args.json {
        app.ui.json(&document(&digest))?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&lines(&digest, width, &app.zone()))?;
    }
    drop(queue);
    if !args.peek {
        app.queue()?
            .set_told(&newest)
            .context("remember what was told")?;
    }
    Ok(Exit::Fine)
}

fn since(queue: &Queue, asked: Asked, now: Timestamp, app: &App) -> Result<Mark, CommandError> {
    let then = match asked {
        Asked::Then(since) => since,
        Asked::Last => match queue.told().context("read what was told")? {
            // A clock that was set back since.
            Some(told) if told.at > now => {
                return Ok(Mark { at: now, ..told });
            }
            Some(told) => return Ok(told),
            None => FIRST,
        },
    };
    queue
        .mark_before(moment(then, now, app)?)
        .context("read the queue")
}
