//! Cargo's `Cargo.lock`, versions 1 to 4.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::format::LockFormat;
use super::hash::{Algorithm, Hash};
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Need, Source};
use super::python::broken;

const USUAL: [&str; 2] = [
    "https://github.com/rust-lang/crates.io-index",
    "https://index.crates.io",
];

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct File {
    version: Option<u64>,
    /// The project itself, in the oldest files.
    root: Option<Package>,
    package: Vec<Package>,
    /// Checksums, in version 1.
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return broken(LockFormat::CargoLock, &error),
    };
    let mut lock = LockFile::new(LockFormat::CargoLock);
    // Versions 1 and 2 do not say which they are: only the first keeps its checksums apart.
    let unsaid = if file.metadata.is_empty() { 2 } else { 1 };
    lock.version = Some(file.version.unwrap_or(unsaid).to_string());
    let packages: Vec<Package> = file.root.into_iter().chain(file.package).collect();
    for package in &packages {
        lock.packages.push(locked(package, &file.metadata));
    }
    let linker = Linker::of(&lock.packages);
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(packages.len());
    for package in &packages {
        let needed = package.dependencies.iter();
        edges.push(
            needed
                .flat_map(|needed| find(needed, &linker, &packages))
                .collect(),
        );
    }
    for (at, (package, to)) in lock.packages.iter_mut().zip(edges).enumerate() {
        package.dependencies = to.iter().copied().map(Edge::from).collect();
        // Folders are not told: a member is known by its name.
        if package.is_local() {
            let needs = to.into_iter().filter_map(|to| {
                Some(Need {
                    name: packages.get(to)?.name.clone(),
                    spec: None,
                    scope: LockedScope::Runtime,
                    to: vec![to],
                    extras: Vec::new(),
                })
            });
            lock.members.push(Member {
                path: None,
                name: Some(package.name.clone()),
                package: Some(at),
                needs: needs.collect(),
            });
        }
    }
    lock.with_direct()
}

fn locked(package: &Package, metadata: &BTreeMap<String, String>) -> Locked {
    let mut locked = Locked::new(&package.name, &package.version);
    let source = package.source.as_deref();
    locked.source = match source.and_then(|source| source.split_once('+')) {
        Some(("git", url)) => {
            let (url, commit) = url.split_once('#').unwrap_or((url, ""));
            Source::git(url, Some(commit))
        }
        Some((_, url)) => Source::registry(url, &USUAL),
        None => Source::path(""),
    };
    let old = || {
        let key = format!(
            "checksum {} {} ({})",
            package.name,
            package.version,
            source.unwrap_or_default()
        );
        metadata.get(&key)
    };
    let checksum = package.checksum.as_ref().or_else(old);
    let hash = checksum.and_then(|hex| Hash::new(Algorithm::Sha256, hex));
    locked.hashes = hash.into_iter().collect();
    locked
}

/// `name`, `name version` or `name version (source)`: no more than it takes to tell which is meant.
fn find(needed: &str, linker: &Linker, packages: &[Package]) -> Vec<usize> {
    let mut words = needed.splitn(3, ' ');
    let name = words.next().unwrap_or_default();
    let found = linker.with_version(name, words.next());
    let source = words.next().map(|source| source.trim_matches(['(', ')']));
    match (source, found) {
        (Some(source), [_, _, ..]) => found
            .iter()
            .copied()
            .filter(|at| {
                let found = packages.get(*at).and_then(|one| one.source.as_deref());
                // A commit is written in the package's own source only.
                found.is_some_and(|found| found.split('#').next() == source.split('#').next())
            })
            .collect(),
        _ => found.to_vec(),
    }
}
