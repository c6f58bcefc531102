//! Edges: how one node follows from another, or has to do with it.
//!
//! An edge is known by its ends and its kind. When it is told again with other particulars the stronger account stays, by
//! an order that is total: the graph does not depend on what arrived first.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::node::{Extra, NodeId, words};

words! {
    /// What an edge means. The source is the later node, but for what a segment leads to: there it is the earlier one.
    EdgeKind {
        /// From the node that the parent session was in where it was forked, to the first of the fork.
        Fork = "fork",
        /// To the segment that a branch was left for.
        Branch = "branch",
        /// To the segment that goes on from an earlier entry.
        TreeJump = "tree_jump",
        /// To the segment after a pause.
        Resume = "resume",
        /// To the segment after the context was summarised.
        Compaction = "compaction",
        /// To the next segment, for no other reason.
        Continuation = "continuation",
        /// Both are about the same.
        Semantic = "semantic",
        /// The source names the target.
        Reference = "reference",
        /// The source learned what the target had learned.
        LessonApplication = "lesson_application",
        /// The same tool failed in the same way.
        FailurePattern = "failure_pattern",
        /// The target is the latest of a project that the source has to do with.
        ProjectRelated = "project_related",
        /// The same techniques in another project.
        TechniqueShared = "technique_shared",
    }
}

impl EdgeKind {
    /// Whether it follows from the sessions' structure alone.
    pub const fn is_structural(self) -> bool {
        matches!(
            self,
            Self::Fork
                | Self::Branch
                | Self::TreeJump
                | Self::Resume
                | Self::Compaction
                | Self::Continuation
        )
    }
}

words! {
    /// Who says that there is an edge, the weakest first.
    Author {
        /// Connections were looked for.
        Discovery = "discovery",
        /// A boundary in a session.
        Boundary = "boundary",
        /// A person.
        User = "user",
    }
}

/// The particulars of an edge; which there are depends on its kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EdgeMetadata {
    /// Of the branch that was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// How long the pause was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap_minutes: Option<f64>,
    /// The lesson that both learned: its level and its place in the target's list, such as `task[0]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lesson_id: Option<String>,
    /// The failure that both have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern_id: Option<String>,
    /// In a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The session that was forked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_session: Option<String>,
    /// The fork.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_session: Option<String>,
    /// The last entry that parent and fork share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Whatever else another program wrote.
    #[serde(flatten)]
    pub extra: Extra,
}

/// An edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// Where it begins.
    pub source_node_id: NodeId,
    /// Where it ends.
    pub target_node_id: NodeId,
    /// What it means.
    #[serde(rename = "type")]
    pub kind: EdgeKind,
    /// Its particulars.
    #[serde(default)]
    pub metadata: EdgeMetadata,
    /// When it was found.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Author,
    /// 0 to 1.
    pub confidence: f64,
    /// How alike the ends are, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
}

impl Edge {
    /// A certain edge without particulars.
    pub fn new(
        source: NodeId,
        target: NodeId,
        kind: EdgeKind,
        by: Author,
        created_at: Timestamp,
    ) -> Self {
        Self {
            source_node_id: source,
            target_node_id: target,
            kind,
            metadata: EdgeMetadata::default(),
            created_at,
            created_by: by,
            confidence: 1.0,
            similarity: None,
        }
    }

    /// Its id, the same wherever and whenever it is found: 16 hexadecimal digits.
    pub fn id(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.source_node_id.0.to_be_bytes());
        hasher.update(&self.target_node_id.0.to_be_bytes());
        hasher.update(self.kind.as_str().as_bytes());
        hasher.finalize().to_hex().chars().take(16).collect()
    }

    /// What is wrong with it, if something is.
    pub fn fault(&self) -> Option<&'static str> {
        let unit = |number: f64| (0.0..=1.0).contains(&number);
        if self.source_node_id == self.target_node_id {
            Some("leads from a node to itself")
        } else if !unit(self.confidence) {
            Some("has a confidence that is not between 0 and 1")
        } else if self.similarity.is_some_and(|similarity| !unit(similarity)) {
            Some("has a similarity that is not between 0 and 1")
        } else if self
            .metadata
            .gap_minutes
            .is_some_and(|gap| !gap.is_finite())
        {
            Some("has a gap that is no number")
        } else {
            None
        }
    }

    /// Which of two accounts of one edge is kept: the greater. A person is believed before the session's structure, and
    /// that before a guess; then the surer account, then the older one, then an arbitrary but fixed one.
    pub(in crate::graph) fn strength(&self, other: &Self) -> Ordering {
        let text = |edge: &Self| serde_json::to_string(&edge.metadata).unwrap_or_default();
        let similarity = |edge: &Self| edge.similarity.unwrap_or(-1.0);
        self.created_by
            .cmp(&other.created_by)
            .then(self.confidence.total_cmp(&other.confidence))
            .then(other.created_at.cmp(&self.created_at))
            .then(similarity(self).total_cmp(&similarity(other)))
            .then_with(|| text(self).cmp(&text(other)))
    }
}

/// Where a session says that it was forked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The fork's first node.
    pub child: NodeId,
    /// Its session.
    pub child_session: String,
    /// The session that was forked, which may be read later, or never.
    pub parent_session: String,
    /// The last entry that both have, if the formats tell: it says which of the parent's nodes was forked. Without it that is
    /// the parent's last node before `at`, which is a guess.
    pub entry: Option<String>,
    /// When the fork began to be something of its own.
    pub at: Timestamp,
}

/// How sure an edge is that rests on time alone.
pub(in crate::graph) const GUESSED_FORK: f64 = 0.5;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn words_are_those_of_the_json() {
        for kind in EdgeKind::ALL {
            assert_eq!(
                serde_json::to_value(kind).unwrap(),
                serde_json::json!(kind.as_str())
            );
            assert_eq!(EdgeKind::from_word(kind.as_str()), Some(*kind));
        }
        assert_eq!(
            EdgeKind::ALL.iter().filter(|it| it.is_structural()).count(),
            6
        );
    }

    #[test]
    fn the_stronger_account_is_the_same_from_both_sides() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let edge = |by, second| Edge::new(NodeId(1), NodeId(2), EdgeKind::Semantic, by, at(second));
        let user = edge(Author::User, 9);
        let guess = edge(Author::Discovery, 1);
        let older = edge(Author::Discovery, 0);
        assert_eq!(user.strength(&guess), Ordering::Greater);
        assert_eq!(guess.strength(&user), Ordering::Less);
        assert_eq!(older.strength(&guess), Ordering::Greater);
        assert_eq!(guess.strength(&guess), Ordering::Equal);
        assert_eq!(user.id(), guess.id());
    }

    #[test]
    fn faults_are_named() {
        let mut edge = Edge::new(
            NodeId(1),
            NodeId(1),
            EdgeKind::Fork,
            Author::User,
            Timestamp::UNIX_EPOCH,
        );
        assert!(edge.fault().unwrap().contains("itself"));
        edge.target_node_id = NodeId(2);
        assert_eq!(edge.fault(), None);
        edge.confidence = f64::NAN;
        assert!(edge.fault().unwrap().contains("confidence"));
    }
}
