//! Files that decide what tools do with others: they belong to the inputs of a verdict, whatever its task's globs say.

use bstr::{BStr, ByteSlice as _};

use crate::triggers::packages::is_package_file;

/// Settings of well-known tools, by name, in any folder. Names that begin with a dot and end in `rc`, or have it before
/// an extension, are settings by convention and not listed.
const NAMES: [&str; 37] = [
    ".bandit",
    ".clang-format",
    ".clang-tidy",
    ".coveragerc",
    ".editorconfig",
    ".eslintignore",
    ".flake8",
    ".gitattributes",
    ".golangci.toml",
    ".golangci.yaml",
    ".golangci.yml",
    ".markdownlint.json",
    ".markdownlint.yaml",
    ".node-version",
    ".nvmrc",
    ".pre-commit-config.yaml",
    ".prettierignore",
    ".python-version",
    ".rubocop.yml",
    ".ruff.toml",
    ".rustfmt.toml",
    ".scalafmt.conf",
    ".stylelintignore",
    ".tool-versions",
    ".yamllint",
    ".yamllint.yml",
    "biome.json",
    "biome.jsonc",
    "clippy.toml",
    "mise.toml",
    "mypy.ini",
    "pytest.ini",
    "ruff.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "tox.ini",
];

/// Whether a path is that of a tool's settings, of a dependency manifest or of a lock file.
pub(super) fn is_setting(path: &BStr) -> bool {
    let name = path
        .rsplit_once_str("/")
        .map_or(path.as_bytes(), |(_, name)| name);
    NAMES.iter().any(|known| known.as_bytes() == name)
        || is_rc(name)
        || is_script_of_settings(name)
        || is_package_file(path)
}

/// `.eslintrc`, `.babelrc.json`.
fn is_rc(name: &[u8]) -> bool {
    let stem = name
        .strip_prefix(b".")
        .and_then(|name| name.split_str(".").next());
    stem.is_some_and(|stem| stem.ends_with(b"rc"))
}

/// `eslint.config.mjs`, `tsconfig.build.json`.
fn is_script_of_settings(name: &[u8]) -> bool {
    let mut parts = name.split_str(".");
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    (second == Some(b"config") && third.is_some())
        || (matches!(first, Some(b"tsconfig" | b"jsconfig")) && name.ends_with(b".json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_sources() {
        for path in [
            "pyproject.toml",
            "web/.eslintrc.cjs",
            ".pylintrc",
            "a/b/eslint.config.mjs",
            "tsconfig.base.json",
            "Cargo.lock",
            "requirements-dev.txt",
            ".nvmrc",
        ] {
            assert!(is_setting(path.into()), "{path}");
        }
        for path in [
            "src/rc.py",
            "config.py",
            "src/config.rs",
            ".env",
            "a.config",
            "",
            "src/.hidden/x.c",
        ] {
            assert!(!is_setting(path.into()), "{path}");
        }
    }
}
