//! The built-in tasks that run tools, and which tools each of them has for a project.

use super::adapter::{Part, Tool, Wanted};
use super::project::Project;
use super::summary::Kind;
use super::table;
use crate::analyze::builtin;
use crate::findings::StatusRule;

/// A built-in task that runs tools.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// Its name.
    pub task: &'static str,
    /// Which tools it has.
    pub part: Part,
    /// What its scans are called, and how findings become a status.
    pub kind: Kind<'static>,
}

const fn role(
    task: &'static str,
    part: Part,
    analysis_type: &'static str,
    rule: StatusRule,
) -> Role {
    Role {
        task,
        part,
        kind: Kind {
            analysis_type,
            rule,
        },
    }
}

const ROLES: [Role; 4] = [
    role(
        "security_scan",
        Part::Security,
        "security",
        StatusRule::Security,
    ),
    role(
        "dependency_audit",
        Part::Dependencies,
        "dependencies",
        StatusRule::Security,
    ),
    role("code_analysis", Part::Quality, "code", StatusRule::Quality),
    role("test_runner", Part::Tests, "tests", StatusRule::Tests),
];

/// What a built-in task is, if it runs tools.
pub fn role_of(task: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.task == task)
}

/// The names of the tools that a task may run.
pub fn names(task: &str, only: &[String]) -> Vec<String> {
    match role_of(task) {
        Some(role) if only.is_empty() => table::of_part(role.part)
            .filter(|tool| !matches!(tool.wanted, Wanted::IfNamed))
            .map(|tool| tool.name.to_owned())
            .collect(),
        _ => only.to_vec(),
    }
}

/// The built-in tasks that have something to do in a project.
pub fn applying(project: &Project<'_>) -> Vec<&'static str> {
    let has_something = |part| {
        table::of_part(part)
            .filter(|tool| matches!(tool.wanted.within(project), Wanted::Always))
            .any(|tool| !(tool.plan)(project).is_empty())
    };
    let applying = ROLES.iter().filter(|role| has_something(role.part));
    applying.map(|role| role.task).collect()
}

/// The tools of a task, or those that are named; the error is a name that no tool has.
pub fn chosen(
    part: Part,
    only: &[String],
    project: &Project<'_>,
) -> Result<Vec<&'static Tool>, String> {
    if only.is_empty() {
        return Ok(table::of_part(part)
            .filter(|tool| !matches!(tool.wanted.within(project), Wanted::IfNamed))
            .collect());
    }
    only.iter()
        .filter(|name| *name != builtin::SECRETS)
        .map(|name| table::find(name).ok_or_else(|| name.clone()))
        .collect()
}
