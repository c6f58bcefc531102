//! Schedules through the real binary, with the clock and the zone set at will.

use serde_json::Value;

use crate::support::World;

/// A repository whose task `docs` has these lines.
fn world(lines: &str) -> World {
    let world = World::with_config(&format!(
        "[defaults]\nbuiltin = false\n[task.docs]\nrun = [\"true\"]\n{lines}\n"
    ));
    world.tend(["trust", "--yes"]).code(0);
    world
}

/// Ticks in `zone` at `now`; what was due and what was said about missed runs.
fn tick(world: &World, zone: &str, now: &str) -> (usize, Vec<String>) {
    let vars = [("TZ", zone), ("TEND_NOW", now)];
    let json = world
        .tend_with(&vars, ["tick", "--here", "--json"])
        .code(0)
        .json();
    let due = json["enqueued"].as_array().unwrap().iter();
    let notes = json["notes"].as_array().unwrap().iter();
    (
        due.filter(|one| one["why"] == "due").count(),
        notes
            .filter_map(Value::as_str)
            .filter(|note| note.starts_with("docs: "))
            .map(str::to_owned)
            .collect(),
    )
}

/// The moments of `moments` at which the task ran.
fn runs<'a>(world: &World, zone: &str, moments: &[&'a str]) -> Vec<&'a str> {
    moments
        .iter()
        .copied()
        .filter(|now| {
            let (due, notes) = tick(world, zone, now);
            assert!(due <= 1 && notes.is_empty(), "{now}: {due} {notes:?}");
            due == 1
        })
        .collect()
}

#[test]
fn a_local_time_that_is_skipped_runs_once_after_the_gap() {
    for (zone, schedule, moments, expected) in [
        (
            "Europe/Berlin",
            "30 2 * * *",
            &[
                "2026-03-28T22:00:00Z",
                "2026-03-29T00:59:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T01:30:00Z",
                "2026-03-30T00:29:00Z",
                "2026-03-30T00:30:00Z",
            ][..],
            &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"][..],
        ),
        (
            "America/New_York",
            "30 2 * * *",
            &[
                "2026-03-08T03:00:00Z",
                "2026-03-08T06:59:00Z",
                "2026-03-08T07:00:00Z",
                "2026-03-08T07:30:00Z",
            ],
            &["2026-03-08T07:00:00Z"],
        ),
        (
            // Half an hour only.
            "Australia/Lord_Howe",
            "15 2 * * *",
            &[
                "2026-10-03T12:00:00Z",
                "2026-10-03T15:29:00Z",
                "2026-10-03T15:30:00Z",
                "2026-10-03T15:45:00Z",
            ],
            &["2026-10-03T15:30:00Z"],
        ),
        (
            // A whole day: 30 December 2011 did not happen.
            "Pacific/Apia",
            "0 12 * * *",
            &[
                "2011-12-29T23:00:00Z",
                "2011-12-30T09:59:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-30T21:59:00Z",
                "2011-12-30T22:00:00Z",
            ],
            &["2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
        ),
    ] {
        let world = world(&format!("schedule = \"{schedule}\""));
        assert_eq!(runs(&world, zone, moments), expected, "{zone}");
    }
}

#[test]
fn a_local_time_that_comes_twice_runs_once() {
    for (zone, schedule, moments, expected) in [
        (
            "Europe/Berlin",
            "30 2 * * *",
            &[
                "2026-10-24T22:00:00Z",
                "2026-10-25T00:29:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-25T02:30:00Z",
                "2026-10-26T01:30:00Z",
            ][..],
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"][..],
        ),
        (
            "America/New_York",
            "30 1 * * *",
            &[
                "2026-11-01T04:00:00Z",
                "2026-11-01T05:30:00Z",
                "2026-11-01T06:30:00Z",
            ],
            &["2026-11-01T05:30:00Z"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * *",
            &[
                "2026-04-04T12:00:00Z",
                "2026-04-04T14:45:00Z",
                "2026-04-04T15:15:00Z",
            ],
            &["2026-04-04T14:45:00Z"],
        ),
    ] {
        let world = world(&format!("schedule = \"{schedule}\""));
        assert_eq!(runs(&world, zone, moments), expected, "{zone}");
    }
}

#[test]
fn missed_runs_make_one_job_or_none() {
    for (catch_up, due, note) in [
        ("", 1, "docs: one job stands for 3 missed fires as well"),
        (
            "catch_up = \"one\"",
            1,
            "docs: one job stands for 3 missed fires as well",
        ),
        ("catch_up = \"skip\"", 0, "docs: skipped 4 missed fires"),
    ] {
        let world = world(&format!("schedule = \"0 2 * * *\"\n{catch_up}"));
        assert_eq!(
            tick(&world, "Europe/Berlin", "2026-03-26T12:00:00Z"),
            (0, vec![])
        );
        // The machine was off over the change of the clock.
        let seen = tick(&world, "Europe/Berlin", "2026-03-30T12:00:00Z");
        assert_eq!(seen, (due, vec![note.to_owned()]), "{catch_up}");
        assert_eq!(
            tick(&world, "Europe/Berlin", "2026-03-30T12:05:00Z"),
            (0, vec![])
        );
        assert_eq!(
            tick(&world, "Europe/Berlin", "2026-03-31T00:03:00Z"),
            (1, vec![]),
            "{catch_up}"
        );
    }
}

#[test]
fn a_clock_set_back_fires_nothing_again() {
    let world = world("schedule = \"0 * * * *\"");
    let moments = [
        "2026-11-01T10:30:00Z",
        "2026-11-01T11:00:00Z",
        "2026-11-01T10:10:00Z",
        "2026-11-01T11:01:00Z",
        "2026-11-01T12:02:00Z",
        "2026-11-01T11:30:00Z",
        "2026-11-01T12:03:00Z",
        "2026-11-01T13:00:00Z",
    ];
    assert_eq!(
        runs(&world, "UTC", &moments),
        [
            "2026-11-01T11:00:00Z",
            "2026-11-01T12:02:00Z",
            "2026-11-01T13:00:00Z"
        ]
    );
}

#[test]
fn another_zone_moves_nothing_that_is_planned() {
    let world = world("schedule = \"0 2 * * *\"");
    assert_eq!(
        runs(&world, "Europe/Berlin", &["2026-11-01T12:00:00Z"]),
        [""; 0]
    );
    assert_eq!(
        runs(
            &world,
            "America/New_York",
            &[
                "2026-11-02T00:59:00Z",
                "2026-11-02T01:00:00Z",
                "2026-11-02T01:05:00Z"
            ]
        ),
        ["2026-11-02T01:00:00Z"]
    );
}

#[test]
fn an_interval_is_due_at_once_and_never_catches_up() {
    let world = world("every = \"30m\"");
    let moments = [
        "2026-11-01T10:00:00Z",
        "2026-11-01T10:01:00Z",
        "2026-11-01T10:29:59Z",
        // The spread of at most a tenth is over by then.
        "2026-11-01T10:33:00Z",
    ];
    assert_eq!(
        runs(&world, "UTC", &moments),
        ["2026-11-01T10:00:00Z", "2026-11-01T10:33:00Z"]
    );
    // One more after ten days, not four hundred and eighty.
    assert_eq!(tick(&world, "UTC", "2026-11-11T10:00:00Z"), (1, vec![]));
    assert_eq!(tick(&world, "UTC", "2026-11-11T10:05:00Z"), (0, vec![]));
}

#[test]
fn minutes_between_runs_are_spelled_every() {
    let world = World::with_config("[task.docs]\nrun = [\"true\"]\ninterval_minutes = 45\n");
    let said = world.tend(["config", "check"]).code(2).stderr;
    assert!(said.contains("help: write `every = \"45m\"`"), "{said}");
}

#[test]
fn status_counts_down_to_what_is_scheduled() {
    let world = world("schedule = \"0 2 * * *\"\nevery = \"6h\"");
    tick(&world, "Europe/Berlin", "2026-11-01T19:32:00Z");
    let vars = [
        ("TZ", "Europe/Berlin"),
        ("TEND_NOW", "2026-11-01T19:32:00Z"),
    ];
    let shown = world.tend_with(&vars, ["status"]).code(0).stdout;
    let line = shown
        .lines()
        .find(|line| line.contains("docs (cron)"))
        .unwrap();
    assert!(
        line.contains("in 5h 28m (02:00)") || line.contains("in 5h 27m (02:00)"),
        "{shown}"
    );
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("docs  ") && line.contains("in ")),
        "{shown}"
    );
    let json = world.tend_with(&vars, ["status", "--json"]).code(0).json();
    let schedules = json["schedules"].as_array().unwrap();
    let cron = schedules
        .iter()
        .find(|one| one["task"] == "docs (cron)")
        .unwrap();
    assert_eq!(cron["next"], "2026-11-02T01:00:00Z");
}
