//! How automations do: runs of real ones, and made-up ones where figures are to be exact.

use std::fs;

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;
use serde_json::{Value, json};

use super::history::{Journal, NOW, at, data, tend};
use super::story::{automation, candidate, generated, identified};
use crate::metrics::csv::rows;
use crate::metrics::{DAY, MINUTE, NOW_MS, fill, run};
use crate::support::World;

/// It takes as long as a file says, fails where another is, and uses memory and time where a third is.
const WORK: &str = "#!/bin/sh
[ -e broken ] && { echo 'nothing to work on' >&2; exit 4; }
[ -e big ] && python3 -c 'b = bytearray(50 << 20); b[::4096] = b\"x\" * len(b[::4096]); sum(range(8_000_000))'
sleep \"$(cat pause)\"
exit 0
";

/// A repository with one automation, which is enabled: a script that was typed every day.
fn world() -> (World, String) {
    let world = World::with_config("[defaults]\nbuiltin = false\n");
    world.write("work.sh", WORK);
    world.write("pause", "0\n");
    world.write(".gitignore", "broken\nbig\n");
    world.commit("work");
    let mut journal = Journal::default();
    let repo = fs::canonicalize(world.repo()).unwrap();
    let now: Timestamp = NOW.parse().unwrap();
    for ago in 1..=20 {
        let moment = now - SignedDuration::from_hours(24 * ago);
        journal.typed(moment, &format!("day-{ago}"), &repo, 60_000, "sh work.sh");
    }
    journal.write(&world);
    tend(&world, &["optimize", "sources", "--on", "shell"]).code(0);
    let all = identified(&world);
    let id = generated(&world, candidate(&all, &["sh work.sh"]), "shell-script");
    tend(&world, &["optimize", "test", &id]).code(0);
    let before = "2026-03-01T12:00:00Z";
    at(&world, before, &["optimize", "enable", &id, "--yes"]).code(0);
    (world, id)
}

/// So many hours before now.
fn ago(hours: i64) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    (now - SignedDuration::from_hours(hours)).to_string()
}

fn exec(world: &World, id: &str, hours: i64, code: i32) {
    at(world, &ago(hours), &["optimize", "exec", id]).code(code);
}

/// What `optimize monitor --json` says of the automation.
fn watched(world: &World, args: &[&str]) -> Value {
    let args = [&["optimize", "monitor", "--json"], args].concat();
    let all = tend(world, &args).code(0).json();
    let series = all["series"].as_array().unwrap().clone();
    let found = series.into_iter().find(|it| it["kind"] == "automation");
    found.unwrap_or_else(|| panic!("{all:#}"))
}

fn kinds(of: &Value) -> Vec<&str> {
    let anomalies = of["anomalies"].as_array().unwrap().iter();
    anomalies.map(|it| it["kind"].as_str().unwrap()).collect()
}

#[test]
fn a_slow_run_and_failures_of_a_real_automation_are_noticed() {
    let (world, id) = world();
    for hours in (40..52).rev() {
        exec(&world, &id, hours, 0);
    }
    let fine = watched(&world, &[]);
    assert_eq!(
        (&fine["runs"], &fine["success_rate"]),
        (&json!(12), &json!(1.0))
    );
    assert_eq!(fine["verdict"], json!({ "verdict": "fine" }));
    assert_eq!(kinds(&fine), [] as [&str; 0]);

    world.write("pause", "1.2\n");
    exec(&world, &id, 30, 0);
    let slow = watched(&world, &[]);
    assert_eq!(kinds(&slow), ["slow"]);
    assert_eq!(slow["verdict"]["verdict"], "regressed");
    let said = slow["anomalies"][0]["sentence"].as_str().unwrap();
    assert!(said.starts_with("took 1."), "{said}");
    let list = tend(&world, &["optimize", "list"]).code(0).stdout;
    assert!(list.contains("stable (slow)"), "{list}");
    let shown = tend(&world, &["optimize", "show", &id]).code(0).stdout;
    assert!(shown.contains(said) && shown.contains("p95 "), "{shown}");

    world.write("pause", "0\n");
    exec(&world, &id, 20, 0);
    let over = watched(&world, &[]);
    assert_eq!(
        (kinds(&over), &over["anomalies"][0]["ongoing"]),
        (vec!["slow"], &json!(false))
    );
    assert_eq!(over["verdict"], json!({ "verdict": "fine" }));

    world.write("broken", "");
    for hours in (10..14).rev() {
        exec(&world, &id, hours, 4);
    }
    let bad = watched(&world, &[]);
    assert_eq!(kinds(&bad), ["failures", "slow"]);
    assert_eq!(
        (&bad["failed"], &bad["outcomes"]["exited"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(bad["verdict"]["verdict"], "bad");
    assert_eq!(
        bad["errors"],
        json!([{ "error": bad["errors"][0]["error"], "count": 4 }])
    );
    let page = tend(&world, &["optimize", "monitor"]).code(0).stdout;
    assert!(
        page.contains("FAILING") && page.contains(&format!("optimize disable {id}")),
        "{page}"
    );

    fs::remove_file(world.repo().join("broken")).unwrap();
    exec(&world, &id, 5, 0);
    assert_eq!(watched(&world, &[])["verdict"]["verdict"], "watch");
    // By hour; and what was longer ago is not told.
    let day = watched(&world, &["--days", "1"]);
    let parts = day["by_bucket"].as_array().unwrap();
    assert_eq!((parts.len(), &day["runs"]), (24, &json!(6)));
    assert_eq!(
        (&parts[14]["failed"], &parts[18]["runs"]),
        (&json!(1), &json!(0))
    );
    // Disabled, it is judged no more.
    tend(&world, &["optimize", "disable", &id]).code(0);
    assert_eq!(watched(&world, &[])["verdict"], json!(null));
}

#[test]
fn memory_and_cpu_of_a_run_are_those_of_its_whole_tree() {
    let (world, id) = world();
    exec(&world, &id, 3, 0);
    let little = watched(&world, &[]);
    world.write("big", "");
    exec(&world, &id, 2, 0);
    let much = watched(&world, &["--days", "1"]);
    let peak = |of: &Value| of["peak_rss_kib"]["max"].as_f64().unwrap();
    // What is started shares our memory until it becomes the program.
    assert!(
        peak(&little) + 5_000.0 < peak(&much),
        "{} {}",
        peak(&little),
        peak(&much)
    );
    assert!(
        (51_200.0..100_000.0).contains(&peak(&much)),
        "{}",
        peak(&much)
    );
    let cpu = |of: &Value| of["cpu_ms"].as_i64().unwrap();
    // Eight million additions; a pause would use none.
    assert!(
        cpu(&much) - cpu(&little) > 60,
        "{} {}",
        cpu(&little),
        cpu(&much)
    );
    let wall = much["wall_ms"].as_i64().unwrap();
    assert!(cpu(&much) <= wall + 100, "{} {wall}", cpu(&much));
    // The sandbox tells it of its cases, too.
    let db = rusqlite::Connection::open(data(&world).join("optimize.db")).unwrap();
    let sql = "SELECT count(*), count(cpu_ms), count(peak_rss_kib) FROM automation_run WHERE kind = 'sandbox'";
    let (all, cpu, rss): (i64, i64, i64) = db
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap();
    assert!(all >= 3 && cpu == all && rss == all, "{all} {cpu} {rss}");
}

/// A run that is made up, as it is written down: so many milliseconds before now it ended.
fn note(world: &World, id: &str, before: i64, ms: i64, ok: bool) {
    let db = rusqlite::Connection::open(data(world).join("optimize.db")).unwrap();
    db.execute(
        "INSERT INTO automation_run (automation, at, kind, digest, ok, exit, ms, error, cpu_ms, peak_rss_kib)
         VALUES (?1, ?2, 'live', 'x', ?3, ?4, ?5, ?6, 800, 20480)",
        params![
            id,
            NOW_MS - before - ms,
            ok,
            i32::from(!ok),
            ms,
            (!ok).then_some("no such file"),
        ],
    )
    .unwrap();
}

/// The same runs of a task and of the automation: a week, of which the last run is slow.
fn week(world: &World, id: &str) -> String {
    at(world, "2026-03-01T00:00:00Z", &["drain"]).code(0);
    let mut runs = Vec::new();
    for day in (1..7).rev() {
        for hour in 0..4 {
            runs.push((
                day * DAY - (hour * 60 + 5) * MINUTE,
                1000 + day * 100 + hour * 20,
                hour != 3 || day > 2,
            ));
        }
    }
    runs.push((10 * MINUTE, 6100, true));
    let made: Vec<_> = runs
        .iter()
        .map(|(before, ms, ok)| {
            let one = run("lint", *before).took(*ms);
            if *ok { one } else { one.failed() }
        })
        .collect();
    fill(world, &made, 0);
    for (before, ms, ok) in runs {
        note(world, id, before, ms, ok);
    }
    automation(world, id)["name"].as_str().unwrap().to_owned()
}

#[test]
fn an_automation_has_the_figures_of_a_task_with_the_same_runs() {
    let (world, id) = world();
    let name = week(&world, &id);
    let all = tend(&world, &["optimize", "monitor", "--json"])
        .code(0)
        .json();
    assert_eq!(
        (&all["schema"], all["buckets"].as_array().unwrap().len()),
        (&json!(1), 7)
    );
    let series = all["series"].as_array().unwrap();
    let of = |kind: &str| series.iter().find(|it| it["kind"] == kind).unwrap();
    let (task, automation) = (of("task"), of("automation"));
    assert_eq!(
        (&task["name"], &automation["name"]),
        (&json!("lint"), &json!(name))
    );
    assert_eq!((&task["id"], &automation["id"]), (&json!(null), &json!(id)));
    for field in [
        "runs",
        "outcomes",
        "succeeded",
        "failed",
        "success_rate",
        "duration_ms",
        "wall_ms",
        "cpu_ms",
        "peak_rss_kib",
        "by_bucket",
    ] {
        assert_eq!(task[field], automation[field], "{field}");
    }
    let told = |of: &Value| -> Vec<Value> {
        let anomalies = of["anomalies"].as_array().unwrap().iter();
        anomalies
            .map(|it| json!([it["kind"], it["sentence"], it["ongoing"], it["figures"]]))
            .collect()
    };
    assert_eq!(told(task), told(automation));
    assert_eq!(told(task).len(), 1, "{:?}", told(task));
    assert_eq!(
        automation["errors"],
        json!([{ "error": "no such file", "count": 2 }])
    );
    assert_eq!(automation["verdict"]["verdict"], "regressed");
    // 50 points for success; by hand it took a minute, now a second or two: a third of an hour was saved.
    let rank = automation["rank"].as_f64().unwrap();
    assert!((46.3..46.4).contains(&rank), "{rank}");
    assert_eq!(task["rank"], json!(null));
    // Each by its name, and the automation by the beginning of its id.
    let named = |name: &str| {
        let all = tend(&world, &["optimize", "monitor", name, "--json"])
            .code(0)
            .json();
        all["series"].clone()
    };
    assert_eq!(named("lint"), json!([task]));
    assert_eq!(named(&name), json!([automation]));
    assert_eq!(named(&id[..6]), json!([automation]));
    tend(&world, &["optimize", "monitor", "nobody"]).code(2);
}

#[test]
fn csv_has_a_row_for_each_part_and_name() {
    let (world, id) = world();
    let name = week(&world, &id);
    let text = tend(&world, &["optimize", "monitor", "--format", "csv"])
        .code(0)
        .stdout;
    let Some(rows) = rows(&text) else { return };
    assert_eq!(rows.len(), 2 * 7);
    let of = |kind: &str| -> Vec<&Value> { rows.iter().filter(|it| it["kind"] == kind).collect() };
    let last = of("automation")[6];
    let field = |name: &str| last[name].as_str().unwrap();
    assert_eq!([field("name"), field("id")], [&name, &id]);
    // The clock goes on between the start of the program and its look at it.
    assert!(field("start").starts_with("2026-03-30T12:00:0"), "{last}");
    assert!(
        of("task")[0]["start"]
            .as_str()
            .unwrap()
            .starts_with("2026-03-24T12:00:0")
    );
    let fields = [
        "runs",
        "failed",
        "p50_ms",
        "p95_ms",
        "cpu_ms",
        "peak_rss_kib",
    ]
    .map(field);
    assert_eq!(fields, ["5", "1", "1140", "5112", "4000", "20480"]);
    assert_eq!(of("task")[6]["p95_ms"], "5112");
    let by_hour = tend(
        &world,
        &[
            "optimize", "monitor", "lint", "--days", "2", "--format", "csv",
        ],
    )
    .code(0);
    assert_eq!(by_hour.stdout.lines().count(), 1 + 48);
}

#[test]
fn the_pages() {
    let (world, id) = world();
    let name = week(&world, &id);
    let scrubbed = |args: &[&str]| {
        let page = tend(&world, args).code(0).stdout;
        page.replace(&id, "0123456789ab")
    };
    insta::assert_snapshot!(scrubbed(&["optimize", "monitor"]), @r#"
    50 runs of 1 task and 1 automation in the last 7 days · 1m 18s in all

    NAME     KIND        RUNS    OK   P50   P95  TOTAL  CPU  MEMORY  WAIT P95  RANK  P50 OVER TIME
    lint     task          25  92 %  1.4s  1.7s    39s  20s  20 MiB     500ms     –  ·███▇▇▆
    sh-work  automation    25  92 %  1.4s  1.7s    39s  20s  20 MiB         –    46  ·███▇▇▆

    UNUSUAL
    ! lint: took 6.1 s, 4.3 times the usual 1.4 s (median of the 22 runs before)
      10m ago · git tend metrics --task lint
    ! sh-work: took 6.1 s, 4.3 times the usual 1.4 s (median of the 22 runs before)
      10m ago · git tend optimize show 0123456789ab
    "#);
    insta::assert_snapshot!(scrubbed(&["optimize", "monitor", &name]), @r#"
    sh-work  automation  0123456789ab  enabled
      runs     25 runs in the last 7 days, 92 % succeeded
      ended    2 exited, 23 succeeded
      took     1.4s (p50) · 1.7s (p95) · 1.6s on average · 6.1s at most
      in all   39s, CPU 20s
      memory   20 MiB (p50) · 20 MiB (p95) · 20 MiB on average · 20 MiB at most
      enabled  30d 0h ago
      rank     46 of 100
      verdict  got slower: took 6.1 s, 4.3 times the usual 1.4 s (median of the 22 runs before)

    P50 over time
      ·███▇▇▆
      by day since 2026-03-24 12:00, at most 1.6s

    Runs over time
      ▁▇▇▇▇▇█
      by day since 2026-03-24 12:00, at most 5

    Failures over time
      ·▁▁▁▁██
      by day since 2026-03-24 12:00, at most 1

    Errors
      2×  no such file

    Unusual
    ! sh-work: took 6.1 s, 4.3 times the usual 1.4 s (median of the 22 runs before)
      10m ago · git tend optimize show 0123456789ab
    "#);
    insta::assert_snapshot!(scrubbed(&["optimize", "monitor", "lint", "--days", "1"]), @r#"
    lint  task
      runs    5 runs in the last 24 hours, 80 % succeeded
      ended   1 exited, 4 succeeded
      took    1.1s (p50) · 5.1s (p95) · 2.1s on average · 6.1s at most
      in all  10s, CPU 4.0s
      memory  20 MiB (p50) · 20 MiB (p95) · 20 MiB on average · 20 MiB at most
      waited  500ms (p50) · 500ms (p95) · 500ms on average · 500ms at most

    P50 over time
      ▃▃▃▃···················█
      by hour since 2026-03-30 12:00, at most 6.1s

    Runs over time
      ████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁█
      by hour since 2026-03-30 12:00, at most 1

    Failures over time
      ▁▁▁█···················▁
      by hour since 2026-03-30 12:00, at most 1

    Unusual
    ! lint: took 6.1 s, 4.3 times the usual 1.4 s (median of the 22 runs before)
      10m ago · git tend metrics --task lint
    "#);
}

#[test]
fn outside_of_a_repository_there_are_automations_alone() {
    let (world, id) = world();
    week(&world, &id);
    let outside = |args: &[&str]| {
        let mut command = world.tend_command();
        command
            .current_dir(world.home())
            .env("TEND_NOW", NOW)
            .args(args);
        crate::support::Ran::new(&command.output().unwrap())
    };
    let all = outside(&["optimize", "monitor", "--json"]).code(0).json();
    let kinds: Vec<_> = all["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["kind"])
        .collect();
    assert_eq!(kinds, ["automation"]);
    outside(&["optimize", "monitor", "lint"]).code(2);
    // And where nothing was ever done there is nothing.
    let empty = World::with_config("[defaults]\nbuiltin = false\n");
    let none = tend(&empty, &["optimize", "monitor"]).code(0).stdout;
    assert!(
        none.starts_with("no run of a task or an automation has ended"),
        "{none}"
    );
    let none = tend(&empty, &["optimize", "monitor", "--json"])
        .code(0)
        .json();
    assert_eq!(none["series"], json!([]));
    tend(
        &empty,
        &["optimize", "monitor", "--json", "--format", "csv"],
    )
    .code(2);
}
