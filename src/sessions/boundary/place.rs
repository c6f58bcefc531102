//! Where in its tree a conversation stands, and when it jumps.
//!
//! Formats whose entries name their parents tell jumps by them. Three things look like jumps and are none: notes such as
//! labels, on which the next entry hangs; the parts of one answer and the results of tools that ran at once, which hang
//! beside each other (Claude Code); and parents that are not in the file, since a copy leaves some entries out (pi).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::is_note;
use crate::sessions::model::{Agent, Event, Kind, Link};

/// More parts of one answer are not held: those that came first are forgotten.
const PARTS: usize = 256;

/// The conversation goes on elsewhere.
pub(super) struct Jump {
    /// After which entry; none for a new beginning.
    pub onto: Option<String>,
}

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    agent: Agent,
    /// The last entry of the tree that belongs to where the conversation stands.
    leaf: Option<String>,
    /// On which entries the next one may hang: the leaf and what stands beside it.
    beside: Vec<String>,
    /// The request whose answer is being written.
    request: Option<String>,
    /// Notes that hang elsewhere: whether the conversation follows them shows only later.
    aside: Option<Aside>,
    /// Whether any entry was more than a note.
    begun: bool,
    /// CRC-32 checksums of all ids so far. Two that are equal make a dangling parent look like a jump, once in some ten
    /// thousand sessions that dangle; ids themselves would take ten times the space.
    seen: BTreeSet<u32>,
}

/// Notes that hang elsewhere than at the leaf.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Aside {
    ids: Vec<String>,
    /// What the first of them hangs on.
    onto: Option<String>,
}

impl Place {
    pub(super) fn new(agent: Agent) -> Self {
        Self {
            agent,
            leaf: None,
            beside: Vec::new(),
            request: None,
            aside: None,
            begun: false,
            seen: BTreeSet::new(),
        }
    }

    pub(super) fn leaf(&self) -> Option<&str> {
        self.leaf.as_deref()
    }

    /// Takes an event in, and says whether the conversation has jumped to get to it.
    pub(super) fn step(&mut self, event: &Event) -> Option<Jump> {
        let note = is_note(&event.kind);
        // An entry that names no parent in a file of entries that do is no part of the tree.
        if matches!(event.link, Link::Previous | Link::Aside) {
            self.begun |= !note;
            return None;
        }
        let jump = self.jump(&event.link);
        self.seen.insert(crc32fast::hash(event.id.as_bytes()));
        if note {
            self.note(&event.id, &event.link, jump);
            return None;
        }
        self.begun = true;
        self.aside = None;
        self.leaf = Some(event.id.clone());
        if self.is_of_same_answer(&event.kind) {
            self.stand_beside(&event.id);
            return None;
        }
        self.beside = vec![event.id.clone()];
        self.request = match &event.kind {
            Kind::Assistant(answer) => answer.request.clone(),
            _ => None,
        };
        match event.kind {
            // These hang where the agent put them, and say themselves what happened.
            Kind::BranchSummary { .. } | Kind::Compaction { .. } | Kind::RolledBack { .. } => None,
            _ => jump,
        }
    }

    fn jump(&self, link: &Link) -> Option<Jump> {
        match link {
            Link::Previous | Link::Aside => None,
            Link::Root => self.begun.then_some(Jump { onto: None }),
            Link::To(parent) => {
                if let Some(aside) = &self.aside
                    && aside.ids.contains(parent)
                {
                    let onto = aside.onto.clone();
                    return Some(Jump { onto });
                }
                let known = self.seen.contains(&crc32fast::hash(parent.as_bytes()));
                (known && !self.beside.contains(parent)).then(|| Jump {
                    onto: Some(parent.clone()),
                })
            }
        }
    }

    fn note(&mut self, id: &str, link: &Link, jump: Option<Jump>) {
        let Some(jump) = jump else {
            self.aside = None;
            self.leaf = Some(id.to_owned());
            if self.agent != Agent::ClaudeCode {
                self.beside.clear();
            }
            self.stand_beside(id);
            return;
        };
        match &mut self.aside {
            Some(aside) if matches!(link, Link::To(parent) if aside.ids.contains(parent)) => {
                aside.ids.push(id.to_owned());
                keep_last(&mut aside.ids);
            }
            aside => {
                *aside = Some(Aside {
                    ids: vec![id.to_owned()],
                    onto: jump.onto,
                });
            }
        }
    }

    /// Claude Code writes an answer in several lines, and the results of tools that run at once each after its call. What
    /// a tool answers is never where a user chose to go on.
    fn is_of_same_answer(&self, kind: &Kind) -> bool {
        self.agent == Agent::ClaudeCode
            && match kind {
                Kind::ToolResult(_) => true,
                Kind::Assistant(answer) => {
                    answer.request.is_some() && answer.request == self.request
                }
                _ => false,
            }
    }

    fn stand_beside(&mut self, id: &str) {
        self.beside.push(id.to_owned());
        keep_last(&mut self.beside);
    }
}

fn keep_last(ids: &mut Vec<String>) {
    if ids.len() > PARTS {
        ids.drain(..ids.len() - PARTS);
    }
}
