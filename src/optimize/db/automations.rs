//! Automations and their runs.

mod baselines;
mod row;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{Optimize, OptimizeError};
use crate::optimize::automation::{
    Automation, Change, IllegalChange, KEPT_RUNS, Run, RunKind, State, Statistics, Summed, TooMany,
    make_room,
};
use crate::store::StoreError;
use row::{COLUMNS, automation, store};

/// Why an operation on automations failed.
#[derive(Debug, thiserror::Error)]
pub enum AutomationsError {
    /// The database.
    #[error(transparent)]
    Database(#[from] OptimizeError),
    /// None begins so.
    #[error("no automation's id or name is `{0}`")]
    NoSuch(String),
    /// Several begin so.
    #[error("`{prefix}` is the beginning of several automations: {}", ids.join(", "))]
    Ambiguous {
        /// What was said.
        prefix: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// There is no room.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// It cannot be.
    #[error(transparent)]
    Illegal(#[from] IllegalChange),
}

impl From<rusqlite::Error> for AutomationsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<StoreError> for AutomationsError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.into())
    }
}

type Result<T> = std::result::Result<T, AutomationsError>;

impl Optimize {
    /// Registers an automation, or what it is after it was generated again ([`Automation::again`]); what is then
    /// registered. There may be `limit` beside those that are retired.
    pub fn put_automation(&mut self, new: Automation, limit: usize) -> Result<Automation> {
        self.change(|tx| {
            let known = by_id(tx, &new.id)?;
            if known.as_ref().is_none_or(|it| it.state == State::Retired) {
                let sql = "SELECT count(*) FROM automation WHERE state <> ?1";
                let there: i64 = tx.query_row(sql, [State::Retired.name()], |row| row.get(0))?;
                make_room(usize::try_from(there).unwrap_or(usize::MAX), limit)?;
            }
            let automation = match known {
                Some(known) => known.again(new),
                None => new,
            };
            store(tx, &automation)?;
            Ok(automation)
        })
    }

    /// The automation of a name, of an id, or of an id that begins so: one that is not retired before one that is.
    pub fn automation(&self, prefix: &str) -> Result<Automation> {
        find(self.conn(), prefix)
    }

    /// All automations, newest first.
    pub fn automations(&self) -> Result<Vec<Automation>> {
        let sql = format!("SELECT {COLUMNS} FROM automation ORDER BY created_at DESC, id");
        read(self.conn(), &sql, [])
    }

    /// Takes a change in; the automation as it is then.
    pub fn change_automation(&mut self, id: &str, change: Change, now: i64) -> Result<Automation> {
        self.change(|tx| {
            let mut automation = exact(tx, id)?;
            automation.change(change, now)?;
            store(tx, &automation)?;
            Ok(automation)
        })
    }

    /// Changes an automation otherwise: its text, or where it was put. Its id stays.
    pub fn edit_automation(
        &mut self,
        id: &str,
        edit: impl FnOnce(&mut Automation) -> std::result::Result<(), IllegalChange>,
    ) -> Result<Automation> {
        self.change(|tx| {
            let mut automation = exact(tx, id)?;
            edit(&mut automation)?;
            id.clone_into(&mut automation.id);
            store(tx, &automation)?;
            Ok(automation)
        })
    }

    /// Notes a run, and what it makes of the automation's state: a live run of one that is enabled counts with those since
    /// it was enabled. The automation as it is then.
    pub fn note_run(&mut self, id: &str, run: &Run) -> Result<Automation> {
        self.change(|tx| {
            let mut automation = exact(tx, id)?;
            let sql = "INSERT INTO automation_run
                       (automation, at, kind, \"case\", digest, ok, exit, ms, error, cpu_ms, peak_rss_kib)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
            tx.prepare_cached(sql)?.execute(params![
                id,
                run.at,
                run.kind.name(),
                run.case,
                automation.digest,
                run.ok,
                run.exit,
                to_i64(run.ms),
                run.error,
                run.cpu_ms.map(to_i64),
                run.peak_rss_kib.map(to_i64),
            ])?;
            sum_old(tx, id, run.kind)?;
            if run.kind == RunKind::Live && automation.state.is_live() {
                // The newest thousand: what it did before them says little about what it is.
                let sql = "SELECT count(*), coalesce(sum(ok), 0) FROM automation_run
                           WHERE automation = ?1 AND kind = 'live' AND at >= ?2";
                let since = automation.enabled_at.unwrap_or(i64::MIN);
                let row = params![id, since];
                let (runs, ok) =
                    tx.query_row(sql, row, |row| Ok((count(row, 0)?, count(row, 1)?)))?;
                automation.change(Change::Ran { runs, ok }, run.at)?;
                store(tx, &automation)?;
            }
            Ok(automation)
        })
    }

    /// What the runs of one kind say together.
    pub fn run_statistics(&self, id: &str, kind: RunKind) -> Result<Statistics> {
        let older = summed(self.conn(), id, kind)?;
        Ok(Statistics::of(older, &self.runs(id, kind)?))
    }

    /// The runs of one kind that are no longer kept one by one.
    pub fn older_runs(&self, id: &str, kind: RunKind) -> Result<Summed> {
        summed(self.conn(), id, kind)
    }

    /// The share of cases of the present text that succeeded in the sandbox when they were last tried, 0 to 1; none if
    /// nothing was.
    pub fn sandbox_success(&self, automation: &Automation) -> Result<Option<f64>> {
        // The other columns are those of the row with the greatest number.
        let sql = "SELECT avg(ok) FROM (SELECT ok, max(seq) FROM automation_run
                   WHERE automation = ?1 AND kind = 'sandbox' AND digest = ?2 GROUP BY \"case\")";
        let row = params![automation.id, automation.digest];
        Ok(self.conn().query_row(sql, row, |row| row.get(0))?)
    }

    /// The runs of one kind that are kept, oldest first.
    pub fn runs(&self, id: &str, kind: RunKind) -> Result<Vec<Run>> {
        let sql =
            "SELECT at, \"case\", ok, exit, ms, error, cpu_ms, peak_rss_kib FROM automation_run
                   WHERE automation = ?1 AND kind = ?2 ORDER BY seq";
        let mut statement = self.conn().prepare_cached(sql)?;
        let runs = statement.query_map(params![id, kind.name()], |row| {
            Ok(Run {
                at: row.get(0)?,
                kind,
                case: row.get(1)?,
                ok: row.get(2)?,
                exit: row.get(3)?,
                ms: count(row, 4)?,
                error: row.get(5)?,
                cpu_ms: known(row, 6)?,
                peak_rss_kib: known(row, 7)?,
            })
        })?;
        Ok(runs.collect::<rusqlite::Result<_>>()?)
    }

    /// Forgets an automation and its runs; false if there is none of this id. [`Change::Retire`] keeps what it did.
    pub fn remove_automation(&mut self, id: &str) -> Result<bool> {
        self.change(|tx| {
            for table in [
                "automation_baseline",
                "automation_run",
                "automation_run_sum",
            ] {
                tx.execute(&format!("DELETE FROM {table} WHERE automation = ?1"), [id])?;
            }
            Ok(tx.execute("DELETE FROM automation WHERE id = ?1", [id])? > 0)
        })
    }

    /// One write transaction, in which a refusal is no failure of the database. It comes before anything is written.
    fn change<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.write_for_good(|tx| match work(tx) {
            Err(AutomationsError::Database(error)) => Err(error),
            other => Ok(other),
        })?
    }
}

fn find(conn: &Connection, prefix: &str) -> Result<Automation> {
    let live = "CASE state WHEN 'retired' THEN 1 ELSE 0 END";
    let sql = format!(
        "SELECT {COLUMNS} FROM automation WHERE id = ?1 OR name = ?1 ORDER BY id <> ?1, {live}, id"
    );
    let named: Vec<Automation> = read(conn, &sql, [prefix])?;
    let is_id = |it: &Automation| it.id == prefix;
    let alone = |all: &[Automation]| {
        all.iter().filter(|it| it.state != State::Retired).count() == 1 || all.len() == 1
    };
    if named.first().is_some_and(is_id) || alone(&named) {
        return one(named, prefix);
    }
    if named.is_empty() && !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_hexdigit()) {
        let sql = format!(
            "SELECT {COLUMNS} FROM automation WHERE substr(id, 1, length(?1)) = ?1 ORDER BY {live}, id"
        );
        let begun: Vec<Automation> = read(conn, &sql, [prefix.to_ascii_lowercase().as_str()])?;
        if begun.len() == 1 {
            return one(begun, prefix);
        }
        if !begun.is_empty() {
            return Err(ambiguous(prefix, &begun));
        }
    }
    if named.is_empty() {
        return Err(AutomationsError::NoSuch(prefix.to_owned()));
    }
    Err(ambiguous(prefix, &named))
}

fn one(found: Vec<Automation>, prefix: &str) -> Result<Automation> {
    let first = found.into_iter().next();
    first.ok_or_else(|| AutomationsError::NoSuch(prefix.to_owned()))
}

fn ambiguous(prefix: &str, found: &[Automation]) -> AutomationsError {
    AutomationsError::Ambiguous {
        prefix: prefix.to_owned(),
        ids: found.iter().map(|it| it.id.clone()).collect(),
    }
}

fn by_id(conn: &Connection, id: &str) -> Result<Option<Automation>> {
    let sql = format!("SELECT {COLUMNS} FROM automation WHERE id = ?1");
    Ok(read(conn, &sql, [id])?.into_iter().next())
}

fn exact(conn: &Connection, id: &str) -> Result<Automation> {
    by_id(conn, id)?.ok_or_else(|| AutomationsError::NoSuch(id.to_owned()))
}

fn read<P: rusqlite::Params>(conn: &Connection, sql: &str, params: P) -> Result<Vec<Automation>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(automation(row)?);
    }
    Ok(found)
}

fn summed(conn: &Connection, id: &str, kind: RunKind) -> Result<Summed> {
    let sql = "SELECT count, ok, total_ms, min_ms, max_ms FROM automation_run_sum WHERE automation = ?1 AND kind = ?2";
    let found = conn.query_row(sql, params![id, kind.name()], |row| {
        Ok(Summed {
            count: count(row, 0)?,
            ok: count(row, 1)?,
            total_ms: count(row, 2)?,
            min_ms: Some(count(row, 3)?),
            max_ms: Some(count(row, 4)?),
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// Sums the runs that are more than are kept.
fn sum_old(tx: &Transaction<'_>, id: &str, kind: RunKind) -> Result<()> {
    let sql = "SELECT seq, ok, ms FROM automation_run WHERE automation = ?1 AND kind = ?2
               ORDER BY seq DESC LIMIT -1 OFFSET ?3";
    let mut statement = tx.prepare_cached(sql)?;
    let kept = i64::try_from(KEPT_RUNS).unwrap_or(i64::MAX);
    let old = statement
        .query_map(params![id, kind.name(), kept], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<Vec<(i64, bool, i64)>>>()?;
    if old.is_empty() {
        return Ok(());
    }
    let mut sum = summed(tx, id, kind)?;
    for (seq, ok, ms) in old {
        sum.add(ok, u64::try_from(ms).unwrap_or(0));
        tx.prepare_cached("DELETE FROM automation_run WHERE seq = ?1")?
            .execute([seq])?;
    }
    let sql = "INSERT OR REPLACE INTO automation_run_sum (automation, kind, count, ok, total_ms, min_ms, max_ms)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    tx.prepare_cached(sql)?.execute(params![
        id,
        kind.name(),
        to_i64(sum.count),
        to_i64(sum.ok),
        to_i64(sum.total_ms),
        to_i64(sum.min_ms.unwrap_or(0)),
        to_i64(sum.max_ms.unwrap_or(0)),
    ])?;
    Ok(())
}

/// A count; what is below zero is none.
fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
}

/// One that may not be known; what is below zero is not.
fn known(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<u64>> {
    let number: Option<i64> = row.get(at)?;
    Ok(number.and_then(|number| u64::try_from(number).ok()))
}

fn to_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
