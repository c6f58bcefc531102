//! The time when a file was last read.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT};

/// Sets it back to the beginning of 1970: then it moves when the file is read, even where the file system notes only what
/// is new (`relatime`). No link is followed.
pub fn set_back(path: &Path) -> io::Result<()> {
    let times = Timestamps {
        last_access: Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
        last_modification: Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_OMIT,
        },
    };
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    Ok(rustix::fs::utimensat(CWD, path, &times, flags)?)
}

/// Whether a file was read, or made, since it was set back.
pub fn was_read(path: &Path) -> io::Result<bool> {
    let found = fs::symlink_metadata(path)?;
    Ok((found.atime(), found.atime_nsec()) != (0, 0))
}
