//! The formats, told by file names.

use bstr::{BStr, ByteSlice};
use serde::{Deserialize, Serialize};

use super::locked::LockFile;
use super::{
    berry, bun, cargo, compiled, composer, gemfile, go, gradle, npm, pdm, pipfile, pnpm, poetry,
    pylock, uv, yarn,
};
use crate::analyze::files::file_name;
use crate::analyze::manifest::{Ecosystem, Format};

/// A format of lock files. The order is the one in which they are heard where a folder has several of an ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are the files'
pub enum LockFormat {
    Shrinkwrap,
    PackageLock,
    PnpmLock,
    YarnLock,
    BunLock,
    UvLock,
    PoetryLock,
    PdmLock,
    PipfileLock,
    Pylock,
    /// A requirements file that pip-compile, uv or another tool wrote.
    CompiledRequirements,
    CargoLock,
    /// The build list of a module.
    GoMod,
    /// Hashes that verify a build list; no build list itself.
    GoSum,
    GemfileLock,
    ComposerLock,
    GradleLock,
}

impl LockFormat {
    /// Every format.
    pub const ALL: [Self; 17] = [
        Self::Shrinkwrap,
        Self::PackageLock,
        Self::PnpmLock,
        Self::YarnLock,
        Self::BunLock,
        Self::UvLock,
        Self::PoetryLock,
        Self::PdmLock,
        Self::PipfileLock,
        Self::Pylock,
        Self::CompiledRequirements,
        Self::CargoLock,
        Self::GoMod,
        Self::GoSum,
        Self::GemfileLock,
        Self::ComposerLock,
        Self::GradleLock,
    ];

    /// The usual file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shrinkwrap => "npm-shrinkwrap.json",
            Self::PackageLock => "package-lock.json",
            Self::PnpmLock => "pnpm-lock.yaml",
            Self::YarnLock => "yarn.lock",
            Self::BunLock => "bun.lock",
            Self::UvLock => "uv.lock",
            Self::PoetryLock => "poetry.lock",
            Self::PdmLock => "pdm.lock",
            Self::PipfileLock => "Pipfile.lock",
            Self::Pylock => "pylock.toml",
            Self::CompiledRequirements => "requirements.txt",
            Self::CargoLock => "Cargo.lock",
            Self::GoMod => "go.mod",
            Self::GoSum => "go.sum",
            Self::GemfileLock => "Gemfile.lock",
            Self::ComposerLock => "composer.lock",
            Self::GradleLock => "gradle.lockfile",
        }
    }

    /// Where its packages come from.
    pub const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::Shrinkwrap
            | Self::PackageLock
            | Self::PnpmLock
            | Self::YarnLock
            | Self::BunLock => Ecosystem::Npm,
            Self::UvLock
            | Self::PoetryLock
            | Self::PdmLock
            | Self::PipfileLock
            | Self::Pylock
            | Self::CompiledRequirements => Ecosystem::Pypi,
            Self::CargoLock => Ecosystem::Cargo,
            Self::GoMod | Self::GoSum => Ecosystem::Golang,
            Self::GemfileLock => Ecosystem::Gem,
            Self::ComposerLock => Ecosystem::Composer,
            Self::GradleLock => Ecosystem::Maven,
        }
    }

    /// Whether one at the top of a workspace speaks for the projects in the folders below.
    pub const fn reaches_below(self) -> bool {
        matches!(
            self,
            Self::Shrinkwrap
                | Self::PackageLock
                | Self::PnpmLock
                | Self::YarnLock
                | Self::BunLock
                | Self::UvLock
                | Self::CargoLock
        )
    }

    /// The format of a file, if it may be a lock file.
    pub fn of(path: &BStr) -> Option<Self> {
        let name = file_name(path);
        let named = Self::ALL
            .into_iter()
            .find(|format| format.name().as_bytes() == name);
        if named.is_some() {
            return named;
        }
        // PEP 751 allows `pylock.<name>.toml`; Bundler calls its files after a `gems.rb`, too.
        if name.starts_with(b"pylock.") && name.ends_with(b".toml") {
            return Some(Self::Pylock);
        }
        match name {
            b"gems.locked" => Some(Self::GemfileLock),
            b"buildscript-gradle.lockfile" | b"settings-gradle.lockfile" => Some(Self::GradleLock),
            _ => (Format::of(path) == Some(Format::RequirementsTxt) && name.ends_with_str(".txt"))
                .then_some(Self::CompiledRequirements),
        }
    }

    /// Reads a lock file.
    pub fn parse(self, bytes: &[u8]) -> LockFile {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let Ok(text) = bytes.to_str() else {
            return LockFile::broken(self, "it is not UTF-8");
        };
        match self {
            Self::Shrinkwrap | Self::PackageLock => npm::parse(text, self),
            Self::PnpmLock => pnpm::parse(text),
            Self::YarnLock if berry::is_berry(text) => berry::parse(text),
            Self::YarnLock => yarn::parse(text),
            Self::BunLock => bun::parse(text),
            Self::UvLock => uv::parse(text),
            Self::PoetryLock => poetry::parse(text),
            Self::PdmLock => pdm::parse(text),
            Self::PipfileLock => pipfile::parse(text),
            Self::Pylock => pylock::parse(text),
            Self::CompiledRequirements => compiled::parse(text),
            Self::CargoLock => cargo::parse(text),
            Self::GoMod => go::module(text),
            Self::GoSum => go::sums(text),
            Self::GemfileLock => gemfile::parse(text),
            Self::ComposerLock => composer::parse(text),
            Self::GradleLock => gradle::parse(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_are_told_by_their_names() {
        for (path, expected) in [
            ("a/package-lock.json", Some(LockFormat::PackageLock)),
            ("pylock.dev.toml", Some(LockFormat::Pylock)),
            (
                "requirements/dev.txt",
                Some(LockFormat::CompiledRequirements),
            ),
            ("requirements/dev.in", None),
            ("settings-gradle.lockfile", Some(LockFormat::GradleLock)),
            ("yarn.lock.bak", None),
        ] {
            assert_eq!(LockFormat::of(path.into()), expected, "{path}");
        }
        for format in LockFormat::ALL {
            assert_eq!(LockFormat::of(format.name().into()), Some(format));
        }
    }
}
