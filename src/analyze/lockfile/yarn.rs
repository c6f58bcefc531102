//! Classic yarn's `yarn.lock` (version 1): blocks headed by what manifests wrote.
//!
//! The form looks like YAML and is not: fields are parted from their values by a space.

use std::collections::HashMap;

use super::format::LockFormat;
use super::hash::Hash;
use super::locked::{Edge, LockFile, Locked, Source};
use super::npm_source;

/// A block while it is read.
#[derive(Default)]
struct Block {
    asked: Vec<String>,
    version: String,
    resolved: String,
    integrity: String,
    needs: Vec<String>,
}

pub(super) fn parse(text: &str) -> LockFile {
    let mut lock = LockFile::new(LockFormat::YarnLock);
    let mut blocks: Vec<Block> = Vec::new();
    let mut listing = false;
    for (number, line) in text.lines().enumerate() {
        let content = line.trim();
        if let Some(comment) = content.strip_prefix('#') {
            if let Some(version) = comment.trim().strip_prefix("yarn lockfile v") {
                lock.version = Some(version.to_owned());
            }
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let block = blocks.last_mut();
        match (indent, block) {
            _ if content.is_empty() => {}
            (0, _) if content.ends_with(':') => {
                listing = false;
                let asked = content.trim_end_matches(':').split(", ");
                blocks.push(Block {
                    asked: asked.map(|one| unquoted(one).to_owned()).collect(),
                    ..Block::default()
                });
            }
            (2, Some(block)) => {
                let (field, value) = content.split_once(' ').unwrap_or((content, ""));
                listing = matches!(field, "dependencies:" | "optionalDependencies:");
                let slot = match field {
                    "version" => &mut block.version,
                    "resolved" => &mut block.resolved,
                    "integrity" => &mut block.integrity,
                    _ => continue,
                };
                unquoted(value).clone_into(slot);
            }
            (4, Some(block)) => {
                if listing && let Some((name, spec)) = name_and_spec(content) {
                    block.needs.push(format!("{name}@{spec}"));
                }
            }
            _ => lock
                .problems
                .push(format!("line {} is not understood", number + 1)),
        }
        // A file that is something else altogether needs no list of its lines.
        if lock.problems.len() > 8 {
            break;
        }
    }
    lock.packages = blocks.iter().map(package).collect();
    let asked: HashMap<&str, usize> = blocks
        .iter()
        .enumerate()
        .flat_map(|(at, block)| block.asked.iter().map(move |one| (one.as_str(), at)))
        .collect();
    for (package, block) in lock.packages.iter_mut().zip(&blocks) {
        let needs = block.needs.iter();
        let found = needs.filter_map(|need| asked.get(need.as_str()).copied());
        package.dependencies = found.map(Edge::from).collect();
    }
    lock
}

fn package(block: &Block) -> Locked {
    let first = block.asked.first().map_or("", String::as_str);
    let (mut name, spec) = split(first);
    if let Some(real) = spec.strip_prefix("npm:") {
        // An alias: `mine@npm:theirs@^1`.
        name = split(real).0;
    }
    let mut package = Locked::new(name, block.version.as_str());
    let local = ["file:", "link:", "./", "../"];
    package.source = if local.iter().any(|prefix| spec.starts_with(prefix)) {
        npm_source::read(spec)
    } else {
        npm_source::read(&block.resolved)
    };
    package.hashes = Hash::sri(&block.integrity);
    if package.hashes.is_empty()
        && !matches!(package.source, Source::Git { .. })
        && let Some((_, sha1)) = block.resolved.split_once('#')
    {
        package.hashes = Hash::prefixed(&format!("sha1:{sha1}"))
            .into_iter()
            .collect();
    }
    package.asked.clone_from(&block.asked);
    package
}

/// `name@spec`, where a name may begin with an at sign.
pub(super) fn split(text: &str) -> (&str, &str) {
    let at = text.get(1..).and_then(|rest| rest.find('@'));
    at.and_then(|at| Some((text.get(..=at)?, text.get(at + 2..)?)))
        .unwrap_or((text, ""))
}

/// `name "spec"` or `"name" "spec"`
fn name_and_spec(content: &str) -> Option<(&str, &str)> {
    let (name, spec) = match content.strip_prefix('"') {
        Some(rest) => rest.split_once("\" ")?,
        None => content.split_once(' ')?,
    };
    Some((name, unquoted(spec.trim())))
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}
