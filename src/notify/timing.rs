//! When a message is sent: in which company, not before when, and when it is tried again.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::notify::Severity;

/// A message tells at most so much.
pub const MOST_IN_ONE: usize = 50;
/// The wait after the first failed attempt; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// After so long a message is given up.
pub const KEPT: Duration = Duration::from_secs(3 * 24 * 3600);

/// How a channel wants to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// Whether several notices may come as one message.
    pub gathers: bool,
    /// The least time between two messages.
    pub every: Duration,
    /// Whether it is silent at present.
    pub silent: bool,
}

/// Which of the notices that wait are sent now, as messages of one or more, given their severities, oldest first.
///
/// The first notice after a pause goes at once; what follows within `every` comes together afterwards. Critical ones wait
/// for nothing.
pub fn batches(
    waiting: &[Severity],
    manners: Manners,
    last_sent: Option<Timestamp>,
    now: Timestamp,
) -> Vec<Vec<usize>> {
    let too_soon = last_sent.is_some_and(|last| {
        // A clock that was set back does not silence a channel.
        Duration::try_from(now.duration_since(last)).is_ok_and(|gone| gone < manners.every)
    });
    let only_critical = manners.silent || too_soon;
    let due: Vec<usize> = waiting
        .iter()
        .enumerate()
        .filter(|(_, severity)| !only_critical || **severity == Severity::Critical)
        .map(|(index, _)| index)
        .collect();
    let size = if manners.gathers { MOST_IN_ONE } else { 1 };
    due.chunks(size).map(<[usize]>::to_vec).collect()
}

/// When a message is tried again after its attempt number `attempt`, from 1. `luck`, from −1 to 1, spreads it by a
/// quarter either way.
pub fn again(attempt: u32, hopeless: bool, luck: f64, now: Timestamp) -> Timestamp {
    let doubled = FIRST_WAIT.saturating_mul(
        1_u32
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX),
    );
    let wait = if hopeless {
        LONGEST_WAIT
    } else {
        doubled.min(LONGEST_WAIT)
    };
    let wait = wait.mul_f64(1.0 + luck.clamp(-1.0, 1.0) / 4.0);
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// Whether a message has waited long enough.
pub fn is_over(made_at: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(made_at)).is_ok_and(|gone| gone >= KEPT)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Severity::{Critical, Error, Info};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn manners(gathers: bool, every: u64, silent: bool) -> Manners {
        Manners {
            gathers,
            every: Duration::from_secs(every),
            silent,
        }
    }

    fn ago(seconds: i64) -> Option<Timestamp> {
        Timestamp::from_second(-seconds).ok()
    }

    #[test]
    fn the_first_goes_at_once_and_the_rest_together() {
        let gathers = manners(true, 60, false);
        assert_eq!(batches(&[Info], gathers, None, NOW), [[0]]);
        assert!(batches(&[Info, Error], gathers, ago(59), NOW).is_empty());
        assert_eq!(batches(&[Info, Error], gathers, ago(60), NOW), [[0, 1]]);
        assert_eq!(batches(&[Info, Critical], gathers, ago(1), NOW), [[1]]);
        assert_eq!(
            batches(&[Info], gathers, ago(-30), NOW),
            [[0]],
            "the clock was set back"
        );
    }

    #[test]
    fn one_by_one_where_a_program_reads() {
        assert_eq!(
            batches(&[Info, Error], manners(false, 0, false), ago(0), NOW),
            [[0], [1]]
        );
        let many = vec![Info; MOST_IN_ONE + 1];
        let sizes: Vec<usize> = batches(&many, manners(true, 0, false), None, NOW)
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [MOST_IN_ONE, 1]);
    }

    #[test]
    fn silence_is_for_all_but_critical_ones() {
        let silent = manners(true, 0, true);
        assert!(batches(&[Error, Info], silent, None, NOW).is_empty());
        assert_eq!(batches(&[Error, Critical, Info], silent, None, NOW), [[1]]);
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        let wait = |attempt, hopeless| again(attempt, hopeless, 0.0, NOW).as_second();
        assert_eq!(
            [1, 2, 3, 8, 40].map(|it| wait(it, false)),
            [30, 60, 120, 3600, 3600]
        );
        assert_eq!(wait(1, true), 3600);
        assert!(is_over(NOW, NOW + KEPT) && !is_over(NOW + KEPT, NOW));
    }

    proptest! {
        #[test]
        fn every_notice_is_in_one_message_at_most(
            waiting in prop::collection::vec(prop::sample::select(Severity::ALL.to_vec()), 0..200),
            gathers: bool, silent: bool, every in 0_u64..100, last in prop::option::of(-100_i64..100),
        ) {
            let last = last.and_then(|at| Timestamp::from_second(at).ok());
            let found = batches(&waiting, manners(gathers, every, silent), last, NOW);
            let all: Vec<usize> = found.iter().flatten().copied().collect();
            prop_assert!(all.is_sorted_by(|one, other| one < other), "in order, none twice");
            for (index, severity) in waiting.iter().enumerate() {
                if *severity == Critical || (!silent && every == 0) {
                    prop_assert!(all.contains(&index), "nothing holds it");
                }
            }
        }
    }
}
