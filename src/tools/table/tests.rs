//! Test runners.
//!
//! S1's order, pytest, unittest, `npm test`, Maven, Gradle, goes on with cargo and go. Within one language only one runner
//! runs: pytest or unittest, jest or vitest or what else `scripts.test` calls, Maven or Gradle, nextest or `cargo test`. A
//! project of several languages has a runner for each.
//!
//! A monorepo has one run for each topmost folder that has tests of the kind, since workspaces test their members; Go's
//! modules do not, and each has its own.
//!
//! Exit codes, where the report is there, only confirm it. No runner may say that all is well after no test: pytest,
//! unittest, nextest, mocha and go have a code or words for it, of the others the report says zero.

mod builds;
mod folders;
mod npm;
mod python;

use self::folders::join;
use self::npm::Runner;
use crate::tools::adapter::{Format, Nothing, Part, Source, Tool, Wanted};
use crate::tools::judge::NOT_ZERO;
use crate::tools::project::Planned;

/// The rows, in the order in which they run.
pub const TOOLS: &[Tool] = &[
    PYTEST, UNITTEST, JEST, VITEST, MOCHA, NODE, NPM, MAVEN, GRADLE, NEXTEST, CARGO, GO,
];

/// What the rows have in common.
const RUNNER: Tool = Tool {
    name: "",
    program: "",
    parts: &[Part::Tests],
    wanted: Wanted::Always,
    version: &["--version"],
    plan: |_| Vec::new(),
    source: Source::Report,
    format: Format::Junit,
    clean: &[0],
    found: &[1],
    nothing: &[],
    install: "",
};

/// 2: tests that cannot be collected, or an interrupt. 3: an internal error. 4: usage, and a conftest.py that cannot be
/// loaded.
const PYTEST: Tool = Tool {
    name: "pytest",
    program: "pytest",
    plan: python::pytest,
    found: &[1, 2],
    nothing: &[Nothing {
        code: Some(5),
        says: "",
        because: "no tests were collected",
    }],
    install: "pip install pytest",
    ..RUNNER
};

/// Before Python 3.12 it exits with 0 when no test ran, and says `Ran 0 tests`.
const UNITTEST: Tool = Tool {
    name: "unittest",
    program: "python3",
    plan: python::unittest,
    source: Source::Output,
    format: Format::Unittest,
    nothing: &[Nothing {
        code: Some(5),
        says: "NO TESTS RAN",
        because: "no tests were found",
    }],
    install: "install Python 3",
    ..RUNNER
};

/// The program is the runner's own, for its version and for whether it is installed; npm calls it, with the script's
/// arguments and with `pretest`. Without tests it would exit with 1, as if one had failed; so it is told to exit with 0, and
/// the report says that there are none.
const JEST: Tool = Tool {
    name: "jest",
    program: "jest",
    plan: |project| {
        let args = [
            "--json",
            "--outputFile={report}",
            "--testLocationInResults",
            "--passWithNoTests",
        ];
        npm::with_args(project, Runner::Jest, &args)
    },
    format: Format::Jest,
    install: "npm install",
    ..RUNNER
};

/// With `--passWithNoTests` a file without tests would pass too, which fails otherwise; the second reporter says why.
const VITEST: Tool = Tool {
    name: "vitest",
    program: "vitest",
    plan: |project| {
        let args = [
            "--run",
            "--reporter=json",
            "--outputFile.json={report}",
            "--reporter=default",
            "--includeTaskLocation",
        ];
        npm::with_args(project, Runner::Vitest, &args)
    },
    format: Format::Jest,
    nothing: &[Nothing {
        code: Some(1),
        says: "No test files found, exiting with code 1",
        because: "no tests were found",
    }],
    install: "npm install",
    ..RUNNER
};

/// Its exit code is the number of failures.
const MOCHA: Tool = Tool {
    name: "mocha",
    program: "mocha",
    plan: |project| {
        let args = ["--reporter=xunit", "--reporter-option=output={report}"];
        npm::with_args(project, Runner::Mocha, &args)
    },
    found: &NOT_ZERO,
    nothing: &[Nothing {
        code: Some(1),
        says: "No test files found",
        because: "no tests were found",
    }],
    install: "npm install",
    ..RUNNER
};

/// Options behind the script's would be arguments of its tests; npm hands them to node in another way.
const NODE: Tool = Tool {
    name: "node-test",
    program: "node",
    plan: |project| {
        let plan = |folder: &str| {
            let options = "--test-reporter=junit \"--test-reporter-destination={report}\"";
            let options = format!("--node-options={options}");
            npm::call(folder, &["test", "--silent", &options])
        };
        let folders = npm::scripts(project, Runner::Node);
        folders.into_iter().map(plan).collect()
    },
    install: "install Node.js 20 or newer",
    ..RUNNER
};

/// A script that calls none of these: whether it works can be said, and not how many tests it ran. That is never clean.
const NPM: Tool = Tool {
    name: "npm-test",
    program: "npm",
    plan: |project| {
        let folders = npm::scripts(project, Runner::Other);
        let plan = |folder: &str| npm::call(folder, &["test", "--silent"]);
        folders.into_iter().map(plan).collect()
    },
    clean: &[],
    found: &[],
    nothing: &[Nothing {
        code: Some(0),
        says: "",
        because: "its script succeeds, and does not tell which tests it ran",
    }],
    install: "install Node.js",
    ..RUNNER
};

/// `-fae`: a module whose tests fail does not keep those that do not need it from running. Ignoring failures for that would
/// make a crash of the process with the tests look clean.
const MAVEN: Tool = Tool {
    name: "maven",
    program: "mvn",
    plan: |project| {
        let args = ["-B", "-q", "-fae", "-Dstyle.color=never", "test"];
        builds::java(project, &["pom.xml"], "mvnw", &args)
    },
    source: Source::Files(&[
        "**/target/surefire-reports/TEST-*.xml",
        "**/target/failsafe-reports/TEST-*.xml",
    ]),
    install: "install Maven",
    ..RUNNER
};

/// `cleanTest`, since Gradle does not run again what it knows to have passed, and would leave no new report.
const GRADLE: Tool = Tool {
    name: "gradle",
    program: "gradle",
    plan: |project| {
        let args = ["--console=plain", "--continue", "-q", "cleanTest", "test"];
        let mut plans = builds::java(project, GRADLE_FILES, "gradlew", &args);
        plans.retain(|plan| !project.has(&join(&plan.folder, "pom.xml")));
        plans
    },
    source: Source::Files(&["**/build/test-results/**/TEST-*.xml"]),
    install: "install Gradle",
    ..RUNNER
};

const GRADLE_FILES: &[&str] = &[
    "build.gradle",
    "build.gradle.kts",
    "settings.gradle",
    "settings.gradle.kts",
];

/// Where the project has a configuration of nextest's. Its own profile writes the report, so that a report that the project
/// configures stays as it is. 100: tests failed; 101: they cannot be built; 104: they cannot be listed. It runs no doctests.
const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    program: "cargo-nextest",
    version: &["nextest", "--version"],
    plan: |project| {
        let folders = builds::cargo_folders(project).into_iter();
        let plan = |folder: &str| {
            let mut args = vec!["nextest", "run", "--color=never", "--no-fail-fast"];
            args.extend(builds::whole_workspace(project, folder));
            args.extend(["--profile=git-tend", "--tool-config-file=git-tend:{input}"]);
            Planned {
                input: Some(NEXTEST_CONFIG.as_bytes().to_vec()),
                ..Planned::within(folder, &args)
            }
        };
        folders
            .filter(|folder| builds::has_nextest(project, folder))
            .map(plan)
            .collect()
    },
    found: &[100],
    nothing: &[Nothing {
        code: Some(4),
        says: "",
        because: "there are no tests",
    }],
    install: "cargo install cargo-nextest --locked",
    ..RUNNER
};

/// A key that an older nextest does not know is a warning.
const NEXTEST_CONFIG: &str = "\
[profile.git-tend.junit]
path = '{report}'
report-skipped = 'ignored'
store-success-output = false
store-failure-output = false
";

/// 101 for failures, and for tests that cannot be compiled.
const CARGO: Tool = Tool {
    name: "cargo-test",
    program: "cargo",
    plan: |project| {
        let folders = builds::cargo_folders(project).into_iter();
        let plan = |folder: &str| {
            let mut args = vec!["test", "--color=never", "--no-fail-fast"];
            args.extend(builds::whole_workspace(project, folder));
            Planned::within(folder, &args)
        };
        folders
            .filter(|folder| !builds::has_nextest(project, folder))
            .map(plan)
            .collect()
    },
    source: Source::Output,
    format: Format::CargoTest,
    found: &[101],
    install: "install Rust with rustup",
    ..RUNNER
};

/// 1 for failures; before Go 1.24 2 where a package cannot be built.
const GO: Tool = Tool {
    name: "go-test",
    program: "go",
    version: &["version"],
    plan: |project| {
        let folders = builds::go_folders(project).into_iter();
        folders
            .map(|folder| Planned::within(folder, &["test", "-json", "./..."]))
            .collect()
    },
    source: Source::Output,
    format: Format::GoTest,
    found: &[1, 2],
    nothing: &[Nothing {
        code: Some(1),
        says: "no packages to test",
        because: "there are no packages",
    }],
    install: "install Go",
    ..RUNNER
};

#[cfg(test)]
mod projects {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeSet;

    use super::*;
    use crate::tools::project::Project;

    /// The runs of a project, as `folder: program args`.
    fn plans(files: &[(&str, &str)], installed: &[&str]) -> Vec<String> {
        let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        let read = |path: &str| {
            let file = files.iter().find(|(name, _)| *name == path)?;
            Some(file.1.as_bytes().to_vec())
        };
        let installed = |_: &str, program: &str| installed.contains(&program);
        let project = Project {
            paths: &paths,
            read: &read,
            installed: &installed,
        };
        let mut plans = Vec::new();
        for tool in TOOLS {
            for plan in (tool.plan)(&project) {
                let program = plan.program.as_deref().unwrap_or(tool.program);
                let args = plan.args.join(" ");
                plans.push(format!("{} {}: {program} {args}", tool.name, plan.folder));
            }
        }
        plans
    }

    /// The same without arguments.
    fn runs(files: &[(&str, &str)], installed: &[&str]) -> String {
        let short = |plan: String| {
            plan.split(": ")
                .next()
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        plans(files, installed)
            .into_iter()
            .map(short)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn one_runner_for_each_language() {
        let test = ("tests/test_a.py", "");
        for (files, installed, expected) in [
            (vec![("pytest.ini", ""), test], vec![], "pytest"),
            (vec![("pytest.ini", "")], vec![], ""),
            (
                vec![("pyproject.toml", "[tool.pytest.ini_options]"), test],
                vec![],
                "pytest",
            ),
            (
                vec![("pyproject.toml", "[tool.ruff]"), test],
                vec![],
                "unittest",
            ),
            (vec![("setup.py", ""), test], vec!["pytest"], "pytest"),
            (vec![("setup.py", ""), test], vec![], "unittest"),
            (
                vec![("setup.py", ""), ("app_test.py", "")],
                vec![],
                "pytest",
            ),
            (vec![("tests/conftest.py", ""), test], vec![], "pytest"),
            (
                vec![("requirements-dev.txt", "pytest==8"), test],
                vec![],
                "pytest",
            ),
            (vec![test], vec!["pytest"], "unittest"),
            (
                vec![("tests/cli.rs", ""), ("Cargo.toml", "")],
                vec![],
                "cargo-test",
            ),
            (
                vec![("Cargo.toml", ""), (".config/nextest.toml", "")],
                vec![],
                "cargo-test",
            ),
            (
                vec![("Cargo.toml", ""), (".config/nextest.toml", "")],
                vec!["cargo-nextest"],
                "cargo-nextest",
            ),
            (vec![("pom.xml", ""), ("build.gradle", "")], vec![], "maven"),
            (
                vec![("build.gradle.kts", ""), ("app/build.gradle.kts", "")],
                vec![],
                "gradle",
            ),
            (vec![("go.mod", "")], vec![], ""),
            (
                vec![
                    ("go.mod", ""),
                    ("tools/go.mod", ""),
                    ("tools/x/a_test.go", ""),
                ],
                vec![],
                "go-test tools",
            ),
            (
                vec![
                    ("go.mod", ""),
                    ("a_test.go", ""),
                    ("testdata/go.mod", ""),
                    ("testdata/a_test.go", ""),
                ],
                vec![],
                "go-test",
            ),
            (
                vec![(
                    "package.json",
                    "{\"scripts\":{\"test\":\"echo \\\"Error: no test specified\\\" && exit 1\"}}",
                )],
                vec![],
                "",
            ),
            (
                vec![
                    ("package.json", "{\"scripts\":{\"test\":7}}"),
                    ("a/package.json", "[]"),
                ],
                vec![],
                "",
            ),
            (vec![], vec![], ""),
        ] {
            assert_eq!(runs(&files, &installed), expected, "{files:?}");
        }
    }

    #[test]
    fn a_monorepo_has_a_run_for_each_topmost_folder() {
        let jest = "{\"scripts\":{\"test\":\"jest\"}}";
        let files = [
            ("package.json", "{\"private\":true}"),
            ("a-b/package.json", jest),
            ("a/package.json", jest),
            ("a/packages/x/package.json", jest),
            ("b/package.json", "{\"scripts\":{\"test\":\"vitest run\"}}"),
            ("py/api/pyproject.toml", "pytest"),
            ("py/api/tests/test_a.py", ""),
            ("py/lib/tests/test_b.py", ""),
            ("rust/Cargo.toml", ""),
            ("rust/crates/a/Cargo.toml", ""),
            ("java/pom.xml", ""),
            ("java/mvnw", ""),
            ("java/sub/pom.xml", ""),
        ];
        let expected = "pytest py/api, unittest py/lib, jest a, jest a-b, vitest b, maven java, cargo-test rust";
        assert_eq!(runs(&files, &[]), expected);
    }

    #[test]
    fn calls_are_what_the_tools_take() {
        let files = [
            ("package.json", "{\"scripts\":{\"test\":\"node --test\"}}"),
            ("tests/__init__.py", ""),
            ("tests/test_a.py", ""),
            ("Cargo.toml", "[workspace]\ndefault-members = []"),
            ("pom.xml", ""),
            ("mvnw", ""),
        ];
        assert_eq!(
            plans(&files, &["python"]),
            [
                "unittest : python -m unittest discover -v -b -s tests -t .",
                "node-test : npm test --silent --node-options=--test-reporter=junit \"--test-reporter-destination={report}\"",
                "maven : ./mvnw -B -q -fae -Dstyle.color=never test",
                "cargo-test : cargo test --color=never --no-fail-fast",
            ]
        );
    }

    #[test]
    fn the_rows_are_whole() {
        let names: BTreeSet<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        assert_eq!(names.len(), TOOLS.len());
        for tool in TOOLS {
            assert!(
                !tool.program.is_empty() && !tool.install.is_empty(),
                "{}",
                tool.name
            );
            assert!(
                tool.clean.iter().all(|code| !tool.found.contains(code)),
                "{}",
                tool.name
            );
        }
        assert_eq!((NOT_ZERO[0], NOT_ZERO[254]), (1, 255));
    }
}
