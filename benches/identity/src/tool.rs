//! A linter, and its report as findings.

use std::fs;
use std::process::{Command, Stdio};

use git_tend::findings::source::fill;
use git_tend::findings::{Finding, Place, Severity};
use serde::Deserialize;

use crate::Outcome;
use crate::repository::Clone;

/// Which one.
enum Kind {
    Ruff,
    Pylint,
}

/// A linter.
pub struct Tool {
    kind: Kind,
    program: String,
    folder: String,
}

#[derive(Deserialize)]
struct Ruff {
    code: Option<String>,
    message: String,
    filename: String,
    location: Position,
    end_location: Position,
}

#[derive(Deserialize)]
struct Position {
    row: u32,
    column: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pylint {
    message_id: String,
    message: String,
    path: String,
    line: u32,
    column: u32,
    end_line: Option<u32>,
    end_column: Option<u32>,
}

#[derive(Deserialize)]
struct PylintReport {
    messages: Vec<Pylint>,
}

impl Tool {
    pub fn new(name: &str, program: &str, folder: Option<&str>) -> Outcome<Self> {
        let kind = match name {
            "ruff" => Kind::Ruff,
            "pylint" => Kind::Pylint,
            _ => return Err("the tool is ruff or pylint".into()),
        };
        Ok(Self {
            kind,
            program: fs::canonicalize(program)?.display().to_string(),
            folder: folder.unwrap_or(".").to_owned(),
        })
    }

    /// All findings of the worktree, with the identity of their lines.
    ///
    /// Where the environment names a folder as `IDENTITY_CACHE`, scans of commits are kept there.
    pub fn scan(&self, clone: &Clone) -> Outcome<Vec<Finding>> {
        let Some(folder) = std::env::var_os("IDENTITY_CACHE") else {
            return self.run(clone);
        };
        let path =
            std::path::Path::new(&folder).join(format!("{}-{}.json", self.name(), clone.head()?));
        if let Ok(kept) = fs::read(&path) {
            return Ok(serde_json::from_slice(&kept)?);
        }
        let findings = self.run(clone)?;
        fs::write(path, serde_json::to_vec(&findings)?)?;
        Ok(findings)
    }

    const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Ruff => "ruff",
            Kind::Pylint => "pylint",
        }
    }

    fn run(&self, clone: &Clone) -> Outcome<Vec<Finding>> {
        let mut command = Command::new(&self.program);
        command.current_dir(&clone.folder).stderr(Stdio::null());
        match self.kind {
            Kind::Ruff => command
                .args([
                    "check",
                    "--isolated",
                    "--no-cache",
                    "--exit-zero",
                    "--output-format",
                    "json",
                ])
                .args(["--select", "ALL", "--target-version", "py312"]),
            Kind::Pylint => command.args([
                "--rcfile=/dev/null",
                "--output-format=json2",
                "-j2",
                "--disable=import-error",
            ]),
        };
        let output = command.arg(&self.folder).output()?;
        let top = fs::canonicalize(&clone.folder)?;
        let mut findings = match self.kind {
            Kind::Ruff => {
                let report: Vec<Ruff> = serde_json::from_slice(&output.stdout)?;
                report.into_iter().map(Ruff::finding).collect::<Vec<_>>()
            }
            Kind::Pylint => {
                let report: PylintReport = serde_json::from_slice(&output.stdout)?;
                report.messages.into_iter().map(Pylint::finding).collect()
            }
        };
        for finding in &mut findings {
            if let Some(place) = &mut finding.place {
                let path = std::path::Path::new(&place.path);
                let relative = path.strip_prefix(&top).unwrap_or(path);
                place.path = relative.display().to_string();
            }
        }
        let blobs = clone.blobs()?;
        fill(&mut findings, &|path| {
            Some((
                blobs.get(path)?.clone(),
                fs::read(clone.folder.join(path)).ok()?,
            ))
        });
        Ok(findings)
    }
}

impl Ruff {
    fn finding(self) -> Finding {
        let rule = self.code.as_deref().unwrap_or("invalid-syntax");
        Finding {
            place: Some(Place {
                path: self.filename,
                line: Some(self.location.row),
                column: Some(self.location.column),
                end_line: Some(self.end_location.row),
                end_column: Some(self.end_location.column),
            }),
            ..Finding::new("ruff", rule, Severity::Low, self.message)
        }
    }
}

impl Pylint {
    fn finding(self) -> Finding {
        Finding {
            place: Some(Place {
                path: self.path,
                line: Some(self.line),
                column: Some(self.column + 1),
                end_line: self.end_line,
                end_column: self.end_column.map(|column| column + 1),
            }),
            ..Finding::new("pylint", &self.message_id, Severity::Low, self.message)
        }
    }
}
