//! Who signed a commit, in git's own judgement.

use std::time::Duration;

use bstr::ByteSlice;

use super::error::ExchangeError;
use super::history::Format;
use crate::config::Signer;
use crate::git::{Oid, Repo};

/// What one signature's verification may take: gpg may have to start its agent.
const PATIENCE: Duration = Duration::from_secs(60);

/// A signature that git verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Signature {
    format: Format,
    /// `%GF`: of the key that signed.
    fingerprint: String,
    /// `%GP`: of the primary key that it is a subkey of.
    primary: String,
    /// `%GS`: the principal of an SSH key, the user id of an OpenPGP key.
    name: String,
}

impl Signature {
    /// The first of these signers whose signature it is.
    pub(super) fn of<'s>(&self, signers: &'s [Signer]) -> Option<&'s Signer> {
        signers.iter().find(|signer| match (signer, self.format) {
            (Signer::SshKey(wanted), Format::Ssh) => *wanted == self.fingerprint,
            // The user's own file says whose key it is. An OpenPGP key's user id says what its maker liked.
            (Signer::Principal(wanted), Format::Ssh) => *wanted == self.name,
            (Signer::OpenPgpKey(wanted), Format::OpenPgp) => {
                *wanted == self.fingerprint || *wanted == self.primary
            }
            _ => false,
        })
    }

    /// How it is told to people.
    pub(super) fn key(&self) -> &str {
        &self.fingerprint
    }
}

/// The signature of a commit; what git calls it where it does not count.
pub(super) fn verify(
    repo: &Repo,
    commit: &Oid,
    format: Format,
) -> Result<Result<Signature, String>, ExchangeError> {
    // The exit code is git's verdict. `%G?` alone is not: it says U of an SSH key that nobody has allowed, or whose
    // time is over, as well as of an OpenPGP key without an owner's trust, which a user who names it has no need of.
    let verdict = repo
        .git(["verify-commit", "--raw", commit.as_str()])
        .timeout(PATIENCE)
        .output()?;
    // Some versions of git crash in this on what is no signature at all; then it says nothing, and nothing counts.
    let said = repo
        .git(["log", "-1", "--no-show-signature", "--encoding=UTF-8"])
        .args(["--format=%G?%x00%GT%x00%GF%x00%GP%x00%GS"])
        .args([commit.as_str(), "--"])
        .timeout(PATIENCE)
        .output()?
        .stdout;
    let mut fields = said
        .trim_end_with(|c| c == '\n')
        .splitn_str(5, "\0")
        .map(|field| field.to_str_lossy().into_owned());
    let mut next = || fields.next().unwrap_or_default();
    let (status, trust) = (next(), next());
    let counts = match (format, status.as_str()) {
        (_, "G") => true,
        (Format::OpenPgp, "U") => trust != "never",
        _ => false,
    };
    if verdict.code != Some(0) || !counts {
        return Ok(Err(status));
    }
    Ok(Ok(Signature {
        format,
        fingerprint: next(),
        primary: next(),
        name: next(),
    }))
}
