//! Figures, from the queue to whoever reads them.

mod deliver;
mod export;
mod page;
mod rows;
mod unusual;

pub use deliver::{Content, deliver, width};
pub use export::{drains_leave_a_textfile, openmetrics};
pub use page::{of_task, page, period};
pub use rows::{Row, rows};
pub use unusual::{Remark, unusual};

use std::path::Path;
use std::time::Duration;

use super::app::App;
use super::error::{CommandError, Context};
use crate::metrics::{Buckets, Metrics, Read, measure};
use crate::queue::Queue;

/// For how many days runs are kept.
pub fn days_kept(app: &App) -> Result<u16, CommandError> {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let kept = app.loaded()?.config.retention.metrics.get();
    let days = kept.as_secs().div_ceil(DAY.as_secs()).max(1);
    Ok(u16::try_from(days).unwrap_or(u16::MAX))
}

/// The figures of the last days, of one task if one is named; all of them zero if nothing has been enqueued yet.
pub fn figures(
    app: &App,
    queue: Option<&Queue>,
    days: u16,
    task: Option<&str>,
) -> Result<Metrics, CommandError> {
    figures_in(
        queue,
        Buckets::last_days(days, app.now().as_millisecond()),
        task,
    )
}

/// The figures of a period.
pub fn figures_in(
    queue: Option<&Queue>,
    buckets: Buckets,
    task: Option<&str>,
) -> Result<Metrics, CommandError> {
    let read = match queue {
        Some(queue) => {
            let since = jiff::Timestamp::from_millisecond(buckets.since());
            Read::of(queue, since.unwrap_or(jiff::Timestamp::MIN))
                .context("read what was measured")?
        }
        None => Read::default(),
    };
    Ok(measure(&read, buckets, task))
}

/// What the repository is called among others: the path of its main worktree, or of its folder if it has none.
fn repository(app: &App) -> Result<String, CommandError> {
    let common = &app.located()?.common_dir;
    let top = match common.file_name() {
        Some(name) if name == ".git" => common.parent().unwrap_or(Path::new("/")),
        _ => common,
    };
    Ok(top.to_string_lossy().into_owned())
}
