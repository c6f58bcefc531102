//! What a drain tidies before it leaves: what is past its time, and workspaces beyond their quota.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::workspace;
use crate::queue::retention::Policy;
use crate::queue::{Queue, QueueError};

/// Rows of each kind that one drain prunes at most.
const ROWS: usize = 2000;
/// How often a queue is pruned and workspaces are measured.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// Workspaces are many files: they are measured once a day.
const MEASURE_EVERY: Duration = Duration::from_secs(24 * 3600);

/// Prunes the queue, deletes the logs that nothing refers to, and keeps workspaces within their quota.
///
/// The times of two marker files tell when it was done last, so that a short drain pays one `stat`.
pub fn tidy(
    queue: &mut Queue,
    state: &Path,
    all_workspaces: &Path,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), QueueError> {
    if !due(&state.join("pruned"), EVERY) {
        return Ok(());
    }
    let pruned = queue.prune(policy, now, ROWS)?;
    for log in pruned.logs {
        // Somebody may have deleted it by hand.
        let _ = fs::remove_file(log);
    }
    if pruned.more {
        // There is more than one call removes: the next drain goes on.
        let _ = fs::remove_file(state.join("pruned"));
    }
    if all_workspaces.is_dir() && due(&state.join("measured"), MEASURE_EVERY) {
        workspace::tidy(all_workspaces, workspace::QUOTA);
    }
    Ok(())
}

/// Whether the marker is older than `every`; then it is made new.
fn due(marker: &Path, every: Duration) -> bool {
    let fresh = fs::metadata(marker)
        .and_then(|found| found.modified())
        .is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age < every)
        });
    !fresh && fs::write(marker, b"").is_ok()
}
