//! Whether a node takes up again what the one before it in its project abandoned.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use super::observed::Friction;
use super::schema::Node;
use super::words::Outcome;
use crate::sessions::signals::{self, Before, is_abandoned_restart};

/// Whether `node` takes up again what `previous`, the node before it in its project, abandoned: within half an hour, and with
/// three tenths of the files of the one that touched fewer. Only what somebody judged was abandoned: a draft guesses.
pub fn abandoned_restart(previous: Option<&Node>, node: &Node) -> bool {
    let Some(previous) = previous else {
        return false;
    };
    let is_before = previous.id != node.id
        && previous.classification.project == node.classification.project
        && !previous.is_draft();
    let files = |node: &'_ Node| -> BTreeSet<String> {
        node.content.files_touched.iter().cloned().collect()
    };
    let (before, now) = (files(previous), files(node));
    let before: BTreeSet<&str> = before.iter().map(String::as_str).collect();
    let now: BTreeSet<&str> = now.iter().map(String::as_str).collect();
    let began = node.metadata.timestamp;
    // Minutes are kept to two decimals: what began in the same second began after it.
    let seconds = previous.metadata.duration_minutes * 60.0;
    let ended = SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|lasted| previous.metadata.timestamp.checked_add(lasted).ok())
        .map(|ended| {
            let is_rounded = ended.duration_since(began).as_millis() <= 300;
            if ended > began && is_rounded {
                began
            } else {
                ended
            }
        });
    let before = Before {
        was_abandoned: previous.content.outcome == Outcome::Abandoned,
        ended_at: ended,
        files: &before,
    };
    is_before && is_abandoned_restart(&before, Some(began), &now)
}

impl Node {
    /// The node with what is known now of whether it takes up again what was abandoned, and its friction with that. A node
    /// without signals, which nobody computed, stays without.
    #[must_use]
    pub fn restarting(mut self, is_restart: bool) -> Self {
        if let Some(signals) = &mut self.signals
            && signals.friction.abandoned_restart != is_restart
        {
            signals.friction.abandoned_restart = is_restart;
            signals.friction.score = signals.friction.computed_score();
        }
        self
    }
}

impl Friction {
    /// The score that its other fields make.
    fn computed_score(&self) -> f64 {
        signals::friction_score(&signals::Friction {
            score: 0.0,
            rephrasing_count: self.rephrasing_count,
            context_churn_count: self.context_churn_count,
            abandoned_restart: self.abandoned_restart,
            tool_loop_count: self.tool_loop_count,
            // That it was left counts, not which.
            model_switch_from: self
                .model_switch_from
                .as_ref()
                .map(|_| crate::sessions::Model::default()),
            silent_termination: self.silent_termination,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use jiff::SignedDuration;

    use super::super::Signals;
    use super::super::samples::node;
    use super::*;
    use crate::sessions::draft::DRAFTED;

    /// One that was abandoned after half an hour, and one that began `gap` seconds later.
    fn two(gap: i64) -> (Node, Node) {
        let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let mut before = node("s", 1, "Tried to build the thing");
        before.content.outcome = Outcome::Abandoned;
        before.content.files_touched =
            files(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]);
        let mut after = node("t", 2, "Built the thing after all");
        after.metadata.timestamp =
            before.metadata.timestamp + SignedDuration::from_secs(30 * 60 + gap);
        after.content.files_touched = files(&["a", "b", "c", "1", "2", "3", "4", "5", "6", "7"]);
        (before, after)
    }

    #[test]
    fn what_was_abandoned_shortly_before_is_taken_up_again() {
        for (gap, expected) in [(0, true), (1800, true), (1801, false), (-1, false)] {
            let (before, after) = two(gap);
            assert_eq!(abandoned_restart(Some(&before), &after), expected, "{gap}");
        }
        let (before, after) = two(60);
        assert!(!abandoned_restart(None, &after));
        assert!(!abandoned_restart(Some(&before), &before));
        let changed = |change: fn(&mut Node)| {
            let mut before = before.clone();
            change(&mut before);
            abandoned_restart(Some(&before), &after)
        };
        assert!(changed(|_| ()));
        assert!(!changed(|it| it.content.outcome = Outcome::Failed));
        assert!(!changed(
            |it| it.metadata.analyzer_version = DRAFTED.to_owned()
        ));
        assert!(!changed(
            |it| it.classification.project = "/elsewhere".to_owned()
        ));
        // Two of ten are fewer than three tenths.
        assert!(!changed(|it| it.content.files_touched[0] = "z".to_owned()));
        assert!(!changed(|it| it.content.files_touched.clear()));
        assert!(!changed(|it| it.metadata.duration_minutes = f64::MAX));
        // Half an hour to two decimals may be a little more than it was.
        assert!(changed(|it| it.metadata.duration_minutes = 31.005));
    }

    #[test]
    fn friction_knows_of_it() {
        let mut plain = node("s", 1, "Built the thing after all");
        assert_eq!(plain.clone().restarting(true), plain);
        let mut signals = Signals::default();
        signals.friction.rephrasing_count = 1;
        signals.friction.model_switch_from = Some("acme/l".to_owned());
        signals.friction.score = 0.3;
        plain.signals = Some(signals);
        let score = |node: &Node| {
            let friction = &node.signals.as_ref().unwrap().friction;
            (friction.abandoned_restart, friction.score)
        };
        let restarted = plain.clone().restarting(true);
        assert_eq!(score(&restarted), (true, 0.6));
        assert_eq!(restarted.restarting(false), plain);
        assert_eq!(plain.clone().restarting(false), plain);
    }
}
