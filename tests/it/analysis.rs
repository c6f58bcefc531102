//! The built-in analyses through the command line: in a repository with code, a history, debt, secrets and two people.

use std::fs;

use serde_json::Value;

use crate::support::World;

/// Built where it is needed, so that no scanner takes this file for a leak.
fn token() -> String {
    format!("xoxb-2847561930-{}", "aB3dE5fG7hJ9kL1mN2pQ4r")
}

const PARSER: &str = "def parse(tokens):\n    # TODO(ann): streams\n    for token in tokens:\n";

fn complex(decisions: usize) -> String {
    let mut source = PARSER.to_owned();
    for n in 0..decisions {
        source += &format!("        if token == {n}:\n            return {n}\n");
    }
    source + "    return None\n"
}

fn commit_at(world: &World, day: &str, author: &str, message: &str) {
    let email = format!("{}@example.com", author.to_lowercase());
    world.git(["add", "-A"]);
    let mut command = world.command("git");
    for (name, value) in [
        ("GIT_AUTHOR_NAME", author),
        ("GIT_AUTHOR_EMAIL", &email),
        ("GIT_AUTHOR_DATE", &format!("{day}T09:30:00-0330")),
        ("GIT_COMMITTER_DATE", &format!("{day}T09:30:00-0330")),
    ] {
        command.env(name, value);
    }
    let done = command
        .args(["commit", "--quiet", "-m", message])
        .current_dir(world.repo())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// Made between January and March 2026.
fn world() -> World {
    let world = World::new();
    world.git(["config", "user.name", "Ann"]);
    world.git(["config", "user.email", "ann@example.com"]);
    world.write("app/parser.py", complex(12));
    world.write("web/index.js", "const f = (a) => a ? 1 : 2;\n");
    world.write(
        "web/package.json",
        r#"{"name":"web","dependencies":{"left":"^1.0.0"}}"#,
    );
    world.write(
        "web/package-lock.json",
        r#"{"name":"web","lockfileVersion":3,"packages":{"":{"name":"web","dependencies":{"left":"^1.0.0"}},"node_modules/left":{"version":"1.2.3","dependencies":{"pad":"2"}},"node_modules/pad":{"version":"2.0.0"}}}"#,
    );
    commit_at(&world, "2026-01-10", "Ann", "Add a parser");
    world.write("app/settings.ini", format!("slack = {}\n", token()));
    world.write(
        "web/index.js",
        "// FIXME: two\nconst f = (a) => a ? 1 : 2;\n",
    );
    commit_at(&world, "2026-02-01", "Bob", "Configure");
    world.write("app/settings.ini", "slack =\n");
    world.write("app/parser.py", complex(13));
    commit_at(&world, "2026-03-01", "Ann", "Take the key out");
    world
}

const NOW: (&str, &str) = ("TEND_NOW", "2026-03-10T12:00:00Z");

fn shown(world: &World, which: &str) -> Value {
    let shown = world.tend(["results", "show", which, "--json"]).code(0);
    shown.json()["body"].clone()
}

#[test]
fn everything_is_analysed_stored_and_shown() {
    let world = world();
    let ran = world.tend_with(&[NOW], ["run", "codebase_full"]).code(0);
    assert!(ran.stdout.contains("Python 50.0 %"), "{}", ran.stdout);

    let complexity = shown(&world, "complexity");
    assert_eq!(complexity["complex"][0]["name"], "parse");
    assert_eq!(complexity["complex"][0]["cyclomatic"], 15);
    assert_eq!(complexity["areas"]["web"]["functions"], 1);

    let debt = shown(&world, "technical_debt");
    assert_eq!(debt["markers"][0]["about"], "ann");
    // It came with the first commit, and moved with the lines since.
    assert_eq!(debt["markers"][0]["since"], "2026-01-10T13:00:00Z");
    // This one came into a file that was there already.
    assert_eq!(debt["markers"][1]["path"], "web/index.js");
    assert_eq!(debt["markers"][1]["since"], "2026-02-01T13:00:00Z");
    assert_eq!(debt["by_age"]["half_year"], 2);

    assert_eq!(
        shown(&world, "debt"),
        debt,
        "an alias of a task that did not run"
    );

    let secrets = shown(&world, "secrets");
    assert_eq!(secrets["secrets"], serde_json::json!([]));
    assert_eq!(secrets["removed"][0]["rule"], "slack-token");
    assert_eq!(secrets["removed"][0]["since"], "2026-02-01T13:00:00Z");
    assert!(!secrets.to_string().contains(&token()[16..]));

    let needs = shown(&world, "dependencies");
    assert_eq!(needs["totals"]["transitive"], 1);
    assert_eq!(needs["projects"][0]["direct"][0]["versions"][0], "1.2.3");

    let patterns = shown(&world, "pattern");
    let kinds: Vec<&str> = patterns["patterns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pattern| pattern["type"].as_str().unwrap())
        .collect();
    for kind in ["hot_files", "work_hours", "ownership", "package_manager"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    assert_eq!(patterns["hot_spots"][0]["path"], "app/parser.py");
    assert_eq!(patterns["history"]["work_hours"]["peak_hours"][0], 9);

    let codebase = shown(&world, "codebase_full");
    assert_eq!(codebase["type"], "full");
    let naming = &codebase["coding_style"]["naming_conventions"];
    assert_eq!(naming["languages"]["Python"]["functions"], Value::Null);
    assert_eq!(codebase["breakdown"]["languages"][0]["name"], "Python");

    // As text, each in its own form.
    for (which, words) in [
        ("complexity", "app/parser.py:1 parse"),
        ("technical_debt", "2026-01-10  app/parser.py:2 TODO streams"),
        ("secrets", "a Slack token (xoxb-…), since 2026-02-01"),
        ("dependencies", "web/package-lock.json"),
        ("pattern", "hot files × complexity"),
        ("codebase_full", "Python"),
    ] {
        let text = world.tend(["results", "show", which]).code(0).stdout;
        assert!(text.contains(words), "{which}:\n{text}");
    }
}

#[test]
fn results_are_compared_between_runs_and_between_commits() {
    let world = world();
    let first = world.git(["rev-parse", "HEAD"]);
    world.tend_with(&[NOW], ["run", "codebase_full"]).code(0);
    world.write("app/parser.py", complex(20));
    commit_at(&world, "2026-03-05", "Ann", "More");
    world.tend_with(&[NOW], ["run", "codebase_full"]).code(0);
    let complexity = world.tend(["results", "diff", "complexity"]).code(0);
    assert!(
        complexity
            .stdout
            .contains("complex[app/parser.py parse].cyclomatic: 15 → 22"),
        "{}",
        complexity.stdout
    );
    // Nothing is to be said of markers that stayed where they are.
    let debt = world.tend(["results", "diff", "technical_debt"]).code(0);
    assert!(!debt.stdout.contains("TODO"), "{}", debt.stdout);
    let between = [
        "results",
        "diff",
        first.trim(),
        "HEAD",
        "--type",
        "complexity",
        "--json",
    ];
    let changes = world.tend(between).code(0).json();
    assert!(!changes["changes"].as_array().unwrap().is_empty());
    world.tend(["results", "show", "nothing"]).code(1);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let world = World::new();
    for n in 0..300 {
        world.write(&format!("d{}/f{n}.py", n % 9), complex(n % 14));
    }
    commit_at(&world, "2026-01-10", "Ann", "Many");
    let mut bodies = Vec::new();
    for threads in ["1", "2", "7"] {
        let state = world.folder().join(format!("state-{threads}"));
        fs::create_dir_all(&state).unwrap();
        fs::write(state.join("digest.key"), [3; 32]).unwrap();
        let result = state.join("result.json");
        let git_dir = world.repo().join(".git");
        let mut command = world.tend_command();
        command
            .envs([("TEND_THREADS", threads), NOW])
            .args(["__task", "codebase_full"])
            .args([&git_dir, &state, &result]);
        // The profile remembers that it was asked: it is about a person, not about a commit.
        command.env("XDG_STATE_HOME", state.join("home"));
        assert!(command.output().unwrap().status.success());
        bodies.push(fs::read_to_string(result).unwrap());
    }
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
}

#[test]
fn a_bill_of_materials_is_written() {
    let world = world();
    let bill = world.tend_with(&[NOW], ["sbom"]).code(0).json();
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["timestamp"], "2026-03-10T12:00:00Z");
    let purls: Vec<&str> = bill["components"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|component| component["purl"].as_str())
        .collect();
    assert!(purls.contains(&"pkg:npm/pad@2.0.0"), "{purls:?}");
    world.tend(["sbom", "-o", "bom.json", "HEAD~1"]).code(0);
    assert!(world.repo().join("bom.json").exists());
    let unknown = world.tend(["sbom", "nowhere"]).code(1);
    assert!(unknown.stderr.contains("nowhere"), "{}", unknown.stderr);
}

#[test]
fn the_profile_is_the_users_own() {
    let world = world();
    let nothing = world.tend(["profile"]).code(0);
    assert!(nothing.stderr.contains("run steward"), "{}", nothing.stderr);
    world.tend_with(&[NOW], ["run", "steward"]).code(0);
    let profile = world.tend(["profile", "show", "--json"]).code(0);
    assert!(
        profile.stdout.contains("ann@example.com"),
        "{}",
        profile.stdout
    );
    assert!(
        !profile.stdout.to_lowercase().contains("bob"),
        "{}",
        profile.stdout
    );

    world
        .tend(["profile", "correct", "identity.name", "Ann B."])
        .code(0);
    let said = world.tend(["profile", "show", "identity.name"]).code(0);
    assert!(
        said.stdout.contains("Ann B.") && said.stdout.contains("100 %"),
        "{}",
        said.stdout
    );
    world.tend(["profile", "forget", "work"]).code(0);
    world
        .tend_with(&[("TEND_NOW", "2026-03-12T12:00:00Z")], ["run", "steward"])
        .code(0);
    let kept = world.tend(["profile", "show"]).code(0);
    assert!(
        !kept.stdout.contains("work.") && kept.stdout.contains("Ann B."),
        "{}",
        kept.stdout
    );
    world.tend(["profile", "export", "-o", "me.json"]).code(0);
    let export: Value =
        serde_json::from_slice(&fs::read(world.repo().join("me.json")).unwrap()).unwrap();
    assert!(export.to_string().contains("Ann B."));
    world.tend(["profile", "forget", "--all"]).code(0);
    let gone = world.tend(["profile", "show", "--json"]).code(0).json();
    assert_eq!(gone["attributes"], serde_json::json!([]));
    let wrong = world
        .tend(["profile", "correct", "identity.nme", "x"])
        .code(2);
    assert!(wrong.stderr.contains("identity.name"), "{}", wrong.stderr);
}

#[test]
fn what_is_no_task_is_wrong_usage() {
    let world = World::new();
    let wrong = world.tend(["run", "codebase_ful"]).code(2);
    assert!(wrong.stderr.contains("codebase_full"), "{}", wrong.stderr);
    for alias in [
        "full_codebase_analysis",
        "deep_pattern_mining",
        "technical_debt",
    ] {
        world.tend(["run", alias]).code(0);
    }
}
