//! Cargo's `Cargo.toml`.

use toml::{Table, Value};

use super::pyproject::message;
use super::requirement::{Manifest, Requirement, Scope};

/// The tables of dependencies, with their old spellings.
const SECTIONS: [(&str, Scope, Option<&str>); 5] = [
    ("dependencies", Scope::Direct, None),
    ("dev-dependencies", Scope::Dev, None),
    ("dev_dependencies", Scope::Dev, None),
    ("build-dependencies", Scope::Dev, Some("build")),
    ("build_dependencies", Scope::Dev, Some("build")),
];

pub(super) fn parse(text: &str) -> Manifest {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return Manifest::broken(message(&error)),
    };
    let section = |table: &Table, key: &str| table.get(key).and_then(Value::as_table).cloned();
    let mut manifest = Manifest {
        name: section(&table, "package")
            .and_then(|package| Some(package.get("name")?.as_str()?.to_owned())),
        ..Manifest::default()
    };
    all_sections(&mut manifest.requirements, &table, None);
    for (target, value) in section(&table, "target").unwrap_or_default() {
        if let Some(table) = value.as_table() {
            all_sections(&mut manifest.requirements, table, Some(&target));
        }
    }
    if let Some(workspace) = section(&table, "workspace") {
        all_sections(&mut manifest.offered, &workspace, None);
    }
    manifest
}

fn all_sections(into: &mut Vec<Requirement>, table: &Table, target: Option<&str>) {
    for (section, scope, group) in SECTIONS {
        let listed = table.get(section).and_then(Value::as_table);
        for (key, value) in listed.into_iter().flatten() {
            let mut found = requirement(key, value);
            found.scope = scope;
            found.group = group.or(target).map(str::to_owned);
            into.push(found);
        }
    }
}

fn requirement(key: &str, value: &Value) -> Requirement {
    let table = value.as_table();
    let text = |key: &str| table.and_then(|table| table.get(key)?.as_str());
    let spec = value
        .as_str()
        .or_else(|| text("version"))
        .map(str::to_owned)
        .or_else(|| text("git").map(|url| format!("git+{url}")))
        .or_else(|| text("path").map(|path| format!("path:{path}")))
        .unwrap_or_default();
    let features = table.and_then(|table| table.get("features")?.as_array());
    Requirement {
        local: text("path").is_some(),
        inherited: table
            .and_then(|table| table.get("workspace")?.as_bool())
            .unwrap_or(false),
        features: features
            .into_iter()
            .flatten()
            .filter_map(|feature| feature.as_str().map(str::to_owned))
            .collect(),
        // The key may be a name of the project's own choice.
        ..Requirement::new(text("package").unwrap_or(key), spec, Scope::Direct)
    }
}
