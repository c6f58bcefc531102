//! All projects and packages as one graph.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};

use super::claim::Shelf;
use super::model::{FoundLock, Status};
use super::report::BUDGET;
use super::resolve::{ResolvedProject, exact, resolve};
use super::walk::{Place, Walk, folders, walk};
use crate::analyze::lockfile::{Hash, LockedScope, Source};
use crate::analyze::manifest::{Ecosystem, Scope};
use crate::analyze::projects::Project;
use crate::analyze::purl::purl;

/// So many folders that are no projects are looked through for what something needs.
const FOLDERS: usize = 64;

/// What projects are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// By path.
    pub projects: Vec<ProjectNode>,
    /// Packages by package URL.
    pub components: BTreeMap<String, Component>,
}

/// A project, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectNode {
    /// Its folder; empty for the top of the repository.
    pub path: BString,
    /// Its name.
    pub name: Option<String>,
    /// What it asks for.
    pub depends_on: BTreeSet<Node>,
}

/// A package in a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Where it comes from.
    pub ecosystem: Ecosystem,
    /// Its name.
    pub name: String,
    /// Its version; empty if it is decided when it is installed.
    pub version: String,
    /// The most that any project needs it for.
    pub scope: LockedScope,
    /// Hashes of the one file that is its distribution.
    pub hashes: Vec<Hash>,
    /// What it needs.
    pub depends_on: BTreeSet<Node>,
}

/// Something that is needed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Node {
    /// A package, by its package URL.
    Package(String),
    /// A project, by its folder.
    Project(BString),
}

impl Inventory {
    /// Gathers projects and packages. Of a folder of the repository that is no project, those who need it need what it
    /// needs. Packages of lock files that do not say who needs whom are needed by nobody here.
    pub fn of(projects: &[Project], locks: &[FoundLock<'_>]) -> Self {
        let shelf = Shelf::new(locks);
        let resolved: Vec<ResolvedProject<'_>> = projects
            .iter()
            .map(|project| resolve(project, &shelf))
            .collect();
        let folders = folders(&resolved, &shelf);
        let mut members: BTreeMap<Place, BString> = BTreeMap::new();
        for one in &resolved {
            for claim in &one.claims {
                let package = shelf.member(*claim).and_then(|member| member.package);
                if let Some(package) = package {
                    members.insert((claim.lock, package), one.project.path.clone());
                }
            }
        }
        let graph = Graph {
            shelf: &shelf,
            members,
        };
        let mut inventory = Self::default();
        let mut budget = BUDGET;
        for one in &resolved {
            let walk = walk(one, &shelf, &folders, &mut budget);
            for visit in &walk.visits {
                inventory.add(&graph, visit.at, visit.scope);
            }
            for visit in &walk.visits {
                if let Some(Node::Package(purl)) = graph.node(visit.at)
                    && let Some(component) = inventory.components.get_mut(&purl)
                {
                    component
                        .depends_on
                        .extend(graph.needed_by(visit.at, &walk));
                }
            }
            let project = inventory.project(&graph, one, &walk);
            inventory.projects.push(project);
        }
        inventory
    }

    fn add(&mut self, graph: &Graph<'_, '_>, at: Place, scope: LockedScope) {
        let (Some(Node::Package(key)), Some(found)) = (graph.node(at), graph.shelf.locks.get(at.0))
        else {
            return;
        };
        let Some(package) = found.lock.packages.get(at.1) else {
            return;
        };
        let component = self.components.entry(key).or_insert_with(|| Component {
            ecosystem: found.lock.format.ecosystem(),
            name: package.name.clone(),
            version: package.version.clone(),
            scope,
            hashes: package.hashes.clone(),
            depends_on: BTreeSet::new(),
        });
        component.scope = component.scope.min(scope);
        if component.hashes.is_empty() {
            component.hashes.clone_from(&package.hashes);
        }
    }

    fn project(
        &mut self,
        graph: &Graph<'_, '_>,
        resolved: &ResolvedProject<'_>,
        walk: &Walk,
    ) -> ProjectNode {
        let mut depends_on = BTreeSet::new();
        for one in &resolved.direct {
            depends_on.extend(graph.nodes(one.to.clone(), walk));
            // Without a lock file, the manifest is all there is.
            if !matches!(
                one.status,
                Status::Pinned | Status::Unlocked | Status::Missing
            ) {
                continue;
            }
            let requirement = &one.dependency.requirement;
            let ecosystem = one.dependency.ecosystem;
            let version = exact(ecosystem, &requirement.spec).unwrap_or_default();
            let key = purl(ecosystem, &requirement.name, version, &Source::default());
            let scope = match requirement.scope {
                Scope::Direct => LockedScope::Runtime,
                _ => LockedScope::Dev,
            };
            let component = self
                .components
                .entry(key.clone())
                .or_insert_with(|| Component {
                    ecosystem,
                    name: requirement.name.clone(),
                    version: version.to_owned(),
                    scope,
                    hashes: Vec::new(),
                    depends_on: BTreeSet::new(),
                });
            component.scope = component.scope.min(scope);
            depends_on.insert(Node::Package(key));
        }
        let own = Node::Project(resolved.project.path.clone());
        depends_on.remove(&own);
        ProjectNode {
            path: resolved.project.path.clone(),
            name: resolved.project.name.clone(),
            depends_on,
        }
    }
}

struct Graph<'g, 'l> {
    shelf: &'g Shelf<'l>,
    /// The projects that lock files have as packages.
    members: BTreeMap<Place, BString>,
}

impl Graph<'_, '_> {
    /// What a package needs.
    fn needed_by(&self, at: Place, walk: &Walk) -> BTreeSet<Node> {
        self.nodes(walk.needs(at).collect(), walk)
    }

    /// The nodes of packages; for folders that are no projects, the nodes of what they need.
    fn nodes(&self, mut open: Vec<Place>, walk: &Walk) -> BTreeSet<Node> {
        let mut nodes = BTreeSet::new();
        let mut passed = BTreeSet::new();
        while let Some(at) = open.pop() {
            match self.node(at) {
                Some(node) => {
                    nodes.insert(node);
                }
                None if passed.len() < FOLDERS && passed.insert(at) => open.extend(walk.needs(at)),
                None => {}
            }
        }
        nodes
    }

    /// The node of a package; none for folders that are no projects.
    fn node(&self, at: Place) -> Option<Node> {
        if let Some(path) = self.members.get(&at) {
            return Some(Node::Project(path.clone()));
        }
        let lock = self.shelf.locks.get(at.0)?.lock;
        let package = lock.packages.get(at.1)?;
        (!package.is_local()).then(|| {
            Node::Package(purl(
                lock.format.ecosystem(),
                &package.name,
                &package.version,
                &package.source,
            ))
        })
    }
}

impl ProjectNode {
    /// What people call it: its name, or its folder.
    pub fn title(&self) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => self.path.to_str_lossy().into_owned(),
        }
    }
}
