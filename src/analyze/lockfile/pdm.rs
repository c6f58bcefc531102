//! PDM's `pdm.lock`.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::{Table, Value};

use super::format::LockFormat;
use super::linker::Linker;
use super::locked::{LockFile, Locked, LockedScope, Source};
use super::python::{Distribution, broken, edges_of, only_hash};
use crate::analyze::manifest::{is_for_development, pep508};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    package: Vec<Package>,
    #[serde(default)]
    metadata: Table,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    /// A package with extras has an entry of its own for them.
    #[serde(default)]
    extras: Vec<String>,
    groups: Option<Vec<String>>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    files: Vec<Distribution>,
    git: Option<String>,
    revision: Option<String>,
    path: Option<String>,
    url: Option<String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return broken(LockFormat::PdmLock, &error),
    };
    let mut lock = LockFile::new(LockFormat::PdmLock);
    let version = file.metadata.get("lock_version").and_then(Value::as_str);
    lock.version = version.map(str::to_owned);
    let (bare, with_extras): (Vec<&Package>, Vec<&Package>) = file
        .package
        .iter()
        .partition(|package| package.extras.is_empty());
    lock.packages = bare.iter().map(|package| locked(package)).collect();
    let by_version: HashMap<(String, Option<&str>), usize> = bare
        .iter()
        .enumerate()
        .map(|(at, package)| (key(package), at))
        .collect();
    let linker = Linker::of(&lock.packages);
    for (package, locked) in bare.iter().zip(&mut lock.packages) {
        let needed = package.dependencies.iter();
        locked.dependencies = needed.flat_map(|one| edges_of(one, &linker)).collect();
    }
    for package in with_extras {
        let Some(locked) = by_version
            .get(&key(package))
            .and_then(|at| lock.packages.get_mut(*at))
        else {
            continue;
        };
        let mut edges: Vec<_> = package
            .dependencies
            .iter()
            .flat_map(|one| edges_of(one, &linker))
            .collect();
        // It needs itself without them.
        edges.retain(|edge| by_version.get(&key(package)) != Some(&edge.to));
        let mut extras: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for extra in &package.extras {
            extras.insert(pep508::normal(extra), edges.clone());
        }
        locked.extras.extend(extras);
    }
    lock
}

fn key(package: &Package) -> (String, Option<&str>) {
    (pep508::normal(&package.name), package.version.as_deref())
}

fn locked(package: &Package) -> Locked {
    let mut locked = Locked::new(
        pep508::normal(&package.name),
        package.version.as_deref().unwrap_or_default(),
    );
    locked.scope = package.groups.as_ref().map(|groups| {
        if groups.iter().any(|group| group == "default") {
            LockedScope::Runtime
        } else if groups.iter().all(|group| is_for_development(group)) {
            LockedScope::Dev
        } else {
            LockedScope::Optional
        }
    });
    locked.source = if let Some(url) = &package.git {
        Source::git(url, package.revision.as_deref())
    } else if let Some(path) = &package.path {
        Source::path(path)
    } else if let Some(url) = &package.url {
        Source::url(url)
    } else {
        Source::default()
    };
    locked.hashes = only_hash(package.files.iter().map(|file| file.hash.as_deref()));
    locked
}
