//! How far an automation has come, and how it comes further.

use serde::{Deserialize, Serialize};

/// How far an automation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was written, and never tried.
    Generated,
    /// It passed in the sandbox.
    Tested,
    /// A person enabled it, and it has run fewer than five times since.
    Enabled,
    /// It succeeds at least nine times in ten.
    Stable,
    /// It succeeds at least seven times in ten.
    Testing,
    /// It succeeds less often.
    Unstable,
    /// It was removed; what it did is remembered.
    Retired,
}

/// How many of a hundred cases must succeed in the sandbox, and of runs for an automation to be stable. The figure is of
/// the original engine, as is that of [`TESTING`].
const PASSES: f64 = 0.9;
/// Below that it is unstable.
const TESTING: f64 = 0.7;
/// How many runs say anything.
const TELLING_RUNS: u64 = 5;

/// What happens to an automation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// It was tried in the sandbox.
    Tried {
        /// How many of its cases succeeded, 0 to 1.
        success: f64,
        /// Whether a second run changed nothing more.
        idempotent: bool,
    },
    /// A person enables it.
    Enable,
    /// Nobody enables it but the configuration.
    EnableItself {
        /// Whether the configuration says so.
        configured: bool,
        /// How many of its cases succeeded in the sandbox, 0 to 1.
        success: f64,
    },
    /// It ran.
    Ran {
        /// How often, since it was enabled.
        runs: u64,
        /// How many of these succeeded.
        ok: u64,
    },
    /// A person disables it.
    Disable,
    /// Its text is another one now.
    Rewritten,
    /// It is removed.
    Retire,
}

/// Why a change cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IllegalChange {
    /// It passed nothing yet.
    #[error("it has not passed in the sandbox: test it first")]
    NotTested,
    /// It is enabled.
    #[error("it is enabled already")]
    AlreadyEnabled,
    /// It is not enabled.
    #[error("it is not enabled")]
    NotEnabled,
    /// It is gone.
    #[error("it was removed: generate it again")]
    Retired,
    /// Nobody said that it may.
    #[error(
        "it may not enable itself: the configuration does not say so, or too few of its cases succeed"
    )]
    NotByItself,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Generated,
        Self::Tested,
        Self::Enabled,
        Self::Stable,
        Self::Testing,
        Self::Unstable,
        Self::Retired,
    ];

    /// The word in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Tested => "tested",
            Self::Enabled => "enabled",
            Self::Stable => "stable",
            Self::Testing => "testing",
            Self::Unstable => "unstable",
            Self::Retired => "retired",
        }
    }

    /// The state of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Whether it is in use: where it was put, it is found and run.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Enabled | Self::Stable | Self::Testing | Self::Unstable
        )
    }

    /// The state after a change.
    pub fn after(self, change: Change) -> Result<Self, IllegalChange> {
        use Change as C;
        use State as S;
        Ok(match (self, change) {
            // What was removed is regenerated, and then begins again.
            (_, C::Rewritten) => S::Generated,
            (S::Retired, _) => return Err(IllegalChange::Retired),
            (_, C::Retire) => S::Retired,
            (
                S::Generated | S::Tested,
                C::Tried {
                    success,
                    idempotent,
                },
            ) => {
                if success >= PASSES && idempotent {
                    S::Tested
                } else {
                    S::Generated
                }
            }
            // What it does where it is used says more.
            (live, C::Tried { .. }) => live,
            (S::Tested, C::Enable) => S::Enabled,
            (
                S::Tested,
                C::EnableItself {
                    configured,
                    success,
                },
            ) => {
                if configured && success >= PASSES {
                    S::Enabled
                } else {
                    return Err(IllegalChange::NotByItself);
                }
            }
            (S::Generated, C::Enable | C::EnableItself { .. }) => {
                return Err(IllegalChange::NotTested);
            }
            (_, C::Enable | C::EnableItself { .. }) => return Err(IllegalChange::AlreadyEnabled),
            (S::Generated | S::Tested, C::Ran { .. }) => self,
            (_, C::Ran { runs, ok }) => of_runs(runs, ok),
            (S::Generated | S::Tested, C::Disable) => return Err(IllegalChange::NotEnabled),
            (_, C::Disable) => S::Tested,
        })
    }
}

/// The state of what is enabled and has run so often.
fn of_runs(runs: u64, ok: u64) -> State {
    if runs < TELLING_RUNS {
        return State::Enabled;
    }
    let rate = super::runs::rate(ok, runs);
    if rate >= PASSES {
        State::Stable
    } else if rate >= TESTING {
        State::Testing
    } else {
        State::Unstable
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    const PASSED: Change = Change::Tried {
        success: 0.9,
        idempotent: true,
    };

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            (0.0..=1.0, any::<bool>()).prop_map(|(success, idempotent)| Change::Tried {
                success,
                idempotent
            }),
            Just(PASSED),
            Just(Change::Enable),
            (any::<bool>(), 0.0..=1.0).prop_map(|(configured, success)| Change::EnableItself {
                configured,
                success
            }),
            (0_u64..20, 0_u64..20).prop_map(|(runs, ok)| Change::Ran {
                runs,
                ok: ok.min(runs)
            }),
            Just(Change::Disable),
            Just(Change::Rewritten),
            Just(Change::Retire),
        ]
    }

    #[test]
    fn the_way_from_generated_to_stable() {
        let mut state = State::Generated;
        for (change, next) in [
            (PASSED, State::Tested),
            (Change::Enable, State::Enabled),
            (Change::Ran { runs: 4, ok: 0 }, State::Enabled),
            (Change::Ran { runs: 10, ok: 9 }, State::Stable),
            (Change::Ran { runs: 10, ok: 7 }, State::Testing),
            (Change::Ran { runs: 10, ok: 6 }, State::Unstable),
            (Change::Disable, State::Tested),
            (Change::Retire, State::Retired),
            (Change::Rewritten, State::Generated),
        ] {
            state = state.after(change).unwrap();
            assert_eq!(state, next, "{change:?}");
        }
    }

    #[test]
    fn what_was_not_tested_is_not_enabled_nor_is_what_nobody_allowed() {
        assert_eq!(
            State::Generated.after(Change::Enable),
            Err(IllegalChange::NotTested)
        );
        let itself = |configured, success| Change::EnableItself {
            configured,
            success,
        };
        assert_eq!(
            State::Tested.after(itself(false, 1.0)),
            Err(IllegalChange::NotByItself)
        );
        assert_eq!(
            State::Tested.after(itself(true, 0.89)),
            Err(IllegalChange::NotByItself)
        );
        assert_eq!(State::Tested.after(itself(true, 0.9)), Ok(State::Enabled));
        let twice = Change::Tried {
            success: 1.0,
            idempotent: false,
        };
        assert_eq!(State::Tested.after(twice), Ok(State::Generated));
    }

    proptest! {
        /// Whatever happens, nothing is live that was not enabled since its text was written and tried since.
        #[test]
        fn nothing_is_live_without_having_been_tested_and_enabled(
            changes in prop::collection::vec(change(), 0..40),
        ) {
            let (mut state, mut tested, mut enabled) = (State::Generated, false, false);
            for change in changes {
                let Ok(next) = state.after(change) else {
                    continue;
                };
                match change {
                    Change::Rewritten | Change::Retire => (tested, enabled) = (false, false),
                    Change::Tried { success, idempotent } if !enabled => {
                        tested = success >= PASSES && idempotent;
                    }
                    Change::Enable | Change::EnableItself { .. } => enabled = true,
                    Change::Disable => enabled = false,
                    _ => {}
                }
                state = next;
                prop_assert_eq!(state.is_live(), tested && enabled);
                prop_assert_eq!(state == State::Tested, tested && !enabled);
            }
        }
    }
}
