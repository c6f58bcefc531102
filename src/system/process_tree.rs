//! What runs below a process, what it uses, and how to end it, read from `/proc`.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use super::env;
use super::process::KillSignal;

/// What `/proc/PID/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessStat {
    /// Its number.
    pub pid: i32,
    /// Whether it has ended and only waits to be reaped.
    pub zombie: bool,
    /// Its parent.
    pub parent: i32,
    /// The session it belongs to, which is the number of the session's leader.
    pub session: i32,
    /// CPU time of its own and of the children it has reaped, in clock ticks.
    pub cpu_ticks: u64,
    /// How many threads it has.
    pub threads: u32,
    /// When it started, in clock ticks since the boot.
    pub start_time: u64,
    /// Resident memory in pages.
    pub resident_pages: u64,
}

/// Reads the one line of `/proc/PID/stat`. The name in it may hold anything, blanks and parentheses included.
fn parse_stat(line: &[u8]) -> Option<ProcessStat> {
    let open = line.iter().position(|&byte| byte == b'(')?;
    let close = line.iter().rposition(|&byte| byte == b')')?;
    let pid = text(line.get(..open)?)?.trim().parse().ok()?;
    // Numbered as in proc(5), where the state, the first one after the name, is field 3.
    let fields = text(line.get(close + 1..)?)?;
    let mut fields = (3_u32..).zip(fields.split_ascii_whitespace());
    let mut field = |number: u32| {
        fields
            .by_ref()
            .find(|(at, _)| *at == number)
            .map(|(_, value)| value)
    };
    let state = field(3)?;
    let parent = field(4)?.parse().ok()?;
    let session = field(6)?.parse().ok()?;
    let user: u64 = field(14)?.parse().ok()?;
    let system: u64 = field(15)?.parse().ok()?;
    // Signed in the kernel's format, never negative in fact.
    let reaped_user: u64 = field(16)?.parse().unwrap_or(0);
    let reaped_system: u64 = field(17)?.parse().unwrap_or(0);
    let threads = field(20)?.parse().ok()?;
    let start_time = field(22)?.parse().ok()?;
    let resident_pages = field(24)?.parse().unwrap_or(0);
    Some(ProcessStat {
        pid,
        zombie: matches!(state, "Z" | "X" | "x"),
        parent,
        session,
        cpu_ticks: user + system + reaped_user + reaped_system,
        threads,
        start_time,
        resident_pages,
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// The process of this number, if there is one.
pub fn stat(pid: i32) -> Option<ProcessStat> {
    // The line has 52 fields and a name of at most 64 bytes; one read returns it whole.
    let mut line = [0_u8; 1024];
    let length = File::open(format!("/proc/{pid}/stat"))
        .and_then(|mut file| file.read(&mut line))
        .ok()?;
    parse_stat(line.get(..length)?)
}

/// When the process of this number started, if there is one.
pub fn start_time(pid: i32) -> Option<u64> {
    stat(pid).map(|process| process.start_time)
}

/// All processes that can be seen.
pub fn table() -> Vec<ProcessStat> {
    numbers_in("/proc").filter_map(stat).collect()
}

/// The names of all processes that can be seen, as `ps -o comm` prints them. `TEND_PROCESSES` names a file that lists
/// others.
pub fn names() -> Vec<String> {
    if let Some(list) = env::raw(env::PROCESSES) {
        let text = std::fs::read_to_string(list).unwrap_or_default();
        return text.lines().map(str::to_owned).collect();
    }
    numbers_in("/proc")
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

fn numbers_in(folder: &str) -> impl Iterator<Item = i32> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

/// Whether a process was started with `NAME=value` among its variables. One that belongs to somebody else was not.
pub fn has_variable(pid: i32, assignment: &[u8]) -> bool {
    std::fs::read(format!("/proc/{pid}/environ")).is_ok_and(|environ| {
        environ
            .split(|&byte| byte == 0)
            .any(|entry| entry == assignment)
    })
}

/// Everything below `root`, without it.
///
/// The kernel's own lists of children are read where it keeps them, so that the cost follows the size of the tree and
/// not the number of processes on the machine.
pub fn descendants(root: i32) -> Vec<ProcessStat> {
    let Some(top) = stat(root) else {
        return Vec::new();
    };
    let Some(children) = children(top) else {
        return below(&table(), &HashSet::from([root]));
    };
    let mut found = Vec::new();
    let mut seen = HashSet::from([root]);
    let mut next = children;
    while let Some(pid) = next.pop() {
        if !seen.insert(pid) {
            continue;
        }
        if let Some(process) = stat(pid) {
            next.extend(self::children(process).unwrap_or_default());
            found.push(process);
        }
    }
    found
}

/// The children of a process; `None` where the kernel keeps no lists of them (`CONFIG_PROC_CHILDREN`).
fn children(parent: ProcessStat) -> Option<Vec<i32>> {
    // A child is listed under the thread that started it.
    if parent.threads <= 1 {
        return children_of_thread(parent.pid, parent.pid);
    }
    let mut all = Vec::new();
    for thread in numbers_in(&format!("/proc/{}/task", parent.pid)) {
        all.extend(children_of_thread(parent.pid, thread).unwrap_or_default());
    }
    Some(all)
}

fn children_of_thread(pid: i32, thread: i32) -> Option<Vec<i32>> {
    let list = std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/children")).ok()?;
    Some(
        list.split_ascii_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect(),
    )
}

/// The processes of `table` whose line of parents leads to one of `roots`, without those themselves.
#[allow(clippy::implicit_hasher)] // every caller has the standard one
pub fn below(table: &[ProcessStat], roots: &HashSet<i32>) -> Vec<ProcessStat> {
    let mut known = roots.clone();
    let mut found = Vec::new();
    loop {
        let before = found.len();
        for process in table {
            if known.contains(&process.parent) && known.insert(process.pid) {
                found.push(*process);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// What a set of processes uses at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many there are, zombies included.
    pub processes: usize,
    /// The sum of their resident memory in bytes; pages they share count once for each.
    pub resident: u64,
    /// Their CPU time, that of the children they have reaped included.
    pub cpu: Duration,
}

/// What the given processes use.
pub fn usage(processes: &[ProcessStat]) -> Usage {
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let ticks: u64 = processes.iter().map(|process| process.cpu_ticks).sum();
    let pages: u64 = processes.iter().map(|process| process.resident_pages).sum();
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    Usage {
        processes: processes.len(),
        resident: pages.saturating_mul(page),
        cpu: Duration::from_millis(ticks.saturating_mul(1000) / per_second),
    }
}

/// The resident memory of the given processes in bytes, shared pages counted in proportion.
///
/// Walks their page tables, so it is asked only when the cheap sum is over a limit: a program that forks workers after
/// it loaded its data would otherwise be killed for memory that exists once. Where the kernel does not tell, a process
/// counts whole. One that ends meanwhile leaves its share to the others, so those that are left are asked again: else
/// the same pages would count for each of a row of workers that end one after the other.
pub fn proportional_resident(processes: &[ProcessStat]) -> u64 {
    settled(
        processes,
        |process| resident_now(process) > 0,
        proportional_share,
    )
}

/// The sum of what those have that are there, over a time in which none of them went.
fn settled(
    processes: &[ProcessStat],
    is_there: impl Fn(&ProcessStat) -> bool,
    share: impl Fn(&ProcessStat) -> u64,
) -> u64 {
    let mut there = processes.to_vec();
    loop {
        there.retain(&is_there);
        let sum = there.iter().map(&share).sum();
        if there.iter().all(&is_there) {
            return sum;
        }
    }
}

/// The resident memory of this process in bytes as it is now: nothing if it has ended, reaped or not.
fn resident_now(process: &ProcessStat) -> u64 {
    stat(process.pid)
        .filter(|now| now.start_time == process.start_time)
        .map_or(0, |now| usage(&[now]).resident)
}

fn proportional_share(process: &ProcessStat) -> u64 {
    std::fs::read_to_string(format!("/proc/{}/smaps_rollup", process.pid))
        .ok()
        .and_then(|rollup| parse_proportional(&rollup))
        .unwrap_or_else(|| resident_now(process))
}

fn parse_proportional(rollup: &str) -> Option<u64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Signals exactly this process: never one that took over its number since it was seen.
pub fn signal(process: &ProcessStat, signal: KillSignal) {
    let Some(pid) = rustix::process::Pid::from_raw(process.pid) else {
        return;
    };
    // The descriptor pins the process: if the start time still agrees after it was opened, it is the one that was seen.
    #[cfg(target_os = "linux")]
    match rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) {
        Ok(pidfd) => {
            if start_time(process.pid) == Some(process.start_time) {
                for &signal in signal.signals() {
                    let _ = rustix::process::pidfd_send_signal(&pidfd, signal);
                }
            }
            return;
        }
        Err(rustix::io::Errno::NOSYS) => {}
        Err(_) => return,
    }
    if start_time(process.pid) == Some(process.start_time) {
        for &signal in signal.signals() {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

/// Signals everything below `root`, the calling process, whose child leads the group `leader`; returns how many there were.
///
/// Without `/proc` only the group is known: what left it escapes.
pub fn signal_below(root: i32, leader: i32, wanted: KillSignal) -> usize {
    if cfg!(not(target_os = "linux")) {
        super::process::signal_group(leader, wanted);
        return 1;
    }
    let mut alive = 0;
    for process in descendants(root).iter().filter(|process| !process.zombie) {
        signal(process, wanted);
        alive += 1;
    }
    alive
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_name_holds() {
        let line = b"4242 (evil) R 1 (x) S 17 4242 99 0 -1 4194560 1 2 3 4 150 50 7 3 30 10 11 0 8675309 1000 321 18446744073709551615 1 1\n";
        assert_eq!(
            parse_stat(line),
            Some(ProcessStat {
                pid: 4242,
                zombie: false,
                parent: 17,
                session: 99,
                cpu_ticks: 210,
                threads: 11,
                start_time: 8_675_309,
                resident_pages: 321,
            })
        );
        assert_eq!(parse_stat(b""), None);
        assert_eq!(parse_stat(b"1 (short) S 1"), None);
        assert_eq!(parse_stat(b") 1 ("), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_is_found_and_has_a_memory() {
        let own = stat(super::super::process::own_pid()).unwrap();
        assert!(!own.zombie);
        assert!(usage(&[own]).resident > 100_000);
        let proportional = proportional_resident(&[own]);
        assert!(proportional > 100_000 && proportional < 1 << 36);
        assert!(table().iter().any(|process| process.pid == own.pid));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_that_ended_holds_no_memory() {
        let mut child = std::process::Command::new("sleep")
            .arg("600")
            .spawn()
            .unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let own = stat(super::super::process::own_pid()).unwrap();
        let seen = ProcessStat {
            resident_pages: 1000,
            ..stat(pid).unwrap()
        };
        child.kill().unwrap();
        // It has ended and was not waited for: its number is still there.
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while !stat(pid).unwrap().zombie && std::time::Instant::now() < end {
            std::thread::yield_now();
        }
        assert_eq!(proportional_resident(&[seen]), 0);
        assert!(proportional_resident(&[seen, own]) > 0);
        child.wait().unwrap();
        assert_eq!(proportional_resident(&[seen]), 0);
    }

    fn process(pid: i32, parent: i32) -> ProcessStat {
        ProcessStat {
            pid,
            zombie: false,
            parent,
            session: 1,
            cpu_ticks: 0,
            threads: 1,
            start_time: 0,
            resident_pages: 0,
        }
    }

    #[test]
    fn what_is_handed_on_while_it_is_added_up_counts_once() {
        // Three share 120; each of the first two ends once it has been asked.
        let left = std::cell::RefCell::new(vec![1, 2, 3]);
        let is_there = |it: &ProcessStat| left.borrow().contains(&it.pid);
        let share = |it: &ProcessStat| {
            let all = left.borrow().len() as u64;
            if it.pid < 3 {
                left.borrow_mut().retain(|pid| *pid != it.pid);
            }
            120 / all
        };
        let all = [process(1, 0), process(2, 0), process(3, 0)];
        assert_eq!(settled(&all, is_there, share), 120);
        assert_eq!(settled(&[], is_there, share), 0);
    }

    #[test]
    fn descent_is_followed_in_any_order_and_loops_end() {
        let table = [
            process(5, 4),
            process(4, 3),
            process(3, 2),
            process(9, 8),
            process(8, 9),
        ];
        let mut found: Vec<_> = below(&table, &HashSet::from([3]))
            .iter()
            .map(|p| p.pid)
            .collect();
        found.sort_unstable();
        assert_eq!(found, [4, 5]);
        assert_eq!(below(&table, &HashSet::from([9])).len(), 1);
    }

    #[test]
    fn proportional_memory_is_read_from_a_rollup() {
        let rollup = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:    1024 kB\nPss:     300 kB\nPss_Dirty: 5 kB\n";
        assert_eq!(parse_proportional(rollup), Some(300 * 1024));
        assert_eq!(parse_proportional("Rss: 1 kB\n"), None);
    }
}
