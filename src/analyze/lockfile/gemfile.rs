//! Bundler's `Gemfile.lock`: sections told by their headings, entries by their indentation.

use std::collections::{HashMap, HashSet};

use super::format::LockFormat;
use super::hash::Hash;
use super::linker::Linker;
use super::locked::{Edge, LockFile, Locked, Source};

const USUAL: [&str; 1] = ["https://rubygems.org"];

pub(super) fn parse(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::GemfileLock);
    let mut section = "";
    let (mut remote, mut revision) = ("", "");
    let mut needs: Vec<Vec<&str>> = Vec::new();
    let mut direct: HashSet<&str> = HashSet::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    let mut current: Option<usize> = None;
    for line in text.lines() {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match (section, indent) {
            _ if content.is_empty() => {}
            (_, 0) => {
                section = content;
                (remote, revision, current) = ("", "", None);
                if content.starts_with("<<<<<<<") || content.starts_with(">>>>>>>") {
                    lock.problems.push("it has merge conflicts".to_owned());
                }
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 2) => match content.split_once(": ") {
                Some(("remote", value)) => remote = value,
                Some(("revision", value)) => revision = value,
                _ => {}
            },
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 4) => {
                let (name, version) = name_and_version(content);
                // A gem for several platforms has an entry for each.
                let at = *known.entry((name, version)).or_insert_with(|| {
                    let mut package = Locked::new(name, version);
                    package.source = match section {
                        "GIT" => Source::git(remote, Some(revision)),
                        "PATH" => Source::path(remote),
                        _ => Source::registry(remote, &USUAL),
                    };
                    lock.packages.push(package);
                    needs.push(Vec::new());
                    lock.packages.len() - 1
                });
                current = Some(at);
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 6) => {
                if let Some(needs) = current.and_then(|at| needs.get_mut(at)) {
                    needs.push(name_and_version(content).0);
                }
            }
            ("DEPENDENCIES", 2) => {
                direct.insert(name_and_version(content).0.trim_end_matches('!'));
            }
            ("CHECKSUMS", 2) => {
                let (entry, hash) = content.rsplit_once(' ').unwrap_or((content, ""));
                // The checksum of the gem for any platform; those for one stand beside it.
                let any = !version_in(entry).contains('-');
                if let Some(package) = known
                    .get(&name_and_version(entry))
                    .filter(|_| any)
                    .and_then(|at| lock.packages.get_mut(*at))
                {
                    package.hashes = Hash::prefixed(hash).into_iter().collect();
                }
            }
            ("BUNDLED WITH", _) => lock.version = Some(content.to_owned()),
            _ => {}
        }
    }
    if lock.packages.is_empty() && lock.problems.is_empty() && !text.trim().is_empty() {
        lock.problems.push("it lists no gems".to_owned());
    }
    let linker = Linker::of(&lock.packages);
    for (package, needs) in lock.packages.iter_mut().zip(needs) {
        package.direct = Some(direct.contains(package.name.as_str()));
        let mut found: Vec<usize> = needs
            .iter()
            .flat_map(|name| linker.all(name).iter().copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        package.dependencies = found.into_iter().map(Edge::from).collect();
    }
    lock
}

fn version_in(entry: &str) -> &str {
    entry
        .split_once(" (")
        .map_or("", |(_, version)| version.trim_end_matches([')', '!']))
}

/// `name (1.0-platform)`: gem versions have no hyphen of their own.
fn name_and_version(entry: &str) -> (&str, &str) {
    let name = entry.split_once(" (").map_or(entry, |(name, _)| name);
    let version = version_in(entry).split('-').next().unwrap_or_default();
    (name, version)
}
