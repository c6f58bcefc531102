//! What the optimiser may know, for tests.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

use jiff::Timestamp;

use crate::optimize::automation::{Form, State};
use crate::optimize::engine::{Automated, Cycle, Proposed, Summary, Totals};

/// When it is known.
pub fn now() -> Timestamp {
    "2026-03-31T12:00:00Z".parse().unwrap()
}

fn at(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

/// An automation of which little is known.
pub fn automated(id: &str, name: &str) -> Automated {
    Automated {
        id: id.to_owned(),
        name: name.to_owned(),
        form: Form::ShellScript,
        state: State::Enabled,
        scope: None,
        runs: 0,
        failed: 0,
        median_ms: None,
        baseline_ms: None,
        saved_ms: None,
        saved_ever_ms: None,
        roi: None,
        paid_back_at: None,
        series: Vec::new(),
        anomalies: Vec::new(),
        said: Vec::new(),
    }
}

/// Four automations, three proposals, two cycles.
pub fn summary() -> Summary {
    let here = Some("/home/me/work".to_owned());
    Summary {
        at: now().as_millisecond(),
        days: 30,
        proposals: vec![
            Proposed {
                id: "1b2c3d4e5f60".to_owned(),
                name: "run-tests-and-lint".to_owned(),
                steps: ["cargo test --workspace", "cargo clippy --all-targets"]
                    .map(str::to_owned)
                    .into(),
                scope: here.clone(),
                potential: 81.6,
                support: 26,
                minutes_per_week: Some(34.0),
                automation: Some("run-tests-and-lint".to_owned()),
                sandbox: Some(1.0),
                why_not: None,
            },
            Proposed {
                id: "77aa00ff1122".to_owned(),
                name: "docker-build-and-up".to_owned(),
                steps: ["docker build --tag <str> .", "docker compose up --detach"]
                    .map(str::to_owned)
                    .into(),
                scope: here.clone(),
                potential: 73.2,
                support: 9,
                minutes_per_week: Some(8.0),
                automation: None,
                sandbox: None,
                why_not: None,
            },
            Proposed {
                id: "5e5e5e5e0000".to_owned(),
                name: "publish".to_owned(),
                steps: ["npm version <str>", "npm publish"]
                    .map(str::to_owned)
                    .into(),
                scope: None,
                potential: 44.0,
                support: 5,
                minutes_per_week: None,
                automation: None,
                sandbox: None,
                why_not: Some("it publishes".to_owned()),
            },
        ],
        automations: automations(here),
        totals: Totals {
            live: 3,
            runs: 41,
            failed: 1,
            saved_ms: 7_800_000,
            saved_ever_ms: 18_720_000,
            minutes_left_per_week: 42.0,
            roi: Some(1.2),
        },
        cycles: vec![
            Cycle {
                at: at("2026-03-29T03:00:00Z"),
                took_ms: 12_400,
                events: 1234,
                candidates: 9,
                generated: vec!["run-tests-and-lint".to_owned(), "open-notes".to_owned()],
                passed: vec!["run-tests-and-lint".to_owned()],
                disabled: vec![(
                    "nightly-dump".to_owned(),
                    "6 of its last 10 runs failed".to_owned(),
                )],
                regressions: vec!["sync takes 5.1s since 24 March, 1.6s before".to_owned()],
                ..Cycle::default()
            },
            Cycle {
                at: at("2026-03-22T03:00:00Z"),
                took_ms: 9_800,
                events: 1100,
                candidates: 7,
                ..Cycle::default()
            },
        ],
    }
}

fn automations(here: Option<String>) -> Vec<Automated> {
    let days = |from: u32, slow: f64| -> Vec<Option<f64>> {
        let day =
            |day: u32| (day % 7 < 5 && day >= from).then(|| 1500.0 + f64::from(day * 37 % 300));
        (0..30)
            .map(|it| day(it).map(|ms| if it > 22 { ms * slow } else { ms }))
            .collect()
    };
    let mut sync = automated("a1b2c3d4e5f6", "sync");
    sync.form = Form::GitAlias;
    sync.state = State::Stable;
    sync.scope = here.clone();
    (sync.runs, sync.failed) = (19, 0);
    (sync.median_ms, sync.baseline_ms) = (Some(1640.0), Some(365_000.0));
    (sync.saved_ms, sync.saved_ever_ms) = (Some(6_900_000), Some(17_800_000));
    sync.roi = Some(1.46);
    sync.paid_back_at = Some(at("2026-03-12T08:00:00Z"));
    sync.series = days(1, 3.1);
    sync.anomalies = vec!["the run of 30 March took 14s, nine times as long as usual".to_owned()];
    sync.said = vec![
        "it takes longer from day to day: 0.1s more each week (p = 0.02)".to_owned(),
        "faster than by hand in 19 of 19 runs".to_owned(),
    ];
    let mut check = automated("0f9e8d7c6b5a", "check-and-push-everything");
    check.state = State::Testing;
    check.scope = here.clone();
    (check.runs, check.failed) = (18, 1);
    (check.median_ms, check.baseline_ms) = (Some(42_000.0), Some(95_000.0));
    (check.saved_ms, check.saved_ever_ms) = (Some(900_000), Some(920_000));
    check.roi = Some(-0.62);
    check.paid_back_at = Some(at("2026-05-20T08:00:00Z"));
    check.series = days(9, 1.0);
    check.said = vec!["insufficient data: 9 of the 14 days it takes to tell a trend".to_owned()];
    let mut notes = automated("77e0aa12cd34", "release-notes");
    notes.scope.clone_from(&here);
    notes.runs = 4;
    notes.median_ms = Some(800.0);
    notes.series = days(26, 0.5);
    let mut tests = automated("3c4d5e6f7a8b", "run-tests-and-lint");
    tests.state = State::Tested;
    tests.scope = here;
    vec![sync, check, notes, tests]
}

/// Markup, quotes, a terminal sequence, a mark that turns text around and a line end.
pub const VICE: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&amp;</style>{{x}}\u{1b}[31m\u{202e}\nz";

/// Names that try to be more than names, and numbers beyond all bounds.
pub fn hostile() -> Summary {
    let odd = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        -1.0,
        0.0,
    ];
    let vice = || VICE.to_owned();
    let each = odd.iter().enumerate().map(|(number, odd)| {
        let mut it = automated(VICE, VICE);
        it.scope = Some(vice());
        it.state = State::ALL[number];
        (it.runs, it.failed) = (u64::MAX, u64::MAX);
        (it.median_ms, it.baseline_ms, it.roi) = (Some(*odd), Some(*odd), Some(*odd));
        let whole = [i64::MIN, i64::MAX, 0, -1, 1, i64::MIN][number];
        (it.saved_ms, it.saved_ever_ms, it.paid_back_at) = (Some(whole), Some(whole), Some(whole));
        it.series = [Some(*odd), None].repeat(400);
        it.anomalies = vec![VICE.repeat(40), String::new()];
        it.said = vec![vice(); 40];
        it
    });
    let automations: Vec<Automated> = each.collect();
    let proposals = odd.iter().map(|odd| Proposed {
        id: vice(),
        name: "\u{202e}".repeat(500),
        steps: vec![vice(); 90],
        scope: None,
        potential: *odd,
        support: u32::MAX,
        minutes_per_week: Some(*odd),
        automation: Some(vice()),
        sandbox: Some(*odd),
        why_not: Some(vice()),
    });
    Summary {
        at: i64::MAX,
        days: u16::MAX,
        proposals: proposals.collect(),
        automations,
        totals: Totals {
            live: u64::MAX,
            runs: u64::MAX,
            failed: u64::MAX,
            saved_ms: i64::MIN,
            saved_ever_ms: i64::MIN,
            minutes_left_per_week: f64::NAN,
            roi: Some(f64::NAN),
        },
        cycles: vec![
            Cycle {
                at: i64::MIN,
                took_ms: u64::MAX,
                events: u64::MAX,
                candidates: u64::MAX,
                generated: vec![vice(); 50],
                passed: vec![vice()],
                disabled: vec![(vice(), VICE.repeat(40)); 50],
                regressions: vec![String::new(), vice()],
                ..Cycle::default()
            };
            40
        ],
    }
}
