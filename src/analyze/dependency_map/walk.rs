//! From what a project asks for to everything that it gets.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::claim::Shelf;
use super::resolve::{Resolved, ResolvedProject};
use crate::analyze::lockfile::{Edge, LockFormat, Locked, LockedScope};
use crate::analyze::manifest::{Format, Scope};

/// A package of a lock file: the index of the file, and its index in it.
pub(super) type Place = (usize, usize);

/// What each folder of the repository needs for the product, where its own manifests tell: lock files of Cargo and of
/// modern yarn do not part that from what its development needs.
pub(super) type Folders = HashMap<Place, Vec<(Place, Vec<String>)>>;

/// A package that was reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visit {
    pub(super) at: Place,
    pub(super) scope: LockedScope,
    /// The index of the visit that it was reached from; none for what a manifest asks for.
    pub(super) from: Option<usize>,
    /// None if the lock file does not say who needs whom.
    pub(super) depth: Option<usize>,
}

/// What was reached, nearest first: first for the product, then what is left for development.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) visits: Vec<Visit>,
    /// Who needs whom.
    pub(super) edges: BTreeSet<(Place, Place)>,
    /// Whether the budget sufficed.
    pub(super) complete: bool,
}

/// Gathers what folders need.
pub(super) fn folders(projects: &[ResolvedProject<'_>], shelf: &Shelf<'_>) -> Folders {
    let mut folders = Folders::new();
    for resolved in projects {
        for claim in &resolved.claims {
            let package = shelf.member(*claim).and_then(|member| member.package);
            let Some(package) = package else { continue };
            let runtime = resolved.direct.iter().filter(|one| is_runtime(one));
            let edges = runtime.flat_map(|one| {
                let of_lock = one.to.iter().filter(|(lock, _)| *lock == claim.lock);
                of_lock.map(|to| (*to, one.dependency.requirement.features.clone()))
            });
            folders.insert((claim.lock, package), edges.collect());
        }
    }
    folders
}

fn is_runtime(resolved: &Resolved<'_>) -> bool {
    resolved.dependency.requirement.scope == Scope::Direct
}

/// Walks from a project. `budget` is how many packages may still be reached by all walks together.
pub(super) fn walk(
    project: &ResolvedProject<'_>,
    shelf: &Shelf<'_>,
    folders: &Folders,
    budget: &mut usize,
) -> Walk {
    let mut walker = Walker {
        shelf,
        folders,
        walk: Walk {
            complete: true,
            ..Walk::default()
        },
        seen: HashMap::new(),
        extras_seen: HashSet::new(),
        open: VecDeque::new(),
    };
    for runtime in [true, false] {
        let scope = if runtime {
            LockedScope::Runtime
        } else {
            LockedScope::Dev
        };
        for one in &project.direct {
            if is_runtime(one) == runtime {
                for to in &one.to {
                    let extras = &one.dependency.requirement.features;
                    walker.reach(*to, extras, None, scope, Some(0), budget);
                }
            }
        }
        walker.follow(scope, budget);
    }
    for claim in &project.claims {
        walker.unconnected(claim.lock, budget);
    }
    walker.walk
}

impl Walk {
    /// What a place needs.
    pub(super) fn needs(&self, at: Place) -> impl Iterator<Item = Place> {
        let edges = self
            .edges
            .range((at, (0, 0))..=(at, (usize::MAX, usize::MAX)));
        edges.map(|(_, to)| *to)
    }
}

struct Walker<'w, 'l> {
    shelf: &'w Shelf<'l>,
    folders: &'w Folders,
    walk: Walk,
    /// The visit of each place.
    seen: HashMap<Place, usize>,
    extras_seen: HashSet<(Place, String)>,
    /// Visits whose needs are to be followed: of the package, or of one of its extras.
    open: VecDeque<(usize, Option<String>)>,
}

impl<'l> Walker<'_, 'l> {
    fn package(&self, at: Place) -> Option<&'l Locked> {
        self.shelf.locks.get(at.0)?.lock.packages.get(at.1)
    }

    fn reach(
        &mut self,
        at: Place,
        extras: &[String],
        from: Option<usize>,
        scope: LockedScope,
        depth: Option<usize>,
        budget: &mut usize,
    ) {
        let Some(package) = self.package(at) else {
            return;
        };
        let visit = if let Some(visit) = self.seen.get(&at) {
            *visit
        } else {
            let Some(left) = budget.checked_sub(1) else {
                self.walk.complete = false;
                return;
            };
            *budget = left;
            let optional =
                scope == LockedScope::Runtime && package.scope == Some(LockedScope::Optional);
            let visit = self.walk.visits.len();
            self.walk.visits.push(Visit {
                at,
                scope: if optional {
                    LockedScope::Optional
                } else {
                    scope
                },
                from,
                depth,
            });
            self.seen.insert(at, visit);
            self.open.push_back((visit, None));
            visit
        };
        for extra in extras {
            if package.extras.contains_key(extra) && self.extras_seen.insert((at, extra.clone())) {
                self.open.push_back((visit, Some(extra.clone())));
            }
        }
    }

    fn follow(&mut self, scope: LockedScope, budget: &mut usize) {
        while let Some((visit, extra)) = self.open.pop_front() {
            let Some(Visit { at, depth, .. }) = self.walk.visits.get(visit).copied() else {
                continue;
            };
            let Some(package) = self.package(at) else {
                continue;
            };
            let deeper = depth.map(|depth| depth + 1);
            let folder = self.folders.get(&at).filter(|_| package.is_local());
            if let (Some(needs), None) = (folder, &extra) {
                for (to, extras) in needs {
                    self.walk.edges.insert((at, *to));
                    self.reach(*to, extras, Some(visit), scope, deeper, budget);
                }
                continue;
            }
            let edges: &[Edge] = match &extra {
                None => &package.dependencies,
                Some(extra) => package.extras.get(extra).map_or(&[], Vec::as_slice),
            };
            for edge in edges {
                let to = (at.0, edge.to);
                self.walk.edges.insert((at, to));
                self.reach(to, &edge.extras, Some(visit), scope, deeper, budget);
            }
        }
    }

    /// The rest of a lock file that does not say who needs whom: everything in it is there for the project.
    fn unconnected(&mut self, lock: usize, budget: &mut usize) {
        let Some(found) = self.shelf.locks.get(lock) else {
            return;
        };
        let packages = &found.lock.packages;
        if packages.iter().any(|one| !one.dependencies.is_empty()) || !found.lock.members.is_empty()
        {
            return;
        }
        let development = found.lock.format == LockFormat::CompiledRequirements
            && Format::RequirementsTxt.is_for_development(found.path);
        let usual = if development {
            LockedScope::Dev
        } else {
            LockedScope::Runtime
        };
        for (at, package) in packages.iter().enumerate() {
            let scope = package.scope.unwrap_or(usual);
            self.reach((lock, at), &[], None, scope, None, budget);
        }
        self.open.clear();
    }
}
