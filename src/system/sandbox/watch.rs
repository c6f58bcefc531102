//! What no limit of the kernel bounds: memory, processes and disk space of a whole tree of processes.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::spec::{Bounds, View};
use super::tree;
use crate::system::process_tree::{self, ProcessStat};

/// What was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    Memory,
    Processes,
    Disk,
}

/// Looks at a tree of processes from time to time.
#[derive(Debug)]
pub(super) struct Watch {
    bounds: Bounds,
    folders: Vec<PathBuf>,
    own: i32,
    next: Instant,
    /// The most that was seen.
    pub(super) peak_resident: u64,
    pub(super) peak_count: u64,
}

/// The shortest time between two looks.
const PERIOD: Duration = Duration::from_millis(50);

impl Watch {
    pub(super) fn new(bounds: Bounds, view: &View, own: i32) -> Self {
        let writable = view.places.iter().filter(|place| place.writable);
        let mut folders: Vec<PathBuf> = writable.map(|place| place.path.clone()).collect();
        folders.extend([view.tmp.clone(), view.shm.clone()]);
        folders.sort();
        folders.dedup();
        Self {
            bounds,
            folders,
            own,
            next: Instant::now() + PERIOD / 2,
            peak_resident: 0,
            peak_count: 0,
        }
    }

    /// When to look next.
    pub(super) const fn next(&self) -> Instant {
        self.next
    }

    /// The script's processes: what is below the supervisor in another session than its own. One that is just ending
    /// belongs to none.
    pub(super) fn scripts(&self) -> Vec<ProcessStat> {
        process_tree::descendants(self.own)
            .into_iter()
            .filter(|process| process.session > 0 && process.session != self.own)
            .collect()
    }

    /// Looks, if it is time.
    pub(super) fn look(&mut self) -> Option<Excess> {
        let began = Instant::now();
        if began < self.next {
            return None;
        }
        let excess = self.compare();
        // A folder with many files is looked at less often: a tenth of a processor is enough for that.
        self.next = Instant::now() + (began.elapsed() * 9).max(PERIOD);
        excess
    }

    fn compare(&mut self) -> Option<Excess> {
        let processes = self.scripts();
        let count: u64 = processes
            .iter()
            .map(|process| u64::from(process.threads.max(1)))
            .sum();
        let resident = process_tree::usage(&processes).resident;
        self.peak_count = self.peak_count.max(count);
        self.peak_resident = self.peak_resident.max(resident);
        if resident > self.bounds.resident
            && process_tree::proportional_resident(&processes) > self.bounds.resident
        {
            return Some(Excess::Memory);
        }
        if count > self.bounds.processes {
            return Some(Excess::Processes);
        }
        self.disk(&processes)
    }

    fn disk(&self, processes: &[ProcessStat]) -> Option<Excess> {
        let mut bytes = nameless(processes);
        let mut count = 0;
        for folder in &self.folders {
            let most = self.bounds.files.saturating_sub(count);
            let Ok(found) = tree::measure(folder, most) else {
                continue;
            };
            bytes = bytes.saturating_add(found.bytes);
            count += found.count;
            if found.too_deep || count > self.bounds.files {
                return Some(Excess::Disk);
            }
        }
        (bytes > self.bounds.disk).then_some(Excess::Disk)
    }
}

/// What files take that have no name any more but are open, in bytes; each once.
#[cfg(target_os = "linux")]
fn nameless(processes: &[ProcessStat]) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    let mut seen = HashSet::new();
    let mut bytes = 0_u64;
    for process in processes {
        let open = std::fs::read_dir(format!("/proc/{}/fd", process.pid));
        for entry in open.into_iter().flatten().flatten() {
            let Ok(found) = std::fs::metadata(entry.path()) else {
                continue;
            };
            if found.is_file() && found.nlink() == 0 && seen.insert((found.dev(), found.ino())) {
                bytes = bytes.saturating_add(found.blocks().saturating_mul(512));
            }
        }
    }
    bytes
}

#[cfg(not(target_os = "linux"))]
fn nameless(_processes: &[ProcessStat]) -> u64 {
    0
}
