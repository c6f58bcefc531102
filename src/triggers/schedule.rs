//! When a schedule is due: the decision, as a function of what is stored and of the time.
//!
//! - `every` is due at once when new, then one interval after each fire. It never catches up: there is one next fire.
//! - A cron expression fires at its local times. Missed fires make one job (`catch_up = "one"`), or none.
//! - What is stored is an instant, not a rule of the time zone: a process that sees another `TZ` changes nothing.
//! - A clock set back by less than [`PLAUSIBLE_SETBACK`] changes nothing either: the stored instant is waited for. Past
//!   that the clock had been wrong, and the next fire is computed anew (or a clock that was ten years ahead for a minute
//!   would stop a schedule for ten years). The store refuses a second fire of the same instant whatever the clock does.
//! - Spread: nothing ever starts before its time, and cron expressions are exact. Intervals that start together (a new
//!   configuration, a machine that wakes up) drift apart once, by a stable hash, in the interval that follows.

use std::time::Duration;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::cron::next_occurrence;

/// The zones of the earth span 26 hours, so a clock that is read in the wrong one is off by no more.
pub const PLAUSIBLE_SETBACK: SignedDuration = SignedDuration::from_hours(26);

/// How late a fire may be noticed before it counts as missed: three rounds of the installed schedule.
pub const ON_TIME: SignedDuration = SignedDuration::from_mins(15);

/// Missed fires are counted no further.
const MAX_MISSED: u32 = 1000;

/// When something is to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// At local times.
    Cron(Box<Cron>),
    /// Once per interval.
    Every(Duration),
}

impl Rule {
    /// What is stored to notice that the configuration changed.
    fn text(&self) -> String {
        match self {
            Self::Cron(cron) => format!("cron {}", cron.pattern),
            Self::Every(interval) => format!("every {}ms", interval.as_millis()),
        }
    }
}

/// One schedule of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its identity in the store.
    pub key: String,
    /// When it fires.
    pub rule: Rule,
    /// Whether missed fires of a cron expression make one job.
    pub catch_up: bool,
    /// Whether it fires at all.
    pub enabled: bool,
    /// What spreads equal intervals: differs between repositories and between tasks, and never changes.
    pub salt: u64,
}

impl Schedule {
    /// What is stored to notice that the configuration changed; switching off and on counts as a change, so what was
    /// missed while it was off is not caught up.
    pub fn text(&self) -> String {
        if self.enabled {
            self.rule.text()
        } else {
            "off".to_owned()
        }
    }
}

/// What is stored of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// [`Schedule::text`] when it was written.
    pub rule: String,
    /// The next fire, if there is one.
    pub next_fire: Option<Timestamp>,
    /// The newest instant it has fired for.
    pub last_fire: Option<Timestamp>,
}

/// What to do about a schedule now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing.
    Keep,
    /// Store the next fire: it is new, was changed, or the clock had been wrong.
    Plan {
        /// When it will fire, if ever.
        next: Option<Timestamp>,
    },
    /// Make a job, unless this instant was fired before, and store the next fire.
    Fire {
        /// The fire's identity.
        scheduled_for: Timestamp,
        /// How many later fires this one stands for as well.
        missed: u32,
        /// When it will fire again, if ever.
        next: Option<Timestamp>,
    },
    /// Make no job for what was missed, and store the next fire.
    Skip {
        /// How many fires were missed.
        missed: u32,
        /// When it will fire again, if ever.
        next: Option<Timestamp>,
    },
}

/// The first fire after `after`, which is the last fire or the present.
pub fn next_fire(rule: &Rule, after: Timestamp, tz: &TimeZone) -> Option<Timestamp> {
    match rule {
        Rule::Cron(cron) => next_occurrence(cron, after, tz),
        Rule::Every(interval) => later(after, *interval),
    }
}

/// What to do about `schedule` at `now`, given what is stored.
pub fn decide(schedule: &Schedule, stored: Option<&Stored>, now: Timestamp, tz: &TimeZone) -> Step {
    let planned = planned(schedule, stored, now, tz);
    match planned {
        Some(due) if due <= now => fire(schedule, stored, due, now, tz),
        next => match stored {
            Some(row) if row.rule == schedule.text() && row.next_fire == next => Step::Keep,
            _ => Step::Plan { next },
        },
    }
}

/// The fire that is waited for.
fn planned(
    schedule: &Schedule,
    stored: Option<&Stored>,
    now: Timestamp,
    tz: &TimeZone,
) -> Option<Timestamp> {
    if !schedule.enabled {
        return None;
    }
    let unchanged = stored.filter(|row| row.rule == schedule.text());
    match &schedule.rule {
        Rule::Cron(cron) => match unchanged.and_then(|row| row.next_fire) {
            Some(next) if !overtaken(cron, next, now, tz) => Some(next),
            _ => next_occurrence(cron, now, tz),
        },
        Rule::Every(interval) => {
            let planned = match (unchanged, stored.and_then(|row| row.last_fire)) {
                (Some(row), _) => row.next_fire,
                (None, Some(last)) => later(last, *interval),
                (None, None) => Some(now),
            };
            // Further away than a whole interval: the clock was set back. The fire it had is not repeated.
            let limit = later(now, *interval + spread_window(*interval));
            match (planned, limit) {
                (Some(planned), Some(limit)) if planned > limit => later(now, *interval),
                _ => planned,
            }
        }
    }
}

/// Whether the stored fire was computed by a clock that ran implausibly far ahead: fires lie between the present and it
/// that no clock set back within reason explains.
fn overtaken(cron: &Cron, stored: Timestamp, now: Timestamp, tz: &TimeZone) -> bool {
    now.checked_add(PLAUSIBLE_SETBACK)
        .ok()
        .and_then(|horizon| next_occurrence(cron, horizon, tz))
        .is_some_and(|next| next < stored)
}

fn fire(
    schedule: &Schedule,
    stored: Option<&Stored>,
    due: Timestamp,
    now: Timestamp,
    tz: &TimeZone,
) -> Step {
    let late = now.duration_since(due);
    match &schedule.rule {
        Rule::Every(interval) => {
            let window = spread_window(*interval);
            let together = stored.is_none_or(|row| row.last_fire.is_none())
                || late > SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
            let spread = if together {
                spread(schedule.salt, window)
            } else {
                Duration::ZERO
            };
            Step::Fire {
                scheduled_for: due,
                missed: 0,
                next: later(now, *interval + spread),
            }
        }
        Rule::Cron(cron) => {
            let next = next_occurrence(cron, now, tz);
            if schedule.catch_up {
                return Step::Fire {
                    scheduled_for: due,
                    missed: count(cron, due, now, tz),
                    next,
                };
            }
            // A fire within the last minutes is on time, whatever was missed before it.
            let recent = now
                .checked_sub(ON_TIME)
                .ok()
                .filter(|start| *start > due)
                .map_or(Some(due), |start| next_occurrence(cron, start, tz))
                .filter(|instant| *instant <= now);
            match recent {
                Some(scheduled_for) => Step::Fire {
                    scheduled_for,
                    missed: 0,
                    next,
                },
                None => Step::Skip {
                    missed: count(cron, due, now, tz).saturating_add(1),
                    next,
                },
            }
        }
    }
}

/// Fires after `from`, up to and including `until`.
fn count(cron: &Cron, from: Timestamp, until: Timestamp, tz: &TimeZone) -> u32 {
    let mut at = from;
    for counted in 0..MAX_MISSED {
        match next_occurrence(cron, at, tz) {
            Some(next) if next <= until => at = next,
            _ => return counted,
        }
    }
    MAX_MISSED
}

fn later(from: Timestamp, by: Duration) -> Option<Timestamp> {
    from.checked_add(by).ok()
}

/// Long enough that a handful of jobs do not meet, short enough that nobody misses an interval.
fn spread_window(interval: Duration) -> Duration {
    (interval / 10).min(Duration::from_secs(600))
}

fn spread(salt: u64, window: Duration) -> Duration {
    let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(salt.checked_rem(window).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn cron(expression: &str) -> Schedule {
        Schedule {
            key: "docs".to_owned(),
            rule: Rule::Cron(Box::new(expression.parse().unwrap())),
            catch_up: true,
            enabled: true,
            salt: 12_345_678,
        }
    }

    fn every(minutes: u64) -> Schedule {
        Schedule {
            rule: Rule::Every(Duration::from_secs(minutes * 60)),
            ..cron("0 0 * * *")
        }
    }

    /// A store of one schedule, and the fires it accepted.
    struct World {
        schedule: Schedule,
        tz: TimeZone,
        stored: Option<Stored>,
        identities: BTreeSet<Timestamp>,
        /// The clock at each fire that made a job, with what it stood for.
        jobs: Vec<(Timestamp, Timestamp, u32)>,
    }

    impl World {
        fn new(schedule: Schedule) -> Self {
            Self {
                schedule,
                tz: berlin(),
                stored: None,
                identities: BTreeSet::new(),
                jobs: Vec::new(),
            }
        }

        fn see(&mut self, now: Timestamp) -> Step {
            let step = decide(&self.schedule, self.stored.as_ref(), now, &self.tz);
            let mut last_fire = self.stored.as_ref().and_then(|row| row.last_fire);
            let next_fire = match step {
                Step::Keep => return step,
                Step::Plan { next } | Step::Skip { next, .. } => next,
                Step::Fire {
                    scheduled_for,
                    missed,
                    next,
                } => {
                    if self.identities.insert(scheduled_for) {
                        self.jobs.push((now, scheduled_for, missed));
                    }
                    last_fire = last_fire.max(Some(scheduled_for));
                    next
                }
            };
            self.stored = Some(Stored {
                rule: self.schedule.text(),
                next_fire,
                last_fire,
            });
            step
        }

        fn next(&self) -> Option<Timestamp> {
            self.stored.as_ref().and_then(|row| row.next_fire)
        }
    }

    #[test]
    fn a_new_interval_is_due_at_once_and_then_once_per_interval() {
        let mut world = World::new(every(30));
        let start = at("2026-11-01T10:00:00Z");
        for minute in 0..180 {
            world.see(start + SignedDuration::from_mins(minute));
        }
        // 12,345,678 ms modulo the window of three minutes: 105.678 s, once.
        let minutes: Vec<_> = world
            .jobs
            .iter()
            .map(|(now, ..)| now.duration_since(start).as_mins())
            .collect();
        assert_eq!(minutes, [0, 32, 62, 92, 122, 152]);
    }

    #[test]
    fn a_new_cron_expression_waits_for_its_time() {
        let mut world = World::new(cron("0 2 * * *"));
        assert_eq!(
            world.see(at("2026-11-01T10:00:00Z")),
            Step::Plan {
                next: Some(at("2026-11-02T01:00:00Z"))
            }
        );
        assert_eq!(world.see(at("2026-11-02T00:59:59.999Z")), Step::Keep);
        assert!(matches!(
            world.see(at("2026-11-02T01:00:00Z")),
            Step::Fire { missed: 0, .. }
        ));
        assert_eq!(world.see(at("2026-11-02T01:00:00Z")), Step::Keep);
    }

    #[test]
    fn missed_fires_make_one_job_or_none() {
        let mut world = World::new(cron("0 * * * *"));
        world.see(at("2026-11-01T00:30:00Z"));
        world.see(at("2026-11-01T08:30:00Z"));
        assert_eq!(
            world.jobs,
            [(at("2026-11-01T08:30:00Z"), at("2026-11-01T01:00:00Z"), 7)]
        );

        let mut schedule = cron("0 * * * *");
        schedule.catch_up = false;
        let mut world = World::new(schedule);
        world.see(at("2026-11-01T00:30:00Z"));
        assert_eq!(
            world.see(at("2026-11-01T08:30:00Z")),
            Step::Skip {
                missed: 8,
                next: Some(at("2026-11-01T09:00:00Z"))
            }
        );
        // Noticed within minutes it is not a missed one, whatever was missed before it.
        world.see(at("2026-11-01T12:05:00Z"));
        assert_eq!(
            world.jobs,
            [(at("2026-11-01T12:05:00Z"), at("2026-11-01T12:00:00Z"), 0)]
        );
    }

    #[test]
    fn changed_switched_off_and_on() {
        let mut world = World::new(cron("0 2 * * *"));
        world.see(at("2026-11-01T10:00:00Z"));
        world.schedule = cron("0 3 * * *");
        world.see(at("2026-11-01T10:05:00Z"));
        assert_eq!(world.next(), Some(at("2026-11-02T02:00:00Z")));
        world.schedule.enabled = false;
        world.see(at("2026-11-01T10:10:00Z"));
        assert_eq!(world.next(), None);
        assert_eq!(world.see(at("2026-11-20T10:10:00Z")), Step::Keep);
        world.schedule.enabled = true;
        world.see(at("2026-11-20T10:15:00Z"));
        assert_eq!(world.next(), Some(at("2026-11-21T02:00:00Z")));
        assert!(world.jobs.is_empty());

        let mut world = World::new(every(60));
        world.see(at("2026-11-01T10:00:00Z"));
        world.schedule = every(30);
        world.see(at("2026-11-01T10:10:00Z"));
        assert_eq!(world.next(), Some(at("2026-11-01T10:30:00Z")));
    }

    #[test]
    fn a_day_that_never_comes_is_planned_as_never() {
        let mut world = World::new(cron("0 0 31 2 *"));
        assert_eq!(
            world.see(at("2026-11-01T10:00:00Z")),
            Step::Plan { next: None }
        );
        assert_eq!(world.see(at("2036-11-01T10:00:00Z")), Step::Keep);
    }

    #[test]
    fn an_hour_back_repeats_nothing_and_ten_years_back_stop_nothing() {
        let mut world = World::new(cron("*/10 * * * *"));
        world.see(at("2026-11-01T10:05:00Z"));
        world.see(at("2026-11-01T11:00:00Z"));
        world.see(at("2026-11-01T11:10:00Z"));
        let before = world.jobs.len();
        for minute in 0..60 {
            world.see(at("2026-11-01T10:11:00Z") + SignedDuration::from_mins(minute));
        }
        // Only 11:10's successor at the very end of the repeated hour is new.
        assert_eq!(world.jobs.len(), before);
        world.see(at("2026-11-01T11:20:00Z"));
        assert_eq!(world.jobs.len(), before + 1);

        for expression in ["*/10 * * * *", "0 2 * * *", "0 2 * * MON", "0 2 31 12 *"] {
            let mut world = World::new(cron(expression));
            world.see(at("2026-11-01T10:05:00Z"));
            for minute in 0..3000 {
                world.see(at("2036-11-01T10:05:00Z") + SignedDuration::from_mins(minute));
            }
            world.see(at("2026-11-01T10:06:00Z"));
            let next = world.next().unwrap();
            assert!(next < at("2027-01-01T10:05:00Z"), "{expression}: {next}");
        }
        let mut world = World::new(every(30));
        world.see(at("2036-11-01T10:05:00Z"));
        world.see(at("2026-11-01T10:05:00Z"));
        assert_eq!(world.next(), Some(at("2026-11-01T10:35:00Z")));
        assert_eq!(world.jobs.len(), 1);
    }

    fn rule() -> impl Strategy<Value = Schedule> {
        (
            prop_oneof![
                prop::sample::select(vec![
                    "0 2 * * *",
                    "30 2 * * *",
                    "*/5 * * * *",
                    "0 * * * *",
                    "0,30 1,2,3 * * *",
                    "0 0 1 * *",
                    "0 0 29 2 *",
                    "0 4 * * SUN",
                ])
                .prop_map(cron),
                (1..20_000_u64).prop_map(every),
            ],
            any::<bool>(),
            any::<u64>(),
        )
            .prop_map(|(schedule, catch_up, salt)| Schedule {
                catch_up,
                salt,
                ..schedule
            })
    }

    proptest! {
        #[test]
        fn no_instant_fires_twice_nor_early_whatever_the_clock_says(
            schedule in rule(),
            // From 1996 to 2050, in any order, with runs of small steps in between.
            clock in prop::collection::vec(
                (820_454_400_000_i64..2_524_608_000_000, prop::collection::vec(-7_200_000..90_000_000_i64, 0..12)),
                1..12,
            ),
        ) {
            let mut world = World::new(schedule);
            for (jump, steps) in clock {
                let mut ms = jump;
                for step in std::iter::once(0).chain(steps) {
                    ms += step;
                    let now = Timestamp::from_millisecond(ms).unwrap();
                    world.see(now);
                    prop_assert!(world.next().is_none_or(|next| next > now), "still due after it was seen");
                    // Seen again at the same moment there is nothing more to do.
                    prop_assert_eq!(world.see(now), Step::Keep);
                }
            }
            for (now, scheduled_for, _) in &world.jobs {
                prop_assert!(scheduled_for <= now, "fired early");
            }
        }

        #[test]
        fn a_clock_that_is_corrected_within_reason_repeats_nothing(
            schedule in rule().prop_filter("cron", |schedule| matches!(schedule.rule, Rule::Cron(_))),
            start in 1_700_000_000_000_i64..1_800_000_000_000,
            steps in prop::collection::vec((0..400_000_000_i64, 0..93_600_000_i64), 1..60),
        ) {
            let mut world = World::new(schedule);
            let mut newest = start;
            let mut last = None;
            for (forward, back) in steps {
                newest += forward;
                // The store is not needed: nothing at or before the newest fire is even proposed again.
                for ms in [newest, newest - back] {
                    let step = world.see(Timestamp::from_millisecond(ms).unwrap());
                    if let Step::Fire { scheduled_for, .. } = step {
                        prop_assert!(Some(scheduled_for) > last, "{scheduled_for} after {last:?}");
                        last = Some(scheduled_for);
                    }
                }
            }
        }

        #[test]
        fn with_a_clock_that_only_advances_nothing_is_lost(
            schedule in rule(),
            start in 1_700_000_000_000_i64..1_800_000_000_000,
            steps in prop::collection::vec(1..400_000_000_i64, 1..60),
        ) {
            let mut world = World::new(schedule.clone());
            let mut ms = start;
            world.see(Timestamp::from_millisecond(ms).unwrap());
            for step in steps {
                ms += step;
                world.see(Timestamp::from_millisecond(ms).unwrap());
            }
            let (start, end) = (Timestamp::from_millisecond(start).unwrap(), Timestamp::from_millisecond(ms).unwrap());
            match &schedule.rule {
                Rule::Cron(cron) if schedule.catch_up => {
                    // Every fire of the expression is one that made a job, or one that a job stands for.
                    let covered: u32 = world.jobs.iter().map(|(_, _, missed)| missed + 1).sum();
                    let expected = count(cron, start, end, &world.tz);
                    if world.jobs.iter().all(|(_, _, missed)| *missed < MAX_MISSED) && expected < MAX_MISSED {
                        prop_assert_eq!(covered, expected);
                    }
                }
                Rule::Cron(_) => {
                    for (now, scheduled_for, _) in &world.jobs {
                        prop_assert!(now.duration_since(*scheduled_for) <= ON_TIME);
                    }
                }
                Rule::Every(interval) => {
                    let interval = SignedDuration::try_from(*interval).unwrap();
                    for pair in world.jobs.windows(2) {
                        prop_assert!(pair[1].0.duration_since(pair[0].0) >= interval, "sooner than the interval");
                    }
                }
            }
        }
    }
}
