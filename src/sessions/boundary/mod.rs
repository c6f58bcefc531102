//! Boundaries: where one piece of work in a session ends and the next begins.
//!
//! They are told from events one after another; what must be known of the events before is a value that can be stored,
//! so that a file that grows is never read again from its beginning, and the boundaries are the same whatever the pieces.

mod handoff;
mod place;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::model::{Agent, Event, Kind};
use super::redact::excerpt;
use handoff::handed_to;
use place::Place;

/// Of a summary, so many characters are kept: more than agents write.
pub(super) const SUMMARY: usize = 20_000;
/// Of a name, so many characters are kept.
const NAME: usize = 200;

/// A gap this long between two entries is a boundary. Source: pi-brain, `resumeGapMinutes`.
pub const RESUME_GAP: SignedDuration = SignedDuration::from_mins(10);

/// Where a piece of work ends: between two entries. What it quotes of the session is without secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// The entry that begins what comes after.
    pub entry: String,
    /// Where that entry's line begins in the file, in bytes: boundaries of one file are in this order.
    pub offset: u64,
    /// When that entry was written.
    pub at: Option<Timestamp>,
    /// The entry that ends what was before; none if nothing of the session's own was.
    pub previous: Option<String>,
    /// What happened.
    pub cause: Cause,
}

/// What happened at a boundary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Cause {
    /// A branch of the conversation was left and summarised.
    Branch {
        /// The last entry of the branch that was left: the entry before in the file. What the entry itself says
        /// ([`Kind::BranchSummary`]'s `from`) is the old leaf in some versions of pi, and the new one in others.
        old_leaf: Option<String>,
        /// The summary of what was left.
        summary: String,
    },
    /// The session began as a copy of another; everything before is the other's.
    Fork {
        /// The last entry that both have; none if the other is not to be had.
        point: Option<String>,
    },
    /// The conversation was continued from elsewhere than its end.
    TreeJump {
        /// Where it ended.
        expected: Option<String>,
        /// Where it was continued; none is a new beginning, or that nobody tells.
        actual: Option<String>,
        /// How many turns were taken back, if the agent counts them (Codex).
        turns: Option<u64>,
    },
    /// The context was summarised.
    Compaction {
        /// How large it was, in tokens.
        tokens_before: Option<u64>,
        /// The summary.
        summary: String,
    },
    /// Somebody else is to go on.
    Handoff {
        /// Who, as it stands there.
        target: Option<String>,
    },
    /// Nothing happened for ten minutes or longer.
    Resume {
        /// For how long, in minutes to two decimal places.
        gap_minutes: f64,
    },
}

impl Cause {
    /// Its name, as edges are called.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Branch { .. } => "branch",
            Self::Fork { .. } => "fork",
            Self::TreeJump { .. } => "tree_jump",
            Self::Compaction { .. } => "compaction",
            Self::Handoff { .. } => "handoff",
            Self::Resume { .. } => "resume",
        }
    }

    /// Which of several at one entry names the edge: the smallest. Source: pi-brain, `docs/specs/node-model.md`.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Branch { .. } | Self::Fork { .. } => 1,
            Self::TreeJump { .. } => 2,
            Self::Compaction { .. } => 3,
            Self::Resume { .. } => 4,
            Self::Handoff { .. } => 5,
        }
    }
}

/// The boundary of several at one entry that says most of what happened there.
pub fn strongest(boundaries: &[Boundary]) -> Option<&Boundary> {
    boundaries
        .iter()
        .min_by_key(|boundary| boundary.cause.rank())
}

/// Whether an entry is a note on a conversation rather than a part of it: it is counted nowhere and ends nothing.
pub fn is_note(kind: &Kind) -> bool {
    matches!(kind, Kind::Name { .. } | Kind::Opaque { .. })
}

/// Where a fork parts from its parent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Parting {
    /// The last entry that both have.
    point: Option<String>,
}

/// What must be known of a session's events so far to tell the boundaries of those that come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tracker {
    place: Place,
    /// The last entry that is no note.
    previous: Option<String>,
    /// Whether that was a compaction.
    compacted: bool,
    /// When something happened last.
    active_at: Option<Timestamp>,
    /// If everything until now was another session's: where they part.
    fork: Option<Parting>,
}

impl Tracker {
    /// At the beginning of a session.
    pub fn new(agent: Agent) -> Self {
        Self {
            place: Place::new(agent),
            previous: None,
            compacted: false,
            active_at: None,
            fork: None,
        }
    }

    /// Follows an event that a fork has copied from its parent: nothing of it is the session's own.
    pub fn skip(&mut self, event: &Event) {
        self.next(event);
        self.previous = None;
    }

    /// What comes is the session's own, and what came was of the session that it was forked from: they part after
    /// `point`, which is none if the other session is not to be had.
    pub fn forked(&mut self, point: Option<String>) {
        self.fork = Some(Parting { point });
    }

    /// The boundaries before the session's next event: in this order a fork, a branch, a compaction, a handoff, a jump and a
    /// resumption, as far as they happen at once.
    pub fn next(&mut self, event: &Event) -> Vec<Boundary> {
        if event.sidechain {
            // A sub-agent that works keeps its session awake.
            self.active_at = event.at.or(self.active_at);
            return Vec::new();
        }
        let leaf = self.place.leaf().map(str::to_owned);
        let jump = self.place.step(event);
        if is_note(&event.kind) {
            return Vec::new();
        }
        let fork = self.fork.take();
        let mut causes = Vec::new();
        let gap = if fork.is_none() {
            self.gap(event)
        } else {
            None
        };
        causes.extend(fork.map(|parting| Cause::Fork {
            point: parting.point,
        }));
        causes.extend(self.told(&event.kind, leaf.as_deref()));
        if let Some(jump) = jump {
            causes.push(Cause::TreeJump {
                expected: leaf,
                actual: jump.onto,
                turns: None,
            });
        }
        causes.extend(gap.map(|gap_minutes| Cause::Resume { gap_minutes }));
        let previous = self.previous.replace(event.id.clone());
        self.compacted = matches!(event.kind, Kind::Compaction { .. });
        self.active_at = event.at.or(self.active_at);
        causes
            .into_iter()
            .map(|cause| Boundary {
                entry: event.id.clone(),
                offset: event.offset,
                at: event.at,
                previous: previous.clone(),
                cause,
            })
            .collect()
    }

    /// What the entry itself tells.
    fn told(&self, kind: &Kind, leaf: Option<&str>) -> Option<Cause> {
        match kind {
            Kind::BranchSummary { summary, .. } => Some(Cause::Branch {
                old_leaf: leaf.map(str::to_owned),
                summary: excerpt(summary, SUMMARY),
            }),
            // Two with nothing between them are one: some agents write a mark, and then the summary.
            Kind::Compaction {
                summary,
                tokens_before,
            } => (!self.compacted).then(|| Cause::Compaction {
                tokens_before: *tokens_before,
                summary: excerpt(summary, SUMMARY),
            }),
            Kind::RolledBack { turns } => Some(Cause::TreeJump {
                expected: self.previous.clone(),
                actual: None,
                turns: Some(*turns),
            }),
            Kind::Custom { name, data } if name == "handoff" => Some(Cause::Handoff {
                target: data
                    .get("target")
                    .and_then(|target| target.as_str())
                    .map(|target| excerpt(target, NAME)),
            }),
            Kind::User { text, .. } => handed_to(text).map(|target| Cause::Handoff {
                target: Some(excerpt(target, NAME)),
            }),
            _ => None,
        }
    }

    /// How long nothing happened, if that was long.
    #[allow(clippy::cast_precision_loss)] // milliseconds of a few years
    fn gap(&self, event: &Event) -> Option<f64> {
        self.previous.as_ref()?;
        let gap = event.at?.duration_since(self.active_at?);
        (gap >= RESUME_GAP).then(|| (gap.as_millis() as f64 / 600.0).round() / 100.0)
    }
}
