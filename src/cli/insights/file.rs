//! The file that insights are written into: the user's, so it is changed with care.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::ui::{Role, paint, plain};
use crate::git::{GitEnv, discover};
use crate::system::{filesystem, tilde};

/// What coding agents read, unless another file is named.
const USUAL: &str = "AGENTS.md";
/// A larger file is none that agents read.
const MOST_BYTES: u64 = 4 << 20;
/// The mode of a file that is made, as far as the umask allows.
const NEW: u32 = 0o644;
/// So many unchanged lines are shown around a change.
const AROUND: usize = 2;

/// The file, as it was when it was read.
#[derive(Debug)]
pub struct Target {
    /// Where its bytes are: what symbolic links lead to.
    pub path: PathBuf,
    /// Its bytes; nothing if there is no such file yet.
    pub bytes: Option<Vec<u8>>,
    /// The folder whose sessions read it; empty for all.
    pub scope: String,
    mode: u32,
}

impl Target {
    /// Finds and reads the file that is named, or `AGENTS.md` at the worktree's top.
    pub fn of(app: &App, file: Option<&Path>) -> Result<Self, CommandError> {
        let named = match file {
            Some(file) => app.folder()?.join(file),
            None => worktree(app)?.join(USUAL),
        };
        let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
            return Err(CommandError::usage(format!("{} is no file", shown(&named))));
        };
        let folder = folder.canonicalize().map_err(|error| {
            CommandError::usage(format!("no folder {}", shown(folder))).because(&error)
        })?;
        let top = worktree_of(&folder);
        let path = followed(&folder.join(name), top.as_deref().unwrap_or(&folder))?;
        let scope = scope(&folder, top.is_some());
        let (bytes, mode) = match read(&path) {
            Ok((bytes, mode)) => (Some(bytes), mode),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, NEW),
            Err(error) => {
                return Err(
                    CommandError::usage(format!("cannot read {}", shown(&path))).because(&error)
                );
            }
        };
        Ok(Self {
            path,
            bytes,
            scope,
            mode,
        })
    }

    /// Its name, as it is shown.
    pub fn name(&self) -> String {
        shown(&self.path)
    }

    /// Puts other bytes in their place, in one step, unless somebody changed the file meanwhile; without bytes it is removed.
    pub fn write(&self, new: Option<&[u8]>) -> Result<(), CommandError> {
        let now = match read(&self.path) {
            Ok((bytes, _)) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).context("read the file again"),
        };
        if now != self.bytes {
            return Err(CommandError::refused(format!(
                "{} was changed meanwhile; nothing was written",
                self.name()
            ))
            .hint("run it again"));
        }
        let written = match new {
            None => fs::remove_file(&self.path),
            Some(new) if self.bytes.is_none() => filesystem::replace(&self.path, new, self.mode),
            Some(new) => filesystem::replace_exactly(&self.path, new, self.mode),
        };
        written.map_err(|error| {
            CommandError::failed(format!("failed to write {}", self.name())).because(&error)
        })
    }
}

fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
}

fn worktree(app: &App) -> Result<PathBuf, CommandError> {
    let located = app.located()?;
    located.worktree.clone().ok_or_else(|| {
        CommandError::usage("the repository has no worktree")
            .hint("name the file: git tend insights inject FILE")
    })
}

fn worktree_of(folder: &Path) -> Option<PathBuf> {
    let located = discover(folder, &GitEnv::default()).ok()?;
    located.worktree?.canonicalize().ok()
}

/// Where a file is that may be a symbolic link. A repository can bring one that leads anywhere: it is followed within the
/// worktree, or the folder that it is in, and no further.
fn followed(path: &Path, within: &Path) -> Result<PathBuf, CommandError> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    if !is_link {
        return Ok(path.to_owned());
    }
    let target = path.canonicalize().map_err(|error| {
        CommandError::refused(format!("{} is a link that leads nowhere", shown(path)))
            .because(&error)
    })?;
    if target.starts_with(within) {
        Ok(target)
    } else {
        Err(CommandError::refused(format!(
            "{} is a link to {}, which is outside {}",
            shown(path),
            shown(&target),
            shown(within)
        ))
        .hint("name that file itself, if it is what you want to change"))
    }
}

/// Sessions read a file in their folder and in those above it; those in a hidden folder of the home, such as ~/.pi/agent, are
/// the agents' own, and read in all sessions.
fn scope(folder: &Path, is_in_worktree: bool) -> String {
    let home = tilde::expanded("~").canonicalize().ok();
    let is_hidden = home
        .and_then(|home| folder.strip_prefix(home).ok().map(Path::to_owned))
        .and_then(|rest| rest.components().next().map(|it| it.as_os_str().to_owned()))
        .is_some_and(|first| first.as_encoded_bytes().starts_with(b"."));
    if is_hidden && !is_in_worktree {
        String::new()
    } else {
        folder.to_string_lossy().into_owned()
    }
}

fn read(path: &Path) -> io::Result<(Vec<u8>, u32)> {
    let file = filesystem::open_regular(path)?;
    let mode = file.metadata()?.permissions().mode() & 0o7777;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it has more than 4 MiB",
        ));
    }
    Ok((bytes, mode))
}

/// How two texts differ, line by line: what is in one place of the file only.
pub fn difference(old: &[u8], new: &[u8]) -> Vec<String> {
    let lines = |bytes: &[u8]| -> Vec<String> {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect()
    };
    let (old, new) = (lines(old), lines(new));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (rest_old, rest_new) = (&old[same..], &new[same..]);
    let tail = rest_old
        .iter()
        .rev()
        .zip(rest_new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let line = |mark: char, text: &str| format!("{mark}{}", plain(text.trim_end()));
    let mut shown = Vec::new();
    for text in &old[same.saturating_sub(AROUND)..same] {
        shown.push(line(' ', text));
    }
    for text in &rest_old[..rest_old.len() - tail] {
        shown.push(paint(Role::Bad, line('-', text)));
    }
    for text in &rest_new[..rest_new.len() - tail] {
        shown.push(paint(Role::Good, line('+', text)));
    }
    for text in rest_new[rest_new.len() - tail..].iter().take(AROUND) {
        shown.push(line(' ', text));
    }
    shown
}
