//! How long a task takes on this host, from what its last runs took.
//!
//! The quantiles are conformal: of n exchangeable durations the ⌈(n+1)p⌉-th smallest is not exceeded by the next one
//! with probability p or more, whatever their distribution. Durations of tools are too skewed for a mean and a deviation.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::rules::{Rules, UNKNOWN};
use crate::queue::{Execution, ExecutionKind};
use crate::tasks::outcome::{Interruption, Outcome};

/// How many durations an estimate looks at: old ones describe another project.
const RING: usize = 19;
/// How many runs "often" and "quick" look at.
const RECENT: usize = 10;

/// How a run ended, as far as its duration is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleKind {
    /// It did all of its work.
    Succeeded,
    /// It ended by itself, badly.
    Failed,
    /// A budget or a time-out ended it: it would have taken longer.
    Killed,
}

impl SampleKind {
    /// What an outcome says about the duration; `None` where it says nothing.
    ///
    /// A shutdown is no statement about the task: counting it as a cut would bar tasks from windows that hold them.
    pub const fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Exited { code: 0 } => Some(Self::Succeeded),
            Outcome::Exited { .. }
            | Outcome::Signalled { .. }
            | Outcome::ToolFailed { .. }
            | Outcome::AgentFailed(_)
            | Outcome::MemoryExceeded
            | Outcome::CpuExceeded
            | Outcome::OutputExceeded => Some(Self::Failed),
            Outcome::TimedOut
            | Outcome::Interrupted {
                by: Interruption::Budget,
            } => Some(Self::Killed),
            Outcome::SpawnFailed { .. }
            | Outcome::NoSpace
            | Outcome::Postponed(_)
            | Outcome::SupervisorLost
            | Outcome::Interrupted { .. } => None,
        }
    }
}

/// One run of a task on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How long it ran.
    pub ms: i64,
    /// How it ended.
    pub kind: SampleKind,
    /// The repository's opportunity counter when it ran.
    pub opportunity: i64,
}

impl From<&Execution> for Sample {
    fn from(execution: &Execution) -> Self {
        Self {
            ms: execution.ms,
            kind: match execution.kind {
                ExecutionKind::Succeeded => SampleKind::Succeeded,
                ExecutionKind::Failed => SampleKind::Failed,
                ExecutionKind::Killed => SampleKind::Killed,
            },
            opportunity: execution.opportunity,
        }
    }
}

impl Sample {
    fn duration(&self) -> Duration {
        Duration::from_millis(self.ms.try_into().unwrap_or(0))
    }
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// This many runs.
    History {
        /// How many.
        n: usize,
    },
    /// The task's `expect`.
    Expect,
    /// Nothing.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::History { n: 1 } => f.write_str("1 run"),
            Self::History { n } => write!(f, "{n} runs"),
            Self::Expect => f.write_str("`expect`"),
            Self::Default => f.write_str("no run yet"),
        }
    }
}

/// How long the next run will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// Half of the runs take no longer.
    #[serde(rename = "q50_ms", serialize_with = "millis")]
    pub q50: Duration,
    /// Nine of ten take no longer.
    #[serde(rename = "q90_ms", serialize_with = "millis")]
    pub q90: Duration,
    /// What this rests on.
    pub source: Source,
}

impl Estimate {
    /// No run outlives its time-out.
    #[must_use]
    pub fn capped(self, timeout: Duration) -> Self {
        Self {
            q50: self.q50.min(timeout),
            q90: self.q90.min(timeout),
            ..self
        }
    }
}

pub(super) fn millis<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(duration.as_millis().try_into().unwrap_or(u64::MAX))
}

/// The newest runs in a row that were killed: what is known of a task that never gets to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// How many.
    pub count: u32,
    /// The longest of them.
    pub longest: Duration,
}

/// What the runs of a task on this host say, worked out once per refresh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    history: Option<Estimate>,
    /// Runs in the ring that ended by themselves.
    pub completed: usize,
    /// Mean duration of the last ten runs that ended by themselves.
    pub mean: Option<Duration>,
    /// How many of the last ten runs that ended by themselves failed.
    pub failed: usize,
    /// Opportunities since the newest run; `None` if it never ran.
    pub since_run: Option<i64>,
    /// Opportunities since the newest run that ended by itself.
    pub since_completed: Option<i64>,
    /// The cuts since then.
    pub cuts: Cuts,
}

impl Record {
    /// Reads the runs of a task, newest last, at the opportunity counter `now`.
    ///
    /// Failed runs count as durations where they took at least as long as the usual success: a failing test run takes
    /// its time, and the budget pays for time, not for verdicts. A shorter one tells how soon the work broke, not how
    /// long it is; counted, a day of broken builds would admit a long task into short windows on the first good commit.
    pub fn new(samples: &[Sample], now: i64, rules: &Rules) -> Self {
        let ended = || {
            samples
                .iter()
                .rev()
                .filter(|s| s.kind != SampleKind::Killed)
        };
        let recent: Vec<&Sample> = ended().take(RECENT).collect();
        let completed = completed_ring(samples);
        let cuts = samples
            .iter()
            .rev()
            .take_while(|s| s.kind == SampleKind::Killed)
            .fold(Cuts::default(), |cuts, sample| Cuts {
                count: cuts.count + 1,
                longest: cuts.longest.max(sample.duration()),
            });
        Self {
            history: history(samples, &completed, now, rules),
            completed: completed.len(),
            mean: mean(&recent),
            failed: recent
                .iter()
                .filter(|s| s.kind == SampleKind::Failed)
                .count(),
            since_run: samples.last().map(|s| now.saturating_sub(s.opportunity)),
            since_completed: ended().next().map(|s| now.saturating_sub(s.opportunity)),
            cuts,
        }
    }

    /// The estimate for a job that brings `expect` along.
    pub fn estimate(&self, expect: Option<Duration>) -> Estimate {
        self.history.unwrap_or_else(|| {
            let (value, source) = match expect {
                Some(expect) => (expect, Source::Expect),
                None => (UNKNOWN, Source::Default),
            };
            Estimate {
                q50: value,
                q90: value,
                source,
            }
        })
    }
}

/// The newest durations of runs that show how long the work is, newest first.
fn completed_ring(samples: &[Sample]) -> Vec<(usize, Duration)> {
    let newest_first = || samples.iter().enumerate().rev();
    let mut succeeded: Vec<Duration> = newest_first()
        .filter(|(_, s)| s.kind == SampleKind::Succeeded)
        .map(|(_, s)| s.duration())
        .take(RING)
        .collect();
    let usual = quantile(&mut succeeded, 50).unwrap_or_default();
    newest_first()
        .filter(|(_, s)| match s.kind {
            SampleKind::Succeeded => true,
            SampleKind::Failed => s.duration() >= usual,
            SampleKind::Killed => false,
        })
        .map(|(at, s)| (at, s.duration()))
        .take(RING)
        .collect()
}

fn history(
    samples: &[Sample],
    completed: &[(usize, Duration)],
    now: i64,
    rules: &Rules,
) -> Option<Estimate> {
    let longest = completed.iter().map(|(_, d)| *d).max().unwrap_or_default();
    let counts = |sample: &Sample| {
        rules
            .killed_counts_for
            .is_none_or(|limit| now.saturating_sub(sample.opportunity) <= limit)
    };
    let killed = samples
        .iter()
        .enumerate()
        .filter(|(_, s)| s.kind == SampleKind::Killed && counts(s))
        .map(|(at, s)| (at, half_more(longest.max(s.duration()))));
    let mut ring: Vec<(usize, Duration)> = completed.iter().copied().chain(killed).collect();
    ring.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
    let mut durations: Vec<Duration> = ring.into_iter().map(|(_, d)| d).take(RING).collect();
    Some(Estimate {
        q50: quantile(&mut durations, 50)?,
        q90: quantile(&mut durations, 90)?,
        source: Source::History { n: durations.len() },
    })
}

/// The ⌈(n+1)p⌉-th smallest; with too few for that, half more than the largest. `None` of nothing.
fn quantile(durations: &mut [Duration], percent: usize) -> Option<Duration> {
    durations.sort_unstable();
    let rank = ((durations.len() + 1) * percent).div_ceil(100);
    match durations.get(rank.saturating_sub(1)) {
        Some(duration) => Some(*duration),
        None => durations.last().map(|longest| half_more(*longest)),
    }
}

fn half_more(duration: Duration) -> Duration {
    duration.saturating_add(duration / 2)
}

fn mean(samples: &[&Sample]) -> Option<Duration> {
    let count = u32::try_from(samples.len()).ok().filter(|n| *n > 0)?;
    let sum = samples
        .iter()
        .fold(Duration::ZERO, |sum, s| sum.saturating_add(s.duration()));
    Some(sum / count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(ms: i64, kind: SampleKind, opportunity: i64) -> Sample {
        Sample {
            ms,
            kind,
            opportunity,
        }
    }

    fn succeeded(ms: &[i64]) -> Vec<Sample> {
        ms.iter()
            .map(|ms| sample(*ms, SampleKind::Succeeded, 0))
            .collect()
    }

    fn record(samples: &[Sample], now: i64) -> Record {
        Record::new(samples, now, &Rules::default())
    }

    fn estimate(samples: &[Sample], now: i64) -> (u128, u128, Source) {
        let Estimate { q50, q90, source } = record(samples, now).estimate(None);
        (q50.as_millis(), q90.as_millis(), source)
    }

    #[test]
    fn without_runs_the_task_says_or_five_seconds() {
        assert_eq!(estimate(&[], 0), (5000, 5000, Source::Default));
        let said = record(&[], 0).estimate(Some(Duration::from_secs(20)));
        assert_eq!(
            (said.q50, said.source),
            (Duration::from_secs(20), Source::Expect)
        );
    }

    #[test]
    fn the_quantiles_are_the_conformal_ones() {
        let n = |n: i64| succeeded(&(1..=n).map(|i| i * 100).collect::<Vec<_>>());
        // Eight are too few for nine of ten; nine are enough for the largest; nineteen for the second largest.
        assert_eq!(estimate(&n(1), 0), (100, 150, Source::History { n: 1 }));
        assert_eq!(estimate(&n(8), 0), (500, 1200, Source::History { n: 8 }));
        assert_eq!(estimate(&n(9), 0), (500, 900, Source::History { n: 9 }));
        assert_eq!(estimate(&n(19), 0), (1000, 1800, Source::History { n: 19 }));
        // Only the newest nineteen count.
        assert_eq!(estimate(&n(40), 0), (3100, 3900, Source::History { n: 19 }));
    }

    #[test]
    fn a_failure_counts_when_it_took_as_long_as_the_work_does() {
        let mut samples = succeeded(&[1000, 1000, 1000]);
        samples.push(sample(20, SampleKind::Failed, 0));
        assert_eq!(
            estimate(&samples, 0),
            (1000, 1500, Source::History { n: 3 })
        );
        samples.push(sample(4000, SampleKind::Failed, 0));
        assert_eq!(
            estimate(&samples, 0),
            (1000, 6000, Source::History { n: 4 })
        );
        let only_failures = [sample(300, SampleKind::Failed, 0)];
        assert_eq!(
            estimate(&only_failures, 0),
            (300, 450, Source::History { n: 1 })
        );
    }

    #[test]
    fn a_killed_run_counts_half_more_and_for_three_opportunities() {
        let mut samples = succeeded(&[2000]);
        samples.push(sample(1000, SampleKind::Killed, 7));
        // 1.5 times the longest known, not of the shorter time at which it was killed.
        assert_eq!(estimate(&samples, 8).0, 3000);
        assert_eq!(estimate(&samples, 10).0, 3000);
        assert_eq!(estimate(&samples, 11).0, 2000);
        assert_eq!(record(&samples, 11).cuts.count, 1);
    }

    #[test]
    fn cuts_are_those_since_the_last_run_that_ended() {
        let mut samples = vec![
            sample(9, SampleKind::Killed, 1),
            sample(5, SampleKind::Failed, 2),
            sample(30, SampleKind::Killed, 3),
            sample(20, SampleKind::Killed, 4),
        ];
        let cuts = record(&samples, 6).cuts;
        assert_eq!((cuts.count, cuts.longest.as_millis()), (2, 30));
        assert_eq!(record(&samples, 6).since_run, Some(2));
        assert_eq!(record(&samples, 6).since_completed, Some(4));
        samples.push(sample(10, SampleKind::Succeeded, 5));
        assert_eq!(record(&samples, 6).cuts, Cuts::default());
    }

    #[test]
    fn nonsense_from_the_store_is_harmless() {
        let samples = [
            sample(i64::MIN, SampleKind::Succeeded, i64::MAX),
            sample(i64::MAX, SampleKind::Killed, i64::MIN),
            sample(-1, SampleKind::Failed, 0),
        ];
        let _ = estimate(&samples, i64::MIN);
        let _ = estimate(&samples, i64::MAX);
    }

    fn any_samples() -> impl Strategy<Value = Vec<Sample>> {
        let kind = prop_oneof![
            Just(SampleKind::Succeeded),
            Just(SampleKind::Failed),
            Just(SampleKind::Killed)
        ];
        prop::collection::vec((0i64..500_000, kind, 0i64..30), 0..100).prop_map(|rows| {
            rows.into_iter()
                .map(|(ms, kind, opportunity)| sample(ms, kind, opportunity))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn q50_never_exceeds_q90_and_both_are_bounded(samples in any_samples(), now in 0i64..40) {
            let estimate = record(&samples, now).estimate(None);
            let longest = samples.iter().map(Sample::duration).max().unwrap_or(UNKNOWN);
            prop_assert!(estimate.q50 <= estimate.q90);
            if estimate.source != Source::Default {
                prop_assert!(estimate.q90 <= half_more(half_more(longest)));
            }
        }

        #[test]
        fn slower_runs_never_lower_an_estimate(
            ms in prop::collection::vec(1i64..100_000, 1..40), slower in prop::collection::vec(0i64..100_000, 40)
        ) {
            let more: Vec<i64> = ms.iter().zip(&slower).map(|(a, b)| a + b).collect();
            let (fast, slow) = (estimate(&succeeded(&ms), 0), estimate(&succeeded(&more), 0));
            prop_assert!(fast.0 <= slow.0 && fast.1 <= slow.1);
        }

        /// The conformal promise itself: over the rotations of an exchangeable sequence, the next duration stays within
        /// q90 at least nine times in ten, and within q50 at least half of the time.
        #[test]
        fn the_next_duration_stays_within_its_quantile(ms in prop::collection::vec(1i64..100_000, 10..=20)) {
            let within = |quantile: fn(&(u128, u128, Source)) -> u128| {
                (0..ms.len())
                    .filter(|left_out| {
                        let mut rest = ms.clone();
                        let next = rest.remove(*left_out);
                        i128::from(next) <= quantile(&estimate(&succeeded(&rest), 0)).try_into().unwrap_or(i128::MAX)
                    })
                    .count()
            };
            prop_assert!(within(|e| e.0) * 100 >= ms.len() * 50);
            prop_assert!(within(|e| e.1) * 100 >= ms.len() * 90);
        }
    }
}
