//! Processes that are copies of this one.
//!
//! Elsewhere git-tend never forks, because code between fork and exec may find a lock of another thread held for ever.
//! The supervisor and what it turns into have one thread, which is made sure of here.

use std::io;

/// Which of the two a process is after a fork.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// The one that called, with the number of the other.
    Parent(i32),
    /// The other.
    Child,
}

/// Doubles the calling process, which must have one thread.
pub(super) fn fork() -> io::Result<Side> {
    if threads().is_some_and(|count| count != 1) {
        return Err(io::Error::other("a process with threads cannot fork"));
    }
    // SAFETY: the process has one thread, so that no lock can be held by a thread that the copy lacks, and whatever the
    // child calls finds its data as the parent left it.
    #[allow(unsafe_code)]
    let pid = unsafe { libc::fork() };
    match pid {
        0 => Ok(Side::Child),
        pid if pid > 0 => Ok(Side::Parent(pid)),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(target_os = "linux")]
fn threads() -> Option<usize> {
    std::fs::read_dir("/proc/self/task")
        .ok()
        .map(Iterator::count)
}

#[cfg(not(target_os = "linux"))]
fn threads() -> Option<usize> {
    None
}

/// Ends a copy without what its original would do at its end.
pub(super) fn leave(code: i32) -> ! {
    // SAFETY: ends the process; nothing is called afterwards.
    #[allow(unsafe_code)]
    unsafe {
        libc::_exit(code)
    }
}

/// What a child did on its own, as the code it left with.
pub(super) fn in_a_copy(what: impl FnOnce() -> i32) -> io::Result<i32> {
    match fork()? {
        Side::Child => leave(what()),
        Side::Parent(pid) => wait_for(pid),
    }
}

/// Waits for one child: its code, or 128 and its signal.
pub(super) fn wait_for(pid: i32) -> io::Result<i32> {
    use rustix::process::{Pid, WaitOptions, waitpid};
    loop {
        match waitpid(Pid::from_raw(pid), WaitOptions::empty()) {
            Ok(Some((_, status))) => {
                if let Some(code) = status.exit_status() {
                    return Ok(code);
                }
                if let Some(signal) = status.terminating_signal() {
                    return Ok(128 + signal);
                }
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}
