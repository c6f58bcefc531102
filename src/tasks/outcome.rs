//! What a run came to, and what happens to its job next.
//!
//! A child's exit code is a result: a failing test run that is run again fails again. Only what says nothing about the
//! work (a signal, a time-out, a full disk, a program that could not be started) is worth another attempt.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::left::{AgentFailure, Postponed};
use crate::queue::{Category, Exit, Next};

/// No retry waits longer.
pub const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// How long a job whose program is missing sleeps.
///
/// The drain that missed it may have had cron's minimal PATH; the next one, started by a hook, has the user's. An attempt
/// costs milliseconds, so the sleep only has to be longer than the usual interval of cron drains.
pub const MISSING_TOOL_SNOOZE: Duration = Duration::from_secs(15 * 60);

/// How long after it was queued a job still waits for its program.
///
/// Within a week both kinds of drain have had their turn: the program is not installed.
pub const MISSING_TOOL_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Who ended a run that would have gone on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Interruption {
    /// The drain's budget was used up.
    Budget,
    /// The drain was told to end (SIGINT, SIGTERM, the session's end).
    Shutdown,
    /// The machine was restarted.
    Reboot,
    /// `git tend stop --force`.
    Stop,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// It exited by itself.
    Exited {
        /// Its exit code.
        code: i32,
    },
    /// A signal that was not ours ended it.
    Signalled {
        /// Which.
        signal: i32,
    },
    /// It ran longer than its time-out.
    TimedOut,
    /// Its processes together used more memory than allowed.
    MemoryExceeded,
    /// They used more CPU time than allowed.
    CpuExceeded,
    /// Its log or a file it wrote grew larger than allowed.
    OutputExceeded,
    /// It could not be started.
    SpawnFailed {
        /// What the system said.
        message: String,
        /// Whether the program does not exist here.
        missing_tool: bool,
    },
    /// It is a tool whose report could not be had.
    ToolFailed {
        /// What went wrong.
        message: String,
    },
    /// The agent that it calls failed.
    AgentFailed(AgentFailure),
    /// It found that it is too early.
    Postponed(Postponed),
    /// Somebody ended it although nothing was wrong with it.
    Interrupted {
        /// Who.
        by: Interruption,
    },
    /// The disk was full.
    NoSpace,
    /// The supervisor vanished without a report.
    SupervisorLost,
}

impl Outcome {
    /// The name stored with the run.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Exited { code: 0 } => "succeeded",
            Self::Exited { .. } => "exited",
            Self::Signalled { .. } => "signalled",
            Self::TimedOut => "timed-out",
            Self::MemoryExceeded => "memory-exceeded",
            Self::CpuExceeded => "cpu-exceeded",
            Self::OutputExceeded => "output-exceeded",
            Self::SpawnFailed { .. } => "spawn-failed",
            Self::ToolFailed { .. } => "tool-failed",
            Self::AgentFailed(_) => "agent-failed",
            Self::Postponed(_) => "postponed",
            Self::Interrupted { .. } => "interrupted",
            Self::NoSpace => "no-space",
            Self::SupervisorLost => "supervisor-lost",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited { code } => write!(f, "exited with code {code}"),
            Self::Signalled { signal } => write!(f, "killed by signal {signal}"),
            Self::TimedOut => f.write_str("ran longer than its time-out"),
            Self::MemoryExceeded => f.write_str("used more memory than its limit"),
            Self::CpuExceeded => f.write_str("used more CPU time than its limit"),
            Self::OutputExceeded => f.write_str("wrote more than its limit"),
            Self::SpawnFailed { message, .. } => write!(f, "could not be started: {message}"),
            Self::ToolFailed { message } | Self::AgentFailed(AgentFailure { message, .. }) => {
                f.write_str(message)
            }
            Self::Postponed(postponed) => f.write_str(&postponed.reason),
            Self::Interrupted { by } => f.write_str(match by {
                Interruption::Budget => "cut by the drain's budget",
                Interruption::Shutdown => "ended with its drain",
                Interruption::Reboot => "ended by a restart of the machine",
                Interruption::Stop => "ended by `git tend stop --force`",
            }),
            Self::NoSpace => f.write_str("no space left on the device"),
            Self::SupervisorLost => f.write_str("its supervisor vanished"),
        }
    }
}

/// What decides about a job after a run, apart from the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Counted starts, this run included: 1 after the first run.
    pub attempt: u32,
    /// How often a failed attempt may be repeated.
    pub max_retries: u32,
    /// First wait before a retry.
    pub retry_delay: Duration,
    /// Exit codes that are worth another attempt.
    pub retry_on: &'a [i32],
    /// Whether a person typed the command and waits for the answer.
    pub awaited: bool,
    /// Whether the output was read into a verdict, which then says what a non-zero exit code meant.
    pub verdict_read: bool,
    /// When the job was first enqueued.
    pub queued_at: Timestamp,
}

/// Decides what happens after a run. `jitter` is a random number in [−1, 1]; others are clamped.
pub fn settle(outcome: &Outcome, policy: &Policy<'_>, now: Timestamp, jitter: f64) -> Next {
    match outcome {
        Outcome::Exited { code } if policy.retry_on.contains(code) => {
            retry_or(Category::MaxRetries, outcome, policy, now, jitter)
        }
        Outcome::Exited { code } if *code == 0 || policy.verdict_read => Next::Done,
        // A limit is a property of the task: the same work would run into it again.
        Outcome::Exited { .. }
        | Outcome::MemoryExceeded
        | Outcome::CpuExceeded
        | Outcome::OutputExceeded => Next::Failed {
            category: Category::Permanent,
            error: outcome.to_string(),
        },
        // Whoever waits for it reads what is wrong and decides; in the background it may have been the network.
        Outcome::ToolFailed { .. } if policy.awaited => Next::Failed {
            category: Category::Permanent,
            error: outcome.to_string(),
        },
        Outcome::AgentFailed(failure) => {
            let exhausted = match failure {
                AgentFailure { retries: 0, .. } => Category::Permanent,
                AgentFailure {
                    timed_out: true, ..
                } => Category::Timeout,
                AgentFailure { .. } => Category::MaxRetries,
            };
            let policy = Policy {
                max_retries: failure.retries,
                ..*policy
            };
            retry_or(exhausted, outcome, &policy, now, jitter)
        }
        Outcome::Postponed(postponed) => Next::Snooze {
            at: postponed.until,
            reason: postponed.reason.clone(),
        },
        Outcome::TimedOut => retry_or(Category::Timeout, outcome, policy, now, jitter),
        Outcome::SpawnFailed {
            message,
            missing_tool: true,
        } => missing_tool(message, policy, now),
        Outcome::Signalled { .. }
        | Outcome::ToolFailed { .. }
        | Outcome::SpawnFailed { .. }
        | Outcome::NoSpace
        | Outcome::SupervisorLost => retry_or(Category::MaxRetries, outcome, policy, now, jitter),
        Outcome::Interrupted { .. } => Next::Interrupted {
            reason: outcome.to_string(),
        },
    }
}

fn missing_tool(message: &str, policy: &Policy<'_>, now: Timestamp) -> Next {
    if policy.awaited {
        return Next::Ended {
            exit: Exit::Skipped,
            reason: message.to_owned(),
        };
    }
    let waited = now.duration_since(policy.queued_at).unsigned_abs();
    if waited >= MISSING_TOOL_PATIENCE && now >= policy.queued_at {
        return Next::Ended {
            exit: Exit::Skipped,
            reason: format!("{message}, for a week"),
        };
    }
    Next::Snooze {
        at: later(now, MISSING_TOOL_SNOOZE),
        reason: format!(
            "{message}; tried again in {} min, perhaps by a drain with another PATH",
            MISSING_TOOL_SNOOZE.as_secs() / 60
        ),
    }
}

fn retry_or(
    exhausted: Category,
    outcome: &Outcome,
    policy: &Policy<'_>,
    now: Timestamp,
    jitter: f64,
) -> Next {
    let error = outcome.to_string();
    if policy.attempt > policy.max_retries {
        return Next::Failed {
            category: exhausted,
            error,
        };
    }
    let made = policy.attempt.saturating_sub(1);
    Next::Retry {
        at: later(now, retry_delay(policy.retry_delay, made, jitter)),
        error,
    }
}

/// The wait before the next attempt after `made` retries: min(1 h, base·2ⁿ), ±25 %.
pub fn retry_delay(base: Duration, made: u32, jitter: f64) -> Duration {
    let doubled = base
        .checked_mul(2u32.saturating_pow(made))
        .unwrap_or(LONGEST_DELAY);
    let jitter = if jitter.is_nan() {
        0.0
    } else {
        jitter.clamp(-1.0, 1.0)
    };
    doubled.min(LONGEST_DELAY).mul_f64(1.0 + 0.25 * jitter)
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn policy() -> Policy<'static> {
        Policy {
            attempt: 1,
            max_retries: 3,
            retry_delay: Duration::from_secs(10),
            retry_on: &[75],
            awaited: false,
            verdict_read: false,
            queued_at: now(),
        }
    }

    fn decide(outcome: &Outcome, policy: &Policy<'_>) -> Next {
        settle(outcome, policy, now(), 0.0)
    }

    fn missing() -> Outcome {
        Outcome::SpawnFailed {
            message: "`ruff` is not installed".into(),
            missing_tool: true,
        }
    }

    #[test]
    fn an_exit_code_is_a_result() {
        let failing = Outcome::Exited { code: 1 };
        assert_eq!(decide(&Outcome::Exited { code: 0 }, &policy()), Next::Done);
        assert_eq!(
            decide(&failing, &policy()),
            Next::Failed {
                category: Category::Permanent,
                error: "exited with code 1".into()
            }
        );
        let read = Policy {
            verdict_read: true,
            ..policy()
        };
        assert_eq!(decide(&failing, &read), Next::Done);
    }

    #[test]
    fn listed_exit_codes_are_retried_even_where_the_output_is_read() {
        for verdict_read in [false, true] {
            let policy = Policy {
                verdict_read,
                ..policy()
            };
            let next = decide(&Outcome::Exited { code: 75 }, &policy);
            assert!(matches!(next, Next::Retry { .. }), "{next:?}");
        }
    }

    #[test]
    fn what_says_nothing_about_the_work_is_retried_until_it_is_exhausted() {
        let outcomes = [
            (Outcome::Signalled { signal: 9 }, Category::MaxRetries),
            (Outcome::TimedOut, Category::Timeout),
            (Outcome::NoSpace, Category::MaxRetries),
            (Outcome::SupervisorLost, Category::MaxRetries),
            (
                Outcome::SpawnFailed {
                    message: "permission denied".into(),
                    missing_tool: false,
                },
                Category::MaxRetries,
            ),
        ];
        for (outcome, exhausted) in outcomes {
            for (attempt, wait) in [(1, 10), (2, 20), (3, 40)] {
                let policy = Policy {
                    attempt,
                    ..policy()
                };
                let Next::Retry { at, .. } = decide(&outcome, &policy) else {
                    panic!("{outcome} is not retried after attempt {attempt}");
                };
                assert_eq!(at, later(now(), Duration::from_secs(wait)));
            }
            let last = Policy {
                attempt: 4,
                ..policy()
            };
            assert!(
                matches!(decide(&outcome, &last), Next::Failed { category, .. } if category == exhausted)
            );
        }
    }

    #[test]
    fn a_tool_that_fails_is_retried_unless_a_person_waits() {
        let failed = Outcome::ToolFailed {
            message: "npm audit: no network".into(),
        };
        assert!(matches!(decide(&failed, &policy()), Next::Retry { .. }));
        let typed = Policy {
            awaited: true,
            ..policy()
        };
        assert!(matches!(decide(&failed, &typed), Next::Failed { .. }));
    }

    #[test]
    fn limits_fail_at_once() {
        for outcome in [
            Outcome::MemoryExceeded,
            Outcome::CpuExceeded,
            Outcome::OutputExceeded,
        ] {
            assert!(matches!(
                decide(&outcome, &policy()),
                Next::Failed {
                    category: Category::Permanent,
                    ..
                }
            ));
        }
    }

    #[test]
    fn an_interruption_is_never_the_jobs_fault() {
        let spent = Policy {
            attempt: 99,
            ..policy()
        };
        for by in [
            Interruption::Budget,
            Interruption::Shutdown,
            Interruption::Reboot,
            Interruption::Stop,
        ] {
            assert!(matches!(
                decide(&Outcome::Interrupted { by }, &spent),
                Next::Interrupted { .. }
            ));
        }
    }

    #[test]
    fn a_missing_tool_snoozes_unless_a_person_waits_or_a_week_has_passed() {
        let Next::Snooze { at, reason } = decide(&missing(), &policy()) else {
            panic!("not snoozed");
        };
        assert_eq!(at, later(now(), MISSING_TOOL_SNOOZE));
        assert!(reason.contains("`ruff`") && reason.contains("15 min"));

        let typed = Policy {
            awaited: true,
            ..policy()
        };
        let old = Policy {
            queued_at: "2026-02-01T00:00:00Z".parse().unwrap(),
            ..policy()
        };
        for policy in [typed, old] {
            assert!(matches!(
                decide(&missing(), &policy),
                Next::Ended {
                    exit: Exit::Skipped,
                    ..
                }
            ));
        }
    }

    #[test]
    fn a_clock_set_back_does_not_end_a_jobs_patience() {
        let future = Policy {
            queued_at: "2036-01-01T00:00:00Z".parse().unwrap(),
            ..policy()
        };
        assert!(matches!(decide(&missing(), &future), Next::Snooze { .. }));
    }

    proptest! {
        #[test]
        fn delays_grow_and_stay_within_a_quarter_of_an_hour_past_the_cap(
            base in 0u64..100_000, made in any::<u32>(), jitter in any::<f64>()
        ) {
            let base = Duration::from_secs(base);
            let delay = retry_delay(base, made, jitter);
            prop_assert!(delay <= LONGEST_DELAY.mul_f64(1.25));
            prop_assert!(retry_delay(base, made, 0.0) <= retry_delay(base, made.saturating_add(1), 0.0));
            prop_assert!(delay >= retry_delay(base, made, 0.0).mul_f64(0.75));
        }
    }
}
