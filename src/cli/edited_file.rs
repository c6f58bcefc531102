//! Files of the user's that a command changes: with care, in one step, and shown before.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::ui::{Role, paint, plain};
use crate::git::{GitEnv, discover};
use crate::system::filesystem;

/// A larger file is none that people write.
const MOST_BYTES: u64 = 4 << 20;
/// The mode of a file that is made, as far as the umask allows.
const NEW: u32 = 0o644;
/// So many unchanged lines are shown around a change.
const AROUND: usize = 2;

/// A file, as it was when it was read.
#[derive(Debug)]
pub struct EditedFile {
    /// Where its bytes are: what symbolic links lead to.
    pub path: PathBuf,
    /// Its bytes; nothing if there is no such file yet.
    pub bytes: Option<Vec<u8>>,
    mode: u32,
}

impl EditedFile {
    /// Reads the file of a name in a folder, which is canonical. A symbolic link is followed within the worktree `top`, or the
    /// folder that it is in, and no further.
    pub fn open(named: &Path, top: Option<&Path>) -> Result<Self, CommandError> {
        let folder = named.parent().unwrap_or(named);
        let path = followed(named, top.unwrap_or(folder))?;
        let (bytes, mode) = match read(&path) {
            Ok((bytes, mode)) => (Some(bytes), mode),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (None, NEW),
            Err(error) => {
                return Err(
                    CommandError::usage(format!("cannot read {}", shown(&path))).because(&error)
                );
            }
        };
        Ok(Self { path, bytes, mode })
    }

    /// The change to other bytes, whatever `--quiet` says: nobody agrees to what they have not seen.
    pub fn show(&self, new: Option<&[u8]>, app: &App) {
        let old = self.bytes.as_deref().unwrap_or_default();
        let lines = difference(old, new.unwrap_or_default());
        app.ui
            .block(&format!("{}\n{}", self.name(), lines.join("\n")));
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

/// The worktree that a folder is in.
pub fn worktree_of(folder: &Path) -> Option<PathBuf> {
    let located = discover(folder, &GitEnv::default()).ok()?;
    located.worktree?.canonicalize().ok()
}

/// A path, as it is shown.
pub fn shown(path: &Path) -> String {
    plain(&path.to_string_lossy())
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
fn difference(old: &[u8], new: &[u8]) -> Vec<String> {
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
