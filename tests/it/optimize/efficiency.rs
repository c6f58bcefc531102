//! What automations save, through the binary: runs are real, days go by by the injected clock.

use std::fs;
use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::history::{Journal, at, data, tend, world};
use super::story::{DAILY, automation, candidate, generated, identified};
use crate::support::{Ran, World};

/// What it takes by hand, in ms: three times 45 s until the last step begins, and that takes 25 s.
const BY_HAND: i64 = 160_000;

fn after(days: i64, minutes: i64) -> String {
    let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
    let moment = now + SignedDuration::from_hours(24 * days) + SignedDuration::from_mins(minutes);
    moment.to_string()
}

fn efficiency(world: &World, moment: &str, id: &str) -> Value {
    let args = ["optimize", "efficiency", id, "--json"];
    at(world, moment, &args).code(0).json()
}

/// An automation that may run.
fn enabled(world: &World) -> String {
    let all = identified(world);
    let id = generated(world, candidate(&all, &DAILY), "shell-script");
    tend(world, &["optimize", "test", &id]).code(0);
    tend(world, &["optimize", "enable", &id, "--yes"]).code(0);
    id
}

/// Runs it, for a word that is there or for one that is not, which fails.
fn run(world: &World, moment: &str, id: &str, sought: &str) -> Ran {
    let args = ["optimize", "exec", id, "--pattern", sought];
    at(world, moment, &args)
}

/// What was noted of its runs: when, whether it succeeded, and how long it took.
fn noted(world: &World, id: &str) -> Vec<(i64, bool, i64)> {
    let db = rusqlite::Connection::open(data(world).join("optimize.db")).unwrap();
    let sql = "SELECT at, ok, ms FROM automation_run WHERE automation = ?1 AND kind = 'live' ORDER BY seq";
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn says(of: &Value, what: &str) -> bool {
    let said = of["said"].as_array().unwrap();
    said.iter().any(|it| it.as_str().unwrap().contains(what))
}

#[track_caller]
fn near(one: &Value, other: f64) {
    let one = one.as_f64().unwrap();
    assert!(
        (one - other).abs() < 1e-9 * other.abs().max(1.0),
        "{one} is not {other}"
    );
}

#[test]
#[allow(clippy::too_many_lines)] // one story, told from its beginning to its end
fn what_runs_save_is_what_it_took_by_hand_less_what_they_took() {
    let world = world();
    let id = enabled(&world);
    let baseline = tend(&world, &["optimize", "baseline", &id, "--json"])
        .code(0)
        .json();
    let seen = &baseline["baselines"][0];
    assert_eq!(seen["origin"], "history");
    let durations = seen["durations"].as_array().unwrap();
    assert_eq!(durations.len(), 28);
    // On some days somebody looked around in between.
    assert!(
        durations.iter().all(|it| *it == 160_000 || *it == 205_000),
        "{durations:?}"
    );
    assert!(
        (seen["per_week"].as_f64().unwrap() - 7.0).abs() < 0.1,
        "{seen}"
    );

    // Nothing has run.
    let before = efficiency(&world, &after(0, 0), &id);
    assert_eq!(before["baseline"]["ms"], 160_000.0);
    assert_eq!(
        (&before["runs"], &before["saved"]["saved_ms"]),
        (&json!(0), &json!(0))
    );
    assert_eq!(before["returns"]["payback"]["when"], "never");
    assert_eq!(before["returns"]["roi"], -1.0);

    // Once a day for thirteen days; on one of them nine times more, and one run fails.
    for day in 1..=13 {
        run(&world, &after(day, 0), &id, "apple").code(0);
    }
    for round in 1..=9 {
        run(&world, &after(8, round), &id, "fig").code(0);
    }
    run(&world, &after(9, 5), &id, "nowhere").code(1);

    let now = after(13, 60);
    let told = efficiency(&world, &now, &id);
    let noted = noted(&world, &id);
    assert_eq!(noted.len(), 23);
    let gained: i64 = noted
        .iter()
        .filter(|it| it.1)
        .map(|it| BY_HAND - it.2)
        .sum();
    let lost: i64 = noted.iter().filter(|it| !it.1).map(|it| it.2).sum();
    let saved = &told["saved_ever"];
    assert_eq!(
        (saved["runs"].as_u64(), saved["failed"].as_u64()),
        (Some(23), Some(1))
    );
    assert_eq!(saved["gained_ms"].as_i64(), Some(gained), "{saved}");
    assert_eq!(saved["lost_ms"].as_i64(), Some(lost));
    assert_eq!(saved["saved_ms"].as_i64(), Some(gained - lost));
    // The week from Monday, April 6, has 7 days and 9 more: of these 16 runs, 7 count.
    assert_eq!(saved["counted"]["most_a_week"], 7);
    assert_eq!(saved["counted"]["runs"], 13);
    assert!(saved["counted"]["saved_ms"].as_i64().unwrap() < gained - 9 * 150_000);
    // In money, with nothing configured: 50 an hour, for two hours at 100.
    #[allow(clippy::cast_precision_loss)]
    let (gained, lost) = (
        gained as f64 / 3_600_000.0 * 50.0,
        lost as f64 / 3_600_000.0 * 50.0,
    );
    near(&told["returns"]["gained"], gained);
    near(&told["returns"]["cost"], 200.0 + lost);
    near(
        &told["returns"]["roi"],
        (gained - 200.0 - lost) / (200.0 + lost),
    );
    assert_eq!(told["returns"]["payback"]["when"], "projected");
    // What is said is measured; what cannot be said is said so.
    assert_eq!(
        told["trend"],
        json!({ "insufficient": { "have": 13, "need": 14 } })
    );
    assert!(
        says(&told, "trend: insufficient data: 13 of 14 days"),
        "{told:#}"
    );
    let automated = &told["automated"]["enough"];
    assert_eq!(
        (&automated["before"], &automated["after"]),
        (&json!(28), &json!(22))
    );
    assert_eq!(
        (&automated["delta"], &automated["magnitude"]),
        (&json!(-1.0), &json!("large"))
    );
    assert!(automated["p"].as_f64().unwrap() < 1e-6);
    assert_eq!(told["still_by_hand"], 0);

    // For people, one and all; and what a week of it says.
    let page = at(&world, &now, &["optimize", "efficiency", &id])
        .code(0)
        .stdout;
    for part in [
        "2m 40s (median of 28 times in histories), 7.0 a week",
        "at most as often as by hand",
        "expected on",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let listed = at(&world, &now, &["optimize", "efficiency"]).code(0).stdout;
    let row = listed.lines().find(|line| line.contains(&id)).unwrap();
    assert!(
        row.contains("2m 40s") && row.contains("expected on"),
        "{listed}"
    );
    let all = at(&world, &now, &["optimize", "efficiency", "--json"])
        .code(0)
        .json();
    assert_eq!(
        (&all["days"], &all["automations"][0]["runs"]),
        (&json!(7), &json!(17)),
        "{all:#}"
    );

    // One day more is enough for a trend.
    run(&world, &after(14, 0), &id, "apple").code(0);
    let told = efficiency(&world, &after(14, 60), &id);
    assert_eq!(told["trend"]["enough"]["days"], 14, "{told:#}");
}

#[test]
fn what_somebody_says_goes_before_what_histories_tell() {
    let world = world();
    let id = enabled(&world);
    for day in 1..=6 {
        run(&world, &after(day, 0), &id, "apple").code(0);
    }
    tend(&world, &["optimize", "baseline", &id, "0s"]).code(2);
    tend(&world, &["optimize", "baseline", &id, "often"]).code(2);
    tend(
        &world,
        &["optimize", "baseline", &id, "90m", "--per-week", "NaN"],
    )
    .code(2);
    tend(&world, &["optimize", "baseline", "nosuch", "90m"]).code(2);
    tend(
        &world,
        &["optimize", "baseline", &id, "1h 30m", "--per-week", "2"],
    )
    .code(0);
    let told = efficiency(&world, &after(7, 0), &id);
    assert_eq!(told["baseline"]["origin"], "said");
    assert_eq!(told["baseline"]["ms"], 5_400_000.0);
    assert!(
        says(
            &told,
            "somebody said that it takes 90 min by hand; histories tell 3 min (median of 28)"
        ),
        "{told:#}"
    );
    // Of six runs three gain four hours and a half, less what they took: the third pays for it.
    let payback = &told["returns"]["payback"];
    assert_eq!(payback["when"], "reached");
    let third: Timestamp = payback["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(third, after(3, 0).parse::<Timestamp>().unwrap());
    assert!(told["returns"]["roi"].as_f64().unwrap() > 1.2, "{told:#}");
    // Five from Wednesday to Sunday and one on Monday: two and one count.
    assert_eq!(told["saved_ever"]["counted"]["runs"], 3);
    let page = at(&world, &after(7, 0), &["optimize", "efficiency", &id])
        .code(0)
        .stdout;
    assert!(
        page.contains("on 2026-04-03") && page.contains("as somebody said"),
        "{page}"
    );

    // Other costs, and none in money.
    let config = world.home().join(".config/git-tend/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let with =
        |costs: &str| fs::write(&config, format!("{text}\n[optimize.costs]\n{costs}\n")).unwrap();
    with("development_hours = 80");
    let dear = efficiency(&world, &after(7, 0), &id);
    assert_eq!(dear["returns"]["payback"]["when"], "projected");
    assert!(dear["returns"]["roi"].as_f64().unwrap() < -0.9);
    with("hourly_rate = 0");
    let hours = efficiency(&world, &after(7, 0), &id);
    assert_eq!(
        (&hours["returns"]["roi"], &hours["returns"]["payback"]),
        (&Value::Null, &Value::Null)
    );
    assert!(hours["returns"]["gained_hours"].as_f64().unwrap() > 8.9);
    for wrong in [
        "hourly_rate = -1",
        "maintenance_hours = nan",
        "development_rate = inf",
        "rate = 5",
    ] {
        with(wrong);
        at(&world, &after(7, 0), &["optimize", "efficiency", &id]).code(2);
    }
    fs::write(&config, &text).unwrap();

    tend(&world, &["optimize", "baseline", &id, "--forget"]).code(0);
    let told = efficiency(&world, &after(7, 0), &id);
    assert_eq!(
        (&told["baseline"]["origin"], &told["overruled"]),
        (&json!("history"), &Value::Null)
    );
    // What it took is forgotten with what it did.
    tend(&world, &["optimize", "remove", "--forget", &id]).code(0);
    let left = rusqlite::Connection::open(data(&world).join("optimize.db")).unwrap();
    let left: i64 = left
        .query_row("SELECT count(*) FROM automation_baseline", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(left, 0);
    let none = at(&world, &after(7, 0), &["optimize", "efficiency"]).code(0);
    assert!(none.stderr.contains("no automation yet"), "{}", none.stderr);
}

#[test]
fn work_by_hand_that_becomes_longer_is_noticed() {
    let world = world();
    let id = enabled(&world);
    run(&world, &after(0, 1), &id, "apple").code(0);
    // Days later somebody does it by hand five times, with longer pauses.
    let repo = fs::canonicalize(world.repo()).unwrap();
    let mut journal = Journal::default();
    for day in 1..=5 {
        let mut moment: Timestamp = after(day, 0).parse().unwrap();
        let lines = [
            "sort words.txt > sorted.txt",
            "uniq -c sorted.txt > counted.txt",
            "grep -c fig counted.txt > hits.txt",
            "grep -n fig words.txt > lines.txt",
        ];
        for line in lines {
            journal.typed(moment, &format!("later-{day}"), &repo, 20_000, line);
            moment += SignedDuration::from_secs(100);
        }
    }
    let mut file = fs::OpenOptions::new()
        .append(true)
        .open(data(&world).join("shell-journal"))
        .unwrap();
    for (_, record) in &journal.0 {
        file.write_all(record.as_bytes()).unwrap();
    }
    drop(file);
    let unread = efficiency(&world, &after(6, 0), &id);
    assert_eq!(unread["still_by_hand"], 0);
    at(&world, &after(6, 0), &["optimize", "identify"]).code(0);
    let told = efficiency(&world, &after(6, 0), &id);
    assert_eq!(told["still_by_hand"], 5, "{told:#}");
    let drift = &told["drift"]["enough"];
    assert_eq!(
        (&drift["drifted"], &drift["durations"]["after_ms"]),
        (&json!(true), &json!(320_000.0))
    );
    assert!(says(&told, "the baseline has drifted"), "{told:#}");
    // Generated again after it was used, it keeps what it took before.
    let all = at(
        &world,
        &after(6, 0),
        &["optimize", "identify", "--all", "-n", "50", "--json"],
    );
    let all = all.code(0).json();
    let again = candidate(&all, &DAILY);
    at(
        &world,
        &after(6, 0),
        &["optimize", "generate", super::story::id(again, "id")],
    )
    .code(0);
    assert_eq!(super::story::id(&automation(&world, &id), "id"), id);
    assert_eq!(
        efficiency(&world, &after(6, 0), &id)["baseline"]["times"],
        28
    );
}

#[test]
fn of_a_task_the_course_is_told() {
    let world = World::with_config(
        "[task.count]\nrun = [\"sh\", \"-c\", \"test ! -e broken\"]\nworkspace = \"worktree\"\n",
    );
    world.tend(["trust", "--yes"]).code(0);
    let nothing = tend(&world, &["optimize", "efficiency"]).code(0);
    assert!(
        nothing.stderr.contains("git tend optimize identify"),
        "{}",
        nothing.stderr
    );
    tend(&world, &["optimize", "efficiency", "no-such-task"]).code(2);
    let none = efficiency(&world, &after(0, 0), "count");
    assert_eq!(
        none["successes"],
        json!({ "insufficient": { "have": 0, "need": 5 } })
    );
    // Six runs that succeed, and six that do not.
    for day in 0..12 {
        if day == 6 {
            world.write("broken", "");
        }
        let expected = i32::from(day >= 6);
        at(&world, &after(day, 0), &["run", "count"]).code(expected);
    }
    let args = ["optimize", "efficiency", "count", "--days", "12", "--json"];
    let told = at(&world, &after(11, 60), &args).code(0).json();
    assert_eq!(
        (&told["task"], &told["runs"], &told["failed"]),
        (&json!("count"), &json!(12), &json!(6))
    );
    let successes = &told["successes"]["enough"];
    assert_eq!(
        (&successes["before_ok"], &successes["after_ok"]),
        (&json!(6), &json!(0))
    );
    near(&successes["p"], 2.0 / 924.0);
    assert!(
        says(
            &told,
            "succeeded 0 of 6 times, 6 of 6 in the half before (p 0.002): less often"
        ),
        "{told:#}"
    );
    assert!(
        says(&told, "trend: insufficient data: 6 of 14 days"),
        "{told:#}"
    );
    let page = at(&world, &after(11, 60), &["optimize", "efficiency", "count"])
        .code(0)
        .stdout;
    assert!(page.contains("12 in 30 days, 6 failed"), "{page}");
}
