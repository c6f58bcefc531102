//! The note about one commit, as it was at any commit of `refs/notes/tend`.

use std::collections::HashMap;

use bstr::ByteSlice;

use super::error::ExchangeError;
use crate::git::{Blob, GitError, Oid, Repo};

/// The ref that verdicts travel with.
pub(super) const REF: &str = "refs/notes/tend";

/// What a note has at most, in bytes: some hundred verdicts about one commit.
pub(super) const LARGEST: u64 = 256 * 1024;

/// The blobs whose lines together are a note: one, unless somebody made two with different fan-outs.
pub(super) type Blobs = Vec<Oid>;

/// The ref's commit.
pub(super) fn tip(repo: &Repo) -> Result<Option<Oid>, ExchangeError> {
    // Not rev-parse, for which a branch of that name would do as well.
    let said = repo
        .git([
            "for-each-ref",
            "--format=%(refname) %(objecttype) %(objectname)",
        ])
        .arg(REF)
        .run()?;
    for line in said.lines() {
        let mut words = line.splitn_str(3, " ");
        if words.next() != Some(REF.as_bytes()) {
            continue;
        }
        let kind = words.next().unwrap_or_default();
        if kind != b"commit" {
            return Err(ExchangeError::NotNotes {
                reference: REF,
                kind: kind.to_str_lossy().into_owned(),
            });
        }
        let oid = Oid::from_hex(words.next().unwrap_or_default()).map_err(GitError::from)?;
        return Ok(Some(oid));
    }
    Ok(None)
}

/// Every path that the note about a commit can have in a tree of notes: the more notes, the more slashes.
pub(super) fn paths(commit: &Oid) -> Vec<String> {
    let digits = commit.as_str();
    (0..digits.len() / 2)
        .map(|slashes| {
            let mut path = String::with_capacity(digits.len() + slashes);
            for (at, digit) in digits.chars().enumerate() {
                if at > 0 && at % 2 == 0 && at / 2 <= slashes {
                    path.push('/');
                }
                path.push(digit);
            }
            path
        })
        .collect()
}

/// The note about `commit` at each of these commits of the ref; `None` where that commit or its tree is not here.
pub(super) fn at(
    repo: &Repo,
    commit: &Oid,
    revisions: &[Oid],
) -> Result<Vec<Option<Blobs>>, ExchangeError> {
    let paths = paths(commit);
    let mut questions = String::new();
    for revision in revisions {
        questions.push_str(&format!("{revision}^{{tree}}\n"));
        for path in &paths {
            questions.push_str(&format!("{revision}:{path}\n"));
        }
    }
    let said = repo
        .git(["cat-file", "--batch-check=%(objecttype) %(objectname)"])
        .stdin(questions)
        .run()?;
    let mut answers = said.lines();
    let mut found = Vec::with_capacity(revisions.len());
    for _ in revisions {
        let mut next = || answers.next().ok_or_else(unreadable);
        let is_here = next()?.starts_with(b"tree ");
        let mut blobs = Blobs::new();
        for _ in &paths {
            if let Some(digits) = next()?.strip_prefix(b"blob ") {
                blobs.push(Oid::from_hex(digits).map_err(GitError::from)?);
            }
        }
        found.push(is_here.then_some(blobs));
    }
    Ok(found)
}

/// What `read` makes of each blob's content; `None` where that is too large or not here.
pub(super) fn contents<'o, T>(
    repo: &Repo,
    blobs: impl IntoIterator<Item = &'o Oid>,
    mut read: impl FnMut(&[u8]) -> T,
) -> Result<HashMap<Oid, Option<T>>, ExchangeError> {
    let mut found = HashMap::new();
    let mut reader = repo.blobs(LARGEST)?;
    let mut blobs: Vec<&Oid> = blobs.into_iter().collect();
    blobs.sort_unstable();
    blobs.dedup();
    reader.read(blobs, |oid, blob| {
        let content = match blob {
            Blob::Bytes(bytes) => Some(read(bytes)),
            Blob::TooLarge { .. } | Blob::Missing => None,
        };
        found.insert(oid.clone(), content);
    })?;
    Ok(found)
}

/// The lines of a note. Empty ones say nothing.
pub(super) fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.split_str("\n").filter(|line| !line.is_empty())
}

fn unreadable() -> ExchangeError {
    GitError::Unreadable {
        question: "cat-file".to_owned(),
    }
    .into()
}
