//! Linters, and radon.
//!
//! Exit codes and words were measured: pylint 2.17, 3.0, 3.3 and 4.1; eslint 8.57, 9.39 and 10.15; ruff 0.1, 0.9 and 0.17;
//! clippy 1.95; radon 6.0.

use std::collections::BTreeSet;

use crate::tools::adapter::{Format, Nothing, Part, Source, Tool, Wanted};
use crate::tools::project::{Planned, Project, is_within, join, relative, split, topmost};

/// The rows.
pub const TOOLS: [Tool; 5] = [PYLINT, RUFF, ESLINT, CLIPPY, RADON];

/// S1's default for Python, except where the project has chosen ruff and says nothing of pylint.
///
/// The exit code is a mask of what was found (1 fatal, 2 error, 4 warning, 8 refactor, 16 convention); 32 is a usage error,
/// also for a broken value in its configuration and when every message is disabled. A crash of Python is 1 as well, and
/// then there is no report. A configuration that cannot be parsed is told in text before the report.
const PYLINT: Tool = Tool {
    name: "pylint",
    program: "pylint",
    parts: &[Part::Quality],
    wanted: Wanted::By(|project| {
        if !pylint_folders(project).is_empty() || !has_ruff(project) {
            Wanted::Always
        } else {
            Wanted::IfNamed
        }
    }),
    version: &["--version"],
    plan: plan_pylint,
    source: Source::Stdout,
    format: Format::Pylint,
    clean: &[0],
    found: &[
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
        26, 27, 28, 29, 30, 31,
    ],
    nothing: &[],
    install: "pip install pylint",
};

/// Where the project configures it, and where it is at hand.
///
/// 1 is findings, files that cannot be opened or parsed included; 2 is a bad configuration or call. A folder without Python,
/// or with all of it excluded, is 0, an empty list, and a warning. 0.1 tells a syntax error on standard
/// error only, and exits with 0, unless `E999` is selected; 0.9 has it in the report. The words of a crash were not measured.
const RUFF: Tool = Tool {
    name: "ruff",
    program: "ruff",
    parts: &[Part::Quality],
    wanted: Wanted::By(|project| {
        if has_ruff(project) {
            Wanted::Always
        } else {
            Wanted::IfInstalled
        }
    }),
    version: &["--version"],
    plan: plan_ruff,
    source: Source::Stdout,
    format: Format::Ruff,
    clean: &[0],
    found: &[1],
    nothing: &[
        Nothing {
            code: Some(0),
            says: "warning: No Python files found under the given path(s)",
            because: "no Python files that ruff's configuration does not exclude",
        },
        Nothing {
            code: Some(0),
            says: "error: Failed to parse ",
            because: "a file has a syntax error",
        },
        Nothing {
            code: None,
            says: "This indicates a bug in ",
            because: "ruff crashed on a file",
        },
    ],
    install: "pip install ruff",
};

/// Where the project configures it. Without a configuration eslint refuses to run; that is said of a project that is mainly
/// JavaScript and has no other linter for it, and of no other.
///
/// 1 is errors, files that cannot be parsed included; warnings alone are 0. 2 is everything else: a bad configuration, a
/// plugin that is missing or throws, nothing to look at.
const ESLINT: Tool = Tool {
    name: "eslint",
    program: "eslint",
    parts: &[Part::Quality],
    wanted: Wanted::By(|project| {
        if !eslint_folders(project).is_empty() || should_have_eslint(project) {
            Wanted::Always
        } else {
            Wanted::IfNamed
        }
    }),
    version: &["--version"],
    plan: plan_eslint,
    source: Source::Stdout,
    format: Format::Eslint,
    clean: &[0],
    found: &[1],
    nothing: &[
        // 8: "a configuration file"; 9 and 10: "an eslint.config.(js|mjs|cjs) file".
        Nothing {
            code: Some(2),
            says: "ESLint couldn't find a configuration file",
            because: "no eslint configuration",
        },
        Nothing {
            code: Some(2),
            says: "ESLint couldn't find an eslint.config.",
            because: "no eslint.config file, which this version of eslint needs",
        },
        Nothing {
            code: Some(2),
            says: "No files matching the pattern \".\" were found",
            because: "no files that eslint's configuration selects",
        },
        Nothing {
            code: Some(2),
            says: "all of the files matching the glob pattern \".\" are ignored",
            because: "no files that eslint's configuration selects",
        },
    ],
    install: "npm install --save-dev eslint",
};

/// 101 is every failure: compile errors, lints that are denied, a manifest that cannot be read (then there is no report).
/// Warnings are 0.
const CLIPPY: Tool = Tool {
    name: "clippy",
    program: "cargo",
    parts: &[Part::Quality],
    wanted: Wanted::Always,
    version: &["clippy", "--version"],
    plan: plan_clippy,
    source: Source::Stdout,
    format: Format::Clippy,
    clean: &[0],
    found: &[101],
    nothing: &[
        // rustup's word for a toolchain without the component, and cargo's without rustup (not measured).
        Nothing {
            code: None,
            says: "is not installed for the toolchain",
            because: "clippy is not installed: rustup component add clippy",
        },
        Nothing {
            code: None,
            says: "no such command: `clippy`",
            because: "clippy is not installed: rustup component add clippy",
        },
    ],
    install: "rustup component add clippy",
};

/// Only on demand: git-tend measures complexity itself. radon exits with 0 whatever it finds, misses or fails to parse; 1 is
/// a crash, a bad `radon.cfg` included.
const RADON: Tool = Tool {
    name: "radon",
    program: "radon",
    parts: &[Part::Quality],
    wanted: Wanted::IfNamed,
    version: &["--version"],
    plan: plan_radon,
    source: Source::Stdout,
    format: Format::Radon,
    clean: &[0],
    found: &[],
    nothing: &[],
    install: "pip install radon",
};

/// pylint is given the files, which leaves out environments and build folders that lie in the project; what its
/// configuration ignores it ignores all the same. It reads one configuration, that of the folder it runs in, so it runs in
/// each topmost folder that has one, and in the project's own for the others. `--verbose` makes it tell how many it looks at.
fn plan_pylint(project: &Project<'_>) -> Vec<Planned> {
    let args = [
        "--output-format=json2",
        "--verbose",
        "--persistent=no",
        "{files}",
    ];
    let mut folders = pylint_folders(project);
    if !folders.contains(&"") {
        folders.push("");
    }
    folders
        .iter()
        .filter_map(|folder| {
            let is_deeper = |it: &&&str| it.len() > folder.len();
            let deeper: Vec<&str> = folders.iter().filter(is_deeper).copied().collect();
            let files: Vec<String> = project
                .with_extension(&["py", "pyi"])
                .filter(|path| !deeper.iter().any(|it| is_within(path, it)))
                .filter_map(|path| relative(path, folder))
                .map(argument)
                .collect();
            with_files(folder, &args, files)
        })
        .collect()
}

/// ruff finds its configurations itself, in every folder, and leaves out what git ignores: the folder as a whole is what
/// the user calls it for. Options that a configuration may set otherwise: it must not mend files.
fn plan_ruff(project: &Project<'_>) -> Vec<Planned> {
    let count = project.with_extension(&["py", "pyi", "ipynb"]).count();
    if count == 0 {
        return Vec::new();
    }
    vec![Planned {
        expected: u64::try_from(count).ok(),
        ..Planned::here(&[
            "check",
            "--output-format=json",
            "--no-fix",
            "--no-cache",
            ".",
        ])
    }]
}

/// Which files eslint looks at is its configuration's to say (`--ext`, `overrides`, `files`, languages of plugins): a list
/// made here would have too many, which are parse errors, or too few. It runs in each topmost folder with a configuration:
/// eslint 8 finds those below itself, and so does 10; 9 takes the topmost for all, as it does for the user.
fn plan_eslint(project: &Project<'_>) -> Vec<Planned> {
    let mut folders = eslint_folders(project);
    if folders.is_empty() && project.has("package.json") {
        folders.push("");
    }
    let call = |folder: &&str| Planned::within(folder, &["--format=json-with-metadata", "."]);
    folders.iter().map(call).collect()
}

/// `--keep-going`: an error in one crate does not hide the others (cargo 1.74).
fn plan_clippy(project: &Project<'_>) -> Vec<Planned> {
    let args = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--message-format=json",
    ];
    let folders = project.topmost_with(&["Cargo.toml"]);
    let call = |folder: &&str| Planned::within(folder, &args);
    folders.iter().map(call).collect()
}

fn plan_radon(project: &Project<'_>) -> Vec<Planned> {
    let files = project.with_extension(&["py"]).map(argument).collect();
    with_files("", &["cc", "-j", "{files}"], files)
        .into_iter()
        .collect()
}

fn with_files(folder: &str, args: &[&str], files: Vec<String>) -> Option<Planned> {
    (!files.is_empty()).then(|| Planned {
        expected: u64::try_from(files.len()).ok(),
        files,
        ..Planned::within(folder, args)
    })
}

/// A path that is never taken for an option.
fn argument(path: &str) -> String {
    if path.starts_with('-') {
        format!("./{path}")
    } else {
        path.to_owned()
    }
}

/// Whether a file of the project has a line for which `is_it` holds, trimmed.
fn has_line(project: &Project<'_>, path: &str, is_it: impl Fn(&str) -> bool) -> bool {
    (project.read)(path).is_some_and(|bytes| {
        String::from_utf8_lossy(&bytes)
            .lines()
            .any(|line| is_it(line.trim()))
    })
}

fn pylint_folders<'p>(project: &'p Project<'_>) -> Vec<&'p str> {
    let names = ["pylintrc", "pylintrc.toml", ".pylintrc", ".pylintrc.toml"];
    let mut folders = project.folders_with(&names);
    for (name, header) in [
        ("pyproject.toml", "[tool.pylint"),
        ("setup.cfg", "[pylint"),
        ("tox.ini", "[pylint"),
    ] {
        let configures = |folder: &&str| {
            has_line(project, &join(folder, name), |line| {
                line.starts_with(header)
            })
        };
        folders.extend(project.folders_with(&[name]).into_iter().filter(configures));
    }
    topmost(folders.iter().copied())
}

fn has_ruff(project: &Project<'_>) -> bool {
    let is_header = |line: &str| {
        line.strip_prefix("[tool.ruff")
            .is_some_and(|rest| rest.starts_with([']', '.']))
    };
    !project
        .folders_with(&["ruff.toml", ".ruff.toml"])
        .is_empty()
        || project
            .folders_with(&["pyproject.toml"])
            .iter()
            .any(|folder| has_line(project, &join(folder, "pyproject.toml"), is_header))
}

fn eslint_folders<'p>(project: &'p Project<'_>) -> Vec<&'p str> {
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in project.paths {
        let (folder, name) = split(path);
        let is_configuration = match name.strip_prefix("eslint.config.") {
            Some(extension) => ["js", "mjs", "cjs", "ts", "mts", "cts"].contains(&extension),
            None => {
                name == ".eslintrc"
                    || name.strip_prefix(".eslintrc.").is_some_and(|extension| {
                        ["js", "cjs", "yaml", "yml", "json"].contains(&extension)
                    })
                    || (name == "package.json" && has_eslint_config(project, path))
            }
        };
        if is_configuration {
            folders.insert(folder);
        }
    }
    topmost(folders.iter().copied())
}

fn package(project: &Project<'_>, path: &str) -> Option<serde_json::Value> {
    serde_json::from_slice(&(project.read)(path)?).ok()
}

fn has_eslint_config(project: &Project<'_>, path: &str) -> bool {
    package(project, path).is_some_and(|it| it.get("eslintConfig").is_some())
}

/// Whether the project is mainly JavaScript or TypeScript, by number of files, and has no other linter for it.
fn should_have_eslint(project: &Project<'_>) -> bool {
    const OTHERS: [&str; 9] = [
        "biome.json",
        "biome.jsonc",
        ".oxlintrc.json",
        "oxlint.json",
        "deno.json",
        "deno.jsonc",
        "rome.json",
        ".jshintrc",
        "tslint.json",
    ];
    const PACKAGES: [&str; 4] = ["standard", "semistandard", "xo", "@biomejs/biome"];
    let script = [
        "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte",
    ];
    let code = [
        "py", "rs", "go", "java", "kt", "rb", "php", "c", "h", "cc", "cpp", "hpp", "cs", "swift",
        "scala", "dart", "ex", "exs", "lua", "pl",
    ];
    let Some(package) = package(project, "package.json") else {
        return false;
    };
    let names_other = |section: &str| {
        let section = package.get(section);
        PACKAGES
            .iter()
            .any(|it| section.is_some_and(|section| section.get(it).is_some()))
    };
    let scripts = project.with_extension(&script).count();
    scripts > 0
        && scripts >= project.with_extension(&code).count()
        && !OTHERS.iter().any(|it| project.has(it))
        && !names_other("devDependencies")
        && !names_other("dependencies")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::findings::Verdict;
    use crate::tools::judge::{Codes, Ended, judge};
    use crate::tools::readers;
    use crate::tools::reading::{ReadError, Reading};

    /// What a row makes of a project of these files, with what is in them.
    fn with_project<T>(files: &[(&str, &str)], ask: impl FnOnce(&Project<'_>) -> T) -> T {
        let mut files = files.to_vec();
        files.sort_unstable();
        let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let read = |path: &str| {
            let (_, text) = files.iter().find(|(it, _)| *it == path)?;
            Some(text.as_bytes().to_vec())
        };
        ask(&Project {
            paths: &paths,
            read: &read,
            installed: &|_, _| true,
        })
    }

    fn wanted(tool: &Tool, files: &[(&str, &str)]) -> Wanted {
        with_project(files, |project| tool.wanted.within(project))
    }

    fn calls(tool: &Tool, files: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let plan = with_project(files, tool.plan);
        plan.into_iter().map(|it| (it.folder, it.files)).collect()
    }

    fn folders(tool: &Tool, files: &[(&str, &str)]) -> Vec<String> {
        let calls = calls(tool, files);
        calls.into_iter().map(|(folder, _)| folder).collect()
    }

    #[test]
    fn pylint_is_the_default_unless_ruff_was_chosen() {
        let app = ("app.py", "");
        let ruff = ("pyproject.toml", "[tool.ruff.lint]\nselect = []\n");
        assert!(matches!(wanted(&PYLINT, &[app]), Wanted::Always));
        assert!(matches!(wanted(&PYLINT, &[app, ruff]), Wanted::IfNamed));
        let both = [app, ruff, (".pylintrc", "")];
        assert!(matches!(wanted(&PYLINT, &both), Wanted::Always));
        let other = ("pyproject.toml", "[tool.ruffian]\n");
        assert!(matches!(wanted(&RUFF, &[app, other]), Wanted::IfInstalled));
        assert!(matches!(wanted(&RUFF, &[app, ruff]), Wanted::Always));
        assert!(matches!(
            wanted(&RUFF, &[("a/ruff.toml", "")]),
            Wanted::Always
        ));
        assert!(calls(&PYLINT, &[("app.js", "")]).is_empty());
        assert!(calls(&RUFF, &[("ruff.toml", "")]).is_empty());
    }

    #[test]
    fn pylint_runs_where_its_configurations_are() {
        let files = [
            ("--init-hook=x.py", ""),
            ("a/pyproject.toml", "[tool.pylint.\"messages control\"]\n"),
            ("a/src/one.py", ""),
            ("a/sub/pylintrc", ""),
            ("ab/two.pyi", ""),
            ("b/setup.cfg", "[metadata]\n"),
            ("b/three.py", ""),
        ];
        let expected = [
            ("a".to_owned(), vec!["src/one.py".to_owned()]),
            (
                String::new(),
                vec![
                    "./--init-hook=x.py".to_owned(),
                    "ab/two.pyi".to_owned(),
                    "b/three.py".to_owned(),
                ],
            ),
        ];
        assert_eq!(calls(&PYLINT, &files), expected);
        let plan = with_project(&files, plan_pylint);
        assert_eq!(
            plan.iter().map(|it| it.expected).collect::<Vec<_>>(),
            [Some(1), Some(3)]
        );
    }

    #[test]
    fn eslint_runs_in_the_topmost_folders_with_a_configuration() {
        let package = "{\"eslintConfig\": {}}";
        let nested = [
            ("client/eslint.config.mjs", ""),
            ("client/packages/a/.eslintrc.json", ""),
            ("docs/package.json", package),
            ("server/package.json", "{}"),
        ];
        assert_eq!(folders(&ESLINT, &nested), ["client", "docs"]);
        assert!(matches!(wanted(&ESLINT, &nested), Wanted::Always));
        let old = [
            (".eslintrc.yml", ""),
            ("lib/.eslintrc", ""),
            ("package.json", "{"),
        ];
        assert_eq!(folders(&ESLINT, &old), [""]);
        assert!(folders(&ESLINT, &[("eslint.config.json", ""), (".eslintrcx", "")]).is_empty());
    }

    #[test]
    fn eslint_is_missed_only_where_it_should_be() {
        let (package, app) = (("package.json", "{}"), ("index.js", ""));
        assert!(matches!(wanted(&ESLINT, &[package, app]), Wanted::Always));
        assert_eq!(folders(&ESLINT, &[package, app]), [""]);
        for other in [
            [package, ("a.py", "")].as_slice(),
            &[package, app, ("a.py", ""), ("b.py", "")],
            &[package, app, ("biome.json", "")],
            &[
                app,
                (
                    "package.json",
                    "{\"devDependencies\": {\"standard\": \"17\"}}",
                ),
            ],
            &[app],
        ] {
            assert!(
                matches!(wanted(&ESLINT, other), Wanted::IfNamed),
                "{other:?}"
            );
        }
    }

    #[test]
    fn clippy_runs_once_a_workspace() {
        let files = [
            ("a/Cargo.toml", ""),
            ("a/crates/x/Cargo.toml", ""),
            ("ab/Cargo.toml", ""),
        ];
        assert_eq!(folders(&CLIPPY, &files), ["a", "ab"]);
        assert!(folders(&CLIPPY, &[("Cargo.lock", "")]).is_empty());
    }

    /// A run as it was measured: the exit code, the report, what else was said, the verdict.
    type Run<'r> = (i32, &'r str, &'r str, Verdict);

    fn judges_as_measured(tool: &Tool, expected: Option<u64>, runs: &[Run<'_>]) {
        for (code, report, said, verdict) in runs {
            let reading = read(tool.format, report);
            let ended = Ended::Exited(*code);
            let judged = judge(Codes::from(tool), &ended, said, &reading, expected);
            assert_eq!(
                judged.verdict, *verdict,
                "{} {code} {said:?}: {judged:?}",
                tool.name
            );
        }
    }

    fn fixture(name: &str) -> String {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/tools/");
        std::fs::read_to_string(format!("{root}{name}")).unwrap()
    }

    #[test]
    fn verdicts_of_pylint_are_as_measured() {
        let runs: &[Run<'_>] = &[
            (
                0,
                &fixture("pylint/all-ignored.json"),
                "",
                Verdict::NotChecked,
            ),
            (
                0,
                &fixture("pylint/all-ignored-quiet.json"),
                "",
                Verdict::NotChecked,
            ),
            (22, &fixture("pylint/json2.json"), "", Verdict::Findings),
            (1, &fixture("pylint/bad-config.txt"), "", Verdict::ToolError),
            (6, &fixture("pylint/bad-plugin.json"), "", Verdict::Findings),
            (
                1,
                &fixture("pylint/crash.json"),
                "Traceback",
                Verdict::ToolError,
            ),
            (
                32,
                &fixture("pylint/nothing-enabled.txt"),
                "",
                Verdict::ToolError,
            ),
            (1, "", "Traceback\nRuntimeError: boom", Verdict::ToolError),
            (
                32,
                "",
                "pylint: error: argument --jobs/-j",
                Verdict::ToolError,
            ),
            (0, "garbage", "", Verdict::ToolError),
        ];
        judges_as_measured(&PYLINT, Some(1), runs);
    }

    #[test]
    fn verdicts_of_eslint_are_as_measured() {
        let runs: &[Run<'_>] = &[
            (1, &fixture("eslint/v8.json"), "", Verdict::Findings),
            (
                2,
                "",
                "ESLint: 8.57.1\n\nESLint couldn't find a configuration file. To set up",
                Verdict::NotChecked,
            ),
            (
                2,
                "",
                "ESLint: 9.39.5\n\nESLint couldn't find an eslint.config.(js|mjs|cjs) file.",
                Verdict::NotChecked,
            ),
            (
                2,
                "",
                "ESLint: 8.57.1\n\nNo files matching the pattern \".\" were found.",
                Verdict::NotChecked,
            ),
            (
                2,
                "",
                "You are linting \".\", but all of the files matching the glob pattern \".\" are ignored.",
                Verdict::NotChecked,
            ),
            (
                2,
                "",
                "ESLint couldn't find the config \"airbnb\" to extend from.",
                Verdict::ToolError,
            ),
            (
                2,
                "",
                "Error: Error while loading rule 'p/boom': boom",
                Verdict::ToolError,
            ),
            (0, "[]", "", Verdict::NotChecked),
            (0, "", "", Verdict::ToolError),
            (0, "[{", "", Verdict::ToolError),
        ];
        judges_as_measured(&ESLINT, None, runs);
    }

    #[test]
    fn verdicts_of_ruff_are_as_measured() {
        let runs: &[Run<'_>] = &[
            (0, "[]", "", Verdict::Clean),
            (
                0,
                "[]",
                "warning: No Python files found under the given path(s)",
                Verdict::NotChecked,
            ),
            (
                0,
                "[]",
                "error: Failed to parse pkg/bad.py:1:12: Unexpected token ':'",
                Verdict::NotChecked,
            ),
            (1, &fixture("ruff/0.17.json"), "", Verdict::Findings),
            (
                2,
                "",
                "ruff failed\n  Cause: Failed to parse ruff.toml",
                Verdict::ToolError,
            ),
            (1, "[]", "", Verdict::ToolError),
        ];
        judges_as_measured(&RUFF, Some(2), runs);
    }

    #[test]
    fn verdicts_of_clippy_are_as_measured() {
        let runs: &[Run<'_>] = &[
            (
                0,
                &fixture("clippy/ok.jsonl"),
                "    Finished",
                Verdict::Clean,
            ),
            (
                0,
                &fixture("clippy/warn.jsonl"),
                "    Finished",
                Verdict::Findings,
            ),
            (
                101,
                &fixture("clippy/ws.jsonl"),
                "error: could not compile",
                Verdict::Findings,
            ),
            (
                101,
                "",
                "error: could not find `Cargo.toml`",
                Verdict::ToolError,
            ),
            (
                101,
                "",
                "error: no such command: `clippy`",
                Verdict::NotChecked,
            ),
            (
                1,
                "",
                "error: 'cargo-clippy' is not installed for the toolchain 'stable'",
                Verdict::NotChecked,
            ),
        ];
        judges_as_measured(&CLIPPY, None, runs);
    }

    #[test]
    fn verdicts_of_radon_are_as_measured() {
        let runs: &[Run<'_>] = &[
            (0, &fixture("radon/cc.json"), "", Verdict::Findings),
            (0, "{}", "", Verdict::NotChecked),
            (
                0,
                "{\"bad.py\": {\"error\": \"invalid syntax\"}}",
                "",
                Verdict::NotChecked,
            ),
            (1, "", "Traceback", Verdict::ToolError),
        ];
        judges_as_measured(&RADON, Some(2), runs);
    }

    fn read(format: Format, report: &str) -> Result<Reading, ReadError> {
        let report = &mut report.as_bytes();
        match format {
            Format::Pylint => readers::pylint::read(report),
            Format::Eslint => readers::eslint::read(report),
            Format::Ruff => readers::ruff::read(report),
            Format::Clippy => readers::clippy::read(report),
            Format::Radon => readers::radon::read(report),
            other => panic!("{other:?} is none of these"),
        }
    }
}
