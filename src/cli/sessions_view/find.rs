//! Nodes and sessions by what a person types of their names.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::ui::plain;
use crate::graph::db::{Graph, Stored};
use crate::graph::{NodeId, NodeRef};

/// So many digits of a node's id are shown if they say which it is, and so many characters of a session's.
const SHORT: usize = 8;
/// Of names that begin alike so many are looked at.
const ALIKE: usize = 1_000;
/// So many are listed where several are meant.
const LISTED: usize = 8;

/// The node that a beginning of its id names.
pub fn node(graph: &Graph, text: &str) -> Result<NodeId, CommandError> {
    let digits = text.to_lowercase();
    // Without any digit all are meant, which nobody types.
    let found = if digits.is_empty() {
        Vec::new()
    } else {
        graph
            .ids_with_prefix(&digits, LISTED)
            .context("find the node")?
    };
    match found.as_slice() {
        [id] => Ok(*id),
        [] => Err(no_node(text)),
        ids => Err(several(text, "node", ids.iter().map(NodeId::to_string))),
    }
}

/// Several of them.
pub fn nodes(graph: &Graph, texts: &[String]) -> Result<Vec<NodeId>, CommandError> {
    texts.iter().map(|text| node(graph, text)).collect()
}

/// A node's versions, and which of them is meant: the one that `ID-vN` names, else the newest.
pub fn versions(graph: &Graph, text: &str) -> Result<(Vec<Stored>, Stored), CommandError> {
    let (beginning, number) = match text.rsplit_once("-v") {
        Some((beginning, number)) => (beginning, Some(number)),
        None => (text, None),
    };
    let id = node(graph, beginning)?;
    let versions = graph.versions(id).context("read the node")?;
    let meant = match number {
        None => versions.iter().find(|it| it.current),
        Some(number) => {
            // As a reference is written: without signs and zeros in front.
            let named: Option<NodeRef> = format!("{id}-v{number}").parse().ok();
            versions
                .iter()
                .find(|it| named.is_some_and(|named| named.version == it.node.version))
        }
    };
    let Some(meant) = meant.cloned() else {
        return Err(CommandError::usage(format!(
            "node {id} has no version {}: there {} {}",
            plain(number.unwrap_or_default()),
            if versions.len() == 1 { "is" } else { "are" },
            versions.len()
        ))
        .hint(format!("git tend graph show {id}")));
    };
    Ok((versions, meant))
}

/// The session that a file, an id or the beginning of one names.
pub fn session(graph: &Graph, text: &str, app: &App) -> Result<String, CommandError> {
    let doing = "find the session";
    let mut found = Vec::new();
    if !text.is_empty() {
        found = graph.sessions_with_prefix(text, LISTED).context(doing)?;
    }
    match found.as_slice() {
        [one] => return Ok(one.clone()),
        [first, rest @ ..]
            if first == text || rest.iter().all(|other| is_sub_agent(other, first)) =>
        {
            return Ok(first.clone());
        }
        [] => {}
        several_ids => return Err(several(text, "session", several_ids.iter().cloned())),
    }
    let typed = app.folder()?.join(text);
    // As it was found, and as it is called without links; one that is gone has its name only.
    for path in [typed.canonicalize().ok(), Some(typed)]
        .into_iter()
        .flatten()
    {
        if let Some(session) = graph.session_of_file(&path).context(doing)? {
            return Ok(session);
        }
    }
    Err(CommandError::usage(format!("no session {}", plain(text))).hint("git tend sessions list"))
}

/// A project as a filter takes it: what is said from here, such as `.`, is a folder's path.
pub fn project(text: &str, app: &App) -> Result<String, CommandError> {
    let from_here = matches!(text, "." | "..") || text.starts_with("./") || text.starts_with("../");
    if !from_here {
        return Ok(text.to_owned());
    }
    let path = app.folder()?.join(text);
    let path = path.canonicalize().unwrap_or(path);
    Ok(path.to_string_lossy().into_owned())
}

/// So much of a node's id that it is named by it.
pub fn short_node(graph: &Graph, id: NodeId) -> String {
    let whole = id.to_string();
    let short: String = whole.chars().take(SHORT).collect();
    let alone = graph
        .ids_with_prefix(&short, 2)
        .is_ok_and(|found| found.len() <= 1);
    if alone { short } else { whole }
}

/// So much of a session's id that it is named by it.
pub fn short_session(graph: &Graph, id: &str) -> String {
    let short: String = id.chars().take(SHORT).collect();
    let alike = graph
        .sessions_with_prefix(&short, ALIKE)
        .unwrap_or_default();
    let common = |other: &String| {
        let both = other.chars().zip(id.chars());
        both.take_while(|(a, b)| a == b).count()
    };
    let longest = alike
        .iter()
        .filter(|other| *other != id && !is_sub_agent(other, id))
        .map(common)
        .max()
        .unwrap_or(0);
    let needed = if alike.len() < ALIKE {
        SHORT.max(longest + 1)
    } else {
        usize::MAX
    };
    id.chars().take(needed).collect()
}

/// Whether a session is one of another's sub-agents': then it has that one's id and one of its own.
fn is_sub_agent(session: &str, of: &str) -> bool {
    session
        .strip_prefix(of)
        .is_some_and(|rest| rest.starts_with('/'))
}

fn no_node(text: &str) -> CommandError {
    CommandError::usage(format!("no node {}", plain(text))).hint("git tend graph search WORDS…")
}

fn several(text: &str, what: &str, ids: impl Iterator<Item = String>) -> CommandError {
    let names: Vec<String> = ids.map(|id| plain(&id)).collect();
    CommandError::usage(format!(
        "{} names more than one {what}: {}{}",
        plain(text),
        names.join(" "),
        if names.len() < LISTED { "" } else { " …" }
    ))
}
