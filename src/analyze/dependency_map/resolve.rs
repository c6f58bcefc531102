//! What became of a project's requirements.

use std::collections::{BTreeMap, HashSet};

use super::claim::{Claim, MOST, Shelf};
use super::model::{Drift, DriftKind, FoundLock, Status};
use crate::analyze::lockfile::{LockFormat, Locked, Need, Source};
use crate::analyze::manifest::{Ecosystem, Requirement};
use crate::analyze::projects::{Dependency, Project};

/// A requirement, and the packages that it got.
#[derive(Clone, Debug)]
pub(super) struct Resolved<'p> {
    pub(super) dependency: &'p Dependency,
    pub(super) status: Status,
    /// A lock file and packages in it.
    pub(super) to: Vec<(usize, usize)>,
}

/// A project with what became of its requirements.
#[derive(Debug)]
pub(super) struct ResolvedProject<'p> {
    pub(super) project: &'p Project,
    pub(super) claims: Vec<Claim>,
    pub(super) direct: Vec<Resolved<'p>>,
    pub(super) drift: Vec<Drift>,
}

pub(super) fn resolve<'p>(project: &'p Project, shelf: &Shelf<'_>) -> ResolvedProject<'p> {
    let mut by_ecosystem: BTreeMap<Ecosystem, Vec<&Dependency>> = BTreeMap::new();
    for dependency in &project.dependencies {
        by_ecosystem
            .entry(dependency.ecosystem)
            .or_default()
            .push(dependency);
    }
    let mut resolved = ResolvedProject {
        project,
        claims: Vec::new(),
        direct: Vec::new(),
        drift: Vec::new(),
    };
    let mut all = shelf.ecosystems.clone();
    all.extend(by_ecosystem.keys());
    for ecosystem in all {
        let dependencies = by_ecosystem.remove(&ecosystem).unwrap_or_default();
        let claims = shelf.claims(project, ecosystem);
        for dependency in &dependencies {
            if !is_of_the_compiler(dependency, &claims, shelf) {
                let found = one(dependency, &claims, shelf, &mut resolved.drift);
                resolved.direct.push(found);
            }
        }
        surplus(&dependencies, &claims, shelf, &mut resolved.drift);
        unverified(&claims, shelf, &mut resolved.drift);
        resolved.claims.extend(claims);
    }
    resolved.drift.sort();
    resolved.drift.dedup();
    resolved
}

/// Whether a compiled requirements file, read as a manifest, lists something that only other packages need.
fn is_of_the_compiler(dependency: &Dependency, claims: &[Claim], shelf: &Shelf<'_>) -> bool {
    claims.iter().any(|claim| {
        let Some((found, page)) = shelf.get(claim.lock) else {
            return false;
        };
        let packages = page.by_name.get(dependency.requirement.name.as_str());
        found.path == dependency.manifest
            && packages
                .into_iter()
                .flatten()
                .take(MOST)
                .filter_map(|at| found.lock.packages.get(*at))
                .any(|package| package.direct == Some(false))
    })
}

fn one<'p>(
    dependency: &'p Dependency,
    claims: &[Claim],
    shelf: &Shelf<'_>,
    drift: &mut Vec<Drift>,
) -> Resolved<'p> {
    let requirement = &dependency.requirement;
    let mut resolved = Resolved {
        dependency,
        status: Status::Unlocked,
        to: Vec::new(),
    };
    for claim in claims {
        let Some((found, page)) = shelf.get(claim.lock) else {
            continue;
        };
        let (to, asked) = look_up(dependency, *claim, shelf);
        resolved
            .to
            .extend(to.into_iter().map(|at| (claim.lock, at)));
        let optional = is_optional(requirement, dependency.ecosystem);
        let forced = page.overridden.contains(requirement.name.as_str());
        if let Some(asked) = asked.filter(|asked| *asked != requirement.spec)
            && !optional
            && !forced
        {
            let kind = DriftKind::Changed {
                manifest: requirement.spec.clone(),
                made_for: asked,
            };
            drift.push(drifted(
                kind,
                dependency.ecosystem,
                &requirement.name,
                found,
            ));
        }
    }
    // npm's and yarn's workspaces are found by version like any other package.
    let is_folder = |(lock, at): &(usize, usize)| {
        let found = shelf.locks.get(*lock);
        found
            .and_then(|found| found.lock.packages.get(*at))
            .is_some_and(Locked::is_local)
    };
    let folder = !resolved.to.is_empty() && resolved.to.iter().all(is_folder);
    resolved.status = if requirement.local || folder {
        Status::Local
    } else if !resolved.to.is_empty() {
        Status::Locked
    } else if claims.is_empty() {
        match exact(dependency.ecosystem, &requirement.spec) {
            Some(_) => Status::Pinned,
            None => Status::Unlocked,
        }
    } else if is_optional(requirement, dependency.ecosystem) {
        Status::NotInstalled
    } else {
        let found = claims.first().and_then(|claim| shelf.locks.get(claim.lock));
        drift.extend(found.map(|found| {
            let name = &requirement.name;
            drifted(DriftKind::Missing, dependency.ecosystem, name, found)
        }));
        Status::Missing
    };
    resolved
}

fn drifted(kind: DriftKind, ecosystem: Ecosystem, name: &str, found: &FoundLock<'_>) -> Drift {
    Drift {
        kind,
        ecosystem,
        name: name.to_owned(),
        lock: found.path.to_owned(),
    }
}

/// Peers are somebody else's to install, and what builds a Python project is not locked with it.
fn is_optional(requirement: &Requirement, ecosystem: Ecosystem) -> bool {
    match requirement.group.as_deref() {
        Some("peer") => true,
        Some("build") => ecosystem == Ecosystem::Pypi,
        _ => false,
    }
}

/// The packages that a requirement got in a lock file, and what was asked for when that was written.
fn look_up(
    dependency: &Dependency,
    claim: Claim,
    shelf: &Shelf<'_>,
) -> (Vec<usize>, Option<String>) {
    let requirement = &dependency.requirement;
    let name = requirement.name.as_str();
    let Some((found, page)) = shelf.get(claim.lock) else {
        return (Vec::new(), None);
    };
    let by_name = || {
        let named = page.by_name.get(name).into_iter().flatten().copied();
        let published = |at: &usize| {
            let package = found.lock.packages.get(*at);
            package.is_some_and(|package| requirement.local || !package.is_local())
        };
        let named = named.filter(published).take(MOST).collect::<Vec<_>>();
        chosen(dependency, named, found, claim.member.is_some())
    };
    if let Some(needs) = shelf.needs(claim) {
        let Some(needs) = needs.get(name) else {
            return (Vec::new(), None);
        };
        let same = |need: &&&Need| need.spec.as_deref() == Some(requirement.spec.as_str());
        let asked = match needs.iter().find(same) {
            Some(_) => None,
            None => needs.iter().find_map(|need| need.spec.clone()),
        };
        let mut to: Vec<usize> = needs.iter().flat_map(|need| need.to.clone()).collect();
        to.sort_unstable();
        to.dedup();
        let to = if to.is_empty() {
            by_name()
        } else {
            chosen(dependency, to, found, true)
        };
        return (to, asked);
    }
    let literal = format!("{name}@{}", requirement.spec);
    match page.asked.get(literal.as_str()) {
        Some(at) => (vec![*at], None),
        None => (by_name(), None),
    }
}

/// Of several versions, those that are meant.
fn chosen(
    dependency: &Dependency,
    found: Vec<usize>,
    lock: &FoundLock<'_>,
    member: bool,
) -> Vec<usize> {
    if found.len() < 2 {
        return found;
    }
    match dependency.ecosystem {
        // One package in two versions has two requirements: each got the one that it allows.
        Ecosystem::Cargo => {
            let likeness = |at: &usize| {
                let package = lock.lock.packages.get(*at);
                let version = package.map(|package| package.version.as_str());
                common(&dependency.requirement.spec, version.unwrap_or_default())
            };
            let best = found.iter().map(likeness).max();
            found
                .into_iter()
                .filter(|at| Some(likeness(at)) == best)
                .collect()
        }
        // The one that stands first is the one that the top sees.
        Ecosystem::Npm if !member => found.into_iter().take(1).collect(),
        _ => found,
    }
}

/// How many numbers two versions have in common from the start.
fn common(spec: &str, version: &str) -> usize {
    let numbers = |text: &str| -> Vec<String> {
        let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
        let text = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
        text.split('.').map(str::to_owned).collect()
    };
    let (spec, version) = (numbers(spec), numbers(version));
    spec.iter()
        .zip(&version)
        .take_while(|(one, other)| one == other)
        .count()
}

/// What members of npm's and Cargo's lock files ask for that their manifests do not. Python's projects may say what they
/// need in code.
fn surplus(
    dependencies: &[&Dependency],
    claims: &[Claim],
    shelf: &Shelf<'_>,
    drift: &mut Vec<Drift>,
) {
    let names: HashSet<&str> = dependencies
        .iter()
        .map(|dependency| dependency.requirement.name.as_str())
        .collect();
    for claim in claims {
        let (Some(needs), Some(found)) = (shelf.needs(*claim), shelf.locks.get(claim.lock)) else {
            continue;
        };
        let ecosystem = found.lock.format.ecosystem();
        if ecosystem == Ecosystem::Pypi {
            continue;
        }
        for name in needs.keys() {
            if !names.contains(name) {
                drift.push(drifted(DriftKind::Surplus, ecosystem, name, found));
            }
        }
    }
}

/// Modules of a build list that the `go.sum` beside it does not know.
fn unverified(claims: &[Claim], shelf: &Shelf<'_>, drift: &mut Vec<Drift>) {
    for claim in claims {
        let Some((found, _)) = shelf.get(claim.lock) else {
            continue;
        };
        if found.lock.format != LockFormat::GoMod {
            continue;
        }
        let Some(sums) = shelf.sums_beside(found) else {
            continue;
        };
        let known: HashSet<(&str, &str)> = sums
            .lock
            .packages
            .iter()
            .map(|one| (one.name.as_str(), one.version.as_str()))
            .collect();
        for package in &found.lock.packages {
            let key = (package.name.as_str(), package.version.as_str());
            let elsewhere = package.source != Source::default();
            if !elsewhere && !known.contains(&key) {
                let kind = DriftKind::Unverified;
                drift.push(drifted(kind, Ecosystem::Golang, &package.name, sums));
            }
        }
    }
}

/// The version that a constraint allows, if it allows one only.
pub(super) fn exact(ecosystem: Ecosystem, spec: &str) -> Option<&str> {
    let spec = spec.trim();
    let bare = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_' | '!'))
    };
    let version = match ecosystem {
        Ecosystem::Pypi => spec.strip_prefix("==")?.trim_start_matches('=').trim(),
        Ecosystem::Cargo => spec.strip_prefix('=')?.trim(),
        Ecosystem::Golang => return Some(spec).filter(|spec| spec.starts_with('v')),
        // Three numbers are one version; fewer are all that begin so.
        Ecosystem::Npm => Some(spec.trim_start_matches(['=', 'v']).trim())
            .filter(|version| version.split('.').count() > 2)?,
        Ecosystem::Gem | Ecosystem::Composer | Ecosystem::Maven => {
            spec.strip_prefix('=').unwrap_or(spec).trim()
        }
    };
    let ranged = version.split('.').any(|part| matches!(part, "x" | "X"));
    (bare(version) && !ranged).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_is_pinned() {
        for (ecosystem, spec, expected) in [
            (Ecosystem::Pypi, "==1.2", Some("1.2")),
            (Ecosystem::Pypi, "==1.*", None),
            (Ecosystem::Pypi, ">=1", None),
            (Ecosystem::Cargo, "=1.2.3", Some("1.2.3")),
            (Ecosystem::Cargo, "1.2.3", None),
            (Ecosystem::Npm, "1.2.3", Some("1.2.3")),
            (Ecosystem::Npm, "1.2", None),
            (Ecosystem::Npm, "1.2.x", None),
            (Ecosystem::Npm, "^1.2.3", None),
            (Ecosystem::Maven, "1.2.Final", Some("1.2.Final")),
            (Ecosystem::Maven, "${v}", None),
            (Ecosystem::Maven, "[1,2)", None),
            (Ecosystem::Golang, "v1.2.3", Some("v1.2.3")),
        ] {
            assert_eq!(exact(ecosystem, spec), expected, "{ecosystem:?} {spec}");
        }
    }

    #[test]
    fn versions_are_compared_by_their_first_numbers() {
        assert_eq!(common("^0.8", "0.8.5"), 2);
        assert_eq!(common("0.8", "0.9.1"), 1);
        assert_eq!(common("*", "1"), 0);
    }
}
