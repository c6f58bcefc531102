//! Go's build list, which is `go.mod` itself, and `go.sum`, which verifies it.

use std::collections::HashMap;

use super::format::LockFormat;
use super::hash::Hash;
use super::locked::{LockFile, Locked, Source};

/// Reads `go.mod`. Since Go 1.17 it lists every module of the build, so that what it requires is the build list.
pub(super) fn module(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::GoMod);
    let mut block: Option<&str> = None;
    let mut replaced: Vec<(&str, Option<&str>, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words: Vec<&str> = code
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '`']))
            .collect();
        let directive = match (block, words.as_slice()) {
            (_, []) => continue,
            (_, [")"]) => {
                block = None;
                continue;
            }
            (None, [first, "("]) => {
                block = Some(*first);
                continue;
            }
            (Some(block), _) => block,
            (None, _) => words.remove(0),
        };
        match (directive, words.as_slice()) {
            ("go", [version]) => lock.version = Some((*version).to_owned()),
            ("require", [name, version]) => {
                let mut package = Locked::new(*name, *version);
                package.direct = Some(!comment.trim_start().starts_with("indirect"));
                lock.packages.push(package);
            }
            ("replace", words) => {
                let Some(arrow) = words.iter().position(|word| *word == "=>") else {
                    continue;
                };
                let (from, to) = words.split_at(arrow);
                if let Some(name) = from.first() {
                    let to = to.iter().skip(1).copied().collect();
                    replaced.push((name, from.get(1).copied(), to));
                }
            }
            _ => {}
        }
    }
    if !is_complete(lock.version.as_deref()) && !lock.packages.is_empty() {
        lock.problems
            .push("before go 1.17 the modules that others need are not all listed".to_owned());
    }
    replace(&mut lock.packages, &replaced);
    lock
}

fn replace(packages: &mut [Locked], replaced: &[(&str, Option<&str>, Vec<&str>)]) {
    let mut any: HashMap<&str, &[&str]> = HashMap::new();
    let mut exact: HashMap<(&str, &str), &[&str]> = HashMap::new();
    for (name, version, to) in replaced {
        match version {
            Some(version) => exact.insert((name, version), to),
            None => any.insert(name, to),
        };
    }
    for package in packages {
        let to = exact
            .get(&(package.name.as_str(), package.version.as_str()))
            .or_else(|| any.get(package.name.as_str()));
        match to.copied() {
            Some([path]) => {
                package.source = Source::path(path);
                package.version.clear();
            }
            // The code of another module is built under this one's name.
            Some([name, version, ..]) => {
                if *name != package.name {
                    package.source = Source::registry(name, &[]);
                }
                (*version).clone_into(&mut package.version);
            }
            _ => {}
        }
    }
}

/// Go 1.17 made the list complete.
fn is_complete(version: Option<&str>) -> bool {
    let Some((major, rest)) = version.and_then(|version| version.split_once('.')) else {
        return false;
    };
    let minor = rest
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(1), Ok(minor)) => minor >= 17,
        (Ok(major), _) => major > 1,
        _ => false,
    }
}

/// Reads `go.sum`: the hashes of modules, also of such as were only looked at and are not in the build. Modules of which
/// only the `go.mod` was needed have no hash.
pub(super) fn sums(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::GoSum);
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [name, version, hash] = words.as_slice() else {
            if !words.is_empty() && lock.problems.len() < 8 {
                lock.problems
                    .push(format!("line {} is not understood", number + 1));
            }
            continue;
        };
        let bare = version.strip_suffix("/go.mod").unwrap_or(version);
        let at = *known.entry((name, bare)).or_insert_with(|| {
            lock.packages.push(Locked::new(*name, bare));
            lock.packages.len() - 1
        });
        if bare == *version
            && let Some(package) = lock.packages.get_mut(at)
        {
            package.hashes = Hash::h1(hash).into_iter().collect();
        }
    }
    lock
}
