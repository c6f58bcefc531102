//! The graph as a document: JSON for programs, Graphviz for pictures.
//!
//! Both are written piece by piece, for a graph may be larger than memory. Nodes come by the time of their segment and then
//! by id, edges by source, target and kind: equal graphs are equal bytes.

use std::io::{self, Write};

use serde::Serialize;

use super::edge::{Edge, EdgeKind};
use super::node::{Node, Outcome};
use crate::report::safe_json;
use crate::system::plain::steers;

/// The version of the JSON's form. Fields may be added within a version; none is removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// What a graph is written to.
pub trait Sink {
    /// Before everything.
    fn begin(&mut self) -> io::Result<()>;
    /// Each node, before all edges.
    fn node(&mut self, node: &Node) -> io::Result<()>;
    /// Each edge.
    fn edge(&mut self, edge: &Edge) -> io::Result<()>;
    /// After everything.
    fn end(&mut self) -> io::Result<()>;
}

/// `{"schema": 1, "nodes": […], "edges": […]}`, one node or edge a line.
pub struct Json<W> {
    out: W,
    nodes: u64,
    edges: u64,
}

/// An edge with its id.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    #[serde(flatten)]
    edge: &'a Edge,
}

impl<W: Write> Json<W> {
    /// Writes to `out`, which had better be buffered.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            nodes: 0,
            edges: 0,
        }
    }

    fn open_edges(&mut self) -> io::Result<()> {
        let end = if self.nodes == 0 { "" } else { "\n" };
        write!(self.out, "{end}],\n\"edges\": [")
    }
}

impl<W: Write> Sink for Json<W> {
    fn begin(&mut self) -> io::Result<()> {
        write!(self.out, "{{\"schema\": {SCHEMA},\n\"nodes\": [")
    }

    fn node(&mut self, node: &Node) -> io::Result<()> {
        let separator = if self.nodes == 0 { "\n" } else { ",\n" };
        self.out.write_all(separator.as_bytes())?;
        self.nodes += 1;
        safe_json::compact(&mut self.out, node)
    }

    fn edge(&mut self, edge: &Edge) -> io::Result<()> {
        if self.edges == 0 {
            self.open_edges()?;
        }
        let separator = if self.edges == 0 { "\n" } else { ",\n" };
        self.out.write_all(separator.as_bytes())?;
        self.edges += 1;
        let line = Line {
            id: edge.id(),
            edge,
        };
        safe_json::compact(&mut self.out, &line)
    }

    fn end(&mut self) -> io::Result<()> {
        if self.edges == 0 {
            self.open_edges()?;
        } else {
            self.out.write_all(b"\n")?;
        }
        self.out.write_all(b"]}\n")?;
        self.out.flush()
    }
}

/// A directed graph in Graphviz' language.
pub struct Dot<W> {
    out: W,
}

/// Characters of a title or a summary that a label shows.
const LABEL: usize = 60;

impl<W: Write> Dot<W> {
    /// Writes to `out`, which had better be buffered.
    pub const fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write> Sink for Dot<W> {
    fn begin(&mut self) -> io::Result<()> {
        self.out.write_all(
            b"digraph sessions {\n  rankdir=LR;\n  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
        )
    }

    fn node(&mut self, node: &Node) -> io::Result<()> {
        let summary = &node.content.summary;
        let about = node.content.about();
        let mut label: String = about.chars().take(LABEL).collect();
        if about.chars().nth(LABEL).is_some() {
            label.push('…');
        }
        let colour = match node.content.outcome {
            Outcome::Success => "darkgreen",
            Outcome::Partial => "goldenrod",
            Outcome::Failed => "firebrick",
            Outcome::Abandoned => "gray40",
        };
        let project = project_name(&node.classification.project);
        let head = format!("{} · {project}", node.classification.kind);
        writeln!(
            self.out,
            "  \"{}\" [label=\"{}\\n{}\", tooltip=\"{}\", color={colour}];",
            node.id,
            escaped(&head),
            escaped(&label),
            escaped(summary)
        )
    }

    fn edge(&mut self, edge: &Edge) -> io::Result<()> {
        let style = if edge.kind.is_structural() {
            "solid"
        } else if edge.kind == EdgeKind::Semantic {
            "dotted"
        } else {
            "dashed"
        };
        writeln!(
            self.out,
            "  \"{}\" -> \"{}\" [label=\"{}\", tooltip=\"{}\", style={style}];",
            edge.source_node_id,
            edge.target_node_id,
            edge.kind,
            escaped(edge.metadata.reason.as_deref().unwrap_or_default())
        )
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

/// The last component of a path, of whichever system.
pub fn project_name(path: &str) -> &str {
    path.rsplit(['/', '\\'])
        .find(|part| !part.is_empty())
        .unwrap_or(path)
}

/// A text within quotes, shown as it is: labels know escapes (`\n`, `\N` for the node's name) and HTML's entities besides.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '&' => escaped.push_str("&amp;"),
            '\n' => escaped.push_str("\\n"),
            c if steers(c) => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
