//! A scan in a few lines: what a person wants to know when the run that made it ends.

use crate::findings::{ScanHead, ToolReport, Verdict};

/// So many tools that did not do their work are told one by one.
const TOLD: usize = 6;

/// A line, and whether it is worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Whether something could not be done.
    pub is_warning: bool,
}

/// What came of a task's scan: a sentence, and each tool that did not do its work with what to do about it.
pub fn lines(task: &str, scan: &ScanHead) -> Vec<Line> {
    let mut lines = vec![Line {
        text: format!("{task:<16}  {}", scan.summary),
        is_warning: false,
    }];
    let idle: Vec<&ToolReport> = scan
        .tools
        .iter()
        .filter(|tool| matches!(tool.verdict, Verdict::NotChecked | Verdict::ToolError))
        .collect();
    lines.extend(idle.iter().take(TOLD).map(|tool| Line {
        text: format!("{:<16}  {}", "", why(tool)),
        is_warning: true,
    }));
    if idle.len() > TOLD {
        lines.push(Line {
            text: format!("{:<16}  and {} more", "", idle.len() - TOLD),
            is_warning: true,
        });
    }
    lines
}

fn why(tool: &ToolReport) -> String {
    let place = match tool.folder.as_str() {
        "" => String::new(),
        folder => format!(" in {folder}"),
    };
    let name = &tool.tool;
    match (&tool.install, &tool.reason) {
        (Some(install), _) => format!("{name}{place} is not installed · {install}"),
        (None, Some(reason)) => format!("{name}{place}: {reason}"),
        (None, None) => format!("{name}{place}: {}", tool.verdict),
    }
}
