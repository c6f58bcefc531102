//! Pipenv's `Pipfile.lock`: versions by group, without who needs whom.

use serde_json::{Map, Value};

use super::format::LockFormat;
use super::locked::{LockFile, Locked, LockedScope, Source};
use super::python::only_hash;
use crate::analyze::manifest::{is_for_development, pep508};

pub(super) fn parse(text: &str) -> LockFile {
    let file: Map<String, Value> = match serde_json::from_str(text) {
        Ok(file) => file,
        Err(error) => return LockFile::broken(LockFormat::PipfileLock, error.to_string()),
    };
    let mut lock = LockFile::new(LockFormat::PipfileLock);
    let spec = file.get("_meta").and_then(|meta| meta.get("pipfile-spec"));
    lock.version = spec.and_then(Value::as_u64).map(|spec| spec.to_string());
    for (group, packages) in &file {
        if group == "_meta" {
            continue;
        }
        let scope = match group.as_str() {
            "default" => LockedScope::Runtime,
            group if is_for_development(group) => LockedScope::Dev,
            _ => LockedScope::Optional,
        };
        let Some(packages) = packages.as_object() else {
            lock.problems.push(format!("{group} is not an object"));
            continue;
        };
        for (name, entry) in packages {
            let mut package = locked(name, entry);
            package.scope = Some(scope);
            lock.packages.push(package);
        }
    }
    lock
}

fn locked(name: &str, entry: &Value) -> Locked {
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    let version = text("version").unwrap_or_default().trim_start_matches('=');
    let mut package = Locked::new(pep508::normal(name), version);
    package.source = if let Some(url) = text("git") {
        Source::git(url, text("ref"))
    } else if let Some(path) = text("path") {
        Source::path(path)
    } else if let Some(url) = text("file") {
        Source::url(url)
    } else {
        // An index is named here, and its address is told elsewhere.
        Source::default()
    };
    let hashes = entry.get("hashes").and_then(Value::as_array);
    package.hashes = only_hash(hashes.into_iter().flatten().map(Value::as_str));
    package
}
