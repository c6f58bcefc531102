//! The instructions that sessions are analysed with, as they are numbered on this machine.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::app::{App, graph_error};
use super::error::{CommandError, Context as _};
use crate::agent::prompts::{Instructions, PromptVersion, next};
use crate::graph::Graph;
use crate::graph::db::{AddedPrompt, KnownPrompt};
use crate::sessions::redact::excerpt;
use crate::system::{filesystem, tilde};

/// So many characters of a reason are kept.
const REASON: usize = 500;
/// Two who number at once try again; nobody loses so often.
const TRIES: usize = 16;

/// Instructions with their number.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// Which they are.
    pub version: PromptVersion,
    /// What they say.
    pub instructions: Instructions,
    /// Whether they got the number now.
    pub is_new: bool,
}

/// The user's instructions as they are now: they keep the number of the newest version if they say the same, and get the one
/// after it otherwise.
pub fn current(app: &App, graph: &mut Graph) -> Result<Numbered, CommandError> {
    numbered(app, graph, false, "")
}

/// Gives the instructions a new number, whatever they say: sessions that the old ones analysed are analysed again.
pub fn bump(app: &App, graph: &mut Graph, reason: &str) -> Result<Numbered, CommandError> {
    numbered(app, graph, true, reason)
}

/// The user's instructions as they are now.
pub fn instructions(app: &App) -> Result<Instructions, CommandError> {
    let file = app.loaded()?.config.agent.prompt_file.as_deref();
    let file = file.map(tilde::expanded);
    Instructions::read(file.as_deref()).map_err(|error| {
        CommandError::usage("failed to read the instructions")
            .because(&error)
            .hint("`prompt_file` in `[agent]` of your own configuration names them")
    })
}

/// The number that they have, or would get; nothing is stored.
pub fn present(app: &App, graph: Option<&Graph>) -> Result<PromptVersion, CommandError> {
    let instructions = instructions(app)?;
    let known = match graph {
        Some(graph) => graph
            .prompt_versions()
            .context("read the versions of the instructions")?,
        None => Vec::new(),
    };
    Ok(next(&versions(&known), &instructions.text, false).version)
}

fn numbered(
    app: &App,
    graph: &mut Graph,
    bump: bool,
    reason: &str,
) -> Result<Numbered, CommandError> {
    let instructions = instructions(app)?;
    // Nothing with a secret in it is stored, whoever wrote it.
    let reason = excerpt(reason.trim(), REASON);
    let failed = |error| graph_error("number the instructions", &error);
    for _ in 0..TRIES {
        let known = graph.prompt_versions().map_err(failed)?;
        let next = next(&versions(&known), &instructions.text, bump);
        let version = next.version;
        if !next.is_new {
            return Ok(Numbered {
                version,
                instructions,
                is_new: false,
            });
        }
        let digest = format!("{:08x}", version.digest);
        let text = &instructions.text;
        let added = graph
            .add_prompt_version(version.number, &digest, text, &reason, app.now())
            .map_err(failed)?;
        if added == AddedPrompt::New {
            archive(&app.dirs()?.data, version, text, app.now(), &app.zone())
                .context("keep a copy of the instructions")?;
            return Ok(Numbered {
                version,
                instructions,
                is_new: true,
            });
        }
    }
    Err(CommandError::failed("others number instructions all the time").hint("run it again"))
}

/// Versions as they are compared. What is no digest is of nobody's instructions, but its number is taken.
fn versions(known: &[KnownPrompt]) -> Vec<PromptVersion> {
    known
        .iter()
        .map(|known| PromptVersion {
            number: known.number,
            digest: u32::from_str_radix(&known.digest, 16).unwrap_or_default(),
        })
        .collect()
}

/// Keeps a copy as a file, for people who want to compare.
fn archive(
    data: &Path,
    version: PromptVersion,
    text: &str,
    now: Timestamp,
    zone: &TimeZone,
) -> std::io::Result<()> {
    let folder = data.join("prompts");
    filesystem::private_dir(&folder)?;
    let day = now.to_zoned(zone.clone()).date();
    filesystem::replace(
        &folder.join(format!("{version}-{day}.md")),
        text.as_bytes(),
        0o600,
    )
}
