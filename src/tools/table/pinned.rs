//! Which versions of Python packages a project has pinned, and what it asks for without pinning it: what audits that
//! resolve nothing can look at, and what they cannot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use bstr::BStr;
use regex::Regex;

use crate::analyze::lockfile::{LockFormat, Source};
use crate::analyze::manifest::{Ecosystem, Format, Manifest};
use crate::findings::Unchecked;
use crate::tools::project::{Project, is_within, split};

/// So many requirements of a file are named that nothing pins.
const NAMED: usize = 5;

/// Versions in PEP 440's form; an audit refuses a whole list for one that is not.
static VERSION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)^v?(\d+!)?\d+(\.\d+)*([-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?\d*)?(-\d+|[-_.]?(post|rev|r)[-_.]?\d*)?([-_.]?dev[-_.]?\d*)?(\+[a-z0-9]+([-_.][a-z0-9]+)*)?$";
    Regex::new(pattern).ok()
});

/// What one file pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// The file, relative to the project's folder.
    pub path: String,
    /// Package and version, sorted, each pair once. A package may have several versions: for several platforms.
    pub packages: BTreeSet<(String, String)>,
    /// What it asks for, or is, that cannot be looked at.
    pub unchecked: Vec<Unchecked>,
}

impl Pinned {
    /// Lists of `name==version` that have each name once, which is what pip takes; several if a package has several
    /// versions, none if nothing is pinned.
    pub fn lists(&self) -> Vec<Vec<u8>> {
        let mut lists: Vec<String> = Vec::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (name, version) in &self.packages {
            let at = seen.entry(name).or_default();
            if lists.len() <= *at {
                lists.push(String::new());
            }
            if let Some(list) = lists.get_mut(*at) {
                list.push_str(name);
                list.push_str("==");
                list.push_str(version);
                list.push('\n');
            }
            *at += 1;
        }
        lists.into_iter().map(String::into_bytes).collect()
    }
}

/// Packages by name with their versions.
type Locked = BTreeMap<String, BTreeSet<String>>;

/// What each lock file and manifest of Python pins, by path. A requirement without an exact version counts as pinned if a
/// lock file of its folder or of one above has its package; the others are unchecked, and so is what comes from elsewhere
/// than a registry. What a lock file pins, a manifest beside or below it does not pin once more. What builds a project
/// (`build-system`) is no part of it.
pub fn of(project: &Project<'_>) -> Vec<Pinned> {
    let mut found: Vec<Pinned> = Vec::new();
    let mut locked: BTreeMap<&str, Locked> = BTreeMap::new();
    let mut manifests: Vec<(&str, Manifest)> = Vec::new();
    for path in project.paths {
        let (folder, _) = split(path);
        let lock = LockFormat::of(BStr::new(path)).filter(|it| it.ecosystem() == Ecosystem::Pypi);
        let manifest = Format::of(BStr::new(path)).filter(|it| it.ecosystem() == Ecosystem::Pypi);
        if lock.is_none() && manifest.is_none() {
            continue;
        }
        let Some(bytes) = (project.read)(path) else {
            found.push(Pinned {
                path: path.clone(),
                unchecked: vec![unchecked(path, "it cannot be read, or is too large")],
                ..Pinned::default()
            });
            continue;
        };
        if let Some((pinned, names)) = lock.and_then(|lock| of_lock(path, lock, &bytes)) {
            let known = locked.entry(folder).or_default();
            for (name, versions) in names {
                known.entry(name).or_default().extend(versions);
            }
            found.push(pinned);
        } else if let Some(format) = manifest {
            manifests.push((path, format.parse(&bytes)));
        }
    }
    for (path, manifest) in manifests {
        let (folder, _) = split(path);
        let is_locked = |name: &str, version: Option<&str>| {
            let around = locked
                .iter()
                .filter(|(above, _)| folder == **above || is_within(folder, above));
            around
                .filter_map(|(_, packages)| packages.get(name))
                .any(|versions| version.is_none_or(|version| versions.contains(version)))
        };
        found.extend(of_manifest(path, &manifest, &is_locked));
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn unchecked(what: &str, reason: impl Into<String>) -> Unchecked {
    Unchecked {
        what: what.to_owned(),
        reason: reason.into(),
    }
}

/// What a lock file pins, and all that it has; nothing for a requirements file that is none.
fn of_lock(path: &str, format: LockFormat, bytes: &[u8]) -> Option<(Pinned, Locked)> {
    let lock = format.parse(bytes);
    if lock.is_empty() && format == LockFormat::CompiledRequirements {
        return None;
    }
    let mut pinned = Pinned {
        path: path.to_owned(),
        ..Pinned::default()
    };
    let mut names = Locked::new();
    for package in lock.packages {
        let version = package.version.trim();
        let versions = names.entry(package.name.clone()).or_default();
        versions.insert(version.to_owned());
        let what = format!("{} {version}", package.name);
        let reason = match &package.source {
            Source::Path { .. } => continue,
            Source::Git { .. } => "it comes from a Git repository",
            Source::Url { .. } => "it comes from an address of its own",
            Source::Registry { .. } if is_auditable(&package.name, version) => {
                pinned.packages.insert((package.name, version.to_owned()));
                continue;
            }
            Source::Registry { .. } => "its version is not one of PEP 440",
        };
        pinned.unchecked.push(unchecked(what.trim(), reason));
    }
    let problems = lock
        .problems
        .into_iter()
        .map(|problem| unchecked(path, problem));
    pinned.unchecked.extend(problems);
    Some((pinned, names))
}

/// Nothing for a manifest that asks for nothing.
fn of_manifest(
    path: &str,
    manifest: &Manifest,
    is_locked: &dyn Fn(&str, Option<&str>) -> bool,
) -> Option<Pinned> {
    let mut pinned = Pinned {
        path: path.to_owned(),
        ..Pinned::default()
    };
    let mut open: Vec<String> = Vec::new();
    for requirement in &manifest.requirements {
        if requirement.local || requirement.group.as_deref() == Some("build") {
            continue;
        }
        let exact = requirement.spec.strip_prefix("==").map(str::trim);
        match exact.filter(|version| is_auditable(&requirement.name, version)) {
            Some(version) if is_locked(&requirement.name, Some(version)) => {}
            Some(version) => {
                let package = (requirement.name.clone(), version.to_owned());
                pinned.packages.insert(package);
            }
            None if is_locked(&requirement.name, None) => {}
            None => open.push(format!("{} {}", requirement.name, requirement.spec)),
        }
    }
    open.sort();
    open.dedup();
    if !open.is_empty() {
        let named = open
            .iter()
            .take(NAMED)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let more = match open.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let reason = format!("nothing pins the version of {named}{more}");
        pinned.unchecked.push(unchecked(path, reason));
    }
    let problems = manifest
        .problems
        .iter()
        .map(|problem| unchecked(path, problem));
    pinned.unchecked.extend(problems);
    (!pinned.packages.is_empty() || !pinned.unchecked.is_empty()).then_some(pinned)
}

fn is_auditable(name: &str, version: &str) -> bool {
    let mut ends = [name.chars().next(), name.chars().next_back()].into_iter();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ends.all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
        && name.chars().all(plain)
        && version.len() < 200
        && VERSION.as_ref().is_some_and(|it| it.is_match(version))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn pinned(files: &[(&str, &str)]) -> Vec<Pinned> {
        let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        of(&Project {
            paths: &paths,
            read: &|path| {
                let (_, text) = files.iter().find(|(known, _)| *known == path)?;
                Some(text.as_bytes().to_vec())
            },
            installed: &|_, _| true,
        })
    }

    fn lists(pinned: &Pinned) -> Vec<String> {
        let lists = pinned.lists().into_iter();
        lists.map(|list| String::from_utf8(list).unwrap()).collect()
    }

    #[test]
    fn nothing_is_dropped_without_a_word() {
        let found = pinned(&[
            (
                "requirements.txt",
                "Flask==2.0 --hash=sha256:aa\njinja2>=2\nx==1.*\nmy @ git+https://example.org/my@v1\n-r other.txt\n",
            ),
            ("requirements-dev.txt", "pytest==8.0.0\n"),
            (
                "setup.py",
                "from setuptools import setup\nsetup(install_requires=['django>=4', 'a', 'b', 'c', 'd', 'e'])\n",
            ),
            ("src/x.py", "import x"),
        ]);
        let [dev, main, setup] = found.as_slice() else {
            unreachable!("{found:?}")
        };
        assert_eq!(lists(dev), ["pytest==8.0.0\n"]);
        assert!(dev.unchecked.is_empty());
        assert_eq!(lists(main), ["flask==2.0\n"]);
        assert_eq!(
            main.unchecked[0].reason,
            "nothing pins the version of jinja2 >=2, my @ git+https://example.org/my@v1, x ==1.*"
        );
        assert_eq!(
            setup.unchecked[0].reason,
            "nothing pins the version of a *, b *, c *, d *, django >=4 and 1 more"
        );
        assert_eq!(pinned(&[("src/x.py", "")]), []);
    }

    #[test]
    fn a_lock_file_pins_what_manifests_around_and_below_it_ask_for() {
        let lock = r#"
version = 1
[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "numpy"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "mine"
version = "0.1"
source = { editable = "." }
[[package]]
name = "forked"
version = "3"
source = { git = "https://example.org/forked?rev=1#2" }
"#;
        let found = pinned(&[
            ("uv.lock", lock),
            (
                "pyproject.toml",
                "[project]\nname='mine'\ndependencies=['numpy>=1', 'numpy==2.0.0', 'forked']\n[build-system]\nrequires=['hatchling']\n",
            ),
            (
                "packages/a/pyproject.toml",
                "[project]\nname='a'\ndependencies=['numpy', 'numpy==1.0', 'other']\n",
            ),
        ]);
        let [below, lock] = found.as_slice() else {
            unreachable!("{found:?}")
        };
        assert_eq!(
            below.unchecked[0].reason,
            "nothing pins the version of other *"
        );
        assert_eq!(lists(below), ["numpy==1.0\n"]);
        assert_eq!(lists(lock), ["numpy==1.26.4\n", "numpy==2.0.0\n"]);
        assert_eq!(
            lock.unchecked,
            [unchecked("forked 3", "it comes from a Git repository")]
        );
    }

    #[test]
    fn a_broken_lock_file_is_unchecked() {
        let found = pinned(&[("poetry.lock", "[[package"), ("Pipfile.lock", "{}")]);
        let what: Vec<&str> = found
            .iter()
            .flat_map(|it| &it.unchecked)
            .map(|it| it.what.as_str())
            .collect();
        assert_eq!(what, ["poetry.lock"]);
    }

    #[test]
    fn versions_are_those_of_pep_440() {
        for version in [
            "1",
            "1.0rc1",
            "1!2.0.post1.dev3",
            "1.0+cu118",
            "2024.1.1",
            "1.0-1",
        ] {
            assert!(is_auditable("a", version), "{version}");
        }
        for version in [
            "",
            "1.*",
            "=1.0",
            "1.0 --hash",
            "1.0-foo",
            "1.0\nb==2",
            ">=1",
        ] {
            assert!(!is_auditable("a", version), "{version}");
        }
        assert!(!is_auditable("a b", "1") && !is_auditable("-a", "1") && !is_auditable("é", "1"));
    }
}
