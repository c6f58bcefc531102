//! Control groups, version 2, where somebody delegated a part of the tree to this user.
//!
//! A run gets a leaf below the delegated group. The supervisor enters the leaf, starts the job, which is born in it, and
//! leaves again: the limits are the job's alone, and `cgroup.kill` can end every process of the leaf, forks in progress
//! included, without ending the supervisor.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::process;

/// A group below which this user may create others, and which controllers those get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// The folder of the group.
    pub parent: PathBuf,
    /// The folder of the group this process is in, to return to.
    pub origin: PathBuf,
    /// Whether leaves can bound memory.
    pub memory: bool,
    /// Whether leaves can bound CPU shares.
    pub cpu: bool,
    /// Whether leaves can count processes.
    pub pids: bool,
}

/// What is delegated to this process. Read once by a drain and handed to its supervisors.
pub fn delegation() -> Option<Delegation> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let membership = fs::read_to_string("/proc/self/cgroup").ok()?;
    find(&mounts, &membership, usable)
}

/// Searches from the process's own group upwards in every cgroup2 mount, for the first group that can be used.
fn find(
    mounts: &str,
    membership: &str,
    usable: impl Fn(&Path, &Path) -> Option<Delegation>,
) -> Option<Delegation> {
    let own = membership
        .lines()
        .find_map(|line| line.strip_prefix("0::"))?;
    mounts
        .lines()
        .filter_map(cgroup2_mount)
        .find_map(|(root, point)| {
            // A mount may show a part of the tree only; the process must be within it.
            let below = Path::new(own).strip_prefix(&root).ok()?;
            let origin = point.join(below);
            origin
                .ancestors()
                .take_while(|group| group.starts_with(&point))
                .find_map(|group| usable(group, &origin))
        })
}

/// The root and the mount point of a line of mountinfo, if its file system is cgroup2.
fn cgroup2_mount(line: &str) -> Option<(PathBuf, PathBuf)> {
    let (mount, file_system) = line.split_once(" - ")?;
    if file_system.split(' ').next() != Some("cgroup2") {
        return None;
    }
    let mut fields = mount.split(' ').skip(3);
    let root = unescape(fields.next()?);
    let point = unescape(fields.next()?);
    Some((root.into(), point.into()))
}

/// Blanks and backslashes are written in octal there.
fn unescape(field: &str) -> String {
    field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

/// Whether leaves can be created in `group`, entered from `origin`, and bounded in anything.
fn usable(group: &Path, origin: &Path) -> Option<Delegation> {
    let enabled = fs::read_to_string(group.join("cgroup.subtree_control")).ok()?;
    let has = |controller| {
        enabled
            .split_ascii_whitespace()
            .any(|name| name == controller)
    };
    let delegation = Delegation {
        parent: group.to_owned(),
        origin: origin.to_owned(),
        memory: has("memory"),
        cpu: has("cpu"),
        pids: has("pids"),
    };
    // Moving a process takes the right to write into the list of the nearest common ancestor, which is `group`.
    let writable = may_write(group) && may_write(&group.join("cgroup.procs"));
    (writable && (delegation.memory || delegation.cpu)).then_some(delegation)
}

fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The group of one run.
#[derive(Debug)]
pub struct Leaf {
    path: PathBuf,
    origin: PathBuf,
    left: bool,
}

impl Leaf {
    /// Creates a leaf and sets its limits; the calling process is not in it yet.
    pub fn create(
        delegation: &Delegation,
        name: &str,
        memory: Option<u64>,
        cpu_percent: Option<u32>,
    ) -> io::Result<Self> {
        let path = delegation.parent.join(name);
        fs::create_dir(&path)?;
        let leaf = Self {
            path,
            origin: delegation.origin.clone(),
            left: true,
        };
        let limited = leaf.limit(delegation, memory, cpu_percent);
        if limited.is_err() {
            leaf.remove();
        }
        limited.map(|()| leaf)
    }

    fn limit(
        &self,
        delegation: &Delegation,
        memory: Option<u64>,
        cpu_percent: Option<u32>,
    ) -> io::Result<()> {
        if let Some(bytes) = memory.filter(|_| delegation.memory) {
            self.write("memory.max", &bytes.to_string())?;
            // One process of a job without its fellows is a wreck; and swapping for an hour is no way to obey a limit.
            let _ = self.write("memory.oom.group", "1");
            let _ = self.write("memory.swap.max", "0");
        }
        if let Some(percent) = cpu_percent.filter(|_| delegation.cpu) {
            self.write("cpu.max", &cpu_max(percent, process::processors()))?;
        }
        Ok(())
    }

    /// Moves the calling process in, so that what it starts is born inside.
    pub fn enter(&mut self) -> io::Result<()> {
        self.write("cgroup.procs", "0")?;
        self.left = false;
        Ok(())
    }

    /// Moves the calling process back to where it came from.
    pub fn leave(&mut self) -> io::Result<()> {
        let moved = fs::write(self.origin.join("cgroup.procs"), "0");
        self.left = moved.is_ok();
        if !self.left {
            // Who stays must not be killed along with the job.
            let _ = self.write("memory.oom.group", "0");
        }
        moved
    }

    /// Ends every process in it at once; not before the caller has left. `false`: the kernel cannot (before 5.14).
    pub fn kill(&self) -> bool {
        self.left && self.write("cgroup.kill", "1").is_ok()
    }

    /// Whether the kernel killed in it for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        self.read("memory.events")
            .is_some_and(|events| oom_kills(&events) > 0)
    }

    /// The most memory it held, in bytes.
    pub fn peak_memory(&self) -> Option<u64> {
        self.read("memory.peak")?.trim().parse().ok()
    }

    /// Removes it. The kernel refuses for a moment after the last process in it was reaped.
    pub fn remove(&self) {
        for _ in 0..20 {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    process::pause(Duration::from_millis(1));
                }
                _ => return,
            }
        }
    }

    fn write(&self, file: &str, value: &str) -> io::Result<()> {
        // These files exist already, and must never be created where the folder is not a control group.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .open(self.path.join(file))?;
        io::Write::write_all(&mut file, value.as_bytes())
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path.join(file)).ok()
    }
}

/// Removes the leaves of runs whose supervisors were killed; those that are in use stay, the kernel sees to it.
pub fn sweep(delegation: &Delegation, prefix: &str) {
    for entry in fs::read_dir(&delegation.parent)
        .into_iter()
        .flatten()
        .flatten()
    {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The value of `cpu.max` for a share of all processors: microseconds in each tenth of a second.
fn cpu_max(percent: u32, processors: u32) -> String {
    const PERIOD: u64 = 100_000;
    let quota = PERIOD * u64::from(processors) * u64::from(percent.clamp(1, 100)) / 100;
    format!("{} {PERIOD}", quota.max(1_000))
}

fn oom_kills(events: &str) -> u64 {
    events
        .lines()
        .find_map(|line| line.strip_prefix("oom_kill "))
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const MOUNTS: &str = "\
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/uni\\040fied rw,relatime shared:9 - cgroup2 cgroup2 rw
";

    fn answer(group: &Path, origin: &Path) -> Delegation {
        Delegation {
            parent: group.to_owned(),
            origin: origin.to_owned(),
            memory: true,
            cpu: false,
            pids: false,
        }
    }

    #[test]
    fn the_nearest_usable_group_is_taken() {
        let membership = "9:name=systemd:/\n0::/user.slice/app.slice/shell.scope\n";
        let found = find(MOUNTS, membership, |group, origin| {
            group.ends_with("app.slice").then(|| answer(group, origin))
        })
        .unwrap();
        let top = Path::new("/sys/fs/cgroup/uni fied/user.slice/app.slice");
        assert_eq!(found.parent, top);
        assert_eq!(found.origin, top.join("shell.scope"));
    }

    #[test]
    fn nothing_above_the_mount_point_is_looked_at() {
        let mut looked = std::cell::RefCell::new(Vec::new());
        let found = find(MOUNTS, "0::/a\n", |group, _| {
            looked.borrow_mut().push(group.to_owned());
            None
        });
        assert_eq!(found, None);
        let top = Path::new("/sys/fs/cgroup/uni fied");
        assert_eq!(*looked.get_mut(), [top.join("a"), top.to_owned()]);
    }

    #[test]
    fn a_mount_of_another_part_of_the_tree_is_no_use() {
        let mounts = "41 31 0:38 /other /mnt rw - cgroup2 cgroup2 rw\n";
        let found = find(mounts, "0::/mine\n", |group, origin| {
            Some(answer(group, origin))
        });
        assert_eq!(found, None);
        let found = find(mounts, "0::/other/mine\n", |group, origin| {
            Some(answer(group, origin))
        });
        assert_eq!(found.unwrap().parent, Path::new("/mnt/mine"));
        assert_eq!(find("", "1:cpu:/\n", |_, _| None), None);
    }

    #[test]
    fn shares_are_of_all_processors() {
        assert_eq!(cpu_max(50, 4), "200000 100000");
        assert_eq!(cpu_max(0, 1), "1000 100000");
        assert_eq!(cpu_max(250, 2), "200000 100000");
    }

    #[test]
    fn only_kills_count_as_running_out() {
        assert_eq!(
            oom_kills("low 0\nhigh 0\nmax 8\noom 1\noom_kill 2\noom_group_kill 1\n"),
            2
        );
        assert_eq!(oom_kills("max 8\noom 1\noom_kill 0\n"), 0);
    }
}
