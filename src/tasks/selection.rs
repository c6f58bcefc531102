//! The files that a task is about.

use std::sync::OnceLock;

use bstr::BStr;
use globset::{Candidate, GlobSet};
use serde::{Deserialize, Serialize};

use crate::config::pattern::Pattern;

/// The files that a task is about. The globs are compiled when the first path is asked about: a hook that enqueues
/// nothing pays nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Selection {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<Pattern>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exclude: Vec<Pattern>,
    #[serde(skip)]
    compiled: OnceLock<Result<(GlobSet, GlobSet), globset::Error>>,
}

impl Selection {
    /// Of these globs.
    pub fn new(files: Vec<Pattern>, exclude: Vec<Pattern>) -> Self {
        Self {
            files,
            exclude,
            compiled: OnceLock::new(),
        }
    }

    /// The globs of files; none means all.
    pub fn files(&self) -> &[Pattern] {
        &self.files
    }

    /// The globs of what is left out.
    pub fn exclude(&self) -> &[Pattern] {
        &self.exclude
    }

    /// Whether the task is about every file.
    pub const fn is_everything(&self) -> bool {
        self.files.is_empty() && self.exclude.is_empty()
    }

    /// Whether the task is about a path, relative to the repository's top.
    pub fn contains(&self, path: &BStr) -> Result<bool, globset::Error> {
        if self.is_everything() {
            return Ok(true);
        }
        let compiled = self.compiled.get_or_init(|| {
            Ok((
                Pattern::compile(&self.files)?,
                Pattern::compile(&self.exclude)?,
            ))
        });
        let (files, exclude) = compiled.as_ref().map_err(Clone::clone)?;
        let path = Candidate::from_bytes(path);
        Ok((files.is_empty() || files.is_match_candidate(&path))
            && !exclude.is_match_candidate(&path))
    }
}

impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        (&self.files, &self.exclude) == (&other.files, &other.exclude)
    }
}
