//! `git tend optimize workflow` through the binary, and our readers against make and just themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use git_tend::optimize::workflow::read::{Reading, justfile, makefile};
use serde_json::Value;

use crate::support::{World, real_tools_required, tool};

const CI: &str = "\
on: push
jobs:
  lint:
    steps: [{run: cargo fmt --check}]
  build:
    needs: lint
    steps: [{run: cargo build}, {uses: actions/upload-artifact@v4, with: {name: bin}}]
  test:
    needs: build
    steps: [{uses: actions/download-artifact@v4, with: {name: bin}}, {run: cargo test}]
";
const MAKE: &str = "\
.PHONY: all clean
all: app
app: a.o b.o
\tcc -o $@ $^
a.o: a.c
\tcc -c a.c -o $@
b.o: b.c
\tcc -c b.c -o $@
clean:
\trm -f app
";
const JUST: &str =
    "ci: lint (test \"all\")\n    echo done\nlint:\n    ls\ntest what: lint\n    ls\n";

fn world() -> World {
    let world = World::new();
    world.write(".github/workflows/ci.yml", CI);
    world.write("Makefile", MAKE);
    world.write("justfile", JUST);
    world.commit("files");
    world
}

fn workflows(json: &Value) -> BTreeMap<String, Value> {
    let all = json["workflows"].as_array().unwrap();
    all.iter()
        .map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone()))
        .collect()
}

#[test]
fn what_a_repository_has_is_listed() {
    let world = world();
    let listed = world.tend(["optimize", "workflow"]).code(0);
    for name in ["ci.yml", "make:all", "just:ci"] {
        assert!(listed.stdout.contains(name), "{name}: {}", listed.stdout);
    }
    let all = workflows(
        &world
            .tend(["optimize", "workflow", "--json"])
            .code(0)
            .json(),
    );
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "ci.yml",
            "ci.yml:build",
            "ci.yml:test",
            "just:ci",
            "make:all",
            "make:clean"
        ]
    );
    let make = world
        .tend(["optimize", "workflow", "make", "--json"])
        .code(0);
    assert_eq!(workflows(&make.json()).len(), 1);
}

#[test]
fn times_say_what_would_be_saved() {
    let world = world();
    world.write("times.json", r#"{"lint": 60, "build": 100, "test": 30}"#);
    let args = ["optimize", "workflow", "ci.yml", "--times", "times.json"];
    let shown = world.tend(args).code(0);
    // The build has nothing of what the formatter leaves; the tests have what the build does.
    let json = world.tend([&args[..], &["--json"]].concat()).code(0).json();
    let ci = &workflows(&json)["ci.yml"];
    assert_eq!(ci["score"]["time_ms"], 190_000.0, "{ci:#}");
    assert_eq!(ci["score"]["achievable_ms"], 130_000.0, "{ci:#}");
    assert!(shown.stdout.contains("lint"), "{}", shown.stdout);

    world.write("times.json", r#"{"all": 0, "app": 1, "a.o": 4, "b.o": 4}"#);
    let args = [
        "optimize",
        "workflow",
        "make:all",
        "--times",
        "times.json",
        "--workers",
        "2",
        "--json",
    ];
    let json = world.tend(args).code(0).json();
    let make = &workflows(&json)["make:all"];
    assert_eq!(make["score"]["time_ms"], 9_000.0, "{make:#}");
    assert_eq!(make["score"]["achievable_ms"], 5_000.0, "{make:#}");
}

#[test]
fn tasks_are_measured_by_the_queue() {
    let world = World::with_config(
        "[task.first]\nrun = [\"true\"]\n\n[task.second]\nrun = [\"sleep\", \"0.2\"]\nneeds = [\"first\"]\n",
    );
    world.tend(["trust", "--yes"]).code(0);
    for _ in 0..4 {
        world.tend(["run", "second"]).code(0);
    }
    let ran = world
        .tend(["optimize", "workflow", "tasks", "--json"])
        .code(0);
    let all = workflows(&ran.json());
    let tasks = &all["tasks"];
    let steps = tasks["steps"].as_array().unwrap();
    let second = steps.iter().find(|it| it["name"] == "second").unwrap();
    assert_eq!(second["needs"], serde_json::json!(["first"]), "{second:#}");
    assert_eq!(second["runs"], 4, "{second:#}");
    assert!(second["ms"].as_f64().unwrap() >= 200.0, "{second:#}");
    // The commit was the same each time, and so was the task: three times for nothing.
    let caching = tasks["caching"].as_array().unwrap();
    let kept = caching.iter().find(|it| it["step"] == "second").unwrap();
    assert_eq!(kept["hits"], 3, "{kept:#}");
    // Another commit is other work.
    world.write("more.txt", "x");
    world.commit("More");
    world.tend(["run", "second"]).code(0);
    let ran = world
        .tend(["optimize", "workflow", "tasks", "--json"])
        .code(0);
    let tasks = workflows(&ran.json())["tasks"].clone();
    let caching = tasks["caching"].as_array().unwrap();
    let kept = caching.iter().find(|it| it["step"] == "second").unwrap();
    assert_eq!(
        (&kept["hits"], &kept["runs"]),
        (&3.into(), &5.into()),
        "{kept:#}"
    );
}

#[test]
fn a_wait_that_starts_what_nothing_else_starts_is_kept() {
    let needless = |with: &str| {
        let world = World::with_config(&format!(
            "[defaults]\nbuiltin = false\n\
             [task.first]\nworkspace = \"commit\"\nrun = [\"true\"]\n{with}\n\
             [task.second]\nworkspace = \"commit\"\nrun = [\"true\"]\nneeds = [\"first\"]\non = [\"post-commit\"]\n"
        ));
        let args = ["optimize", "workflow", "tasks", "--json"];
        let all = workflows(&world.tend(args).code(0).json());
        all["tasks"]["order"]["needless"].clone()
    };
    // In workspaces of their own they touch nothing in common.
    let both = serde_json::json!([{ "first": "first", "then": "second" }]);
    assert_eq!(needless("on = [\"post-merge\"]"), both);
    assert_eq!(needless(""), serde_json::json!([]));
}

#[test]
fn what_is_wrong_is_said() {
    let world = world();
    world.write("bad.yml", "jobs:\n  a: {needs: b}\n  b: {needs: a}\n");
    world.write("notes.txt", "x");
    world.write("times.json", "[3]");
    let refused = |args: &[&str], said: &str| {
        let ran = world.tend([&["optimize", "workflow"], args].concat());
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(said), "{args:?}: {}", ran.stderr);
    };
    refused(&["bad.yml"], "line 2: these need each other: a → b → a");
    refused(&["notes.txt"], "not known to describe a workflow");
    refused(
        &["nowhere"],
        "no file, workflow, proposal or automation nowhere",
    );
    refused(&["ci", "--times", "times.json"], "a number is in the list");
    refused(&["ci", "--times", "none.json"], "none.json");
    // One file that cannot be read does not hide the others.
    world.write(".github/workflows/bad.yml", "jobs: [\n");
    let listed = world.tend(["optimize", "workflow"]).code(0);
    assert!(listed.stdout.contains("ci.yml"), "{}", listed.stdout);
    assert!(listed.stderr.contains("bad.yml"), "{}", listed.stderr);
}

/// What each step needs, by name: of all workflows together.
fn needs(reading: &Reading) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for read in &reading.workflows {
        let steps = &read.workflow.steps;
        for step in steps {
            let needs = step.needs.iter().map(|at| steps[*at].name.clone());
            found.insert(step.name.clone(), needs.collect());
        }
    }
    found
}

/// What `make -pnq` says of the targets that have a rule.
fn by_make(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Makefile"), text).unwrap();
    let output = Command::new("make")
        .args(["-pnq", "-f", "Makefile"])
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let files = said.split("# Files").nth(1).unwrap();
    let mut found = BTreeMap::new();
    for block in files
        .split("\n\n")
        .filter(|it| !it.starts_with("# Not a target"))
    {
        let rule = block
            .lines()
            .find(|it| !it.starts_with(['#', '\t']) && it.contains(':') && !it.contains('='));
        let Some((target, needs)) = rule.and_then(|it| it.split_once(':')) else {
            continue;
        };
        if target.starts_with('.') || target.contains('%') {
            continue;
        }
        let needs = needs
            .trim_start_matches(':')
            .split_whitespace()
            .filter(|it| *it != "|");
        found.insert(target.to_owned(), needs.map(str::to_owned).collect());
    }
    found
}

/// Makefiles of which the text alone decides everything, by a number.
fn generated(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut text = String::from(
        "S = t0 t1\nT := $(S:t%=t%) \\\n  t2 # a comment\nU ?= $(patsubst %,%,$(T))\n",
    );
    for at in 0..12 {
        let mut needs = Vec::new();
        for other in at + 1..12 {
            match next(6) {
                0 => needs.push(format!("t{other}")),
                1 => needs.push(format!("$(addprefix t,{other})")),
                _ => {}
            }
        }
        if next(4) == 0 {
            needs.push("| ./t12".to_owned());
        }
        if next(5) == 0 {
            text.push_str("ifeq ($(S),t0 t1)\n");
            text.push_str(&format!("t{at}: t12\nelse\nt{at}: t13\nendif\n"));
        }
        if next(5) == 0 {
            text.push_str(&format!("t{at}: X = y\n"));
        }
        let recipe = match next(3) {
            0 => " ; ls".to_owned(),
            1 => "\n\tls $@ \\\n\t  more\n# note\n\tls".to_owned(),
            _ => String::new(),
        };
        text.push_str(&format!(
            "t{at}: {}{recipe}\n",
            needs.join(if next(2) == 0 { " " } else { " \\\n   " })
        ));
    }
    text.push_str(".PHONY: t1 $(word 1,t3)\nt12 t13: %: ; touch $@\n");
    text
}

#[test]
fn targets_are_as_make_reads_them() {
    if tool("make").is_none() && !real_tools_required() {
        eprintln!("make is missing: nothing is compared");
        return;
    }
    for seed in 0..60 {
        let text = generated(seed);
        let ours = needs(&makefile(&text, "Makefile").unwrap());
        let theirs = by_make(&text);
        for (target, wanted) in &ours {
            let named: BTreeSet<String> = theirs[target]
                .iter()
                .filter(|it| ours.contains_key(*it))
                .cloned()
                .collect();
            assert_eq!(*wanted, named, "{target} of\n{text}");
        }
        assert!(ours.len() > 5, "{text}");
    }
    let ours = needs(&makefile(MAKE, "Makefile").unwrap());
    assert_eq!(ours["all"], BTreeSet::from(["app".to_owned()]));
    assert_eq!(
        by_make(MAKE)["app"],
        BTreeSet::from(["a.o".to_owned(), "b.o".to_owned()])
    );
}

#[test]
fn recipes_are_as_just_reads_them() {
    let Some(just) = tool("just") else {
        assert!(
            !real_tools_required(),
            "TEND_TEST_REAL=1 and just is missing: .ci/tools installs it"
        );
        return;
    };
    let texts = [
        JUST.to_owned(),
        "x := 'a: b' + `echo c: d`\nalias z := b\n@a p='x: y' *q=(x + ':'): b (c 'd: e' (x + p)) && b\n    ls\nb:\nc m n:\n    ls\n".to_owned(),
        "set shell := ['sh', '-c']\n[private]\na: \\\n  b\n  ls\n\n  ls\n[group('g: h')]\n[no-cd]\nb $x='''\n  y: z\n''':\n  #!/bin/sh\n  a: b\n".to_owned(),
    ];
    for text in texts {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("justfile");
        fs::write(&path, &text).unwrap();
        let output = Command::new(&just)
            .args(["--dump", "--dump-format", "json", "--justfile"])
            .arg(&path)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}\n{text}",
            String::from_utf8_lossy(&output.stderr)
        );
        let theirs: Value = serde_json::from_slice(&output.stdout).unwrap();
        let ours = needs(&justfile(&text, "justfile").unwrap());
        let name = |text: &str| text.split(' ').next().unwrap().to_owned();
        for (recipe, of) in theirs["recipes"].as_object().unwrap() {
            let priors = usize::try_from(of["priors"].as_u64().unwrap()).unwrap();
            let all = of["dependencies"].as_array().unwrap();
            let wanted: BTreeSet<String> = all
                .iter()
                .take(priors)
                .map(|it| it["recipe"].as_str().unwrap().to_owned())
                .collect();
            let found = ours
                .iter()
                .filter(|(step, _)| name(step) == *recipe && !step.contains("(after"));
            for (step, needs) in found {
                let needs: BTreeSet<String> = needs.iter().map(|it| name(it)).collect();
                assert_eq!(needs, wanted, "{step} of\n{text}");
            }
            assert!(
                ours.keys().any(|step| name(step) == *recipe),
                "{recipe} of\n{text}"
            );
        }
    }
}
