//! Instructions that sessions were analysed with, numbered.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::row::{all, change, first, ms, time};
use super::{Graph, GraphError};

/// A version of the instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPrompt {
    /// From 1.
    pub number: u32,
    /// The beginning of the digest of its normalised text, in hexadecimal digits.
    pub digest: String,
    /// When it was first used.
    pub created_at: Timestamp,
    /// Why it is another than the one before; empty if nobody said.
    pub reason: String,
    /// The instructions.
    pub text: String,
}

impl KnownPrompt {
    /// As nodes name it: `v3-a1b2c3d4`.
    pub fn name(&self) -> String {
        format!("v{}-{}", self.number, self.digest)
    }
}

/// What storing a version came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedPrompt {
    /// It was not there.
    New,
    /// It was there already, and stays as it is.
    Known,
    /// Another text has that number by now: somebody was faster. The caller reads the versions again.
    Taken,
}

impl Graph {
    /// All versions, by number.
    pub fn prompt_versions(&self) -> Result<Vec<KnownPrompt>, GraphError> {
        all(
            self.conn(),
            "SELECT number, digest, created_at, reason, text FROM prompt_version ORDER BY number",
            [],
            known,
        )
    }

    /// Stores a version. What has a number keeps it: nodes name it.
    pub fn add_prompt_version(
        &mut self,
        number: u32,
        digest: &str,
        text: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<AddedPrompt, GraphError> {
        self.write_for_good(|tx| {
            if let Some(known) = digest_of(tx, number)? {
                return Ok(if known == digest {
                    AddedPrompt::Known
                } else {
                    AddedPrompt::Taken
                });
            }
            change(
                tx,
                "INSERT INTO prompt_version (number, digest, created_at, reason, text) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![number, digest, ms(now), reason, text],
            )?;
            Ok(AddedPrompt::New)
        })
    }
}

fn digest_of(conn: &Connection, number: u32) -> Result<Option<String>, GraphError> {
    first(
        conn,
        "SELECT digest FROM prompt_version WHERE number = ?1",
        [number],
        |row| row.get(0),
    )
}

fn known(row: &Row<'_>) -> Result<KnownPrompt, GraphError> {
    Ok(KnownPrompt {
        number: row.get(0)?,
        digest: row.get(1)?,
        created_at: time("created_at", row.get(2)?)?,
        reason: row.get(3)?,
        text: row.get(4)?,
    })
}
