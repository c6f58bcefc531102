//! What a path says about a file: whether it is the project's own, what part it plays, and how it is to be read.

use bstr::{BStr, ByteSlice};

use super::languages::Language;
use super::manifest::Format;

/// Folders whose files somebody else wrote, or a tool.
const FOREIGN: [&[u8]; 3] = [b"node_modules", b"vendor", b"__pycache__"];

/// Whether a file lies in a folder that is left out: hidden ones, and those of other people's code.
pub fn is_left_out(path: &BStr) -> bool {
    folders(path).any(|folder| folder.starts_with(b".") || FOREIGN.contains(&folder))
}

/// The part that the files of a folder play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The product.
    Main,
    /// Its tests: what they need, the project needs for development.
    Test,
    /// Its documentation: likewise.
    Docs,
    /// Shows how to use it, or is copied to start something new: not what the project itself is made of.
    Example,
    /// Input of tests.
    Fixture,
}

/// The part that a file plays, told by the names of its folders.
pub fn role(path: &BStr) -> Role {
    folders(path)
        .map(role_of_folder)
        .max()
        .unwrap_or(Role::Main)
}

fn role_of_folder(name: &[u8]) -> Role {
    // `project_template`, `{{cookiecutter.name}}`: not code but the mould for it.
    if name.starts_with(b"{{") {
        return Role::Example;
    }
    let lower = name.to_ascii_lowercase();
    if lower.contains_str("fixture") {
        return Role::Fixture;
    }
    match lower.as_slice() {
        b"testdata" | b"test-data" | b"test_data" | b"snapshots" | b"__snapshots__" | b"mocks"
        | b"__mocks__" => Role::Fixture,
        b"example" | b"examples" | b"sample" | b"samples" | b"demo" | b"demos" | b"tutorial"
        | b"tutorials" | b"template" | b"templates" | b"project_template" | b"boilerplate" => {
            Role::Example
        }
        b"doc" | b"docs" | b"documentation" | b"website" => Role::Docs,
        b"test" | b"tests" | b"__tests__" | b"fuzz" | b"spec" | b"specs" | b"e2e" | b"bench"
        | b"benches" | b"benchmark" | b"benchmarks" => Role::Test,
        _ => Role::Main,
    }
}

/// How a file is read. A blob's facts depend on this and its bytes, never on its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reading {
    /// Source code: lines and connection strings.
    Source,
    /// Python: also what it imports.
    Python,
    /// Configuration: connection strings and container images.
    Settings,
    /// What a package manager reads.
    Manifest(Format),
}

impl Reading {
    /// The name under which facts are kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Python => "python",
            Self::Settings => "settings",
            Self::Manifest(format) => format.name(),
        }
    }

    /// How a file is to be read, if at all.
    ///
    /// What tests merely process and what belongs to no product is read for its lines only.
    pub fn of(path: &BStr, role: Role) -> Option<Self> {
        if role != Role::Fixture
            && let Some(format) = Format::of(path)
        {
            return Some(Self::Manifest(format));
        }
        match Language::of(path) {
            Some(language) if language.name == "Python" => Some(Self::Python),
            Some(_) => Some(Self::Source),
            None if role == Role::Main && is_settings(file_name(path)) => Some(Self::Settings),
            None => None,
        }
    }
}

fn is_settings(name: &[u8]) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with(b".env") {
        return true;
    }
    // What a package manager wrote says nothing that its manifest does not.
    if lower.contains_str("lock") {
        return false;
    }
    let extension = lower.rsplit_once_str(".").map(|(_, extension)| extension);
    extension.is_some_and(|extension| {
        [
            &b"yml"[..],
            b"yaml",
            b"toml",
            b"ini",
            b"cfg",
            b"conf",
            b"properties",
            b"env",
        ]
        .contains(&extension)
    })
}

/// The folders above a file, outermost first.
fn folders(path: &BStr) -> impl Iterator<Item = &[u8]> {
    let (folders, _) = split(path);
    folders.split_str("/").filter(|folder| !folder.is_empty())
}

/// The name without its folders.
pub fn file_name(path: &BStr) -> &[u8] {
    split(path).1
}

/// The folder of a file; empty for the top.
pub fn folder(path: &BStr) -> &BStr {
    split(path).0.as_bstr()
}

/// How many folders a path goes down.
pub fn depth(path: &BStr) -> usize {
    path.find_iter("/").count()
}

fn split(path: &BStr) -> (&[u8], &[u8]) {
    match path.rfind_byte(b'/') {
        Some(end) => (
            path.get(..end).unwrap_or_default(),
            path.get(end + 1..).unwrap_or_default(),
        ),
        None => (b"", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_foreign_folders_are_left_out_and_hidden_files_are_not() {
        for path in [
            ".github/x.py",
            "a/.b/x",
            "node_modules/x.js",
            "a/vendor/b/x.go",
            "a/__pycache__/x",
        ] {
            assert!(is_left_out(path.into()), "{path}");
        }
        for path in [
            ".eslintrc.js",
            "a/.env",
            "vendor",
            "node_modules.js",
            "vendors/a.py",
        ] {
            assert!(!is_left_out(path.into()), "{path}");
        }
    }

    #[test]
    fn the_strongest_role_of_all_folders_counts() {
        for (path, expected) in [
            ("src/main.rs", Role::Main),
            ("test.py", Role::Main),
            ("packages/a/tests/fixtures/package.json", Role::Fixture),
            ("tests/requirements.txt", Role::Test),
            ("Docs/conf.py", Role::Docs),
            ("examples/tests/a.py", Role::Example),
            ("{{cookiecutter.name}}/setup.py", Role::Example),
            ("contest/a.py", Role::Main),
        ] {
            assert_eq!(role(path.into()), expected, "{path}");
        }
    }

    #[test]
    fn a_files_name_says_how_it_is_read() {
        for (path, expected) in [
            (
                "a/package.json",
                Some(Reading::Manifest(Format::PackageJson)),
            ),
            ("setup.py", Some(Reading::Manifest(Format::SetupPy))),
            ("a.py", Some(Reading::Python)),
            ("a.RS", Some(Reading::Source)),
            (".env.example", Some(Reading::Settings)),
            ("docker-compose.yml", Some(Reading::Settings)),
            ("pnpm-lock.yaml", None),
            ("README.md", None),
            ("tests/fixtures/package.json", None),
            ("tests/fixtures/setup.py", Some(Reading::Python)),
            ("docs/config.yml", None),
        ] {
            assert_eq!(
                Reading::of(path.into(), role(path.into())),
                expected,
                "{path}"
            );
        }
    }
}
