//! The load gate: how many jobs may run, and whether only critical ones may start, on a machine that others use too.

use std::time::Duration;

use crate::config::Priority;

/// Above this share of CPU only critical jobs start.
const CPU_BUSY: f64 = 80.0;
/// Above this share of memory only critical jobs start.
const MEMORY_BUSY: f64 = 85.0;
/// Above this share of either a slot is given back at each check.
const OVERLOADED: f64 = 90.0;
/// Below this share of CPU, and
const CPU_IDLE: f64 = 50.0;
/// below this share of memory, a slot is taken again.
const MEMORY_IDLE: f64 = 70.0;
/// How often the number of slots may change.
pub const CHECK_EVERY: Duration = Duration::from_secs(30);

/// What the machine does apart from our own jobs, in percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Busy share of all processors.
    pub cpu: f64,
    /// Share of memory that is not available.
    pub memory: f64,
}

impl Load {
    /// Whether only critical jobs may start.
    pub fn is_busy(&self) -> bool {
        self.cpu > CPU_BUSY || self.memory > MEMORY_BUSY
    }

    /// What is too much, and how much of it is in use, in percent, where [`Self::is_busy`].
    pub fn worst(&self) -> Option<(&'static str, f64)> {
        if self.memory > MEMORY_BUSY {
            Some(("memory", self.memory))
        } else {
            (self.cpu > CPU_BUSY).then_some(("CPU", self.cpu))
        }
    }

    /// What is too much, in words, where [`Self::is_busy`].
    pub fn busy(&self) -> Option<String> {
        let over: Vec<String> = [
            ("memory", self.memory, MEMORY_BUSY),
            ("CPU", self.cpu, CPU_BUSY),
        ]
        .into_iter()
        .filter(|(_, share, most)| share > most)
        .map(|(what, share, most)| format!("{what} is {share:.0} % in use, above {most:.0} %"))
        .collect();
        (!over.is_empty()).then(|| over.join(" and "))
    }
}

/// The state between two samples. Moments are spans since the drain started, on a monotonic clock.
#[derive(Clone, Debug)]
pub struct LoadGate {
    max_slots: u32,
    slots: u32,
    bypassed: bool,
    load: Option<Load>,
    checked_at: Option<Duration>,
}

impl LoadGate {
    /// A gate in front of `max_slots` slots; without a sample it is open.
    pub fn new(max_slots: u32) -> Self {
        Self {
            max_slots: max_slots.max(1),
            slots: max_slots.max(1),
            bypassed: false,
            load: None,
            checked_at: None,
        }
    }

    /// A gate that is always open: `run`, `run-all`, gates of hooks, and `load_gate = false`.
    pub fn bypassed(max_slots: u32) -> Self {
        Self {
            bypassed: true,
            ..Self::new(max_slots)
        }
    }

    /// Takes a sample; every [`CHECK_EVERY`] the number of slots follows it.
    pub fn feed(&mut self, load: Load, elapsed: Duration) {
        self.load = Some(load);
        let due = self
            .checked_at
            .is_none_or(|at| elapsed >= at.saturating_add(CHECK_EVERY));
        if !due {
            return;
        }
        self.checked_at = Some(elapsed);
        if load.cpu > OVERLOADED || load.memory > OVERLOADED {
            self.slots = self.slots.saturating_sub(1).max(1);
        } else if load.cpu < CPU_IDLE && load.memory < MEMORY_IDLE {
            self.slots = self.slots.saturating_add(1).min(self.max_slots);
        }
    }

    /// How many jobs may run at once.
    pub const fn slots(&self) -> u32 {
        if self.bypassed {
            self.max_slots
        } else {
            self.slots
        }
    }

    /// What keeps a job of this (native) band from starting, if anything does.
    pub fn blocks(&self, native: Priority) -> Option<Load> {
        self.load
            .filter(|load| !self.bypassed && native != Priority::Critical && load.is_busy())
    }

    /// Whether the load keeps everything but critical jobs from starting.
    pub fn is_closed(&self) -> bool {
        self.blocks(Priority::Deferred).is_some()
    }

    /// The newest sample.
    pub const fn load(&self) -> Option<Load> {
        self.load
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    const fn load(cpu: f64, memory: f64) -> Load {
        Load { cpu, memory }
    }

    #[test]
    fn a_busy_machine_starts_critical_jobs_only() {
        for (cpu, memory, busy) in [
            (80.0, 85.0, false),
            (80.1, 0.0, true),
            (0.0, 85.1, true),
            (100.0, 100.0, true),
        ] {
            let mut gate = LoadGate::new(4);
            gate.feed(load(cpu, memory), Duration::ZERO);
            assert_eq!(
                gate.blocks(Priority::High).is_some(),
                busy,
                "{cpu} {memory}"
            );
            assert_eq!(gate.blocks(Priority::Critical), None);
        }
    }

    #[test]
    fn slots_follow_the_load_one_per_check() {
        let mut gate = LoadGate::new(3);
        let mut slots = Vec::new();
        for (at, cpu) in [
            (0, 95.0),
            (10, 95.0),
            (30, 95.0),
            (60, 95.0),
            (90, 60.0),
            (120, 10.0),
            (149, 10.0),
            (150, 10.0),
            (180, 10.0),
        ] {
            gate.feed(load(cpu, 0.0), secs(at));
            slots.push(gate.slots());
        }
        assert_eq!(slots, [2, 2, 1, 1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_bypassed_gate_and_one_that_knows_nothing_are_open() {
        let mut gate = LoadGate::bypassed(2);
        gate.feed(load(100.0, 100.0), Duration::ZERO);
        assert_eq!((gate.slots(), gate.is_closed()), (2, false));
        assert!(!LoadGate::new(2).is_closed());
        assert_eq!(LoadGate::new(0).slots(), 1);
    }

    proptest! {
        #[test]
        fn there_is_always_a_slot_and_never_one_too_many(
            max in 0u32..8, samples in prop::collection::vec((0.0f64..120.0, 0.0f64..120.0, 0u64..10_000), 0..50)
        ) {
            let mut gate = LoadGate::new(max);
            for (cpu, memory, at) in samples {
                let before = gate.slots();
                gate.feed(load(cpu, memory), secs(at));
                prop_assert!((1..=max.max(1)).contains(&gate.slots()));
                prop_assert!(gate.slots().abs_diff(before) <= 1);
            }
        }
    }
}
