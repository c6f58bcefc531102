//! What a path says about a file: whether it is the project's own, what part it plays, and how it is to be read.

use bstr::{BStr, ByteSlice};
use serde::{Deserialize, Serialize};

use super::languages::Language;
use super::linguist::{self, PathTag};
use super::lockfile::LockFormat;
use super::manifest::Format;

/// Folders whose files somebody else wrote, or a tool.
const FOREIGN: [&[u8]; 3] = [b"node_modules", b"vendor", b"__pycache__"];

/// Whether a file lies in a folder of other people's code, or of what is made from code.
pub fn is_foreign(path: &BStr) -> bool {
    folders(path).any(|folder| FOREIGN.contains(&folder))
}

/// Whether a file lies in a folder that is left out: hidden ones, and those of other people's code.
pub fn is_left_out(path: &BStr) -> bool {
    folders(path).any(|folder| folder.starts_with(b".") || FOREIGN.contains(&folder))
}

/// The part that the files of a folder play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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

/// How a file is read. A blob's facts depend on this, on the [`PathTag`] and on its bytes, never on the rest of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reading {
    /// Language and lines.
    Plain,
    /// Source code: also connection strings.
    Source,
    /// Python: also what it imports.
    Python,
    /// Configuration: connection strings and container images.
    Settings,
    /// What a package manager reads.
    Manifest(Format),
    /// `.gitattributes`: what it says about languages.
    Attributes,
}

/// What a path alone says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// In a hidden folder or in one of other people's code: the first MIRA analyser does not count it.
    pub left_out: bool,
    /// The part it plays.
    pub role: Role,
    /// How it is read, if at all.
    pub reading: Option<Reading>,
    /// What a package manager wrote in it, if one did.
    pub lock: Option<LockFormat>,
    /// Other people's code, by linguist's rules.
    pub vendored: bool,
    /// Documentation, by linguist's rules.
    pub documentation: bool,
    /// Written by a tool, by linguist's rules for paths.
    pub generated: bool,
}

impl Place {
    /// What a path says.
    pub fn of(path: &BStr) -> Self {
        let left_out = is_left_out(path);
        let role = role(path);
        Self {
            left_out,
            role,
            reading: reading(path, role, left_out),
            lock: LockFormat::of(path).filter(|_| !left_out && role != Role::Fixture),
            vendored: linguist::is_vendored(path),
            documentation: linguist::is_documentation(path),
            generated: linguist::is_generated_by_path(path),
        }
    }
}

/// What tests merely process and what belongs to no product is read for its lines only; other people's code is not read.
fn reading(path: &BStr, role: Role, left_out: bool) -> Option<Reading> {
    if folders(path).any(|folder| FOREIGN.contains(&folder)) {
        return None;
    }
    if file_name(path) == b".gitattributes" {
        return Some(Reading::Attributes);
    }
    if left_out {
        return is_text(path).then_some(Reading::Plain);
    }
    if role != Role::Fixture
        && let Some(format) = Format::of(path)
    {
        return Some(Reading::Manifest(format));
    }
    match Language::of(path) {
        Some(language) if language.name == "Python" => Some(Reading::Python),
        Some(_) => Some(Reading::Source),
        None if role == Role::Main && is_settings(file_name(path)) => Some(Reading::Settings),
        None => is_text(path).then_some(Reading::Plain),
    }
}

/// Whether a file may be text in a language: its name is known, or has no extension, or is that of a key.
fn is_text(path: &BStr) -> bool {
    if PathTag::of(path) != PathTag::Other {
        return true;
    }
    let name = file_name(path);
    match name.rfind_byte(b'.') {
        None | Some(0) => true,
        Some(dot) => {
            let extension = name.get(dot + 1..).unwrap_or_default();
            KEYS.iter().any(|key| extension.eq_ignore_ascii_case(key))
        }
    }
}

/// Extensions of files in which keys are kept.
const KEYS: [&[u8]; 5] = [b"pem", b"key", b"env", b"p8", b"ppk"];

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
            ("pnpm-lock.yaml", Some(Reading::Plain)),
            ("README.md", Some(Reading::Plain)),
            ("a/.gitattributes", Some(Reading::Attributes)),
            ("tests/fixtures/package.json", Some(Reading::Plain)),
            ("tests/fixtures/setup.py", Some(Reading::Python)),
            ("docs/config.yml", Some(Reading::Plain)),
            (".github/a.py", Some(Reading::Plain)),
            ("node_modules/a.js", None),
            ("logo.png", None),
            ("keys/server.pem", Some(Reading::Plain)),
            ("bin/run", Some(Reading::Plain)),
        ] {
            assert_eq!(Place::of(path.into()).reading, expected, "{path}");
        }
    }
}
