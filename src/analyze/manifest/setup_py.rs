//! setuptools' `setup.py`, read and never run: literal lists, named directly or by a variable of the file.

use super::pep508;
use super::python_literal::{Literal, Module};
use super::requirement::{Manifest, Scope, is_for_development};

pub(super) fn parse(source: &str) -> Manifest {
    let mut module = Module::read(source);
    let mut value = |key: &str| module.value(key);
    let mut manifest = Manifest::default();
    if let Some(Literal::Text(name)) = value("name") {
        manifest.name = Some(name);
    }
    for (key, scope, group) in [
        ("install_requires", Scope::Direct, None),
        ("setup_requires", Scope::Dev, Some("build")),
        ("tests_require", Scope::Dev, Some("test")),
    ] {
        if let Some(literal) = value(key) {
            add(&mut manifest, &literal, key, scope, group);
        }
    }
    match value("extras_require") {
        Some(Literal::Dict(extras)) => {
            for (extra, literal) in &extras {
                let scope = if is_for_development(extra) {
                    Scope::Dev
                } else {
                    Scope::Direct
                };
                // `extra:marker` is an old form of a condition.
                let group = extra.split(':').next().unwrap_or(extra);
                add(&mut manifest, literal, "extras_require", scope, Some(group));
            }
        }
        Some(_) => computed(&mut manifest, "extras_require"),
        None => {}
    }
    manifest
}

fn computed(manifest: &mut Manifest, key: &str) {
    let problem = format!("{key} is computed when the file is run");
    if !manifest.problems.contains(&problem) {
        manifest.problems.push(problem);
    }
}

fn add(manifest: &mut Manifest, literal: &Literal, key: &str, scope: Scope, group: Option<&str>) {
    let Literal::List(items) = literal else {
        return computed(manifest, key);
    };
    for item in items {
        let Literal::Text(text) = item else {
            computed(manifest, key);
            continue;
        };
        match (pep508::parse(text, scope), group) {
            (Some(requirement), Some(group)) => manifest.need(requirement.in_group(group)),
            (Some(requirement), None) => manifest.need(requirement),
            (None, _) => computed(manifest, key),
        }
    }
}
