//! `performance_profile` as a scan: complex functions and large files are findings too.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use super::known::Known;
use crate::analyze::as_findings;
use crate::findings::stored::KIND;
use crate::findings::{Scan, StatusRule, ToolReport, Verdict};
use crate::system::clock;
use crate::tasks::left::{Commit, LeftResult};
use crate::tools::summary::{self, Kind};

/// The built-in task whose result is findings too.
pub const TASK: &str = "performance_profile";

/// The complex functions and large files of `performance_profile` as a scan, beside the analysis itself.
pub fn scan(
    git_dir: &OsStr,
    state: &Path,
    commit: Option<&str>,
    (body, seconds): (&Value, f64),
) -> Result<LeftResult<Scan>, String> {
    let known = Known::open(git_dir, state)?;
    let now = clock::now();
    let head = known.repo.head().ok().and_then(|head| head.oid().cloned());
    let looked = commit
        .map(str::to_owned)
        .or(head.map(|it| it.as_str().to_owned()));
    let mut findings = as_findings::complexity(body);
    known
        .remembered()
        .recognise(TASK, &mut findings, looked.as_deref(), now);
    let verdict = if findings.is_empty() {
        Verdict::Clean
    } else {
        Verdict::Findings
    };
    let report = ToolReport {
        tool: as_findings::TOOL.to_owned(),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        folder: String::new(),
        verdict,
        reason: None,
        install: None,
        checked: body.get("files").and_then(Value::as_u64),
        unchecked: Vec::new(),
        findings: findings.len() as u64,
        tests: None,
        exit_code: None,
        seconds,
    };
    let kind = Kind {
        analysis_type: "performance",
        rule: StatusRule::Performance,
    };
    let active = vec![true; findings.len()];
    let when = (now, seconds);
    Ok(LeftResult {
        kind: KIND.to_owned(),
        about: match (commit, looked) {
            (None, Some(head)) => Commit::Other(head),
            _ => Commit::Job,
        },
        body: summary::scan(kind, vec![report], findings, &active, false, when),
    })
}
