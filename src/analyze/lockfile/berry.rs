//! Modern yarn's `yarn.lock` (versions 4 and up), which is YAML: entries headed by descriptors, each resolved to a locator
//! (`name@npm:1.0.0`, `name@workspace:packages/name`, `name@patch:…`).

use std::collections::HashMap;

use super::format::LockFormat;
use super::indented::{Document, Value};
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Need, Source};
use super::npm_source;
use super::yarn::split;

/// Classic files have no metadata.
pub(super) fn is_berry(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("__metadata:"))
}

pub(super) fn parse(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::YarnLock);
    let documents = Document::all(text);
    let Some(document) = documents.last() else {
        return lock;
    };
    if let Some(line) = document.strange.first() {
        let count = document.strange.len();
        lock.problems.push(format!(
            "{count} lines are not understood, the first is {line}"
        ));
    }
    let mut descriptors: HashMap<&str, usize> = HashMap::new();
    let mut entries: Vec<(Value<'_>, usize)> = Vec::new();
    for (key, entry) in document.root().entries() {
        if key == "__metadata" {
            lock.version = entry.text_at("version").map(str::to_owned);
            continue;
        }
        let Some(resolution) = entry.text_at("resolution") else {
            lock.problems.push(format!("{key:?} is not resolved"));
            continue;
        };
        let at = lock.packages.len();
        for descriptor in key.split(", ") {
            descriptors.insert(descriptor, at);
        }
        let (package, workspace) = package(resolution, entry);
        if let Some(path) = workspace {
            lock.members.push(Member {
                path: Some(if path == "." { "" } else { path }.to_owned()),
                name: Some(package.name.clone()),
                package: Some(at),
                needs: Vec::new(),
            });
        }
        lock.packages.push(package);
        entries.push((entry, at));
    }
    let exact = |name: &str, range: &str| {
        let descriptors = &descriptors;
        [format!("{name}@{range}"), format!("{name}@npm:{range}")]
            .iter()
            .find_map(|descriptor| descriptors.get_key_value(descriptor.as_str()))
            .map(|(descriptor, at)| (*descriptor, *at))
    };
    // `catalog:` and the `resolutions` of the top send a range elsewhere, and neither stands in this file. They lead to
    // what nobody asks for literally.
    let mut unasked = descriptors.clone();
    for (entry, _) in &entries {
        for (name, range) in needs(*entry) {
            if let Some((descriptor, _)) = exact(name, range) {
                unasked.remove(descriptor);
            }
        }
    }
    let mut elsewhere: HashMap<&str, Vec<usize>> = HashMap::new();
    for (descriptor, at) in &unasked {
        let found = elsewhere.entry(split(descriptor).0).or_default();
        if !found.contains(at) && found.len() < 2 {
            found.push(*at);
        }
    }
    let linker = Linker::of(&lock.packages);
    let find = |name: &str, range: &str| {
        let found = exact(name, range).map(|(_, at)| at);
        found.or_else(
            || match (linker.all(name), elsewhere.get(name).map(Vec::as_slice)) {
                ([only], _) | (_, Some([only])) => Some(*only),
                _ => None,
            },
        )
    };
    let members: HashMap<usize, usize> = lock
        .members
        .iter()
        .enumerate()
        .filter_map(|(member, one)| Some((one.package?, member)))
        .collect();
    for (entry, at) in entries {
        if let Some(package) = lock.packages.get_mut(at) {
            let found = needs(entry).filter_map(|(name, range)| find(name, range));
            package.dependencies = found.map(Edge::from).collect();
        }
        let Some(member) = members.get(&at).and_then(|at| lock.members.get_mut(*at)) else {
            continue;
        };
        for (name, range) in needs(entry) {
            member.needs.push(Need {
                name: name.to_owned(),
                // What development needs stands among the rest, and ranges are written anew: the manifest knows both.
                spec: None,
                scope: LockedScope::Runtime,
                to: find(name, range).into_iter().collect(),
                extras: Vec::new(),
            });
        }
    }
    lock.with_direct()
}

/// Names and ranges.
fn needs(entry: Value<'_>) -> impl Iterator<Item = (&str, &str)> {
    let needs = entry.get("dependencies").into_iter();
    needs
        .flat_map(Value::entries)
        .filter_map(|(name, range)| Some((name, range.text()?)))
}

/// A package, and its folder if it is a workspace.
fn package<'t>(resolution: &'t str, entry: Value<'_>) -> (Locked, Option<&'t str>) {
    let (name, reference) = split(resolution);
    let reference = reference.split("::").next().unwrap_or(reference);
    let mut package = Locked::new(name, entry.text_at("version").unwrap_or_default());
    if let Some(path) = reference.strip_prefix("workspace:") {
        package.source = Source::path(path);
        package.version.clear();
        return (package, Some(path));
    }
    // A patched package is what it was, with changes; those of yarn's own are for its loader.
    if !reference.starts_with("npm:") && !reference.starts_with("patch:") {
        package.source = npm_source::read(reference);
        if package.is_local() {
            package.version.clear();
        }
    }
    (package, None)
}
