//! What each answer took, from totals that are told again and again.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::line::{Info, Tokens};
use crate::sessions::model::Usage;

/// The totals told last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    told: Option<Usage>,
    /// How large the context was at last, in tokens.
    pub context: Option<u64>,
    /// Until when what is written was copied from another session.
    copied_until: Option<Timestamp>,
}

impl Totals {
    /// How long it takes at most to copy a session, and less than any answer takes.
    const COPYING: SignedDuration = SignedDuration::from_secs(1);

    /// The head of another session has come at `at`: what follows was copied from there, and is written at once.
    pub fn copied(&mut self, at: Option<Timestamp>) {
        self.copied_until = at.and_then(|at| at.checked_add(Self::COPYING).ok());
    }

    /// What was spent since the totals were told last; none if that is nothing.
    pub fn spent(&mut self, info: Info, at: Option<Timestamp>) -> Option<Usage> {
        let last = info.last_token_usage.0;
        let total = usage(info.total_token_usage.0?);
        if let Some(context) = last.and_then(|last| last.total.0) {
            self.context = Some(context);
        }
        let before = self.told.replace(total);
        if self
            .copied_until
            .is_some_and(|until| at.is_some_and(|at| at < until))
        {
            return None;
        }
        let spent = match before.and_then(|before| difference(total, before)) {
            Some(spent) => spent,
            // The first totals of a fork go on from those of the session it was forked from. Totals that fall begin anew.
            None => last.map_or(total, usage),
        };
        (spent != Usage::default()).then_some(spent)
    }
}

fn usage(tokens: Tokens) -> Usage {
    let read = tokens.cached.or_nought();
    let written = tokens.cache_write.or_nought();
    Usage {
        input: tokens
            .input
            .or_nought()
            .saturating_sub(read)
            .saturating_sub(written),
        output: tokens.output.or_nought(),
        cache_read: read,
        cache_write: written,
        cost: None,
    }
}

fn difference(total: Usage, before: Usage) -> Option<Usage> {
    Some(Usage {
        input: total.input.checked_sub(before.input)?,
        output: total.output.checked_sub(before.output)?,
        cache_read: total.cache_read.checked_sub(before.cache_read)?,
        cache_write: total.cache_write.checked_sub(before.cache_write)?,
        cost: None,
    })
}
