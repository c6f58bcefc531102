//! `pylock.toml` (PEP 751).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::format::LockFormat;
use super::linker::Linker;
use super::locked::{LockFile, Locked, LockedScope, Source};
use super::python::{USUAL, broken, edges, only_hash};
use crate::analyze::manifest::pep508;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    lock_version: Option<String>,
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    index: Option<String>,
    #[serde(default)]
    dependencies: Vec<Dependency>,
    vcs: Option<Vcs>,
    directory: Option<Directory>,
    archive: Option<Artefact>,
    sdist: Option<Artefact>,
    #[serde(default)]
    wheels: Vec<Artefact>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vcs {
    url: Option<String>,
    path: Option<String>,
    commit_id: Option<String>,
}

#[derive(Deserialize)]
struct Directory {
    path: String,
}

#[derive(Deserialize)]
struct Artefact {
    url: Option<String>,
    path: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return broken(LockFormat::Pylock, &error),
    };
    let mut lock = LockFile::new(LockFormat::Pylock);
    lock.version = file.lock_version;
    lock.packages = file.packages.iter().map(locked).collect();
    let linker = Linker::of(&lock.packages);
    for (package, locked) in file.packages.iter().zip(&mut lock.packages) {
        let needed = package.dependencies.iter();
        locked.dependencies = needed
            .flat_map(|needed| {
                let name = pep508::normal(&needed.name);
                edges(&name, needed.version.as_deref(), &[], &linker)
            })
            .collect();
    }
    lock
}

fn locked(package: &Package) -> Locked {
    let mut locked = Locked::new(
        pep508::normal(&package.name),
        package.version.as_deref().unwrap_or_default(),
    );
    let marker = package.marker.as_deref().unwrap_or_default();
    locked.scope = if marker.contains("in dependency_groups") {
        Some(LockedScope::Dev)
    } else if marker.contains("in extras") {
        Some(LockedScope::Optional)
    } else {
        None
    };
    locked.source = if let Some(vcs) = &package.vcs {
        let url = vcs.url.as_deref().or(vcs.path.as_deref());
        Source::git(url.unwrap_or_default(), vcs.commit_id.as_deref())
    } else if let Some(directory) = &package.directory {
        Source::path(&directory.path)
    } else if let Some(archive) = &package.archive {
        match &archive.url {
            Some(url) => Source::url(url),
            None => Source::path(archive.path.as_deref().unwrap_or_default()),
        }
    } else {
        Source::registry(package.index.as_deref().unwrap_or_default(), &USUAL)
    };
    let files = package
        .archive
        .iter()
        .chain(&package.sdist)
        .chain(&package.wheels);
    let hashes: Vec<Option<String>> = files
        .map(|file| {
            let (name, hex) = file.hashes.iter().next()?;
            Some(format!("{name}:{hex}"))
        })
        .collect();
    locked.hashes = only_hash(hashes.iter().map(Option::as_deref));
    locked
}
