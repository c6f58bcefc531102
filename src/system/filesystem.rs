//! What lies under a path: the kind of file system, and files and directories that only their owner may enter.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The file systems on which processes of several machines, or of a host and its guest, may meet without sharing
/// memory: SQLite's write-ahead log and advisory locks are not safe there.
#[cfg(target_os = "linux")]
const SHARED: [(u32, &str); 13] = [
    (0x0000_6969, "nfs"),
    (0x0000_517b, "smb"),
    (0xff53_4d42, "cifs"),
    (0xfe53_4d42, "smb2"),
    (0x0102_1997, "9p"),
    // virtiofs mounts report FUSE's number.
    (0x6573_5546, "fuse"),
    (0x786f_4256, "vboxsf"),
    (0x5346_414f, "afs"),
    (0x6b41_4653, "kafs"),
    (0x00c3_6400, "ceph"),
    (0x0bd0_0bd0, "lustre"),
    (0x7375_7245, "coda"),
    (0x0116_1970, "gfs2"),
];

/// The name of the shared file system that `path` is on; `None` for a local one.
#[cfg(target_os = "linux")]
pub fn shared_filesystem(path: &Path) -> io::Result<Option<&'static str>> {
    #[allow(clippy::useless_conversion)] // the field is narrower on some machines
    let found = i64::from(rustix::fs::statfs(path)?.f_type);
    // The kernel's numbers have 32 bits; where the field is narrow and signed they come out negative.
    Ok(SHARED
        .into_iter()
        .find(|(magic, _)| i64::from(*magic) == (found & 0xffff_ffff))
        .map(|(_, name)| name))
}

/// The name of the shared file system that `path` is on; `None` for a local one.
#[cfg(target_os = "macos")]
pub fn shared_filesystem(path: &Path) -> io::Result<Option<&'static str>> {
    let found: Vec<u8> = rustix::fs::statfs(path)?
        .f_fstypename
        .iter()
        .map(|c| c.to_ne_bytes()[0])
        .take_while(|c| *c != 0)
        .collect();
    Ok([
        "nfs", "smbfs", "afpfs", "webdav", "9p", "virtiofs", "macfuse", "osxfuse",
    ]
    .into_iter()
    .find(|name| name.as_bytes() == found))
}

/// The name of the shared file system that `path` is on; here nobody can tell.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub fn shared_filesystem(_path: &Path) -> io::Result<Option<&'static str>> {
    Ok(None)
}

/// Makes a directory that only its owner may enter, and its parents as the umask has it.
///
/// A directory that exists is narrowed to its owner.
pub fn private_dir(path: &Path) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let metadata = fs::metadata(path)?;
            if !metadata.is_dir() {
                return Err(error);
            }
            if metadata.permissions().mode() & 0o077 != 0 {
                fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Makes an empty file that only its owner may open; false if there is one already, which stays untouched and unopened.
pub fn private_file(path: &Path) -> io::Result<bool> {
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens a lock file, creating it for its owner alone. Lock files are never unlinked.
pub fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Puts a file with these bytes in the place of whatever has this name, in one step. The umask holds for `mode`.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    put(path, mode, |file| file.write_all(bytes))
}

/// The same with exactly this mode, whatever the umask: what it takes the place of had it.
pub fn replace_exactly(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    put(path, mode, |file| {
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(mode))
    })
}

/// The same with a file that everybody may read, whatever the umask: somebody else is to.
///
/// What is there and is no file (a terminal, a named pipe) is written to, not replaced.
pub fn publish(path: &Path, bytes: &[u8]) -> io::Result<()> {
    const READABLE: u32 = 0o644;
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::write(path, bytes);
    }
    put(path, READABLE, |file| {
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(READABLE))
    })
}

/// The same with a file that only its owner may read, written piece by piece.
pub fn write_private<E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        let mut there = OpenOptions::new().write(true).open(path)?;
        return write(&mut there);
    }
    put(path, 0o600, write)
}

fn put<E: From<io::Error>>(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let temporary = dir.join(format!(".tend-{}", super::random::identity()));
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&temporary)?;
    let written = write(&mut file).and_then(|()| {
        file.sync_all()?;
        Ok(fs::rename(&temporary, path)?)
    });
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Whether two paths lead to one file.
pub fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let identity = |path: &Path| path.metadata().map(|found| (found.dev(), found.ino())).ok();
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

/// Whether this process may create and remove files in a folder.
pub fn writable(dir: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(dir, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// A file with these bytes that has no name any more, ready to be read from its beginning; made in `dir`.
pub fn nameless(dir: &Path, bytes: &[u8]) -> io::Result<File> {
    use std::io::Seek as _;
    let path = dir.join(format!("nameless-{}", super::random::identity()));
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file)
}

/// Opens a regular file for reading; anything else that may stand in its place by now (a symbolic link, a named pipe,
/// which would wait for a writer) is refused.
pub fn open_regular(path: &Path) -> io::Result<File> {
    open_plain(path, rustix::fs::OFlags::NOFOLLOW)
}

/// The same, where symbolic links may lead to it.
pub fn open_regular_linked(path: &Path) -> io::Result<File> {
    open_plain(path, rustix::fs::OFlags::empty())
}

fn open_plain(path: &Path, flags: rustix::fs::OFlags) -> io::Result<File> {
    let flags = flags | rustix::fs::OFlags::NONBLOCK;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a regular file",
        ))
    }
}

/// A fresh directory among the temporary files that only its owner may enter. The caller removes it.
pub fn private_temp_dir() -> io::Result<PathBuf> {
    let parent = std::env::temp_dir();
    let process = std::process::id();
    for number in 0..1000_u32 {
        let path = parent.join(format!("git-tend-{process}-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_regular_files_are_opened_for_reading() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "x").unwrap();
        assert!(open_regular(&file).is_ok());
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open_regular(&link).is_err());
        assert!(open_regular(root.path()).is_err());
        let pipe = root.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        assert!(open_regular(&pipe).is_err());
    }

    #[test]
    fn a_private_directory_is_narrowed_and_its_parents_are_not() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("tend").join("1000");
        fs::create_dir_all(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let parent_mode = fs::metadata(path.parent().unwrap()).unwrap().permissions();
        private_dir(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().permissions(),
            parent_mode
        );
    }

    #[test]
    fn what_is_published_takes_the_place_of_a_file_and_of_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.prom");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let old = File::open(&path).unwrap();
        publish(&path, b"new").unwrap();
        assert_eq!(
            io::read_to_string(old).unwrap(),
            "old",
            "one who reads goes on reading"
        );
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o644
        );
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
        assert!(publish(root.path(), b"x").is_err());
        publish(Path::new("/dev/null"), b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn a_private_file_is_made_once() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("queue.db");
        assert!(private_file(&path).unwrap());
        assert!(!private_file(&path).unwrap());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_kernel_file_system_is_not_taken_for_a_shared_one() {
        assert_eq!(shared_filesystem(Path::new("/proc")).unwrap(), None);
    }
}
