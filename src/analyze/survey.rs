//! The files of a commit with the facts about each, from the cache or from their blobs.

mod pages;

use std::collections::HashMap;

use bstr::{BStr, BString};

use super::cache::FactCache;
use super::deep::{self, Deep};
use super::facts::{CAP, Facts};
use super::files::{Place, Reading, folder};
use super::languages::Language;
use super::linguist::{self, AttributeFiles, Attributes, Kind, Override, PathTag};
use crate::git::{Blob, Entry, GitError, Mode, Oid, Repo};

/// How much is found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Languages, lines, manifests.
    Quick,
    /// Also syntax, markers, secrets, lock files.
    Full,
}

/// A tracked file, and what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Relative to the top.
    pub path: BString,
    /// What it is.
    pub mode: Mode,
    /// Its content.
    pub oid: Oid,
    /// What its path says.
    pub place: Place,
    /// What its blob says, if that was to be read.
    pub facts: Option<Facts>,
    /// What else its blob says.
    pub deep: Option<Deep>,
    /// Its language: what attributes say comes before what the blob does.
    pub language: Option<&'static linguist::Language>,
    /// Whether it counts towards the shares of the languages.
    pub is_counted: bool,
}

impl File {
    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        matches!(self.mode, Mode::File | Mode::Executable)
    }

    /// How it was read, with the facts; none for what the first MIRA analyser leaves out.
    pub fn read(&self) -> Option<(Reading, &Facts)> {
        let reading = self.place.reading.filter(|_| !self.place.left_out)?;
        Some((reading, self.facts.as_ref()?))
    }

    /// Its language among the sixteen that the first MIRA analyser counts.
    pub fn counted_language(&self) -> Option<&'static Language> {
        if self.place.left_out || !self.is_regular() {
            return None;
        }
        Language::of(self.path.as_ref())
    }
}

/// The files of a commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Every tracked file, by path.
    pub files: Vec<File>,
}

/// Lock files larger than this are counted and not read: the largest that were seen in public repositories have a third
/// of it.
const LOCK_CAP: u64 = 16 << 20;

/// What a survey is made with.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    /// How much is found out.
    pub depth: Depth,
    /// How many threads read.
    pub threads: usize,
    /// The key of the digests of secrets.
    pub key: [u8; 32],
}

impl Means {
    /// Whether a file is read as what a package manager wrote, which is larger than what people write.
    fn reads_lock(&self, file: &File) -> bool {
        self.depth == Depth::Full && file.place.lock.is_some()
    }
}

impl Survey {
    /// Looks at a commit; at the index of a repository without commits.
    pub fn take(
        repo: &Repo,
        commit: Option<&Oid>,
        means: &Means,
        cache: &mut FactCache,
    ) -> Result<Self, GitError> {
        let Some(commit) = commit else {
            let mut survey = Self::of(staged(repo)?);
            survey.read(repo, means)?;
            survey.name_languages();
            return Ok(survey);
        };
        let mut known = pages::Known::open(cache, means);
        let folders = repo.folders(commit, |path, tree| known.take(path, tree))?;
        let (mut survey, plan) = known.compose(folders);
        survey.read(repo, means)?;
        plan.keep(&survey, means, cache);
        survey.name_languages();
        survey
            .files
            .sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Ok(survey)
    }

    /// Files of which nothing but their paths is known.
    pub fn of(entries: Vec<Entry>) -> Self {
        let mut files: Vec<File> = entries
            .into_iter()
            .map(|entry| file(entry.path, entry.mode, entry.oid))
            .collect();
        files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        Self { files }
    }

    /// Reads what is not known yet. Files with the same content that are read the same way are read once.
    pub fn read(&mut self, repo: &Repo, means: &Means) -> Result<(), GitError> {
        let mut groups: HashMap<(Oid, &'static str, Reading, bool), usize> = HashMap::new();
        let mut members: Vec<Vec<usize>> = Vec::new();
        let mut oids = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            let Some(reading) = file.place.reading.filter(|_| file.is_regular()) else {
                continue;
            };
            if !is_wanting(file, means) {
                continue;
            }
            let tag = PathTag::of(file.path.as_ref());
            let apart = file.place.vendored || file.place.generated;
            let group = *groups
                .entry((file.oid.clone(), tag.as_str(), reading, apart))
                .or_insert_with(|| {
                    oids.push(file.oid.clone());
                    members.push(Vec::new());
                    members.len() - 1
                });
            if let Some(members) = members.get_mut(group) {
                members.push(at);
            }
        }
        if oids.is_empty() {
            return Ok(());
        }
        let files = &self.files;
        let first = |group: usize| files.get(*members.get(group)?.first()?);
        let has_lock =
            (0..oids.len()).any(|group| first(group).is_some_and(|file| means.reads_lock(file)));
        let cap = if has_lock { LOCK_CAP } else { CAP };
        let found = repo.read_blobs(&oids, cap, means.threads, |group, blob| {
            first(group).map(|file| look(file, blob, means))
        })?;
        for (members, found) in members.iter().zip(found) {
            let Some((facts, deep)) = found else { continue };
            for at in members {
                if let Some(file) = self.files.get_mut(*at) {
                    file.facts = Some(facts.clone());
                    file.deep.clone_from(&deep);
                }
            }
        }
        Ok(())
    }

    /// Tells the language of each file, by linguist's rules: attributes, then the content.
    fn name_languages(&mut self) {
        let texts = self.files.iter().filter_map(|file| {
            let text = file.facts.as_ref()?.attributes.as_ref()?;
            Some((folder(file.path.as_ref()), text.as_bytes()))
        });
        let attributes = AttributeFiles::new(texts);
        for file in &mut self.files {
            let Some(facts) = file.facts.as_ref().filter(|_| file.is_regular()) else {
                continue;
            };
            let set = if attributes.is_empty() {
                Attributes::default()
            } else {
                attributes.of(file.path.as_ref())
            };
            file.language = match set.language {
                Override::Language(language) => Some(language),
                Override::Unknown => None,
                Override::None => facts.language,
            };
            let Some(language) = file.language else {
                continue;
            };
            let place = &file.place;
            let detectable = matches!(language.kind, Kind::Programming | Kind::Markup);
            file.is_counted = set.detectable.unwrap_or(detectable)
                && !set.vendored.unwrap_or(place.vendored)
                && !set.documentation.unwrap_or(place.documentation)
                && !set.generated.unwrap_or(place.generated || facts.generated);
        }
    }

    /// The file of this path.
    pub fn file(&self, path: &BStr) -> Option<&File> {
        let at = self
            .files
            .binary_search_by(|file| BStr::new(&file.path).cmp(path))
            .ok()?;
        self.files.get(at)
    }
}

fn is_wanting(file: &File, means: &Means) -> bool {
    match &file.facts {
        None => true,
        Some(facts) => {
            means.depth == Depth::Full && file.deep.is_none() && deep::is_wanted(&file.place, facts)
        }
    }
}

fn look(file: &File, blob: Blob<'_>, means: &Means) -> (Facts, Option<Deep>) {
    let bytes = match blob {
        Blob::Bytes(bytes) if bytes.len() as u64 > CAP && !means.reads_lock(file) => {
            return (Facts::too_large(bytes.len() as u64), None);
        }
        Blob::Bytes(bytes) => bytes,
        Blob::TooLarge { size } => return (Facts::too_large(size), None),
        Blob::Missing => return (Facts::missing(), None),
    };
    let facts = match &file.facts {
        Some(known) => known.clone(),
        None if bytes.len() as u64 > CAP => Facts::too_large(bytes.len() as u64),
        None => {
            let reading = file.place.reading.unwrap_or(Reading::Plain);
            Facts::of(bytes, PathTag::of(file.path.as_ref()), reading)
        }
    };
    let deep = (means.depth == Depth::Full && deep::is_wanted(&file.place, &facts))
        .then(|| Deep::of(bytes, &file.place, &facts, &means.key));
    (facts, deep)
}

fn file(path: BString, mode: Mode, oid: Oid) -> File {
    File {
        place: Place::of(path.as_ref()),
        path,
        mode,
        oid,
        facts: None,
        deep: None,
        language: None,
        is_counted: false,
    }
}

fn staged(repo: &Repo) -> Result<Vec<Entry>, GitError> {
    if repo.located().worktree.is_none() {
        return Ok(Vec::new());
    }
    let entries = repo.index()?.into_iter().filter(|entry| entry.stage == 0);
    Ok(entries
        .map(|entry| Entry {
            path: entry.path,
            mode: entry.mode,
            oid: entry.oid,
        })
        .collect())
}

/// The path of a file in a folder.
fn joined(folder: &BStr, name: &BStr) -> BString {
    let mut path = BString::from(Vec::with_capacity(folder.len() + 1 + name.len()));
    if !folder.is_empty() {
        path.extend_from_slice(folder);
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}
