//! The terminal.

use std::os::fd::AsFd;

/// How many columns it has; nothing where there is none, or one that does not tell.
pub fn columns(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}
