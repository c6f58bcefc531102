//! Audits of what a project depends on: npm audit, pip-audit, safety, cargo audit, osv-scanner.
//!
//! None of them is let resolve anything: that would run code of packages, and audit other versions than the project has.

use super::pinned;
use crate::analyze::lockfile::LockFormat;
use crate::tools::adapter::{Format, Nothing, Part, Source, Tool, Wanted};
use crate::tools::project::{Planned, Project, join};

const BOTH: &[Part] = &[Part::Security, Part::Dependencies];

/// The rows.
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "npm audit",
        program: "npm",
        parts: BOTH,
        wanted: Wanted::Always,
        version: &["--version"],
        plan: npm_audit,
        source: Source::Stdout,
        format: Format::NpmAudit,
        // 1 for a registry that does not answer, too: its report is an error then.
        clean: &[0],
        found: &[1],
        nothing: &[],
        install: "see https://nodejs.org/en/download",
    },
    Tool {
        name: "pip-audit",
        program: "pip-audit",
        parts: BOTH,
        wanted: Wanted::Always,
        version: &["--version"],
        plan: pip_audit,
        source: Source::Report,
        format: Format::PipAudit,
        // 1 for every failure, too: there is no report then.
        clean: &[0],
        found: &[1],
        nothing: &[],
        install: "pipx install pip-audit",
    },
    Tool {
        name: "safety",
        program: "safety",
        parts: BOTH,
        wanted: Wanted::IfNamed,
        version: &["--version"],
        plan: safety,
        source: Source::Report,
        format: Format::Safety,
        // 65 to 69: no account, too many requests, no database.
        clean: &[0],
        found: &[64],
        nothing: &[],
        install: "pipx install safety",
    },
    Tool {
        name: "cargo audit",
        program: "cargo-audit",
        parts: BOTH,
        wanted: Wanted::Always,
        version: &["--version"],
        plan: cargo_audit,
        source: Source::Stdout,
        format: Format::CargoAudit,
        // 1 for a database that cannot be fetched, too, without a report; 2 for a lock file that is none.
        clean: &[0],
        found: &[1],
        nothing: &[],
        install: "cargo install cargo-audit --locked",
    },
    Tool {
        name: "osv-scanner",
        program: "osv-scanner",
        parts: BOTH,
        wanted: Wanted::IfInstalled,
        version: &["--version"],
        plan: osv_scanner,
        source: Source::Stdout,
        format: Format::OsvScanner,
        // 127: an error, 129: the service does not answer, 130: bad configuration.
        clean: &[0],
        found: &[1],
        nothing: &[Nothing {
            code: Some(128),
            says: "",
            because: "it found no packages",
        }],
        install: "see https://google.github.io/osv-scanner/installation/",
    },
];

/// Each folder with npm's lock file, members of a workspace that have one of their own included. `--prefix` keeps npm from
/// going up to a workspace that has another one. `offline` in a user's configuration makes npm report that nothing is
/// wrong without having asked; `omit` and `NODE_ENV` leave out dependencies.
fn npm_audit(project: &Project<'_>) -> Vec<Planned> {
    let names = ["npm-shrinkwrap.json", "package-lock.json"];
    let folders = project.folders_with(&names);
    let call = |folder: &str| {
        let mut planned = Planned::within(
            folder,
            &[
                "audit",
                "--json",
                "--package-lock-only",
                "--prefix=.",
                "--offline=false",
                "--include=dev",
                "--include=optional",
                "--include=peer",
            ],
        );
        let lock = names
            .into_iter()
            .map(|name| join(folder, name))
            .find(|path| project.has(path));
        planned.about = lock;
        planned
    };
    folders.into_iter().map(call).collect()
}

/// What is pinned, file by file: pip-audit is given lists of exact versions and resolves nothing.
fn pip_audit(project: &Project<'_>) -> Vec<Planned> {
    of_lists(
        project,
        &[
            "--requirement={input}",
            "--no-deps",
            "--disable-pip",
            "--format=json",
            "--output={report}",
            "--progress-spinner=off",
        ],
    )
}

/// The same lists. `check` needs no account, unlike `scan`.
fn safety(project: &Project<'_>) -> Vec<Planned> {
    of_lists(
        project,
        &[
            "check",
            "--file={input}",
            "--save-json={report}",
            "--output=bare",
        ],
    )
}

fn of_lists(project: &Project<'_>, args: &[&str]) -> Vec<Planned> {
    let mut calls = Vec::new();
    for pinned in pinned::of(project) {
        let mut lists = pinned.lists();
        if lists.is_empty() && !pinned.unchecked.is_empty() {
            // A run that looks at nothing says what it did not look at.
            lists.push(Vec::new());
        }
        let mut unchecked = pinned.unchecked;
        for list in lists {
            calls.push(Planned {
                expected: Some(list.iter().filter(|byte| **byte == b'\n').count() as u64),
                input: Some(list),
                about: Some(pinned.path.clone()),
                unchecked: std::mem::take(&mut unchecked),
                ..Planned::here(args)
            });
        }
    }
    calls
}

/// Each lock file of Cargo. The subcommand's own program is called, so that no toolchain file of the project decides
/// which cargo that is.
fn cargo_audit(project: &Project<'_>) -> Vec<Planned> {
    let folders = project.folders_with(&["Cargo.lock"]);
    let call = |folder: &str| {
        let mut planned = Planned::within(folder, &["audit", "--json"]);
        planned.about = Some(join(folder, "Cargo.lock"));
        planned
    };
    folders.into_iter().map(call).collect()
}

/// Without a subcommand, both version 1 and version 2 scan source folders. How many packages it looked at, its report does
/// not say; that there are lock files which it reads makes a report without findings clean.
fn osv_scanner(project: &Project<'_>) -> Vec<Planned> {
    let is_read = |path: &&String| {
        let format = LockFormat::of(bstr::BStr::new(path.as_str()));
        format.is_some_and(|it| !matches!(it, LockFormat::Shrinkwrap | LockFormat::GoSum))
            || path.ends_with("pom.xml")
    };
    let count = project.paths.iter().filter(is_read).count();
    if count == 0 {
        return Vec::new();
    }
    let mut planned = Planned::here(&["--format=json", "--recursive", "."]);
    planned.expected = Some(count as u64);
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
    fn every_lock_file_is_audited() {
        let files = [
            ("package-lock.json", "{}"),
            ("npm-shrinkwrap.json", "{}"),
            ("docs/package-lock.json", "{}"),
            ("docs/Cargo.lock", ""),
            ("yarn.lock", ""),
        ];
        let about = |tool| {
            let planned = planned(tool, &files);
            planned
                .into_iter()
                .map(|it| (it.folder, it.about.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(
            about("npm audit"),
            [
                pair("", "npm-shrinkwrap.json"),
                pair("docs", "docs/package-lock.json")
            ]
        );
        assert_eq!(about("cargo audit"), [pair("docs", "docs/Cargo.lock")]);
        assert_eq!(planned("osv-scanner", &files)[0].expected, Some(4));
        assert_eq!(planned("osv-scanner", &[("a.py", "")]), []);
    }

    #[test]
    fn what_nothing_pins_is_said_once() {
        let calls = planned(
            "pip-audit",
            &[("requirements.txt", "a==1\nb==2\na==2\nc>1\n")],
        );
        let inputs: Vec<&[u8]> = calls.iter().filter_map(|it| it.input.as_deref()).collect();
        assert_eq!(inputs, [b"a==1\nb==2\n".as_slice(), b"a==2\n"]);
        let unchecked: Vec<usize> = calls.iter().map(|it| it.unchecked.len()).collect();
        assert_eq!(unchecked, [1, 0]);
        let calls = planned(
            "safety",
            &[(
                "setup.py",
                "from setuptools import setup\nsetup(install_requires=['x'])",
            )],
        );
        assert_eq!((calls.len(), calls[0].expected), (1, Some(0)));
        assert_eq!(calls[0].unchecked.len(), 1);
        assert_eq!(planned("pip-audit", &[("a.py", "")]), []);
    }
}
