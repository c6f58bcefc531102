//! Poetry's `poetry.lock`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::format::LockFormat;
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, LockedScope, Source};
use super::python::{USUAL, broken, edges, edges_of, only_hash};
use crate::analyze::manifest::pep508;

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
    version: String,
    #[serde(default)]
    optional: bool,
    /// Before Poetry 1.5: `main` or `dev`.
    category: Option<String>,
    /// Since Poetry 2.
    groups: Option<Vec<String>>,
    #[serde(default)]
    files: Vec<Table>,
    #[serde(default)]
    dependencies: Table,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    source: Table,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return broken(LockFormat::PoetryLock, &error),
    };
    let mut lock = LockFile::new(LockFormat::PoetryLock);
    let version = file.metadata.get("lock-version").and_then(Value::as_str);
    lock.version = version.map(str::to_owned);
    let old_files = file.metadata.get("files").and_then(Value::as_table);
    for package in &file.package {
        let mut locked = locked(package);
        let old = old_files.and_then(|files| files.get(&package.name)?.as_array());
        let old = old.into_iter().flatten().filter_map(Value::as_table);
        let hash = |file: &'_ Table| file.get("hash").and_then(Value::as_str).map(str::to_owned);
        let hashes: Vec<Option<String>> = package.files.iter().chain(old).map(hash).collect();
        locked.hashes = only_hash(hashes.iter().map(Option::as_deref));
        lock.packages.push(locked);
    }
    let linker = Linker::of(&lock.packages);
    for (package, locked) in file.package.iter().zip(&mut lock.packages) {
        let needed = package.dependencies.iter();
        locked.dependencies = needed
            .flat_map(|(name, value)| needs(name, value, &linker))
            .collect();
        locked.extras = package
            .extras
            .iter()
            .map(|(extra, needed)| {
                let edges = needed.iter().flat_map(|one| edges_of(one, &linker));
                (pep508::normal(extra), edges.collect())
            })
            .collect();
    }
    lock
}

/// A version, a table, or a list of either, of which the platform chooses.
fn needs(name: &str, value: &Value, linker: &Linker) -> Vec<Edge> {
    let all = match value {
        Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut extras: Vec<String> = Vec::new();
    let mut optional = !all.is_empty();
    for one in all {
        // What is needed for an extra only is listed there as well.
        optional &= one.get("optional").and_then(Value::as_bool) == Some(true);
        let asked = one.get("extras").and_then(Value::as_array);
        let asked = asked.into_iter().flatten().filter_map(Value::as_str);
        extras.extend(asked.map(str::to_owned));
    }
    if optional {
        return Vec::new();
    }
    extras.dedup();
    edges(&pep508::normal(name), None, &extras, linker)
}

fn locked(package: &Package) -> Locked {
    let mut locked = Locked::new(pep508::normal(&package.name), &package.version);
    let is_main = match (&package.groups, package.category.as_deref()) {
        (Some(groups), _) => Some(groups.iter().any(|group| group == "main")),
        (None, Some(category)) => Some(category == "main"),
        (None, None) => None,
    };
    locked.scope = match (is_main, package.optional) {
        (Some(false), _) => Some(LockedScope::Dev),
        (_, true) => Some(LockedScope::Optional),
        (Some(true), false) => Some(LockedScope::Runtime),
        (None, false) => None,
    };
    let text = |key: &str| package.source.get(key).and_then(Value::as_str);
    let url = text("url").unwrap_or_default();
    locked.source = match text("type") {
        Some("git") => Source::git(url, text("resolved_reference").or(text("reference"))),
        Some("directory" | "file") => Source::path(url),
        Some("url") => Source::url(url),
        _ => Source::registry(url, &USUAL),
    };
    locked
}
