//! Notices in a file of JSON lines, which several processes may share.

use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Write};
use std::num::NonZeroU32;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use fs4::TryLockError;
use serde::{Deserialize, Serialize};

use super::{Channel, Refusal};
use crate::config::notify as settings;
use crate::notify::{Message, Notice};
use crate::report::safe_json;
use crate::system::{filesystem, rotate, tilde};

/// The version of the lines' schema.
const SCHEMA: u32 = 1;

/// The name of the file in the repository's state folder.
const USUAL_NAME: &str = "notices.jsonl";

/// How far back a notice that was already written is looked for, in bytes.
const TAIL: u64 = 64 * 1024;

/// How often the lock is tried again while another process writes.
const PAUSE: Duration = Duration::from_millis(2);

/// A file to which each notice is appended as one line.
///
/// A line is written at once and under a lock (`<file>.lock`), so that lines of several processes never mix. When the
/// file would grow beyond its size it becomes `<file>.1`, and a new one is begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonLines {
    path: PathBuf,
    max_size: u64,
    keep: NonZeroU32,
}

/// A notice as it is written.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    #[serde(flatten)]
    notice: &'a Notice,
}

/// What is read of a line.
#[derive(Deserialize)]
struct Written {
    id: String,
}

impl JsonLines {
    /// The file of these settings; `state` is the repository's state folder.
    pub fn new(
        settings: &settings::File,
        state: &Path,
        home: Option<&Path>,
    ) -> Result<Self, Refusal> {
        let path = match &settings.path {
            None => state.join(USUAL_NAME),
            Some(path) => expanded(path, home).map_err(Refusal::Final)?,
        };
        Ok(Self {
            path,
            max_size: settings.max_size.bytes(),
            keep: settings.keep,
        })
    }

    /// Where the notices go.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses what is there and cannot be written, before anything is made beside it.
    fn is_log_or_nothing(&self) -> Result<(), Refusal> {
        match rotate::open(&self.path, false) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.refusal(&error)),
            _ => Ok(()),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Takes the lock of the file; makes its folder if there is none.
    fn lock(&self, limit: Duration) -> Result<File, Refusal> {
        let deadline = Instant::now().checked_add(limit);
        let refused = |error: io::Error| self.refusal(&error);
        // Folders that exist stay as they are: this may be the user's home.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(self.folder())
            .map_err(refused)?;
        let mut name = self.path.as_os_str().to_os_string();
        name.push(".lock");
        let lock = filesystem::lock_file(Path::new(&name)).map_err(refused)?;
        loop {
            match fs4::FileExt::try_lock(&lock) {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(refused(error)),
                Err(TryLockError::WouldBlock) => {
                    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                        let path = self.path.display();
                        return Err(Refusal::Later(format!(
                            "write {path}: another process had it locked all the time"
                        )));
                    }
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Appends the notices that are not among the last ones of the file.
    fn append(&self, notices: &[Notice]) -> io::Result<()> {
        let mut file = rotate::open(&self.path, true)?;
        let mut written = self.last_ids(&file)?;
        for notice in notices {
            if !written.insert(&notice.id) {
                continue;
            }
            let mut line = Vec::with_capacity(512);
            let schema = SCHEMA;
            safe_json::compact(&mut line, &Line { schema, notice })?;
            line.push(b'\n');
            let mut size = file.metadata()?.len();
            let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
            if size > 0 && size.saturating_add(length) > self.max_size {
                rotate::shift(&self.path, self.keep)?;
                file = rotate::open(&self.path, true)?;
                size = 0;
            }
            if is_torn(&file, size)? {
                line.insert(0, b'\n');
            }
            if let Err(error) = file.write_all(&line) {
                // A full disk takes part of a line. If it cannot be taken back, the next line ends it.
                let _ = file.set_len(size);
                return Err(error);
            }
        }
        // It counts as delivered from now on.
        file.sync_data()
    }

    /// The identities of the last notices, in this file and, if it was just begun, the one before.
    fn last_ids(&self, file: &File) -> io::Result<Ids> {
        let mut ids = Ids::default();
        let here = tail(file, TAIL, &mut ids)?;
        if here < TAIL
            && let Ok(before) = filesystem::open_regular(&rotate::numbered(&self.path, 1))
        {
            tail(&before, TAIL - here, &mut ids)?;
        }
        Ok(ids)
    }

    fn refusal(&self, error: &io::Error) -> Refusal {
        let path = self.path.display();
        let text = match error.kind() {
            ErrorKind::IsADirectory => format!("write {path}: it is a folder; name a file in it"),
            _ => format!("write {path}: {error}"),
        };
        match error.kind() {
            ErrorKind::PermissionDenied
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput => Refusal::Final(text),
            _ => Refusal::Later(text),
        }
    }
}

impl Channel for JsonLines {
    /// Whether a notice could be written now. Nothing is made or changed.
    fn check(&self) -> Result<(), Refusal> {
        self.is_log_or_nothing()?;
        // The lock and the older files are beside it, so its folder must take new files even if there is one.
        let folder = self
            .folder()
            .ancestors()
            .find(|folder| folder.symlink_metadata().is_ok());
        let found = folder.map_or(Ok(()), |folder| {
            if folder.metadata()?.is_dir() {
                filesystem::writable(folder)
            } else {
                Err(ErrorKind::NotADirectory.into())
            }
        });
        found.map_err(|error| self.refusal(&error))
    }

    fn send(&self, message: &Message, limit: Duration) -> Result<(), Refusal> {
        self.is_log_or_nothing()?;
        let _lock = self.lock(limit)?;
        self.append(&message.notices)
            .map_err(|error| self.refusal(&error))
    }
}

/// Identities of notices.
#[derive(Default)]
struct Ids(HashSet<String>);

impl Ids {
    /// Whether it was not there yet.
    fn insert(&mut self, id: &str) -> bool {
        !self.0.contains(id) && self.0.insert(id.to_owned())
    }
}

/// Adds the identities of the lines in the last `most` bytes of a file; how many bytes that were.
fn tail(file: &File, most: u64, ids: &mut Ids) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let start = size.saturating_sub(most);
    let mut bytes = vec![0; usize::try_from(size - start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    // The first line may lack its beginning, which is then no JSON.
    let lines = bytes.split(|byte| *byte == b'\n');
    let found = lines.filter_map(|line| serde_json::from_slice::<Written>(line).ok());
    ids.0.extend(found.map(|written| written.id));
    Ok(size - start)
}

/// Whether a writer was interrupted in the middle of the last line.
fn is_torn(file: &File, size: u64) -> io::Result<bool> {
    let Some(last) = size.checked_sub(1) else {
        return Ok(false);
    };
    let mut byte = [0];
    file.read_exact_at(&mut byte, last)?;
    Ok(byte != *b"\n")
}

/// The path with the home folder for `~`; it must be absolute then.
fn expanded(path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let expanded = tilde::below(path, home);
    if path.starts_with("~/") && !expanded.is_absolute() {
        return Err(format!(
            "write {path}: HOME is not set; write the whole path"
        ));
    }
    let is_folder = path == "~" || path.ends_with('/') || expanded.file_name().is_none();
    if expanded.is_absolute() && !is_folder {
        Ok(expanded)
    } else if expanded.is_absolute() || path == "~" {
        Err(format!("write {path}: it is a folder; name a file in it"))
    } else if path.starts_with('~') {
        Err(format!(
            "write {path}: only `~/` stands for a home folder, your own; write the whole path"
        ))
    } else {
        Err(format!(
            "write {path}: a relative path means another file in each folder; write `~/{}` or the whole path",
            path.trim_start_matches("./")
        ))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_home_folder_stands_for_the_tilde_and_relative_paths_are_refused() {
        let home = Path::new("/home/u");
        let path = |text| expanded(text, Some(home));
        assert_eq!(path("/log/n.jsonl").unwrap(), Path::new("/log/n.jsonl"));
        assert_eq!(path("~/n.jsonl").unwrap(), Path::new("/home/u/n.jsonl"));
        assert_eq!(path("~//etc/x").unwrap(), Path::new("/home/u/etc/x"));
        for folder in ["~", "/", "/log/", "/log/.."] {
            assert!(
                path(folder).unwrap_err().contains("is a folder"),
                "{folder}"
            );
        }
        assert!(path("~ann/n").unwrap_err().contains("your own"));
        assert!(path("./n").unwrap_err().contains("write `~/n`"));
        assert!(path("").is_err());
        assert!(expanded("~/n", None).unwrap_err().contains("HOME"));
        assert!(expanded("~/n", Some(Path::new("rel"))).is_err());
    }
}
