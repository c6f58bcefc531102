//! The file that others read: written when it is asked for, and by drains.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{days_kept, figures, repository};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::ui::plain;
use crate::config::metrics::UserPath;
use crate::drain::housekeeping;
use crate::metrics::Metrics;
use crate::queue::{Counts, Queue};
use crate::report::metrics::openmetrics::{self, Told};
use crate::system::dirs::RepositoryId;
use crate::system::{env, filesystem, process};

/// Drains write the file no more often.
const EVERY: Duration = Duration::from_secs(60);

/// The figures as `OpenMetrics`.
pub fn openmetrics(
    app: &App,
    queue: Option<&Queue>,
    metrics: &Metrics,
    task: Option<&str>,
) -> Result<String, CommandError> {
    let (mut totals, counts) = match queue {
        Some(queue) => queue
            .at_one_moment(|queue| Ok((queue.run_totals()?, queue.counts(app.day_start())?)))
            .context("read what was measured")?,
        None => (Vec::new(), Counts::default()),
    };
    totals.retain(|total| task.is_none_or(|task| task == total.task));
    let config = &app.loaded()?.config;
    Ok(openmetrics::write(&Told {
        repository: &repository(app)?,
        totals: &totals,
        counts: &counts,
        slots: config.queue.slots(process::processors() as usize),
        metrics,
    }))
}

/// Writes the file that the user's configuration names, if it does and it was not written within the last minute. That it
/// cannot be written is said, and spoils nothing.
pub fn drains_leave_a_textfile(app: &App, queue: &Queue) {
    let Ok(loaded) = app.loaded() else { return };
    let Some(named) = &loaded.config.metrics.textfile else {
        return;
    };
    let is_due = |state: &Path| housekeeping::due(&state.join("exported"), EVERY);
    if !app.state_dir().is_ok_and(is_due) {
        return;
    }
    if let Err(error) = leave(app, queue, named) {
        app.ui.say(format!(
            "the metrics are not written to {}: {}",
            plain(&named.to_string()),
            error.causes.first().unwrap_or(&error.message)
        ));
    }
}

fn leave(app: &App, queue: &Queue, named: &UserPath) -> Result<(), CommandError> {
    let home = env::raw(env::HOME).map(PathBuf::from);
    let path = named
        .below(home.as_deref())
        .ok_or_else(|| CommandError::failed("HOME is not set"))?;
    let path = if named.is_folder() || path.is_dir() {
        path.join(own_name(app)?)
    } else {
        path
    };
    let metrics = figures(app, Some(queue), days_kept(app)?, None)?;
    let text = openmetrics(app, Some(queue), &metrics, None)?;
    filesystem::publish(&path, text.as_bytes()).context("write the file")
}

/// Among the files of other repositories.
fn own_name(app: &App) -> Result<String, CommandError> {
    let id = RepositoryId::of(&app.located()?.common_dir).context("name the repository")?;
    Ok(format!("git-tend-{}.prom", id.as_str()))
}
