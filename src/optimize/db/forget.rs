//! Forgetting: what is deleted is overwritten in the file, and the file is made as small as what is left.

use std::collections::HashSet;

use rusqlite::{Transaction, params};

use super::{Optimize, OptimizeError};
use crate::optimize::event::Source;

/// What was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// How many events.
    pub events: u64,
    /// Whether nothing of them is left in any file of the database: another process that reads it at this moment may keep
    /// the log from being emptied, which whoever writes next does.
    pub wiped: bool,
}

/// What was pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// How many events.
    pub events: u64,
}

impl Optimize {
    /// Forgets everything of a source, or of all of them. What it says is not read again, for how far it was read is kept;
    /// unless `again`: then it is as if it had never been read.
    pub fn forget(
        &mut self,
        source: Option<Source>,
        again: bool,
    ) -> Result<Forgotten, OptimizeError> {
        let name = source.map(Source::name);
        let events = self.write_for_good(|tx| {
            let sql = "DELETE FROM event WHERE ?1 IS NULL OR source = ?1";
            let events = tx.execute(sql, [name])?;
            if again {
                tx.execute("DELETE FROM cursor WHERE ?1 IS NULL OR source = ?1", [name])?;
            }
            forget_unused(tx)?;
            Ok(events)
        })?;
        self.conn().execute_batch("VACUUM")?;
        let busy: i64 = self
            .conn()
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(Forgotten {
            events: u64::try_from(events).unwrap_or(u64::MAX),
            wiped: busy == 0,
        })
    }

    /// Forgets events before a moment, in ms UTC. The file's pages are used again; [`Optimize::forget`] makes it smaller.
    pub fn prune(&mut self, before: i64) -> Result<Pruned, OptimizeError> {
        let events = self.write_for_good(|tx| {
            let events = tx.execute("DELETE FROM event WHERE at < ?1", [before])?;
            if events > 0 {
                forget_unused(tx)?;
            }
            Ok(events)
        })?;
        Ok(Pruned {
            events: u64::try_from(events).unwrap_or(u64::MAX),
        })
    }
}

/// Forgets what no event says any more.
fn forget_unused(tx: &Transaction<'_>) -> Result<(), OptimizeError> {
    for sql in [
        "DELETE FROM step WHERE id NOT IN (SELECT step FROM event)",
        "DELETE FROM scope WHERE id NOT IN (SELECT scope FROM event WHERE scope IS NOT NULL)",
        "DELETE FROM folder WHERE id NOT IN (SELECT folder FROM event WHERE folder IS NOT NULL)",
        "DELETE FROM session WHERE id NOT IN (SELECT session FROM event WHERE session IS NOT NULL)",
    ] {
        tx.execute(sql, [])?;
    }
    let mut used: HashSet<u32> = HashSet::new();
    let mut statement = tx.prepare("SELECT slots FROM event")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let slots: Vec<u8> = row.get(0)?;
        let (ids, _) = slots.as_chunks::<4>();
        used.extend(ids.iter().map(|id| u32::from_le_bytes(*id)));
    }
    let mut statement = tx.prepare("SELECT id FROM value")?;
    let mut rows = statement.query([])?;
    let mut unused = Vec::new();
    while let Some(row) = rows.next()? {
        let id: u32 = row.get(0)?;
        if !used.contains(&id) {
            unused.push(id);
        }
    }
    let mut delete = tx.prepare("DELETE FROM value WHERE id = ?1")?;
    for id in unused {
        delete.execute(params![id])?;
    }
    Ok(())
}
