//! The dependency map's form.

use bstr::{BStr, BString};
use serde::Serialize;

use crate::analyze::lockfile::{LockFile, LockedScope};
use crate::analyze::manifest::{Ecosystem, Scope};
use crate::analyze::text::{as_text, as_texts};

/// A lock file where it was found.
#[derive(Clone, Copy, Debug)]
pub struct FoundLock<'l> {
    /// Its path.
    pub path: &'l BStr,
    /// What it says.
    pub lock: &'l LockFile,
}

/// What the projects of a repository depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DependencyMap {
    /// Over all projects: a package that several need counts once.
    pub totals: Totals,
    /// By path.
    pub projects: Vec<ProjectDependencies>,
    /// The lock files that lock anything, by path.
    pub locks: Vec<LockReport>,
}

/// How much is needed. Direct ones are counted by ecosystem and name, without peers and folders of the repository;
/// transitive ones by ecosystem, name and version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// That manifests ask for, for the product.
    pub direct: usize,
    /// That manifests ask for, for development.
    pub dev: usize,
    /// Both.
    pub total_count: usize,
    /// That others need, for the product.
    pub transitive: usize,
    /// That others need, for development only.
    pub transitive_dev: usize,
}

/// What one project depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProjectDependencies {
    /// Its folder; empty for the top of the repository.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Its name.
    pub name: Option<String>,
    /// The lock files that speak for it.
    #[serde(serialize_with = "as_texts")]
    pub locks: Vec<BString>,
    /// How much it needs.
    pub totals: Totals,
    /// What its manifests ask for, by manifest and in the order written.
    pub direct: Vec<DirectDependency>,
    /// What others need, nearest first, then by name. Nothing is known of it without a lock file.
    pub transitive: Vec<TransitiveDependency>,
    /// Where manifests and lock files disagree.
    pub drift: Vec<Drift>,
    /// False where there was too much to list: see [`DependencyMap::of`].
    pub complete: bool,
}

/// Something that a manifest asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DirectDependency {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name in the manifest, normalised.
    pub name: String,
    /// Which versions the manifest allows, in its own words; `*` when it does not say.
    pub constraint: String,
    /// What for.
    pub scope: Scope,
    /// The group it stands in: `peer`, `optional`, `build`, an extra, a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The manifest.
    #[serde(serialize_with = "as_text")]
    pub manifest: BString,
    /// What became of it.
    pub status: Status,
    /// The versions: one, as a rule; several where the platform decides or the lock file does not say which; none where
    /// none is known.
    pub versions: Vec<String>,
}

/// What became of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A lock file has it.
    Locked,
    /// There is no lock file, and the manifest names one version.
    Pinned,
    /// There is no lock file, and the version is decided when it is installed.
    Unlocked,
    /// A folder of the repository.
    Local,
    /// A peer or a build requirement that lock files need not have, and this one has not.
    NotInstalled,
    /// The lock file should have it and has not.
    Missing,
}

/// A package that others need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransitiveDependency {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What for.
    pub scope: LockedScope,
    /// How many packages and folders lie between the project and it; none if the lock file does not say who needs whom.
    pub depth: Option<usize>,
    /// A shortest way by which it comes: `name@version` from what the manifest asks for to what needs it, at most the
    /// first 32. Empty if the lock file does not say who needs whom.
    pub path: Vec<String>,
}

/// Where a manifest and its lock file disagree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Drift {
    /// What is wrong.
    #[serde(flatten)]
    pub kind: DriftKind,
    /// Where the package comes from.
    pub ecosystem: Ecosystem,
    /// Its name.
    pub name: String,
    /// The lock file.
    #[serde(serialize_with = "as_text")]
    pub lock: BString,
}

/// Ways to disagree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DriftKind {
    /// The manifest asks for it and the lock file has it not.
    Missing,
    /// The lock file was made when the manifest asked for other versions.
    Changed {
        /// What the manifest asks for now.
        manifest: String,
        /// What it asked for then. Not `lock`, which names the file beside it in the result.
        made_for: String,
    },
    /// The lock file was made when the manifest asked for it, which it does no more.
    Surplus,
    /// `go.sum` has no hash of it.
    Unverified,
}

/// One lock file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockReport {
    /// Its path.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Its format, by the usual file name.
    pub format: &'static str,
    /// The version of the format.
    pub version: Option<String>,
    /// Distinct packages in distinct versions, without folders of the repository.
    pub packages: usize,
    /// The projects that it speaks for.
    #[serde(serialize_with = "as_texts")]
    pub projects: Vec<BString>,
    /// Packages in several versions, by name.
    pub duplicates: Vec<Duplicate>,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// A package that is locked in several versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// Its name.
    pub name: String,
    /// Its versions, in the order of their characters.
    pub versions: Vec<String>,
}
