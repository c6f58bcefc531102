//! Which files say what a project depends on.

use bstr::BStr;
use bstr::ByteSlice;

/// Manifests and lock files, by name.
const NAMES: [&str; 37] = [
    // JavaScript
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "deno.json",
    "deno.lock",
    // Rust
    "Cargo.toml",
    "Cargo.lock",
    // Python
    "pyproject.toml",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "Pipfile",
    "Pipfile.lock",
    "setup.py",
    "setup.cfg",
    "environment.yml",
    // Go
    "go.mod",
    "go.sum",
    // Java and Kotlin
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
    "gradle.lockfile",
    "libs.versions.toml",
    // Ruby
    "Gemfile",
    "Gemfile.lock",
    // PHP
    "composer.json",
    "composer.lock",
    // Elixir, Dart, .NET
    "mix.exs",
    "mix.lock",
    "pubspec.yaml",
    "pubspec.lock",
    "packages.lock.json",
    "Directory.Packages.props",
];

/// Whether a path is that of a dependency manifest or a lock file, in any folder.
pub fn is_package_file(path: &BStr) -> bool {
    let name = path
        .rsplit_once_str("/")
        .map_or(path.as_bytes(), |(_, name)| name);
    NAMES.iter().any(|known| known.as_bytes() == name)
        || (name.starts_with(b"requirements") && name.ends_with(b".txt"))
        || name.ends_with(b".csproj")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_name_in_any_folder() {
        for path in [
            "Cargo.toml",
            "packages/web/package.json",
            "requirements.txt",
            "ci/requirements-dev.txt",
            "App/App.csproj",
        ] {
            assert!(is_package_file(path.into()), "{path}");
        }
        for path in [
            "",
            "cargo.toml.bak",
            "package.json/x",
            "src/requirements.rs",
        ] {
            assert!(!is_package_file(path.into()), "{path:?}");
        }
    }
}
