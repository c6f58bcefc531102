//! Scanners of code: bandit, semgrep, gitleaks.

use crate::tools::adapter::{Format, Part, Source, Tool, Wanted};
use crate::tools::project::{Planned, Project, split};

/// The rows.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "bandit",
        program: "bandit",
        parts: &[Part::Security],
        wanted: Wanted::Always,
        version: &["--version"],
        plan: bandit,
        source: Source::Report,
        format: Format::Bandit,
        // 0 for files that are missing or no Python, too: the report says so. 2: bad configuration, no test left.
        clean: &[0],
        found: &[1],
        nothing: &[],
        install: "pipx install 'bandit[toml]'",
    },
    Tool {
        name: "semgrep",
        program: "semgrep",
        parts: &[Part::Security],
        wanted: Wanted::IfInstalled,
        version: &["--version"],
        plan: semgrep,
        source: Source::Report,
        format: Format::Semgrep,
        // 1 is for findings where `--error` is asked for, 7 for rules that are none.
        clean: &[0],
        found: &[1],
        nothing: &[],
        install: "pipx install semgrep",
    },
    Tool {
        name: "gitleaks",
        program: "gitleaks",
        parts: &[Part::Security],
        wanted: Wanted::IfInstalled,
        version: &["version"],
        plan: gitleaks,
        source: Source::Report,
        format: Format::Gitleaks,
        clean: &[0],
        found: &[GITLEAKS_FOUND],
        nothing: &[],
        install: "see https://github.com/gitleaks/gitleaks#installing",
    },
];

/// Without it, gitleaks exits with 1 for leaks and for failures alike.
const GITLEAKS_FOUND: i32 = 101;

/// Files that hold a configuration which bandit takes by `-c` only; the first that is there.
const BANDIT_CONFIGURATIONS: [&str; 5] = [
    "pyproject.toml",
    "bandit.yaml",
    "bandit.yml",
    ".bandit.yaml",
    ".bandit.yml",
];

/// The project's Python files by name, each as `./path`: that is what `bandit -r .` makes of them, so that patterns of
/// `exclude` and `exclude_dirs` select the same. `-r .` itself would walk through a virtual environment that lies in the
/// folder. The `.bandit` file is looked for by bandit in folders that it walks through only, and is therefore named; of
/// several the topmost (`bandit -r .` refuses them).
fn bandit(project: &Project<'_>) -> Vec<Planned> {
    let files: Vec<String> = project
        .with_extension(&["py"])
        .map(|path| format!("./{path}"))
        .collect();
    if files.is_empty() {
        return Vec::new();
    }
    let mut planned = Planned::here(&["-q", "-f", "json", "-o", "{report}"]);
    let options = bandit_options(project);
    if let Some(path) = &options {
        planned.args.extend(["--ini".to_owned(), path.clone()]);
    }
    let names_configuration = |path: &String| {
        let text = (project.read)(path.trim_start_matches("./")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines()
            .any(|line| line.trim_start().starts_with("configfile"))
    };
    if !options.as_ref().is_some_and(names_configuration)
        && let Some(path) = bandit_configuration(project)
    {
        planned.args.extend(["-c".to_owned(), path.to_owned()]);
    }
    planned.args.push("{files}".to_owned());
    planned.expected = Some(files.len() as u64);
    planned.files = files;
    vec![planned]
}

fn bandit_options(project: &Project<'_>) -> Option<String> {
    let named = project
        .paths
        .iter()
        .filter(|path| split(path).1 == ".bandit");
    let depth = |path: &&String| path.matches('/').count();
    named.min_by_key(depth).map(|path| format!("./{path}"))
}

fn bandit_configuration(project: &Project<'_>) -> Option<&'static str> {
    BANDIT_CONFIGURATIONS
        .into_iter()
        .filter(|path| project.has(path))
        .find(|path| *path != "pyproject.toml" || has_bandit_table(project, path))
}

fn has_bandit_table(project: &Project<'_>, path: &str) -> bool {
    let text = (project.read)(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.parse::<toml::Table>() {
        Ok(table) => table
            .get("tool")
            .is_some_and(|tool| tool.get("bandit").is_some()),
        // Bandit says what is wrong with it.
        Err(_) => text.contains("tool.bandit"),
    }
}

/// Where the project has rules of its own: rules from the registry depend on the day and on who is logged in. What semgrep
/// looks at is its own choice, as when a person runs it (`.semgrepignore`).
fn semgrep(project: &Project<'_>) -> Vec<Planned> {
    let mut args = vec![
        "scan",
        "--json",
        "--output={report}",
        "--metrics=off",
        "--disable-version-check",
        "--quiet",
    ];
    let without_rules = args.len();
    for path in [".semgrep.yml", ".semgrep.yaml"] {
        if project.has(path) {
            args.extend(["--config", path]);
        }
    }
    let is_rule = |path: &&str| path.starts_with(".semgrep/");
    if project
        .with_extension(&["yml", "yaml"])
        .any(|path| is_rule(&path))
    {
        args.extend(["--config", ".semgrep"]);
    }
    if args.len() == without_rules {
        return Vec::new();
    }
    args.push(".");
    vec![Planned::here(&args)]
}

/// The files as they are, without the history: that is looked at once, commit by commit, by git-tend itself. `detect
/// --no-git` is understood by every version 8; `dir` only since 8.19.
fn gitleaks(project: &Project<'_>) -> Vec<Planned> {
    if project.paths.is_empty() {
        return Vec::new();
    }
    let exit_code = format!("--exit-code={GITLEAKS_FOUND}");
    let mut planned = Planned::here(&[
        "detect",
        "--no-git",
        "--source=.",
        "--report-format=json",
        "--report-path={report}",
        &exit_code,
        "--no-banner",
    ]);
    planned.expected = Some(project.paths.len() as u64);
    vec![planned]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn planned(tool: &str, files: &[(&str, &str)]) -> Vec<Planned> {
        let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        let project = Project {
            paths: &paths,
            read: &|path| {
                let (_, text) = files.iter().find(|(known, _)| *known == path)?;
                Some(text.as_bytes().to_vec())
            },
            installed: &|_, _| true,
        };
        let tool = TOOLS.iter().find(|row| row.name == tool).unwrap();
        (tool.plan)(&project)
    }

    #[test]
    fn bandit_is_given_the_files_and_its_configuration() {
        let [plain] = planned("bandit", &[("a.py", ""), ("b/c.py", ""), ("d.pyi", "")])
            .try_into()
            .unwrap();
        assert_eq!(plain.files, ["./a.py", "./b/c.py"]);
        assert_eq!(
            plain.args,
            ["-q", "-f", "json", "-o", "{report}", "{files}"]
        );
        let of = |files: &[(&str, &str)]| planned("bandit", files).remove(0).args.join(" ");
        let table = ("pyproject.toml", "[tool.bandit]\nskips=['B101']");
        assert!(of(&[("a.py", ""), table]).contains("-c pyproject.toml {files}"));
        assert!(!of(&[("a.py", ""), ("pyproject.toml", "[tool.ruff]")]).contains("-c"));
        assert!(of(&[("a.py", ""), ("pyproject.toml", "[tool.bandit")]).contains("-c"));
        let options = of(&[
            ("a.py", ""),
            ("b/.bandit", ""),
            (".bandit", "[bandit]\nskips=B1"),
            table,
        ]);
        assert!(
            options.contains("--ini ./.bandit -c pyproject.toml"),
            "{options}"
        );
        let named = of(&[
            ("a.py", ""),
            (".bandit", "[bandit]\nconfigfile = x.yaml"),
            table,
        ]);
        assert!(!named.contains("-c "), "{named}");
        assert_eq!(planned("bandit", &[("a.js", "")]), []);
    }

    #[test]
    fn semgrep_runs_where_there_are_rules() {
        assert_eq!(
            planned("semgrep", &[("a.py", ""), (".semgrepignore", "")]),
            []
        );
        assert_eq!(planned("semgrep", &[(".semgrep/rule.py", "")]), []);
        let [both] = planned(
            "semgrep",
            &[(".semgrep.yml", ""), (".semgrep/a/b.yaml", "")],
        )
        .try_into()
        .unwrap();
        let args = both.args.join(" ");
        assert!(
            args.ends_with("--config .semgrep.yml --config .semgrep ."),
            "{args}"
        );
        assert!(args.contains("--metrics=off"));
    }

    #[test]
    fn gitleaks_tells_leaks_from_failures() {
        let [planned] = planned("gitleaks", &[("a", "")]).try_into().unwrap();
        assert!(planned.args.contains(&"--exit-code=101".to_owned()));
        assert_eq!(planned.expected, Some(1));
    }
}
