//! `pyproject.toml` (PEP 621, PEP 735, Poetry, uv, PDM, build requirements) and `Pipfile`.

use toml::{Table, Value};

use super::pep508;
use super::requirement::{Manifest, Requirement, Scope, is_for_development};

pub(super) fn parse(text: &str) -> Manifest {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return Manifest::broken(message(&error)),
    };
    let mut manifest = Manifest::default();
    let project = at(&table, &["project"]);
    let poetry = at(&table, &["tool", "poetry"]);
    manifest.name = [project, poetry].into_iter().flatten().find_map(name);
    if let Some(list) = project.and_then(|project| project.get("dependencies")) {
        specifiers(&mut manifest, list, Scope::Direct, None);
    }
    let extras = project.and_then(|project| project.get("optional-dependencies"));
    for (extra, list) in entries(extras) {
        specifiers(&mut manifest, list, scope_of(extra), Some(extra));
    }
    for (group, list) in entries(table.get("dependency-groups")) {
        specifiers(&mut manifest, list, Scope::Dev, Some(group));
    }
    if let Some(poetry) = poetry {
        for (name, value) in entries(poetry.get("dependencies")) {
            by_name(&mut manifest, name, value, Scope::Direct, None);
        }
        for (name, value) in entries(poetry.get("dev-dependencies")) {
            by_name(&mut manifest, name, value, Scope::Dev, Some("dev"));
        }
        for (group, value) in entries(poetry.get("group")) {
            let scope = if group == "main" {
                Scope::Direct
            } else {
                Scope::Dev
            };
            let dependencies = value.as_table().and_then(|group| group.get("dependencies"));
            for (name, value) in entries(dependencies) {
                by_name(&mut manifest, name, value, scope, Some(group));
            }
        }
    }
    if let Some(list) = at(&table, &["tool", "uv"]).and_then(|uv| uv.get("dev-dependencies")) {
        specifiers(&mut manifest, list, Scope::Dev, Some("dev"));
    }
    let pdm = at(&table, &["tool", "pdm", "dev-dependencies"]);
    for (group, list) in pdm.into_iter().flatten() {
        specifiers(&mut manifest, list, Scope::Dev, Some(group));
    }
    if let Some(list) = at(&table, &["build-system"]).and_then(|build| build.get("requires")) {
        specifiers(&mut manifest, list, Scope::Dev, Some("build"));
    }
    manifest
}

pub(super) fn pipfile(text: &str) -> Manifest {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return Manifest::broken(message(&error)),
    };
    let mut manifest = Manifest::default();
    for (section, scope) in [("packages", Scope::Direct), ("dev-packages", Scope::Dev)] {
        for (name, value) in entries(table.get(section)) {
            by_name(&mut manifest, name, value, scope, None);
        }
    }
    manifest
}

/// What a TOML reader says, without the excerpt it draws.
pub(super) fn message(error: &toml::de::Error) -> String {
    error.message().trim().to_owned()
}

fn at<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t Table> {
    keys.iter()
        .try_fold(table, |table, key| table.get(*key)?.as_table())
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

fn name(table: &Table) -> Option<String> {
    table.get("name")?.as_str().map(str::to_owned)
}

/// An extra that users may ask for belongs to the product, unless its name says that developers do.
fn scope_of(extra: &str) -> Scope {
    if is_for_development(extra) {
        Scope::Dev
    } else {
        Scope::Direct
    }
}

fn specifiers(manifest: &mut Manifest, list: &Value, scope: Scope, group: Option<&str>) {
    for item in list.as_array().into_iter().flatten() {
        // A table includes another group, which is read where it stands.
        let Some(text) = item.as_str() else { continue };
        match pep508::parse(text, scope) {
            Some(requirement) => manifest.need(grouped(requirement, group)),
            None => manifest
                .problems
                .push(format!("{text:?} is not a requirement")),
        }
    }
}

/// Poetry's and Pipenv's form: the name is the key, the value a version, a table, or a list of either.
fn by_name(manifest: &mut Manifest, name: &str, value: &Value, scope: Scope, group: Option<&str>) {
    // The interpreter is no package.
    if name == "python" {
        return;
    }
    let first = match value {
        Value::Array(list) => list.first().unwrap_or(value),
        other => other,
    };
    let table = first.as_table();
    let text = |key: &str| table.and_then(|table| table.get(key)?.as_str());
    let spec = first
        .as_str()
        .or_else(|| text("version"))
        .map(str::to_owned)
        .or_else(|| {
            ["git", "url", "path", "file"]
                .iter()
                .find_map(|key| Some(format!("@ {}", text(key)?)))
        })
        .unwrap_or_default();
    let mut requirement = Requirement::new(pep508::normal(name), spec, scope);
    requirement.local = text("path").or_else(|| text("file")).is_some();
    let extras = table.and_then(|table| table.get("extras")?.as_array());
    requirement.features = extras
        .into_iter()
        .flatten()
        .filter_map(|extra| extra.as_str().map(str::to_owned))
        .collect();
    manifest.need(grouped(requirement, group));
}

fn grouped(requirement: Requirement, group: Option<&str>) -> Requirement {
    match group {
        Some(group) => requirement.in_group(group),
        None => requirement,
    }
}
