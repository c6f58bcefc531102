//! Git: the only place that names git2; plumbing where git2 cannot.
//!
//! [`discover`] finds a repository with a few file reads; [`Repo`] answers questions about it. Every question has two
//! answers that must agree: libgit2's, which is fast, and that of git itself, which also reads reftable and SHA-256
//! repositories. Objects are read as they are stored: replacement refs are ignored, and nothing is ever fetched.

mod blobs;
mod core_settings;
mod error;
mod folders;
mod head;
pub mod history;
mod locate;
mod log;
mod moves;
mod oid;
pub mod patch;
mod reflog;
mod repo;
mod staged;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tree;
mod worktree;

pub use blobs::{Blob, BlobReader};
pub use error::GitError;
pub use folders::Folder;
pub use head::head_from_files;
pub use locate::{GitEnv, Located, discover};
pub use log::{Node, Parents, Walk, Written};
pub use moves::{HeadLog, Moved};
pub use oid::{NotAnOid, Oid};
pub use reflog::Move;
pub use repo::{CommitMeta, Head, ListedWorktree, Repo};
pub use staged::{IndexCopy, staged_tree};
pub use tree::{Change, ChangeKind, Entry, Mode};
pub use worktree::{IndexEntry, StatusEntry};
