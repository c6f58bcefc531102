//! What is judged.

use crate::git::Oid;

/// The files, or the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A tree.
    Tree(Oid),
    /// A commit message: the digest of its bytes.
    Message(String),
}

/// What is judged, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The files, or the message.
    pub what: What,
    /// The commit, if it is one already.
    pub commit: Option<Oid>,
    /// The commits that it would be on top of, if it is none.
    pub parents: Vec<Oid>,
    /// Why it needs approval although it is made here: it brings what arrived.
    pub held: Option<String>,
}

impl Subject {
    /// Under which jobs about it are found.
    pub fn key(&self) -> &str {
        match &self.what {
            What::Tree(tree) => tree.as_str(),
            What::Message(digest) => digest,
        }
    }

    /// The tree.
    pub const fn tree(&self) -> Option<&Oid> {
        match &self.what {
            What::Tree(tree) => Some(tree),
            What::Message(_) => None,
        }
    }

    /// Something of which nothing else is known.
    pub const fn of(what: What) -> Self {
        Self {
            what,
            commit: None,
            parents: Vec::new(),
            held: None,
        }
    }

    /// A commit.
    pub fn of_commit(commit: Oid, tree: Oid) -> Self {
        Self {
            commit: Some(commit),
            ..Self::of(What::Tree(tree))
        }
    }

    /// The commit from which its base is told: it, or the one that it is on top of.
    pub fn standpoint(&self) -> Option<&Oid> {
        self.commit.as_ref().or_else(|| self.parents.first())
    }
}
