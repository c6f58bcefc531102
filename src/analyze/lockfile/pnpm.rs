//! pnpm's `pnpm-lock.yaml`, versions 5, 6 and 9.
//!
//! A package's key names it together with the peers it was installed with: `/name/1.0.0_peer@2` (5),
//! `/name@1.0.0(peer@2)` (6), `name@1.0.0(peer@2)` (9). Version 9 keeps what is needed in `snapshots`, by key, and the
//! rest in `packages`, by key without peers.

use std::collections::HashMap;

use super::format::LockFormat;
use super::hash::Hash;
use super::indented::{Document, Value};
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Need, Source};
use super::npm_source;

const SECTIONS: [(&str, LockedScope); 3] = [
    ("dependencies", LockedScope::Runtime),
    ("devDependencies", LockedScope::Dev),
    ("optionalDependencies", LockedScope::Optional),
];

pub(super) fn parse(text: &str) -> LockFile {
    let documents = Document::all(text);
    // pnpm 11 keeps its own tools in a document before the project's.
    let Some(document) = documents.last() else {
        return LockFile::broken(LockFormat::PnpmLock, "it is empty");
    };
    let root = document.root();
    let mut lock = LockFile::new(LockFormat::PnpmLock);
    lock.version = root.text_at("lockfileVersion").map(str::to_owned);
    if lock.version.is_none() {
        lock.problems.push("it has no lockfileVersion".to_owned());
    }
    if let Some(line) = document.strange.first() {
        let count = document.strange.len();
        lock.problems.push(format!(
            "{count} lines are not understood, the first is {line}"
        ));
    }
    let overrides = root.get("overrides");
    lock.overridden = overrides
        .into_iter()
        .flat_map(Value::entries)
        .map(|(name, _)| overridden(name).to_owned())
        .collect();
    let keys = packages(&mut lock, root);
    members(&mut lock, root, &keys);
    lock.settled()
}

/// `parent>name@1` forces `name`.
fn overridden(key: &str) -> &str {
    let name = key.rsplit('>').next().unwrap_or(key);
    name_and_rest(name).map_or(name, |(name, _)| name)
}

fn packages<'d>(lock: &mut LockFile, root: Value<'d>) -> HashMap<&'d str, usize> {
    let infos = root.get("packages");
    let by_key: HashMap<&str, Value<'_>> = infos.into_iter().flat_map(Value::entries).collect();
    let snapshots = root.get("snapshots").or(infos);
    let mut keys = HashMap::new();
    let entries: Vec<(&str, Value<'_>)> = snapshots.into_iter().flat_map(Value::entries).collect();
    for (key, snapshot) in &entries {
        let bare = key.split('(').next().unwrap_or(key);
        let info = by_key.get(bare).or_else(|| by_key.get(key));
        let info = info.copied().unwrap_or(*snapshot);
        let Some(mut package) = package(key, info) else {
            lock.problems.push(format!("{key:?} names no package"));
            continue;
        };
        let says = |flag: &str| snapshot.text_at(flag);
        package.scope = match (says("dev"), says("optional")) {
            (Some("true"), _) => Some(LockedScope::Dev),
            (_, Some("true")) => Some(LockedScope::Optional),
            (Some("false"), _) => Some(LockedScope::Runtime),
            _ => None,
        };
        keys.insert(*key, lock.packages.len());
        lock.packages.push(package);
    }
    for (key, snapshot) in &entries {
        let Some(at) = keys.get(key) else { continue };
        let needed = ["dependencies", "optionalDependencies"];
        let needed = needed.iter().filter_map(|section| snapshot.get(section));
        let edges = needed
            .flat_map(Value::entries)
            .filter_map(|(name, version)| find(&keys, name, version.text()?))
            .map(Edge::from)
            .collect();
        if let Some(package) = lock.packages.get_mut(*at) {
            package.dependencies = edges;
        }
    }
    keys
}

fn package(key: &str, info: Value<'_>) -> Option<Locked> {
    let (named, version) = name_and_version(key);
    let name = info.text_at("name").or(named)?;
    let version = info.text_at("version").unwrap_or(version);
    let resolution = info.get("resolution");
    let text = |key: &str| resolution.and_then(|resolution| resolution.text_at(key));
    let mut package = Locked::new(name, version);
    package.source = if let Some(folder) = text("directory") {
        Source::path(folder)
    } else if let Some(repository) = text("repo") {
        Source::git(repository, text("commit"))
    } else {
        npm_source::read(text("tarball").unwrap_or_default())
    };
    if package.source != Source::default() && package.version.contains([':', '/']) {
        package.version.clear();
    }
    package.hashes = Hash::sri(text("integrity").unwrap_or_default());
    Some(package)
}

/// The name and the version that a key is made of; no name in keys of repositories and files, which say it elsewhere.
fn name_and_version(key: &str) -> (Option<&str>, &str) {
    let bare = key.split('(').next().unwrap_or(key);
    let path = bare.strip_prefix('/').unwrap_or(bare);
    if let Some((name, version)) = name_and_rest(path)
        // In version 5 the first at sign may be a peer's, behind more slashes than a name has.
        && name.matches('/').count() == usize::from(name.starts_with('@'))
    {
        return (Some(name), version);
    }
    if !bare.starts_with('/') {
        return (None, "");
    }
    let Some((name, version)) = path.rsplit_once('/') else {
        return (None, "");
    };
    (Some(name), version.split('_').next().unwrap_or(version))
}

/// `name@rest`, where a name may begin with an at sign.
fn name_and_rest(text: &str) -> Option<(&str, &str)> {
    let at = text.get(1..)?.find('@')? + 1;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The package behind a name and what stands for its version: a version with peers, or the key of a package that goes
/// by another name here.
fn find(keys: &HashMap<&str, usize>, name: &str, version: &str) -> Option<usize> {
    [
        version.to_owned(),
        format!("{name}@{version}"),
        format!("/{name}@{version}"),
        format!("/{name}/{version}"),
    ]
    .iter()
    .find_map(|key| keys.get(key.as_str()).copied())
}

fn members(lock: &mut LockFile, root: Value<'_>, keys: &HashMap<&str, usize>) {
    let importers: Vec<(&str, Value<'_>)> = match root.get("importers") {
        Some(importers) => importers.entries().collect(),
        None => vec![(".", root)],
    };
    let mut folders: HashMap<String, usize> = HashMap::new();
    for (folder, _) in &importers {
        let folder = folder.trim_start_matches("./");
        let folder = if folder == "." { "" } else { folder };
        let at = lock.packages.len();
        let mut package = Locked::new(folder.rsplit('/').next().unwrap_or_default(), "");
        package.source = Source::path(folder);
        lock.packages.push(package);
        lock.members.push(Member {
            path: Some(folder.to_owned()),
            package: Some(at),
            ..Member::default()
        });
        folders.insert(folder.to_owned(), at);
    }
    for (member, (_, importer)) in importers.iter().enumerate() {
        let Some(member) = lock.members.get_mut(member) else {
            continue;
        };
        let folder = member.path.clone().unwrap_or_default();
        let old_specs = importer.get("specifiers");
        let old_specs: HashMap<&str, &str> = old_specs
            .into_iter()
            .flat_map(Value::entries)
            .filter_map(|(name, spec)| Some((name, spec.text()?)))
            .collect();
        for (section, scope) in SECTIONS {
            for (name, value) in importer.get(section).into_iter().flat_map(Value::entries) {
                let version = value.text_at("version").or_else(|| value.text());
                let version = version.unwrap_or_default();
                let spec = value
                    .text_at("specifier")
                    .or_else(|| old_specs.get(name).copied());
                let to = match version.strip_prefix("link:") {
                    Some(target) => folders.get(&joined(&folder, target)).copied(),
                    None => find(keys, name, version),
                };
                member.needs.push(Need {
                    name: name.to_owned(),
                    spec: spec.map(str::to_owned),
                    scope,
                    to: to.into_iter().collect(),
                    extras: Vec::new(),
                });
            }
        }
        if let Some(package) = member.package.and_then(|at| lock.packages.get_mut(at)) {
            package.dependencies = member.runtime_edges();
        }
    }
}

/// A path from a folder, with `.` and `..` gone.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_all_versions() {
        for (key, name, version) in [
            ("a@1.0.0(b@2)", Some("a"), "1.0.0"),
            ("@s/a@1.0.0", Some("@s/a"), "1.0.0"),
            ("/a@1.0.0", Some("a"), "1.0.0"),
            ("/@s/a@1.0.0(@t/b@1)", Some("@s/a"), "1.0.0"),
            ("/a/1.0.0", Some("a"), "1.0.0"),
            ("/@s/a/1.0.0_b@2.0.0", Some("@s/a"), "1.0.0"),
            ("/a/1.0.0_@t+b@2.0.0", Some("a"), "1.0.0"),
            ("a@https://h/x.tgz", Some("a"), "https://h/x.tgz"),
            ("github.com/o/n/abc", None, ""),
        ] {
            assert_eq!(name_and_version(key), (name, version), "{key}");
        }
        assert_eq!(overridden("a@1>@s/b@^2"), "@s/b");
    }

    #[test]
    fn links_go_up_and_down() {
        assert_eq!(joined("examples/a", "../../packages/b"), "packages/b");
        assert_eq!(joined("", "./x"), "x");
        assert_eq!(joined("a", "../../.."), "");
    }
}
