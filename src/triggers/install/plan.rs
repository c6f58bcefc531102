//! What is to be done with each hook: the decision, as a function of what is wanted and what is there.

use std::collections::{BTreeMap, BTreeSet};

use super::folder::{Found, Seen};
use super::manager::Manager;
use super::shim::Shim;
use crate::config::HookName;

/// What is to be done with one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is as it should be.
    Keep,
    /// Nothing is there: ours is written.
    Write,
    /// Somebody's hook is set aside, to be run by ours.
    Chain(Manager),
    /// Ours is brought up to date.
    Refresh,
    /// Ours is taken away, for no task needs it any more; what it took the place of comes back.
    Remove,
    /// Ours, changed by somebody: left alone.
    LeaveEdited,
    /// Not a file: left alone.
    LeaveOdd,
}

impl Action {
    /// Whether it changes anything.
    pub const fn changes(&self) -> bool {
        matches!(
            self,
            Self::Write | Self::Chain(_) | Self::Refresh | Self::Remove
        )
    }
}

/// What is to be done with each hook that is wanted or that is ours.
pub fn plan(
    wanted: &BTreeSet<HookName>,
    seen: &BTreeMap<HookName, Seen>,
    shim: &dyn Fn(HookName) -> Shim,
) -> BTreeMap<HookName, Action> {
    let mut plan = BTreeMap::new();
    for (hook, seen) in seen {
        let action = match (&seen.now, wanted.contains(hook)) {
            (Found::Nothing, true) => Action::Write,
            (Found::Foreign(manager), true) => Action::Chain(*manager),
            (Found::Ours(found), true) if *found == shim(*hook) => Action::Keep,
            (Found::Ours(_) | Found::OursOld, true) => Action::Refresh,
            (Found::Ours(_) | Found::OursOld, false) => Action::Remove,
            (Found::OursEdited, _) => Action::LeaveEdited,
            (Found::Odd, true) => Action::LeaveOdd,
            (Found::Nothing | Found::Foreign(_) | Found::Odd, false) => continue,
        };
        plan.insert(*hook, action);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::super::shim::Missing;
    use super::*;

    fn shim(hook: HookName) -> Shim {
        Shim {
            hook,
            program: "/bin/git-tend".into(),
            missing: Missing::Open,
        }
    }

    fn elsewhere(hook: HookName) -> Shim {
        Shim {
            program: "/old/git-tend".into(),
            ..shim(hook)
        }
    }

    #[test]
    fn every_case_has_its_answer() {
        let hook = HookName::PostCommit;
        for (now, wanted, unwanted) in [
            (Found::Nothing, Some(Action::Write), None),
            (
                Found::Foreign(Manager::Husky),
                Some(Action::Chain(Manager::Husky)),
                None,
            ),
            (
                Found::Ours(shim(hook)),
                Some(Action::Keep),
                Some(Action::Remove),
            ),
            (
                Found::Ours(elsewhere(hook)),
                Some(Action::Refresh),
                Some(Action::Remove),
            ),
            (Found::OursOld, Some(Action::Refresh), Some(Action::Remove)),
            (
                Found::OursEdited,
                Some(Action::LeaveEdited),
                Some(Action::LeaveEdited),
            ),
            (Found::Odd, Some(Action::LeaveOdd), None),
        ] {
            let before = Found::Nothing;
            let seen = BTreeMap::from([(hook, Seen { now, before })]);
            for (set, expected) in [
                (BTreeSet::from([hook]), wanted),
                (BTreeSet::new(), unwanted),
            ] {
                assert_eq!(plan(&set, &seen, &shim).remove(&hook), expected, "{seen:?}");
            }
        }
    }
}
