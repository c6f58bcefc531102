#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::optimize::monitor::anomalies;

const MINUTE: i64 = 60_000;

/// The run of a minute.
fn run(at: i64, ok: bool, ms: u64) -> Run {
    Run {
        at: at * MINUTE,
        kind: RunKind::Live,
        case: None,
        ok,
        exit: Some(i32::from(!ok)),
        ms,
        cpu_ms: None,
        peak_rss_kib: None,
        error: (!ok).then(|| "no such file".to_owned()),
    }
}

/// Runs that succeed (`.`), fail (`x`) or take long (`s`).
fn course(text: &str) -> Vec<Run> {
    let runs = (0..).zip(text.chars());
    runs.map(|(at, c)| run(at, c != 'x', if c == 's' { 9000 } else { 1000 }))
        .collect()
}

fn verdict(runs: &[Run], enabled_at: Option<i64>) -> Verdict {
    judge(&since_enabled(runs, enabled_at), &anomalies("id", runs))
}

fn of(text: &str) -> Verdict {
    verdict(&course(text), None)
}

#[test]
fn what_succeeds_is_fine_and_what_has_not_run_is_too() {
    assert_eq!(of(""), Verdict::Fine);
    assert_eq!(of("...................."), Verdict::Fine);
    assert_eq!(
        of("....................x"),
        Verdict::Fine,
        "once is nothing"
    );
    assert_eq!(of("xxxx"), Verdict::Fine, "four runs say nothing");
}

#[test]
fn what_is_unstable_and_failed_last_is_bad() {
    let bad =
        "succeeded in 2 of 5 runs since it was enabled (40 %); the last one failed (no such file)";
    assert_eq!(of(".x.xx"), Verdict::Bad(bad.to_owned()));
    let watched =
        "succeeded in 3 of 6 runs since it was enabled (50 %), though the last one succeeded";
    assert_eq!(of(".x.xx."), Verdict::Watch(watched.to_owned()));
    // Seven of ten are not below seven tenths.
    assert_eq!(
        of(".......xxx"),
        Verdict::Watch("succeeded in 7 of 10 runs since it was enabled (70 %)".to_owned())
    );
}

#[test]
fn a_series_of_failures_is_bad_before_the_state_says_so() {
    let text = format!("{}xx", ".".repeat(30));
    assert_eq!(of(&text), Verdict::Fine, "two of ten are no wonder");
    let text = format!("{text}xx");
    let bad = "failed 4 of the last 10 times, after 0 of 24: at that rate it would happen once in 2623 times";
    assert_eq!(of(&text), Verdict::Bad(bad.to_owned()));
    assert!(matches!(of(&format!("{text}.")), Verdict::Watch(_)));
}

#[test]
fn what_began_before_it_was_enabled_again_does_not_count() {
    let text = format!("{}xxxxxxx", ".".repeat(30));
    let mut runs = course(&text);
    assert!(matches!(verdict(&runs, None), Verdict::Bad(_)));
    let enabled = runs.last().unwrap().at + 1;
    assert_eq!(verdict(&runs, Some(enabled)), Verdict::Fine);
    // The first failure since goes on with the series that was known.
    runs.push(run(40, false, 1000));
    assert_eq!(verdict(&runs, Some(enabled)), Verdict::Fine);
    runs.extend((41..45).map(|at| run(at, false, 1000)));
    assert!(
        matches!(verdict(&runs, Some(enabled)), Verdict::Bad(reason) if reason.starts_with("succeeded in 0 of 5"))
    );
}

#[test]
fn what_takes_longer_has_regressed_until_it_does_not() {
    let usual = ".".repeat(12);
    let slow = of(&format!("{usual}s"));
    assert_eq!(
        slow,
        Verdict::Regressed(
            "took 9.0 s, 9.0 times the usual 1.0 s (median of the 12 runs before)".to_owned()
        )
    );
    assert_eq!(of(&format!("{usual}s.")), Verdict::Fine);
    // Being slow is no reason to disable it, nor to forget that it fails.
    assert!(matches!(of(&format!("{usual}sxxxx")), Verdict::Bad(_)));
    let noise = [0, 80, 30, 90, 10, 60, 20];
    let grows: Vec<Run> = (0..80_i64)
        .map(|at| {
            let noise = noise[usize::try_from(at).unwrap() % noise.len()];
            run(
                at,
                true,
                u64::try_from(2000 + noise + (at - 40).max(0) * 60).unwrap(),
            )
        })
        .collect();
    assert!(
        matches!(verdict(&grows, None), Verdict::Regressed(reason) if reason.starts_with("has become slower")),
    );
}

#[test]
fn cases_of_the_sandbox_say_nothing() {
    let mut runs = course("...............");
    runs.extend((20..40).map(|at| Run {
        kind: RunKind::Sandbox,
        case: Some("empty".to_owned()),
        ..run(at, false, 90_000)
    }));
    assert_eq!(verdict(&runs, None), Verdict::Fine);
}

fn history() -> impl Strategy<Value = Vec<Run>> {
    let one = (prop::bool::weighted(0.7), 1_u64..20_000);
    prop::collection::vec(one, 0..80).prop_map(|all| {
        let runs = (0..).zip(all);
        runs.map(|(at, (ok, ms))| run(at, ok, ms)).collect()
    })
}

fn is_bad(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Bad(_))
}

proptest! {
    #[test]
    fn a_success_makes_nothing_bad(mut runs in history(), more in 1_i64..5, ms in 1_u64..20_000) {
        let at = i64::try_from(runs.len()).unwrap();
        runs.extend((at..at + more).map(|at| run(at, true, ms)));
        prop_assert!(!is_bad(&verdict(&runs, None)));
    }

    #[test]
    fn what_was_fine_needs_a_failure_to_become_bad(runs in history(), cut in 0_usize..80) {
        let cut = cut.min(runs.len());
        let (before, after) = (verdict(&runs[..cut], None), verdict(&runs, None));
        if !is_bad(&before) && is_bad(&after) {
            prop_assert!(runs[cut..].iter().any(|run| !run.ok));
        }
    }

    #[test]
    fn how_long_runs_take_makes_none_bad(runs in history(), other in prop::collection::vec(1_u64..90_000, 80)) {
        let slower: Vec<Run> = runs.iter().zip(other).map(|(run, ms)| Run { ms, ..run.clone() }).collect();
        prop_assert_eq!(is_bad(&verdict(&runs, None)), is_bad(&verdict(&slower, None)));
    }

    #[test]
    fn bad_is_what_the_rules_say(runs in history()) {
        let ok = runs.iter().filter(|run| run.ok).count();
        let unstable = runs.len() >= 5 && ok * 10 < runs.len() * 7;
        let failing = anomalies("id", &runs).iter().any(|it| it.ongoing && it.kind == Kind::Failures);
        let failed = runs.last().is_some_and(|run| !run.ok);
        prop_assert_eq!(is_bad(&verdict(&runs, None)), failed && (unstable || failing));
    }

    #[test]
    fn fewer_runs_since_it_was_enabled_add_no_anomaly(runs in history(), enabled in 0_i64..80) {
        let since = since_enabled(&runs, Some(enabled * MINUTE));
        if since.len() < 5 && is_bad(&judge(&since, &anomalies("id", &runs))) {
            prop_assert!(since.iter().any(|run| !run.ok));
        }
    }
}
