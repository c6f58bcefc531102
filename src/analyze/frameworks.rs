//! Frameworks, test runners and build tools, told by what the projects need.

use serde::Serialize;

use super::evidence::{Case, Cases, DEPENDENCY, DEVELOPMENT, Evidence, IMPORT, Kind};
use super::files::Role;
use super::manifest::{Format, Scope};
use super::projects::Projects;
use super::rules::{FRAMEWORKS, Group, PYTHON_FRAMEWORKS};
use super::survey::File;

/// The names, by group and in the alphabet: the form of the first MIRA analyser.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Frameworks {
    /// Serve or show pages and interfaces.
    pub web: Vec<&'static str>,
    /// Test.
    pub testing: Vec<&'static str>,
    /// Build and bundle.
    pub build: Vec<&'static str>,
    /// Everything else worth knowing.
    pub other: Vec<&'static str>,
}

/// One of them, with the reasons.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Technology {
    /// Its name.
    pub name: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// Why.
    #[serde(flatten)]
    pub case: Case,
}

/// What the product and its tests are made with. Of folders of tests, only test runners count; documentation, examples
/// and fixtures say nothing about the product.
pub fn detect(projects: &Projects, files: &[File]) -> Vec<Technology> {
    let mut cases: Cases<(Group, &'static str)> = Cases::default();
    for (project, needed) in projects.own_dependencies() {
        let requirement = &needed.requirement;
        // A package of the repository itself is its product.
        if requirement.local {
            continue;
        }
        for rule in FRAMEWORKS {
            let counts = project.role == Role::Main || rule.kind == Group::Testing;
            if counts && rule.matches(needed.ecosystem, requirement) {
                let confidence = match requirement.scope {
                    // What tests and builds is needed for development by its nature.
                    Scope::Dev if matches!(rule.kind, Group::Web | Group::Other) => DEVELOPMENT,
                    _ => DEPENDENCY,
                };
                let evidence = Evidence {
                    kind: Kind::Dependency,
                    what: requirement.name.clone(),
                    path: needed.manifest.clone(),
                    confidence,
                };
                cases.add((rule.kind, rule.name), evidence);
            }
        }
    }
    for file in files {
        let Some((_, facts)) = file.read() else {
            continue;
        };
        for (module, group) in PYTHON_FRAMEWORKS {
            let imports = facts.imports.iter().any(|import| import == module);
            if imports && matches!(file.place.role, Role::Main | Role::Test) {
                let evidence = Evidence {
                    kind: Kind::Import,
                    what: (*module).to_owned(),
                    path: file.path.clone(),
                    confidence: IMPORT,
                };
                cases.add((*group, module), evidence);
            }
        }
    }
    for project in projects
        .all
        .iter()
        .filter(|project| project.role == Role::Main)
    {
        for path in &project.manifests {
            let name = match Format::of(path.as_ref()) {
                Some(Format::PomXml) => "maven",
                Some(Format::Gradle) => "gradle",
                _ => continue,
            };
            let evidence = Evidence {
                kind: Kind::Manifest,
                what: name.to_owned(),
                path: path.clone(),
                confidence: DEPENDENCY,
            };
            cases.add((Group::Build, name), evidence);
        }
    }
    cases
        .close()
        .map(|((group, name), case)| Technology { name, group, case })
        .collect()
}

impl Frameworks {
    /// The names alone.
    pub fn of(technologies: &[Technology]) -> Self {
        let names = |group| {
            technologies
                .iter()
                .filter(|technology| technology.group == group)
                .map(|technology| technology.name)
                .collect()
        };
        Self {
            web: names(Group::Web),
            testing: names(Group::Testing),
            build: names(Group::Build),
            other: names(Group::Other),
        }
    }
}
