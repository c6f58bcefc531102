//! atuin's database: what was typed in any shell, with folder, duration and exit code.
//!
//! Its schema has grown since 2021 (`crates/atuin-client/migrations`): what an old one lacks is not told. Times and durations
//! are nanoseconds; a command that runs has a duration and an exit code of -1.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use super::CollectError;
use crate::optimize::event::{Actor, Line, Source};
use crate::store::{Foreign, StoreError};

/// Agents by the names that atuin knows them by where nothing else says who typed (`src/history.rs`, `KNOWN_AGENTS`).
const AGENTS: [&str; 5] = ["claude-code", "codex", "copilot", "opencode", "pi"];

/// atuin's own numbers for who typed (`AuthorKind`).
const BY_USER: i64 = 1;
const BY_AGENT: i64 = 2;

/// A command that has not ended in this time, in ns, never will: its shell is gone.
const RUNNING: i64 = 24 * 3600 * 1_000_000_000;

/// How far the database was read: the last row before which all commands had ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtuinCursor {
    row: i64,
    id: String,
}

/// Gives the commands that are new to `out`, in the order in which atuin came to know them; how many came.
///
/// Commands after one that still runs come again another time. Row numbers are not atuin's own: where the row that was read
/// last has another id, all of it is read again. Lines have times, so that nothing is stored twice.
pub(super) fn collect(
    path: &Path,
    cursor: &mut AtuinCursor,
    out: &mut dyn FnMut(Line),
) -> Result<u64, CollectError> {
    let wrong = |error: StoreError| CollectError::Database {
        path: path.to_path_buf(),
        error,
    };
    let foreign = Foreign::open(path).map_err(wrong)?;
    let columns = columns(&foreign).map_err(|error| wrong(error.into()))?;
    for missing in [
        "id",
        "timestamp",
        "duration",
        "exit",
        "command",
        "cwd",
        "session",
    ] {
        if !columns.contains(missing) {
            return Err(CollectError::NotAtuin {
                path: path.to_path_buf(),
                missing,
            });
        }
    }
    read(&foreign, &columns, cursor, out).map_err(|error| wrong(error.into()))
}

fn columns(foreign: &Foreign) -> rusqlite::Result<HashSet<String>> {
    let mut statement = foreign.conn().prepare("PRAGMA table_info(history)")?;
    let names = statement.query_map([], |row| row.get::<_, String>("name"))?;
    names.collect()
}

fn read(
    foreign: &Foreign,
    columns: &HashSet<String>,
    cursor: &mut AtuinCursor,
    out: &mut dyn FnMut(Line),
) -> rusqlite::Result<u64> {
    let conn = foreign.conn();
    let known: Option<String> = conn
        .query_row(
            "SELECT id FROM history WHERE rowid = ?1",
            [cursor.row],
            |row| row.get(0),
        )
        .optional()?;
    let from = if known.as_deref() == Some(cursor.id.as_str()) {
        cursor.row
    } else {
        0
    };
    let newest: i64 = conn.query_row(
        "SELECT coalesce(max(timestamp), 0) FROM history WHERE typeof(timestamp) = 'integer'",
        [],
        |row| row.get(0),
    )?;
    let column = |name: &'static str| if columns.contains(name) { name } else { "NULL" };
    // What somebody typed as a blob, or a time as a text, is no entry of atuin's.
    let sql = format!(
        "SELECT rowid, id, timestamp, duration, exit, CAST(command AS BLOB), cwd, session, {}, {}, {} FROM history
         WHERE rowid > ?1 AND {} IS NULL AND typeof(timestamp) = 'integer' AND typeof(id) = 'text' ORDER BY rowid",
        column("hostname"),
        column("author"),
        column("author_kind"),
        column("deleted_at"),
    );
    let mut statement = conn.prepare(&sql)?;
    let mut rows = statement.query(params![from])?;
    let (mut last, mut all_ended, mut count) = (
        AtuinCursor {
            row: from,
            ..cursor.clone()
        },
        true,
        0_u64,
    );
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(2)?;
        let duration: i64 = row.get(3).unwrap_or(-1);
        let is_running = duration < 0 && at > newest.saturating_sub(RUNNING);
        all_ended &= !is_running;
        if all_ended {
            last = AtuinCursor {
                row: row.get(0)?,
                id: row.get(1)?,
            };
        }
        if is_running {
            continue;
        }
        let command: Vec<u8> = row.get(5)?;
        let text = |place: usize| row.get::<_, Option<String>>(place).ok().flatten();
        let exit: Option<i64> = row.get(4).ok();
        let is_agent = is_agent(
            row.get(10).ok().flatten(),
            text(9).as_deref(),
            text(8).as_deref(),
        );
        count = count.saturating_add(1);
        out(Line {
            at: at.div_euclid(1_000_000),
            timed: true,
            source: Source::Atuin,
            actor: if is_agent { Actor::Agent } else { Actor::Human },
            // It is `unknown` where an import did not know it.
            folder: text(6).filter(|folder| folder.starts_with('/')),
            text: String::from_utf8_lossy(&command).into_owned(),
            // Imports from other histories have durations of zero.
            duration_ms: u64::try_from(duration)
                .ok()
                .filter(|ns| *ns > 0)
                .map(|ns| ns / 1_000_000),
            exit: exit
                .filter(|_| duration >= 0)
                .and_then(|exit| i32::try_from(exit).ok())
                .filter(|exit| *exit >= 0),
            session: text(7).filter(|session| !session.is_empty()),
        });
    }
    *cursor = last;
    Ok(count)
}

/// Whether an agent typed, as atuin tells it (`History::is_agent`): by what is stated, else by a known name that is not the
/// user's own, which stands before a colon in the name of the host.
fn is_agent(kind: Option<i64>, author: Option<&str>, hostname: Option<&str>) -> bool {
    match kind {
        Some(BY_AGENT) => return true,
        Some(BY_USER) => return false,
        _ => {}
    }
    let host = hostname.unwrap_or_default();
    let user = host.split_once(':').map_or(host, |(_, user)| user);
    author.is_some_and(|author| AGENTS.contains(&author) && author != user)
}

#[cfg(test)]
mod tests;
