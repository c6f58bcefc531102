//! Signals as something to poll for: handlers that write a byte to a pipe of our own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::low_level;

/// The signals of this process that a loop reacts to, as a readable descriptor and counters.
///
/// A handler, unlike `SIG_IGN` or a blocked mask, is not inherited by what the process starts: `exec` resets it. That
/// is why this is not a signalfd.
#[derive(Debug)]
pub struct Signals {
    reader: OwnedFd,
    stops: Arc<AtomicUsize>,
    pauses: Arc<AtomicUsize>,
}

impl Signals {
    /// Catches the requests to stop: SIGTERM, SIGINT and SIGHUP.
    pub fn stops() -> io::Result<Self> {
        Self::catch(&[SIGTERM, SIGINT, SIGHUP])
    }

    /// Catches the requests to stop, and the end of children.
    pub fn stops_and_children() -> io::Result<Self> {
        Self::catch(&[SIGTERM, SIGINT, SIGHUP, SIGCHLD])
    }

    /// Catches what matters to whoever draws on a terminal: the requests to stop, Ctrl-Z, and another size.
    pub fn of_terminal() -> io::Result<Self> {
        Self::catch(&[SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGWINCH])
    }

    fn catch(signals: &[i32]) -> io::Result<Self> {
        use rustix::pipe::PipeFlags;
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let writer = Arc::new(writer);
        let stops = Arc::new(AtomicUsize::new(0));
        let pauses = Arc::new(AtomicUsize::new(0));
        for &signal in signals {
            let writer = Arc::clone(&writer);
            let counter = match signal {
                SIGCHLD | SIGWINCH => None,
                SIGTSTP => Some(Arc::clone(&pauses)),
                _ => Some(Arc::clone(&stops)),
            };
            let action = move || {
                if let Some(counter) = &counter {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
                // A full pipe is readable already: the lost byte would have said nothing new.
                let _ = rustix::io::write(&*writer, b"!");
            };
            // SAFETY: the action is an atomic addition and a write(2), both async-signal-safe; it neither allocates
            // nor locks nor panics, and it saves no errno because rustix returns errors by value.
            #[allow(unsafe_code)]
            unsafe {
                low_level::register(signal, action)?;
            }
        }
        Ok(Self {
            reader,
            stops,
            pauses,
        })
    }

    /// What to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }

    /// Empties the pipe, so that the next poll waits for the next signal.
    pub fn drain(&self) {
        let mut bytes = [0_u8; 64];
        while matches!(rustix::io::read(&self.reader, &mut bytes), Ok(n) if n == bytes.len()) {}
    }

    /// How many requests to stop have arrived.
    pub fn stop_count(&self) -> usize {
        self.stops.load(Ordering::Relaxed)
    }

    /// Stops the process if Ctrl-Z was typed since this was asked last; returns whether it did, once it goes on.
    pub fn pause_if_asked(&self) -> bool {
        self.pauses.swap(0, Ordering::Relaxed) > 0
            && low_level::emulate_default_handler(SIGTSTP).is_ok()
    }

    /// Whether Ctrl-Z was typed.
    pub fn is_asked_to_pause(&self) -> bool {
        self.pauses.load(Ordering::Relaxed) > 0
    }
}
