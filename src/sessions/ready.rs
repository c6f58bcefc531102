//! Whether what a session has done since it was looked at last may be taken for finished.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::boundary::Boundary;

/// When a session is left in peace, and when it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// How long a file of this machine must be unchanged. Source: S3.
    pub local: SignedDuration,
    /// The same of a file that another machine sends, which comes in pieces. Source: S3.
    pub synced: SignedDuration,
    /// After how long without a new entry a session is over. Source: S3, `idleTimeoutMinutes`.
    pub idle: SignedDuration,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            local: SignedDuration::from_secs(5),
            synced: SignedDuration::from_secs(30),
            idle: SignedDuration::from_mins(10),
        }
    }
}

/// What is known of a session's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// When it was written last, as the file system says.
    pub modified_at: Timestamp,
    /// Its size, in bytes.
    pub size: u64,
    /// Up to where it was read: to the end of its last whole line.
    pub read_to: u64,
    /// Since when it is known to have had this size and time; none if it is seen so for the first time.
    pub unchanged_since: Option<Timestamp>,
    /// Whether it comes from another machine.
    pub synced: bool,
    /// When its last entry was written, as the entry says.
    pub last_entry_at: Option<Timestamp>,
}

/// Why a session is taken for finished, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Its last entry is old.
    Idle,
    /// Something of it was ended by a boundary.
    Boundary,
    /// Its file is unchanged for as long as a session may be idle, while its entries do not tell that they are old: they have
    /// no times, or times to come.
    Stability,
    /// It goes on.
    Active,
}

/// Whether a session has something that is finished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Readiness<'a> {
    /// Whether it has.
    pub complete: bool,
    /// Why.
    pub reason: Reason,
    /// The first boundary that was not processed, if that is the reason.
    pub pending: Option<&'a Boundary>,
}

/// Whether a session has something that is finished, in S3's order: a file that is being written is left in peace, an idle
/// session is finished as a whole, and of others what boundaries have ended.
///
/// `boundaries` are in the order of the file; `processed` is the offset of the last one that was processed: times do not tell
/// them apart, since many entries have the same.
pub fn readiness<'a>(
    now: Timestamp,
    look: &Look,
    thresholds: &Thresholds,
    boundaries: &'a [Boundary],
    processed: Option<u64>,
) -> Readiness<'a> {
    let is = |complete, reason, pending| Readiness {
        complete,
        reason,
        pending,
    };
    // A time to come is of a clock that goes wrong: then only what was seen here counts.
    let since = |at: Timestamp| now.duration_since(at);
    let unchanged = look
        .unchanged_since
        .map_or(SignedDuration::ZERO, since)
        .max(since(look.modified_at));
    let stable = if look.synced {
        thresholds.synced
    } else {
        thresholds.local
    };
    if unchanged < stable {
        return is(false, Reason::Active, None);
    }
    let over = unchanged >= thresholds.idle;
    // Half a line is being written, unless its writer has gone.
    if look.size > look.read_to && !over {
        return is(false, Reason::Active, None);
    }
    if look
        .last_entry_at
        .is_some_and(|at| since(at) >= thresholds.idle)
    {
        return is(true, Reason::Idle, None);
    }
    if over {
        return is(true, Reason::Stability, None);
    }
    // What ends nothing of the session's own, as a fork does, leaves nothing to look at.
    let pending = boundaries.iter().find(|boundary| {
        boundary.previous.is_some() && processed.is_none_or(|processed| boundary.offset > processed)
    });
    match pending {
        Some(_) => is(true, Reason::Boundary, pending),
        None => is(false, Reason::Active, None),
    }
}

/// When a session that goes on will be finished, if nothing is written to it: the first moment at which [`readiness`] may
/// say so.
pub fn next_look(now: Timestamp, look: &Look, thresholds: &Thresholds) -> Option<Timestamp> {
    let after = |at: Timestamp, span| at.checked_add(span).ok();
    // A file whose time is to come counts from now on.
    let since = look
        .modified_at
        .min(look.unchanged_since.unwrap_or(now).min(now));
    let over = after(since, thresholds.idle);
    let idle = look
        .last_entry_at
        .filter(|_| look.size <= look.read_to)
        .and_then(|at| after(at, thresholds.idle));
    let stable = after(
        since,
        if look.synced {
            thresholds.synced
        } else {
            thresholds.local
        },
    );
    // Neither counts before the file is stable.
    let first = [over, idle].into_iter().flatten().min()?;
    Some(first.max(stable.unwrap_or(first)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::sessions::boundary::Cause;
    use crate::sessions::testing::at;

    const NOW: i64 = 100_000;

    /// A file that was written so long ago, with its last entry.
    fn look(seconds: i64) -> Look {
        Look {
            modified_at: at(NOW - seconds),
            size: 10,
            read_to: 10,
            unchanged_since: None,
            synced: false,
            last_entry_at: Some(at(NOW - seconds)),
        }
    }

    fn boundary(offset: u64, previous: Option<&str>) -> Boundary {
        Boundary {
            entry: format!("e{offset}"),
            offset,
            at: None,
            previous: previous.map(str::to_owned),
            cause: Cause::Fork { point: None },
        }
    }

    fn ready<'a>(
        look: &Look,
        boundaries: &'a [Boundary],
        processed: Option<u64>,
    ) -> (bool, Reason, Option<&'a str>) {
        let ready = readiness(at(NOW), look, &Thresholds::default(), boundaries, processed);
        let pending = ready.pending.map(|boundary| boundary.entry.as_str());
        (ready.complete, ready.reason, pending)
    }

    const ACTIVE: (bool, Reason, Option<&str>) = (false, Reason::Active, None);

    #[test]
    fn a_file_that_is_written_is_left_in_peace_first() {
        let boundaries = [boundary(1, Some("a"))];
        let pending = (true, Reason::Boundary, Some("e1"));
        assert_eq!(ready(&look(4), &boundaries, None), ACTIVE);
        assert_eq!(ready(&look(5), &boundaries, None), pending);
        let synced = |seconds| Look {
            synced: true,
            ..look(seconds)
        };
        assert_eq!(ready(&synced(29), &boundaries, None), ACTIVE);
        assert_eq!(ready(&synced(30), &boundaries, None), pending);
        // Even if its entries are old: it may be on its way here.
        let arriving = Look {
            modified_at: at(NOW - 4),
            ..look(10_000)
        };
        assert_eq!(ready(&arriving, &boundaries, None), ACTIVE);
    }

    #[test]
    fn idle_comes_before_boundaries() {
        let boundaries = [boundary(1, Some("a"))];
        assert_eq!(
            ready(&look(600), &boundaries, None),
            (true, Reason::Idle, None)
        );
        assert_eq!(ready(&look(599), &[], None), ACTIVE);
        let arrived = Look {
            modified_at: at(NOW - 5),
            ..look(600)
        };
        assert_eq!(ready(&arrived, &[], None), (true, Reason::Idle, None));
    }

    #[test]
    fn the_first_boundary_that_was_not_processed_is_pending() {
        let boundaries = [
            boundary(1, None),
            boundary(2, Some("a")),
            boundary(3, Some("b")),
        ];
        let pending = |id| (true, Reason::Boundary, Some(id));
        // That of a fork, before which nothing is, ends nothing.
        assert_eq!(ready(&look(60), &boundaries, None), pending("e2"));
        assert_eq!(ready(&look(60), &boundaries, Some(2)), pending("e3"));
        assert_eq!(ready(&look(60), &boundaries, Some(3)), ACTIVE);
    }

    #[test]
    fn without_times_in_its_entries_the_file_itself_must_rest() {
        let timeless = |seconds| Look {
            last_entry_at: None,
            ..look(seconds)
        };
        assert_eq!(
            ready(&timeless(600), &[], None),
            (true, Reason::Stability, None)
        );
        assert_eq!(ready(&timeless(599), &[], None), ACTIVE);
        let ahead = Look {
            last_entry_at: Some(at(NOW + 5000)),
            ..look(600)
        };
        assert_eq!(ready(&ahead, &[], None), (true, Reason::Stability, None));
        // A file whose time is to come counts from when it was seen.
        let skewed = |seconds| Look {
            modified_at: at(NOW + 5000),
            unchanged_since: Some(at(NOW - seconds)),
            last_entry_at: None,
            ..look(0)
        };
        assert_eq!(ready(&skewed(4), &[], None), ACTIVE);
        assert_eq!(
            ready(&skewed(600), &[], None),
            (true, Reason::Stability, None)
        );
    }

    #[test]
    fn half_a_line_is_waited_for_but_not_for_ever() {
        let half = |seconds| Look {
            size: 11,
            ..look(seconds)
        };
        let boundaries = [boundary(1, Some("a"))];
        assert_eq!(ready(&half(60), &boundaries, None), ACTIVE);
        assert_eq!(
            ready(&half(600), &boundaries, None),
            (true, Reason::Idle, None)
        );
    }

    proptest! {
        /// Whoever looks when he was told to finds it finished, and nothing is finished before.
        #[test]
        fn the_next_look_is_the_first_that_tells(
            modified in 0_i64..4000,
            entry in proptest::option::of(0_i64..4000),
            synced: bool,
            half: bool,
            seen in proptest::option::of(0_i64..2000),
        ) {
            let look = Look {
                modified_at: at(modified),
                size: 10 + u64::from(half),
                read_to: 10,
                unchanged_since: seen.map(at),
                synced,
                last_entry_at: entry.map(at),
            };
            let now = at(2000);
            let complete = |now| readiness(now, &look, &Thresholds::default(), &[], None).complete;
            if !complete(now) && (seen.is_some() || modified <= 2000) {
                let next = next_look(now, &look, &Thresholds::default()).unwrap();
                prop_assert!(next > now);
                prop_assert!(complete(next), "{next}");
                prop_assert!(!complete(next - SignedDuration::from_secs(1)));
            }
        }

        /// With time alone, what is complete stays so.
        #[test]
        fn waiting_never_undoes(
            modified in 0_i64..2000,
            entry in proptest::option::of(0_i64..2000),
            synced: bool,
            half: bool,
            has_boundary: bool,
            wait in 0_i64..2000,
        ) {
            let look = Look {
                modified_at: at(modified),
                size: 10 + u64::from(half),
                read_to: 10,
                unchanged_since: None,
                synced,
                last_entry_at: entry.map(at),
            };
            let boundaries = [boundary(1, Some("a"))];
            let boundaries = if has_boundary { &boundaries[..] } else { &[] };
            let complete = |now| readiness(at(now), &look, &Thresholds::default(), boundaries, None).complete;
            prop_assert!(!complete(2000) || complete(2000 + wait));
            prop_assert!(complete(2000 + 600 + 30));
        }
    }
}
