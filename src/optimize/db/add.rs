//! Taking in what was done: one transaction for all that a source tells at once.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Optimize, OptimizeError};
use crate::optimize::event::{Actor, Line, Source};
use crate::optimize::recipe::{Shape, SlotKind};
use crate::store::StoreError;

/// More names than these are not held in memory; they are looked up again.
const HELD: usize = 200_000;

/// A step of a line, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStep {
    /// What makes it the same step again, such as `git commit -m <str>`.
    pub key: String,
    /// How it is done again; its slots are numbers of `values`.
    pub shape: Shape,
    /// What stands in its slots, in their order.
    pub kinds: Vec<SlotKind>,
    /// What stood in its slots, in their order.
    pub values: Vec<String>,
    /// Where it was done, if that is not where the line was typed: after a `cd`.
    pub folder: Option<String>,
    /// Whether sequences leave it out.
    pub noise: bool,
    /// Whether it destroys or publishes something.
    pub risky: bool,
    /// Whether it waits for a person.
    pub interactive: bool,
}

/// One step that was done, before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// When it was begun, in ms UTC.
    pub at: i64,
    /// Whether `at` is its own time: then the same line is stored once, however often it is read.
    pub timed: bool,
    /// Where it was read.
    pub source: Source,
    /// Who did it.
    pub actor: Actor,
    /// The folder of the repository it was done in, if that is known.
    pub scope: Option<String>,
    /// Where it was done.
    pub folder: Option<String>,
    /// The source's own name for its session.
    pub session: Option<String>,
    /// The step.
    pub step: NewStep,
    /// The line it is of: [`Optimize::digest`].
    pub digest: [u8; 16],
    /// Which step of the line it is, from 0.
    pub part: u32,
    /// How long it took, in ms.
    pub duration_ms: Option<u64>,
    /// What it exited with.
    pub exit: Option<i32>,
}

/// A transaction under way.
pub struct Batch<'a> {
    tx: &'a Transaction<'a>,
    steps: HashMap<String, i64>,
    values: HashMap<String, u32>,
    scopes: HashMap<String, i64>,
    folders: HashMap<String, i64>,
    sessions: HashMap<(Source, String), i64>,
}

impl Optimize {
    /// What a line is known by: where, by whom and when it was told, and what it says, keyed with this database's own key.
    pub fn digest(&self, line: &Line) -> [u8; 16] {
        digest(self.key(), line)
    }

    /// Stores events in one transaction; how many were new.
    pub fn add(&mut self, events: &[NewEvent]) -> Result<u64, OptimizeError> {
        self.batch(|batch| {
            let mut added = 0_u64;
            for event in events {
                added = added.saturating_add(u64::from(batch.add(event)?));
            }
            Ok(added)
        })
    }

    /// Runs `work` in one transaction, which is rolled back if it fails.
    pub fn batch<T, E: From<OptimizeError> + From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.write(|tx| {
            work(&mut Batch {
                tx,
                steps: HashMap::new(),
                values: HashMap::new(),
                scopes: HashMap::new(),
                folders: HashMap::new(),
                sessions: HashMap::new(),
            })
        })
    }
}

/// See [`Optimize::digest`].
pub(in crate::optimize) fn digest(key: &[u8; 32], line: &Line) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(line.source.name().as_bytes());
    hasher.update(&line.at.to_le_bytes());
    for part in [line.folder.as_deref(), line.session.as_deref()] {
        // A fork of an agent's session has the same commands at the same times under another name.
        let part = part.filter(|_| line.source != Source::Agents);
        hasher.update(&[u8::from(part.is_some())]);
        hasher.update(part.unwrap_or_default().as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(line.text.as_bytes());
    let mut digest = [0; 16];
    hasher.finalize_xof().fill(&mut digest);
    digest
}

impl Batch<'_> {
    /// Stores an event; false if its line has a time and is stored already.
    pub fn add(&mut self, event: &NewEvent) -> Result<bool, OptimizeError> {
        if event.timed && self.is_known(event)? {
            return Ok(false);
        }
        let step = self.step(&event.step)?;
        let mut slots = Vec::with_capacity(event.step.values.len().saturating_mul(4));
        for value in &event.step.values {
            slots.extend_from_slice(&self.value(value)?.to_le_bytes());
        }
        let scope = interned(self.tx, &mut self.scopes, event.scope.as_deref(), SCOPE)?;
        let folder = interned(self.tx, &mut self.folders, event.folder.as_deref(), FOLDER)?;
        let session = self.session(event)?;
        let sql = "INSERT INTO event (at, timed, source, actor, scope, folder, session, step, slots, digest, part,
                                      duration_ms, exit)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        self.tx.prepare_cached(sql)?.execute(params![
            event.at,
            event.timed,
            event.source.name(),
            actor_name(event.actor),
            scope,
            folder,
            session,
            step,
            slots,
            event.digest,
            event.part,
            event.duration_ms.and_then(|ms| i64::try_from(ms).ok()),
            event.exit,
        ])?;
        Ok(true)
    }

    pub(super) fn tx(&self) -> &Transaction<'_> {
        self.tx
    }

    fn is_known(&self, event: &NewEvent) -> Result<bool, OptimizeError> {
        let sql = "SELECT 1 FROM event WHERE digest = ?1 AND part = ?2 AND timed = 1";
        let mut statement = self.tx.prepare_cached(sql)?;
        Ok(statement.exists(params![event.digest, event.part])?)
    }

    fn step(&mut self, step: &NewStep) -> Result<i64, OptimizeError> {
        if let Some(id) = self.steps.get(&step.key) {
            return Ok(*id);
        }
        let shape = serde_json::to_string(&step.shape)
            .map_err(|error| StoreError::value("shape", error))?;
        let kinds = serde_json::to_string(&step.kinds)
            .map_err(|error| StoreError::value("kinds", error))?;
        // A newer git-tend may read the same step better.
        let sql =
            "INSERT INTO step (key, shape, kinds, noise, risky, interactive) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT (key) DO UPDATE SET shape = excluded.shape, kinds = excluded.kinds,
                       noise = excluded.noise, risky = excluded.risky, interactive = excluded.interactive
                   RETURNING id";
        let row = params![
            step.key,
            shape,
            kinds,
            step.noise,
            step.risky,
            step.interactive
        ];
        let id = self
            .tx
            .prepare_cached(sql)?
            .query_row(row, |row| row.get(0))?;
        hold(&mut self.steps, step.key.clone(), id);
        Ok(id)
    }

    fn value(&mut self, text: &str) -> Result<u32, OptimizeError> {
        if let Some(id) = self.values.get(text) {
            return Ok(*id);
        }
        let id = named(self.tx, text, VALUE)?;
        let id = u32::try_from(id).map_err(|_| StoreError::value("value", id))?;
        hold(&mut self.values, text.to_owned(), id);
        Ok(id)
    }

    fn session(&mut self, event: &NewEvent) -> Result<Option<i64>, OptimizeError> {
        let Some(name) = &event.session else {
            return Ok(None);
        };
        let known = (event.source, name.clone());
        if let Some(id) = self.sessions.get(&known) {
            return Ok(Some(*id));
        }
        let sql = "INSERT INTO session (source, name) VALUES (?1, ?2)
                   ON CONFLICT (source, name) DO UPDATE SET name = excluded.name RETURNING id";
        let row = params![event.source.name(), name];
        let id = self
            .tx
            .prepare_cached(sql)?
            .query_row(row, |row| row.get(0))?;
        hold(&mut self.sessions, known, id);
        Ok(Some(id))
    }
}

/// How names become numbers: a question and an insertion.
type Naming = (&'static str, &'static str);

const VALUE: Naming = (
    "SELECT id FROM value WHERE text = ?1",
    "INSERT INTO value (text) VALUES (?1) RETURNING id",
);
const SCOPE: Naming = (
    "SELECT id FROM scope WHERE folder = ?1",
    "INSERT INTO scope (folder) VALUES (?1) RETURNING id",
);
const FOLDER: Naming = (
    "SELECT id FROM folder WHERE path = ?1",
    "INSERT INTO folder (path) VALUES (?1) RETURNING id",
);

fn named(tx: &Transaction<'_>, text: &str, naming: Naming) -> Result<i64, OptimizeError> {
    let (question, insertion) = naming;
    let known = tx
        .prepare_cached(question)?
        .query_row([text], |row| row.get(0))
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => Ok(tx
            .prepare_cached(insertion)?
            .query_row([text], |row| row.get(0))?),
    }
}

fn interned(
    tx: &Transaction<'_>,
    held: &mut HashMap<String, i64>,
    text: Option<&str>,
    naming: Naming,
) -> Result<Option<i64>, OptimizeError> {
    let Some(text) = text else {
        return Ok(None);
    };
    if let Some(id) = held.get(text) {
        return Ok(Some(*id));
    }
    let id = named(tx, text, naming)?;
    hold(held, text.to_owned(), id);
    Ok(Some(id))
}

fn hold<K: std::hash::Hash + Eq, V>(held: &mut HashMap<K, V>, name: K, id: V) {
    if held.len() >= HELD {
        held.clear();
    }
    held.insert(name, id);
}

/// The word of an actor in the database.
pub(super) const fn actor_name(actor: Actor) -> &'static str {
    match actor {
        Actor::Human => "human",
        Actor::Agent => "agent",
        Actor::Machine => "machine",
    }
}

/// The actor of a word.
pub(super) fn actor_of(name: &str) -> Option<Actor> {
    [Actor::Human, Actor::Agent, Actor::Machine]
        .into_iter()
        .find(|actor| actor_name(*actor) == name)
}
