//! Reading what is new in sessions, one process at a time.

use std::fs::File;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use fs4::TryLockError;
use jiff::SignedDuration;

use super::analyses::enqueue_analyses;
use super::commits::{Resolver, carry_over};
use super::places::places;
use crate::cli::app::{App, graph_error};
use crate::cli::error::{CommandError, Context};
use crate::cli::threads;
use crate::config::user::Sessions;
use crate::graph::intake::plan::{Plan, plan};
use crate::graph::intake::scan::{Scanned, Settings, Step, scan};
use crate::graph::{Graph, GraphError};
use crate::sessions::find::walk;
use crate::sessions::ready::Thresholds;
use crate::sessions::segment::Minimum;
use crate::store::StoreError;
use crate::system::signals::Signals;
use crate::system::{env, filesystem, host};

/// What came of reading sessions.
pub enum Reading {
    /// Another process reads them.
    Busy,
    /// There are none, and never were: nothing was made.
    Nothing,
    /// They were read.
    Done {
        /// What was read.
        scanned: Box<Scanned>,
        /// How many jobs for the agent are new.
        enqueued: usize,
    },
}

/// When sessions are finished, as the configuration has it.
fn thresholds(config: &Sessions) -> Thresholds {
    Thresholds {
        idle: SignedDuration::try_from(config.idle.get()).unwrap_or(SignedDuration::MAX),
        ..Thresholds::default()
    }
}

/// What there is to read.
pub fn planned(app: &App) -> Result<Plan, CommandError> {
    let config = &app.loaded()?.config.sessions;
    let walked = walk(&places(config, env::raw));
    let known = match app.existing_graph()? {
        Some(graph) => graph
            .known_files()
            .context("read what is known of sessions")?,
        None => Vec::new(),
    };
    Ok(plan(
        &known,
        &walked,
        &thresholds(config),
        config.conversations,
        app.now(),
    ))
}

/// Reads what is new in the sessions of all agents, within the budget.
pub fn read_sessions(
    app: &App,
    budget: Option<Duration>,
    listener: &mut dyn FnMut(Step),
) -> Result<Reading, CommandError> {
    let started = Instant::now();
    let config = &app.loaded()?.config.sessions;
    let walked = walk(&places(config, env::raw));
    let data = &app.dirs()?.data;
    if walked.files.is_empty() && !data.join("graph.db").exists() {
        return Ok(Reading::Nothing);
    }
    filesystem::private_dir(data).context("create your folder for data")?;
    let lock = filesystem::lock_file(&data.join("sessions.lock"));
    let lock = lock.context("open the lock of sessions")?;
    if !is_our_turn(&lock)? {
        return Ok(Reading::Busy);
    }
    let mut graph = app.graph()?;
    let signals = Signals::stops().context("listen to signals")?;
    let is_over =
        || signals.stop_count() > 0 || budget.is_some_and(|budget| started.elapsed() >= budget);
    let computer = host::name();
    let settings = Settings {
        thresholds: thresholds(config),
        minimum: Minimum {
            entries: config.min_entries.into(),
            messages: config.min_messages.into(),
            tokens: config.min_tokens.into(),
        },
        words: config.conversations,
        computer: &computer,
        readers: NonZeroUsize::new(threads::count()).unwrap_or(NonZeroUsize::MIN),
    };
    let mut resolver = Resolver::default();
    let mut scan_into = |graph: &mut Graph| {
        scan(
            graph,
            &walked,
            &settings,
            app.now(),
            &is_over,
            &mut |session, seen| resolver.links(session, seen),
            &mut *listener,
        )
    };
    let mut scanned = scan_into(&mut graph);
    if let Err(GraphError::Store(StoreError::Corrupt { .. })) = scanned {
        drop(graph);
        graph = app.graph_after_damage()?;
        scanned = scan_into(&mut graph);
    }
    let scanned = scanned.map_err(|error| graph_error("read the sessions", &error))?;
    carry_over(app, &mut graph)?;
    let enqueued = enqueue_analyses(app, &graph)?;
    Ok(Reading::Done {
        scanned: Box::new(scanned),
        enqueued,
    })
}

/// Whether no other process reads sessions; none does as long as the lock is open.
fn is_our_turn(lock: &File) -> Result<bool, CommandError> {
    match fs4::FileExt::try_lock(lock) {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error).context("lock the sessions"),
    }
}
