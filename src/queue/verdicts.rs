//! What was judged, by the key of its inputs: never run again while they are the same.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::control::Counter;
use super::row::{self, Cells, Stored, columns, live, ms};
use super::{Job, JobId, Queue, QueueError, measured};
use crate::store::{Durability, StoreError};

macro_rules! verdict_columns {
    () => {
        "key, task, definition, tree, commit_id, verdict, summary, body, job, signer, made_at"
    };
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Everything that it depends on.
    pub key: String,
    /// The task.
    pub task: String,
    /// Everything in the key but the files.
    pub definition: String,
    /// The tree that it was made on; nothing for a commit message.
    pub tree: Option<String>,
    /// The commit that it was made on, if it was one.
    pub commit: Option<String>,
    /// What was found, in a form that nobody here looks into; nothing if it is clean.
    pub body: Option<String>,
    /// In a sentence.
    pub summary: String,
    /// Who says so.
    pub source: Source,
    /// When.
    pub made_at: Timestamp,
}

/// Who made a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A job of this repository.
    Job(JobId),
    /// Somebody whose word is taken for it.
    Signer(String),
}

impl Verdict {
    /// Whether nothing was found.
    pub const fn is_clean(&self) -> bool {
        self.body.is_none()
    }
}

/// The verdict of a run, to be stored with its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVerdict {
    /// See [`Verdict::key`].
    pub key: String,
    /// See [`Verdict::definition`].
    pub definition: String,
    /// What the definition is a digest of, as JSON, for those who want to know what changed.
    pub parts: String,
    /// See [`Verdict::tree`].
    pub tree: Option<String>,
    /// See [`Verdict::commit`].
    pub commit: Option<String>,
    /// See [`Verdict::body`].
    pub body: Option<String>,
    /// See [`Verdict::summary`].
    pub summary: String,
    /// Files that are fine each by itself: digests of what they are.
    pub files: Vec<[u8; 32]>,
}

impl Queue {
    /// The verdict of a key.
    pub fn verdict(&self, key: &str) -> Result<Option<Verdict>, QueueError> {
        let sql = concat!(
            "SELECT ",
            verdict_columns!(),
            " FROM verdict WHERE key = ?1"
        );
        row::first(self.conn(), sql, [key], verdict)
    }

    /// The verdicts that were made on a tree.
    pub fn verdicts_of_tree(&self, tree: &str) -> Result<Vec<Verdict>, QueueError> {
        let sql = concat!(
            "SELECT ",
            verdict_columns!(),
            " FROM verdict WHERE tree = ?1 ORDER BY made_at, key"
        );
        row::all(self.conn(), sql, [tree], verdict)
    }

    /// The verdict that a job made, if it is still the one that holds.
    pub fn verdict_of_job(&self, job: &JobId) -> Result<Option<Verdict>, QueueError> {
        let sql = concat!(
            "SELECT ",
            verdict_columns!(),
            " FROM verdict WHERE job = ?1 ORDER BY key LIMIT 1"
        );
        row::first(self.conn(), sql, [&job.0], verdict)
    }

    /// The newest verdict of a task.
    pub fn newest_verdict(&self, task: &str) -> Result<Option<Verdict>, QueueError> {
        let sql = concat!(
            "SELECT ",
            verdict_columns!(),
            " FROM verdict WHERE task = ?1 ORDER BY made_at DESC, key LIMIT 1"
        );
        row::first(self.conn(), sql, [task], verdict)
    }

    /// What a definition is a digest of, as it was handed over.
    pub fn definition(&self, digest: &str) -> Result<Option<String>, QueueError> {
        let sql = "SELECT parts FROM definition WHERE digest = ?1";
        row::first(self.conn(), sql, [digest], |row| Cells::new(row).next())
    }

    /// Keeps what was told by somebody else, unless it is known.
    pub fn accept_verdicts(
        &mut self,
        verdicts: &[Verdict],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        if verdicts.is_empty() {
            return Ok(());
        }
        self.write(Durability::Full, |tx| {
            for it in verdicts {
                let (job, signer) = match &it.source {
                    Source::Job(job) => (Some(&job.0), None),
                    Source::Signer(signer) => (None, Some(signer)),
                };
                row::change(
                    tx,
                    "INSERT INTO verdict (key, task, definition, tree, commit_id, verdict, summary, body, job, signer, made_at, used_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (key) DO NOTHING",
                    params![
                        it.key,
                        it.task,
                        it.definition,
                        it.tree,
                        it.commit,
                        word(it.body.as_ref()),
                        it.summary,
                        it.body,
                        job,
                        signer,
                        ms(it.made_at),
                        ms(now)
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// Whether a task is content with a tree, `against` one of these; an empty text stands for whatever it is compared
    /// with.
    pub fn has_passed(
        &self,
        definition: &str,
        tree: &str,
        against: &[&str],
    ) -> Result<bool, QueueError> {
        let sql = "SELECT 1 FROM passed WHERE definition = ?1 AND tree = ?2 AND against = ?3";
        for against in against {
            let params = [definition, tree, against];
            let found = row::first(self.conn(), sql, params, |row| {
                Cells::new(row).next::<i64>()
            })?;
            if found.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Remembers that a task is content with a tree; `hits` of them were not run for that.
    pub fn remember_passed(
        &mut self,
        passed: &[(&str, &str, &str)],
        hits: usize,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        if passed.is_empty() {
            return Ok(());
        }
        self.write(Durability::Normal, |tx| {
            for (definition, tree, against) in passed {
                row::change(
                    tx,
                    "INSERT INTO passed (definition, tree, against, used_at) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (definition, tree, against) DO UPDATE SET used_at = excluded.used_at",
                    params![definition, tree, against, ms(now)],
                )?;
            }
            measured::count(tx, Counter::VerdictHits, hits)
        })
    }

    /// Which of these files a task has not looked at yet, or was not content with: their places in the list.
    pub fn unjudged_files(
        &self,
        definition: &str,
        files: &[[u8; 32]],
    ) -> Result<Vec<usize>, QueueError> {
        let sql = "SELECT 1 FROM judged_file WHERE definition = ?1 AND file = ?2";
        let mut unjudged = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let params = params![definition, file];
            let found = row::first(self.conn(), sql, params, |row| {
                Cells::new(row).next::<i64>()
            })?;
            if found.is_none() {
                unjudged.push(index);
            }
        }
        Ok(unjudged)
    }

    /// The jobs that judge something, newest first; those that retention still holds.
    pub fn jobs_judging(&self, what: &str) -> Result<Vec<Job>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE input_key = ?1 ORDER BY seq DESC"
        );
        let found = row::all(self.conn(), sql, [what], Stored::read)?;
        Ok(found.into_iter().map(|stored| stored.job).collect())
    }

    /// The jobs that judge something and wait or run, oldest first.
    pub fn live_judging(&self) -> Result<Vec<Job>, QueueError> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE input_key IS NOT NULL AND ",
            live!(),
            " ORDER BY seq"
        );
        let found = row::all(self.conn(), sql, [], Stored::read)?;
        Ok(found.into_iter().map(|stored| stored.job).collect())
    }
}

const fn word(body: Option<&String>) -> &'static str {
    match body {
        None => "clean",
        Some(_) => "findings",
    }
}

/// Stores the verdict of a job's run. A run that was asked for takes the place of what was known.
pub(super) fn store(
    conn: &Connection,
    job: &Job,
    found: &NewVerdict,
    now: Timestamp,
) -> Result<(), QueueError> {
    row::change(
        conn,
        "INSERT INTO verdict (key, task, definition, tree, commit_id, verdict, summary, body, job, made_at, used_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
         ON CONFLICT (key) DO UPDATE SET
             task = excluded.task, tree = excluded.tree, commit_id = excluded.commit_id, verdict = excluded.verdict,
             summary = excluded.summary, body = excluded.body, job = excluded.job, signer = NULL,
             made_at = excluded.made_at, used_at = excluded.used_at",
        params![
            found.key,
            job.task,
            found.definition,
            found.tree,
            found.commit,
            word(found.body.as_ref()),
            found.summary,
            found.body,
            job.id.0,
            ms(now)
        ],
    )?;
    measured::count(conn, Counter::VerdictMisses, 1)?;
    row::change(
        conn,
        "INSERT INTO definition (digest, task, parts, used_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at",
        params![found.definition, job.task, found.parts, ms(now)],
    )?;
    if let (Some(tree), Some(_)) = (&found.tree, &found.body) {
        // It was content with them before; what is known now is that it is not.
        row::change(
            conn,
            "DELETE FROM passed WHERE definition = ?1 AND tree = ?2",
            [&found.definition, tree],
        )?;
    }
    for file in &found.files {
        row::change(
            conn,
            "INSERT INTO judged_file (definition, file, used_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (definition, file) DO UPDATE SET used_at = excluded.used_at",
            params![found.definition, file, ms(now)],
        )?;
    }
    Ok(())
}

fn verdict(row: &Row<'_>) -> Result<Verdict, StoreError> {
    let mut row = Cells::new(row);
    let key = row.next()?;
    let task = row.next()?;
    let definition = row.next()?;
    let tree = row.next()?;
    let commit = row.next()?;
    let _: String = row.next()?;
    let summary = row.next()?;
    let body = row.next()?;
    let job: Option<String> = row.next()?;
    let signer: Option<String> = row.next()?;
    let source = match (job, signer) {
        (Some(job), _) => Source::Job(JobId(job)),
        (None, signer) => Source::Signer(signer.unwrap_or_default()),
    };
    Ok(Verdict {
        key,
        task,
        definition,
        tree,
        commit,
        body,
        summary,
        source,
        made_at: row.time("made_at")?,
    })
}
