//! What a project has for tools, and which calls of a tool that makes. Values only: the files are listed and read by
//! whoever asks.

use std::collections::BTreeSet;

use crate::findings::Unchecked;

/// The files of a project, as far as tools are concerned: those that git tracks, without vendored and generated ones.
pub struct Project<'a> {
    /// Their paths, sorted, relative to the folder that the task is about, with `/`.
    pub paths: &'a [String],
    /// Reads one of them; nothing when it is not there, or larger than a few mebibytes.
    pub read: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    /// Whether, for a folder of the project, a program is installed: `installed(folder, program)` (its own `.venv/bin`, `node_modules/.bin`, `PATH`).
    pub installed: &'a dyn Fn(&str, &str) -> bool,
}

/// One call of a tool, or several where its files are too many for one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planned {
    /// The folder it runs in, relative to the project's; empty for that itself.
    pub folder: String,
    /// Its arguments. `{files}` as an argument stands for [`Self::files`], `{report}` anywhere in one for the path of the
    /// report, `{input}` for the path of a file that holds [`Self::input`].
    pub args: Vec<String>,
    /// The files it is to look at, relative to `folder`. An argument list that is too long is cut into several calls.
    pub files: Vec<String>,
    /// What it is given to read, such as a list of requirements. `{report}` in it stands for the path of the report, as in an
    /// argument.
    pub input: Option<Vec<u8>>,
    /// How many things it is to look at, if that is known before: a run that finds nothing among none is not clean.
    pub expected: Option<u64>,
    /// The file that its findings are about where the report names none (a lock file), relative to the project's folder.
    pub about: Option<String>,
    /// What it was to look at and cannot be asked to: joins what its report did not look at, before it is judged.
    pub unchecked: Vec<Unchecked>,
    /// Variables added to its environment.
    pub env: Vec<(&'static str, String)>,
    /// Another program than the row's, such as `npx`'s target or a wrapper of the project (`./mvnw`).
    pub program: Option<String>,
    /// Another format than the row's: `npm test` is jest, vitest or node.
    pub format: Option<super::adapter::Format>,
    /// Another source than the row's.
    pub source: Option<super::adapter::Source>,
}

impl Planned {
    /// A call in the project's folder.
    pub fn here(args: &[&str]) -> Self {
        Self::within("", args)
    }

    /// A call in one of its folders.
    pub fn within(folder: &str, args: &[&str]) -> Self {
        Self {
            folder: folder.to_owned(),
            args: args.iter().map(|argument| (*argument).to_owned()).collect(),
            ..Self::default()
        }
    }
}

impl Project<'_> {
    /// The paths with one of these extensions.
    pub fn with_extension<'p>(&'p self, extensions: &'p [&str]) -> impl Iterator<Item = &'p str> {
        self.paths.iter().map(String::as_str).filter(move |path| {
            let (_, name) = split(path);
            name.rsplit_once('.').is_some_and(|(stem, extension)| {
                !stem.is_empty() && extensions.contains(&extension)
            })
        })
    }

    /// Whether there is a file of this path.
    pub fn has(&self, path: &str) -> bool {
        self.paths
            .binary_search_by(|known| known.as_str().cmp(path))
            .is_ok()
    }

    /// The folders that have a file of one of these names, sorted; the project's own is empty.
    pub fn folders_with(&self, names: &[&str]) -> BTreeSet<&str> {
        self.paths
            .iter()
            .map(|path| split(path))
            .filter(|(_, name)| names.contains(name))
            .map(|(folder, _)| folder)
            .collect()
    }

    /// The same without those below another of them: a workspace's members are its root's business.
    pub fn topmost_with(&self, names: &[&str]) -> Vec<&str> {
        topmost(self.folders_with(names))
    }
}

/// The topmost of these folders, sorted.
pub fn topmost<'p>(folders: impl IntoIterator<Item = &'p str>) -> Vec<&'p str> {
    let folders: BTreeSet<&str> = folders.into_iter().collect();
    let is_top = |folder: &&&str| !above(folder).skip(1).any(|it| folders.contains(it));
    folders.iter().filter(is_top).copied().collect()
}

/// A folder, the one that it is in, and so on up to the project's own.
pub fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| {
        (!folder.is_empty()).then(|| split(folder).0)
    })
}

/// A path in a folder; either may be empty.
pub fn join(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// A path's folder and its name.
pub fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Whether `path` is below `folder`.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
}

/// A path below `folder`, relative to it.
pub fn relative<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() {
        return Some(path);
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topmost(paths: &[&str]) -> Vec<String> {
        let mut paths: Vec<String> = paths.iter().map(|it| (*it).to_owned()).collect();
        paths.sort();
        let project = Project {
            paths: &paths,
            read: &|_| None,
            installed: &|_, _| false,
        };
        let found = project.topmost_with(&["package.json"]);
        found.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn members_are_their_roots_business() {
        assert_eq!(
            topmost(&[
                "a/package.json",
                "a-b/package.json",
                "a/c/d/package.json",
                "e/x"
            ]),
            ["a", "a-b"]
        );
        assert_eq!(topmost(&["package.json", "a/package.json"]), [""]);
        assert_eq!(topmost(&["x"]), [""; 0]);
    }

    #[test]
    fn paths_are_split_and_made_relative() {
        assert_eq!(split("a/b/c"), ("a/b", "c"));
        assert_eq!(split("c"), ("", "c"));
        assert!(is_within("a/b", "a") && is_within("a", "") && !is_within("ab/c", "a"));
        assert_eq!(relative("a/b", "a"), Some("b"));
        assert_eq!(relative("ab", "a"), None);
        assert_eq!(relative("a/b", ""), Some("a/b"));
    }
}
