//! `git tend optimize workflow --measure`: what steps were seen to take and touch.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use super::history;
use super::story::{DAILY, candidate, id, identified};
use super::workflow_claims::{is_near, ms, several_times};
use crate::support::{World, tool};

/// A step, its needs, and what it does.
type Step = (&'static str, &'static str, &'static str);

/// More order than is needed, and some that only a question for a file shows.
const STEPS: [Step; 6] = [
    ("compile", "", "sleep 0.5; cp code program"),
    ("docs", "compile", "sleep 0.7; cp text manual"),
    ("lint", "docs", "sleep 0.6; ! grep -q tabs code"),
    (
        "site",
        "lint",
        "sleep 0.2; test -e manual; echo site > site",
    ),
    ("stamp", "lint", "date +%N%s > stamp"),
    ("all", "site stamp", ""),
];

fn makefile(steps: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = "all:\n.PHONY: all compile docs lint site stamp\n".to_owned();
    for (name, _, does) in STEPS {
        let needs = steps[name].join(" ");
        let recipe = if does.is_empty() {
            String::new()
        } else {
            format!("\t@{}\n", does.replace("; ", " && "))
        };
        write!(text, "{name}: {needs}\n{recipe}").unwrap();
    }
    text
}

fn stated() -> BTreeMap<String, Vec<String>> {
    STEPS
        .iter()
        .map(|(name, needs, _)| {
            let needs = needs.split_ascii_whitespace().map(str::to_owned).collect();
            ((*name).to_owned(), needs)
        })
        .collect()
}

fn world() -> World {
    let world = World::new();
    world.write("Makefile", makefile(&stated()));
    world.write("code", "code\n");
    world.write("text", "text\n");
    world.commit("files");
    world
}

fn measured(world: &World, what: &[&str]) -> Value {
    let args = [&["optimize", "workflow"], what, &["--measure", "--json"]].concat();
    let json = history::tend(world, &args).code(0).json();
    json["workflows"][0].clone()
}

fn step<'a>(workflow: &'a Value, name: &str) -> &'a Value {
    let steps = workflow["steps"].as_array().unwrap();
    let found = steps.iter().find(|it| it["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {workflow:#}"))
}

fn paths(of: &Value) -> Vec<&str> {
    of.as_array()
        .unwrap_or_else(|| panic!("it is not known: {of}"))
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect()
}

fn notes(workflow: &Value) -> String {
    paths(&workflow["notes"]).join("\n")
}

#[test]
fn what_steps_touch_is_seen_and_what_is_not_seen_is_kept() {
    if tool("make").is_none() {
        return;
    }
    let world = world();
    // What is not committed is no part of it, and nothing of it is touched.
    world.write("code", "tabs\n");
    let before = world.git(["status", "--porcelain"]);
    let workflow = measured(&world, &["make:all"]);
    assert_eq!(world.git(["status", "--porcelain"]), before);

    let docs = step(&workflow, "docs");
    assert_eq!(paths(&docs["reads"]), ["Makefile", "text"]);
    assert_eq!(paths(&docs["writes"]), ["manual"]);
    assert_eq!(
        paths(&step(&workflow, "lint")["reads"]),
        ["Makefile", "code"]
    );
    assert_eq!(
        paths(&step(&workflow, "lint")["writes"]),
        Vec::<&str>::new()
    );
    // It only asks whether a file is there, so it failed before that was made; and a date is another one each time.
    for name in ["site", "stamp"] {
        assert_eq!(step(&workflow, name)["writes"], Value::Null, "{name}");
    }
    let notes = notes(&workflow);
    assert!(
        notes.contains("site, stamp did something else in another order"),
        "{notes}"
    );
    assert!(notes.contains("6 of 6 steps"), "{notes}");
    assert!(notes.contains("without network"), "{notes}");
    // The goal still needs all of it.
    let needless = workflow["order"]["needless"].as_array().unwrap();
    let needless: Vec<String> = needless
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it["first"].as_str().unwrap(),
                it["then"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(needless, ["compile docs", "docs lint"]);
}

/// The order that was advised, as the Makefile has it.
fn followed(workflow: &Value) -> (BTreeMap<String, Vec<String>>, u64) {
    let mut needs = stated();
    let mut workers = 1;
    for advice in workflow["advice"].as_array().unwrap() {
        if let Some(more) = advice["workers"].as_u64() {
            workers = workers.max(more);
        }
        let edges = |key: &str| -> Vec<(String, String)> {
            let edges = advice[key].as_array().into_iter().flatten();
            edges
                .map(|it| {
                    let of = |key: &str| it[key].as_str().unwrap().to_owned();
                    (of("first"), of("then"))
                })
                .collect()
        };
        for (first, then) in edges("needs") {
            needs.get_mut(&then).unwrap().retain(|it| *it != first);
        }
        for (first, then) in edges("instead") {
            needs.get_mut(&then).unwrap().push(first);
        }
    }
    (needs, workers)
}

fn make(program: &Path, jobs: u64, needs: &BTreeMap<String, Vec<String>>) -> f64 {
    let mut fastest = f64::MAX;
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("Makefile", &makefile(needs));
        write("code", "code\n");
        write("text", "text\n");
        let begin = Instant::now();
        let status = Command::new(program)
            .args(["-s", &format!("-j{jobs}")])
            .current_dir(folder.path())
            .env_remove("MAKEFLAGS")
            .status()
            .unwrap();
        fastest = fastest.min(ms(begin.elapsed()));
        assert!(status.success());
        for made in ["program", "manual", "site", "stamp"] {
            assert!(
                folder.path().join(made).exists(),
                "{made} is not made any more"
            );
        }
    }
    fastest
}

#[test]
fn what_is_advised_of_it_saves_as_much_as_claimed_and_makes_the_same() {
    several_times(|| {
        let Some(program) = tool("make") else { return };
        let world = world();
        let workflow = measured(&world, &["make:all", "--workers", "3"]);
        let before = make(&program, 1, &stated());
        is_near(
            "make as it is",
            workflow["time_ms"].as_f64().unwrap(),
            before,
        );
        let (needs, workers) = followed(&workflow);
        assert_ne!(needs, stated());
        let after = make(&program, workers, &needs);
        let claimed: f64 = workflow["advice"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["saving"]["per"] == "run" && it["saving"]["at_most"] == false)
            .map(|it| it["saving"]["ms"].as_f64().unwrap())
            .sum();
        assert!(claimed > 900.0, "{workflow:#}");
        is_near("measured, saved", claimed, before - after);
    });
}

#[test]
fn a_step_that_fails_is_told_and_what_needs_it_is_not_run() {
    if tool("make").is_none() {
        return;
    }
    let world = World::new();
    world.write(
        "Makefile",
        "all: c d\na:\n\techo made > a\nb: a\n\techo 'password=hunter2hunter2 is wrong' >&2; exit 3\nc: b\n\ttouch c\nd:\n\tcurl -s http://1.1.1.1 || touch d\n",
    );
    world.commit("files");
    let workflow = measured(&world, &["make:all"]);
    let notes = notes(&workflow);
    assert!(notes.contains("b: it failed (make: *** "), "{notes}");
    assert!(notes.contains("2 steps were not run"), "{notes}");
    assert!(!notes.contains("hunter2"), "{notes}");
    assert_eq!(step(&workflow, "b")["ms"], Value::Null);
    assert_eq!(step(&workflow, "c")["ms"], Value::Null);
    // There is no network.
    assert_eq!(paths(&step(&workflow, "d")["writes"]), ["d"]);
    let shown = world
        .tend(["optimize", "workflow", "make", "--measure"])
        .code(0);
    assert!(shown.stdout.contains("What they touch"), "{}", shown.stdout);
}

#[test]
fn a_sequence_that_was_mined_is_measured_with_the_values_it_had() {
    let world = history::world();
    let all = identified(&world);
    let daily = id(candidate(&all, &DAILY), "id");
    let workflow = measured(&world, &[daily]);
    let counted = step(&workflow, DAILY[1]);
    assert_eq!(paths(&counted["reads"]), ["sorted.txt"]);
    assert_eq!(paths(&counted["writes"]), ["counted.txt"]);
    // Nobody need sort words to look for one.
    let needless = &workflow["order"]["needless"];
    assert_eq!(needless.as_array().unwrap().len(), 1, "{needless}");
    assert_eq!(needless[0]["then"], DAILY[3]);
    // How long they take when somebody types them is known, and stays.
    assert_eq!(counted["ms"], 40_000.0);
    assert!(
        notes(&workflow).contains("4 of 4 steps"),
        "{}",
        notes(&workflow)
    );
}

#[test]
fn recipes_of_just_are_run_one_by_one() {
    let Some(just) = tool("just") else { return };
    let world = World::new();
    world.write(
        "justfile",
        "all: one two\n\none:\n    cp from to\n\ntwo: one\n    cp from other\n",
    );
    world.write("from", "x\n");
    world.commit("files");
    let folder = just.parent().unwrap().to_string_lossy().into_owned();
    let workflow = measured(&world, &["just:all", "--tools", &folder]);
    assert_eq!(paths(&step(&workflow, "one")["writes"]), ["to"]);
    assert_eq!(paths(&step(&workflow, "two")["writes"]), ["other"]);
    assert!(paths(&step(&workflow, "two")["reads"]).contains(&"from"));
    let needless = &workflow["order"]["needless"];
    assert_eq!(
        (&needless[0]["first"], &needless[0]["then"]),
        (&"one".into(), &"two".into())
    );
}

#[test]
fn what_cannot_be_measured_is_said() {
    let world = World::with_config(
        "[task.a]\nrun = [\"true\"]\n[task.b]\nrun = [\"true\"]\nneeds = [\"a\"]\n",
    );
    world.write(".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    steps: [{run: ls}]\n  b:\n    needs: a\n    steps: [{run: ls}]\n");
    world.write(
        "justfile",
        "all: (one \"x\")\none what:\n    echo {{what}}\n",
    );
    world.commit("files");
    let refused = |args: &[&str], words: &str| {
        let args = [&["optimize", "workflow"], args, &["--measure"]].concat();
        let ran = world.tend(args);
        assert_ne!(ran.code, 0, "{}", ran.stdout);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    };
    refused(&["tasks"], "measured by the queue");
    refused(&["ci"], "measured where they run");
    refused(&["just"], "gets arguments");
    refused(&["just", "--tools", "none"], "none is no folder");
    refused(&[], "required");
}
