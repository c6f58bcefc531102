//! uv's `uv.lock`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::format::LockFormat;
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Need, Source};
use super::python::{Distribution, USUAL, broken, edges, only_hash};
use crate::analyze::manifest::{is_for_development, pep508};

#[derive(Deserialize)]
struct File {
    version: Option<i64>,
    #[serde(default)]
    package: Vec<Package>,
    #[serde(default)]
    manifest: Manifest,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    members: Vec<String>,
    /// What the top of a workspace that is no project asks for.
    requirements: Vec<Dependency>,
    dependency_groups: BTreeMap<String, Vec<Dependency>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    #[serde(default)]
    source: Option<Value>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Dependency>>,
    sdist: Option<Distribution>,
    #[serde(default)]
    wheels: Vec<Distribution>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
    source: Option<Value>,
    #[serde(default)]
    extra: Vec<String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return broken(LockFormat::UvLock, &error),
    };
    let mut lock = LockFile::new(LockFormat::UvLock);
    lock.version = file.version.map(|version| version.to_string());
    lock.packages = file.package.iter().map(locked).collect();
    let linker = Linker::of(&lock.packages);
    let find = |needed: &Dependency| -> Vec<Edge> {
        let found = edges(
            &pep508::normal(&needed.name),
            needed.version.as_deref(),
            &needed.extra,
            &linker,
        );
        let of_source = |edge: &Edge| {
            let package = file.package.get(edge.to);
            package.is_some_and(|package| package.source == needed.source)
        };
        match found.len() {
            0 | 1 => found,
            // One version from several places: the source tells them apart.
            _ if needed.source.is_some() && found.iter().any(of_source) => {
                found.into_iter().filter(of_source).collect()
            }
            _ => found,
        }
    };
    for (package, locked) in file.package.iter().zip(&mut lock.packages) {
        locked.dependencies = package.dependencies.iter().flat_map(find).collect();
        locked.extras = package
            .optional_dependencies
            .iter()
            .map(|(extra, needed)| {
                let edges = needed.iter().flat_map(find).collect();
                (pep508::normal(extra), edges)
            })
            .collect();
    }
    let need = |(needed, scope): (&Dependency, LockedScope)| Need {
        name: pep508::normal(&needed.name),
        // Specifiers are written anew here.
        spec: None,
        scope,
        to: find(needed).into_iter().map(|edge| edge.to).collect(),
        extras: needed
            .extra
            .iter()
            .map(|extra| pep508::normal(extra))
            .collect(),
    };
    for (at, package) in file.package.iter().enumerate() {
        let Some(path) = member_path(package, &file.manifest.members) else {
            continue;
        };
        // An extra whose name says that it serves development does, as in manifests.
        let scope = |extra: &str| {
            if is_for_development(extra) {
                LockedScope::Dev
            } else {
                LockedScope::Optional
            }
        };
        let extras = package.optional_dependencies.iter();
        let groups = package.dev_dependencies.values().flatten();
        let needed = package
            .dependencies
            .iter()
            .map(|needed| (needed, LockedScope::Runtime))
            .chain(extras.flat_map(|(extra, needed)| {
                needed.iter().map(move |needed| (needed, scope(extra)))
            }))
            .chain(groups.map(|needed| (needed, LockedScope::Dev)));
        lock.members.push(Member {
            path: Some(path.to_owned()),
            name: Some(pep508::normal(&package.name)),
            package: Some(at),
            needs: needed.map(need).collect(),
        });
    }
    let groups = file.manifest.dependency_groups.values().flatten();
    let needed = file.manifest.requirements.iter();
    let needed = needed.map(|needed| (needed, LockedScope::Runtime));
    let needs: Vec<Need> = needed
        .chain(groups.map(|needed| (needed, LockedScope::Dev)))
        .map(need)
        .collect();
    if !needs.is_empty() {
        lock.members.push(Member {
            path: Some(String::new()),
            needs,
            ..Member::default()
        });
    }
    lock.settled()
}

/// The folder of a package that is a project of the workspace.
fn member_path<'p>(package: &'p Package, members: &[String]) -> Option<&'p str> {
    let source = package.source.as_ref()?;
    let path = ["editable", "virtual"]
        .iter()
        .find_map(|kind| source.get(kind)?.as_str())?;
    let listed = members.contains(&package.name);
    (path == "." || listed).then_some(if path == "." { "" } else { path })
}

fn locked(package: &Package) -> Locked {
    let mut locked = Locked::new(
        pep508::normal(&package.name),
        package.version.as_deref().unwrap_or_default(),
    );
    let text = |key: &str| {
        package
            .source
            .as_ref()
            .and_then(|source| source.get(key)?.as_str())
    };
    locked.source = if let Some(url) = text("git") {
        let (url, commit) = url.split_once('#').unwrap_or((url, ""));
        Source::git(url, Some(commit))
    } else if let Some(url) = text("url") {
        Source::url(url)
    } else if let Some(path) = ["editable", "virtual", "directory", "path"]
        .iter()
        .find_map(|key| text(key))
    {
        Source::path(path)
    } else {
        Source::registry(text("registry").unwrap_or_default(), &USUAL)
    };
    let files = package.sdist.iter().chain(&package.wheels);
    locked.hashes = only_hash(files.map(|file| file.hash.as_deref()));
    locked
}
