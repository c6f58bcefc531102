//! Starting ourselves as a process that outlives the caller and holds nothing of it.
//!
//! The parent starts `git-tend __detached …`; the child's first acts are a session of its own and the closing of every
//! descriptor it was not meant to have. It does so itself because the standard library offers neither without running
//! code between fork and exec, which would give up `posix_spawn`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The hidden verb by which the child knows what it is.
pub const VERB: &str = "__detached";

/// Git must neither take a lock nor go to the network on account of work that nobody waits for.
const QUIET_GIT: [(&str, &str); 2] = [("GIT_OPTIONAL_LOCKS", "0"), ("GIT_NO_LAZY_FETCH", "1")];

/// Starts `program __detached args…` in `cwd` with the variables `env`, its standard input from `input` and its outputs
/// appended to `log`; returns its number.
pub fn start(
    program: &Path,
    args: &[OsString],
    cwd: &Path,
    env: impl IntoIterator<Item = (OsString, OsString)>,
    input: Option<File>,
    log: &Path,
) -> io::Result<u32> {
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(log)?;
    let variables = env
        .into_iter()
        .chain(QUIET_GIT.map(|(name, value)| (name.into(), value.into())));
    let words = std::iter::once(OsString::from(VERB)).chain(args.iter().cloned());
    let command = duct::cmd(program.to_path_buf(), words);
    let command = match input {
        Some(file) => command.stdin_file(file),
        None => command.stdin_null(),
    };
    // Where the C library is linked statically, the standard library forks if it has to change the folder: three
    // milliseconds. A hook already runs where its drain is to run.
    let command = if std::env::current_dir().is_ok_and(|here| here == cwd) {
        command
    } else {
        command.dir(cwd)
    };
    let handle = command
        .full_env(variables)
        .stdout_file(log.try_clone()?)
        .stderr_file(log)
        .unchecked()
        .start()?;
    handle
        .pids()
        .first()
        .copied()
        .ok_or_else(|| io::Error::other("no process was started"))
}

/// The child's half: leads a session of its own and closes every descriptor but the three standard ones.
///
/// It must come first in `main`: a descriptor that this process opened itself would be closed as well. An inherited
/// pipe would keep the caller of git waiting for as long as this process lives.
pub fn become_detached() {
    // Fails only for a group leader, which has no terminal to lose once its shell is gone.
    let _ = rustix::process::setsid();
    close_from(3);
}

#[cfg(target_os = "linux")]
fn close_from(first: u32) {
    // SAFETY: the caller runs before this process has opened anything, so that every descriptor from `first` on is an
    // inherited one that no value of this program owns.
    #[allow(unsafe_code)]
    let answer = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0_u32) };
    if answer != 0 {
        close_listed(first);
    }
}

#[cfg(not(target_os = "linux"))]
fn close_from(first: u32) {
    close_listed(first);
}

/// For kernels without `close_range` (before 5.9).
fn close_listed(first: u32) {
    let open: Vec<i32> = std::fs::read_dir("/dev/fd")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|&fd| u32::try_from(fd).is_ok_and(|fd| fd >= first))
        .collect();
    for fd in open {
        // SAFETY: as in `close_from`; the folder's own descriptor, closed by now, only yields EBADF.
        #[allow(unsafe_code)]
        unsafe {
            libc::close(fd);
        }
    }
}
