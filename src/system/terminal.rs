//! The terminal: its size, its keys, and what standard output is.

use std::io;
use std::os::fd::AsFd;

use rustix::fs::FileType;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr,
};

/// How large a terminal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its columns; never 0.
    pub columns: usize,
    /// Its rows; never 0.
    pub rows: usize,
}

/// How large a terminal is; nothing where there is none, or one that does not tell.
pub fn size(stream: impl AsFd) -> Option<Size> {
    let size = tcgetwinsize(stream).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some(Size {
        columns: usize::from(size.ws_col),
        rows: usize::from(size.ws_row),
    })
}

/// How many columns a terminal has; nothing where there is none, or one that does not tell.
pub fn columns(stream: impl AsFd) -> Option<usize> {
    let size = tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Whether a stream leads to another process, which may go away.
pub fn is_pipe(stream: impl AsFd) -> bool {
    rustix::fs::fstat(stream)
        .is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == FileType::Fifo)
}

/// Keys as they are typed, unseen and without waiting for the end of the line, until this is dropped.
pub struct Keys {
    before: Termios,
}

impl Keys {
    /// Those of standard input; nothing where that is no terminal, or one that listens to somebody else.
    pub fn listen() -> Option<Self> {
        let input = io::stdin();
        let before = tcgetattr(&input).ok()?;
        // A process in the background that changes the terminal is stopped.
        if tcgetpgrp(&input).ok()? != rustix::process::getpgrp() {
            return None;
        }
        let mut quiet = before.clone();
        quiet
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO);
        quiet.special_codes[SpecialCodeIndex::VMIN] = 0;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&input, OptionalActions::Now, &quiet).ok()?;
        Some(Self { before })
    }

    /// What was typed; nothing if the terminal is gone.
    pub fn typed(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; 64];
        let count = rustix::io::read(io::stdin(), &mut bytes).ok()?;
        bytes.truncate(count);
        Some(bytes).filter(|bytes| !bytes.is_empty())
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
