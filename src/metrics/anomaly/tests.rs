#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::queue::Came;

/// A run of `ms` that ended in the minute `at`.
fn run(at: i64, ms: i64, came: Option<Came>) -> MeasuredRun {
    MeasuredRun {
        job: format!("{at:08x}"),
        fence: 1,
        task: "lint".to_owned(),
        history: "lint".to_owned(),
        host: "here".to_owned(),
        outcome: "exited".to_owned(),
        came,
        killed: false,
        queue_ms: 0,
        started_at: at * 60_000 - ms,
        finished_at: at * 60_000,
        cpu_ms: None,
        peak_rss_kib: None,
    }
}

fn ok(at: i64, ms: i64) -> MeasuredRun {
    run(at, ms, Some(Came::Succeeded))
}

/// Successes of these durations.
fn took(all: &[i64]) -> Vec<MeasuredRun> {
    (1..).zip(all).map(|(at, ms)| ok(at, *ms)).collect()
}

/// Runs of which some fail.
fn course(text: &str) -> Vec<MeasuredRun> {
    let came = |c| match c {
        '.' => Some(Came::Succeeded),
        'x' => Some(Came::Failed),
        _ => None,
    };
    (1..)
        .zip(text.chars())
        .map(|(at, c)| run(at, 1000, came(c)))
        .collect()
}

fn keys(runs: &[MeasuredRun]) -> Vec<String> {
    let found = find(runs);
    found
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it.kind.name(),
                i64::from_str_radix(&it.began.job, 16).unwrap()
            )
        })
        .collect()
}

#[test]
fn a_slow_run_is_compared_with_those_before_it() {
    let usual = [1000, 1100, 900, 1050, 950, 1000, 1020, 980, 1010, 990];
    let with = |last: i64| took(&[&usual[..], &[last]].concat());
    assert_eq!(keys(&with(5000)), ["slow 11"]);
    assert_eq!(
        keys(&with(2000)),
        [] as [&str; 0],
        "twice is not more than twice"
    );
    assert_eq!(keys(&with(2010)), ["slow 11"]);
    assert_eq!(
        keys(&took(&[&usual[1..], &[5000]].concat())),
        [] as [&str; 0],
        "nine are too few"
    );
    let found = find(&with(5000));
    assert!(found[0].ongoing);
    assert_eq!(found[0].key(), "slow/lint/here/0000000b.1");
    assert_eq!(
        found[0].sentence(),
        "took 5.0 s, 5.0 times the usual 1.0 s (median of the 10 runs before)"
    );
    let Figures::Slow {
        robust_z: Some(z),
        median_ms,
        earlier: 10,
        ..
    } = found[0].figures
    else {
        panic!("{found:?}")
    };
    // Median 1000, deviations 0 0 10 10 20 20 50 50 100 100.
    assert!((median_ms - 1000.0).abs() < 1e-9 && (z - 0.6745 * 4000.0 / 20.0).abs() < 1e-9);
}

#[test]
fn where_earlier_runs_took_the_same_twice_of_it_decides_and_where_they_vary_the_distance_does() {
    let mut same = vec![1000; 10];
    same.push(2100);
    assert_eq!(keys(&took(&same)), ["slow 11"]);
    let varied = [1000, 3000, 500, 4000, 700, 2000, 5000, 800, 900, 3500, 4000];
    assert_eq!(keys(&took(&varied)), [] as [&str; 0]);
    let mut short = vec![10; 10];
    short.push(400);
    assert_eq!(
        keys(&took(&short)),
        [] as [&str; 0],
        "half a second is worth nothing"
    );
}

#[test]
fn slow_runs_in_a_row_are_one_until_they_are_usual() {
    let mut all = vec![1000; 100];
    all.extend([4000; 60]);
    let found = find(&took(&all));
    let slow: Vec<_> = found.iter().filter(|it| it.kind == Kind::Slow).collect();
    assert_eq!(slow.len(), 1);
    let Figures::Slow { runs, .. } = slow[0].figures else {
        panic!()
    };
    assert_eq!((runs, slow[0].ongoing), (50, false));
    assert!(
        slow[0].sentence().starts_with("50 runs in a row"),
        "{}",
        slow[0].sentence()
    );
}

#[test]
fn runs_that_we_ended_teach_nothing() {
    let mut runs = took(&[1000; 10]);
    let mut killed = ok(11, 60_000);
    killed.killed = true;
    let mut timed_out = run(12, 60_000, Some(Came::Failed));
    timed_out.killed = true;
    runs.extend([
        killed,
        timed_out,
        run(13, 60_000, None),
        run(14, 60_000, Some(Came::Failed)),
    ]);
    let slow: Vec<_> = find(&runs)
        .into_iter()
        .filter(|it| it.kind != Kind::Failures)
        .collect();
    assert_eq!(slow, []);
    // Another machine, or another variant of the task, has durations of its own.
    for change in [
        |run: &mut MeasuredRun| run.host = "there".to_owned(),
        |run: &mut MeasuredRun| run.history = "lint:fix".to_owned(),
    ] {
        let mut other = ok(15, 9000);
        change(&mut other);
        runs.push(other);
    }
    runs.push(ok(16, 9000));
    assert_eq!(keys(&runs).last().unwrap(), "slow 16");
    assert_eq!(
        keys(&runs)
            .iter()
            .filter(|key| key.starts_with("slow"))
            .count(),
        1
    );
}

#[test]
fn failures_are_unusual_where_the_earlier_rate_does_not_explain_them() {
    // (0 + 1)/(10 + 2) each: twice in a row is 1/144.
    assert_eq!(keys(&course("..........x")), [] as [&str; 0]);
    assert_eq!(keys(&course("..........xx")), ["failures 11"]);
    assert_eq!(
        keys(&course("..........x-x")),
        ["failures 11"],
        "what says nothing does not count"
    );
    assert_eq!(
        keys(&course("xxxxxxxxxxxxxxxxxxxxxxxx")),
        [] as [&str; 0],
        "it has always failed"
    );
    assert_eq!(keys(&course(".x.x.x.x.x.x.x.x.x.x.x.x.x")), [] as [&str; 0]);
    let found = find(&course("..........xx"));
    let Figures::Failures {
        failed: 2,
        of: 2,
        earlier: 10,
        rate,
        p,
    } = found[0].figures
    else {
        panic!("{found:?}")
    };
    assert!((rate - 1.0 / 12.0).abs() < 1e-12 && (p - 1.0 / 144.0).abs() < 1e-12);
    assert!(found[0].ongoing);
    assert_eq!(
        found[0].sentence(),
        "failed 2 of the last 2 times, after 0 of 10: at that rate it would happen once in 144 times"
    );
}

#[test]
fn a_series_is_one_anomaly_until_it_is_over() {
    let text = format!("{}xxxxx.......{}xxxx", ".".repeat(30), ".".repeat(30));
    assert_eq!(keys(&course(&text)), ["failures 31", "failures 73"]);
    let found = find(&course(&text));
    assert!(!found[0].ongoing && found[1].ongoing);
    assert!(!found[0].is_same_as(&found[1]));
    // Seen again when more has happened, or when the oldest runs are gone.
    let sooner = find(&course(&text[..33]));
    assert!(found[0].is_same_as(&sooner[0]) && sooner[0].key() == found[0].key());
    let runs = course(&text);
    let later = find(&runs[5..]);
    assert_eq!(later[0].key(), found[0].key());
}

#[test]
fn what_grows_slowly_is_noticed_and_named_by_its_beginning() {
    let noise = [0, 40, -30, 20, -50, 10, 60, -20, 30, -40, 5];
    let at = |index: i64| 2000 + noise[usize::try_from(index).unwrap() % noise.len()] * 2;
    let grows: Vec<i64> = (0..120).map(|it| at(it) + (it - 60).max(0) * 40).collect();
    let runs = took(&grows);
    let found = find(&runs);
    let drift: Vec<_> = found.iter().filter(|it| it.kind == Kind::Drift).collect();
    assert!(!drift.is_empty(), "{found:?}");
    let began = i64::from_str_radix(&drift[0].began.job, 16).unwrap();
    assert!((58..75).contains(&began), "{began}");
    assert!(drift.last().unwrap().ongoing);
    assert!(
        drift[0].sentence().starts_with("has become slower: "),
        "{}",
        drift[0].sentence()
    );
    // None of it is slow compared with the hundred before.
    assert!(found.iter().all(|it| it.kind == Kind::Drift));
    // As the window slides it stays the same.
    for gone in 1..20 {
        let again = find(&runs[gone..]);
        assert!(again.iter().any(|it| it.is_same_as(drift[0])), "{gone}");
    }
    let steady: Vec<i64> = (0..120).map(at).collect();
    assert_eq!(find(&took(&steady)), []);
}

fn any_run() -> impl Strategy<Value = MeasuredRun> {
    let came = prop_oneof![
        4 => Just(Some(Came::Succeeded)),
        1 => Just(Some(Came::Failed)),
        1 => Just(None),
    ];
    (
        any::<u32>(),
        any::<i64>(),
        any::<i64>(),
        came,
        any::<bool>(),
        0..2_usize,
    )
        .prop_map(
            |(job, started_at, finished_at, came, killed, task)| MeasuredRun {
                job: format!("{job:08x}"),
                started_at,
                finished_at,
                killed,
                history: ["a", "b:c"][task].to_owned(),
                ..run(0, 0, came)
            },
        )
}

proptest! {
    #[test]
    fn any_rows_are_read(runs in prop::collection::vec(any_run(), 0..150)) {
        for anomaly in find(&runs) {
            let _ = anomaly.sentence();
            prop_assert!(anomaly.is_same_as(&anomaly));
        }
    }

    #[test]
    fn what_comes_later_does_not_change_what_was_slow(
        all in prop::collection::vec(100_i64..20_000, 12..60), cut in 11_usize..60
    ) {
        let runs = took(&all);
        let cut = cut.min(runs.len());
        let slow = |runs: &[MeasuredRun]| -> Vec<String> {
            find(runs).into_iter().filter(|it| it.kind == Kind::Slow).map(|it| it.key()).collect()
        };
        let (before, after) = (slow(&runs[..cut]), slow(&runs));
        prop_assert_eq!(&before[..], &after[..before.len()]);
    }
}
