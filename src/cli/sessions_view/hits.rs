//! What a search found.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{find, words};
use crate::cli::format;
use crate::cli::screen::{Text, flow};
use crate::cli::ui::Role;
use crate::graph::Graph;
use crate::graph::db::{FactHit, Hit, MessageHit};
use crate::graph::search::Snippet;

/// Before the words of a hit.
const INDENT: usize = 2;

/// Nodes: a line of what each is, and the words around the match.
pub fn nodes(hits: &[Hit], graph: &Graph, now: Timestamp, width: usize) -> Vec<Text> {
    let each = hits.iter().flat_map(|hit| {
        let node = &hit.node;
        let (role, mark) = words::look(node.outcome);
        let mut head = vec![
            Text::of(role, mark)
                .and(" ")
                .and_of(Role::Name, find::short_node(graph, node.id)),
            Text::new(node.kind),
            Text::new(words::project(&node.project)),
            Text::of(Role::Faint, format::ago(node.timestamp, now)),
        ];
        if hit.archived {
            head.push(Text::of(Role::Faint, "archived"));
        }
        entry(head, &hit.snippet, width)
    });
    each.collect()
}

/// Messages.
pub fn messages(hits: &[MessageHit], graph: &Graph, now: Timestamp, width: usize) -> Vec<Text> {
    let each = hits.iter().flat_map(|hit| {
        let head = said(
            Text::new(hit.role),
            hit.session.as_deref(),
            hit.folder.as_deref(),
            hit.at,
            graph,
            now,
        );
        entry(head, &hit.snippet, width)
    });
    each.collect()
}

/// Facts.
pub fn facts(hits: &[FactHit], graph: &Graph, now: Timestamp, width: usize) -> Vec<Text> {
    let each = hits.iter().flat_map(|hit| {
        let head = said(
            Text::of(Role::Active, hit.fact.kind),
            hit.session.as_deref(),
            hit.folder.as_deref(),
            hit.fact.at,
            graph,
            now,
        );
        let text = Snippet {
            pieces: vec![(hit.fact.text.clone(), false)],
        };
        entry(head, &text, width)
    });
    each.collect()
}

fn said(
    what: Text,
    session: Option<&str>,
    folder: Option<&str>,
    at: Option<Timestamp>,
    graph: &Graph,
    now: Timestamp,
) -> [Text; 4] {
    let session = session.map(|id| find::short_session(graph, id));
    [
        Text::of(Role::Name, session.unwrap_or_default()),
        what,
        Text::new(folder.map_or("", words::project)),
        Text::of(
            Role::Faint,
            at.map_or_else(String::new, |at| format::ago(at, now)),
        ),
    ]
}

fn entry(head: impl IntoIterator<Item = Text>, snippet: &Snippet, width: usize) -> Vec<Text> {
    let mut lines = flow(head, width, INDENT);
    lines.extend(around(snippet, width));
    lines
}

/// A snippet broken at blanks, its matches marked.
fn around(snippet: &Snippet, width: usize) -> Vec<Text> {
    let indent = " ".repeat(INDENT.min(width / 4));
    let room = width.saturating_sub(indent.len());
    let mut lines = Vec::new();
    let mut line = Text::default();
    for word in parts(snippet) {
        let gap = if line.is_empty() { "" } else { " " };
        if !line.is_empty() && line.columns() + gap.len() + word.columns() > room {
            lines.push(std::mem::take(&mut line));
            line = word;
        } else {
            line = line.and(gap).then(word);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    let lines = lines.into_iter().map(|line| line.cut(room));
    lines.map(|line| Text::new(&indent).then(line)).collect()
}

/// The words of a snippet, of which parts may match.
fn parts(snippet: &Snippet) -> Vec<Text> {
    let mut words = Vec::new();
    let mut word = Text::default();
    for (text, matches) in &snippet.pieces {
        // A piece goes on in the next one unless there is a blank between them.
        for (nth, part) in text.split(char::is_whitespace).enumerate() {
            if nth > 0 && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word = if *matches {
                word.and_of(Role::Match, part)
            } else {
                word.and(part)
            };
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `graph search --json`.
pub fn node_document(hit: &Hit) -> Value {
    let mut line = json!(hit.node);
    line["score"] = json!(hit.score);
    line["summary"] = json!(hit.summary);
    line["snippet"] = snippet(&hit.snippet);
    line["archived"] = json!(hit.archived);
    line
}

/// `graph search --messages --json`.
pub fn message_document(hit: &MessageHit) -> Value {
    json!({
        "session": hit.session,
        "entry": hit.entry,
        "role": hit.role,
        "project": hit.folder,
        "timestamp": hit.at,
        "file": hit.file.to_string_lossy(),
        "score": hit.score,
        "snippet": snippet(&hit.snippet),
    })
}

/// `graph search --facts --json`.
pub fn fact_document(hit: &FactHit) -> Value {
    json!({
        "session": hit.session,
        "entry": hit.fact.entry,
        "type": hit.fact.kind,
        "project": hit.folder,
        "timestamp": hit.fact.at,
        "text": hit.fact.text,
        "context": hit.fact.context,
        "confidence": hit.fact.confidence,
    })
}

/// In pieces, so that whoever shows it can escape them.
fn snippet(snippet: &Snippet) -> Value {
    let pieces = snippet.pieces.iter();
    pieces
        .map(|(text, matches)| json!({ "text": text, "matches": matches }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_broken_between_words_and_keep_their_marks() {
        let snippet = Snippet {
            pieces: vec![
                ("…the ".to_owned(), false),
                ("queue".to_owned(), true),
                ("'s lock is held".to_owned(), false),
            ],
        };
        let lines = around(&snippet, 14);
        let bare: Vec<String> = lines.iter().map(Text::bare).collect();
        assert_eq!(bare, ["  …the queue's", "  lock is held"]);
        let marked = crate::cli::ui::paint(Role::Match, "queue");
        assert!(lines[0].painted().contains(&marked));
        let wide = around(&snippet, usize::MAX);
        assert_eq!(wide[0].bare(), "  …the queue's lock is held");
    }
}
