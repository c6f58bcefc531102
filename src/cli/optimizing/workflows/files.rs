//! Files that describe workflows.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Source;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::ui::plain;
use crate::optimize::workflow::read::{
    LARGEST, ReadError, Reading, github_actions, gitlab_ci, justfile, makefile,
};

/// So many files of GitHub's are read.
const MOST: usize = 200;
/// As make looks for its file.
const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];
/// As just does, whatever their case.
const JUSTFILES: [&str; 2] = ["justfile", ".justfile"];

/// The files of the repository, those of CI services first.
pub(super) fn found(app: &App) -> Result<Vec<PathBuf>, CommandError> {
    let Some(top) = &app.located()?.worktree else {
        return Ok(Vec::new());
    };
    let mut found = listed(&top.join(".github/workflows"), |name| {
        is_yaml(name) && !name.starts_with('.')
    });
    found.truncate(MOST);
    found.extend(Some(top.join(".gitlab-ci.yml")).filter(|it| it.is_file()));
    let makefiles = MAKEFILES.iter().map(|name| top.join(name));
    found.extend(makefiles.filter(|it| it.is_file()).take(1));
    let just = listed(top, |name| {
        JUSTFILES.iter().any(|it| name.eq_ignore_ascii_case(it))
    });
    found.extend(just.into_iter().take(1));
    Ok(found)
}

fn listed(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().is_some_and(&wanted))
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

fn is_yaml(name: &str) -> bool {
    ends_in(name, &["yml", "yaml"])
}

fn ends_in(name: &str, extensions: &[&str]) -> bool {
    let found = Path::new(name).extension();
    found.is_some_and(|found| extensions.iter().any(|it| found.eq_ignore_ascii_case(it)))
}

/// The workflows of a file, by what it is called.
pub(super) fn read(app: &App, path: &Path) -> Result<Vec<Source>, CommandError> {
    let shown = shown(app, path);
    let name = shown
        .rsplit('/')
        .next()
        .unwrap_or(&shown)
        .to_ascii_lowercase();
    let reader: fn(&str, &str) -> Result<Reading, ReadError> = if is_yaml(&name)
        && name.contains("gitlab-ci")
    {
        gitlab_ci
    } else if is_yaml(&name) {
        github_actions
    } else if name.contains("makefile") || ends_in(&name, &["mk", "make"]) {
        makefile
    } else if name.contains("justfile") || ends_in(&name, &["just"]) {
        justfile
    } else {
        let what = format!("{} is not known to describe a workflow", plain(&shown));
        return Err(CommandError::usage(what)
            .hint("known are *.yml of GitHub Actions, .gitlab-ci.yml, Makefile, *.mk, justfile and *.just"));
    };
    let failed = |error: &dyn std::error::Error| {
        CommandError::usage(format!("failed to read {}", plain(&shown))).because(error)
    };
    let text = text(path).map_err(|error| failed(&error))?;
    let reading = reader(&text, &shown).map_err(|error| failed(&error))?;
    let mut notes = Some(reading.notes);
    let sources = reading.workflows.into_iter().map(|read| Source {
        read,
        notes: notes.take().unwrap_or_default(),
        recipe: None,
    });
    Ok(sources.collect())
}

/// A file's text, one byte more than what a reader takes at most. Bytes that are no UTF-8 are U+FFFD.
fn text(path: &Path) -> std::io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path as people write it: relative to the top, if it is below that.
fn shown(app: &App, path: &Path) -> String {
    let top = app.located().ok().and_then(|it| it.worktree.clone());
    let full = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let top = top.and_then(|top| fs::canonicalize(top).ok());
    let below = top.as_ref().and_then(|top| full.strip_prefix(top).ok());
    below.unwrap_or(path).to_string_lossy().into_owned()
}
