//! From the outbox to the channels: put together what is due, send it, and write down how that went.
//!
//! A message is tried at least once and as often as it takes, for three days. That an attempt begins is on record before
//! it does, so that a crash is followed by a pause, and how it ended afterwards: a message that was taken by somebody who
//! could not say so arrives twice, with the same identity.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::routes::Route;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::drain::slots::DrainLock;
use crate::notify::timing::{again, batches, is_over};
use crate::notify::{Message, Notice, Refusal};
use crate::queue::{Attempted, OpenNotice, OutMessage, Queue};
use crate::system::frames::Frames;
use crate::system::random;

/// A message is not begun with less time than this.
const LEAST: Duration = Duration::from_millis(100);
/// What one message may take, where there is no end to the time.
const MOST: Duration = Duration::from_secs(60);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// What is due.
    Due,
    /// Everything, also in quiet hours and before its time.
    Now,
}

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Messages that were taken.
    pub sent: usize,
    /// Channels that refused one, and why.
    pub refused: Vec<(String, String)>,
    /// Whether somebody else is at it: then nothing was done.
    pub is_busy: bool,
}

/// The channels for which something waits.
pub fn waiting(queue: &Queue) -> Result<BTreeSet<String>, CommandError> {
    let all = queue.channels_with_notices().context("read the outbox")?;
    Ok(all.into_iter().collect())
}

/// Whether a round would send something.
pub fn anything_due(app: &App, queue: &Queue, routes: &[Route<'_>]) -> Result<bool, CommandError> {
    let now = app.now();
    for route in routes {
        let messages = queue
            .waiting_messages(&route.name)
            .context("read the outbox")?;
        if messages.iter().any(|message| message.due_at <= now) {
            return Ok(true);
        }
        let open = open_notices(queue, route)?;
        if !batches_of(queue, route, &open, When::Due, now)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Sends what waits, until the deadline if there is one. One process at a time does.
pub fn deliver(
    app: &App,
    queue: &mut Queue,
    routes: &[Route<'_>],
    deadline: Option<Instant>,
    when: When,
) -> Result<Round, CommandError> {
    let mut round = Round::default();
    let lock = DrainLock::try_messenger(app.state_dir()?).context("take the messenger's lock")?;
    let Some(_lock) = lock else {
        round.is_busy = true;
        return Ok(round);
    };
    for route in routes {
        put_together(queue, route, when, app.now())?;
        let messages = queue
            .waiting_messages(&route.name)
            .context("read the outbox")?;
        for message in messages {
            if when == When::Due && message.due_at > app.now() {
                continue;
            }
            let left = deadline.map_or(MOST, |end| end.saturating_duration_since(Instant::now()));
            if left < LEAST {
                return Ok(round);
            }
            match send(app, queue, route, &message, left.min(MOST))? {
                None => round.sent += 1,
                Some(error) => {
                    // What is true of one message will be true of the next.
                    round.refused.push((route.name.clone(), error));
                    break;
                }
            }
        }
    }
    Ok(round)
}

fn open_notices(queue: &Queue, route: &Route<'_>) -> Result<Vec<OpenNotice>, CommandError> {
    queue.open_notices(&route.name).context("read the outbox")
}

fn batches_of(
    queue: &Queue,
    route: &Route<'_>,
    open: &[OpenNotice],
    when: When,
    now: Timestamp,
) -> Result<Vec<Vec<usize>>, CommandError> {
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let mut manners = route.manners;
    if when == When::Now {
        manners.silent = false;
        manners.every = Duration::ZERO;
    }
    let last = queue.last_sent(&route.name).context("read the outbox")?;
    let severities: Vec<_> = open.iter().map(|notice| notice.severity).collect();
    Ok(batches(&severities, manners, last, now))
}

fn put_together(
    queue: &mut Queue,
    route: &Route<'_>,
    when: When,
    now: Timestamp,
) -> Result<(), CommandError> {
    let open = open_notices(queue, route)?;
    for batch in batches_of(queue, route, &open, when, now)? {
        let notices: Vec<&OpenNotice> = batch.iter().filter_map(|it| open.get(*it)).collect();
        let id = match notices.as_slice() {
            [only] => only.id.clone(),
            several => {
                let mut frames = Frames::new("git-tend message");
                for notice in several {
                    frames.text(&notice.id);
                }
                frames.hex().chars().take(16).collect()
            }
        };
        let numbers: Vec<i64> = notices.iter().map(|notice| notice.seq).collect();
        queue
            .put_together(&route.name, &id, &numbers, now)
            .context("write the outbox")?;
    }
    Ok(())
}

/// Sends one message; returns why it was not taken.
fn send(
    app: &App,
    queue: &mut Queue,
    route: &Route<'_>,
    message: &OutMessage,
    limit: Duration,
) -> Result<Option<String>, CommandError> {
    let luck = random::jitter();
    let attempt = message.attempts.saturating_add(1);
    queue
        .attempt(message.seq, again(attempt, false, luck, app.now()))
        .context("write the outbox")?;
    let bodies = queue.notices_of(message.seq).context("read the outbox")?;
    // What another version wrote and this one cannot read is nothing that a person could be told.
    let notices: Vec<Notice> = bodies
        .iter()
        .filter_map(|body| serde_json::from_str(body).ok())
        .collect();
    let told = Message {
        id: message.id.clone(),
        time: message.made_at,
        notices,
    };
    let refusal = if told.notices.is_empty() {
        Err(Refusal::Final("its notices cannot be read".to_owned()))
    } else {
        route.channel.send(&told, limit)
    };
    let now = app.now();
    let (how, error) = match refusal {
        Ok(()) => (Attempted::Sent, None),
        Err(refusal) => {
            let error = refusal.to_string();
            if is_over(message.made_at, now) || told.notices.is_empty() {
                (
                    Attempted::GivenUp {
                        error: error.clone(),
                    },
                    Some(error),
                )
            } else {
                let hopeless = matches!(refusal, Refusal::Final(_));
                let at = again(attempt, hopeless, luck, now);
                (
                    Attempted::Refused {
                        error: error.clone(),
                        at,
                    },
                    Some(error),
                )
            }
        }
    };
    queue
        .attempted(message.seq, &how, now)
        .context("write the outbox")?;
    Ok(error)
}
