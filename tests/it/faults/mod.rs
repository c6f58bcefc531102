//! Faults by injection: killed at every system call, disks that fill, storms of killed processes. What must hold
//! afterwards is checked against a ledger that the jobs write themselves.
//!
//! Shortened by default; `TEND_FAULTS=full cargo test --test it faults` runs all of it.

mod budget;
mod crash_points;
mod disk;
pub mod ledger;
mod reboot;
mod storm;
mod stranded;

/// Whether everything is to be tried, however long it takes.
pub fn full() -> bool {
    std::env::var_os("TEND_FAULTS").is_some_and(|value| value == "full")
}
