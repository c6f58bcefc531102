//! Which lock file speaks for which project.

use std::collections::{BTreeSet, HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use super::model::FoundLock;
use crate::analyze::files::{file_name, folder};
use crate::analyze::lockfile::{LockFormat, Member, Need};
use crate::analyze::manifest::Ecosystem;
use crate::analyze::projects::Project;

/// Of a name that several versions answer to, at most so many are taken, so that a hostile file costs no square of its
/// size.
pub(super) const MOST: usize = 16;

/// A lock file that speaks for a project, and the member of it that the project is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    /// The index of the lock file.
    pub(super) lock: usize,
    /// The index of the member, if the file knows its members.
    pub(super) member: Option<usize>,
}

/// The lock files by what is looked up in them.
#[derive(Debug)]
pub(super) struct Shelf<'l> {
    pub(super) locks: &'l [FoundLock<'l>],
    /// By folder and ecosystem, those heard first first.
    by_folder: HashMap<(&'l BStr, Ecosystem), Vec<usize>>,
    /// The `go.sum` of each folder.
    sums: HashMap<&'l BStr, usize>,
    /// All that the lock files are about.
    pub(super) ecosystems: BTreeSet<Ecosystem>,
    pages: Vec<Page<'l>>,
}

/// One lock file by what is looked up in it.
#[derive(Debug, Default)]
pub(super) struct Page<'l> {
    /// Packages by name.
    pub(super) by_name: HashMap<&'l str, Vec<usize>>,
    /// Packages by what manifests wrote (`name@spec`).
    pub(super) asked: HashMap<&'l str, usize>,
    /// Names whose versions the workspace forces.
    pub(super) overridden: HashSet<&'l str>,
    /// What each member asks for, by name.
    needs: Vec<HashMap<&'l str, Vec<&'l Need>>>,
    by_path: HashMap<&'l [u8], usize>,
    by_member: HashMap<&'l str, usize>,
}

impl<'l> Shelf<'l> {
    pub(super) fn new(locks: &'l [FoundLock<'l>]) -> Self {
        let mut by_folder: HashMap<(&BStr, Ecosystem), Vec<usize>> = HashMap::new();
        let mut sums = HashMap::new();
        let mut pages = Vec::with_capacity(locks.len());
        for (at, found) in locks.iter().enumerate() {
            pages.push(Page::of(found));
            let home = home(found);
            if found.lock.format == LockFormat::GoSum {
                sums.insert(home, at);
                continue;
            }
            if found.lock.is_empty() {
                continue;
            }
            let key = (home, found.lock.format.ecosystem());
            by_folder.entry(key).or_default().push(at);
        }
        let order = |at: &usize| locks.get(*at).map(|found| (found.lock.format, found.path));
        for found in by_folder.values_mut() {
            found.sort_by_key(order);
            // Of several kinds one is heard; of that kind, each file.
            let first = found.first().and_then(order).map(|(format, _)| format);
            found.retain(|at| order(at).map(|(format, _)| format) == first);
        }
        Self {
            locks,
            ecosystems: by_folder.keys().map(|(_, ecosystem)| *ecosystem).collect(),
            by_folder,
            sums,
            pages,
        }
    }

    pub(super) fn get(&self, lock: usize) -> Option<(&FoundLock<'l>, &Page<'l>)> {
        Some((self.locks.get(lock)?, self.pages.get(lock)?))
    }

    /// The lock files that speak for a project about an ecosystem: those of its folder, or those of the nearest folder
    /// above that has one which knows it.
    pub(super) fn claims(&self, project: &Project, ecosystem: Ecosystem) -> Vec<Claim> {
        let mut at: &BStr = project.path.as_ref();
        loop {
            let here = self.by_folder.get(&(at, ecosystem));
            let claims: Vec<Claim> = here
                .into_iter()
                .flatten()
                .filter_map(|lock| self.claim(*lock, project, at))
                .collect();
            if !claims.is_empty() || at.is_empty() {
                return claims;
            }
            at = folder(at);
        }
    }

    fn claim(&self, lock: usize, project: &Project, at: &BStr) -> Option<Claim> {
        let (found, page) = self.get(lock)?;
        let path: &BStr = project.path.as_ref();
        if path != at && !found.lock.format.reaches_below() {
            return None;
        }
        let below = path.strip_prefix(at.as_bytes()).unwrap_or_default();
        let below = below.strip_prefix(b"/").unwrap_or(below);
        let named = || page.by_member.get(project.name.as_deref()?);
        let member = page.by_path.get(below).or_else(named).copied();
        let speaks = path == at || member.is_some() || page.knows_requirements_of(project);
        speaks.then_some(Claim { lock, member })
    }

    /// What the project of a claim asks for by its lock file, by name; none if the file does not know its members.
    pub(super) fn needs(&self, claim: Claim) -> Option<&HashMap<&'l str, Vec<&'l Need>>> {
        self.pages.get(claim.lock)?.needs.get(claim.member?)
    }

    /// The `go.sum` beside a `go.mod`.
    pub(super) fn sums_beside(&self, found: &FoundLock<'_>) -> Option<&'l FoundLock<'l>> {
        self.locks.get(*self.sums.get(folder(found.path))?)
    }

    /// A member of a lock file.
    pub(super) fn member(&self, claim: Claim) -> Option<&'l Member> {
        let found = self.locks.get(claim.lock)?;
        found.lock.members.get(claim.member?)
    }
}

impl<'l> Page<'l> {
    fn of(found: &FoundLock<'l>) -> Self {
        let mut page = Self::default();
        for (at, package) in found.lock.packages.iter().enumerate() {
            page.by_name.entry(&package.name).or_default().push(at);
            for asked in &package.asked {
                page.asked.insert(asked, at);
            }
        }
        page.overridden = found.lock.overridden.iter().map(String::as_str).collect();
        for (at, member) in found.lock.members.iter().enumerate() {
            page.needs.push(needs_by_name(member));
            match (&member.path, &member.name) {
                (Some(path), _) => page.by_path.insert(path.as_bytes(), at),
                // Cargo's members have names only.
                (None, Some(name)) => page.by_member.insert(name, at),
                (None, None) => None,
            };
        }
        page
    }

    /// Classic yarn does not tell its workspaces: one is known by what it asks for.
    fn knows_requirements_of(&self, project: &Project) -> bool {
        !self.asked.is_empty()
            && project.dependencies.iter().any(|needed| {
                let requirement = &needed.requirement;
                let asked = format!("{}@{}", requirement.name, requirement.spec);
                self.asked.contains_key(asked.as_str())
            })
    }
}

/// The folder that a lock file speaks for: `requirements/dev.txt` is about the folder above.
fn home<'l>(found: &FoundLock<'l>) -> &'l BStr {
    let home = folder(found.path);
    if found.lock.format == LockFormat::CompiledRequirements && file_name(home) == b"requirements" {
        folder(home)
    } else {
        home
    }
}

/// What a member asks for, by name; of one name at most so many as a lookup takes.
fn needs_by_name(member: &Member) -> HashMap<&str, Vec<&Need>> {
    let mut needs: HashMap<&str, Vec<&Need>> = HashMap::new();
    for need in &member.needs {
        let known = needs.entry(&need.name).or_default();
        if known.len() < MOST {
            known.push(need);
        }
    }
    needs
}

/// The folders of the lock files in claims.
pub(super) fn paths(shelf: &Shelf<'_>, claims: &[Claim]) -> Vec<BString> {
    let found = claims
        .iter()
        .filter_map(|claim| Some(shelf.locks.get(claim.lock)?.path.to_owned()));
    found.collect()
}
