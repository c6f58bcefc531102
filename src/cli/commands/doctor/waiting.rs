//! What keeps jobs waiting for longer than anybody would expect.

use std::collections::BTreeMap;

use super::{Check, Level, check};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::{draining, estimating};
use crate::config::Config;
use crate::drain::{Load, Rules, admission};
use crate::queue::{Filter, StateKind, Which};
use crate::system::{env, pressure};

/// The tasks whose waiting jobs are too big for every window that a hook opens.
pub(super) fn too_big(app: &App) -> Vec<Check> {
    // That the configuration or the queue cannot be read is said by the checks of these.
    too_big_tasks(app).unwrap_or_default()
}

fn too_big_tasks(app: &App) -> Result<Vec<Check>, CommandError> {
    let config = &app.loaded()?.config;
    let (Some(largest), Some(queue)) = (draining::largest_window(config), app.existing_queue()?)
    else {
        return Ok(Vec::new());
    };
    let filter = Filter {
        which: Which::In(StateKind::Queued),
        ..Filter::default()
    };
    let rules = Rules::default();
    // The jobs of one task, or of one variant of it, are alike.
    let mut reasons = BTreeMap::new();
    for job in queue.list(&filter).context("read the queue")? {
        let Some((candidate, record)) = estimating::candidate(&queue, &job, &rules)? else {
            continue;
        };
        if let Some(reason) = admission::too_big(&candidate, &record, largest, &rules) {
            reasons.insert(candidate.history, (job.id, reason));
        }
    }
    let detaches = may_detach(config);
    Ok(reasons
        .into_values()
        .map(|(id, reason)| {
            if detaches {
                let missed = rules.alone_after;
                let says = format!("{reason}: after {missed} drains without it, it gets a detached one of its own");
                check("window", Level::Good, says)
            } else {
                let says = format!(
                    "{reason}, and no drain may run detached: raise `drain` of a hook, or git tend drain --only {id}"
                );
                check("window", Level::Warning, says)
            }
        })
        .collect())
}

/// Whether any drain may send a job into a detached one.
fn may_detach(config: &Config) -> bool {
    let mut hooks = config.hooks.values();
    !env::is_set(env::CI) && hooks.any(|hook| hook.enabled && hook.detach)
}

/// That the load of the machine keeps jobs from starting, when it does.
pub(super) fn load(app: &App) -> Option<Check> {
    if !app.loaded().ok()?.config.queue.load_gate {
        return None;
    }
    let mut sampler = pressure::Sampler::new();
    sampler.warm_up();
    let pressure::Pressure { cpu, memory } = sampler.sample()?;
    let busy = Load { cpu, memory }.busy()?;
    let says = format!("{busy}: only critical jobs start");
    Some(check("load", Level::Warning, says))
}
