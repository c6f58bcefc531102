//! What a repository is made of.
//!
//! The keys of the first MIRA analyser (`timestamp`, `type`, `languages`, `frameworks`, `dependencies`,
//! `database_tech`, `coding_style`) are kept; the reasons, the projects and what was not checked stand beside them.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BStr, BString};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::breakdown::{self, Breakdown};
use super::databases::{self, Database};
use super::facts::{CAP, Facts, Unread};
use super::files::{Reading, Role, depth};
use super::frameworks::{self, Frameworks, Technology};
use super::languages::{Languages, Tally};
use super::manifest::{Ecosystem, Scope};
use super::projects::{Found, Project, Projects, gather};
use super::style::{self, CodingStyle};
use super::survey::{Depth, File, Survey};
use super::text::{as_text, as_texts};
use crate::git::{Mode, Oid};

/// The version of the result's form.
pub const SCHEMA: u32 = 1;

/// What a repository is made of. The same commit gives the same bytes but for the timestamp.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Codebase {
    /// The version of this form.
    pub schema: u32,
    /// When it was looked at.
    pub timestamp: Timestamp,
    /// `quick`, or `full`: with the coding style.
    #[serde(rename = "type")]
    pub depth: &'static str,
    /// The commit; none in a repository without commits, whose index was looked at instead.
    pub commit: Option<Oid>,
    /// Languages by files, lines and bytes.
    pub languages: Languages,
    /// Languages by linguist's rules, with lines of code.
    pub breakdown: Breakdown,
    /// Frameworks by group.
    pub frameworks: Frameworks,
    /// Dependencies of the product, flat.
    pub dependencies: Dependencies,
    /// Databases and mappers, by name.
    pub database_tech: Vec<String>,
    /// Null in a quick analysis.
    pub coding_style: Option<CodingStyle>,
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

/// What the files say together: a function of the survey alone.
pub fn describe(survey: &Survey, commit: Option<&Oid>, depth: Depth, now: Timestamp) -> Codebase {
    let files = &survey.files;
    let mut tally = Tally::default();
    for file in files {
        if let Some(language) = file.counted_language() {
            tally.add(language, file.facts.as_ref().and_then(Facts::size));
        }
    }
    let found: Vec<Found<'_>> = files
        .iter()
        .filter_map(|file| match file.read()? {
            (Reading::Manifest(format), facts) => Some(Found {
                path: file.path.as_ref(),
                format,
                manifest: facts.manifest.as_ref()?,
            }),
            _ => None,
        })
        .collect();
    let mut projects = gather(&found);
    let counted = files
        .iter()
        .filter(|file| file.counted_language().is_some());
    projects.count_files(counted.map(|file| BStr::new(&file.path)));
    let technologies = frameworks::detect(&projects, files);
    let databases = databases::detect(&projects, files);
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
    Codebase {
        schema: SCHEMA,
        timestamp: now,
        depth: match depth {
            Depth::Quick => "quick",
            Depth::Full => "full",
        },
        commit: commit.cloned(),
        languages: tally.finish(),
        breakdown: breakdown::of(survey),
        frameworks: Frameworks::of(&technologies),
        dependencies: flat(&projects),
        database_tech: databases
            .iter()
            .map(|database| database.name.clone())
            .collect(),
        coding_style: (depth == Depth::Full).then(|| style::of(survey)),
        technologies,
        databases,
        projects: projects.all,
        tracked_files: files.len() as u64,
        not_checked: unread(survey),
        problems,
    }
}

/// What was counted or passed over without being read.
fn unread(survey: &Survey) -> Vec<NotChecked> {
    let files = &survey.files;
    let paths = |wanted: &dyn Fn(&File) -> bool| -> Vec<BString> {
        let wanted = files.iter().filter(|file| wanted(file));
        wanted.map(|file| file.path.clone()).collect()
    };
    let left_out = |file: &File| file.place.left_out;
    let because = |reason: Unread| {
        paths(&|file| {
            let facts = file.read().map(|(_, facts)| facts);
            facts.is_some_and(|facts| facts.unread == Some(reason))
        })
    };
    let is = |mode: Mode| paths(&|file| file.mode == mode && !left_out(file));
    let all = [
        not_checked("too_large", TOO_LARGE, because(Unread::TooLarge)),
        not_checked("binary", "not text", because(Unread::Binary)),
        not_checked("missing", "not in this clone", because(Unread::Missing)),
        not_checked("link", "a symbolic link", is(Mode::Symlink)),
        not_checked("submodule", "repositories of their own", is(Mode::Gitlink)),
        not_checked("left_out", LEFT_OUT, paths(&left_out)),
    ];
    all.into_iter().flatten().collect()
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
