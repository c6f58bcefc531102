//! The story goes on for weeks: what was automated saves time, gets slower, and fails.

use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::history::{NOW, at, path, tend, world};
use super::story::{DAILY, WEEKLY, automation, candidate, generated, id, identified};
use crate::support::{Ran, World};

/// So many days after [`NOW`], at noon.
fn day(number: i64) -> String {
    let now: Timestamp = NOW.parse().unwrap();
    (now + SignedDuration::from_hours(24 * number)).to_string()
}

fn report(world: &World, moment: &str) -> Value {
    at(world, moment, &["optimize", "report", "--json"])
        .code(0)
        .json()
}

fn of<'a>(report: &'a Value, id: &str) -> &'a Value {
    let all = report["automations"].as_array().unwrap();
    let found = all.iter().find(|it| it["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {report:#}"))
}

fn cycle(world: &World, moment: &str) -> Value {
    let ran = at(world, moment, &["optimize", "run", "--json"]).code(0);
    ran.json()["cycle"].clone()
}

/// Runs the alias as its user does.
fn alias(world: &World, moment: &str, name: &str) -> Ran {
    let mut command = world.command("git");
    command
        .env("PATH", path())
        .env("TEND_NOW", moment)
        .args([name, "--pattern", "apple"]);
    Ran::new(&command.output().unwrap())
}

/// More of the habits are worth proposing than by default.
fn propose_more(world: &World) {
    let config = world.home().join(".config/git-tend/config.toml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, format!("{text}threshold = 40\n")).unwrap();
}

fn names(of: &Value) -> Vec<&str> {
    let names = of.as_array().unwrap().iter();
    names.map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn the_cycle_writes_out_and_tries_what_is_worth_it() {
    let world = world();
    propose_more(&world);
    let first = cycle(&world, NOW);
    let generated = names(&first["generated"]);
    assert!((2..=5).contains(&generated.len()), "{first:#}");
    assert_eq!(generated, names(&first["passed"]), "{first:#}");
    // Nothing is enabled, nothing was done here.
    let list = tend(&world, &["optimize", "list", "--json"]).code(0).json();
    let all = list["automations"].as_array().unwrap();
    assert!(all.iter().all(|it| it["state"] == "tested"), "{list:#}");
    assert!(!world.repo().join("sorted.txt").exists());
    let weekly = all.iter().find(|it| it["form"] == "schedule");
    assert!(weekly.is_some(), "{list:#}");
    // The next one has nothing to write: they wait to be enabled.
    let again = cycle(&world, NOW);
    assert_eq!(names(&again["generated"]), Vec::<&str>::new(), "{again:#}");
    assert_eq!(names(&again["passed"]), Vec::<&str>::new());
    let report = report(&world, NOW);
    assert_eq!(report["cycles"].as_array().unwrap().len(), 2);
    let proposals = report["proposals"].as_array().unwrap();
    assert_eq!(proposals.len(), generated.len());
    for proposal in proposals {
        assert_eq!(proposal["sandbox_success"], 1.0, "{proposal:#}");
        assert!(proposal["automation"].is_string(), "{proposal:#}");
    }
    // What was removed is not proposed again, and the profile knows it.
    let name = generated[0].to_owned();
    tend(&world, &["optimize", "remove", &name]).code(0);
    let third = cycle(&world, &day(1));
    assert!(!names(&third["generated"]).contains(&name.as_str()));
    let profile = at(&world, &day(1), &["profile", "show", "--json"])
        .code(0)
        .stdout;
    assert!(profile.contains("automation.unwanted"), "{profile}");
    assert!(profile.contains("automation.habits"), "{profile}");
    // And what the profile says is not to be proposed is not.
    tend(&world, &["optimize", "forget", "--all", "--again"]).code(0);
    let unwanted = generated[1];
    at(
        &world,
        &day(2),
        &["profile", "correct", "automation.unwanted", unwanted],
    )
    .code(0);
    let report = self::report(&world, &day(2));
    let proposed = report["proposals"].as_array().unwrap();
    assert!(
        proposed.iter().all(|it| it["name"] != unwanted),
        "{report:#}"
    );
}

#[test]
fn once_a_week_it_is_done_without_anybody_asking() {
    let world = world();
    propose_more(&world);
    // The first round sees the schedule; on Sunday at four it is due.
    tend(&world, &["tick"]).code(0);
    at(&world, "2026-04-04T04:30:00Z", &["tick"]).code(0);
    let queue = at(
        &world,
        "2026-04-04T04:30:00Z",
        &["queue", "--user", "--all", "--json"],
    );
    assert!(!queue.stdout.contains("optimization"), "{}", queue.stdout);
    let sunday = "2026-04-05T04:10:00Z";
    let dry = at(&world, sunday, &["tick", "--dry-run"]).code(0);
    assert!(
        dry.stderr.contains("optimization: would be enqueued"),
        "{}",
        dry.stderr
    );
    let mut command = world.tend_command();
    // In CI nothing goes on in the background: the drain is ours.
    command
        .env("TEND_NOW", sunday)
        .env("PATH", path())
        .env("CI", "true")
        .args(["tick", "--json"]);
    let ticked = Ran::new(&command.output().unwrap()).code(0).json();
    assert_eq!(ticked["optimization"]["jobs"], 1, "{ticked:#}");
    let queue = at(&world, sunday, &["queue", "--user", "--json"])
        .code(0)
        .json();
    assert_eq!(queue["jobs"][0]["priority"], "deferred", "{queue:#}");
    at(&world, "2026-04-05T04:11:00Z", &["drain", "--user"]).code(0);
    let report = report(&world, "2026-04-05T05:00:00Z");
    let cycles = report["cycles"].as_array().unwrap();
    assert_eq!(cycles.len(), 1, "{report:#}");
    assert!(names(&cycles[0]["passed"]).len() >= 2, "{report:#}");
    // Once for each time.
    at(&world, "2026-04-05T05:00:00Z", &["tick"]).code(0);
    let queue = at(&world, sunday, &["queue", "--user", "--json"])
        .code(0)
        .json();
    assert_eq!(queue["jobs"], serde_json::json!([]));
}

#[test]
fn weeks_of_savings_then_slower_then_bad() {
    let world = world();
    let all = identified(&world);
    let daily = generated(&world, candidate(&all, &DAILY), "git-alias");
    let weekly = generated(&world, candidate(&all, &WEEKLY), "schedule");
    for id in [&daily, &weekly] {
        tend(&world, &["optimize", "test", id]).code(0);
        tend(&world, &["optimize", "enable", id, "--yes"]).code(0);
    }
    let name = id(&automation(&world, &daily), "name").to_owned();
    // Before it ran, nothing was saved and nothing can be said.
    let before = report(&world, &day(0));
    assert_eq!(of(&before, &daily)["runs"], 0);

    // A week: too little for a trend.
    for number in 1..=7 {
        alias(&world, &day(number), &name).code(0);
    }
    let week = report(&world, &day(7));
    let it = of(&week, &daily);
    assert_eq!(it["runs"], 7, "{it:#}");
    // By hand it took four commands, 45 seconds apart, of which the last took 25: now a fraction of a second.
    let by_hand = it["baseline_ms"].as_f64().unwrap();
    assert!((160_000.0..=205_000.0).contains(&by_hand), "{it:#}");
    let saved = it["saved_ms"].as_f64().unwrap();
    let least = 7.0 * (by_hand - 20_000.0);
    assert!(saved > least && saved <= 7.0 * by_hand, "{saved} {by_hand}");
    let said = it["said"].to_string();
    assert!(said.contains("insufficient data"), "{said}");

    // Three weeks, with the Mondays of the other.
    for number in 8..=21 {
        alias(&world, &day(number), &name).code(0);
    }
    tend(&world, &["tick", "--here"]).code(0);
    for monday in ["2026-04-06", "2026-04-13", "2026-04-20"] {
        at(&world, &format!("{monday}T09:30:00Z"), &["tick", "--here"]).code(0);
        at(&world, &format!("{monday}T09:30:10Z"), &["drain"]).code(0);
    }
    let weeks = report(&world, &day(21));
    assert_eq!(of(&weeks, &daily)["runs"], 21);
    assert_eq!(of(&weeks, &weekly)["runs"], 3);
    let totals = &weeks["totals"];
    assert!(
        totals["saved_ms"].as_f64().unwrap() > 3.0 * least,
        "{totals:#}"
    );
    let calm = cycle(&world, &day(21));
    assert_eq!(names(&calm["regressions"]), Vec::<&str>::new(), "{calm:#}");
    assert_eq!(calm["disabled"], serde_json::json!([]));

    // It has much more to do: that is noticed, and told once.
    let mut many = String::new();
    for number in 0..1_500_000_u64 {
        many.push_str(&format!(
            "word{}\n",
            number.wrapping_mul(2_654_435_761) % 1_000_003
        ));
    }
    fs::write(world.repo().join("words.txt"), format!("{many}apple\n")).unwrap();
    for number in 22..=24 {
        alias(&world, &day(number), &name).code(0);
    }
    let slower = cycle(&world, &day(24));
    let told = names(&slower["regressions"]);
    assert_eq!(told.len(), 1, "{slower:#}");
    assert!(
        told[0].starts_with(&name) && told[0].contains("times the usual"),
        "{told:?}"
    );
    let shown = of(&report(&world, &day(24)), &daily)["anomalies"].to_string();
    assert!(shown.contains("times the usual"), "{shown}");
    let again = cycle(&world, &day(25));
    assert_eq!(
        names(&again["regressions"]),
        Vec::<&str>::new(),
        "{again:#}"
    );
    assert!(is_set(&world, &name));

    // What it needs is gone: it fails, and is disabled.
    fs::remove_file(world.repo().join("words.txt")).unwrap();
    for number in 26..=29 {
        alias(&world, &day(number), &name);
    }
    let bad = cycle(&world, &day(29));
    let disabled = bad["disabled"].as_array().unwrap();
    assert_eq!(disabled.len(), 1, "{bad:#}");
    assert_eq!(disabled[0]["name"], name.as_str(), "{bad:#}");
    assert!(!is_set(&world, &name), "git runs it still");
    assert_eq!(automation(&world, &daily)["state"], "tested");
    // The channels of the repository are told, and the other one is in use as before.
    let log = at(&world, &day(29), &["notify", "log", "--json"])
        .code(0)
        .stdout;
    assert!(log.contains(&format!("{name} was disabled")), "{log}");
    assert!(Path::new(&world.repo().join("tend.local.toml")).exists());
    let text = at(&world, &day(29), &["optimize", "report"]).code(0).stdout;
    assert!(text.contains(&name), "{text}");
}

fn is_set(world: &World, name: &str) -> bool {
    let mut command = world.command("git");
    command.args(["config", "--get", &format!("alias.{name}")]);
    command.output().unwrap().status.success()
}
