//! What the analysers of one task share: the repository, its files as they were surveyed, the cache.

use std::cell::{OnceCell, RefCell};

use bstr::{BStr, BString};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::areas::Areas;
use super::builtin::{BuiltinError, Setting};
use super::cache::FactCache;
use super::codebase::{self, Codebase};
use super::complexity::{self, Complexity};
use super::cyclonedx::{self, About};
use super::dependency_map::{DependencyMap, FoundLock, Inventory};
use super::exposure::Recent;
use super::files::{Role, folder};
use super::history::{self, People, State, Update};
use super::introduced::{Introduced, Search, Wanted};
use super::profile::{Observation, Profile, ProfileStore, gather, prompts};
use super::projects::Project;
use super::summary;
use super::survey::{Depth, File, Means, Survey};
use super::{conversation, debt, deep, digest_key, exposure, facts, habits, markers, secrets};
use crate::git::{Oid, Repo};
use crate::system::dirs::RepositoryId;
use crate::system::random;

/// The shared ground of analysers.
pub struct Ground<'a> {
    repo: &'a Repo,
    commit: Option<Oid>,
    cache: RefCell<FactCache>,
    means: Means,
    setting: &'a Setting<'a>,
    looked: OnceCell<Looked>,
    complexity: OnceCell<Complexity>,
    introduced: OnceCell<Introduced>,
    history: OnceCell<(State, People)>,
}

/// What a look at the files gave.
struct Looked {
    survey: Survey,
    codebase: Codebase,
    areas: Areas,
}

/// What is in the cell, made if it is empty.
fn once<T, E>(cell: &OnceCell<T>, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
    match cell.get() {
        Some(known) => Ok(known),
        None => {
            let fresh = make()?;
            Ok(cell.get_or_init(|| fresh))
        }
    }
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
        let key = match (depth, setting.state) {
            // Without a place for a key, what is digested now is recognised by no other run.
            (Depth::Full, Some(state)) => digest_key::of(state).unwrap_or_else(random::bytes),
            _ => [0; 32],
        };
        Self {
            repo,
            commit,
            cache: RefCell::new(cache),
            means: Means {
                depth,
                threads: setting.threads,
                key,
            },
            setting,
            looked: OnceCell::new(),
            complexity: OnceCell::new(),
            introduced: OnceCell::new(),
            history: OnceCell::new(),
        }
    }

    /// The files, looked at when they are first asked for.
    fn looked(&self) -> Result<&Looked, BuiltinError> {
        once(&self.looked, || {
            let commit = self.commit.as_ref();
            let cache = &mut self.cache.borrow_mut();
            let survey = Survey::take(self.repo, commit, &self.means, cache)?;
            let codebase = codebase::describe(&survey, commit, self.means.depth, self.setting.now);
            let areas = Areas::new(&codebase.projects);
            Ok(Looked {
                survey,
                codebase,
                areas,
            })
        })
    }

    /// What the repository is made of.
    pub fn codebase(&self) -> Result<Value, BuiltinError> {
        let codebase = &self.looked()?.codebase;
        with_summary(codebase, summary::codebase(codebase))
    }

    /// What every project depends on, and by which way.
    pub fn dependencies(&self) -> Result<Value, BuiltinError> {
        let looked = self.looked()?;
        let projects = own_projects(&looked.codebase);
        let map = DependencyMap::of(&projects, &found_locks(&looked.survey));
        with_summary(&map, summary::dependencies(&map))
    }

    /// Since when markers and secrets have been where they are.
    fn introduced(&self) -> Result<&Introduced, BuiltinError> {
        once(&self.introduced, || {
            let Some(commit) = &self.commit else {
                return Ok(Introduced::default());
            };
            let files = &self.looked()?.survey.files;
            let wanted: Vec<Wanted<'_>> = files.iter().filter_map(wanted).collect();
            let key = self.means.key;
            let version = deep::version(&key);
            let body = self.cache.borrow().memory(INTRODUCED, version);
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
                let cache = &mut self.cache.borrow_mut();
                cache.remember(INTRODUCED, version, &found);
            }
            Ok(introduced)
        })
    }

    /// What is marked as to be done, since when, and what is hard to change.
    pub fn debt(&self) -> Result<Value, BuiltinError> {
        let Looked { survey, areas, .. } = self.looked()?;
        let (complexity, introduced) = (self.measured()?, self.introduced()?);
        let found = debt::of(survey, areas, complexity, introduced, self.setting.now);
        with_summary(&found, summary::debt(&found))
    }

    /// Keys and passwords in files and in the latest commits.
    pub fn secrets(&self) -> Result<Value, BuiltinError> {
        let recent = match &self.commit {
            Some(commit) => Recent::read(
                self.repo,
                commit,
                &self.means,
                &mut self.cache.borrow_mut(),
                self.setting.now,
            )?,
            None => Recent::default(),
        };
        let found = exposure::of(&self.looked()?.survey, &recent, self.introduced()?);
        with_summary(&found, summary::secrets(&found))
    }

    /// The history as far as it is summed up, brought up to the commit.
    fn history(&self) -> Result<&(State, People), BuiltinError> {
        once(&self.history, || {
            let body = self.cache.borrow().memory(HISTORY, history_version());
            let previous = body.and_then(|body| State::from_bytes(&body));
            let tips = self.commit.as_slice();
            let (state, update) = history::update(self.repo, previous, tips)?;
            if update != Update::Same {
                let cache = &mut self.cache.borrow_mut();
                cache.remember(HISTORY, history_version(), &state.to_bytes());
            }
            let people = People::read(self.repo, &state);
            Ok((state, people))
        })
    }

    /// What the history and the files show about how the code changes and how people work.
    pub fn patterns(&self) -> Result<Value, BuiltinError> {
        let (state, people) = self.history()?;
        let survey = &self.looked()?.survey;
        let memory = self
            .cache
            .borrow()
            .memory(PATTERNS, habits::MEMORY_VERSION)
            .and_then(|body| serde_json::from_slice(&body).ok())
            .unwrap_or_default();
        let commit = self.commit.as_ref();
        let found = habits::of(survey, commit, (state, people), &memory, self.setting.now);
        let remembered = found.memory();
        if remembered != memory
            && let Ok(body) = serde_json::to_vec(&remembered)
        {
            let cache = &mut self.cache.borrow_mut();
            cache.remember(PATTERNS, habits::MEMORY_VERSION, &body);
        }
        with_summary(&found, summary::patterns(&found))
    }

    /// What the user's own work shows about the user.
    pub fn steward(&self) -> Result<Value, BuiltinError> {
        let (state, people) = self.history()?;
        let Looked {
            survey, codebase, ..
        } = self.looked()?;
        let user = self.setting.user.ok_or(BuiltinError::Homeless)?;
        let here = RepositoryId::of(&self.repo.located().common_dir);
        let here = here.map_err(|_| BuiltinError::Homeless)?;
        let store = ProfileStore::new(user);
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
                places.map(|place| {
                    (
                        found.name.to_owned(),
                        folder(place.path.as_ref()).to_owned(),
                    )
                })
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
        let mut seen = gather::look(&place, &owner, self.setting.now)?;
        seen.extend(self.prompts());
        let kept = store.observe(here.as_str(), seen, self.setting.now)?;
        with_summary(&kept.value, summary::steward(&kept.value))
    }

    /// What the user's prompts to coding agents show. The profile can do without: where they cannot be read, nothing.
    fn prompts(&self) -> Vec<Observation> {
        let Some(sessions) = self.setting.sessions else {
            return Vec::new();
        };
        match sessions.prompts() {
            Ok(newest) => prompts::observe(&newest, &sessions.zone()),
            Err(error) => {
                tracing::warn!("failed to {error}: the profile does without your prompts");
                Vec::new()
            }
        }
    }

    /// What was said to coding agents here. Where nothing is new since it was last looked, that is told again.
    pub fn conversation(&self) -> Result<Value, BuiltinError> {
        let Some(sessions) = self.setting.sessions else {
            let error = "read the sessions of coding agents: nobody says where they are";
            return Err(BuiltinError::Sessions(error.to_owned()));
        };
        let profile = match self.setting.user {
            Some(user) => ProfileStore::new(user).load()?,
            None => Profile::default(),
        };
        let now = self.setting.now;
        let looked_at = LookedAt {
            program: env!("CARGO_PKG_VERSION").to_owned(),
            mark: sessions.mark().map_err(BuiltinError::Sessions)?,
            zone: zone_mark(&sessions.zone(), now),
            forgotten: profile.forgotten.keys().cloned().collect(),
        };
        let version = i64::from(conversation::SCHEMA);
        let remembered = self.cache.borrow().memory(CONVERSATION, version);
        let remembered: Option<(LookedAt, Value)> =
            remembered.and_then(|body| serde_json::from_slice(&body).ok());
        if let Some((before, Value::Object(mut body))) = remembered
            && before == looked_at
        {
            body.insert("timestamp".to_owned(), now.to_string().into());
            return Ok(Value::Object(body));
        }
        let told = sessions.told().map_err(BuiltinError::Sessions)?;
        let is_forgotten = |key: &str| profile.is_forgotten(key);
        let found = conversation::of(told.as_ref(), &sessions.zone(), is_forgotten, now);
        let body = with_summary(&found, summary::conversation(&found))?;
        if let Ok(bytes) = serde_json::to_vec(&(&looked_at, &body)) {
            let cache = &mut self.cache.borrow_mut();
            cache.remember(CONVERSATION, version, &bytes);
        }
        Ok(body)
    }

    /// A bill of materials in CycloneDX's form.
    pub fn bill(&self, about: &About<'_>) -> Result<String, BuiltinError> {
        let looked = self.looked()?;
        let projects = own_projects(&looked.codebase);
        let inventory = Inventory::of(&projects, &found_locks(&looked.survey));
        Ok(cyclonedx::bill(&inventory, about)?)
    }

    /// The complexity of all functions and files.
    fn measured(&self) -> Result<&Complexity, BuiltinError> {
        once(&self.complexity, || {
            let Looked { survey, areas, .. } = self.looked()?;
            Ok(complexity::of(survey, areas))
        })
    }

    /// Which functions and files are hard to change.
    pub fn complexity(&self) -> Result<Value, BuiltinError> {
        let found = self.measured()?;
        with_summary(found, summary::complexity(found))
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

/// Under which name the latest look at what was said is remembered.
const CONVERSATION: &str = "conversation";

/// What a look at what was said depends on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct LookedAt {
    program: String,
    mark: Option<String>,
    zone: String,
    forgotten: Vec<String>,
}

/// Tells zones apart, if not by their names then by their clocks.
fn zone_mark(zone: &TimeZone, now: Timestamp) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => zone.to_offset(now).to_string(),
    }
}

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
