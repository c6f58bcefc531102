//! What is mined: the newest events, with what they say interned anew.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension as _, params};

use super::add::actor_of;
use super::{Optimize, OptimizeError};
use crate::optimize::event::{Corpus, Event, Source, StepFacts};
use crate::optimize::recipe::StepSeen;
use crate::store::StoreError;

/// Which events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Only those at or after this moment, in ms UTC.
    pub since: i64,
    /// At most so many, the newest.
    pub limit: usize,
    /// Only those of this repository, by its folder.
    pub scope: Option<&'a str>,
}

/// Numbers from 0 for what the database numbers otherwise, in the order in which they come.
struct Dense<K> {
    numbers: HashMap<K, u32>,
    order: Vec<K>,
}

impl<K: Copy + Eq + Hash> Dense<K> {
    fn new() -> Self {
        Self {
            numbers: HashMap::new(),
            order: Vec::new(),
        }
    }

    fn of(&mut self, id: K) -> u32 {
        // There are fewer than events, and those are fewer than this.
        let next = u32::try_from(self.order.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(id).or_insert_with(|| {
            self.order.push(id);
            next
        })
    }
}

/// Folders below the tops of repositories, numbered in the order in which they come; 0 is the top.
#[derive(Default)]
struct Below {
    known: HashMap<(i64, i64), u32>,
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Below {
    fn of(
        &mut self,
        conn: &Connection,
        scope: Option<i64>,
        folder: Option<i64>,
    ) -> Result<u32, OptimizeError> {
        let (Some(scope), Some(folder)) = (scope, folder) else {
            return Ok(0);
        };
        if let Some(number) = self.known.get(&(scope, folder)) {
            return Ok(*number);
        }
        let sql = "SELECT folder.path, scope.folder FROM folder, scope WHERE folder.id = ?1 AND scope.id = ?2";
        let (path, top): (String, String) = conn
            .prepare_cached(sql)?
            .query_row([folder, scope], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // A linked worktree is elsewhere: its own top is not known here.
        let rest = path
            .strip_prefix(&top)
            .and_then(|rest| rest.strip_prefix('/'));
        let name = rest.unwrap_or_default().trim_matches('/');
        let number = if name.is_empty() {
            0
        } else {
            let next = u32::try_from(self.names.len() + 1).unwrap_or(u32::MAX);
            *self.numbers.entry(name.to_owned()).or_insert_with(|| {
                self.names.push(name.to_owned());
                next
            })
        };
        self.known.insert((scope, folder), number);
        Ok(number)
    }

    fn name(&self, number: u32) -> &str {
        let place = (number as usize).checked_sub(1);
        place
            .and_then(|place| self.names.get(place))
            .map_or("", String::as_str)
    }
}

impl Optimize {
    /// The newest events that are wanted, oldest first. It takes some 150 bytes of memory for each, and the texts of their
    /// values once.
    pub fn corpus(&self, wanted: Wanted<'_>) -> Result<Corpus, OptimizeError> {
        let mut corpus = Corpus::default();
        let (mut steps, mut values) = (Dense::<(i64, u32)>::new(), Dense::<u32>::new());
        let (mut scopes, mut sessions) = (Dense::<i64>::new(), Dense::<i64>::new());
        let mut below = Below::default();
        let sql = "SELECT at, timed, source, actor, scope, session, step, slots, duration_ms, exit, folder FROM event
                   WHERE at >= ?1 AND (?2 IS NULL OR scope = (SELECT id FROM scope WHERE folder = ?2))
                   ORDER BY at DESC, id DESC LIMIT ?3";
        let limit = i64::try_from(wanted.limit.min(u32::MAX as usize)).unwrap_or(i64::MAX);
        let conn = self.conn();
        // What is read belongs together even if somebody adds to it meanwhile.
        let _moment = conn.unchecked_transaction()?;
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query(params![wanted.since, wanted.scope, limit])?;
        while let Some(row) = rows.next()? {
            let source = row.get_ref(2)?.as_str().map_err(invalid("source"))?;
            let actor = row.get_ref(3)?.as_str().map_err(invalid("actor"))?;
            let slots = row.get_ref(7)?.as_blob().map_err(invalid("slots"))?;
            let exit: Option<i32> = row.get(9)?;
            let duration: Option<i64> = row.get(8)?;
            let (ids, _) = slots.as_chunks::<4>();
            let folder = below.of(conn, row.get(4)?, row.get(10)?)?;
            corpus.events.push(Event {
                at: row.get(0)?,
                timed: row.get(1)?,
                source: Source::from_name(source).ok_or_else(|| value("source", source))?,
                actor: actor_of(actor).ok_or_else(|| value("actor", actor))?,
                scope: row.get::<_, Option<i64>>(4)?.map(|id| scopes.of(id)),
                session: row.get::<_, Option<i64>>(5)?.map(|id| sessions.of(id)),
                step: steps.of((row.get(6)?, folder)),
                values: ids
                    .iter()
                    .map(|id| values.of(u32::from_le_bytes(*id)))
                    .collect(),
                duration_ms: duration.and_then(|ms| u64::try_from(ms).ok()),
                succeeded: exit.map(|exit| exit == 0),
            });
        }
        corpus.events.reverse();
        for (id, folder) in steps.order {
            let sql = "SELECT key, noise, risky, interactive FROM step WHERE id = ?1";
            let folder = below.name(folder);
            let step = conn.prepare_cached(sql)?.query_row([id], |row| {
                Ok(StepFacts {
                    key: StepFacts::key_in(row.get_ref(0)?.as_str()?, folder),
                    folder: folder.to_owned(),
                    noise: row.get(1)?,
                    risky: row.get(2)?,
                    interactive: row.get(3)?,
                })
            })?;
            corpus.steps.push(step);
        }
        for id in values.order {
            let sql = "SELECT text FROM value WHERE id = ?1";
            let text = conn
                .prepare_cached(sql)?
                .query_row([id], |row| row.get(0))?;
            corpus.values.push(text);
        }
        for id in scopes.order {
            let sql = "SELECT folder FROM scope WHERE id = ?1";
            let folder = conn
                .prepare_cached(sql)?
                .query_row([id], |row| row.get(0))?;
            corpus.scopes.push(folder);
        }
        Ok(corpus)
    }

    /// How a step is done again, by its key.
    pub fn step(&self, key: &str) -> Result<Option<StepSeen>, OptimizeError> {
        let sql = "SELECT shape, kinds, risky, interactive FROM step WHERE key = ?1";
        let found: Option<(String, String, bool, bool)> = self
            .conn()
            .prepare_cached(sql)?
            .query_row([key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((shape, kinds, risky, interactive)) = found else {
            return Ok(None);
        };
        Ok(Some(StepSeen {
            shape: serde_json::from_str(&shape).map_err(|error| value("shape", error))?,
            kinds: serde_json::from_str(&kinds).map_err(|error| value("kinds", error))?,
            risky,
            interactive,
        }))
    }

    /// How many events there are of each source, for those that have any.
    pub fn counts(&self) -> Result<Vec<(Source, u64)>, OptimizeError> {
        let sql = "SELECT source, count(*) FROM event GROUP BY source";
        let mut statement = self.conn().prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let source = Source::from_name(&name).ok_or_else(|| value("source", &name))?;
            let count: i64 = row.get(1)?;
            counts.push((source, u64::try_from(count).unwrap_or(0)));
        }
        counts.sort();
        Ok(counts)
    }
}

fn value(column: &'static str, value: impl std::fmt::Display) -> OptimizeError {
    StoreError::value(column, value).into()
}

fn invalid<E: std::fmt::Display>(column: &'static str) -> impl Fn(E) -> OptimizeError {
    move |error| value(column, error)
}
