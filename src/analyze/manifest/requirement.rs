//! What a manifest says.

use serde::{Deserialize, Serialize};

/// Of all parsers: what a project is called and what it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manifest {
    /// The project's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it needs, in the order written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requirements: Vec<Requirement>,
    /// What the members of its workspace may inherit: not needed by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<Requirement>,
    /// What could not be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

impl Manifest {
    /// One that could not be read at all.
    pub(super) fn broken(reason: impl Into<String>) -> Self {
        Self {
            problems: vec![reason.into()],
            ..Self::default()
        }
    }

    pub(super) fn need(&mut self, requirement: Requirement) {
        if !requirement.name.is_empty() {
            self.requirements.push(requirement);
        }
    }
}

/// What a dependency is needed for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// By the product.
    #[default]
    Direct,
    /// To develop, build or test it.
    Dev,
    /// By other dependencies only.
    Indirect,
}

impl Scope {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_direct(&self) -> bool {
        *self == Self::Direct
    }
}

/// One dependency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    /// The package, normalised as its registry compares names.
    pub name: String,
    /// Which versions, in the manifest's own words; `*` when it does not say.
    pub spec: String,
    /// What for.
    #[serde(skip_serializing_if = "Scope::is_direct")]
    pub scope: Scope,
    /// The group it stands in, where the format has such: `peer`, `optional`, `build`, an extra, a target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Whether it is a folder of this machine or repository and no published package.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
    /// Whether the version stands in the workspace's manifest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Optional parts of it that are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

impl Requirement {
    pub(super) fn new(name: impl Into<String>, spec: impl AsRef<str>, scope: Scope) -> Self {
        let spec = spec.as_ref().trim();
        Self {
            name: name.into(),
            spec: if spec.is_empty() { "*" } else { spec }.to_owned(),
            scope,
            ..Self::default()
        }
    }

    pub(super) fn in_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}

/// Whether the name of a group, an extra or a file says that it serves development.
pub(in crate::analyze) fn is_for_development(name: &str) -> bool {
    name.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| {
            [
                "bench",
                "benchmark",
                "benchmarks",
                "build",
                "ci",
                "coverage",
                "debug",
                "dev",
                "develop",
                "development",
                "doc",
                "docs",
                "documentation",
                "format",
                "formatting",
                "lint",
                "linting",
                "linters",
                "mypy",
                "profiling",
                "qa",
                "quality",
                "release",
                "style",
                "test",
                "testing",
                "tests",
                "tox",
                "types",
                "typing",
            ]
            .contains(&word)
        })
}
