//! Which lines of a note count.

use std::collections::HashMap;

use bstr::ByteSlice;

use super::error::ExchangeError;
use super::history::{History, Origin};
use super::line::{NotAVerdict, Shared};
use super::note;
use super::publish::message;
use super::signature::{self, Signature};
use crate::config::Signer;
use crate::git::{Oid, Repo};

/// How many signatures are verified at most, each with a process or two of git's: who can write the ref could keep a
/// gate waiting with any number of them.
const SIGNATURES: usize = 64;

/// Why a line of a note does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    NotAVerdict(#[from] NotAVerdict),
    #[error("it is older than what is looked at, or its origin is not here")]
    Beyond,
    #[error("the merge {0} brought it in")]
    Merge(Oid),
    #[error("the commit {0} that brought it in does not publish verdicts about this commit")]
    OtherMessage(Oid),
    #[error("the commit {0} that brought it in is not signed")]
    Unsigned(Oid),
    #[error("the signature of {0} that brought it in does not count ({1})")]
    BadSignature(Oid, String),
    #[error("the key {1} that signed {0} is not among the signers")]
    UnknownSigner(Oid, String),
    #[error("{SIGNATURES} other signatures were verified before that of {0}")]
    TooMany(Oid),
}

/// The verdicts about a commit that one of `signers` signed, each with the signer that it counts for.
///
/// A line counts if it is in the note now, and where it came into the note, a commit made by [`super::publish`] about
/// this commit brought it, with a signature that git verifies and that is one of `signers`'. Merges bring nothing in,
/// and a line that was taken out and put back came in when it was put back. What does not count is left out; a trace at
/// the level `debug` says why.
pub fn accepted(
    repo: &Repo,
    commit: &Oid,
    signers: &[Signer],
) -> Result<Vec<(Shared, String)>, ExchangeError> {
    if signers.is_empty() {
        return Ok(Vec::new());
    }
    let mut counting = Vec::new();
    for (line, judged) in judge(repo, commit, signers)? {
        match judged {
            Ok((shared, signer)) => counting.push((shared, signer.to_string())),
            Err(refusal) => tracing::debug!(
                "a verdict about {commit} does not count: {refusal}: {}",
                line.as_bstr()
            ),
        }
    }
    Ok(counting)
}

/// A line of a note, and what it is or why it does not count.
pub(super) type Judged<'s> = (Vec<u8>, Result<(Shared, &'s Signer), Refusal>);

/// Judges each line of the note about a commit, in the order of the lines.
pub(super) fn judge<'s>(
    repo: &Repo,
    commit: &Oid,
    signers: &'s [Signer],
) -> Result<Vec<Judged<'s>>, ExchangeError> {
    let Some(tip) = note::tip(repo)? else {
        return Ok(Vec::new());
    };
    let mut blobs = note::at(repo, commit, std::slice::from_ref(&tip))?;
    let blobs = blobs.pop().flatten().unwrap_or_default();
    if blobs.is_empty() {
        return Ok(Vec::new());
    }
    let tree = repo.commit(commit)?.tree;
    let contents = note::contents(repo, &blobs, <[u8]>::to_vec)?;
    let contents: Vec<_> = contents.into_values().flatten().collect();
    let mut lines: Vec<&[u8]> = contents
        .iter()
        .flat_map(|content| note::lines(content))
        .collect();
    lines.sort_unstable();
    lines.dedup();
    let parsed: Vec<_> = lines
        .iter()
        .map(|line| Shared::from_line(line, &tree))
        .collect();
    let mut judged = Vec::with_capacity(lines.len());
    // Most notes have no line that is refused for its form, and none is worth the walk.
    let history = if parsed.iter().any(Result::is_ok) {
        Some(History::read(repo, &tip, commit, &lines)?)
    } else {
        None
    };
    let mut judge = Judge {
        repo,
        commit,
        signers,
        signatures: HashMap::new(),
    };
    for (number, (line, parsed)) in lines.iter().zip(parsed).enumerate() {
        let result = match (parsed, &history) {
            (Ok(shared), Some(history)) => {
                judge.line(history, number)?.map(|signer| (shared, signer))
            }
            (Ok(_), None) => Err(Refusal::Beyond),
            (Err(error), _) => Err(error.into()),
        };
        judged.push((line.to_vec(), result));
    }
    Ok(judged)
}

struct Judge<'r, 's> {
    repo: &'r Repo,
    commit: &'r Oid,
    signers: &'s [Signer],
    /// Verified once each, however many lines a commit brought in.
    signatures: HashMap<Oid, Result<Signature, String>>,
}

impl<'s> Judge<'_, 's> {
    /// Who vouches for a line. Of several refusals, the first is told.
    fn line(
        &mut self,
        history: &History,
        number: usize,
    ) -> Result<Result<&'s Signer, Refusal>, ExchangeError> {
        let mut refused = None;
        for origin in history.origins(number) {
            match self.origin(history, origin)? {
                Ok(signer) => return Ok(Ok(signer)),
                Err(refusal) => {
                    refused.get_or_insert(refusal);
                }
            }
        }
        Ok(Err(refused.unwrap_or(Refusal::Beyond)))
    }

    fn origin(
        &mut self,
        history: &History,
        origin: Origin,
    ) -> Result<Result<&'s Signer, Refusal>, ExchangeError> {
        let Origin::Commit(oid) = origin else {
            return Ok(Err(Refusal::Beyond));
        };
        let Some(found) = history.commit(&oid) else {
            return Ok(Err(Refusal::Beyond));
        };
        if found.parents.len() > 1 {
            return Ok(Err(Refusal::Merge(oid)));
        }
        // A signature under anything else, such as a commit of files that somebody sent as a patch, was not meant to
        // say anything about verdicts.
        if found.message.trim_end() != message(self.commit).trim_end().as_bytes() {
            return Ok(Err(Refusal::OtherMessage(oid)));
        }
        let Some(format) = found.signature else {
            return Ok(Err(Refusal::Unsigned(oid)));
        };
        if !self.signatures.contains_key(&oid) {
            if self.signatures.len() >= SIGNATURES {
                return Ok(Err(Refusal::TooMany(oid)));
            }
            let verified = signature::verify(self.repo, &oid, format)?;
            self.signatures.insert(oid.clone(), verified);
        }
        Ok(match self.signatures.get(&oid) {
            Some(Ok(signature)) => signature
                .of(self.signers)
                .ok_or_else(|| Refusal::UnknownSigner(oid, signature.key().to_owned())),
            Some(Err(status)) => Err(Refusal::BadSignature(oid, status.clone())),
            None => Err(Refusal::Unsigned(oid)),
        })
    }
}
