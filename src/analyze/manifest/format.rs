//! The formats, told by file names.

use bstr::{BStr, ByteSlice};
use serde::{Deserialize, Serialize};

use super::requirement::{Manifest, is_for_development};
use super::{
    cargo, go, gradle, json, maven, pyproject, requirements_txt, ruby, setup_cfg, setup_py,
};
use crate::analyze::files::{file_name, folder};

/// Where packages come from, named as in package URLs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names are the registries' own
pub enum Ecosystem {
    Cargo,
    Composer,
    Gem,
    Golang,
    Maven,
    Npm,
    Pypi,
}

impl Ecosystem {
    /// The name printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Composer => "composer",
            Self::Gem => "gem",
            Self::Golang => "golang",
            Self::Maven => "maven",
            Self::Npm => "npm",
            Self::Pypi => "pypi",
        }
    }
}

/// A format of manifests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // the names are the files'
pub enum Format {
    PackageJson,
    Pyproject,
    RequirementsTxt,
    SetupPy,
    SetupCfg,
    Pipfile,
    CargoToml,
    GoMod,
    PomXml,
    Gradle,
    Gemfile,
    ComposerJson,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::PackageJson,
        Self::Pyproject,
        Self::RequirementsTxt,
        Self::SetupPy,
        Self::SetupCfg,
        Self::Pipfile,
        Self::CargoToml,
        Self::GoMod,
        Self::PomXml,
        Self::Gradle,
        Self::Gemfile,
        Self::ComposerJson,
    ];

    /// The name under which facts are kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PackageJson => "package.json",
            Self::Pyproject => "pyproject.toml",
            Self::RequirementsTxt => "requirements.txt",
            Self::SetupPy => "setup.py",
            Self::SetupCfg => "setup.cfg",
            Self::Pipfile => "Pipfile",
            Self::CargoToml => "Cargo.toml",
            Self::GoMod => "go.mod",
            Self::PomXml => "pom.xml",
            Self::Gradle => "build.gradle",
            Self::Gemfile => "Gemfile",
            Self::ComposerJson => "composer.json",
        }
    }

    /// Where its packages come from.
    pub const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::PackageJson => Ecosystem::Npm,
            Self::Pyproject
            | Self::RequirementsTxt
            | Self::SetupPy
            | Self::SetupCfg
            | Self::Pipfile => Ecosystem::Pypi,
            Self::CargoToml => Ecosystem::Cargo,
            Self::GoMod => Ecosystem::Golang,
            Self::PomXml | Self::Gradle => Ecosystem::Maven,
            Self::Gemfile => Ecosystem::Gem,
            Self::ComposerJson => Ecosystem::Composer,
        }
    }

    /// The format of a file, if it is a manifest.
    pub fn of(path: &BStr) -> Option<Self> {
        let name = file_name(path);
        if name == b"build.gradle.kts" {
            return Some(Self::Gradle);
        }
        Self::ALL
            .into_iter()
            .find(|format| format.name().as_bytes() == name)
            .or_else(|| is_requirements_file(path).then_some(Self::RequirementsTxt))
    }

    /// Whether the manifest is a Python program as well.
    pub const fn is_python_code(self) -> bool {
        matches!(self, Self::SetupPy)
    }

    /// Whether the manifest's name or folder says that all of it serves development (`requirements-dev.txt`).
    pub fn is_for_development(self, path: &BStr) -> bool {
        self == Self::RequirementsTxt && is_for_development(&path.to_str_lossy())
    }

    /// Reads a manifest.
    pub fn parse(self, bytes: &[u8]) -> Manifest {
        // Windows editors put a byte order mark first.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let Ok(text) = bytes.to_str() else {
            return Manifest::broken("it is not UTF-8");
        };
        match self {
            Self::PackageJson => json::package(text),
            Self::ComposerJson => json::composer(text),
            Self::Pyproject => pyproject::parse(text),
            Self::Pipfile => pyproject::pipfile(text),
            Self::RequirementsTxt => requirements_txt::parse(text),
            Self::SetupPy => setup_py::parse(text),
            Self::SetupCfg => setup_cfg::parse(text),
            Self::CargoToml => cargo::parse(text),
            Self::GoMod => go::parse(text),
            Self::PomXml => maven::parse(text),
            Self::Gradle => gradle::parse(text),
            Self::Gemfile => ruby::parse(text),
        }
    }
}

/// `requirements.txt`, `requirements-dev.txt`, `dev_requirements.in`, `requirements/base.txt` and the like.
fn is_requirements_file(path: &BStr) -> bool {
    let name = file_name(path);
    let Some(stem) = [&b".txt"[..], b".in"]
        .into_iter()
        .find_map(|extension| name.strip_suffix(extension))
    else {
        return false;
    };
    if stem.contains_str("constraints") {
        return false;
    }
    stem.starts_with(b"requirements")
        || stem.ends_with(b"requirements")
        || file_name(folder(path)) == b"requirements"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirement_files_have_many_names() {
        for (path, development) in [
            ("requirements.txt", false),
            ("a/requirements-dev.txt", true),
            ("test_requirements.txt", true),
            ("requirements/base.in", false),
            ("requirements/tests.txt", true),
        ] {
            let format = Format::of(path.into());
            assert_eq!(format, Some(Format::RequirementsTxt), "{path}");
            assert_eq!(
                Format::RequirementsTxt.is_for_development(path.into()),
                development,
                "{path}"
            );
        }
        for path in [
            "constraints.txt",
            "requirements/constraints.txt",
            "requirements.md",
            "robots.txt",
        ] {
            assert_eq!(Format::of(path.into()), None, "{path}");
        }
    }
}
