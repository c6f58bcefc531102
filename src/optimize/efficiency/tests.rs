#![allow(clippy::unwrap_used, clippy::panic, clippy::float_cmp)]

use proptest::prelude::*;

use super::*;
use crate::config::costs::Costs;
use crate::optimize::automation::Summed;

const DAY: i64 = 86_400_000;
/// A Monday.
const NOW: i64 = 1_790_000_000_000;
const MINUTE: u64 = 60_000;
const HOUR: f64 = 3_600_000.0;

fn ran(days_ago: f64, ok: bool, ms: u64) -> Ran {
    #[allow(clippy::cast_possible_truncation)]
    let before = (days_ago * 86_400_000.0) as i64;
    Ran {
        at: NOW - before,
        ok,
        ms,
    }
}

fn baseline(durations: &[u64], per_week: Option<f64>) -> Baseline {
    Baseline {
        origin: Origin::History,
        at: NOW - 60 * DAY,
        durations: durations.to_vec(),
        per_week,
    }
}

fn of(runs: &[Ran], baselines: &[Baseline], days: u16) -> Efficiency {
    let input = Input {
        runs,
        older: Summed::default(),
        made_at: NOW - 60 * DAY,
        baselines,
        since: &[],
        days,
    };
    efficiency(&input, &Costs::default(), NOW)
}

fn costs(toml: &str) -> Costs {
    serde_json::from_str(toml).unwrap()
}

#[test]
fn runs_save_what_it_took_by_hand_less_what_they_take() {
    let runs = [
        ran(40.0, true, MINUTE),
        ran(20.0, true, MINUTE),
        // It took longer than by hand: nothing is saved, and nothing lost.
        ran(19.0, true, 11 * MINUTE),
        ran(18.0, false, 2 * MINUTE),
        ran(1.0, true, 0),
    ];
    let found = of(
        &runs,
        &[baseline(&[8 * MINUTE, 10 * MINUTE, 30 * MINUTE], None)],
        30,
    );
    let saved = found.saved.unwrap();
    assert_eq!((saved.runs, saved.failed), (4, 1));
    assert_eq!((saved.gained_ms, saved.lost_ms), (19 * MINUTE, 2 * MINUTE));
    assert_eq!(saved.saved_ms, 17 * 60_000);
    assert_eq!(saved.counted, None);
    let ever = found.saved_ever.unwrap();
    assert_eq!((ever.runs, ever.saved_ms), (5, 26 * 60_000));
    assert_eq!(found.course.median_ms, Some(60_000.0));
    assert_eq!(found.baseline.unwrap().ms, 600_000.0);
    let none = of(&runs, &[], 30);
    assert_eq!(
        (none.saved, none.saved_ever, none.returns),
        (None, None, None)
    );
    assert_eq!(none.runs_ever, 5);
}

#[test]
fn no_more_runs_count_than_were_done_by_hand() {
    // Twenty in each of four weeks, where it was done two and a half times.
    let runs: Vec<Ran> = (0..80)
        .map(|at| ran(28.0 - f64::from(at) * 0.35, true, 0))
        .collect();
    let found = of(&runs, &[baseline(&[10 * MINUTE], Some(2.5))], 30);
    let saved = found.saved.unwrap();
    assert_eq!(saved.gained_ms, 800 * MINUTE);
    let counted = saved.counted.unwrap();
    assert_eq!(counted.most_a_week, 3);
    // Three in each of four weeks from Monday on, and one on this Monday.
    assert_eq!(counted.runs, 13);
    assert_eq!(counted.saved_ms, 130 * 60_000);
    let (all, fewer) = (found.returns.unwrap(), found.returns_counted.unwrap());
    assert!((all.gained_hours - 800.0 / 60.0).abs() < 1e-9);
    assert!((fewer.gained_hours - 130.0 / 60.0).abs() < 1e-9);
    assert!(fewer.roi.unwrap() < all.roi.unwrap());
    let text = said(&found).join("\n");
    assert!(
        text.contains("saved 13.3 h in 30 days: 80 runs against 10 min by hand"),
        "{text}"
    );
    assert!(
        text.contains("; saved 2.2 h if at most 3 runs a week are counted"),
        "{text}"
    );
}

#[test]
fn what_came_back_is_reckoned_in_money() {
    // Two hours at 100 are paid back by four hours at 50.
    let runs: Vec<Ran> = (0..30)
        .map(|at| ran(30.0 - f64::from(at), true, 0))
        .collect();
    let twenty = [baseline(&[20 * MINUTE], None)];
    let found = of(&runs, &twenty, 30).returns.unwrap();
    assert!(
        (found.gained - 500.0).abs() < 1e-9 && (found.cost - 200.0).abs() < 1e-9,
        "{found:?}"
    );
    assert!((found.roi.unwrap() - 1.5).abs() < 1e-9);
    assert_eq!(found.payback, Some(Payback::Reached { at: runs[11].at }));
    assert_eq!((found.gained_hours, found.spent_hours), (10.0, 2.0));
    // A failure costs what it took, once.
    let mut failed = runs.clone();
    failed[29] = ran(1.0, false, 60 * MINUTE);
    let found = of(&failed, &twenty, 30).returns.unwrap();
    assert!((found.cost - 250.0).abs() < 1e-9, "{found:?}");
    assert!((found.gained - 29.0 / 3.0 * 50.0).abs() < 1e-9);
    // Six of the last days at twenty minutes: two of four hours are there, and a day brings a third of one.
    let few = &runs[24..];
    let found = of(few, &twenty, 30);
    let Some(Payback::Projected { at }) = found.returns.unwrap().payback else {
        panic!("{found:?}");
    };
    // A rate is of a week at least.
    let ahead = crate::metrics::stats::ms_as_f64(at - NOW) / 86_400_000.0;
    assert!((ahead - 7.0).abs() < 1e-6, "{ahead}");
}

#[test]
fn what_never_pays_is_said_so() {
    let slow: Vec<Ran> = (0..30)
        .map(|at| ran(f64::from(at), true, 30 * MINUTE))
        .collect();
    let never = of(&slow, &[baseline(&[20 * MINUTE], None)], 30)
        .returns
        .unwrap();
    assert_eq!(
        (never.payback, never.roi),
        (Some(Payback::Never), Some(-1.0))
    );
    // It was used, and is not any more.
    let gone = [ran(50.0, true, 0)];
    let found = of(&gone, &[baseline(&[20 * MINUTE], None)], 30)
        .returns
        .unwrap();
    assert_eq!(found.payback, Some(Payback::Never));
    assert_eq!(
        of(&[], &[baseline(&[1], None)], 30)
            .returns
            .unwrap()
            .payback,
        Some(Payback::Never)
    );
    // Maintenance eats it up: a minute a day is half an hour a month.
    let daily: Vec<Ran> = (0..30).map(|at| ran(f64::from(at), true, 0)).collect();
    let minute = [baseline(&[MINUTE], None)];
    let input = Input {
        runs: &daily,
        older: Summed::default(),
        made_at: NOW - 30 * DAY,
        baselines: &minute,
        since: &[],
        days: 30,
    };
    let maintained = costs(r#"{ "maintenance_hours": 1 }"#);
    let found = efficiency(&input, &maintained, NOW).returns.unwrap();
    assert_eq!(found.payback, Some(Payback::Never));
    let months = 30.0 / (365.25 / 12.0);
    assert!((found.cost - 100.0 * (2.0 + months)).abs() < 1e-9);
    // What costs nothing has no rate of return, and pays with the first run that gains anything.
    let free = costs(r#"{ "development_hours": 0 }"#);
    let found = efficiency(&input, &free, NOW).returns.unwrap();
    assert_eq!(
        (found.roi, found.payback),
        (None, Some(Payback::Reached { at: daily[29].at }))
    );
    let worthless = costs(r#"{ "hourly_rate": 0 }"#);
    let found = efficiency(&input, &worthless, NOW).returns.unwrap();
    assert_eq!(
        (found.roi, found.payback, found.gained_hours),
        (None, None, 0.5)
    );
    let huge =
        costs(r#"{ "hourly_rate": 1e308, "development_hours": 1e308, "development_rate": 1e308 }"#);
    assert_eq!(efficiency(&input, &huge, NOW).returns.unwrap().roi, None);
}

#[test]
fn runs_that_are_only_summed_saved_at_least() {
    let mut older = Summed::default();
    for _ in 0..100 {
        older.add(true, MINUTE);
    }
    older.add(false, 5 * MINUTE);
    let runs: Vec<Ran> = (0..10)
        .map(|at| ran(f64::from(at) * 0.5 + 0.1, true, MINUTE))
        .collect();
    let ten = [baseline(&[10 * MINUTE], Some(7.0))];
    let input = Input {
        runs: &runs,
        older,
        made_at: NOW - 33 * DAY,
        baselines: &ten,
        since: &[],
        days: 30,
    };
    let found = efficiency(&input, &Costs::default(), NOW);
    let ever = found.saved_ever.unwrap();
    assert!(ever.at_least);
    assert_eq!((ever.runs, ever.failed), (111, 1));
    // Exactly: what failed is taken from what was gained.
    assert_eq!(ever.saved_ms, (100 * 9 - 5 + 90) * 60_000);
    // Four weeks and the one begun, at seven.
    assert_eq!(
        ever.counted.unwrap().runs - found.saved.unwrap().counted.unwrap().runs,
        35
    );
    assert!(
        found.saved.unwrap().at_least,
        "the period goes back before the runs that are kept"
    );
    assert_eq!(found.runs_ever, 111);
    // Of slower ones nothing is made up.
    let slow = Summed {
        count: 3,
        ok: 2,
        total_ms: 90 * MINUTE,
        min_ms: None,
        max_ms: None,
    };
    let found = efficiency(
        &Input {
            older: slow,
            ..input
        },
        &Costs::default(),
        NOW,
    );
    assert_eq!(found.saved_ever.unwrap().gained_ms, 90 * MINUTE);
    assert_eq!(found.saved_ever.unwrap().lost_ms, 90 * MINUTE);
}

#[test]
fn a_trend_takes_two_weeks() {
    let runs = |days: u32, slope: u64| -> Vec<Ran> {
        (0..days)
            .flat_map(|day| {
                let ms = 10_000 + u64::from(29 - day) * slope;
                let at = f64::from(day) + 0.5;
                [
                    ran(at, true, ms),
                    ran(at, true, ms + 10),
                    ran(at, true, ms - 10),
                    ran(at, false, 1),
                ]
            })
            .collect()
    };
    let few = of(&runs(13, 0), &[], 30);
    assert_eq!(few.course.trend, Told::Insufficient { have: 13, need: 14 });
    assert!(said(&few).contains(&"trend: insufficient data: 13 of 14 days".to_owned()));
    let growing = of(&runs(30, 100), &[], 30);
    let trend = growing.course.trend.enough().unwrap();
    assert_eq!((trend.days, trend.slope_ms, trend.tau), (30, 100.0, 1.0));
    assert!((trend.a_week.unwrap() - 700.0 / 11_450.0).abs() < 1e-12);
    assert_eq!(growing.course.series.len(), 30);
    assert_eq!(growing.course.series[0], Some(10_000.0));
    let text = said(&growing);
    assert!(
        text.contains(&"6.1 % slower a week, over 30 days (p < 0.001)".to_owned()),
        "{text:?}"
    );
    // A week is too little to look at, so the trend looks back further.
    let week = of(&runs(30, 100), &[], 7);
    assert_eq!((week.course.series.len(), week.course.trend_days), (7, 30));
    assert!(week.course.trend.enough().is_some());
    let flat = of(&runs(30, 0), &[], 30);
    let trend = flat.course.trend.enough().unwrap();
    assert_eq!((trend.slope_ms, trend.p), (0.0, 1.0));
    assert!(said(&flat).iter().any(|it| it.starts_with("no trend")));
}

#[test]
fn halves_and_what_it_took_by_hand_are_compared() {
    let runs: Vec<Ran> = (0..20)
        .map(|at| {
            let ok = at >= 10 || at % 5 != 0;
            let ms = if at < 10 { 5000 + at } else { 9000 + at };
            ran(29.0 - 1.45 * f64::from(u32::try_from(at).unwrap()), ok, ms)
        })
        .collect();
    let by_hand = [baseline(&[60_000, 61_000, 62_000, 63_000, 64_000], None)];
    let found = of(&runs, &by_hand, 30);
    let halves = found.course.halves.enough().unwrap();
    assert_eq!((halves.before, halves.after, halves.delta), (8, 10, 1.0));
    let successes = found.course.successes.enough().unwrap();
    assert_eq!(
        (successes.before_ok, successes.before, successes.after_ok),
        (8, 10, 10)
    );
    assert!((successes.p - 0.473_684_210_526_315_8).abs() < 1e-12);
    let automated = found.automated.enough().unwrap();
    assert_eq!((automated.before_ms, automated.delta), (62_000.0, -1.0));
    let text = said(&found).join("\n");
    for part in [
        "62.0 s by hand, 9.0 s automated (medians of 5 and 18, p < 0.001): 85 % less, a large difference",
        "5.0 s in the first half of 30 days, 9.0 s in the second",
        "80 % more, a large difference",
        "succeeded 10 of 10 times, 8 of 10 in the half before (p 0.47): no difference",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    // What is left is not rounded away.
    let fast: Vec<Ran> = runs.iter().map(|it| Ran { ms: 10, ..*it }).collect();
    let text = said(&of(&fast, &by_hand, 30)).join("\n");
    assert!(
        text.contains("10 ms automated (medians of 5 and 18, p < 0.001): 99.9 % less"),
        "{text}"
    );
    let few = of(&runs[..4], &[baseline(&[1, 2], None)], 30);
    assert_eq!(few.automated, Told::Insufficient { have: 2, need: 5 });
    assert_eq!(few.course.halves, Told::Insufficient { have: 0, need: 5 });
    let text = said(&few).join("\n");
    assert!(
        text.contains("by hand against automated: insufficient data: 2 of 5 times"),
        "{text}"
    );
    assert_eq!(text.matches("insufficient data").count(), 4, "{text}");
}

#[test]
fn what_was_said_goes_before_what_was_seen_and_drift_is_of_what_was_seen() {
    let seen = baseline(&[60_000, 61_000, 62_000, 63_000, 64_000], Some(3.0));
    let said_one = Baseline {
        origin: Origin::Said,
        at: NOW - DAY,
        durations: vec![300_000],
        per_week: None,
    };
    let both = [seen.clone(), said_one];
    // One before the baseline was taken, and so part of it.
    let since: Vec<Done> = [-61, -10, -9, -8, -7, -6]
        .map(|day| Done {
            at: NOW + day * DAY,
            ms: 120_000,
        })
        .to_vec();
    let input = Input {
        runs: &[],
        older: Summed::default(),
        made_at: NOW - 60 * DAY,
        baselines: &both,
        since: &since,
        days: 30,
    };
    let found = efficiency(&input, &Costs::default(), NOW);
    let by_hand = found.baseline.unwrap();
    assert_eq!(
        (by_hand.origin, by_hand.ms, by_hand.per_week),
        (Origin::Said, 300_000.0, Some(3.0))
    );
    assert_eq!(found.overruled.unwrap().ms, 62_000.0);
    let drift = found.drift.enough().unwrap();
    assert!(drift.drifted && drift.durations.delta == 1.0, "{drift:?}");
    assert_eq!(found.still_by_hand, 5);
    let text = said(&found).join("\n");
    assert!(text.contains("the baseline has drifted"), "{text}");
    assert!(
        text.contains(
            "somebody said that it takes 5 min by hand; histories tell 62.0 s (median of 5)"
        ),
        "{text}"
    );
    let few = efficiency(
        &Input {
            since: &since[..3],
            ..input
        },
        &Costs::default(),
        NOW,
    );
    assert_eq!(few.drift, Told::Insufficient { have: 2, need: 5 });
    let same: Vec<Done> = since.iter().map(|it| Done { ms: 62_000, ..*it }).collect();
    let same = efficiency(
        &Input {
            since: &same,
            ..input
        },
        &Costs::default(),
        NOW,
    );
    assert!(!same.drift.enough().unwrap().drifted);
}

proptest! {
    #[test]
    fn savings_add_up(
        runs in prop::collection::vec((0_u32..90 * 24, any::<bool>(), 0_u64..3_000_000), 0..120),
        by_hand in 0_u64..3_000_000, per_week in 0.01..40.0, days in 1_u16..100
    ) {
        let runs: Vec<Ran> = runs.into_iter().map(|(hours, ok, ms)| ran(f64::from(hours) / 24.0, ok, ms)).collect();
        let found = of(&runs, &[baseline(&[by_hand], Some(per_week))], days);
        let (saved, ever) = (found.saved.unwrap(), found.saved_ever.unwrap());
        let gained: u64 = runs.iter().filter(|it| it.ok).map(|it| by_hand.saturating_sub(it.ms)).sum();
        let lost: u64 = runs.iter().filter(|it| !it.ok).map(|it| it.ms).sum();
        prop_assert_eq!((ever.gained_ms, ever.lost_ms), (gained, lost));
        prop_assert_eq!(i128::from(ever.saved_ms), i128::from(gained) - i128::from(lost));
        prop_assert!(saved.runs <= ever.runs && saved.gained_ms <= ever.gained_ms);
        let counted = ever.counted.unwrap();
        prop_assert!(counted.gained_ms <= gained && counted.saved_ms <= ever.saved_ms);
        let returns = found.returns.unwrap();
        #[allow(clippy::cast_precision_loss)]
        let (gained, lost) = (gained as f64 / HOUR * 50.0, lost as f64 / HOUR * 50.0);
        prop_assert!((returns.roi.unwrap() - (gained - 200.0 - lost) / (200.0 + lost)).abs() < 1e-9);
        // It has paid for itself if it is ahead now.
        if returns.roi.unwrap() > 1e-9 {
            let reached = matches!(returns.payback, Some(Payback::Reached { at }) if at <= NOW);
            prop_assert!(reached, "{:?}", returns);
        }
        if let Some(Payback::Projected { at }) = returns.payback {
            prop_assert!(at >= NOW);
        }
        prop_assert_eq!(found.course.series.len(), usize::from(days));
    }

    #[test]
    fn anything_is_taken(
        runs in prop::collection::vec((any::<i64>(), any::<bool>(), any::<u64>()), 0..40),
        durations in prop::collection::vec(any::<u64>(), 0..9),
        per_week in prop::option::of(any::<f64>()),
        older in (any::<u32>(), any::<u32>(), any::<u64>()),
        made_at: i64, now: i64, days: u16,
    ) {
        let runs: Vec<Ran> = runs.into_iter().map(|(at, ok, ms)| Ran { at, ok, ms }).collect();
        let since: Vec<Done> = runs.iter().map(|it| Done { at: it.at, ms: it.ms }).collect();
        let baselines = [Baseline { origin: Origin::History, at: made_at, durations, per_week }];
        let older = Summed {
            count: older.0.into(), ok: older.1.into(), total_ms: older.2, min_ms: None, max_ms: None,
        };
        let input = Input { runs: &runs, older, made_at, baselines: &baselines, since: &since, days: days % 4000 };
        let found = efficiency(&input, &Costs::default(), now);
        let text = serde_json::to_string(&found).unwrap();
        prop_assert!(!said(&found).is_empty());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
