//! Test runners beside themselves: their own numbers, and where their tests failed.

use std::os::unix::fs::symlink;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};

use super::real::Tooled;
use crate::support::{real_tools_required, tools_folder};

/// What a runner counts, read from its own summary by expressions: passed, failed, errors, skipped.
fn summary(text: &str, expressions: [&str; 4]) -> [u64; 4] {
    expressions.map(|expression| {
        if expression.is_empty() {
            return 0;
        }
        let expression = Regex::new(expression).unwrap();
        let counts = expression
            .captures_iter(text)
            .map(|found| found[1].parse::<u64>().unwrap());
        counts.sum()
    })
}

/// What git-tend counts: the same four.
fn counted(scan: &Value) -> [u64; 4] {
    ["passed", "failed", "errors", "skipped"].map(|key| {
        let tools = scan["tools"].as_array().unwrap();
        let counts = tools
            .iter()
            .map(|tool| tool["tests"][key].as_u64().unwrap_or_default());
        counts.sum()
    })
}

/// The findings of `git tend findings`: path, line, test.
fn failures(tooled: &Tooled) -> Vec<(String, u64, String)> {
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    let mut found: Vec<_> = shown["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (
                text(&one["path"]),
                one["line"].as_u64().unwrap_or_default(),
                text(&one["subject"]["name"]),
            )
        })
        .collect();
    found.sort();
    found
}

/// The line of a file, from 1, that has these words.
fn line_of(files: &[(&str, &str)], path: &str, words: &str) -> u64 {
    let (_, text) = files.iter().find(|(name, _)| *name == path).unwrap();
    let at = text.lines().position(|line| line.contains(words)).unwrap();
    at as u64 + 1
}

/// Runs the tests with git-tend; a failure makes its exit code 1.
#[track_caller]
fn run(tooled: &Tooled) -> Value {
    tooled.tend(&["run", "test_runner"]).code(1);
    let scan = tooled.scan("test_runner");
    assert_eq!(scan["verdict"], "findings", "{scan:#}");
    assert_eq!(scan["status"], "error");
    assert_eq!(scan["dirty"], false);
    scan
}

const PYTEST: &[(&str, &str)] = &[
    ("lib/pytest.ini", "[pytest]\n"),
    (
        "lib/tests/test_a.py",
        "import pytest\n\n\ndef test_fine():\n    pass\n\n\n@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_many(n):\n    assert n != 2, 'two'  # here\n\n\n@pytest.mark.skip(reason='not now')\ndef test_left_out():\n    pass\n\n\n@pytest.mark.xfail\ndef test_expected():\n    assert False\n",
    ),
    (
        "lib/tests/deep/test_b.py",
        "import pytest\n\n\n@pytest.fixture\ndef broken():\n    raise OSError('no disk')  # error\n\n\ndef test_with_fixture(broken):\n    pass\n\n\nclass TestC:\n    def test_method(self):\n        helper()\n\n\ndef helper():\n    raise ValueError('ä')  # raised\n",
    ),
];

#[test]
fn pytest_counts_what_pytest_says() {
    let Some(tooled) = Tooled::new("test_runner", &["pytest"], &["pytest"], PYTEST) else {
        return;
    };
    let scan = run(&tooled);
    let said = tooled.tool("lib", "pytest", &["-q", "-p", "no:cacheprovider"]);
    let said = said.code(1).stdout;
    let own = summary(
        said.lines().last().unwrap(),
        [
            r"(\d+) passed",
            r"(\d+) failed",
            r"(\d+) error",
            r"(\d+) (?:skipped|xfailed)",
        ],
    );
    assert_eq!(counted(&scan), own, "{said}");
    assert_eq!(own, [3, 2, 1, 2], "{said}");
    let found = failures(&tooled);
    let places: Vec<(&str, u64)> = found.iter().map(|it| (it.0.as_str(), it.1)).collect();
    let (a, b) = ("lib/tests/test_a.py", "lib/tests/deep/test_b.py");
    let mut expected = [
        (b, line_of(PYTEST, b, "# error")),
        (b, line_of(PYTEST, b, "# raised")),
        (a, line_of(PYTEST, a, "# here")),
    ];
    expected.sort_unstable();
    assert_eq!(places, expected, "{found:?}");
}

const UNITTEST: &[(&str, &str)] = &[
    ("tests/__init__.py", ""),
    (
        "tests/test_a.py",
        "import unittest\n\n\nclass A(unittest.TestCase):\n    def test_fine(self):\n        print('noise ... ok')\n\n    def test_wrong(self):\n        self.assertEqual(1, 2)  # here\n\n    def test_broken(self):\n        raise OSError('x')  # raised\n\n    @unittest.skip('not now')\n    def test_left_out(self):\n        pass\n\n    def test_parts(self):\n        for n in range(3):\n            with self.subTest(n=n):\n                self.assertLess(n, 5)\n",
    ),
];

#[test]
fn unittest_counts_what_unittest_says() {
    let Some(tooled) = Tooled::new("test_runner", &["unittest"], &["python3"], UNITTEST) else {
        return;
    };
    let scan = run(&tooled);
    let said = tooled.tool(
        "",
        "python3",
        &["-B", "-m", "unittest", "discover", "-s", "tests", "-t", "."],
    );
    let said = said.code(1).stderr;
    let own = summary(
        &said,
        [
            r"Ran (\d+) tests",
            r"failures=(\d+)",
            r"errors=(\d+)",
            r"skipped=(\d+)",
        ],
    );
    let [ran, failed, errors, skipped] = own;
    assert_eq!(own, [5, 1, 1, 1], "{said}");
    let passed = ran - failed - errors - skipped;
    assert_eq!(
        counted(&scan),
        [passed, failed, errors, skipped],
        "{scan:#}"
    );
    let found = failures(&tooled);
    let places: Vec<u64> = found.iter().map(|it| it.1).collect();
    let path = "tests/test_a.py";
    assert!(found.iter().all(|it| it.0 == path), "{found:?}");
    assert_eq!(
        places,
        [
            line_of(UNITTEST, path, "# here"),
            line_of(UNITTEST, path, "# raised")
        ]
    );
}

/// The packages of `target/tools` in the repository, as `npm install` would have put them there.
fn install_packages(tooled: &Tooled) {
    let packages = tools_folder().join("node_modules");
    symlink(packages, tooled.world.repo().join("node_modules")).unwrap();
}

fn javascript<'a>(script: &'a str, test: &'a str) -> [(&'a str, &'a str); 3] {
    [
        (".gitignore", "node_modules\n"),
        ("package.json", script),
        ("src/a.test.js", test),
    ]
}

#[test]
fn node_counts_what_node_says() {
    let files = javascript(
        r#"{"name":"a","type":"module","scripts":{"test":"node --test"}}"#,
        "import test from 'node:test';\nimport assert from 'node:assert';\ntest('fine', () => {});\ntest('wrong', () => {\n  assert.strictEqual(1, 2); // here\n});\ntest('left out', { skip: true }, () => {});\ntest('raises', () => {\n  throw new Error('ä'); // raised\n});\n",
    );
    let Some(tooled) = Tooled::new("test_runner", &["node-test"], &["node", "npm"], &files) else {
        return;
    };
    let scan = run(&tooled);
    let said = tooled.tool("", "node", &["--test", "--test-reporter=tap"]);
    let said = said.code(1).stdout;
    let own = summary(
        &said,
        [
            r"(?m)^# pass (\d+)",
            r"(?m)^# fail (\d+)",
            "",
            r"(?m)^# skipped (\d+)",
        ],
    );
    assert_eq!(counted(&scan), own, "{said}\n{scan:#}");
    assert_eq!(own, [1, 2, 0, 1]);
    let path = "src/a.test.js";
    let places: Vec<_> = failures(&tooled)
        .into_iter()
        .map(|it| (it.0, it.1))
        .collect();
    let expected =
        ["// here", "// raised"].map(|words| (path.to_owned(), line_of(&files, path, words)));
    assert_eq!(places, expected);
}

const COMMON: &str = "describe('group', () => {\n  test('fine', () => {});\n  test('wrong', () => {\n    expect(1).toBe(2); // here\n  });\n  test.skip('left out', () => {});\n});\ntest('raises', () => {\n  throw new Error('ä'); // raised\n});\n";

#[test]
fn jest_counts_what_jest_says() {
    let files = javascript(r#"{"name":"a","scripts":{"test":"jest"}}"#, COMMON);
    let Some(tooled) = Tooled::new("test_runner", &["jest"], &["jest", "npm"], &files) else {
        return;
    };
    install_packages(&tooled);
    let scan = run(&tooled);
    let said = tooled.tool("", "jest", &["--ci"]).code(1).stderr;
    let line = said
        .lines()
        .find(|line| line.starts_with("Tests:"))
        .unwrap();
    let own = summary(
        line,
        [
            r"(\d+) passed",
            r"(\d+) failed",
            "",
            r"(\d+) (?:skipped|todo)",
        ],
    );
    assert_eq!(counted(&scan), own, "{said}");
    assert_eq!(own, [1, 2, 0, 1]);
    let path = "src/a.test.js";
    let places: Vec<_> = failures(&tooled)
        .into_iter()
        .map(|it| (it.0, it.1))
        .collect();
    let expected =
        ["// here", "// raised"].map(|words| (path.to_owned(), line_of(&files, path, words)));
    assert_eq!(places, expected);
}

#[test]
fn vitest_counts_what_vitest_says() {
    let text = format!("import {{ describe, expect, test }} from 'vitest';\n{COMMON}");
    let files = javascript(
        r#"{"name":"a","type":"module","scripts":{"test":"vitest"}}"#,
        &text,
    );
    let Some(tooled) = Tooled::new("test_runner", &["vitest"], &["vitest", "npm"], &files) else {
        return;
    };
    install_packages(&tooled);
    let scan = run(&tooled);
    let said = tooled.tool("", "vitest", &["--run"]).code(1).stdout;
    let line = said
        .lines()
        .find(|line| line.trim_start().starts_with("Tests "))
        .unwrap_or_else(|| panic!("{said}"));
    let own = summary(
        line,
        [
            r"(\d+) passed",
            r"(\d+) failed",
            "",
            r"(\d+) (?:skipped|todo)",
        ],
    );
    assert_eq!(counted(&scan), own, "{said}");
    assert_eq!(own, [1, 2, 0, 1]);
    let path = "src/a.test.js";
    let places: Vec<_> = failures(&tooled)
        .into_iter()
        .map(|it| (it.0, it.1))
        .collect();
    let expected =
        ["// here", "// raised"].map(|words| (path.to_owned(), line_of(&files, path, words)));
    assert_eq!(places, expected);
}

const CRATE: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
    ),
    (
        "Cargo.lock",
        "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 3\n\n[[package]]\nname = \"tiny\"\nversion = \"0.1.0\"\n",
    ),
    (".gitignore", "/target\n"),
    (
        "src/lib.rs",
        "//! Tiny.\n/// ```\n/// assert_eq!(tiny::two(), 2);\n/// ```\npub fn two() -> u8 {\n    2\n}\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn fine() {}\n    #[test]\n    fn wrong() {\n        assert_eq!(super::two(), 3); // here\n    }\n    #[test]\n    #[ignore]\n    fn left_out() {}\n}\n",
    ),
    (
        "tests/it.rs",
        "#[test]\nfn raises() {\n    panic!(\"ä\"); // raised\n}\n#[test]\nfn also_fine() {}\n",
    ),
];

#[test]
fn cargo_counts_what_cargo_says() {
    let Some(tooled) = Tooled::new("test_runner", &["cargo-test"], &["cargo"], CRATE) else {
        return;
    };
    let scan = run(&tooled);
    let said = tooled.tool("", "cargo", &["test", "--offline", "--no-fail-fast"]);
    let said = said.code(101).stdout;
    let own = summary(
        &said,
        [r"(\d+) passed;", r"(\d+) failed;", "", r"(\d+) ignored;"],
    );
    assert_eq!(counted(&scan), own, "{said}");
    assert_eq!(own, [3, 2, 0, 1]);
    let places: Vec<_> = failures(&tooled)
        .into_iter()
        .map(|it| (it.0, it.1))
        .collect();
    let at = |path: &str, words| (path.to_owned(), line_of(CRATE, path, words));
    assert_eq!(
        places,
        [at("src/lib.rs", "// here"), at("tests/it.rs", "// raised")]
    );
}

const JAVA: &[(&str, &str)] = &[
    (".gitignore", "target\n.mvn\n"),
    (
        "api/pom.xml",
        "<project><modelVersion>4.0.0</modelVersion><groupId>com.ex</groupId><artifactId>app</artifactId><version>1</version><properties><maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties><dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version><scope>test</scope></dependency></dependencies></project>\n",
    ),
    (
        "api/src/test/java/com/ex/AppTest.java",
        "package com.ex;\n\nimport org.junit.Assert;\nimport org.junit.Ignore;\nimport org.junit.Test;\n\npublic class AppTest {\n    @Test\n    public void fine() {}\n\n    @Test\n    public void wrong() {\n        Assert.assertEquals(1, 2); // here\n    }\n\n    @Test\n    public void raises() {\n        throw new IllegalStateException(\"x\"); // raised\n    }\n\n    @Test\n    @Ignore\n    public void leftOut() {}\n}\n",
    ),
];

/// With Debian's packages `maven`, `libsurefire-java` and `junit4`, whose repository lies on the machine.
#[test]
fn maven_counts_what_maven_says() {
    let debian = Path::new("/usr/share/maven-repo");
    if !debian
        .join("org/apache/maven/plugins/maven-surefire-plugin")
        .is_dir()
    {
        assert!(
            !real_tools_required(),
            "TEND_TEST_REAL=1 and Debian's repository of Maven is missing"
        );
        eprintln!("not tested: Debian's repository of Maven is missing");
        return;
    }
    let Some(tooled) = Tooled::new("test_runner", &["maven"], &["mvn"], JAVA) else {
        return;
    };
    // Maven writes into its repository.
    let own = tooled.world.folder().join("maven");
    let mut copy = std::process::Command::new("cp");
    let copied = copy.arg("-rs").arg(debian).arg(&own).status().unwrap();
    assert!(copied.success());
    let config = format!("-o\n-Dmaven.repo.local={}\n", own.display());
    tooled.world.write("api/.mvn/maven.config", config);
    let scan = run(&tooled);
    let said = tooled.tool("api", "mvn", &["-B", "-Dstyle.color=never", "test"]);
    let said = said.code(1).stdout;
    let line = said
        .lines()
        .find(|line| line.contains("Tests run:"))
        .unwrap();
    let [ran, failed, errors, skipped] = summary(
        line,
        [
            r"Tests run: (\d+)",
            r"Failures: (\d+)",
            r"Errors: (\d+)",
            r"Skipped: (\d+)",
        ],
    );
    assert_eq!([ran, failed, errors, skipped], [4, 1, 1, 1], "{said}");
    let passed = ran - failed - errors - skipped;
    assert_eq!(counted(&scan), [passed, failed, errors, skipped], "{said}");
    let path = "api/src/test/java/com/ex/AppTest.java";
    let places: Vec<_> = failures(&tooled)
        .into_iter()
        .map(|it| (it.0, it.1))
        .collect();
    let expected =
        ["// here", "// raised"].map(|words| (path.to_owned(), line_of(JAVA, path, words)));
    assert_eq!(places, expected);
}

#[test]
fn tests_of_uncommitted_files_are_of_no_commit() {
    let Some(tooled) = Tooled::new("test_runner", &["unittest"], &["python3"], UNITTEST) else {
        return;
    };
    let scan = run(&tooled);
    let list = || {
        let list = tooled.tend(&["results", "list", "--json"]).code(0).json();
        list["results"].as_array().unwrap().clone()
    };
    let head = tooled.world.git(["rev-parse", "HEAD"]).trim().to_owned();
    assert_eq!(list()[0]["commit"], head, "{scan:#}");
    let mended = UNITTEST[1]
        .1
        .replace("(1, 2)", "(2, 2)")
        .replace("raise OSError('x')", "pass");
    tooled.world.write("tests/test_a.py", mended);
    tooled.tend(&["run", "test_runner"]).code(0);
    let scan = tooled.scan("test_runner");
    assert_eq!(scan["verdict"], "clean", "{scan:#}");
    assert_eq!(scan["dirty"], true);
    let newest = list().into_iter().max_by_key(|one| one["id"].as_u64());
    assert_eq!(newest.unwrap()["commit"], json!(null));
    // Against the commit it was changed from, both are fixed.
    let shown = tooled.tend(&["findings", "--json"]).code(0).json();
    assert_eq!(shown["tasks"][0]["dirty"], true, "{shown:#}");
    assert_eq!(shown["counts"]["open"], 0);
    // What git does not track is a change too.
    tooled.world.git(["checkout", "--quiet", "."]);
    tooled.world.write("stray.txt", "x");
    tooled.tend(&["run", "test_runner"]).code(1);
    assert_eq!(tooled.scan("test_runner")["dirty"], true);
}
