//! From sources into the database: read, screen, make steps, store, and note how far it was read, in one transaction.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use serde::Serialize;

use super::agents::{self, AgentsCursor};
use super::atuin::{self, AtuinCursor};
use super::history::{Dialect, Entry};
use super::queue::{self, QueueCursor};
use super::screen::{Reason, says_secret, screen};
use super::{CollectError, Cursor};
use crate::git::{HeadLog, Repo};
use crate::optimize::db::{Batch, NewEvent, NewStep, Optimize, OptimizeError, digest};
use crate::optimize::event::{Actor, Line, Source};
use crate::queue::Queue;
use crate::sessions::Agent;
use crate::sessions::read::open;

/// So many folders' repositories are held in memory.
const HELD: usize = 10_000;

/// What one reading brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Gathered {
    /// Lines that the source told.
    pub read: u64,
    /// Lines of which something new was stored.
    pub kept: u64,
    /// Lines that were stored already.
    pub known: u64,
    /// Lines in which there is no step.
    pub without_steps: u64,
    /// Steps that were stored.
    pub events: u64,
    /// Entries that could not be read: too long, or not what the format allows.
    pub skipped: u64,
    /// Lines that were dropped, by why.
    pub dropped: BTreeMap<Reason, u64>,
}

impl Gathered {
    /// Adds what another reading brought.
    pub fn add(&mut self, other: &Self) {
        for (mine, other) in [
            (&mut self.read, other.read),
            (&mut self.kept, other.kept),
            (&mut self.known, other.known),
            (&mut self.without_steps, other.without_steps),
            (&mut self.events, other.events),
            (&mut self.skipped, other.skipped),
        ] {
            *mine = mine.saturating_add(other);
        }
        for (reason, count) in &other.dropped {
            let mine = self.dropped.entry(*reason).or_default();
            *mine = mine.saturating_add(*count);
        }
    }
}

/// Reads sources into a database.
pub struct Gatherer<'a> {
    /// Where what was done is kept.
    pub db: &'a mut Optimize,
    /// Makes steps of a line that was screened.
    pub read: &'a dyn Fn(&Line) -> Vec<NewStep>,
    /// The folder of the repository that a folder is in, if it is in one.
    pub scope: &'a dyn Fn(&str) -> Option<String>,
    /// Now, in ms UTC.
    pub now: i64,
}

/// The lines of one source on their way into a transaction.
struct Intake<'a, 'b> {
    batch: &'a mut Batch<'b>,
    read: &'a dyn Fn(&Line) -> Vec<NewStep>,
    scope: &'a dyn Fn(&str) -> Option<String>,
    scopes: HashMap<String, Option<String>>,
    key: [u8; 32],
    gathered: Gathered,
    /// What went wrong: nothing more is taken.
    error: Option<OptimizeError>,
}

impl Intake<'_, '_> {
    fn take(&mut self, line: Line) {
        if self.error.is_none()
            && let Err(error) = self.taken(line)
        {
            self.error = Some(error);
        }
    }

    fn taken(&mut self, mut line: Line) -> Result<(), OptimizeError> {
        self.gathered.read = self.gathered.read.saturating_add(1);
        if let Some(reason) = screen(&line.text) {
            self.drop(reason);
            return Ok(());
        }
        line.folder = line.folder.filter(|folder| !says_secret(folder));
        line.session = line.session.filter(|session| !says_secret(session));
        let steps = (self.read)(&line);
        if steps.is_empty() {
            self.gathered.without_steps = self.gathered.without_steps.saturating_add(1);
            return Ok(());
        }
        // Quotes and escapes are undone by now.
        if steps.iter().any(|step| is_secret(step, &line.text)) {
            self.drop(Reason::Secret);
            return Ok(());
        }
        let digest = digest(&self.key, &line);
        let last = steps.len().saturating_sub(1);
        let mut added = 0_u64;
        for (place, step) in steps.into_iter().enumerate() {
            let folder = step.folder.clone().or_else(|| line.folder.clone());
            let folder = folder.filter(|folder| !says_secret(folder));
            let scope = folder.as_deref().and_then(|folder| self.scope_of(folder));
            // How long a line took and how it ended is told once, of its last step.
            let is_last = place == last;
            let event = NewEvent {
                at: line.at,
                timed: line.timed,
                source: line.source,
                actor: line.actor,
                scope,
                folder,
                session: line.session.clone(),
                step,
                digest,
                part: u32::try_from(place).unwrap_or(u32::MAX),
                duration_ms: line.duration_ms.filter(|_| is_last),
                exit: line.exit.filter(|_| is_last),
            };
            added = added.saturating_add(u64::from(self.batch.add(&event)?));
        }
        self.gathered.events = self.gathered.events.saturating_add(added);
        let count = if added > 0 {
            &mut self.gathered.kept
        } else {
            &mut self.gathered.known
        };
        *count = count.saturating_add(1);
        Ok(())
    }

    fn drop(&mut self, reason: Reason) {
        let count = self.gathered.dropped.entry(reason).or_default();
        *count = count.saturating_add(1);
    }

    fn scope_of(&mut self, folder: &str) -> Option<String> {
        if let Some(scope) = self.scopes.get(folder) {
            return scope.clone();
        }
        let scope = (self.scope)(folder);
        if self.scopes.len() >= HELD {
            self.scopes.clear();
        }
        self.scopes.insert(folder.to_owned(), scope.clone());
        scope
    }
}

/// Whether a step says a secret that its line did not, as it was typed.
fn is_secret(step: &NewStep, line: &str) -> bool {
    let texts = step.values.iter().chain([&step.key]);
    let mut texts = texts.filter(|text| !line.contains(text.as_str()));
    texts.any(|text| says_secret(text))
}

impl Gatherer<'_> {
    /// Reads what is new in a shell's history, or in our own journal; nothing if there is no such file.
    pub fn history(&mut self, source: Source, path: &Path) -> Result<Gathered, CollectError> {
        let dialect = match source {
            Source::Bash => Dialect::Bash,
            Source::Zsh => Dialect::Zsh,
            Source::Fish => Dialect::Fish,
            Source::Shell => Dialect::Journal,
            // No files of entries.
            Source::Git | Source::Atuin | Source::Agents | Source::Jobs => {
                return Ok(Gathered::default());
            }
        };
        self.file(source, dialect, path, None)
    }

    /// Reads what is new in the reflog of a worktree's HEAD.
    pub fn reflog(&mut self, repo: &Repo) -> Result<Gathered, CollectError> {
        let located = repo.located();
        let folder = located.worktree.as_deref().unwrap_or(&located.git_dir);
        let folder = folder.to_string_lossy().into_owned();
        match repo.head_log()? {
            HeadLog::File(path) => self.file(Source::Git, Dialect::Reflog, &path, Some(&folder)),
            HeadLog::Told(moves) => {
                let place = format!("{folder} (reftable)");
                let from: Option<i64> = self.db.cursor(Source::Git, &place)?;
                // Movements of one second may come in two readings; what came before is known by its digest.
                let new = moves
                    .iter()
                    .filter(|it| from.is_none_or(|from| it.at >= from));
                let lines = new.filter_map(|moved| {
                    Some(line(
                        Source::Git,
                        super::history::of_move(moved)?,
                        0,
                        Some(&folder),
                    ))
                });
                let to = moves.last().map_or(from.unwrap_or(0), |it| it.at);
                let lines: Vec<Line> = lines.collect();
                self.gather(Source::Git, &place, |intake| {
                    for line in lines {
                        intake.take(line);
                    }
                    Ok(to)
                })
            }
        }
    }

    /// Reads what is new in atuin's database; nothing if there is none.
    pub fn atuin(&mut self, path: &Path) -> Result<Gathered, CollectError> {
        if !path.exists() {
            return Ok(Gathered::default());
        }
        let place = path.to_string_lossy();
        let cursor: Option<AtuinCursor> = self.db.cursor(Source::Atuin, &place)?;
        let mut cursor = cursor.unwrap_or_default();
        self.gather(Source::Atuin, &place, |intake| {
            atuin::collect(path, &mut cursor, &mut |line| intake.take(line))?;
            Ok(cursor)
        })
    }

    /// Reads what is new in the file of an agent's session; `agent` is whose it is by where it lies.
    pub fn session(&mut self, path: &Path, agent: Option<Agent>) -> Result<Gathered, CollectError> {
        let place = path.to_string_lossy();
        let cursor: Option<AgentsCursor> = self.db.cursor(Source::Agents, &place)?;
        let mut cursor = cursor.unwrap_or_default();
        self.gather(Source::Agents, &place, |intake| {
            agents::collect(path, agent, &mut cursor, &mut |line| intake.take(line))?;
            Ok(cursor)
        })
    }

    /// Reads the jobs that ended since in a repository's queue, which is known by its state folder.
    pub fn jobs(
        &mut self,
        queue: &Queue,
        state: &Path,
        folder: Option<&str>,
    ) -> Result<Gathered, CollectError> {
        self.queue(Source::Jobs, queue, state, folder)
    }

    /// Reads the pushes since that hooks told a repository's queue.
    pub fn pushes(
        &mut self,
        queue: &Queue,
        state: &Path,
        folder: Option<&str>,
    ) -> Result<Gathered, CollectError> {
        self.queue(Source::Git, queue, state, folder)
    }

    fn queue(
        &mut self,
        source: Source,
        queue: &Queue,
        state: &Path,
        folder: Option<&str>,
    ) -> Result<Gathered, CollectError> {
        let place = state.to_string_lossy();
        let cursor: Option<QueueCursor> = self.db.cursor(source, &place)?;
        let mut cursor = cursor.unwrap_or_default();
        self.gather(source, &place, |intake| {
            let mut take = |line| intake.take(line);
            match source {
                Source::Jobs => queue::jobs(queue, folder, &mut cursor, &mut take)?,
                _ => queue::pushes(queue, folder, &mut cursor, &mut take)?,
            }
            Ok(cursor)
        })
    }

    fn file(
        &mut self,
        source: Source,
        dialect: Dialect,
        path: &Path,
        folder: Option<&str>,
    ) -> Result<Gathered, CollectError> {
        let (mut file, identity) = match open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Gathered::default());
            }
            opened => opened.map_err(CollectError::io(path))?,
        };
        let place = path.to_string_lossy();
        let cursor: Option<Cursor> = self.db.cursor(source, &place)?;
        let mut cursor = cursor.unwrap_or_default();
        let written = identity.modified_ns.div_euclid(1_000_000);
        let key = *self.db.key();
        self.gather(source, &place, |intake| {
            let followed = cursor
                .follow(dialect, &mut file, identity, &key, &mut |entry| {
                    intake.take(line(source, entry, written, folder));
                })
                .map_err(CollectError::io(path))?;
            intake.gathered.skipped = followed.skipped;
            Ok(cursor)
        })
    }

    /// One source's lines and the cursor behind them, or nothing at all.
    fn gather<C: Serialize>(
        &mut self,
        source: Source,
        place: &str,
        work: impl FnOnce(&mut Intake<'_, '_>) -> Result<C, CollectError>,
    ) -> Result<Gathered, CollectError> {
        let key = *self.db.key();
        let (read, scope, now) = (self.read, self.scope, self.now);
        self.db.batch(|batch| {
            let mut intake = Intake {
                batch,
                read,
                scope,
                scopes: HashMap::new(),
                key,
                gathered: Gathered::default(),
                error: None,
            };
            let cursor = work(&mut intake)?;
            let Intake {
                gathered, error, ..
            } = intake;
            match error {
                Some(error) => Err(error.into()),
                None => {
                    batch.set_cursor(source, place, &cursor, now)?;
                    Ok(gathered)
                }
            }
        })
    }
}

fn line(source: Source, entry: Entry, written: i64, folder: Option<&str>) -> Line {
    Line {
        at: entry.at.unwrap_or(written),
        timed: entry.at.is_some(),
        source,
        actor: Actor::Human,
        folder: entry.folder.or_else(|| folder.map(str::to_owned)),
        text: entry.text,
        duration_ms: entry.duration_ms,
        exit: entry.exit,
        session: entry.session,
    }
}
