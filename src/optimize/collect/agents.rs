//! Commands that coding agents ran, and that people ran from within them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::CollectError;
use super::history::LONGEST;
use crate::optimize::event::{Actor, Line, Source};
use crate::sessions::Agent;
use crate::sessions::commands::{Commands, Ran, within};
use crate::sessions::read::Reader;

/// How far the file of a session was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentsCursor {
    reader: Option<Reader>,
}

/// Gives the commands that are new in the file of a session to `out`.
///
/// The commands of a file are held in memory until its folder is known, which any of its lines may tell. A command that has
/// no answer yet is told without one. A fork's copies are told as well: they have the times of what they are copies of, so
/// that nothing is stored twice.
pub(super) fn collect(
    path: &Path,
    agent: Option<Agent>,
    cursor: &mut AgentsCursor,
    out: &mut dyn FnMut(Line),
) -> Result<(), CollectError> {
    let mut reader = cursor
        .reader
        .take()
        .unwrap_or_else(|| Reader::new(path, agent));
    let mut commands = Commands::default();
    let mut ran: Vec<Ran> = Vec::new();
    let read = reader.read_file(path, &mut |event| {
        let over = commands.next(&event);
        // The longest are files that were written by a here-document.
        ran.extend(over.into_iter().filter(|ran| ran.command.len() <= LONGEST));
    });
    let session = reader.session().cloned();
    cursor.reader = Some(reader);
    read.map_err(CollectError::io(path))?;
    ran.extend(commands.rest());
    let (id, folder) = session.map_or((None, None), |it| (Some(it.id), it.folder));
    for ran in ran {
        // Without a time it is not known again.
        let Some(at) = ran.at else {
            continue;
        };
        let took = ran
            .answered_at
            .map(|end| end.as_millisecond().saturating_sub(at.as_millisecond()));
        let own = ran.folder.and_then(|own| within(folder.as_deref(), &own));
        out(Line {
            at: at.as_millisecond(),
            timed: true,
            source: Source::Agents,
            actor: if ran.by_user {
                Actor::Human
            } else {
                Actor::Agent
            },
            folder: own
                .or_else(|| folder.clone())
                .filter(|folder| folder.starts_with('/')),
            text: ran.command,
            duration_ms: took.and_then(|ms| u64::try_from(ms).ok()),
            exit: ran.exit,
            session: id.clone(),
        });
    }
    Ok(())
}
