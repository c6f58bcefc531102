//! pip's requirement files.

use super::pep508;
use super::requirement::{Manifest, Requirement, Scope};

pub(super) fn parse(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    for line in logical_lines(text) {
        let line = without_comment(&line);
        // Per-requirement options follow the specifier: `x==1 --hash=sha256:…`.
        let line = line.split(" --").next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let editable = ["-e ", "--editable ", "--editable="]
            .iter()
            .find_map(|option| line.strip_prefix(option));
        if editable.is_none() && line.starts_with('-') {
            // `-r`, `-c`, `--index-url`: other files are read on their own.
            continue;
        }
        let target = editable.unwrap_or(line).trim();
        if let Some(requirement) = named_by_url(target) {
            manifest.need(requirement);
        } else if let Some(requirement) = pep508::parse(target, Scope::Direct) {
            manifest.need(requirement);
        } else if editable.is_none() && !is_path(target) {
            manifest
                .problems
                .push(format!("{target:?} is not a requirement"));
        }
    }
    manifest
}

/// A backslash at the end continues the line.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(part) = line.strip_suffix('\\') {
            current.push_str(part);
            continue;
        }
        current.push_str(line);
        lines.push(std::mem::take(&mut current));
    }
    lines.push(current);
    lines
}

/// `#` begins a comment at the start or after white space; elsewhere it belongs to a URL.
fn without_comment(line: &str) -> &str {
    if line.starts_with('#') {
        return "";
    }
    let end = line.find(" #").into_iter().chain(line.find("\t#")).min();
    end.and_then(|end| line.get(..end)).unwrap_or(line)
}

/// `git+https://host/x.git@v1#egg=name`
fn named_by_url(target: &str) -> Option<Requirement> {
    let (scheme, _) = target.split_once("://")?;
    if !scheme
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '+')
    {
        return None;
    }
    let (url, fragment) = target.split_once('#')?;
    let name = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))?;
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    Some(Requirement::new(
        pep508::normal(name),
        format!("@ {url}"),
        Scope::Direct,
    ))
}

fn is_path(target: &str) -> bool {
    target.starts_with(['.', '/']) || target.contains("://") || target.contains('/')
}
