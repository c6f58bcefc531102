//! What is counted, and from which rows.

use serde_json::{Value, json};

use super::{DAY, MINUTE, MadeUp, NOW_MS, at, fill, open, run, task, tend, world};
use crate::support::World;

#[test]
fn only_the_period_counts_and_parts_of_it_are_told() {
    let world = world();
    fill(
        &world,
        &[
            run("lint", 20 * DAY).took(9000),
            run("lint", 3 * DAY - MINUTE).took(2000),
            run("lint", 90 * MINUTE).took(3000),
            run("lint", 30 * MINUTE).failed(),
        ],
        0,
    );
    let of = |days: &str| {
        tend(&world, &["metrics", "--json", "--days", days])
            .code(0)
            .json()
    };
    let month = of("30");
    assert_eq!(month["overall"]["runs"], 4);
    assert_eq!(month["buckets"].as_array().unwrap().len(), 30);
    assert_eq!(month["overall"]["success_rate"], 0.75);
    let days = of("3");
    let lint = task(&days, "lint");
    assert_eq!(lint["runs"], 3);
    assert_eq!(lint["outcomes"], json!({ "succeeded": 2, "exited": 1 }));
    let parts = lint["by_bucket"].as_array().unwrap().iter();
    let parts: Vec<_> = parts
        .map(|part| {
            json!([
                part["runs"],
                part["failed"],
                part["duration_p50_ms"],
                part["duration_p95_ms"]
            ])
        })
        .collect();
    assert_eq!(
        json!(parts),
        json!([
            [1, 0, 2000.0, 2000.0],
            [0, 0, null, null],
            [2, 1, 2000.0, 2900.0]
        ])
    );
    let hours = of("1");
    assert_eq!(hours["bucket_ms"], 3_600_000);
    assert_eq!(task(&hours, "lint")["by_bucket"][22]["runs"], 1);
    assert_eq!(
        tend(&world, &["metrics", "--json", "--task", "docs"])
            .code(0)
            .json()["tasks"],
        json!([])
    );
}

#[test]
fn runs_that_we_ended_are_no_failures_and_no_durations() {
    let world = world();
    let cut = MadeUp {
        came: None,
        killed: true,
        outcome: "interrupted",
        ..run("lint", MINUTE).took(50_000)
    };
    let timed_out = MadeUp {
        killed: true,
        outcome: "timed-out",
        ..run("lint", 2 * MINUTE).took(60_000).failed()
    };
    fill(&world, &[run("lint", 3 * MINUTE), cut, timed_out], 0);
    let lint = task(&tend(&world, &["metrics", "--json"]).code(0).json(), "lint");
    assert_eq!(
        (&lint["runs"], &lint["succeeded"], &lint["failed"]),
        (&json!(3), &json!(1), &json!(1))
    );
    assert_eq!(lint["duration_ms"]["max"], 1000.0);
    assert_eq!(lint["wall_ms"], 111_000, "but their time was spent");
}

#[test]
fn how_many_waited_is_told_from_the_events() {
    let world = world();
    let queue = open(&world);
    let event = |at: i64, from: Option<&str>, to: &str| {
        queue
            .execute(
                "INSERT INTO event (at, job, kind, from_state, to_state, data) VALUES (?1, 'x', 'k', ?2, ?3, '{}')",
                rusqlite::params![NOW_MS - at, from, to],
            )
            .unwrap();
    };
    // There was something before the day that is looked at.
    for (hours, from, to) in [
        (48, None, "done"),
        (20, None, "queued"),
        (15, None, "held"),
        (10, Some("queued"), "running"),
        (9, Some("running"), "queued"),
        (5, Some("queued"), "running"),
        (5, Some("held"), "cancelled"),
        (4, Some("running"), "done"),
    ] {
        event(hours * 60 * MINUTE, from, to);
    }
    let seen = tend(&world, &["metrics", "--json", "--days", "1"])
        .code(0)
        .json();
    let waiting = &seen["overall"]["queue_length"];
    // One for 5 h + 1 h, two for 5 h + 4 h.
    assert_eq!(waiting["mean"], 1.0);
    assert_eq!(
        (&waiting["max"], &waiting["p95"], &waiting["now"]),
        (&json!(2), &json!(2), &json!(0))
    );
    let by_hour = waiting["max_by_bucket"].as_array().unwrap();
    assert_eq!(
        (&by_hour[3], &by_hour[6], &by_hour[12], &by_hour[20]),
        (&json!(0), &json!(1), &json!(2), &json!(0))
    );
}

#[test]
fn a_clock_set_back_and_rows_that_cannot_be_are_told_all_the_same() {
    let world = world();
    fill(
        &world,
        &[
            // Ended before it began; will have ended tomorrow; in no year that there is.
            run("lint", MINUTE).took(-5000),
            run("lint", -DAY),
            run("lint", -(1 << 60)),
            MadeUp {
                queue_ms: -7,
                cpu_ms: Some(-1),
                rss_kib: Some(-1),
                ..run("lint", MINUTE)
            },
            run("", MINUTE),
            MadeUp {
                outcome: "of a newer version",
                came: None,
                ..run("lint", MINUTE)
            },
        ],
        0,
    );
    let queue = open(&world);
    queue.execute("INSERT INTO event (at, kind, from_state, to_state, data) VALUES (?1, 'k', 'nowhere', 'queued', 'no json')", [i64::MAX]).unwrap();
    queue
        .execute(
            "INSERT INTO event (at, kind, data) VALUES (?1, 'drained', '[]')",
            [NOW_MS],
        )
        .unwrap();
    drop(queue);
    for args in [
        &["metrics"][..],
        &["metrics", "--json"],
        &["metrics", "--format", "openmetrics"],
        &["metrics", "--days", "1"],
    ] {
        let ran = tend(&world, args).code(0);
        assert_eq!(ran.stderr, "", "{args:?}");
    }
    let seen = tend(&world, &["metrics", "--json"]).code(0).json();
    assert_eq!(seen["overall"]["runs"], 6);
    assert!(task(&seen, "lint")["wall_ms"].as_i64().unwrap() >= 0);
    // Before everything that happened.
    at(&world, "2020-01-01T00:00:00Z", &["metrics"]).code(0);
}

#[test]
fn a_repository_without_a_queue_has_no_figures() {
    for world in [World::unborn(), World::new()] {
        let ran = tend(&world, &["metrics"]).code(0);
        assert_eq!(
            ran.stdout,
            "nothing has been enqueued here yet · git tend run-all\n"
        );
        let seen = tend(&world, &["metrics", "--json"]).code(0).json();
        assert_eq!(
            (&seen["schema"], &seen["overall"]["runs"]),
            (&json!(1), &json!(0))
        );
        assert!(
            !world.state_dir().join("queue.db").exists(),
            "nobody asked for one"
        );
    }
    let ran = World::bare_folder().tend(["metrics"]);
    assert_eq!(ran.code, 2);
}

#[test]
fn a_queue_that_an_older_git_tend_made_is_read() {
    let world = World::with_config(super::NOTHING);
    std::fs::create_dir_all(world.state_dir()).unwrap();
    let queue = open(&world);
    queue
        .execute_batch(include_str!("../../../src/store/schema.sql"))
        .unwrap();
    queue
        .execute_batch("PRAGMA application_id = 0x74656e64; PRAGMA user_version = 1; PRAGMA journal_mode = WAL")
        .unwrap();
    queue
        .execute(
            "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, queue_ms, started_at, finished_at, outcome,
                              killed, enforced)
             VALUES ('00000001', 'lint', 'r', 1, 1, 1, 'here', 1, ?1, ?2, 'succeeded', 0, 'null')",
            [NOW_MS - 2000, NOW_MS - 1000],
        )
        .unwrap();
    drop(queue);
    let seen = tend(&world, &["metrics", "--json"]).code(0).json();
    assert_eq!(task(&seen, "lint")["wall_ms"], 1000);
}

#[test]
fn a_slow_run_is_unusual_and_says_which() {
    let world = world();
    let mut runs: Vec<MadeUp> = (0..12)
        .map(|it| run("lint", (30 - it) * MINUTE).took(1000 + it * 7))
        .collect();
    runs.push(run("lint", 2 * MINUTE).took(8000));
    fill(&world, &runs, 0);
    let seen = tend(&world, &["metrics", "--json"]).code(0).json();
    let anomalies = seen["anomalies"].as_array().unwrap();
    assert_eq!(anomalies.len(), 1, "{anomalies:?}");
    let found: &Value = &anomalies[0];
    assert_eq!(found["key"], "slow/lint/here/0000000c.1");
    assert_eq!(
        (&found["kind"], &found["ongoing"]),
        (&json!("slow"), &json!(true))
    );
    assert_eq!(found["figures"]["median_ms"], 1038.5);
}
