//! When the agent is left alone for a while: a circuit breaker over the calls of all jobs.
//!
//! A wrong key, a rate limit or a network that is down would fail every analysis that waits, one after the other. So after a
//! call that failed for such a reason the others wait, and one of them tries when the time is over.

use std::time::Duration;

use jiff::Timestamp;

use super::failure::Reason;

/// It is never left alone for longer.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// Until when it is left alone: `base` after the last call, twice as long for each failure before that, an hour at most.
/// `latest` are the calls that ended last, the newest first, each with its reason if it failed.
pub fn rests_until(latest: &[(Timestamp, Option<Reason>)], base: Duration) -> Option<Timestamp> {
    let failures = latest
        .iter()
        .take_while(|(_, reason)| reason.is_some_and(Reason::concerns_all))
        .count();
    let (ended, _) = latest.first().filter(|_| failures > 0)?;
    let doublings = u32::try_from(failures - 1).unwrap_or(u32::MAX);
    let rest = base
        .checked_mul(2_u32.saturating_pow(doublings))
        .unwrap_or(LONGEST)
        .min(LONGEST);
    ended.checked_add(rest).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const BASE: Duration = Duration::from_secs(60);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn only_what_all_calls_would_meet_stops_them() {
        assert_eq!(rests_until(&[], BASE), None);
        assert_eq!(rests_until(&[(at(9), None)], BASE), None);
        for (reason, rests) in [
            (Reason::Authentication, true),
            (Reason::RateLimit, true),
            (Reason::Network, true),
            (Reason::Schema, false),
            (Reason::Truncated, false),
            (Reason::Timeout, false),
        ] {
            let until = rests_until(&[(at(9), Some(reason))], BASE);
            assert_eq!(until, rests.then(|| at(69)), "{reason:?}");
        }
    }

    #[test]
    fn each_failure_in_a_row_doubles_the_rest_up_to_an_hour() {
        let failed = (at(100), Some(Reason::Network));
        for (count, seconds) in [
            (1, 60),
            (2, 120),
            (3, 240),
            (6, 1920),
            (7, 3600),
            (64, 3600),
        ] {
            let latest = vec![failed; count];
            assert_eq!(
                rests_until(&latest, BASE),
                Some(at(100 + seconds)),
                "{count}"
            );
        }
        let answered = [failed, (at(50), None), failed, failed];
        assert_eq!(rests_until(&answered, BASE), Some(at(160)));
    }
}
