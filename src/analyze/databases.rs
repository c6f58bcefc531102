//! Database technology, told by dependencies, imports, connection strings and container images.

use serde::Serialize;

use super::evidence::{
    Case, Cases, DEPENDENCY, DEVELOPMENT, Evidence, IMAGE, IMPORT, Kind, SETTING, SOURCE,
};
use super::files::{Reading, Role};
use super::manifest::Scope;
use super::projects::Projects;
use super::rules::{DATABASES, PYTHON_DATABASES, Store};
use super::survey::File;

/// A database or a mapper, with the reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Which of the two.
    pub kind: Store,
    /// Why.
    #[serde(flatten)]
    pub case: Case,
}

/// What the product stores its data in, by name. Only dependencies count where they stand in tests; of documentation,
/// examples and fixtures nothing does.
pub fn detect(projects: &Projects, files: &[File]) -> Vec<Database> {
    let mut cases: Cases<(String, Store)> = Cases::default();
    for (project, needed) in projects.own_dependencies() {
        let requirement = &needed.requirement;
        for rule in DATABASES {
            if rule.matches(needed.ecosystem, requirement) {
                let product = project.role == Role::Main && requirement.scope == Scope::Direct;
                let evidence = Evidence {
                    kind: Kind::Dependency,
                    what: requirement.name.clone(),
                    path: needed.manifest.clone(),
                    confidence: if product { DEPENDENCY } else { DEVELOPMENT },
                };
                cases.add((rule.name.to_owned(), rule.kind), evidence);
            }
        }
    }
    for file in files.iter().filter(|file| file.place.role == Role::Main) {
        let Some((reading, facts)) = file.read() else {
            continue;
        };
        let mut add = |name: &str, store, kind, what: &str, confidence| {
            let evidence = Evidence {
                kind,
                what: what.to_owned(),
                path: file.path.clone(),
                confidence,
            };
            cases.add((name.to_owned(), store), evidence);
        };
        for (module, name, store) in PYTHON_DATABASES {
            if facts.imports.iter().any(|import| import == module) {
                add(name, *store, Kind::Import, module, IMPORT);
            }
        }
        for image in &facts.images {
            add(image, Store::Engine, Kind::Image, image, IMAGE);
        }
        let confidence = if reading == Reading::Settings {
            SETTING
        } else {
            SOURCE
        };
        for scheme in &facts.connections {
            add(scheme, Store::Engine, Kind::Connection, scheme, confidence);
        }
    }
    cases
        .close()
        .map(|((name, kind), case)| Database { name, kind, case })
        .collect()
}
