//! The parts of a period: whole hours or days, counted back from now.

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Periods of at most so many days are divided into hours.
const HOURLY: u16 = 2;

/// A period that ends now, divided evenly. Parts are counted back from its end: none is cut short by the time of day, and
/// all are of one length, whatever summer time does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buckets {
    since: i64,
    until: i64,
    size: i64,
    count: usize,
}

impl Buckets {
    /// The last so many days before `now` (milliseconds since the epoch): by day, or by hour where there are few.
    pub fn last_days(days: u16, now: i64) -> Self {
        let days = days.max(1);
        let (size, count) = if days <= HOURLY {
            (HOUR, usize::from(days) * 24)
        } else {
            (DAY, usize::from(days))
        };
        Self {
            since: now.saturating_sub(i64::from(days) * DAY),
            until: now,
            size,
            count,
        }
    }

    /// The beginning.
    pub const fn since(&self) -> i64 {
        self.since
    }

    /// The end.
    pub const fn until(&self) -> i64 {
        self.until
    }

    /// How long each part is, in milliseconds.
    pub const fn size(&self) -> i64 {
        self.size
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Whether they are hours.
    pub const fn are_hours(&self) -> bool {
        self.size == HOUR
    }

    /// When each of them begins.
    pub fn starts(&self) -> impl Iterator<Item = i64> + use<> {
        let (since, size) = (self.since, self.size);
        (0_i64..)
            .take(self.count)
            .map(move |number| since.saturating_add(number.saturating_mul(size)))
    }

    /// The part in which a moment is; the last for one that is yet to come, which a clock set back leaves behind.
    pub fn place(&self, at: i64) -> usize {
        let number = at.saturating_sub(self.since).max(0) / self.size;
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        number.min(self.count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_has_its_part() {
        let week = Buckets::last_days(7, 30 * DAY);
        assert_eq!(
            (week.since(), week.count(), week.size()),
            (23 * DAY, 7, DAY)
        );
        let cases = [
            (23 * DAY, 0),
            (24 * DAY - 1, 0),
            (24 * DAY, 1),
            (30 * DAY, 6),
            (99 * DAY, 6),
            (i64::MIN, 0),
        ];
        for (at, place) in cases {
            assert_eq!(week.place(at), place, "{at}");
        }
        assert_eq!(Buckets::last_days(2, 0).count(), 48);
        assert_eq!(Buckets::last_days(0, 0).count(), 24);
        assert_eq!(
            Buckets::last_days(u16::MAX, i64::MIN).place(i64::MAX),
            65534
        );
        assert_eq!(week.starts().last(), Some(29 * DAY));
    }
}
