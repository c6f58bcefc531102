//! What jobs have of others by `extends`.

use super::super::ReadError;
use super::super::yaml::{Node, Value};

/// GitLab follows no more `extends`.
const MOST_EXTENDS: usize = 11;
/// What jobs inherit by `extends` may be no more than this, in texts: each may extend a large one.
const MOST_INHERITED: usize = 500_000;

/// A job with what it extends: mappings are put together, everything else is as the last one says it.
pub(super) fn extended(
    top: &Node,
    node: &Node,
    way: &mut Vec<String>,
    inherited: &mut usize,
    notes: &mut Vec<String>,
) -> Result<Node, ReadError> {
    let Some(parents) = node.get("extends") else {
        return Ok(node.clone());
    };
    let mut made = Node {
        line: node.line,
        tag: None,
        value: Value::Map(Vec::new()),
    };
    for (parent, line) in parents.texts() {
        if let Some(from) = way.iter().position(|it| it == parent) {
            return Err(ReadError::Circle {
                line,
                names: way.get(from..).unwrap_or_default().to_vec(),
            });
        }
        if way.len() > MOST_EXTENDS {
            let what = format!("more than {MOST_EXTENDS} jobs extend each other");
            return Err(ReadError::at(line, what));
        }
        let Some(found) = top.get(parent) else {
            if top.get("include").is_none() {
                let what = format!("{parent} is extended, and there is no such job");
                return Err(ReadError::at(line, what));
            }
            notes.push(format!(
                "line {line}: {parent} is in another file, and is not read"
            ));
            continue;
        };
        way.push(parent.to_owned());
        let found = extended(top, found, way, inherited, notes)?;
        way.pop();
        found.each_text(&mut |_| *inherited += 1);
        if *inherited > MOST_INHERITED {
            return Err(ReadError::at(
                line,
                "with what is extended, it is too large",
            ));
        }
        made = merged(made, &found);
    }
    Ok(merged(made, node))
}

fn merged(below: Node, above: &Node) -> Node {
    match (below.value, &above.value) {
        (Value::Map(mut entries), Value::Map(more)) => {
            for entry in more {
                match entries.iter_mut().find(|it| it.key == entry.key) {
                    Some(known) => known.node = merged(known.node.clone(), &entry.node),
                    None => entries.push(entry.clone()),
                }
            }
            Node {
                line: above.line,
                tag: None,
                value: Value::Map(entries),
            }
        }
        _ => above.clone(),
    }
}
