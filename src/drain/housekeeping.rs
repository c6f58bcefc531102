//! What a drain tidies before it leaves: what is past its time, and workspaces beyond their quota.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::{place, workspace};
use crate::queue::retention::Policy;
use crate::queue::{Queue, QueueError};

/// Rows of each kind that one drain prunes at most.
const ROWS: usize = 2000;
/// How often a queue is pruned and workspaces are measured.
const EVERY: Duration = Duration::from_secs(5 * 60);
/// Workspaces are many files: they are measured once a day.
const MEASURE_EVERY: Duration = Duration::from_secs(24 * 3600);

/// How often what crashed runs left is looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(6 * 3600);
/// No job runs that long: what is older belongs to none.
const LEFT_BEHIND: Duration = Duration::from_secs(7 * 24 * 3600);

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
    if due(&state.join("swept"), SWEEP_EVERY) {
        sweep(&place::logs(state), SystemTime::now());
    }
    if all_workspaces.is_dir() && due(&state.join("measured"), MEASURE_EVERY) {
        workspace::tidy(all_workspaces, workspace::QUOTA);
    }
    Ok(())
}

/// Removes what runs left that nobody settled: reports of tools, results, lists of files. Logs are the queue's to forget.
fn sweep(logs: &Path, now: SystemTime) {
    let Ok(entries) = fs::read_dir(logs) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let is_log = Path::new(&name).extension().is_some_and(|it| it == "log");
        let is_old = entry
            .metadata()
            .and_then(|found| found.modified())
            .is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > LEFT_BEHIND));
        if is_log || !is_old {
            continue;
        }
        // Another drain may be at it too.
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
            _ => fs::remove_file(entry.path()),
        };
    }
}

/// Whether the marker is older than `every`; then it is made new.
pub fn due(marker: &Path, every: Duration) -> bool {
    let fresh = fs::metadata(marker)
        .and_then(|found| found.modified())
        .is_ok_and(|at| {
            SystemTime::now()
                .duration_since(at)
                .is_ok_and(|age| age < every)
        });
    !fresh && fs::write(marker, b"").is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_nobody_can_want_any_more_is_swept() {
        let logs = tempfile::tempdir().unwrap();
        let at = |name: &str| logs.path().join(name);
        fs::create_dir(at("a-1.result.scratch")).unwrap();
        for name in [
            "a-1.result.scratch/stdout",
            "a-1.result.json",
            "a-1.files",
            "a-1.log",
        ] {
            fs::write(at(name), "x").unwrap();
        }
        sweep(logs.path(), SystemTime::now());
        assert!(at("a-1.result.json").exists(), "a job may still run");
        sweep(
            logs.path(),
            SystemTime::now() + LEFT_BEHIND + Duration::from_secs(60),
        );
        let left: Vec<_> = fs::read_dir(logs.path())
            .unwrap()
            .flatten()
            .map(|it| it.file_name())
            .collect();
        assert_eq!(left, ["a-1.log"]);
    }
}
