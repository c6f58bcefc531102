//! Each tool that is known, in the place of a program that crashes, hangs, talks nonsense or does not stop talking: never
//! a clean verdict.

use std::path::Path;

use git_tend::tools::adapter::Part;
use git_tend::tools::{Tool, table};

use super::{program, scan};
use crate::support::World;

/// Files for which every tool but those below has something to do.
const FILES: &[(&str, &str)] = &[
    ("a.py", "x = 1\n"),
    ("tests/test_a.py", "def test_a(): pass\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"a\"\nversion = \"1\"\n[tool.pytest.ini_options]\n[tool.ruff]\n[tool.pylint.main]\n",
    ),
    ("requirements.txt", "jinja2==2.10\n"),
    ("eslint.config.js", "export default [];\n"),
    ("a.js", "let x = 1;\n"),
    (
        "package-lock.json",
        r#"{"name":"a","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":{"":{"name":"a","version":"1.0.0","dependencies":{"ms":"2.0.0"}},"node_modules/ms":{"version":"2.0.0","resolved":"https://registry.npmjs.org/ms/-/ms-2.0.0.tgz","integrity":"sha512-x"}}}"#,
    ),
    (
        "Cargo.toml",
        "[package]\nname = \"a\"\nversion = \"0.1.0\"\n",
    ),
    (
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n",
    ),
    ("src/lib.rs", "\n"),
    ("go.mod", "module example.com/a\n"),
    (
        "a_test.go",
        "package a\nimport \"testing\"\nfunc TestA(t *testing.T) {}\n",
    ),
    (".semgrep.yml", "rules: []\n"),
];

/// What a tool needs besides, or instead of the file of this name.
fn files_of(tool: &str) -> Vec<(&'static str, String)> {
    let package = |script: &str, dependency: &str| {
        let text = format!(
            r#"{{"name":"a","version":"1.0.0","scripts":{{"test":"{script}"}},"devDependencies":{{"{dependency}":"*"}}}}"#
        );
        ("package.json", text)
    };
    let mut files = match tool {
        "jest" => vec![package("jest", "jest"), ("a.test.js", "test('a', () => {});\n".to_owned())],
        "vitest" => vec![package("vitest", "vitest"), ("a.test.js", "test('a', () => {});\n".to_owned())],
        "mocha" => vec![package("mocha", "mocha"), ("test/a.js", "it('a', () => {});\n".to_owned())],
        "node-test" => vec![package("node --test", "x"), ("a.test.js", "\n".to_owned())],
        "npm-test" => vec![package("./own-tests", "x")],
        "unittest" => vec![
            ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\n".to_owned()),
            ("tests/test_a.py", "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n".to_owned()),
        ],
        "maven" => vec![
            ("pom.xml", "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>\n".to_owned()),
            ("src/test/java/ATest.java", "class ATest {}\n".to_owned()),
        ],
        "gradle" => vec![
            ("build.gradle", "apply plugin: 'java'\n".to_owned()),
            ("src/test/java/ATest.java", "class ATest {}\n".to_owned()),
        ],
        "cargo-nextest" => vec![(".config/nextest.toml", "\n".to_owned())],
        _ => vec![package("true", "x")],
    };
    let own: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let common = FILES.iter().filter(|(name, _)| !own.contains(name));
    let common: Vec<_> = common
        .map(|(name, text)| (*name, (*text).to_owned()))
        .collect();
    files.extend(common);
    files
}

/// What a program does in the place of the tool, with what a report file that it is told of then holds.
const MISDEEDS: &[(&str, &str)] = &[
    ("dies", "kill -SEGV $$"),
    ("hangs", "sleep 100"),
    ("says nothing", "exit 0"),
    ("says nothing and fails", "exit 1"),
    ("talks nonsense", "say 'no <<{{[[ report'; exit 0"),
    ("talks nonsense and fails", "say 'no <<{{[[ report'; exit 1"),
    (
        "talks in colours",
        "say \"$(printf '\\033[31m{\\033[0m \\033[1;32m[\\033[0m')\"; exit 0",
    ),
    ("is cut off", "say '[{\"a\": [1, 2, '; exit 0"),
    (
        "is cut off in a tag",
        "say '<testsuites><testsuite name=\"a\"><testcase name=\"b\"'; exit 0",
    ),
    ("has an empty object", "say '{}'; exit 0"),
    ("fails in an unknown way", "say '{}'; exit 77"),
    ("does not stop", "say_much; exit 0"),
];

/// `say` writes to standard output, and to whatever file an argument names that lies in the folder for reports.
const PREAMBLE: &str = r#"#!/bin/sh
case "$*" in *--version*|-V|-v|version) echo tool 1.2.3; exit 0;; esac
targets() { for a; do case $a in */logs/*.scratch/*) printf '%s\n' "${a#*=}";; esac; done; }
say() { printf '%s\n' "$1"; for t in $REPORTS; do printf '%s\n' "$1" > "$t"; done; }
much() { head -c 100000000 /dev/zero | tr '\0' x; }
say_much() { much; for t in $REPORTS; do much > "$t"; done; }
REPORTS=$(targets "$@")
"#;

fn task_of(tool: &Tool) -> &'static str {
    match tool.parts.first() {
        Some(Part::Security) => "security_scan",
        Some(Part::Dependencies) => "dependency_audit",
        Some(Part::Quality) => "code_analysis",
        _ => "test_runner",
    }
}

fn world_of(tool: &Tool, task: &str) -> World {
    let world = World::with_config(&format!(
        "[defaults]\nbuiltin = false\n[task.{task}]\ntools = [\"{}\"]\ntimeout = \"5s\"\nretries = 0\nworkspace = \"worktree\"\n",
        tool.name
    ));
    for (path, text) in files_of(tool.name) {
        world.write(path, text);
    }
    world.commit("project");
    world.tend(["trust", "--yes"]).code(0);
    world
}

/// The programs that a call of a tool may go through.
fn pretend(folder: &Path, tool: &Tool, script: &str) {
    for name in [
        tool.program,
        "npm",
        "npx",
        "node",
        "python3",
        "python",
        "cargo",
        "mvn",
        "gradle",
        "go",
    ] {
        program(&folder.join(name), script);
    }
}

fn misbehaves(tools: &[&Tool]) {
    for tool in tools {
        let task = task_of(tool);
        let world = world_of(tool, task);
        let bin = world.folder().join("bin");
        let path = format!("{}:/usr/bin:/bin", bin.display());
        for (what, script) in MISDEEDS {
            pretend(&bin, tool, &format!("{PREAMBLE}{script}\n"));
            let ran = world.tend_with(&[("PATH", &path)], ["run", task]);
            let found = scan(&world, task);
            let verdict = found["verdict"].as_str().unwrap_or_default();
            assert!(
                ["not-checked", "tool-error", "findings"].contains(&verdict),
                "{} {what}: {verdict}\n{}\n{}",
                tool.name,
                ran.stderr,
                found["tools"]
            );
            let ran_at_all = found["tools"].as_array().is_some_and(|tools| {
                !tools.is_empty() && tools.iter().all(|tool| tool["install"].is_null())
            });
            assert!(ran_at_all, "{} {what}: {}", tool.name, found["tools"]);
            let reason = found["tools"][0]["reason"].as_str().unwrap_or_default();
            assert!(
                !reason.contains('\u{1b}'),
                "{} {what}: {reason:?}",
                tool.name
            );
            let expected = match *what {
                "dies" => "signal",
                "hangs" => "time-out",
                _ => "",
            };
            assert!(reason.contains(expected), "{} {what}: {reason}", tool.name);
        }
    }
}

fn of_part(part: Part) -> Vec<&'static Tool> {
    table::all()
        .filter(|tool| tool.parts.first() == Some(&part))
        .collect()
}

#[test]
fn security_scanners_that_misbehave_are_never_clean() {
    misbehaves(&of_part(Part::Security));
}

#[test]
fn audits_that_misbehave_are_never_clean() {
    misbehaves(&of_part(Part::Dependencies));
}

#[test]
fn linters_that_misbehave_are_never_clean() {
    misbehaves(&of_part(Part::Quality));
}

#[test]
fn test_runners_that_misbehave_are_never_clean() {
    misbehaves(&of_part(Part::Tests));
}
