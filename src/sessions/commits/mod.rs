//! The commits that a session tells of: it ran git, and git named what it made, as in `[main 1a2b3c4] Fix the greeting`.
//!
//! Only who has the repository can say which commits these are. What is known so far can be stored and gone on with.

mod command;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::commands::{Asked, asked, within};
use super::model::{Event, Kind, Session, ToolCall};
use super::redact::redact;
use command::Committing;

/// So many calls may wait for their answers; the oldest are given up.
const WAITING: usize = 64;
/// So many commits of one answer are told.
const TOLD: usize = 100;
/// So many folders of one command are looked at.
const FOLDERS: usize = 8;
/// Branches have shorter names.
const LONGEST_LINE: usize = 4096;

/// A commit as git named it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The beginning of its id: at least four hexadecimal digits.
    pub abbreviation: String,
    /// Where it may have been made: absolute paths, the likeliest first.
    pub folders: Vec<String>,
    /// When git had named it, if the session tells.
    pub at: Option<Timestamp>,
}

/// What is known so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commits {
    folder: Option<String>,
    waiting: VecDeque<Waiting>,
}

/// A call that makes commits, and has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    call: String,
    folders: Vec<String>,
}

impl Commits {
    /// At the beginning of a session.
    pub fn new(session: &Session) -> Self {
        Self {
            folder: session.folder.as_deref().and_then(storable),
            waiting: VecDeque::new(),
        }
    }

    /// Takes the session's next event in. Copies in a fork are their parent's: they are not to be handed over.
    pub fn next(&mut self, event: &Event) -> Vec<Seen> {
        match &event.kind {
            Kind::Assistant(answer) => {
                for call in &answer.calls {
                    self.called(call);
                }
                Vec::new()
            }
            Kind::ToolResult(result) => {
                let place = self.waiting.iter().position(|it| it.call == result.call);
                let waiting = place.and_then(|place| self.waiting.remove(place));
                waiting.map_or_else(Vec::new, |it| named(&result.text, &it.folders, event.at))
            }
            Kind::Shell {
                command, output, ..
            } => match self.folders(command, None) {
                Some(folders) => named(output, &folders, event.at),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn called(&mut self, call: &ToolCall) {
        let Some(Asked { command, folder }) = asked(call) else {
            return;
        };
        if let Some(folders) = self.folders(&command, folder) {
            if self.waiting.len() >= WAITING {
                self.waiting.pop_front();
            }
            self.waiting.push_back(Waiting {
                call: call.id.clone(),
                folders,
            });
        }
    }

    /// Where a command makes commits; none if it makes none.
    fn folders(&self, command: &str, own: Option<&str>) -> Option<Vec<String>> {
        let mut start = self.folder.clone();
        if let Some(own) = own {
            start = within(start.as_deref(), own);
        }
        let found = command::committing(command, start.as_deref());
        if found.is_empty() {
            return None;
        }
        // Where a command goes is not always certain, and shells may be elsewhere already: no commit is found in a folder
        // that does not have it.
        let certain = found.into_iter().filter_map(|Committing { folder }| folder);
        let mut folders: Vec<String> = Vec::new();
        for folder in certain.chain(start).chain(self.folder.clone()) {
            if let Some(folder) = storable(&folder)
                && !folders.contains(&folder)
                && folders.len() < FOLDERS
            {
                folders.push(folder);
            }
        }
        Some(folders)
    }
}

/// A folder that says no secret.
fn storable(folder: &str) -> Option<String> {
    let is_plain = folder.len() <= LONGEST_LINE && redact(folder) == folder;
    (is_plain && folder.starts_with('/')).then(|| folder.to_owned())
}

/// The commits that git names in what it prints.
fn named(output: &str, folders: &[String], at: Option<Timestamp>) -> Vec<Seen> {
    if folders.is_empty() {
        return Vec::new();
    }
    let found = output.lines().filter_map(abbreviation).take(TOLD);
    found
        .map(|abbreviation| Seen {
            abbreviation: abbreviation.to_ascii_lowercase(),
            folders: folders.to_vec(),
            at,
        })
        .collect()
}

/// `[main 1a2b3c4] subject`, `[main (root-commit) 1a2b3c4] subject`, `[detached HEAD 1a2b3c4] subject`.
fn abbreviation(line: &str) -> Option<&str> {
    if line.len() > LONGEST_LINE {
        return None;
    }
    let (inside, _) = line.strip_prefix('[')?.split_once("] ")?;
    let (branch, id) = inside.rsplit_once(' ')?;
    let is_id = (4..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !branch.is_empty()).then_some(id)
}
