//! The legal transitions: one `match`, through which every change of a job's state goes.

use super::{Exit, QueueError, StateKind};

/// The three ways of not running yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// For other jobs.
    Blocked,
    /// For its time and a slot.
    Queued,
    /// For the user's approval.
    Held,
}

impl Waiting {
    /// How a job waits: approval comes before the jobs it needs.
    pub const fn of(held: bool, pending: u32) -> Self {
        match (held, pending) {
            (true, _) => Self::Held,
            (false, 0) => Self::Queued,
            (false, _) => Self::Blocked,
        }
    }

    /// The state of that name.
    pub const fn kind(self) -> StateKind {
        match self {
            Self::Blocked => StateKind::Blocked,
            Self::Queued => StateKind::Queued,
            Self::Held => StateKind::Held,
        }
    }
}

/// What can happen to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// It waits: for something else than before, or again after a run.
    Wait(Waiting),
    /// A runner takes it.
    Claim,
    /// Its run did the work.
    Finish,
    /// Its run failed for good, or was lost too often.
    Fail,
    /// A job it needs failed.
    FailWithNeed,
    /// It leaves by a side exit.
    Leave(Exit),
    /// A person wants it again.
    Revive(Waiting),
}

impl Move {
    const fn verb(self) -> &'static str {
        match self {
            Self::Wait(Waiting::Held) => "be held",
            Self::Wait(_) => "be queued",
            Self::Claim => "start",
            Self::Finish => "be done",
            Self::Fail | Self::FailWithNeed => "fail",
            Self::Leave(Exit::Cancelled) => "be cancelled",
            Self::Leave(Exit::Expired) => "expire",
            Self::Leave(Exit::Superseded) => "be superseded",
            Self::Leave(Exit::Dropped) => "be dropped",
            Self::Leave(Exit::Skipped) => "be skipped",
            Self::Revive(_) => "be retried",
        }
    }
}

/// Where a move leads from a state, if it is legal there.
pub const fn destination(from: StateKind, step: Move) -> Option<StateKind> {
    use StateKind as S;
    match (step, from) {
        (Move::Wait(waiting), S::Blocked | S::Queued | S::Held | S::Running)
        | (
            Move::Revive(waiting),
            S::Failed | S::Cancelled | S::Expired | S::Superseded | S::Dropped | S::Skipped,
        ) => Some(waiting.kind()),
        (Move::Claim, S::Queued) => Some(S::Running),
        (Move::Finish, S::Running) => Some(S::Done),
        (Move::Fail, S::Running) | (Move::FailWithNeed, S::Blocked | S::Held) => Some(S::Failed),
        (Move::Leave(Exit::Cancelled), S::Blocked | S::Queued | S::Held | S::Running) => {
            Some(S::Cancelled)
        }
        (Move::Leave(Exit::Superseded), S::Blocked | S::Queued | S::Held | S::Running) => {
            Some(S::Superseded)
        }
        (Move::Leave(Exit::Expired), S::Blocked | S::Queued | S::Held | S::Running) => {
            Some(S::Expired)
        }
        // Running jobs are neither evicted nor skipped unseen.
        (Move::Leave(Exit::Dropped), S::Blocked | S::Queued | S::Held) => Some(S::Dropped),
        (Move::Leave(Exit::Skipped), S::Running) => Some(S::Skipped),
        _ => None,
    }
}

/// [`destination`], as an error where the move is not legal.
pub(super) fn after(from: StateKind, step: Move) -> Result<StateKind, QueueError> {
    destination(from, step).ok_or(QueueError::Illegal {
        from,
        verb: step.verb(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moves() -> impl Strategy<Value = Move> {
        let waiting = prop_oneof![
            Just(Waiting::Blocked),
            Just(Waiting::Queued),
            Just(Waiting::Held)
        ];
        let exit = prop_oneof![
            Just(Exit::Cancelled),
            Just(Exit::Expired),
            Just(Exit::Superseded),
            Just(Exit::Dropped),
            Just(Exit::Skipped)
        ];
        prop_oneof![
            waiting.clone().prop_map(Move::Wait),
            waiting.prop_map(Move::Revive),
            exit.prop_map(Move::Leave),
            Just(Move::Claim),
            Just(Move::Finish),
            Just(Move::Fail),
            Just(Move::FailWithNeed),
        ]
    }

    proptest! {
        #[test]
        fn a_walk_runs_only_from_the_queue_and_leaves_its_end_only_by_hand(
            steps in prop::collection::vec(moves(), 0..60)
        ) {
            let mut state = StateKind::Blocked;
            for step in steps {
                let Some(next) = destination(state, step) else { continue };
                if state.is_terminal() {
                    prop_assert!(matches!(step, Move::Revive(_)));
                    prop_assert_ne!(state, StateKind::Done);
                    prop_assert!(!next.is_terminal() && next != StateKind::Running);
                }
                if next == StateKind::Running {
                    prop_assert_eq!(state, StateKind::Queued);
                }
                if matches!(next, StateKind::Done | StateKind::Skipped) {
                    prop_assert_eq!(state, StateKind::Running);
                }
                state = next;
            }
        }
    }

    #[test]
    fn every_live_state_can_be_cancelled_and_no_other() {
        for state in StateKind::ALL {
            let cancelled = destination(state, Move::Leave(Exit::Cancelled));
            assert_eq!(cancelled.is_some(), !state.is_terminal(), "{state}");
        }
    }
}
