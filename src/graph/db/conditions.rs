//! Filters as conditions of a statement.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params};

use super::GraphError;
use super::row::{first, ms};
use crate::graph::search::{Filters, SearchError};

/// A condition that fewer nodes than this pass is looked up first; others are asked of each node.
const FEW: i64 = 2_000;

/// Conditions that all must hold, and the values of their question marks in order.
#[derive(Debug)]
pub(super) struct Conditions {
    texts: Vec<String>,
    pub(super) cells: Vec<Cell>,
}

impl Conditions {
    fn none() -> Self {
        Self {
            texts: Vec::new(),
            cells: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> String {
        if self.texts.is_empty() {
            "true".to_owned()
        } else {
            self.texts.join(" AND ")
        }
    }

    pub(super) fn add(&mut self, text: &str, cells: impl IntoIterator<Item = Cell>) {
        self.texts.push(text.to_owned());
        self.cells.extend(cells);
    }

    /// Adds that one of several must hold.
    fn any(&mut self, alternatives: Vec<(String, Vec<Cell>)>) {
        if alternatives.is_empty() {
            return;
        }
        let (texts, cells): (Vec<String>, Vec<Vec<Cell>>) = alternatives.into_iter().unzip();
        self.texts.push(format!("({})", texts.join(" OR ")));
        self.cells.extend(cells.into_iter().flatten());
    }

    /// Of messages and facts: by the folder and the agent of their session, and by time.
    pub(super) fn of_messages(filters: &Filters, at: &str) -> Result<Self, GraphError> {
        if let Some(filter) = filters.only_for_nodes() {
            return Err(SearchError::NotForMessages(filter).into());
        }
        let mut it = Self::none();
        it.any(
            filters
                .projects
                .iter()
                .map(|project| {
                    below("session_file.folder", project).unwrap_or_else(|| {
                        let name = project.to_lowercase();
                        let text = "(lower(session_file.folder) = ? OR substr(lower(session_file.folder), ?) = ?)";
                        let tail = format!("/{name}");
                        let from = -i64::try_from(tail.chars().count()).unwrap_or(i64::MAX);
                        (
                            text.to_owned(),
                            vec![Cell::from(name), Cell::from(from), Cell::from(tail)],
                        )
                    })
                })
                .collect(),
        );
        it.agents(filters, "session_file.agent");
        it.times(filters, at);
        Ok(it)
    }

    /// Of nodes.
    pub(super) fn of_nodes(conn: &Connection, filters: &Filters) -> Result<Self, GraphError> {
        let mut it = Self::none();
        it.any(
            filters
                .projects
                .iter()
                .map(|project| {
                    below("node.project", project).unwrap_or_else(|| {
                        let cells = vec![Cell::from(project.to_lowercase())];
                        ("node.project_name = ?".to_owned(), cells)
                    })
                })
                .collect(),
        );
        let kinds = filters.kinds.iter();
        it.any(
            kinds
                .map(|kind| equal("node.kind", kind.as_str()))
                .collect(),
        );
        let outcomes = filters.outcomes.iter();
        it.any(
            outcomes
                .map(|outcome| equal("node.outcome", outcome.as_str()))
                .collect(),
        );
        for (kind, values) in [
            ("model", &filters.models),
            ("tool", &filters.tools),
            ("tag", &filters.tags),
        ] {
            let mut alternatives = Vec::new();
            for value in values {
                alternatives.push(term(conn, kind, value)?);
            }
            it.any(alternatives);
        }
        it.agents(filters, "node.agent");
        it.times(filters, "node.at");
        Ok(it)
    }

    fn agents(&mut self, filters: &Filters, column: &str) {
        let agents = filters.agents.iter();
        self.any(agents.map(|agent| equal(column, agent.as_str())).collect());
    }

    fn times(&mut self, filters: &Filters, column: &str) {
        if let Some(since) = filters.since {
            self.add(&format!("{column} >= ?"), [Cell::from(ms(since))]);
        }
        if let Some(until) = filters.until {
            self.add(&format!("{column} < ?"), [Cell::from(ms(until))]);
        }
    }
}

fn equal(column: &str, word: &str) -> (String, Vec<Cell>) {
    (format!("{column} = ?"), vec![Cell::from(word.to_owned())])
}

/// A folder and everything below it, if it is a path.
fn below(column: &str, path: &str) -> Option<(String, Vec<Cell>)> {
    if !path.contains(['/', '\\']) {
        return None;
    }
    if path == "/" {
        return Some((format!("{column} <> ''"), Vec::new()));
    }
    // `0` comes after `/`, and `]` after `\`.
    let text = format!(
        "({column} = ? OR ({column} > ? AND {column} < ?) OR ({column} > ? AND {column} < ?))"
    );
    let cells = ["", "/", "0", "\\", "]"]
        .into_iter()
        .map(|end| Cell::from(format!("{path}{end}")))
        .collect();
    Some((text, cells))
}

/// Nodes that have a term; one that ends in a star is the beginning of one.
fn term(
    conn: &Connection,
    kind: &'static str,
    value: &str,
) -> Result<(String, Vec<Cell>), GraphError> {
    let (from, to) = match value.strip_suffix('*') {
        Some(start) => (start.to_owned(), format!("{start}\u{10ffff}")),
        None => (value.to_owned(), value.to_owned()),
    };
    let few = first(
        conn,
        "SELECT count(*) FROM (SELECT 1 FROM term WHERE kind = ?1 AND text BETWEEN ?2 AND ?3 LIMIT ?4)",
        params![kind, from, to, FEW],
        |row| row.get::<_, i64>(0),
    )?
    .is_none_or(|count| count < FEW);
    let text = if few {
        "node.seq IN (SELECT node FROM term WHERE kind = ? AND text BETWEEN ? AND ?)"
    } else {
        "EXISTS (SELECT 1 FROM term WHERE term.node = +node.seq AND term.kind = ? AND term.text BETWEEN ? AND ?)"
    };
    let cells = vec![
        Cell::from(kind.to_owned()),
        Cell::from(from),
        Cell::from(to),
    ];
    Ok((text.to_owned(), cells))
}
