//! What the analysers of one task share: the repository, its files as they were surveyed, the cache.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::areas::Areas;
use super::builtin::{BuiltinError, Setting};
use super::cache::FactCache;
use super::codebase::{self, Codebase};
use super::complexity;
use super::cyclonedx::{self, About};
use super::dependency_map::{DependencyMap, FoundLock, Inventory};
use super::files::Role;
use super::projects::Project;
use super::style;
use super::summary;
use super::survey::{Depth, Means, Survey};
use crate::git::{Oid, Repo};
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
