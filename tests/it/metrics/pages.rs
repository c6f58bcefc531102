//! Whole pages, as a person reads them.

use super::{DAY, MINUTE, MadeUp, NOW_MS, fill, open, run, tend, world};
use crate::support::World;

/// A month of three tasks: one that runs daily, one that fails, one that is slow of late.
fn month() -> World {
    let world = world();
    let mut runs: Vec<MadeUp> = (1..30)
        .rev()
        .map(|day| MadeUp {
            rss_kib: Some((100 + day) << 10),
            ..run("test_runner", day * DAY).took(60_000 + day * 1000)
        })
        .collect();
    runs.extend((1..26).rev().map(|it| {
        let it = run("lint", it * 20 * MINUTE).took(900 + it * 4);
        MadeUp {
            rss_kib: None,
            ..it
        }
    }));
    runs.push(run("lint", 10 * MINUTE).took(6100));
    runs.extend(
        (1..9)
            .rev()
            .map(|it| run("docs\u{1b}[31m", it * DAY).failed()),
    );
    runs.sort_by_key(|run| -run.before);
    fill(&world, &runs, 0);
    let queue = open(&world);
    for (hours, wall) in [(50, 59_000), (30, 61_250), (10, 20_000)] {
        let data = format!(
            "{{\"budget_ms\":60000,\"wall_ms\":{wall},\"started\":2,\"finished\":2,\"stopped\":false,\"gates\":false}}"
        );
        queue
            .execute(
                "INSERT INTO event (at, kind, data) VALUES (?1, 'drained', ?2)",
                rusqlite::params![NOW_MS - hours * 60 * MINUTE, data],
            )
            .unwrap();
    }
    queue
        .execute(
            "INSERT INTO counter (name, value) VALUES ('verdict_hits', 12), ('verdict_misses', 31)",
            [],
        )
        .unwrap();
    world
}

#[test]
fn the_page() {
    let world = month();
    insta::assert_snapshot!(tend(&world, &["metrics"]).code(0).stdout, @r#"
    63 runs of 3 tasks in the last 30 days · 87 % succeeded · busy for 36m

    TASK            RUNS     OK     P50     P95  TOTAL   CPU   MEMORY  WAIT P95  P50 OVER TIME
    test_runner       29  100 %  1m 15s  1m 27s    36m   23s  129 MiB     500ms  ·██████████▇▇▇▇▇▇▇▇▇▇▆▆
    lint              26  100 %   954ms   999ms    29s   20s   20 MiB     500ms  ······················█
    docs\u{1b}[31m     8    0 %    1.0s    1.0s   8.0s  6.4s   20 MiB     500ms  ·················██████

    AT ONCE          NOW  MEAN  P95  MOST  OVER TIME
    jobs that wait     0   0.0    0     0  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    runs, while any        1.0    1     2  ▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅█████████

    jobs waited 500ms (p50) · 500ms (p95) · 500ms at most
    3 drains · 1 of 3 with a budget took longer, by 1.2s at most
    gates, since the queue was made: 31 verdicts made by a job · 12 trees passed without one

    UNUSUAL
    ! lint: took 6.1 s, 6.4 times the usual 952 ms (median of the 25 runs before)
      10m ago · git tend metrics --task lint
    "#);
    insta::assert_snapshot!(tend(&world, &["metrics", "--days", "1", "--task", "lint"]).code(0).stdout, @r#"
    26 runs of 1 task in the last 24 hours · 100 % succeeded · busy for 29s

    TASK  RUNS     OK    P50    P95  TOTAL  CPU  MEMORY  WAIT P95  P50 OVER TIME
    lint    26  100 %  954ms  999ms    29s  20s  20 MiB     500ms  ···············█████████

    AT ONCE          NOW  MEAN  P95  MOST  OVER TIME
    runs, while any        1.0    1     1  ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█████████

    jobs waited 500ms (p50) · 500ms (p95) · 500ms at most

    UNUSUAL
    ! lint: took 6.1 s, 6.4 times the usual 952 ms (median of the 25 runs before)
      10m ago · git tend metrics --task lint
    "#);
    insta::assert_snapshot!(tend(&world, &["metrics", "--task", "nothing"]).code(0).stdout, @r#"
    no run of nothing has ended in the last 30 days · git tend queue
    "#);
}

#[test]
fn a_page_in_colour_says_the_same() {
    let world = month();
    let plain = tend(&world, &["metrics"]).code(0).stdout;
    let colour = tend(&world, &["metrics", "--color", "always"])
        .code(0)
        .stdout;
    assert!(colour.contains("\u{1b}[32m100 %"), "{colour}");
    assert_eq!(anstream::adapter::strip_str(&colour).to_string(), plain);
    let path = world.repo().join("page.txt");
    tend(&world, &["metrics", "--color", "always", "-o", "page.txt"]).code(0);
    assert_eq!(std::fs::read_to_string(path).unwrap(), plain);
}
