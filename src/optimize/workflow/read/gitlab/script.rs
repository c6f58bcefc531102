//! What a job runs.

use super::super::MOST_STEPS;
use super::super::yaml::{Node, Value};

/// GitLab follows no more `!reference`.
const MOST_REFERENCES: usize = 10;

/// The lines of shells that a job runs, without what it runs when it has ended.
pub(super) fn commands(top: &Node, job: &Node) -> Vec<String> {
    let mut lines = Vec::new();
    for key in ["before_script", "script"] {
        if let Some(node) = job.get(key) {
            said(top, node, 0, &mut lines);
        }
    }
    lines
}

fn said(top: &Node, node: &Node, depth: usize, lines: &mut Vec<String>) {
    if depth > MOST_REFERENCES || lines.len() > MOST_STEPS {
        return;
    }
    match &node.value {
        Value::Scalar { text, .. } => lines.push(text.clone()),
        Value::List(names) if node.tag.as_deref() == Some("reference") => {
            let mut names = names.iter();
            let found = names.try_fold(top, |node, name| node.get(name.text()?));
            match found {
                Some(found) => said(top, found, depth + 1, lines),
                // It is in another file.
                None => lines.push("!reference".to_owned()),
            }
        }
        Value::List(nodes) => nodes
            .iter()
            .for_each(|node| said(top, node, depth + 1, lines)),
        Value::Map(_) => {}
    }
}
