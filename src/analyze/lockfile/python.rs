//! What the lock files of Python's tools have in common.

use serde::Deserialize;

use super::format::LockFormat;
use super::hash::Hash;
use super::linker::Linker;
use super::locked::{Edge, LockFile};
use crate::analyze::manifest::{Scope, pep508};

/// The registry that needs no mention.
pub(super) const USUAL: [&str; 1] = ["https://pypi.org/simple"];

/// A distribution with its hash.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Distribution {
    pub(super) hash: Option<String>,
    pub(super) url: Option<String>,
}

/// The hash of a package's only file. Where there are more, no single one is the package's.
pub(super) fn only_hash<'h>(mut hashes: impl Iterator<Item = Option<&'h str>>) -> Vec<Hash> {
    match (hashes.next(), hashes.next()) {
        (Some(Some(hash)), None) => Hash::prefixed(hash).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The packages that a specifier may mean (`name[extra] >= 1 ; marker`), with the extras asked for.
pub(super) fn edges_of(specifier: &str, linker: &Linker) -> Vec<Edge> {
    let Some(requirement) = pep508::parse(specifier, Scope::Direct) else {
        return Vec::new();
    };
    let exact = requirement
        .spec
        .strip_prefix("==")
        .map(|version| version.trim_start_matches('=').trim());
    edges(&requirement.name, exact, &requirement.features, linker)
}

/// The packages that a name with a version, if there is one, may mean.
pub(super) fn edges(
    name: &str,
    version: Option<&str>,
    extras: &[String],
    linker: &Linker,
) -> Vec<Edge> {
    let extras: Vec<String> = extras.iter().map(|extra| pep508::normal(extra)).collect();
    let found = linker.with_version(name, version).iter();
    found
        .map(|to| Edge {
            to: *to,
            extras: extras.clone(),
        })
        .collect()
}

/// A file that is no TOML, or TOML of another form.
pub(super) fn broken(format: LockFormat, error: &toml::de::Error) -> LockFile {
    LockFile::broken(format, error.message().trim())
}
