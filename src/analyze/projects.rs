//! The projects of a repository: every folder with a manifest, and what each needs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::{BStr, BString, ByteSlice};
use serde::{Serialize, Serializer};

use super::files::{Role, file_name, folder, role};
use super::languages::Language;
use super::manifest::{Ecosystem, Format, Manifest, Requirement, Scope};
use super::text::{as_text, as_texts};

/// A folder with at least one manifest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Project {
    /// The folder; empty for the top of the repository.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// The part it plays.
    pub role: Role,
    /// What its manifests call it.
    pub name: Option<String>,
    /// The manifests, relative to the top of the repository.
    #[serde(serialize_with = "as_texts")]
    pub manifests: Vec<BString>,
    /// Files by language, of this folder and below it but in no inner project; most first.
    #[serde(serialize_with = "as_counts")]
    pub languages: Vec<(&'static str, u64)>,
    /// What it needs, by manifest and in the order written; without what only other dependencies need.
    pub dependencies: Vec<Dependency>,
}

/// One dependency of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// What it is and what for.
    #[serde(flatten)]
    pub requirement: Requirement,
    /// The manifest that says so.
    #[serde(serialize_with = "as_text")]
    pub manifest: BString,
}

/// A manifest where it was found.
pub struct Found<'m> {
    /// Its path.
    pub path: &'m BStr,
    /// Its format.
    pub format: Format,
    /// What it says.
    pub manifest: &'m Manifest,
}

/// Everything the manifests say together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projects {
    /// By path.
    pub all: Vec<Project>,
    /// How many packages are needed by other dependencies only, by ecosystem.
    pub indirect: BTreeMap<Ecosystem, u64>,
}

/// Groups manifests (in the order of their paths) into projects.
pub fn gather(found: &[Found<'_>]) -> Projects {
    let offered: HashMap<&BStr, &Manifest> = found
        .iter()
        .filter(|found| !found.manifest.offered.is_empty())
        .map(|found| (folder(found.path), found.manifest))
        .collect();
    let paths: BTreeSet<&BStr> = found.iter().map(|found| found.path).collect();
    let mut projects: BTreeMap<BString, Project> = BTreeMap::new();
    let mut indirect: BTreeMap<Ecosystem, BTreeSet<&str>> = BTreeMap::new();
    for found in found {
        let home = home(found.path);
        let project = projects.entry(home.to_owned()).or_insert_with(|| Project {
            path: home.to_owned(),
            role: role(found.path),
            name: None,
            manifests: Vec::new(),
            languages: Vec::new(),
            dependencies: Vec::new(),
        });
        project.manifests.push(found.path.to_owned());
        if project.name.is_none() {
            project.name.clone_from(&found.manifest.name);
        }
        let ecosystem = found.format.ecosystem();
        let compiled = is_compiled(found.path, &paths);
        let development = found.format.is_for_development(found.path)
            || matches!(project.role, Role::Test | Role::Docs);
        for requirement in &found.manifest.requirements {
            if compiled || requirement.scope == Scope::Indirect {
                let names = indirect.entry(ecosystem).or_default();
                names.insert(&requirement.name);
                continue;
            }
            let mut requirement = inherited(requirement, found.path, &offered);
            if development {
                requirement.scope = Scope::Dev;
            }
            project.dependencies.push(Dependency {
                ecosystem,
                requirement,
                manifest: found.path.to_owned(),
            });
        }
    }
    Projects {
        all: projects.into_values().collect(),
        indirect: indirect
            .into_iter()
            .map(|(ecosystem, names)| (ecosystem, names.len() as u64))
            .collect(),
    }
}

/// The folder that a manifest speaks for: `requirements/dev.txt` is about the folder above.
fn home(path: &BStr) -> &BStr {
    let home = folder(path);
    if file_name(home) == b"requirements" {
        folder(home)
    } else {
        home
    }
}

/// Whether a requirements file was compiled from one beside it: it then lists what the dependencies need as well.
fn is_compiled(path: &BStr, paths: &BTreeSet<&BStr>) -> bool {
    path.strip_suffix(b".txt")
        .is_some_and(|stem| paths.contains([stem, b".in"].concat().as_bstr()))
}

/// A requirement with the version that the nearest workspace above its manifest offers.
fn inherited(
    requirement: &Requirement,
    path: &BStr,
    offered: &HashMap<&BStr, &Manifest>,
) -> Requirement {
    let mut requirement = requirement.clone();
    if !requirement.inherited {
        return requirement;
    }
    let mut at = folder(path);
    loop {
        let offer = offered.get(at).and_then(|manifest| {
            manifest
                .offered
                .iter()
                .find(|offer| offer.name == requirement.name)
        });
        if let Some(offer) = offer {
            requirement.spec.clone_from(&offer.spec);
            requirement.local = offer.local;
            for feature in &offer.features {
                if !requirement.features.contains(feature) {
                    requirement.features.push(feature.clone());
                }
            }
            return requirement;
        }
        if at.is_empty() {
            return requirement;
        }
        at = folder(at);
    }
}

impl Projects {
    /// Counts files for the innermost project that each is in.
    pub fn count_files<'f>(&mut self, files: impl Iterator<Item = &'f BStr>) {
        let index: HashMap<BString, usize> = self
            .all
            .iter()
            .enumerate()
            .map(|(at, project)| (project.path.clone(), at))
            .collect();
        let mut counts: Vec<BTreeMap<&'static str, u64>> = vec![BTreeMap::new(); self.all.len()];
        for path in files {
            let Some(language) = Language::of(path) else {
                continue;
            };
            let mut at = folder(path);
            let inner = loop {
                if let Some(project) = index.get(at) {
                    break Some(*project);
                }
                if at.is_empty() {
                    break None;
                }
                at = folder(at);
            };
            if let Some(count) = inner.and_then(|inner| counts.get_mut(inner)) {
                *count.entry(language.name).or_default() += 1;
            }
        }
        for (project, counts) in self.all.iter_mut().zip(counts) {
            project.languages = counts.into_iter().collect();
            project.languages.sort_by_key(|(_, count)| Reverse(*count));
        }
    }

    /// What the product and its tests need, with the project that needs it.
    pub fn own_dependencies(&self) -> impl Iterator<Item = (&Project, &Dependency)> {
        self.all
            .iter()
            .filter(|project| matches!(project.role, Role::Main | Role::Test))
            .flat_map(|project| {
                project
                    .dependencies
                    .iter()
                    .map(move |needed| (project, needed))
            })
    }
}

fn as_counts<S: Serializer>(
    counts: &[(&'static str, u64)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(files: &[(&str, &str)]) -> Projects {
        let manifests: Vec<_> = files
            .iter()
            .filter_map(|(path, text)| {
                let format = Format::of((*path).into())?;
                Some((BStr::new(path), format, format.parse(text.as_bytes())))
            })
            .collect();
        let found: Vec<_> = manifests
            .iter()
            .map(|(path, format, manifest)| Found {
                path,
                format: *format,
                manifest,
            })
            .collect();
        gather(&found)
    }

    fn needs(projects: &Projects) -> Vec<String> {
        let line = |needed: &Dependency| {
            let Requirement {
                name, spec, scope, ..
            } = &needed.requirement;
            format!("{} {name} {spec} {scope:?}", needed.manifest)
        };
        projects
            .own_dependencies()
            .map(|(_, needed)| line(needed))
            .collect()
    }

    #[test]
    fn a_monorepos_folders_are_projects() {
        let mut projects = gathered(&[
            ("examples/x/package.json", r#"{"dependencies":{"vue":"3"}}"#),
            (
                "package.json",
                r#"{"name":"root","devDependencies":{"turbo":"2"}}"#,
            ),
            (
                "packages/a/package.json",
                r#"{"name":"a","dependencies":{"react":"18"}}"#,
            ),
            ("tests/package.json", r#"{"dependencies":{"jest":"29"}}"#),
        ]);
        let paths: Vec<_> = projects
            .all
            .iter()
            .map(|project| project.path.to_string())
            .collect();
        assert_eq!(paths, ["", "examples/x", "packages/a", "tests"]);
        assert_eq!(
            needs(&projects),
            [
                "package.json turbo 2 Dev",
                "packages/a/package.json react 18 Direct",
                "tests/package.json jest 29 Dev"
            ]
        );
        let files = [
            "a.js",
            "packages/a/x/y.ts",
            "packages/a/z.ts",
            "packages/a/w.js",
            "packages/b.py",
        ];
        projects.count_files(files.iter().map(|path| BStr::new(*path)));
        assert_eq!(
            projects.all.first().map(|root| root.languages.clone()),
            Some(vec![("JavaScript", 1), ("Python", 1)])
        );
        assert_eq!(
            projects.all.get(2).map(|a| a.languages.clone()),
            Some(vec![("TypeScript", 2), ("JavaScript", 1)])
        );
    }

    #[test]
    fn members_inherit_from_the_nearest_workspace() {
        let projects = gathered(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\nserde = { version = '1', features = ['rc'] }\nown = { path = 'own' }",
            ),
            (
                "a/Cargo.toml",
                "[dependencies]\nserde = { workspace = true, features = ['derive'] }\nown.workspace = true\nlost.workspace = true",
            ),
        ]);
        assert_eq!(
            needs(&projects),
            [
                "a/Cargo.toml lost * Direct",
                "a/Cargo.toml own path:own Direct",
                "a/Cargo.toml serde 1 Direct"
            ]
        );
        let features = projects
            .own_dependencies()
            .last()
            .map(|(_, needed)| needed.requirement.features.clone());
        assert_eq!(features, Some(vec!["derive".to_owned(), "rc".to_owned()]));
    }

    #[test]
    fn a_compiled_requirements_file_lists_what_dependencies_need() {
        let projects = gathered(&[
            ("requirements/dev.in", "pytest"),
            ("requirements/dev.txt", "pytest==8\npluggy==1\niniconfig==2"),
            ("requirements.txt", "flask"),
        ]);
        assert_eq!(
            needs(&projects),
            [
                "requirements.txt flask * Direct",
                "requirements/dev.in pytest * Dev"
            ]
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
        );
        assert_eq!(projects.indirect, BTreeMap::from([(Ecosystem::Pypi, 3)]));
        assert_eq!(projects.all.len(), 1);
    }
}
