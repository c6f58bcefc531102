//! What the built-in analysers find fault with, as findings: complex functions, large files, secrets.

use serde::Deserialize;
use serde_json::Value;

use super::files::Role;
use super::secrets::Confidence as Likelihood;
use crate::findings::{Confidence, Finding, FirstSeen, Place, Severity, Subject};

/// The tool that says it.
pub const TOOL: &str = "git-tend";

#[derive(Deserialize)]
struct Complexity {
    #[serde(default)]
    complex: Vec<Complex>,
    #[serde(default)]
    large_files: Vec<Large>,
}

#[derive(Deserialize)]
struct Complex {
    path: String,
    name: String,
    line: u32,
    end: u32,
    cyclomatic: u32,
    rank: char,
    cognitive: u32,
    recommendation: String,
}

#[derive(Deserialize)]
struct Large {
    path: String,
    lines: u64,
    recommendation: String,
}

/// The complex functions and large files of a `complexity_analysis`. Radon's ranks C and D are medium, E and F high; a large
/// file is low.
pub fn complexity(body: &Value) -> Vec<Finding> {
    let Ok(found) = Complexity::deserialize(body) else {
        return Vec::new();
    };
    let functions = found.complex.into_iter().map(|one| {
        let severity = match one.rank {
            'E' | 'F' => Severity::High,
            _ => Severity::Medium,
        };
        let message = format!(
            "{} is complex: cyclomatic {}, cognitive {}",
            one.name, one.cyclomatic, one.cognitive
        );
        Finding {
            place: Some(Place {
                path: one.path,
                line: Some(one.line),
                end_line: Some(one.end),
                ..Place::default()
            }),
            subject: Subject::Function { name: one.name },
            fix: Some(one.recommendation),
            ..Finding::new(TOOL, "complex-function", severity, message)
        }
    });
    let files = found.large_files.into_iter().map(|one| Finding {
        place: Some(Place {
            path: one.path,
            ..Place::default()
        }),
        fix: Some(one.recommendation),
        ..Finding::new(
            TOOL,
            "large-file",
            Severity::Low,
            format!("{} lines", one.lines),
        )
    });
    functions.chain(files).collect()
}

#[derive(Deserialize)]
struct Exposures {
    #[serde(default)]
    secrets: Vec<Exposed>,
    #[serde(default)]
    removed: Vec<Exposed>,
    #[serde(default)]
    files_checked: u64,
}

#[derive(Deserialize)]
struct Exposed {
    path: String,
    line: u32,
    rule: String,
    what: String,
    confidence: Likelihood,
    digest: String,
    role: Role,
    since_commit: Option<String>,
    since: Option<jiff::Timestamp>,
}

/// The secrets of a `secrets_analysis`, and how many files were looked through.
///
/// What has a form that is used for nothing else is critical, what merely looks like a secret medium; what tests and
/// documentation show is seldom in use and counts two steps less, what only the history still has one.
pub fn secrets(body: &Value) -> (Vec<Finding>, u64) {
    let Ok(found) = Exposures::deserialize(body) else {
        return (Vec::new(), 0);
    };
    let files = found.files_checked;
    let present = found.secrets.into_iter().map(|one| (one, false));
    let removed = found.removed.into_iter().map(|one| (one, true));
    let findings = present.chain(removed).map(|(one, is_removed)| {
        let (severity, confidence) = match one.confidence {
            Likelihood::High => (4, Confidence::High),
            Likelihood::Medium => (3, Confidence::Medium),
            Likelihood::Low => (2, Confidence::Low),
        };
        let less = if one.role == Role::Main { 0 } else { 2 };
        let (where_, fix) = if is_removed {
            (
                ", in the history only",
                "revoke it: whoever has the history has it",
            )
        } else {
            (
                "",
                "revoke it, and keep its successor out of the repository",
            )
        };
        let severity = match severity - less - i32::from(is_removed) {
            4 => Severity::Critical,
            3 => Severity::High,
            2 => Severity::Medium,
            1 => Severity::Low,
            _ => Severity::Info,
        };
        Finding {
            confidence: Some(confidence),
            place: Some(Place {
                path: one.path,
                // Its line of that time is no line of now.
                line: Some(one.line).filter(|_| !is_removed),
                ..Place::default()
            }),
            subject: Subject::Secret { digest: one.digest },
            fix: Some(fix.to_owned()),
            first_seen: one.since.map(|at| FirstSeen {
                at,
                commit: one.since_commit,
            }),
            ..Finding::new(TOOL, &one.rule, severity, format!("{}{where_}", one.what))
        }
    });
    (findings.collect(), files)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn complex_functions_are_known_by_their_names() {
        let body = json!({
            "complex": [{"path": "a.py", "role": "main", "name": "A.read", "line": 3, "end": 90,
                "parameters": 1, "cyclomatic": 31, "rank": "E", "cognitive": 40, "depth": 3,
                "recommendation": "split it"}],
            "large_files": [{"path": "b.py", "lines": 1970, "functions": 2, "recommendation": "split it"}],
        });
        let found = complexity(&body);
        let said: Vec<_> = found
            .iter()
            .map(|one| format!("{} {} {}", one.rule, one.severity, one.message))
            .collect();
        assert_eq!(
            said,
            [
                "complex-function high A.read is complex: cyclomatic 31, cognitive 40",
                "large-file low 1970 lines",
            ]
        );
        assert_eq!(complexity(&json!({"error": "no commit"})), []);
    }

    #[test]
    fn where_a_secret_is_decides_how_bad_it_is() {
        let one = |role: &str, confidence: &str| {
            json!({"path": "a", "line": 1, "rule": "r", "what": "a token", "confidence": confidence,
                "preview": "", "digest": "d", "role": role})
        };
        let body = json!({
            "secrets": [one("main", "high"), one("test", "high"), one("docs", "low")],
            "removed": [one("main", "high")],
            "files_checked": 7,
        });
        let (found, files) = secrets(&body);
        let severities: Vec<_> = found.iter().map(|one| one.severity.name()).collect();
        assert_eq!(severities, ["critical", "medium", "info", "high"]);
        assert_eq!(files, 7);
        assert_eq!(found.last().and_then(|one| one.place.as_ref()?.line), None);
    }
}
