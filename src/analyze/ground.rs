//! What the analysers of one task share: the repository, its files as they were surveyed, the cache.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use bstr::{BStr, BString};
use serde::Serialize;
use serde_json::Value;

use super::areas::Areas;
use super::builtin::{BuiltinError, Setting};
use super::cache::FactCache;
use super::codebase::{self, Codebase};
use super::complexity;
use super::cyclonedx::{self, About};
use super::dependency_map::{DependencyMap, FoundLock, Inventory};
use super::exposure::Recent;
use super::files::Role;
use super::history::{self, People, State, Update};
use super::introduced::{Introduced, Search, Wanted};
use super::profile::{ProfileStore, gather};
use super::projects::Project;
use super::style;
use super::summary;
use super::survey::{Depth, File, Means, Survey};
use super::{debt, deep, exposure, facts, habits, markers, secrets};
use crate::git::{Oid, Repo};
use crate::system::dirs::RepositoryId;
use crate::system::random;

/// The shared ground of analysers.
pub struct Ground<'a> {
    repo: &'a Repo,
    commit: Option<Oid>,
    cache: FactCache,
    means: Means,
    setting: &'a Setting<'a>,
    survey: Option<Survey>,
    codebase: Option<Codebase>,
    introduced: Option<Introduced>,
    history: Option<(State, People)>,
}

impl<'a> Ground<'a> {
    /// Of one commit.
    pub fn new(
        repo: &'a Repo,
        commit: Option<Oid>,
        cache: FactCache,
        depth: Depth,
        setting: &'a Setting<'a>,
    ) -> Self {
        let key = setting.state.and_then(digest_key).unwrap_or_default();
        Self {
            repo,
            commit,
            cache,
            means: Means {
                depth,
                threads: setting.threads,
                key,
            },
            setting,
            survey: None,
            codebase: None,
            introduced: None,
            history: None,
        }
    }

    /// The files, looked at when they are first asked for.
    fn surveyed(&mut self) -> Result<(), BuiltinError> {
        if self.survey.is_none() {
            let commit = self.commit.as_ref();
            let survey = Survey::take(self.repo, commit, &self.means, &mut self.cache)?;
            let codebase = codebase::describe(&survey, commit, self.setting.now);
            self.codebase = Some(codebase);
            self.survey = Some(survey);
        }
        Ok(())
    }

    fn known(&mut self) -> Result<(&Survey, &Codebase), BuiltinError> {
        self.surveyed()?;
        match (&self.survey, &self.codebase) {
            (Some(survey), Some(codebase)) => Ok((survey, codebase)),
            // `surveyed` has just set both.
            _ => Err(BuiltinError::Unknown("survey".to_owned())),
        }
    }

    /// What the repository is made of.
    pub fn codebase(&mut self) -> Result<Value, BuiltinError> {
        let depth = self.means.depth;
        let (survey, codebase) = self.known()?;
        let mut codebase = codebase.clone();
        if depth == Depth::Full {
            codebase.depth = "full";
            codebase.coding_style = Some(style::of(survey));
        }
        with_summary(&codebase, summary::codebase(&codebase))
    }

    /// What every project depends on, and by which way.
    pub fn dependencies(&mut self) -> Result<Value, BuiltinError> {
        let (survey, codebase) = self.known()?;
        let projects = own_projects(codebase);
        let map = DependencyMap::of(&projects, &found_locks(survey));
        with_summary(&map, summary::dependencies(&map))
    }

    /// Since when markers and secrets have been where they are.
    fn looked_back(&mut self) -> Result<(), BuiltinError> {
        self.surveyed()?;
        let (None, Some(survey)) = (&self.introduced, &self.survey) else {
            return Ok(());
        };
        let Some(commit) = &self.commit else {
            self.introduced = Some(Introduced::default());
            return Ok(());
        };
        let key = self.means.key;
        let version = deep::version(&key);
        let wanted: Vec<Wanted<'_>> = survey.files.iter().filter_map(wanted).collect();
        let body = self.cache.memory(INTRODUCED, version);
        let known = body
            .as_ref()
            .and_then(|body| postcard::from_bytes(body).ok());
        let search = Search {
            repo: self.repo,
            commit,
            threads: self.means.threads,
            cap: facts::CAP,
            marks_of: |bytes: &[u8]| {
                let markers = markers::scan(bytes);
                let secrets = secrets::scan(bytes, &key);
                let markers = markers.iter().map(debt::mark);
                markers.chain(secrets.iter().map(exposure::mark)).collect()
            },
        };
        let introduced = search.run(&wanted, known)?;
        if let Ok(found) = postcard::to_allocvec(&introduced)
            && body.as_ref() != Some(&found)
        {
            self.cache.remember(INTRODUCED, version, &found);
        }
        self.introduced = Some(introduced);
        Ok(())
    }

    /// What is marked as to be done, since when, and what is hard to change.
    pub fn debt(&mut self) -> Result<Value, BuiltinError> {
        self.looked_back()?;
        let introduced = self.introduced.take().unwrap_or_default();
        let now = self.setting.now;
        let (survey, codebase) = self.known()?;
        let areas = Areas::new(&codebase.projects);
        let complexity = complexity::of(survey, &areas);
        let found = debt::of(survey, &areas, &complexity, &introduced, now);
        self.introduced = Some(introduced);
        with_summary(&found, summary::debt(&found))
    }

    /// Keys and passwords in files and in the latest commits.
    pub fn secrets(&mut self) -> Result<Value, BuiltinError> {
        self.looked_back()?;
        let recent = match &self.commit {
            Some(commit) => Recent::read(
                self.repo,
                commit,
                &self.means.key,
                (deep::version(&self.means.key), self.means.threads),
                &mut self.cache,
                self.setting.now,
            )?,
            None => Recent::default(),
        };
        let introduced = self.introduced.take().unwrap_or_default();
        let (survey, _) = self.known()?;
        let found = exposure::of(survey, &recent, &introduced);
        self.introduced = Some(introduced);
        with_summary(&found, summary::secrets(&found))
    }

    /// The history as far as it is summed up, brought up to the commit.
    fn remembered(&mut self) -> Result<(), BuiltinError> {
        if self.history.is_some() {
            return Ok(());
        }
        let previous = self
            .cache
            .memory(HISTORY, history_version())
            .and_then(|body| State::from_bytes(&body));
        let tips = self.commit.as_slice();
        let (state, update) = history::update(self.repo, previous, tips)?;
        if update != Update::Same {
            self.cache
                .remember(HISTORY, history_version(), &state.to_bytes());
        }
        let people = People::read(self.repo, &state);
        self.history = Some((state, people));
        Ok(())
    }

    /// What the history and the files show about how the code changes and how people work.
    pub fn patterns(&mut self) -> Result<Value, BuiltinError> {
        self.remembered()?;
        self.surveyed()?;
        let (Some((state, people)), Some(survey)) = (&self.history, &self.survey) else {
            return Err(BuiltinError::Unknown("history".to_owned()));
        };
        let memory = self
            .cache
            .memory(PATTERNS, habits::MEMORY_VERSION)
            .and_then(|body| serde_json::from_slice(&body).ok())
            .unwrap_or_default();
        let commit = self.commit.as_ref();
        let found = habits::of(survey, commit, (state, people), &memory, self.setting.now);
        let remembered = found.memory();
        if remembered != memory
            && let Ok(body) = serde_json::to_vec(&remembered)
        {
            self.cache.remember(PATTERNS, habits::MEMORY_VERSION, &body);
        }
        with_summary(&found, summary::patterns(&found))
    }

    /// What the user's own work shows about the user.
    pub fn steward(&mut self) -> Result<Value, BuiltinError> {
        self.remembered()?;
        self.surveyed()?;
        let (Some((state, people)), Some(survey), Some(codebase)) =
            (&self.history, &self.survey, &self.codebase)
        else {
            return Err(BuiltinError::Unknown("history".to_owned()));
        };
        let folder = self.setting.user.ok_or(BuiltinError::Homeless)?;
        let here = RepositoryId::of(&self.repo.located().common_dir);
        let here = here.map_err(|_| BuiltinError::Homeless)?;
        let store = ProfileStore::new(folder);
        let owner = gather::owner(self.repo, &store.load()?)?;
        let language = |path: &BStr| {
            let file = survey.file(path).filter(|file| file.is_counted)?;
            Some(file.language?.name.to_owned())
        };
        let frameworks: Vec<(String, BString)> = codebase
            .technologies
            .iter()
            .flat_map(|found| {
                let places = found.case.evidence.iter();
                places.map(|place| (found.name.to_owned(), folder_of(place.path.as_ref())))
            })
            .collect();
        let place = gather::Place {
            repo: self.repo,
            commit: self.commit.as_ref(),
            state,
            people,
            language: &language,
            frameworks: &frameworks,
        };
        let seen = gather::look(&place, &owner, self.setting.now)?;
        let kept = store.observe(here.as_str(), seen, self.setting.now)?;
        with_summary(&kept.value, summary::steward(&kept.value))
    }

    /// A bill of materials in CycloneDX's form.
    pub fn bill(&mut self, about: &About<'_>) -> Result<String, BuiltinError> {
        let (survey, codebase) = self.known()?;
        let projects = own_projects(codebase);
        let inventory = Inventory::of(&projects, &found_locks(survey));
        Ok(cyclonedx::bill(&inventory, about)?)
    }

    /// Which functions and files are hard to change.
    pub fn complexity(&mut self) -> Result<Value, BuiltinError> {
        let (survey, codebase) = self.known()?;
        let found = complexity::of(survey, &Areas::new(&codebase.projects));
        with_summary(&found, summary::complexity(&found))
    }
}

/// Projects that are the product, its tests or its documentation; what shows how to use it is made of other things.
fn own_projects(codebase: &Codebase) -> Vec<Project> {
    let own = codebase.projects.iter();
    own.filter(|project| project.role != Role::Example)
        .cloned()
        .collect()
}

fn found_locks(survey: &Survey) -> Vec<FoundLock<'_>> {
    let files = survey.files.iter();
    files
        .filter_map(|file| {
            Some(FoundLock {
                path: file.path.as_ref(),
                lock: file.deep.as_ref()?.lock.as_ref()?,
            })
        })
        .collect()
}

fn with_summary(result: &impl Serialize, lines: Vec<String>) -> Result<Value, BuiltinError> {
    let mut value = serde_json::to_value(result)?;
    if let Some(fields) = value.as_object_mut() {
        fields.insert("summary".to_owned(), lines.into());
    }
    Ok(value)
}

fn folder_of(path: &BStr) -> BString {
    super::files::folder(path).to_owned()
}

/// Under which name it is remembered since when things have been where they are.
const INTRODUCED: &str = "introduced";

/// Under which name the sums over the history are remembered.
const HISTORY: &str = "history";

/// The version of the sums' form.
const fn history_version() -> i64 {
    i64::from_le_bytes(history::VERSION.to_le_bytes())
}

/// Under which name the patterns of earlier runs are remembered.
const PATTERNS: &str = "patterns";

/// What of a file is looked for in its past.
fn wanted(file: &File) -> Option<Wanted<'_>> {
    let markers = debt::markers(file).iter().map(debt::mark);
    let secrets = exposure::secrets_of(file).iter().map(exposure::mark);
    let mut marks: Vec<_> = markers.chain(secrets).collect();
    marks.sort_unstable();
    marks.dedup();
    (!marks.is_empty()).then(|| Wanted {
        path: file.path.as_ref(),
        oid: &file.oid,
        marks,
    })
}

/// The key of the digests of secrets: made once, readable by this user only. Without it a digest tells nothing about a
/// secret that is easily guessed.
fn digest_key(state: &Path) -> Option<[u8; 32]> {
    let path = state.join("digest.key");
    if let Some(key) = fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
        return Some(key);
    }
    let key = random::bytes();
    let mut options = fs::OpenOptions::new();
    let created = options.write(true).create_new(true).mode(0o600).open(&path);
    match created {
        Ok(mut file) => file.write_all(&key).ok().map(|()| key),
        // Another process was faster.
        Err(_) => fs::read(&path).ok()?.try_into().ok(),
    }
}
