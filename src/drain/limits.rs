//! The limits of a job: what a supervisor puts on itself for the job to inherit, and what of it really holds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::system::cgroup::{Delegation, Leaf};
use crate::system::rusage;
use crate::tasks::spec::Limits;

/// The start of the name of every control group that is ours.
pub const LEAF_PREFIX: &str = "git-tend-";

/// How a limit is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    /// By a control group.
    Cgroup,
    /// By the supervisor, which looks several times a second.
    Sampled,
    /// By a resource limit of each process.
    Rlimit,
}

/// Which limits really hold; what is absent was not asked for or is not enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enforced {
    /// Resident memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Means>,
    /// CPU time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Means>,
    /// Size of a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_size: Option<Means>,
    /// The niceness it ran with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nice: Option<i32>,
    /// The I/O class it ran in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub io_class: Option<IoClass>,
    /// Share of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<Means>,
}

/// Classes of the I/O scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IoClass {
    /// Served when nobody else asks.
    Idle,
}

/// Puts the limits on the calling process, which is about to start the job and hands them on to it.
///
/// None of them can fail the job: what cannot be had is missing from the answer.
pub fn apply(
    limits: &Limits,
    grace: Duration,
    delegation: Option<&Delegation>,
    cookie: &str,
) -> (Enforced, Option<Leaf>) {
    let leaf = delegation.and_then(|delegation| enter_leaf(limits, delegation, cookie));
    let by_group = |has: fn(&Delegation) -> bool| {
        (leaf.is_some() && delegation.is_some_and(has)).then_some(Means::Cgroup)
    };
    let nice = limits
        .nice
        .and_then(|niceness| rusage::be_nice(niceness).ok());
    let enforced = Enforced {
        memory: limits
            .memory
            .map(|_| by_group(|delegation| delegation.memory).unwrap_or(Means::Sampled)),
        cpu: limits.cpu_seconds.map(|seconds| {
            // Behind the samples, for a supervisor that is starved: each process on its own account, after the grace.
            let _ = rusage::limit_cpu(seconds.saturating_add(grace.as_secs()).saturating_add(2));
            Means::Sampled
        }),
        file_size: limits
            .file_size
            .and_then(|bytes| rusage::limit_file_size(bytes).ok())
            .map(|()| Means::Rlimit),
        nice,
        io_class: limits
            .nice
            .filter(|&niceness| niceness > 0)
            .and_then(|_| rusage::be_idle_in_io().ok())
            .map(|()| IoClass::Idle),
        cpu_percent: limits
            .cpu_percent
            .and_then(|_| by_group(|delegation| delegation.cpu)),
    };
    (enforced, leaf)
}

/// A control group costs more than a short job; it is made only for a limit that it can enforce.
fn enter_leaf(limits: &Limits, delegation: &Delegation, cookie: &str) -> Option<Leaf> {
    let useful = (limits.memory.is_some() && delegation.memory)
        || (limits.cpu_percent.is_some() && delegation.cpu);
    if !useful {
        return None;
    }
    let name = format!("{LEAF_PREFIX}{cookie}");
    let mut leaf = Leaf::create(delegation, &name, limits.memory, limits.cpu_percent).ok()?;
    match leaf.enter() {
        Ok(()) => Some(leaf),
        Err(_) => {
            leaf.remove();
            None
        }
    }
}
