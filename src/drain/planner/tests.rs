//! Whom the planner starts, and when.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::super::admission::{Detaching, Running};
use super::super::budget::Budget;
use super::super::candidate::tests::job;
use super::super::estimate::SampleKind;
use super::super::load_gate::{Load, LoadGate};
use super::*;
use crate::config::Priority;

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn noon() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn within(gate: &LoadGate, budget: Budget) -> Situation<'_> {
    Situation {
        now: noon(),
        budget,
        elapsed: Duration::ZERO,
        largest: Some(secs(60)),
        dedicated: false,
        eager: false,
        detaching: Detaching::Allowed,
        gate,
        saves_battery: false,
        running: Running::default(),
        free_slots: 4,
    }
}

fn histories(tasks: &[(&str, i64)]) -> Histories {
    tasks
        .iter()
        .map(|(task, ms)| {
            let sample = Sample {
                ms: *ms,
                kind: SampleKind::Succeeded,
                opportunity: 100,
            };
            ((*task).to_owned(), vec![sample; 10])
        })
        .collect()
}

fn planner(candidates: Vec<Candidate>, histories: &Histories) -> Planner {
    let mut planner = Planner::new(Rules::default());
    planner.refresh(candidates, histories, 100, noon());
    planner
}

fn started(plan: &Plan) -> Option<&str> {
    plan.start.as_ref().map(|start| start.job.id.0.as_str())
}

#[test]
fn the_best_that_fits_starts_and_the_rest_is_passed_over() {
    let gate = LoadGate::new(4);
    let mut urgent = job("1", "long");
    urgent.priority = Priority::High;
    let histories = histories(&[("long", 95_000), ("short", 1_000)]);
    let mut planner = planner(
        vec![job("3", "short"), job("2", "short"), urgent],
        &histories,
    );
    let mut situation = within(&gate, Budget::of(secs(60)));
    assert_eq!(started(&planner.next(&situation)), Some("2"));
    assert_eq!(started(&planner.next(&situation)), Some("3"));
    assert_eq!(planner.next(&situation), Plan::default());
    let reasons: Vec<_> = planner
        .why_not(&situation)
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    assert_eq!(reasons, ["1: needs 95 s, 60 s are left of this window"]);
    // A refusal is remembered, whatever room another situation has.
    situation.budget = Budget::UNLIMITED;
    assert_eq!(started(&planner.next(&situation)), None);
    planner.refresh(vec![job("1", "long")], &histories, 100, noon());
    assert_eq!(started(&planner.next(&situation)), Some("1"));
}

#[test]
fn no_slot_starts_nothing_and_forgets_nothing() {
    let gate = LoadGate::new(1);
    let mut planner = planner(vec![job("1", "short")], &Histories::new());
    let mut situation = within(&gate, Budget::of(secs(60)));
    situation.running.count = 1;
    assert_eq!(planner.next(&situation), Plan::default());
    situation.running.count = 0;
    assert_eq!(started(&planner.next(&situation)), Some("1"));
}

#[test]
fn a_busy_machine_is_looked_at_again() {
    let mut gate = LoadGate::new(1);
    let load = Load {
        cpu: 85.0,
        memory: 0.0,
    };
    gate.feed(load, Duration::ZERO);
    let mut planner = planner(vec![job("1", "short")], &Histories::new());
    let plan = planner.next(&within(&gate, Budget::of(secs(60))));
    assert_eq!(plan.wake_at, Some(noon().checked_add(RESAMPLE).unwrap()));
    let open = LoadGate::new(1);
    let plan = planner.next(&within(&open, Budget::of(secs(60))));
    assert_eq!(started(&plan), Some("1"));
}

#[test]
fn a_job_of_later_starts_in_its_place_when_its_time_comes() {
    let gate = LoadGate::new(1);
    let mut soon = job("1", "short");
    soon.priority = Priority::High;
    soon.run_at = noon().checked_add(secs(30)).unwrap();
    let mut tomorrow = job("2", "short");
    tomorrow.run_at = noon().checked_add(secs(86_400)).unwrap();
    let run_at = soon.run_at;
    let mut planner = planner(
        ["3", "4", "5"]
            .map(|id| job(id, "short"))
            .into_iter()
            .chain([tomorrow.clone(), soon])
            .collect(),
        &histories(&[("short", 1_000)]),
    );
    let mut situation = within(&gate, Budget::of(secs(60)));
    assert_eq!(started(&planner.next(&situation)), Some("3"));
    assert_eq!(started(&planner.next(&situation)), Some("4"));
    situation.now = run_at;
    situation.elapsed = secs(30);
    assert_eq!(started(&planner.next(&situation)), Some("1"));
    assert_eq!(started(&planner.next(&situation)), Some("5"));
    // Tomorrow is no reason for a drain with a budget to stay; without one it is said.
    assert_eq!(planner.next(&situation), Plan::default());
    situation.budget = Budget::UNLIMITED;
    assert_eq!(planner.next(&situation).wake_at, Some(tomorrow.run_at));
}

#[test]
fn a_job_too_big_for_every_window_is_sent_away_once_when_nothing_else_runs() {
    let gate = LoadGate::new(4);
    let mut long = job("1", "long");
    long.missed = 10;
    let mut also_long = job("2", "long");
    also_long.missed = 10;
    let mut planner = planner(
        vec![job("3", "short"), also_long, long],
        &histories(&[("long", 95_000), ("short", 1_000)]),
    );
    let mut situation = within(&gate, Budget::of(secs(60)));
    assert_eq!(started(&planner.next(&situation)), Some("3"));
    situation.running.count = 1;
    assert_eq!(planner.next(&situation).detach, None);
    situation.running.count = 0;
    let detach = planner.next(&situation).detach.unwrap();
    assert_eq!(
        (detach.job.id.0.as_str(), detach.budget),
        ("1", Duration::from_millis(142_500))
    );
}

#[test]
fn a_job_that_must_run_alone_is_let_by_until_it_has_waited_enough() {
    let gate = LoadGate::new(4);
    let histories = histories(&[("short", 1_000)]);
    let mut alone = job("1", "short");
    alone.retry_alone = true;
    let mut situation = within(&gate, Budget::of(secs(60)));
    situation.running.count = 1;

    let mut planner = planner(vec![alone.clone(), job("2", "short")], &histories);
    assert_eq!(started(&planner.next(&situation)), Some("2"));

    alone.missed = 10;
    planner.refresh(vec![alone, job("2", "short")], &histories, 100, noon());
    assert_eq!(started(&planner.next(&situation)), None);
    situation.running.count = 0;
    assert_eq!(started(&planner.next(&situation)), Some("1"));
    situation.running = Running {
        count: 1,
        alone: true,
    };
    assert_eq!(started(&planner.next(&situation)), None);
    situation.running = Running::default();
    assert_eq!(started(&planner.next(&situation)), Some("2"));
}

/// Each job that does not fit is looked at once. Looked at anew for each start, the two thousand of them would make
/// four million decisions: 2.7 s in a debug build, against 9 ms.
#[test]
fn starts_are_cheap_however_many_wait() {
    let gate = LoadGate::new(4);
    let mut candidates = Vec::new();
    for n in 0..2000 {
        let mut long = job(&format!("a{n}"), "long");
        long.priority = Priority::High;
        candidates.push(long);
        candidates.push(job(&format!("b{n}"), "short"));
    }
    let mut planner = planner(candidates, &histories(&[("long", 95_000), ("short", 1)]));
    let situation = within(&gate, Budget::of(secs(60)));
    let begun = std::time::Instant::now();
    let mut starts = 0;
    while planner.next(&situation).start.is_some() {
        starts += 1;
    }
    assert_eq!(starts, 2000);
    assert!(begun.elapsed() < secs(1), "{:?}", begun.elapsed());
}

#[test]
fn an_explanation_has_every_part() {
    let gate = LoadGate::new(1);
    let mut lint = job("0a1b2c3d", "lint");
    lint.priority = Priority::Low;
    lint.missed = 12;
    let planner = planner(vec![lint.clone()], &histories(&[("lint", 95_000)]));
    let mut situation = within(&gate, Budget::of(secs(60)));
    situation.detaching = Detaching::Forbidden;
    let explanation = planner.explain(&lint.id, &situation).unwrap();
    insta::assert_snapshot!(explanation, @r"
    job       0a1b2c3d (lint)
    band      normal, raised from low after 12 missed opportunities
    rank      +0 = deadline +0, failing often +0 (0 of the last 10), stale +0, quick +0
    then      first come, first served: 2026-03-01T12:00:00Z
    estimate  half of the runs within 95 s, nine of ten within 95 s (from 10 runs)
    window    60 s left, 12 s of grace
    verdict   waits: lint needs 95 s, your largest window is 60 s
    ");
    insta::assert_snapshot!(serde_json::to_string(&explanation).unwrap(), @r#"{"id":"0a1b2c3d","task":"lint","missed":12,"rank":{"native":"low","band":"normal","deadline":0,"failing":0,"stale":0,"quick":0},"points":0,"queued_at":"2026-03-01T12:00:00Z","estimate":{"q50_ms":95000,"q90_ms":95000,"source":{"history":{"n":10}}},"completed":10,"failed_of_last_ten":0,"cuts":0,"left_ms":59950,"grace_ms":12000,"verdict":"wait","reason":"lint needs 95 s, your largest window is 60 s"}"#);
    situation.budget = Budget::UNLIMITED;
    let explanation = planner.explain(&lint.id, &situation).unwrap();
    assert_eq!((explanation.verdict, explanation.left), ("start", None));
    assert_eq!(planner.explain(&JobId("ffffffff".into()), &situation), None);
}

proptest! {
    /// Each candidate is handed out at most once, bands never go down while everything fits, and all are handed out.
    #[test]
    fn without_a_budget_everything_starts_once_in_order(
        jobs in prop::collection::vec((0usize..5, 0i64..60, 0usize..3, 0i64..100), 0..60)
    ) {
        let gate = LoadGate::new(1);
        let candidates: Vec<Candidate> = jobs
            .iter()
            .enumerate()
            .map(|(n, (band, missed, task, age))| {
                let mut job = job(&format!("{n:08x}"), ["a", "b", "c"][*task]);
                job.priority = Priority::ALL[*band];
                job.missed = *missed;
                job.queued_at = noon().checked_sub(Duration::from_secs(age.unsigned_abs())).unwrap();
                job
            })
            .collect();
        let mut planner = planner(candidates.clone(), &histories(&[("a", 100), ("b", 50_000)]));
        let situation = within(&gate, Budget::UNLIMITED);
        let mut bands = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        while let Some(start) = planner.next(&situation).start {
            let steps = u32::try_from(start.job.missed / 10).unwrap();
            bands.push(start.job.priority.raised(steps));
            prop_assert!(ids.insert(start.job.id));
        }
        prop_assert_eq!(ids.len(), candidates.len());
        prop_assert!(bands.is_sorted());
    }
}
