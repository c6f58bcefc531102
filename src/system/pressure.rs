//! How busy the machine is with the work of others.
//!
//! Linux tells through `/proc`; where there is none, nothing is known and nothing is held back.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::env;

/// Fewer clock ticks (of all processors together) between two samples say nothing: a tick is 10 ms.
const FEWEST_TICKS: u64 = 20;

/// In this time a machine with two processors has made [`FEWEST_TICKS`].
const WARM_UP: Duration = Duration::from_millis(110);

/// What the machine does apart from our own jobs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Pressure {
    /// Busy share of all processors since the last sample, in percent, without our own jobs.
    pub cpu: f64,
    /// Share of memory that is not available, in percent.
    pub memory: f64,
}

/// Takes samples. The first one that comes too soon after the sampler was made knows memory only, and calls the
/// processors idle.
#[derive(Debug)]
pub struct Sampler {
    proc: PathBuf,
    own: u32,
    last: Option<Ticks>,
    cpu: f64,
    told: Option<Pressure>,
}

/// Clock ticks since the machine started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Ticks {
    busy: u64,
    total: u64,
    own: u64,
}

impl Sampler {
    /// For this process and everything below it; `TEND_PRESSURE` (`cpu,memory` in percent) replaces the machine.
    pub fn new() -> Self {
        let told = env::text(env::PRESSURE).and_then(|text| told(&text));
        Self::reading(PathBuf::from("/proc"), std::process::id(), told)
    }

    fn reading(proc: PathBuf, own: u32, told: Option<Pressure>) -> Self {
        let mut sampler = Self {
            proc,
            own,
            last: None,
            cpu: 0.0,
            told,
        };
        if told.is_none() {
            sampler.last = sampler.ticks();
        }
        sampler
    }

    /// Waits until the next sample knows the processors too: a tenth of a second, as MIRA's scheduler does.
    pub fn warm_up(&self) {
        if self.told.is_none() {
            super::process::pause(WARM_UP);
        }
    }

    /// The pressure now; `None` where it cannot be known.
    pub fn sample(&mut self) -> Option<Pressure> {
        if self.told.is_some() {
            return self.told;
        }
        let now = self.ticks()?;
        match self.last {
            Some(last) if now.total.saturating_sub(last.total) >= FEWEST_TICKS => {
                self.cpu = share(last, now);
                self.last = Some(now);
            }
            Some(_) => {}
            None => self.last = Some(now),
        }
        Some(Pressure {
            cpu: self.cpu,
            memory: memory(&fs::read_to_string(self.proc.join("meminfo")).ok()?)?,
        })
    }

    fn ticks(&self) -> Option<Ticks> {
        let (busy, total) = cpu(&fs::read_to_string(self.proc.join("stat")).ok()?)?;
        Some(Ticks {
            busy,
            total,
            own: tree_ticks(&self.proc, self.own),
        })
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Self::new()
    }
}

/// `cpu,memory` in percent.
fn told(text: &str) -> Option<Pressure> {
    let (cpu, memory) = text.split_once(',')?;
    let percent = |text: &str| text.trim().parse().ok().filter(|p: &f64| p.is_finite());
    Some(Pressure {
        cpu: percent(cpu)?,
        memory: percent(memory)?,
    })
}

#[allow(clippy::cast_precision_loss)] // differences between two samples, far below 2⁵²
fn share(last: Ticks, now: Ticks) -> f64 {
    let total = now.total.saturating_sub(last.total);
    if total == 0 {
        return 0.0;
    }
    let busy = now.busy.saturating_sub(last.busy);
    let own = now.own.saturating_sub(last.own);
    let others = busy.saturating_sub(own).min(total);
    100.0 * (others as f64 / total as f64)
}

/// Busy and all ticks from `/proc/stat`: user nice system idle iowait irq softirq steal; guests are part of user.
fn cpu(stat: &str) -> Option<(u64, u64)> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let mut fields = [0u64; 8];
    let mut values = line.split_whitespace();
    for field in &mut fields {
        // Old kernels have fewer columns.
        let Some(value) = values.next() else { break };
        *field = value.parse().ok()?;
    }
    let [user, nice, system, idle, iowait, irq, softirq, steal] = fields;
    let busy = [user, nice, system, irq, softirq, steal]
        .into_iter()
        .fold(0, u64::saturating_add);
    Some((busy, busy.saturating_add(idle).saturating_add(iowait)))
}

/// The share that is not available, in percent, from `/proc/meminfo`.
#[allow(clippy::cast_precision_loss)] // kibibytes, far below 2⁵²
fn memory(meminfo: &str) -> Option<f64> {
    let kib = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let (total, available) = (kib("MemTotal:")?, kib("MemAvailable:")?);
    (total > 0).then(|| 100.0 * (1.0 - available.min(total) as f64 / total as f64))
}

/// What one line of `/proc/PID/stat` tells: the parent, and the ticks of the process and of its children that ended.
fn process(stat: &str) -> Option<(u32, u64)> {
    // The name is in parentheses and may contain anything, parentheses and spaces included.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(1);
    let parent = fields.next()?.parse().ok()?;
    let ticks = fields
        .skip(9)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .fold(0, u64::saturating_add);
    Some((parent, ticks))
}

/// The ticks that a process and everything below it ever used. Those of the dead are in their parents' account, so the
/// sum does not shrink when a job ends.
fn tree_ticks(proc: &Path, root: u32) -> u64 {
    let Ok(entries) = fs::read_dir(proc) else {
        return 0;
    };
    let processes: HashMap<u32, (u32, u64)> = entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read(entry.path().join("stat")).ok()?;
            Some((pid, process(&String::from_utf8_lossy(&stat))?))
        })
        .collect();
    let below_root = |pid: u32| {
        let mut at = pid;
        // Longer than any real chain of parents; the table was not read in one moment and may hold a circle.
        for _ in 0..processes.len() {
            if at == root {
                return true;
            }
            match processes.get(&at) {
                Some((parent, _)) => at = *parent,
                None => return false,
            }
        }
        at == root
    };
    processes
        .iter()
        .filter(|(pid, _)| below_root(**pid))
        .fold(0, |sum, (_, (_, ticks))| sum.saturating_add(*ticks))
}

/// Pressure stall information: the share of the last ten seconds, in percent, in which work waited for a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stalls {
    /// Some processes waited for a processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    /// Some waited for memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Some waited for the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io: Option<f64>,
}

/// What the kernel says about stalls; reported, never decided upon: many kernels are built without it.
pub fn stalls() -> Stalls {
    stalls_in(Path::new("/proc/pressure"))
}

fn stalls_in(dir: &Path) -> Stalls {
    let some = |name| {
        let text = fs::read_to_string(dir.join(name)).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
        let value = line
            .split_whitespace()
            .find_map(|field| field.strip_prefix("avg10="))?;
        value.parse().ok()
    };
    Stalls {
        cpu: some("cpu"),
        memory: some("memory"),
        io: some("io"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    struct Machine(tempfile::TempDir);

    impl Machine {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn cpu(&self, user: u64, idle: u64) {
            let text = format!("cpu  {user} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2 3\n");
            self.write("stat", &text);
        }

        fn process(&self, pid: u32, parent: u32, ticks: u64) {
            let stat = format!("{pid} (a) b)) S {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1");
            self.write(&format!("{pid}/stat"), &stat);
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn the_cpu_of_our_own_jobs_is_not_counted() {
        let machine = Machine::new();
        machine.write(
            "meminfo",
            "MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  250 kB\n",
        );
        machine.cpu(1000, 1000);
        machine.process(7, 1, 100);
        machine.process(8, 7, 50);
        machine.process(9, 1, 600);
        let mut sampler = Sampler::reading(machine.0.path().to_owned(), 7, None);

        // Of 200 ticks 150 were busy, 90 of them in a job of ours that has ended meanwhile.
        machine.cpu(1150, 1050);
        fs::remove_dir_all(machine.0.path().join("8")).unwrap();
        machine.process(7, 1, 240);
        machine.process(9, 1, 660);
        let pressure = sampler.sample().unwrap();
        assert!(near(pressure.cpu, 30.0), "{pressure:?}");
        assert!(near(pressure.memory, 75.0), "{pressure:?}");

        // Too soon: the last answer stands.
        machine.cpu(1155, 1050);
        assert!(near(sampler.sample().unwrap().cpu, 30.0));
        machine.cpu(1250, 1050);
        assert!(near(sampler.sample().unwrap().cpu, 100.0));
    }

    #[test]
    fn a_machine_without_proc_tells_nothing() {
        let mut sampler = Sampler::reading(PathBuf::from("/nonexistent"), 1, None);
        assert_eq!(sampler.sample(), None);
        assert_eq!(stalls_in(Path::new("/nonexistent")), Stalls::default());
    }

    #[test]
    fn what_a_test_tells_replaces_the_machine() {
        let pressure = told("92, 40.5").unwrap();
        let mut sampler = Sampler::reading(PathBuf::from("/nonexistent"), 1, Some(pressure));
        assert_eq!(sampler.sample(), Some(pressure));
        for nonsense in ["", "92", "a,b", "NaN,1", "1,2,3"] {
            assert_eq!(told(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let machine = Machine::new();
        machine.process(2, 3, 1);
        machine.process(3, 2, 1);
        machine.process(4, 4, 1);
        assert_eq!(tree_ticks(machine.0.path(), 9), 0);
        assert_eq!(tree_ticks(machine.0.path(), 3), 2);
    }

    #[test]
    fn stalls_are_the_averages_over_ten_seconds() {
        let machine = Machine::new();
        machine.write(
            "cpu",
            "some avg10=12.50 avg60=0.18 avg300=0.48 total=1\nfull avg10=1.00\n",
        );
        machine.write("io", "nonsense");
        let stalls = stalls_in(machine.0.path());
        assert_eq!(
            (stalls.cpu, stalls.memory, stalls.io),
            (Some(12.5), None, None)
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_shares_are_percentages(
            text in r"\PC*|cpu [0-9 ]*|MemTotal:[0-9 ]*\nMemAvailable:[0-9 ]*|[0-9]+ \(.*\) [0-9A-Z ]*",
            a: [u64; 3], b: [u64; 3]
        ) {
            let _ = (cpu(&text), process(&text), told(&text));
            prop_assert!(memory(&text).is_none_or(|m| (0.0..=100.0).contains(&m)));
            let ticks = |[busy, total, own]: [u64; 3]| Ticks { busy, total, own };
            prop_assert!((0.0..=100.0).contains(&share(ticks(a), ticks(b))));
        }
    }
}
