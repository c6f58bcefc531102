//! What the graph knows of a repository: the nodes that were about its folders, and those that made commits in it.

use rusqlite::params;
use serde::Serialize;

use super::conditions::Conditions;
use super::read::current;
use super::row::{all, first, key, limit, ms, node_id, to_json, uncount};
use super::{Graph, GraphError};
use crate::graph::node::{Node, NodeId};
use crate::graph::search::Filters;

/// What a model took in some nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelTaken {
    /// `provider/model`.
    pub model: String,
    /// In how many of the nodes it was used.
    pub nodes: u64,
    /// Tokens read that no cache had.
    pub tokens_input: u64,
    /// Tokens written.
    pub tokens_output: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// US dollars, as far as agents tell.
    pub cost: f64,
}

impl ModelTaken {
    /// All tokens.
    pub const fn tokens(&self) -> u64 {
        self.tokens_input
            .saturating_add(self.tokens_output)
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }
}

impl Graph {
    /// The node that was begun last before another one of the same project.
    pub fn before_in_project(&self, node: &Node) -> Result<Option<Node>, GraphError> {
        let before = first(
            self.conn(),
            "SELECT id FROM node WHERE project = ?1 AND at < ?2 AND id <> ?3 ORDER BY at DESC, id DESC LIMIT 1",
            params![
                node.classification.project,
                ms(node.metadata.timestamp),
                key(node.id)
            ],
            |row| Ok(node_id(row.get(0)?)),
        )?;
        match before {
            Some(before) => current(self.conn(), before),
            None => Ok(None),
        }
    }

    /// The nodes about these folders, with everything below them, and those in which commits of the repository were made:
    /// newest first, at most `most`.
    pub fn nodes_about(
        &self,
        repository: &str,
        folders: &[String],
        most: usize,
    ) -> Result<Vec<NodeId>, GraphError> {
        let mut found = Vec::new();
        if !folders.is_empty() {
            let filters = Filters {
                projects: folders.to_vec(),
                ..Filters::default()
            };
            let mut conditions = Conditions::of_nodes(self.conn(), &filters)?;
            let text = conditions.text();
            conditions.cells.push(limit(most).into());
            found = all(
                self.conn(),
                &format!("SELECT at, id FROM node WHERE {text} ORDER BY at DESC, id LIMIT ?"),
                rusqlite::params_from_iter(conditions.cells),
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
            )?;
        }
        let made = self.commits_of_repository(repository, most)?;
        let made: Vec<i64> = made.into_iter().filter_map(|it| it.node.map(key)).collect();
        found.extend(all(
            self.conn(),
            "SELECT at, id FROM node WHERE id IN (SELECT value FROM json_each(?1))",
            [to_json("ids", &made)?],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
        )?);
        found.sort_unstable_by_key(|(at, id)| (std::cmp::Reverse(*at), *id));
        found.dedup();
        found.truncate(most);
        Ok(found.into_iter().map(|(_, id)| node_id(id)).collect())
    }

    /// What each model took in these nodes, the one with the most tokens first.
    #[allow(clippy::cast_precision_loss)] // exact to nine million dollars
    pub fn taken_by_models(&self, nodes: &[NodeId]) -> Result<Vec<ModelTaken>, GraphError> {
        let ids: Vec<i64> = nodes.iter().map(|id| key(*id)).collect();
        all(
            self.conn(),
            "SELECT model_use.model, count(*), sum(input), sum(output), sum(cache_read), sum(cache_write), sum(cost)
             FROM node JOIN model_use ON model_use.node = node.seq
             WHERE node.id IN (SELECT value FROM json_each(?1))
             GROUP BY model_use.model
             ORDER BY sum(input + output + cache_read + cache_write) DESC, model_use.model",
            params![to_json("ids", &ids)?],
            |row| {
                let number = |column: usize| row.get::<_, i64>(column).map(uncount);
                Ok(ModelTaken {
                    model: row.get(0)?,
                    nodes: number(1)?,
                    tokens_input: number(2)?,
                    tokens_output: number(3)?,
                    cache_read: number(4)?,
                    cache_write: number(5)?,
                    cost: row.get::<_, i64>(6)? as f64 / 1e9,
                })
            },
        )
    }
}
