//! npm's `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! Versions 2 and 3 list `packages` by the folder in which each is installed; version 1 nests `dependencies`. Version 2
//! has both, for old readers, and only the first is read.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use super::format::LockFormat;
use super::hash::Hash;
use super::locked::{Edge, LockFile, Locked, LockedScope, Member, Source};
use super::nesting::{HIGHEST, Places, TOP};
use super::npm_source;

const MODULES: &str = "node_modules/";

type Needs = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: Option<u64>,
    packages: Option<BTreeMap<String, Entry>>,
    dependencies: Option<BTreeMap<String, Old>>,
}

/// An entry of versions 2 and 3.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<Value>,
    integrity: Option<String>,
    link: bool,
    dev: bool,
    optional: bool,
    dev_optional: bool,
    dependencies: Needs,
    dev_dependencies: Needs,
    optional_dependencies: Needs,
    peer_dependencies: Needs,
    peer_dependencies_meta: BTreeMap<String, Value>,
}

impl Entry {
    fn resolved(&self) -> &str {
        self.resolved
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Peers that nobody installs for its sake are no needs.
    fn peers(&self) -> impl Iterator<Item = (&String, &Value)> {
        let optional = |name: &String| {
            let meta = self.peer_dependencies_meta.get(name);
            meta.and_then(|meta| meta.get("optional")?.as_bool())
                .unwrap_or(false)
        };
        let peers = self.peer_dependencies.iter();
        peers.filter(move |(name, _)| !optional(name))
    }
}

pub(super) fn parse(text: &str, format: LockFormat) -> LockFile {
    let file: File = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return LockFile::broken(format, error.to_string()),
    };
    let mut lock = LockFile::new(format);
    lock.version = file.lockfile_version.map(|version| version.to_string());
    if let Some(packages) = &file.packages {
        by_folder(&mut lock, packages);
        return lock.settled();
    }
    nested(&mut lock, file.dependencies.unwrap_or_default());
    lock
}

/// Where a folder of version 2 or 3 is: the names on the way to it, after the folder of a project, if it is in one.
fn split(folder: &str) -> (&str, impl Iterator<Item = &str>) {
    let (project, inside) = match folder.find(MODULES) {
        Some(0) => ("", folder.get(MODULES.len()..)),
        Some(at) => (
            folder.get(..at).unwrap_or_default().trim_end_matches('/'),
            folder.get(at + MODULES.len()..),
        ),
        None => (folder, None),
    };
    let names = inside
        .into_iter()
        .flat_map(|inside| inside.split("/node_modules/"));
    (project, names)
}

fn by_folder(lock: &mut LockFile, packages: &BTreeMap<String, Entry>) {
    let mut places = Places::new();
    let projects = project_places(packages, &mut places);
    // The place and the package of each entry that is no link, and the member that it is.
    let mut entries: Vec<(&Entry, usize, usize, Option<usize>)> = Vec::new();
    let mut links: Vec<(usize, &str)> = Vec::new();
    for (folder, entry) in packages {
        let (project, names) = split(folder);
        let mut place = projects.get(project).copied().unwrap_or(TOP);
        let mut last = None;
        for name in names {
            place = places.enter(place, name);
            last = Some(name);
        }
        if entry.link {
            links.push((place, entry.resolved()));
            continue;
        }
        let folder_name = || project.rsplit('/').next().unwrap_or_default();
        let name = entry.name.as_deref().or(last).unwrap_or_else(folder_name);
        let at = lock.packages.len();
        let mut package = Locked::new(name, entry.version.as_deref().unwrap_or_default());
        let mut member = None;
        if last.is_none() {
            package.source = Source::path(folder);
            member = Some(lock.members.len());
            lock.members.push(Member {
                path: Some(folder.clone()),
                name: entry.name.clone(),
                package: Some(at),
                needs: Vec::new(),
            });
        } else {
            package.source = npm_source::read(entry.resolved());
            package.hashes = Hash::sri(entry.integrity.as_deref().unwrap_or_default());
            package.scope = Some(match (entry.dev, entry.optional || entry.dev_optional) {
                (true, _) => LockedScope::Dev,
                (false, true) => LockedScope::Optional,
                (false, false) => LockedScope::Runtime,
            });
            places.install(place, at);
        }
        lock.packages.push(package);
        entries.push((entry, place, at, member));
    }
    let folders: HashMap<&str, usize> = lock
        .members
        .iter()
        .filter_map(|member| Some((member.path.as_deref()?, member.package?)))
        .collect();
    for (place, folder) in links {
        match folders.get(folder) {
            Some(package) => places.install(place, *package),
            None => lock
                .problems
                .push(format!("the link to {folder} leads nowhere")),
        }
    }
    for (entry, place, at, member) in entries {
        let Some(package) = lock.packages.get_mut(at) else {
            continue;
        };
        let needed = [&entry.dependencies, &entry.optional_dependencies];
        let needed = needed.into_iter().flatten().chain(entry.peers());
        let mut edges: Vec<usize> = needed
            .filter_map(|(name, _)| places.find(place, name))
            .collect();
        edges.sort_unstable();
        edges.dedup();
        package.dependencies = edges.into_iter().map(Edge::from).collect();
        if let Some(member) = member.and_then(|member| lock.members.get_mut(member)) {
            member.needs = places.needs(
                place,
                [
                    (&entry.dependencies, LockedScope::Runtime),
                    (&entry.dev_dependencies, LockedScope::Dev),
                    (&entry.optional_dependencies, LockedScope::Optional),
                    (&entry.peer_dependencies, LockedScope::Runtime),
                ],
            );
        }
    }
}

/// A place for each project's own folder, below the nearest project above it.
fn project_places<'t>(
    packages: &'t BTreeMap<String, Entry>,
    places: &mut Places<'_>,
) -> HashMap<&'t str, usize> {
    let mut projects = HashMap::from([("", TOP)]);
    // The map is sorted, so that a folder comes before what is in it.
    for folder in packages.keys() {
        let (project, _) = split(folder);
        if projects.contains_key(project) {
            continue;
        }
        let above = std::iter::successors(Some(project), |at| {
            at.rsplit_once('/').map(|(above, _)| above)
        });
        let place = above
            .skip(1)
            .take(HIGHEST)
            .find_map(|above| projects.get(above).copied())
            .unwrap_or(TOP);
        projects.insert(project, places.apart(place));
    }
    projects
}

/// An entry of version 1. Its inner ones stay values until they are reached, so that reading is no recursion of ours.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Old {
    version: Option<String>,
    resolved: Option<Value>,
    integrity: Option<String>,
    dev: bool,
    optional: bool,
    requires: Value,
    dependencies: BTreeMap<String, Value>,
}

fn nested(lock: &mut LockFile, top: BTreeMap<String, Old>) {
    // Levels in order, so that of several versions the one at the top comes first.
    let mut found: Vec<(String, usize, Old)> = Vec::new();
    let mut level: Vec<(String, usize, Old)> = top
        .into_iter()
        .map(|(name, entry)| (name, TOP, entry))
        .collect();
    let mut tree: Vec<(usize, String)> = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for (name, above, mut entry) in level {
            tree.push((above, name.clone()));
            // Places are numbered from one: the top is none of the entries.
            let place = tree.len();
            for (name, inner) in std::mem::take(&mut entry.dependencies) {
                match serde_json::from_value(inner) {
                    Ok(inner) => next.push((name, place, inner)),
                    Err(error) => lock.problems.push(format!("{name}: {error}")),
                }
            }
            found.push((name, place, entry));
        }
        level = next;
    }
    let mut places = Places::new();
    for (at, (above, name)) in tree.iter().enumerate() {
        let place = places.enter(*above, name);
        places.install(place, at);
    }
    for (name, place, entry) in found {
        let version = entry.version.as_deref().unwrap_or_default();
        let resolved = entry.resolved.as_ref().and_then(Value::as_str);
        // `npm:name@1.0` is another package under this name; other addresses stand in place of the version.
        let (name, version, address) = match version.strip_prefix("npm:") {
            Some(real) => {
                let (real, version) = real.rsplit_once('@').unwrap_or((real, ""));
                (real.to_owned(), version, resolved)
            }
            None if version.contains([':', '/']) => (name, "", Some(version)),
            None => (name, version, resolved),
        };
        let mut package = Locked::new(name, version);
        package.source = npm_source::read(address.unwrap_or_default());
        package.hashes = Hash::sri(entry.integrity.as_deref().unwrap_or_default());
        package.scope = Some(match (entry.dev, entry.optional) {
            (true, _) => LockedScope::Dev,
            (false, true) => LockedScope::Optional,
            (false, false) => LockedScope::Runtime,
        });
        let requires = entry.requires.as_object();
        let edges = requires.into_iter().flatten();
        package.dependencies = edges
            .filter_map(|(name, _)| places.find(place, name))
            .map(Edge::from)
            .collect();
        lock.packages.push(package);
    }
}
