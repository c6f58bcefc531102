//! Sessions: what one person commits without a longer pause. They are found person by person, since the commits of two
//! are no session, and told over all of them.

use serde::Serialize;

use super::rhythm::{day, hour, middle};
use crate::git::history::When;

/// A longer pause ends a session.
const GAP: i64 = 2 * 3_600;

/// Sessions, and the pauses between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sessions {
    /// How many.
    pub count: u64,
    /// Of the median session, from its first commit to its last; one commit takes no time.
    pub median_minutes: Option<i64>,
    /// On average, likewise.
    pub mean_minutes: Option<i64>,
    /// Pauses between two sessions of one person on one day.
    pub breaks: Breaks,
}

/// Pauses within a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breaks {
    /// How many.
    pub count: u64,
    /// Of the median one.
    pub median_minutes: Option<i64>,
    /// The hour at which most begin, author's local time; of equals, the earliest.
    pub usual_hour: Option<u32>,
}

/// Of commits and the persons who wrote them, in any order.
pub(super) fn sessions(commits: impl Iterator<Item = (u32, When)>) -> Sessions {
    let mut commits: Vec<(u32, When)> = commits.collect();
    commits.sort_unstable_by_key(|(person, when)| (*person, when.seconds, when.offset_minutes));
    let mut lengths: Vec<i64> = Vec::new();
    let mut pauses: Vec<i64> = Vec::new();
    let mut begin_hours = [0_u32; 24];
    let mut before: Option<(u32, When)> = None;
    for (person, when) in commits {
        let last = before.filter(|(other, _)| *other == person);
        let pause = last.map(|(_, last)| when.seconds.saturating_sub(last.seconds));
        match (pause, lengths.last_mut()) {
            (Some(pause), Some(length)) if pause <= GAP => *length += pause,
            _ => lengths.push(0),
        }
        if let (Some(pause), Some((_, last))) = (pause, last)
            && pause > GAP
            && day(last) == day(when)
        {
            pauses.push(pause);
            if let Some(count) = begin_hours.get_mut(hour(last) as usize) {
                *count += 1;
            }
        }
        before = Some((person, when));
    }
    let most = begin_hours.iter().max().copied().filter(|most| *most > 0);
    let usual_hour = most.and_then(|most| (0..).zip(begin_hours).find(|(_, count)| *count == most));
    let total: i64 = lengths.iter().sum();
    let count = i64::try_from(lengths.len()).unwrap_or(i64::MAX);
    Sessions {
        count: lengths.len() as u64,
        mean_minutes: total.checked_div(count).map(|seconds| seconds / 60),
        median_minutes: middle(lengths),
        breaks: Breaks {
            count: pauses.len() as u64,
            median_minutes: middle(pauses),
            usual_hour: usual_hour.map(|(hour, _)| hour),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64, minute: i64) -> When {
        When {
            seconds: hour * 3_600 + minute * 60,
            offset_minutes: 0,
        }
    }

    #[test]
    fn a_pause_of_two_hours_is_within_a_session() {
        let commits = [
            (0, at(9, 0)),
            (0, at(11, 0)),
            (0, at(13, 1)),
            (0, at(13, 31)),
        ];
        let told = sessions(commits.into_iter());
        assert_eq!(
            (told.count, told.median_minutes, told.mean_minutes),
            (2, Some(30), Some(75))
        );
        assert_eq!(told.breaks.count, 1);
        assert_eq!(
            (told.breaks.median_minutes, told.breaks.usual_hour),
            (Some(121), Some(11))
        );
    }

    #[test]
    fn persons_have_sessions_of_their_own_and_nights_are_no_breaks() {
        let commits = [
            (0, at(9, 0)),
            (1, at(9, 30)),
            (0, at(10, 0)),
            (0, at(33, 0)),
        ];
        let told = sessions(commits.into_iter());
        assert_eq!((told.count, told.breaks.count), (3, 0));
        assert_eq!(sessions(std::iter::empty()), Sessions::default());
    }
}
