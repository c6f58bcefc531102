//! Log files that do not grow for ever: `log`, then `log.1` and older ones with higher numbers.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::num::NonZeroU32;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// Moves `log` to `log.1` once it is larger than `limit` bytes. Failing to is no reason to stop.
pub fn keep_below(log: &Path, limit: u64) {
    if fs::metadata(log).is_ok_and(|found| found.len() > limit) {
        let _ = shift(log, NonZeroU32::MIN);
    }
}

/// Moves `log` to `log.1`, `log.1` to `log.2` and so on up to `log.<keep>`, whose former content is gone.
///
/// The oldest moves first, and only as far as the first number that is free: a shift that was interrupted loses nothing
/// when it is done again.
pub fn shift(log: &Path, keep: NonZeroU32) -> io::Result<()> {
    let free = (1..keep.get())
        .find(|number| fs::symlink_metadata(numbered(log, *number)).is_err())
        .unwrap_or(keep.get());
    for number in (1..free).rev() {
        fs::rename(numbered(log, number), numbered(log, number + 1))?;
    }
    fs::rename(log, numbered(log, 1))
}

/// The name of the older log with this number.
pub fn numbered(log: &Path, number: u32) -> PathBuf {
    let mut name = log.as_os_str().to_os_string();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// Opens a log to be read and appended to. If there is none it is made, for its owner alone, unless `create` is false.
///
/// Anything but a regular file is refused: what a symbolic link points to would not move with it, and a named pipe would
/// wait for a reader.
pub fn open(log: &Path, create: bool) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(create)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(log)
        .map_err(|error| {
            if fs::symlink_metadata(log).is_ok_and(|found| found.is_symlink()) {
                io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link")
            } else {
                error
            }
        })?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        let text = "it is not a regular file";
        Err(io::Error::new(io::ErrorKind::InvalidInput, text))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn three() -> NonZeroU32 {
        NonZeroU32::new(3).unwrap()
    }

    /// The content of `log`, `log.1` … `log.4`.
    fn contents(log: &Path) -> Vec<Option<String>> {
        let older = (1..5).map(|number| numbered(log, number));
        std::iter::once(log.to_owned())
            .chain(older)
            .map(|path| fs::read_to_string(path).ok())
            .collect()
    }

    fn texts(expected: [&str; 5]) -> Vec<Option<String>> {
        let some = |text: &&str| (!text.is_empty()).then(|| (*text).to_owned());
        expected.iter().map(some).collect()
    }

    #[test]
    fn older_logs_move_on_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        for text in ["a", "b", "c", "d", "e"] {
            fs::write(&log, text).unwrap();
            shift(&log, three()).unwrap();
        }
        assert_eq!(contents(&log), texts(["", "e", "d", "c", ""]));
        assert!(shift(&log, three()).is_err());
    }

    #[test]
    fn a_shift_that_was_interrupted_loses_nothing_the_second_time() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "new").unwrap();
        fs::write(numbered(&log, 2), "b").unwrap();
        fs::write(numbered(&log, 3), "a").unwrap();
        shift(&log, three()).unwrap();
        assert_eq!(contents(&log), texts(["", "new", "b", "a", ""]));
    }

    #[test]
    fn a_log_larger_than_its_limit_moves() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        keep_below(&log, 2);
        fs::write(&log, "ab").unwrap();
        keep_below(&log, 2);
        assert_eq!(contents(&log), texts(["ab", "", "", "", ""]));
        fs::write(&log, "abc").unwrap();
        keep_below(&log, 2);
        assert_eq!(contents(&log), texts(["", "abc", "", "", ""]));
    }

    #[test]
    fn only_regular_files_are_logs() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        assert!(open(&log, false).is_err());
        assert!(open(&log, true).is_ok());
        assert!(open(&log, false).is_ok());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&log, &link).unwrap();
        let refused = open(&link, true).unwrap_err();
        assert_eq!(refused.to_string(), "it is a symbolic link");
        assert!(open(folder.path(), true).is_err());
        let pipe = folder.path().join("pipe");
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, kind, rustix::fs::Mode::RWXU, 0).unwrap();
        let refused = open(&pipe, true).unwrap_err();
        assert_eq!(refused.to_string(), "it is not a regular file");
    }
}
