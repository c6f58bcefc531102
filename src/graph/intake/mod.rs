//! From what was read of a session's file to what is stored of it.

pub mod node;
mod origins;
pub mod plan;
mod room;
pub mod scan;

use std::path::PathBuf;

use jiff::Timestamp;

use super::clean::Clean;
use super::db::{Fact, FactKind, FileUpdate, Message, NewNode, Role};
use super::edge::{Author, Edge, EdgeKind, EdgeMetadata, Fork};
use super::node::NodeId;
use crate::sessions::boundary::{Boundary, Cause, strongest};
use crate::sessions::follow::{Account, Ended, Noted, Origin, Said};
use crate::sessions::redact::redact;
use crate::sessions::{Session, facts};
use node::{Whereabouts, drafted, node_id};

/// What is to be stored of a file of which this was read. Everything in an account is without secrets.
pub fn update(
    path: PathBuf,
    account: Account,
    computer: &str,
    words: bool,
) -> Result<Clean<FileUpdate>, serde_json::Error> {
    let mut update = FileUpdate::new(path, &serde_json::Value::Null);
    update.state = serde_json::to_string(&account.state)?;
    update.identity = account.identity;
    update.look_at = account.look_at;
    update.whole = account.whole;
    update.keys = account.keys;
    let origin = account.state.origin();
    update.awaits = origin.and_then(Origin::awaits).map(str::to_owned);
    update.undone = account.undone.as_deref().and_then(node_id);
    if let Some(session) = &account.session {
        let whereabouts = Whereabouts {
            session,
            file: &update.path,
            computer,
        };
        let mut nodes = Vec::new();
        for ended in account.ended {
            let Some(node) = drafted(&ended.piece, &whereabouts) else {
                continue;
            };
            let at = node.metadata.timestamp;
            update.edges.extend(edge(&ended, node.id, at));
            if ended.previous.is_none() {
                let fork = origin.and_then(Origin::parent).map(|parent| Fork {
                    child: node.id,
                    child_session: session.id.clone(),
                    parent_session: parent.to_owned(),
                    entry: origin.and_then(Origin::entry).map(str::to_owned),
                    at,
                });
                update.forks.extend(fork);
            }
            nodes.push(NewNode::read(node, ended.entries));
        }
        update.nodes = nodes;
        update.messages = words.then(|| account.said.into_iter().map(message).collect());
        update.facts = account.facts.into_iter().map(fact).collect();
    }
    update.session = account.session.map(|session| Session {
        folder: session.folder.map(|folder| redact(&folder).into_owned()),
        ..session
    });
    Ok(Clean::promise(update))
}

/// What leads from the piece of work before to this one, by what happened between them.
fn edge(ended: &Ended, node: NodeId, at: Timestamp) -> Option<Edge> {
    let from = node_id(ended.previous.as_deref()?)?;
    let boundary = strongest(&ended.piece.segment.begun_by);
    let mut edge = Edge::new(from, node, kind_of(boundary), Author::Boundary, at);
    edge.metadata = boundary.map_or_else(EdgeMetadata::default, metadata);
    Some(edge)
}

/// Source: pi-brain, `linkNodeToPredecessors`: a handoff is a continuation.
fn kind_of(boundary: Option<&Boundary>) -> EdgeKind {
    match boundary.map(|boundary| &boundary.cause) {
        Some(Cause::Branch { .. }) => EdgeKind::Branch,
        Some(Cause::TreeJump { .. }) => EdgeKind::TreeJump,
        Some(Cause::Compaction { .. }) => EdgeKind::Compaction,
        Some(Cause::Resume { .. }) => EdgeKind::Resume,
        Some(Cause::Fork { .. } | Cause::Handoff { .. }) | None => EdgeKind::Continuation,
    }
}

fn metadata(boundary: &Boundary) -> EdgeMetadata {
    let mut metadata = EdgeMetadata::default();
    match &boundary.cause {
        Cause::Branch { summary, .. } => {
            metadata.summary = Some(summary.clone()).filter(|summary| !summary.is_empty());
        }
        Cause::TreeJump { actual, .. } => metadata.entry.clone_from(actual),
        Cause::Resume { gap_minutes } => metadata.gap_minutes = Some(*gap_minutes),
        Cause::Handoff { target } => {
            metadata.reason = target.as_ref().map(|target| format!("handed to {target}"));
        }
        Cause::Fork { .. } | Cause::Compaction { .. } => {}
    }
    metadata
}

fn message(said: Said) -> Message {
    Message {
        entry: said.entry,
        role: match said.speaker {
            Some(facts::Speaker::User) => Role::User,
            Some(facts::Speaker::Agent) => Role::Assistant,
            None => Role::Summary,
        },
        at: said.at,
        text: said.text,
    }
}

fn fact(noted: Noted) -> Fact {
    let fact = noted.fact;
    let text = match &fact.reason {
        Some(reason) => {
            let joint = if fact.kind == facts::FactKind::Solution {
                "by"
            } else {
                "because"
            };
            format!("{} {joint} {reason}", fact.content)
        }
        None => fact.content,
    };
    Fact {
        entry: noted.entry,
        kind: match fact.kind {
            facts::FactKind::Identity => FactKind::Identity,
            facts::FactKind::Technology => FactKind::Technology,
            facts::FactKind::Decision => FactKind::Decision,
            facts::FactKind::Solution => FactKind::Solution,
            facts::FactKind::Learning => FactKind::Learning,
        },
        text,
        context: fact.context,
        confidence: fact.confidence,
        at: noted.at,
    }
}
