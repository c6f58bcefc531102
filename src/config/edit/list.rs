//! The list of a hook's tasks.

use toml_edit::{Document, Item};

use super::super::event::HookName;
use super::{lookup, quoted};

/// Where a name is put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind the `[` of an empty list.
    First(usize),
    /// Behind the last name of a list.
    Behind(usize),
    /// On a line of its own, behind the header of the hook's table.
    Line(usize),
}

/// What a file says of a hook's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listed {
    /// Nothing, nor of the hook.
    Nowhere,
    /// Something can be added to it.
    At(Place),
    /// It is written in a way that nothing is added to.
    Otherwise,
}

/// The key of the list.
pub(super) const fn key(gate: bool) -> &'static str {
    if gate { "gates" } else { "tasks" }
}

/// Where a name is to be added.
pub(super) fn find(document: &Document<&str>, text: &str, hook: HookName, gate: bool) -> Listed {
    let Some(table) = lookup(document.as_item(), &["hooks", hook.name()]) else {
        return match lookup(document.as_item(), &["hooks"]) {
            None | Some(Item::Table(_)) => Listed::Nowhere,
            Some(_) => Listed::Otherwise,
        };
    };
    if let Some(item) = table.as_table_like().and_then(|it| it.get(key(gate))) {
        let Some(array) = item.as_array() else {
            return Listed::Otherwise;
        };
        let last = array.iter().last().map(toml_edit::Value::span);
        return match (last, array.span()) {
            (Some(Some(last)), _) => Listed::At(Place::Behind(last.end)),
            (None, Some(array)) => Listed::At(Place::First(array.start + 1)),
            _ => Listed::Otherwise,
        };
    }
    match table {
        Item::Table(table) if !table.is_implicit() && !table.is_dotted() => {
            let start = table.span().map(|span| span.start);
            let line = start.and_then(|start| {
                let rest = text.get(start..)?;
                // A file may end with the header of an empty table.
                let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
                rest.starts_with('[').then_some(start + end)
            });
            line.map_or(Listed::Otherwise, |at| Listed::At(Place::Line(at)))
        }
        Item::Table(table) if table.is_implicit() => Listed::Nowhere,
        _ => Listed::Otherwise,
    }
}

fn mark(id: &str) -> String {
    format!(" # git-tend: {id}")
}

/// The text with a name in a list.
pub(super) fn with(text: &str, place: &Place, id: &str, name: &str, gate: bool) -> String {
    let name = quoted(name);
    let (at, added) = match place {
        Place::First(at) => (*at, name),
        Place::Behind(at) => (*at, format!(", {name}")),
        Place::Line(at) => {
            let line = format!("{} = [{name}]{}", key(gate), mark(id));
            let before = text.get(..*at).unwrap_or_default();
            let added = if before.ends_with('\n') {
                format!("{line}\n")
            } else {
                // The header ends the file: what follows begins a line.
                format!("\n{line}")
            };
            (*at, added)
        }
    };
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    [before, &added, after].concat()
}

/// The text without a name in a list; as it is if the name is not there.
pub(super) fn without(
    document: &Document<&str>,
    text: &str,
    hook: HookName,
    gate: bool,
    id: &str,
    name: &str,
) -> String {
    let found = lookup(document.as_item(), &["hooks", hook.name(), key(gate)])
        .and_then(Item::as_array)
        .and_then(|array| {
            let spans: Option<Vec<_>> = array.iter().map(toml_edit::Value::span).collect();
            let at = array.iter().position(|it| it.as_str() == Some(name))?;
            Some((spans?, at))
        });
    let Some((spans, at)) = found else {
        return text.to_owned();
    };
    let Some(own) = spans.get(at) else {
        return text.to_owned();
    };
    let cut = |from: usize, to: usize| {
        let before = text.get(..from).unwrap_or_default();
        let after = text.get(to..).unwrap_or_default();
        [before, after].concat()
    };
    if spans.len() == 1 {
        // A line of ours goes as a whole.
        let begin = text.get(..own.start).and_then(|it| it.rfind('\n'));
        let rest = text.get(own.end..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        if line.trim_end().strip_prefix(']') == Some(mark(id).as_str()) {
            let end = own.end + line.len();
            let begin = begin.unwrap_or(0);
            return if end < text.len() {
                cut(begin + 1, end + 1)
            } else {
                cut(begin, end)
            };
        }
        return cut(own.start, own.end);
    }
    let before = at.checked_sub(1).and_then(|it| spans.get(it));
    let gap = before.and_then(|it| text.get(it.end..own.start));
    match (before, gap, spans.get(at + 1)) {
        (Some(before), Some(gap), _) if !gap.contains('#') => cut(before.end, own.end),
        (_, _, Some(after)) => cut(own.start, after.start),
        // The last one, with a comment before it: a list may end with a comma.
        _ => cut(own.start, own.end),
    }
}
