//! Waiting for file descriptors, the only way in which a runner or a supervisor ever waits.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

/// Waits until one of `fds` can be read or is hung up, or `timeout` passed; `None` waits for ever.
///
/// The answer has one entry for each descriptor. An interrupting signal ends the wait with none of them ready, so a
/// caller looks at its clock after every return.
pub fn readable(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) -> io::Result<Vec<bool>> {
    let mut polled: Vec<PollFd<'_>> = fds
        .iter()
        .map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN))
        .collect();
    let timeout = timeout.map(|span| Timespec {
        tv_sec: i64::try_from(span.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: span.subsec_nanos().into(),
    });
    match rustix::event::poll(&mut polled, timeout.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(errno) => return Err(errno.into()),
    }
    // Whatever is set, hang-up and error included, means that a read returns at once.
    Ok(polled.iter().map(|fd| !fd.revents().is_empty()).collect())
}

/// Makes reads of `fd` return at once. The flag belongs to the open file description: use it on ends that nobody shares.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> io::Result<()> {
    Ok(rustix::io::ioctl_fionbio(fd, true)?)
}
