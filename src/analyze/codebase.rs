//! `codebase_quick`: what a repository is made of.
//!
//! The keys of the first MIRA analyser (`timestamp`, `type`, `languages`, `frameworks`, `dependencies`,
//! `database_tech`, `coding_style`) are kept; the reasons, the projects and what was not checked stand beside them.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::cache::FactCache;
use super::databases::{self, Database};
use super::facts::{CAP, Unread};
use super::files::{Reading, Role, depth};
use super::frameworks::{self, Frameworks, Technology};
use super::languages::{Languages, Tally};
use super::manifest::{Ecosystem, Scope};
use super::projects::{Found, Project, Projects, as_text, gather};
use super::tree::Tree;
use crate::git::{Entry, GitError, Oid, Repo};

/// The version of the result's form.
pub const SCHEMA: u32 = 1;

/// What a repository is made of. The same commit gives the same bytes but for the timestamp.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Codebase {
    /// The version of this form.
    pub schema: u32,
    /// When it was looked at.
    pub timestamp: Timestamp,
    /// `quick`: without the coding style.
    #[serde(rename = "type")]
    pub depth: &'static str,
    /// The commit; none in a repository without commits, whose index was looked at instead.
    pub commit: Option<Oid>,
    /// Languages by files, lines and bytes.
    pub languages: Languages,
    /// Frameworks by group.
    pub frameworks: Frameworks,
    /// Dependencies of the product, flat.
    pub dependencies: Dependencies,
    /// Databases and mappers, by name.
    pub database_tech: Vec<String>,
    /// Always null in a quick analysis.
    pub coding_style: Option<Value>,
    /// The frameworks, with the reasons.
    pub technologies: Vec<Technology>,
    /// The databases and mappers, with the reasons.
    pub databases: Vec<Database>,
    /// Every folder with a manifest.
    pub projects: Vec<Project>,
    /// Tracked files, all of them.
    pub tracked_files: u64,
    /// What was counted or passed over without being read, and why.
    pub not_checked: Vec<NotChecked>,
    /// Manifests of which something could not be read.
    pub problems: Vec<Problem>,
}

/// Dependencies, flat: the form of the first MIRA analyser.
///
/// Of projects that are the product or its tests; without peers, packages of the repository itself, and what only other
/// dependencies need. Where projects ask for one package in several versions, the project nearest to the top is heard;
/// `projects` has them all.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Dependencies {
    /// Name and version of what the product needs.
    pub direct: Map<String, Value>,
    /// Name and version of what development needs.
    pub dev: Map<String, Value>,
    /// Both.
    pub total_count: usize,
    /// Distinct packages by where they come from.
    pub by_ecosystem: BTreeMap<Ecosystem, Counts>,
}

/// Distinct packages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// That the product needs.
    pub direct: u64,
    /// That development needs.
    pub dev: u64,
    /// That only other dependencies need, as far as manifests list them.
    pub indirect: u64,
}

/// Files that were not read, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotChecked {
    /// The reason, for programs.
    pub reason: &'static str,
    /// The reason, for people.
    pub because: &'static str,
    /// How many files.
    pub count: u64,
    /// The first of them.
    #[serde(serialize_with = "as_texts")]
    pub examples: Vec<BString>,
}

/// Something in a manifest that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The manifest.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// What is wrong with it.
    pub reason: String,
}

/// Analyses a commit, or the index of a repository without commits.
pub fn analyze(
    repo: &Repo,
    commit: Option<&Oid>,
    cache: &mut FactCache,
    now: Timestamp,
) -> Result<Codebase, GitError> {
    let entries = match commit {
        Some(commit) => repo.entries(commit)?,
        None if repo.located().worktree.is_some() => staged(repo)?,
        None => Vec::new(),
    };
    let mut tree = Tree::of(entries);
    tree.read(repo, cache, now)?;
    Ok(describe(&tree, commit, now))
}

fn staged(repo: &Repo) -> Result<Vec<Entry>, GitError> {
    let entries = repo.index()?.into_iter().filter(|entry| entry.stage == 0);
    Ok(entries
        .map(|entry| Entry {
            path: entry.path,
            mode: entry.mode,
            oid: entry.oid,
        })
        .collect())
}

/// What the files say together: a function of the tree alone.
pub(super) fn describe(tree: &Tree, commit: Option<&Oid>, now: Timestamp) -> Codebase {
    let files = tree.files();
    let sizes: BTreeMap<_, _> = files
        .iter()
        .map(|file| (file.path, file.facts.size()))
        .collect();
    let mut tally = Tally::default();
    for (path, language) in tree.in_a_language() {
        tally.add(language, sizes.get(path).copied().flatten());
    }
    let found: Vec<Found<'_>> = files
        .iter()
        .filter_map(|file| match file.reading {
            Reading::Manifest(format) => Some(Found {
                path: file.path,
                format,
                manifest: file.facts.manifest.as_ref()?,
            }),
            _ => None,
        })
        .collect();
    let mut projects = gather(&found);
    projects.count_files(tree.in_a_language().map(|(path, _)| path));
    let technologies = frameworks::detect(&projects, &files);
    let databases = databases::detect(&projects, &files);
    let mut problems: Vec<Problem> = found
        .iter()
        .flat_map(|found| {
            found.manifest.problems.iter().map(|reason| Problem {
                path: found.path.to_owned(),
                reason: reason.clone(),
            })
        })
        .collect();
    problems.sort();
    let unread = |reason| {
        let matching = files
            .iter()
            .filter(|file| file.facts.unread == Some(reason));
        matching
            .map(|file| file.path.to_owned())
            .collect::<Vec<_>>()
    };
    let not_checked = [
        not_checked("too_large", TOO_LARGE, unread(Unread::TooLarge)),
        not_checked("binary", "not text", unread(Unread::Binary)),
        not_checked("missing", "not in this clone", unread(Unread::Missing)),
        not_checked("link", "a symbolic link", tree.links.clone()),
        not_checked(
            "submodule",
            "repositories of their own",
            tree.submodules.clone(),
        ),
        not_checked("left_out", LEFT_OUT, tree.left_out.clone()),
    ];
    Codebase {
        schema: SCHEMA,
        timestamp: now,
        depth: "quick",
        commit: commit.cloned(),
        languages: tally.finish(),
        frameworks: Frameworks::of(&technologies),
        dependencies: flat(&projects),
        database_tech: databases
            .iter()
            .map(|database| database.name.clone())
            .collect(),
        coding_style: None,
        technologies,
        databases,
        projects: projects.all,
        tracked_files: tree.tracked,
        not_checked: not_checked.into_iter().flatten().collect(),
        problems,
    }
}

const TOO_LARGE: &str = "larger than 1 MiB";
const _: () = assert!(CAP == 1 << 20);
const LEFT_OUT: &str = "in hidden folders, node_modules, vendor or __pycache__";

fn not_checked(
    reason: &'static str,
    because: &'static str,
    mut paths: Vec<BString>,
) -> Option<NotChecked> {
    let count = paths.len() as u64;
    paths.truncate(5);
    (count > 0).then_some(NotChecked {
        reason,
        because,
        count,
        examples: paths,
    })
}

fn flat(projects: &Projects) -> Dependencies {
    let mut nearest: Vec<&Project> = projects
        .all
        .iter()
        .filter(|project| matches!(project.role, Role::Main | Role::Test))
        .collect();
    nearest.sort_by_key(|project| (!project.path.is_empty(), depth(project.path.as_ref())));
    let mut found: [BTreeMap<&str, &str>; 2] = Default::default();
    let mut distinct: BTreeMap<Ecosystem, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for needed in nearest.iter().flat_map(|project| &project.dependencies) {
        let requirement = &needed.requirement;
        if requirement.local || requirement.group.as_deref() == Some("peer") {
            continue;
        }
        let [direct, dev] = &mut found;
        let [direct_names, dev_names] = distinct.entry(needed.ecosystem).or_default();
        let (versions, names) = match requirement.scope {
            Scope::Direct => (direct, direct_names),
            _ => (dev, dev_names),
        };
        versions
            .entry(&requirement.name)
            .or_insert(&requirement.spec);
        names.insert(&requirement.name);
    }
    let mut by_ecosystem: BTreeMap<Ecosystem, Counts> = BTreeMap::new();
    for (ecosystem, [direct, dev]) in &distinct {
        let counts = by_ecosystem.entry(*ecosystem).or_default();
        (counts.direct, counts.dev) = (direct.len() as u64, dev.len() as u64);
    }
    for (ecosystem, count) in &projects.indirect {
        by_ecosystem.entry(*ecosystem).or_default().indirect = *count;
    }
    let map = |found: &BTreeMap<&str, &str>| -> Map<String, Value> {
        let pairs = found.iter();
        pairs
            .map(|(name, spec)| ((*name).to_owned(), (*spec).into()))
            .collect()
    };
    let [direct, dev] = &found;
    Dependencies {
        total_count: direct.len() + dev.len(),
        direct: map(direct),
        dev: map(dev),
        by_ecosystem,
    }
}

fn as_texts<S: serde::Serializer>(texts: &[BString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(|text| text.to_str_lossy()))
}
