//! What a lock file says.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::format::LockFormat;
use super::hash::Hash;

/// Of all parsers: a graph of packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFile {
    /// Its format.
    pub format: LockFormat,
    /// The version of the format, in the file's words (`3`, `9.0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The packages, in the order of the file. Where an installation has the same version of a package in several
    /// places, each place is an entry, because each can see other neighbours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<Locked>,
    /// The projects for which the file was made, as far as it names them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Names whose versions the workspace forces, so that what manifests ask for does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<String>,
    /// What could not be read, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

impl LockFile {
    pub(super) const fn new(format: LockFormat) -> Self {
        Self {
            format,
            version: None,
            packages: Vec::new(),
            members: Vec::new(),
            overridden: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// One that could not be read at all.
    pub(super) fn broken(format: LockFormat, reason: impl Into<String>) -> Self {
        Self {
            problems: vec![reason.into()],
            ..Self::new(format)
        }
    }

    /// Whether it locks anything. A requirements file that nobody compiled does not.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.members.is_empty()
    }

    /// Tells what is direct, in files that name their members' needs.
    pub(super) fn with_direct(mut self) -> Self {
        let needs = self.members.iter().flat_map(|member| &member.needs);
        let direct: HashSet<usize> = needs.flat_map(|need| need.to.iter().copied()).collect();
        if !self.members.is_empty() {
            for (at, package) in self.packages.iter_mut().enumerate() {
                package.direct = Some(direct.contains(&at));
            }
        }
        self
    }

    /// Tells what is direct, and what a package serves where the file does not say that itself, in files that know what
    /// their members need for what.
    pub(super) fn settled(self) -> Self {
        let mut lock = self.with_direct();
        lock.derive_scopes();
        lock
    }

    fn derive_scopes(&mut self) {
        use LockedScope::{Dev, Optional, Runtime};
        for scope in [Runtime, Optional, Dev] {
            let mut open: Vec<(usize, Option<String>)> = Vec::new();
            for member in &self.members {
                for need in member.needs.iter().filter(|need| need.scope == scope) {
                    open.extend(need.to.iter().map(|to| (*to, None)));
                    let extras = |to: usize| {
                        let extras = need.extras.iter();
                        extras.map(move |extra| (to, Some(extra.clone())))
                    };
                    open.extend(need.to.iter().flat_map(|to| extras(*to)));
                }
            }
            let mut seen = vec![false; self.packages.len()];
            let mut extras_seen = HashSet::new();
            while let Some((at, extra)) = open.pop() {
                let Some(package) = self.packages.get_mut(at) else {
                    continue;
                };
                let edges = match &extra {
                    None => {
                        if seen
                            .get_mut(at)
                            .is_none_or(|seen| std::mem::replace(seen, true))
                        {
                            continue;
                        }
                        package.scope.get_or_insert(scope);
                        &package.dependencies
                    }
                    Some(extra) => {
                        let Some(edges) = package.extras.get(extra) else {
                            continue;
                        };
                        if !extras_seen.insert((at, extra.clone())) {
                            continue;
                        }
                        edges
                    }
                };
                for edge in edges {
                    open.push((edge.to, None));
                    let extras = edge.extras.iter();
                    open.extend(extras.map(|extra| (edge.to, Some(extra.clone()))));
                }
            }
        }
    }
}

/// What a locked package serves, as far as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LockedScope {
    /// The product.
    Runtime,
    /// The product, where it can be installed or somebody asked for it: optional dependencies and extras.
    Optional,
    /// Development, build or tests only.
    Dev,
}

/// One package in one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Locked {
    /// The package, normalised as manifests normalise it. The name of the package itself where the project gave it
    /// another one.
    pub name: String,
    /// The version, in the file's words; empty for packages of the repository itself that have none.
    pub version: String,
    /// What it serves; none if the file does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<LockedScope>,
    /// Whether a manifest asks for it; none if the file does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Source::is_default")]
    pub source: Source,
    /// Hashes of the one file that is its distribution; none where there are several files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash>,
    /// What it needs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dependencies: Vec<Edge>,
    /// What it needs besides when one of its extras is asked for, by extra (Python only).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extras: BTreeMap<String, Vec<Edge>>,
    /// What manifests wrote to get it (`name@^1.0`), in formats that find packages by that: classic yarn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
}

impl Locked {
    pub(super) fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            ..Self::default()
        }
    }

    /// Whether it is a folder of this machine or repository and no published package.
    pub const fn is_local(&self) -> bool {
        matches!(self.source, Source::Path { .. })
    }
}

/// That one package needs another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edge {
    /// The index of the other in [`LockFile::packages`].
    pub to: usize,
    /// Extras of the other that are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
}

impl From<usize> for Edge {
    fn from(to: usize) -> Self {
        Self {
            to,
            extras: Vec::new(),
        }
    }
}

/// A project for which the file was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// Its folder, relative to the lock file's; empty for that folder itself, none if the file does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its index in [`LockFile::packages`], if it stands there too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<usize>,
    /// What it asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
}

impl Member {
    /// What it got for what it does not ask for development only.
    pub(super) fn runtime_edges(&self) -> Vec<Edge> {
        let needs = self.needs.iter();
        needs
            .filter(|need| need.scope != LockedScope::Dev)
            .flat_map(|need| need.to.iter().copied().map(Edge::from))
            .collect()
    }
}

/// What a member asks for, and what it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The name in its manifest.
    pub name: String,
    /// The version in its manifest, if the lock file repeats it literally.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// What for; runtime if the file does not say.
    pub scope: LockedScope,
    /// Indices in [`LockFile::packages`]: several where the platform decides, none where nothing is installed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<usize>,
    /// Extras that are asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<String>,
}

/// Where a package comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// A registry.
    Registry {
        /// Its address, unless it is the ecosystem's usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// A Git repository.
    Git {
        /// Its address.
        url: String,
        /// The commit, or what else the file says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commit: Option<String>,
    },
    /// A folder or a file of this machine or repository.
    Path {
        /// In the file's words.
        path: String,
    },
    /// One file somewhere.
    Url {
        /// Its address.
        url: String,
    },
}

impl Default for Source {
    fn default() -> Self {
        Self::Registry { url: None }
    }
}

impl Source {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// A registry: one of the usual addresses, or another one.
    pub(super) fn registry(url: &str, usual: &[&str]) -> Self {
        let url = url.trim_end_matches('/');
        let host = |url: &str| {
            url.split_once("://")
                .map_or(url, |(_, rest)| rest)
                .to_owned()
        };
        let known = url.is_empty() || usual.iter().any(|usual| host(usual) == host(url));
        Self::Registry {
            url: (!known).then(|| without_secrets(url)),
        }
    }

    pub(super) fn git(url: &str, commit: Option<&str>) -> Self {
        let url = url.strip_prefix("git+").unwrap_or(url);
        Self::Git {
            url: without_secrets(url),
            commit: commit
                .filter(|commit| !commit.is_empty())
                .map(str::to_owned),
        }
    }

    pub(super) fn path(path: &str) -> Self {
        Self::Path {
            path: path.to_owned(),
        }
    }

    pub(super) fn url(url: &str) -> Self {
        Self::Url {
            url: without_secrets(url),
        }
    }
}

/// An address without the user and the password that some registries are written with, and without the query, where
/// tokens stand.
fn without_secrets(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(host_end);
    match host.rsplit_once('@') {
        // `ssh://git@host` names the account that everybody uses.
        Some(("git", _)) | None => url.to_owned(),
        Some((_, host)) => format!("{scheme}://{host}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_their_passwords() {
        for (url, expected) in [
            ("https://me:secret@host/x", "https://host/x"),
            ("https://host/x?token=1", "https://host/x"),
            ("ssh://git@host/x", "ssh://git@host/x"),
            ("git@host:x", "git@host:x"),
            ("https://host/a@b", "https://host/a@b"),
        ] {
            assert_eq!(without_secrets(url), expected);
        }
    }

    #[test]
    fn the_usual_registry_is_not_repeated() {
        let usual = ["https://pypi.org/simple"];
        assert_eq!(
            Source::registry("https://pypi.org/simple/", &usual),
            Source::default()
        );
        assert_eq!(
            Source::registry("https://u:p@own/simple", &usual),
            Source::Registry {
                url: Some("https://own/simple".to_owned())
            }
        );
    }
}
