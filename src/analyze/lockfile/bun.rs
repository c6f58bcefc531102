//! Bun's `bun.lock`: JSON with trailing commas. Packages are lists, by the path of names under which each is installed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::format::LockFormat;
use super::hash::Hash;
use super::jsonc;
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Source};
use super::nesting::{Places, TOP};
use super::npm_source;
use super::yarn::split;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: Option<u64>,
    #[serde(default)]
    workspaces: BTreeMap<String, Workspace>,
    #[serde(default)]
    packages: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    overrides: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Workspace {
    name: Option<String>,
    version: Option<String>,
    dependencies: Map<String, Value>,
    dev_dependencies: Map<String, Value>,
    optional_dependencies: Map<String, Value>,
    peer_dependencies: Map<String, Value>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let file: File = match serde_json::from_str(&jsonc::to_json(text)) {
        Ok(file) => file,
        Err(error) => return LockFile::broken(LockFormat::BunLock, error.to_string()),
    };
    let mut lock = LockFile::new(LockFormat::BunLock);
    lock.version = file.lockfile_version.map(|version| version.to_string());
    lock.overridden = file.overrides.keys().cloned().collect();
    let mut places = Places::new();
    // Members first: the packages' list names their folders.
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (folder, workspace) in &file.workspaces {
        folders.insert(folder, lock.packages.len());
        let name = workspace.name.as_deref().unwrap_or_default();
        let version = workspace.version.as_deref().unwrap_or_default();
        lock.members.push(Member {
            path: Some(folder.clone()),
            name: workspace.name.clone(),
            package: Some(lock.packages.len()),
            needs: Vec::new(),
        });
        lock.packages.push(Locked {
            source: Source::path(folder),
            ..Locked::new(name, version)
        });
    }
    let mut entries: Vec<(&Vec<Value>, usize, usize)> = Vec::new();
    for (key, entry) in &file.packages {
        let Some(resolution) = entry.first().and_then(Value::as_str) else {
            lock.problems.push(format!("{key:?} names no package"));
            continue;
        };
        let place = names(key).fold(TOP, |place, name| places.enter(place, name));
        let (name, reference) = split(resolution);
        if let Some(folder) = reference.strip_prefix("workspace:") {
            if let Some(at) = folders.get(folder) {
                places.install(place, *at);
            }
            continue;
        }
        let at = lock.packages.len();
        places.install(place, at);
        lock.packages.push(package(name, reference, entry));
        entries.push((entry, place, at));
    }
    for (entry, place, at) in entries {
        let info = entry.iter().find_map(Value::as_object);
        let optional_peers: Vec<&str> = info
            .and_then(|info| info.get("optionalPeers")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let sections = ["dependencies", "optionalDependencies", "peerDependencies"];
        let needs = sections
            .iter()
            .filter_map(|section| info?.get(*section)?.as_object())
            .flatten()
            .filter(|(name, _)| !optional_peers.contains(&name.as_str()));
        let mut edges: Vec<usize> = needs
            .filter_map(|(name, _)| places.find(place, name))
            .collect();
        edges.sort_unstable();
        edges.dedup();
        if let Some(package) = lock.packages.get_mut(at) {
            package.dependencies = edges.into_iter().map(Edge::from).collect();
        }
    }
    for (member, workspace) in lock.members.iter_mut().zip(file.workspaces.values()) {
        // What a member alone has is installed below its name.
        let place = workspace
            .name
            .as_deref()
            .filter(|_| member.path.as_deref() != Some(""))
            .map_or(TOP, |name| places.enter(TOP, name));
        member.needs = places.needs(
            place,
            [
                (&workspace.dependencies, LockedScope::Runtime),
                (&workspace.dev_dependencies, LockedScope::Dev),
                (&workspace.optional_dependencies, LockedScope::Optional),
                (&workspace.peer_dependencies, LockedScope::Runtime),
            ],
        );
        if let Some(package) = member.package.and_then(|at| lock.packages.get_mut(at)) {
            package.dependencies = member.runtime_edges();
        }
    }
    lock.settled()
}

fn package(name: &str, reference: &str, entry: &[Value]) -> Locked {
    let hosted = reference.contains([':', '/']);
    let mut package = Locked::new(name, if hosted { "" } else { reference });
    let text = |at: usize| entry.get(at).and_then(Value::as_str);
    if hosted {
        package.source = npm_source::read(reference);
    } else if let Some(address) = text(1) {
        package.source = npm_source::read(address);
    }
    let hash = entry.iter().skip(1).rev().find_map(Value::as_str);
    package.hashes = Hash::sri(hash.unwrap_or_default());
    package
}

/// The names of a path: a scope takes two parts.
fn names(key: &str) -> impl Iterator<Item = &str> {
    let mut rest = key;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let from = match rest.strip_prefix('@') {
            Some(scoped) => scoped.find('/').map_or(rest.len(), |at| at + 2),
            None => 0,
        };
        let end = rest.get(from..).and_then(|rest| rest.find('/'));
        let end = end.map_or(rest.len(), |end| from + end);
        let (name, after) = rest.split_at_checked(end)?;
        rest = after.strip_prefix('/').unwrap_or(after);
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_part_of_names() {
        for (key, expected) in [
            ("a", vec!["a"]),
            ("@s/a/b", vec!["@s/a", "b"]),
            ("a/@s/b/@t/c", vec!["a", "@s/b", "@t/c"]),
            ("@s", vec!["@s"]),
            ("", vec![]),
        ] {
            assert_eq!(names(key).collect::<Vec<_>>(), expected, "{key}");
        }
    }
}
