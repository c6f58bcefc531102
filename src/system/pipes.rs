//! The ends of pipes to a child, none of which is ever waited in: whoever writes to one while the child waits in another
//! waits for ever.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::poll::set_nonblocking;

/// What a child is given to read; the pipe is closed behind the last byte.
#[derive(Debug)]
pub(super) struct Feed<'a, W> {
    pipe: Option<W>,
    rest: &'a [u8],
}

impl<'a, W: Write + AsFd> Feed<'a, W> {
    pub(super) fn new(pipe: Option<W>, bytes: &'a [u8]) -> io::Result<Self> {
        let pipe = pipe.filter(|_| !bytes.is_empty());
        if let Some(pipe) = &pipe {
            set_nonblocking(pipe.as_fd())?;
        }
        Ok(Self { pipe, rest: bytes })
    }

    /// Writes what there is room for.
    pub(super) fn push(&mut self) {
        let Some(pipe) = &mut self.pipe else { return };
        match pipe.write(self.rest) {
            Ok(count) => self.rest = self.rest.get(count..).unwrap_or_default(),
            Err(error) if is_transient(&error) => {}
            // It needs no more: how it ends tells whether that is an error.
            Err(_) => self.rest = &[],
        }
        if self.rest.is_empty() {
            self.pipe = None;
        }
    }

    /// What to wait for, as long as there is more.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }
}

/// What a child writes. A pipe at its end is closed, so that it is not polled any more.
#[derive(Debug)]
pub(super) struct Drain<R>(Option<R>);

impl<R: Read + AsFd> Drain<R> {
    pub(super) fn new(pipe: Option<R>) -> io::Result<Self> {
        if let Some(pipe) = &pipe {
            set_nonblocking(pipe.as_fd())?;
        }
        Ok(Self(pipe))
    }

    /// Takes what there is, up to a mebibyte: one that writes without end must not keep the clock from being looked at. It
    /// is more than a pipe holds, so after a child's end one call takes all that it wrote.
    pub(super) fn take(&mut self, into: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        let Some(pipe) = &mut self.0 else {
            return Ok(());
        };
        let mut buffer = [0; 16 * 1024];
        for _ in 0..64 {
            match pipe.read(&mut buffer) {
                Ok(0) => {
                    self.0 = None;
                    return Ok(());
                }
                Ok(count) => into(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_transient(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What to wait for, until it is at its end.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }
}

/// Waits until one of these can be read or written, or so much time has passed.
pub(super) fn wait(
    left: Duration,
    to_write: Option<BorrowedFd<'_>>,
    to_read: [Option<BorrowedFd<'_>>; 3],
) -> io::Result<()> {
    let mut fds = Vec::with_capacity(4);
    fds.extend(to_write.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
    let readers = to_read.into_iter().flatten();
    fds.extend(readers.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
    let timeout = Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    };
    match poll(&mut fds, Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
