//! Why a job does not start, for programs and in words.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Why a job does not start.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Its time has not come: scheduled, retrying or snoozed.
    NotYet {
        /// When it comes.
        run_at: Timestamp,
    },
    /// Its deadline has passed; the queue will let it expire.
    DeadlinePassed,
    /// A job that must run without others is running.
    BesideAlone,
    /// It must run without others, and others are running.
    OthersRunning,
    /// Others use the machine.
    Busy {
        /// Share of CPU, in percent.
        cpu: f64,
        /// Share of memory, in percent.
        memory: f64,
    },
    /// Its band waits for mains power.
    OnBattery,
    /// As many jobs run as may.
    NoSlot,
    /// The budget is used up.
    WindowOver,
    /// Not enough is left of this window.
    DoesNotFit {
        /// What nine of ten runs need.
        needs: Duration,
        /// What is left.
        left: Duration,
    },
    /// It was cut too often; it waits for more time than it had.
    CutBefore {
        /// Cuts in a row.
        cuts: u32,
        /// The longest time that was not enough.
        longest: Duration,
    },
    /// It may not be cut, and its time-out does not fit.
    MayNotBeCut {
        /// Its time-out.
        timeout: Duration,
        /// What is left.
        left: Duration,
    },
    /// No configured window holds it, and it may not run detached.
    TooBig {
        /// The task.
        task: String,
        /// What it needs.
        needs: Duration,
        /// Whether it needs more than that: it never got to its end.
        at_least: bool,
        /// The largest window.
        largest: Duration,
    },
    /// Another job runs detached; then it is this one's turn.
    DetachedInUse,
}

impl Reason {
    /// Whether nothing that can happen within this window changes it: room only shrinks.
    pub const fn lasts(&self) -> bool {
        matches!(
            self,
            Self::DeadlinePassed
                | Self::WindowOver
                | Self::DoesNotFit { .. }
                | Self::CutBefore { .. }
                | Self::MayNotBeCut { .. }
                | Self::TooBig { .. }
        )
    }
}

/// A duration as people say it: tenths below ten seconds, seconds below ten minutes, minutes above.
pub(super) fn spoken(duration: Duration) -> String {
    let ms = duration.as_millis();
    if ms < 9_950 {
        format!("{}.{} s", (ms + 50) / 1000, (ms + 50) % 1000 / 100)
    } else if ms < 600_000 {
        format!("{} s", (ms + 500) / 1000)
    } else {
        format!("{} min", (ms + 30_000) / 60_000)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotYet { run_at } => write!(f, "not before {run_at}"),
            Self::DeadlinePassed => f.write_str("its deadline has passed"),
            Self::BesideAlone => f.write_str("a job that must run alone is running"),
            Self::OthersRunning => f.write_str("must run alone, and other jobs are running"),
            Self::Busy { cpu, memory } => write!(
                f,
                "the machine is busy (CPU {cpu:.0} %, memory {memory:.0} %): only critical jobs start"
            ),
            Self::OnBattery => f.write_str("low and deferred jobs wait for mains power"),
            Self::NoSlot => f.write_str("every slot is in use"),
            Self::WindowOver => f.write_str("the budget is used up"),
            Self::DoesNotFit { needs, left } => write!(
                f,
                "needs {}, {} are left of this window",
                spoken(*needs),
                spoken(*left)
            ),
            Self::CutBefore { cuts, longest } => write!(
                f,
                "was cut {cuts} times, after up to {}: waits for a larger window",
                spoken(*longest)
            ),
            Self::MayNotBeCut { timeout, left } => write!(
                f,
                "may not be interrupted, and its time-out of {} does not fit into the {} that are left",
                spoken(*timeout),
                spoken(*left)
            ),
            Self::TooBig {
                task,
                needs,
                at_least,
                largest,
            } => write!(
                f,
                "{task} needs {}{}, your largest window is {}",
                if *at_least { "more than " } else { "" },
                spoken(*needs),
                spoken(*largest)
            ),
            Self::DetachedInUse => f.write_str("waits until another long job's detached run ends"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_say_them() {
        for (ms, text) in [
            (0, "0.0 s"),
            (1_949, "1.9 s"),
            (1_950, "2.0 s"),
            (9_949, "9.9 s"),
            (9_950, "10 s"),
            (94_600, "95 s"),
            (599_999, "600 s"),
            (600_000, "10 min"),
            (3_600_000, "60 min"),
        ] {
            assert_eq!(spoken(Duration::from_millis(ms)), text);
        }
        assert!(spoken(Duration::MAX).ends_with(" min"));
    }
}
