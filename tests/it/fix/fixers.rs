//! Which fixers run, who may run them, and what they come to.

use super::{config, everything, last_fix, last_id, mending, read, staged, world};
use crate::support::{World, tool, tools_path};

#[test]
fn a_fixer_that_crashes_leaves_nothing() {
    for (script, says) in [
        (
            "echo half > a.txt; echo boom >&2; exit 3",
            "it exited with 3: boom",
        ),
        ("echo half > a.txt; kill -9 $$", "it was killed by signal 9"),
    ] {
        let world = world(
            &config(&format!("[\"sh\", \"-c\", '''{script}''']")),
            &[("a.txt", "bad\n")],
        );
        let before = everything(&world);
        let ran = world.tend(["fix", "words", "--apply"]).code(1);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(everything(&world), before);
        assert_eq!(last_fix(&world)["state"], "failed");
    }
    let missing = world(&config("[\"no-such-fixer\"]"), &[("a.txt", "bad\n")]);
    let ran = missing.tend(["fix", "words"]).code(1);
    assert!(
        ran.stderr.contains("no-such-fixer is not installed"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nobody_runs_a_fixer_that_was_not_approved() {
    let world = World::with_config(&mending());
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    let ran = world.tend(["fix", "words"]).code(3);
    assert!(
        ran.stderr.contains("git tend trust words"),
        "{}",
        ran.stderr
    );
    // Without a name it is left out, and that is said.
    let ran = world.tend(["fix"]).code(0);
    assert!(
        ran.stderr.contains("words is left out: not approved"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
    let shown = world.tend(["trust", "--yes"]).code(0);
    assert!(shown.stderr.contains("fix: sh -c "), "{}", shown.stderr);
    world.tend(["fix"]).code(0);
    // Another fixer is another task.
    world.write("tend.toml", config("[\"rm\", \"-rf\", \".\"]"));
    let ran = world.tend(["fix", "words"]).code(3);
    assert!(ran.stderr.contains("not approved"), "{}", ran.stderr);
    let shown = world.tend(["trust", "--yes"]).code(0);
    assert!(
        shown.stderr.contains("+ fix: [\"rm\", \"-rf\", \".\"]"),
        "{}",
        shown.stderr
    );
}

#[test]
fn a_job_that_found_something_names_its_task() {
    let world = world(&mending(), &[("a.txt", "a\n")]);
    world.write("a.txt", "bad\n");
    world.git(["add", "."]);
    world.tend(["run", "words"]);
    let ran = world.tend(["fix", &last_id(&world)]).code(0);
    assert!(ran.stdout.contains("+good\n"), "{}", ran.stdout);
    let ran = world.tend(["fix", "word"]).code(2);
    assert!(ran.stderr.contains("did you mean words?"), "{}", ran.stderr);
}

#[test]
fn where_a_fixer_cannot_stand_is_said() {
    for (text, says) in [
        ("[task.x]\nrun = [\"a\"]\nfix = []\n", "`fix` is empty"),
        (
            "[task.x]\nrun = [\"a\"]\nfix = [\"ruff check\"]\n",
            "write `fix = [\"ruff\", \"check\"]`",
        ),
        (
            "[task.code_analysis]\nfix = [\"a\"]\n",
            "only a task with a command of its own has `fix`",
        ),
    ] {
        let ran = World::with_config(text).tend(["config", "check"]).code(2);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    let world = World::with_config("[task.x]\nrun = [\"make\", \"lint\"]\n");
    let ran = world.tend(["fix", "x"]).code(2);
    assert!(
        ran.stderr.contains("no fixer of x is known"),
        "{}",
        ran.stderr
    );
}

/// The variable with which the tools of `target/tools` are found, if all of these are there.
#[track_caller]
fn tools(programs: &[&str]) -> Option<String> {
    let all = programs.iter().all(|name| tool(name).is_some());
    all.then(|| tools_path().into_string().unwrap())
}

#[test]
fn ruff_and_eslint_mend_what_code_analysis_finds() {
    let Some(search) = tools(&["ruff", "eslint"]) else {
        return;
    };
    let world = world(
        "[defaults]\nbuiltin = false\n[task.code_analysis]\ntools = [\"ruff\", \"eslint\"]\n",
        &[
            ("pyproject.toml", "[tool.ruff]\nlint.select = ['F']\n"),
            ("old.py", "import os\n"),
            ("package.json", "{\"name\": \"a\", \"type\": \"module\"}\n"),
            (
                "web/eslint.config.js",
                "export default [{ rules: { 'prefer-const': 'error', 'no-undef': 'error' } }];\n",
            ),
        ],
    );
    world.write(
        "app/a b.py",
        "import os\nimport sys\n\nprint(sys.path, undefined)\n",
    );
    world.write("web/src/a.js", "let a = 1;\nexport default a + b;\n");
    world.git(["add", "."]);
    let before = everything(&world);
    let ran = world
        .tend_with(&[("PATH", &search)], ["fix", "code_analysis", "--json"])
        .code(0);
    assert_eq!(everything(&world), before);
    let shown = ran.json();
    let patch = &shown["patches"][0]["patch"];
    let fixers: Vec<_> = patch["fixers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["tool"].as_str().unwrap(),
                it["exit_code"].as_i64().unwrap(),
            )
        })
        .collect();
    // Both have something left that they cannot mend.
    assert_eq!(fixers, [("ruff", 1), ("eslint", 1)]);
    assert_eq!(patch["fixers"][0]["version"], "0.17.6");
    assert_eq!(patch["files"][0]["tools"][0], "ruff");
    world.tend(["fix", &last_id(&world), "--apply"]).code(0);
    assert_eq!(
        staged(&world, "app/a b.py"),
        "import sys\n\nprint(sys.path, undefined)\n"
    );
    assert_eq!(
        read(&world, "web/src/a.js"),
        "const a = 1;\nexport default a + b;\n"
    );
    assert_eq!(read(&world, "old.py"), "import os\n");
    // What was found comes before what mends it.
    world.tend_with(&[("PATH", &search)], ["run", "code_analysis"]);
    world
        .tend_with(&[("PATH", &search)], ["fix", "code_analysis"])
        .code(0);
    let shown = world
        .tend(["results", "show", "code_analysis", "--json"])
        .code(0);
    assert_eq!(shown.json()["type"], "findings", "{}", shown.stdout);
    world
        .tend_with(
            &[("PATH", &search)],
            ["fix", "code_analysis", "--all", "--apply"],
        )
        .code(0);
    assert_eq!(read(&world, "old.py"), "");
}

#[test]
fn checks_of_rust_and_go_have_fixers() {
    let Some(path) = tools(&["cargo", "cargo-clippy", "gofmt"]) else {
        return;
    };
    let world = world(
        "[defaults]\nbuiltin = false\n[task.fmt]\nrun = [\"cargo\", \"fmt\", \"--check\"]\n[task.lint]\nrun = [\"cargo\", \"clippy\", \"--offline\", \"--\", \"-D\", \"warnings\"]\n[task.go]\nrun = [\"gofmt\", \"-l\", \".\"]\n",
        &[
            (
                "Cargo.toml",
                "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
            ),
            (".gitignore", "target\n"),
            ("src/lib.rs", ""),
        ],
    );
    world.write("src/lib.rs", "pub fn f( x: i32 ) -> i32 { return x }\n");
    world.write("a.go", "package a\nvar  x   = 1\n");
    world.git(["add", "."]);
    let home = std::env::var("HOME").unwrap();
    let (cargo, rustup) = (format!("{home}/.cargo"), format!("{home}/.rustup"));
    let vars = [
        ("PATH", path.as_str()),
        ("CARGO_HOME", cargo.as_str()),
        ("RUSTUP_HOME", rustup.as_str()),
    ];
    let ran = world.tend_with(&vars, ["fix", "--apply"]).code(0);
    assert_eq!(
        staged(&world, "src/lib.rs"),
        "pub fn f(x: i32) -> i32 {\n    x\n}\n",
        "{}",
        ran.stderr
    );
    assert_eq!(read(&world, "a.go"), "package a\n\nvar x = 1\n");
    // Cargo made a lock file; nobody asked for it.
    assert_eq!(
        world.git(["status", "--porcelain"]),
        "A  a.go\nM  src/lib.rs\n"
    );
}
