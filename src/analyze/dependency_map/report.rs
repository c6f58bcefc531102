//! The dependency map put together.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bstr::BString;

use super::claim::{Shelf, paths};
use super::model::{
    DependencyMap, DirectDependency, Duplicate, FoundLock, LockReport, ProjectDependencies, Status,
    Totals, TransitiveDependency,
};
use super::resolve::{Resolved, ResolvedProject, exact, resolve};
use super::walk::{Walk, folders, walk};
use crate::analyze::lockfile::{LockFormat, Locked, LockedScope};
use crate::analyze::manifest::{Ecosystem, Scope};
use crate::analyze::projects::Project;

/// How many packages all projects together may list. A workspace of two hundred projects with five thousand packages
/// each stays below; a repository made to be slow does not get further.
pub(super) const BUDGET: usize = 2_000_000;

/// A way is told up to so many steps; a hostile file could have one as long as itself for each of its packages.
const STEPS: usize = 32;

/// Counts without telling anything twice.
#[derive(Debug, Default)]
struct Counter {
    direct: HashSet<(Ecosystem, String)>,
    dev: HashSet<(Ecosystem, String)>,
    /// Packages that manifests ask for, which are not transitive.
    asked: HashSet<(Ecosystem, String, String)>,
    transitive: HashMap<(Ecosystem, String, String), LockedScope>,
}

impl DependencyMap {
    /// Maps the dependencies of projects with the lock files of the same tree.
    ///
    /// If all projects together reach more than two million packages, those that come last are told to be incomplete.
    pub fn of(projects: &[Project], locks: &[FoundLock<'_>]) -> Self {
        let shelf = Shelf::new(locks);
        let resolved: Vec<ResolvedProject<'_>> = projects
            .iter()
            .map(|project| resolve(project, &shelf))
            .collect();
        let folders = folders(&resolved, &shelf);
        let mut budget = BUDGET;
        let mut all = Counter::default();
        let mut map = Self::default();
        let mut speaks: BTreeMap<usize, Vec<BString>> = BTreeMap::new();
        for one in &resolved {
            let walk = walk(one, &shelf, &folders, &mut budget);
            map.projects.push(project(one, &walk, &shelf, &mut all));
            for claim in &one.claims {
                let spoken = speaks.entry(claim.lock).or_default();
                spoken.push(one.project.path.clone());
            }
        }
        map.totals = all.finish();
        for (at, found) in locks.iter().enumerate() {
            if !found.lock.is_empty() || !found.lock.problems.is_empty() {
                let projects = speaks.remove(&at).unwrap_or_default();
                map.locks.push(lock_report(found, projects));
            }
        }
        map.locks.sort_by(|one, other| one.path.cmp(&other.path));
        map
    }
}

fn project(
    resolved: &ResolvedProject<'_>,
    walk: &Walk,
    shelf: &Shelf<'_>,
    all: &mut Counter,
) -> ProjectDependencies {
    let mut own = Counter::default();
    let direct: Vec<DirectDependency> = resolved
        .direct
        .iter()
        .map(|one| {
            own.count(one, shelf);
            all.count(one, shelf);
            direct(one, shelf)
        })
        .collect();
    let mut transitive = Vec::new();
    for (at, visit) in walk.visits.iter().enumerate() {
        let Some((ecosystem, package)) = package(visit.at, shelf) else {
            continue;
        };
        if package.is_local() {
            continue;
        }
        let key = (ecosystem, package.name.clone(), package.version.clone());
        if own.asked.contains(&key) || own.transitive.contains_key(&key) {
            continue;
        }
        transitive.push(TransitiveDependency {
            ecosystem,
            name: package.name.clone(),
            version: package.version.clone(),
            scope: visit.scope,
            depth: visit.depth,
            path: way(walk, at, shelf),
        });
        let known = all.transitive.entry(key.clone()).or_insert(visit.scope);
        *known = visit.scope.min(*known);
        own.transitive.insert(key, visit.scope);
    }
    let order = |one: &TransitiveDependency| {
        (
            one.depth.unwrap_or(usize::MAX),
            one.name.clone(),
            one.version.clone(),
            one.ecosystem,
        )
    };
    transitive.sort_by_cached_key(order);
    ProjectDependencies {
        path: resolved.project.path.clone(),
        name: resolved.project.name.clone(),
        locks: paths(shelf, &resolved.claims),
        totals: own.finish(),
        direct,
        transitive,
        drift: resolved.drift.clone(),
        complete: walk.complete,
    }
}

fn package<'l>((lock, at): (usize, usize), shelf: &Shelf<'l>) -> Option<(Ecosystem, &'l Locked)> {
    let lock = shelf.locks.get(lock)?.lock;
    Some((lock.format.ecosystem(), lock.packages.get(at)?))
}

fn direct(resolved: &Resolved<'_>, shelf: &Shelf<'_>) -> DirectDependency {
    let requirement = &resolved.dependency.requirement;
    let ecosystem = resolved.dependency.ecosystem;
    let mut versions: Vec<String> = resolved
        .to
        .iter()
        .filter_map(|to| package(*to, shelf))
        .filter(|(_, package)| !package.version.is_empty())
        .map(|(_, package)| package.version.clone())
        .collect();
    if resolved.status == Status::Pinned {
        versions.extend(exact(ecosystem, &requirement.spec).map(str::to_owned));
    }
    versions.sort();
    versions.dedup();
    DirectDependency {
        ecosystem,
        name: requirement.name.clone(),
        constraint: requirement.spec.clone(),
        scope: requirement.scope,
        group: requirement.group.clone(),
        manifest: resolved.dependency.manifest.clone(),
        status: resolved.status,
        versions,
    }
}

/// The way to a visit, without itself.
fn way(walk: &Walk, at: usize, shelf: &Shelf<'_>) -> Vec<String> {
    let from = |at: usize| walk.visits.get(at).and_then(|visit| visit.from);
    let steps = walk.visits.get(at).and_then(|visit| visit.depth);
    // What is too long is left out at the end, which is where this begins.
    let left_out = steps.unwrap_or_default().saturating_sub(STEPS);
    let mut way: Vec<String> = std::iter::successors(from(at), |at| from(*at))
        .skip(left_out)
        .filter_map(|at| package(walk.visits.get(at)?.at, shelf))
        .map(|(_, package)| match package.version.as_str() {
            "" => package.name.clone(),
            version => format!("{}@{version}", package.name),
        })
        .collect();
    way.reverse();
    way
}

impl Counter {
    fn count(&mut self, asked: &Resolved<'_>, locks: &Shelf<'_>) {
        let requirement = &asked.dependency.requirement;
        for to in &asked.to {
            if let Some((ecosystem, package)) = package(*to, locks) {
                let key = (ecosystem, package.name.clone(), package.version.clone());
                self.asked.insert(key);
            }
        }
        if asked.status == Status::Local || requirement.group.as_deref() == Some("peer") {
            return;
        }
        let names = match requirement.scope {
            Scope::Direct => &mut self.direct,
            _ => &mut self.dev,
        };
        names.insert((asked.dependency.ecosystem, requirement.name.clone()));
    }

    fn finish(&self) -> Totals {
        let transitive = self
            .transitive
            .iter()
            .filter(|(key, _)| !self.asked.contains(*key));
        let (dev, product): (Vec<_>, Vec<_>) =
            transitive.partition(|(_, scope)| **scope == LockedScope::Dev);
        Totals {
            direct: self.direct.len(),
            dev: self.dev.len(),
            total_count: self.direct.len() + self.dev.len(),
            transitive: product.len(),
            transitive_dev: dev.len(),
        }
    }
}

fn lock_report(found: &FoundLock<'_>, projects: Vec<BString>) -> LockReport {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in found.lock.packages.iter().filter(|one| !one.is_local()) {
        let known = versions.entry(&package.name).or_default();
        known.insert(&package.version);
    }
    // Hashes of modules that were only looked at are no versions of anything.
    let installs = found.lock.format != LockFormat::GoSum;
    let duplicates = versions
        .iter()
        .filter(|(_, versions)| installs && versions.len() > 1)
        .map(|(name, versions)| Duplicate {
            name: (*name).to_owned(),
            versions: versions
                .iter()
                .map(|version| (*version).to_owned())
                .collect(),
        });
    LockReport {
        path: found.path.to_owned(),
        format: found.lock.format.name(),
        version: found.lock.version.clone(),
        packages: versions.values().map(BTreeSet::len).sum(),
        projects,
        duplicates: duplicates.collect(),
        problems: found.lock.problems.clone(),
    }
}
