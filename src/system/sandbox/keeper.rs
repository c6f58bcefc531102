//! The process between the supervisor and the script: it starts the script, waits for it and tells how it ended.
//!
//! In namespaces it is their first process, or bubblewrap's only child: when it is killed, everything inside is.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::BorrowedFd;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{WaitOptions, wait};
use serde::{Deserialize, Serialize};

use super::fork::{Side, fork, leave};
use super::inner;
use super::spec::Spec;
use super::standing::{Claim, Standing};
use crate::system::{process, rusage};

/// By which the copy that bubblewrap starts knows what it is.
pub const INNER_VERB: &str = "__confine-inner";

/// What is told to the process inside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) spec: Spec,
    pub(super) outside: Outside,
    /// Whether it has root's number outside.
    pub(super) is_root: bool,
}

/// Things of the supervisor's that must be out of reach.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Outside {
    /// A folder that anybody could write to, with a file and a socket in it.
    pub(super) folder: std::path::PathBuf,
    /// The name of an abstract socket.
    pub(super) abstract_name: String,
    /// The port of a listener on this machine.
    pub(super) tcp: u16,
    /// The port of a socket on this machine.
    pub(super) udp: u16,
    /// The supervisor.
    pub(super) pid: i32,
    /// Files and folders, each with the numbers of its device and itself: a namespace may have others at their paths.
    pub(super) secrets: Vec<(std::path::PathBuf, u64, u64)>,
}

/// What the process inside tells, a line each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// What was tried.
    Standings(Vec<Standing>),
    /// The script was not started, because these do not hold.
    Refused(Vec<Claim>),
    /// The script was not started, because something failed.
    Failed(String),
    /// The script's own process has ended.
    Ended {
        /// Its code, if it ended by itself.
        code: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// CPU time of what was reaped, in ms.
        cpu_ms: u64,
        /// The largest resident memory of any one process, in bytes.
        peak: u64,
    },
}

/// Tells the supervisor. If it is gone, everything here is about to be.
pub(super) fn tell(report: &mut File, word: &Word) {
    if let Ok(mut line) = serde_json::to_vec(word) {
        line.push(b'\n');
        let _ = report.write_all(&line);
    }
}

/// Runs the script and stays until it is killed.
pub(super) fn keep(order: &Order, mut report: File) -> ! {
    let script = match fork() {
        Ok(Side::Child) => {
            let failure = inner::become_script(order, &mut report);
            if let Some(message) = failure {
                tell(&mut report, &Word::Failed(message));
            }
            leave(126)
        }
        Ok(Side::Parent(pid)) => pid,
        Err(error) => {
            tell(
                &mut report,
                &Word::Failed(format!("failed to start a process: {error}")),
            );
            leave(126)
        }
    };
    // A copy of the supervisor's memory lies here: nobody inside may look into it.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid.as_raw_nonzero().get() == script => {
                if status.exited() || status.signaled() {
                    let used = rusage::children();
                    let word = Word::Ended {
                        code: status.exit_status(),
                        signal: status.terminating_signal(),
                        cpu_ms: u64::try_from(used.cpu.as_millis()).unwrap_or(u64::MAX),
                        peak: used.peak_resident,
                    };
                    tell(&mut report, &word);
                }
            }
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            // Nothing to wait for: the supervisor looks at what is left and ends it, this process included.
            Err(_) => process::pause(Duration::from_secs(3600)),
        }
    }
}

/// The process that bubblewrap starts: `__confine-inner ORDER REPORT`, two numbers of descriptors.
pub fn inner_main(args: &[OsString]) -> ExitCode {
    match opened(args) {
        Ok((order, report)) => keep(&order, report),
        // Nobody listens but whoever typed it.
        Err(_) => ExitCode::FAILURE,
    }
}

fn opened(args: &[OsString]) -> io::Result<(Order, File)> {
    let file = |at: usize| -> io::Result<File> {
        let number: i32 = args
            .get(at)
            .and_then(|arg| arg.to_str()?.parse().ok())
            .filter(|number| *number > 2)
            .ok_or(io::ErrorKind::InvalidInput)?;
        // SAFETY: nothing here has opened or closed anything yet, so that whatever has the number was handed on to this
        // process; it is only copied, and a number that nothing has is an error.
        #[allow(unsafe_code)]
        let handed_on = unsafe { BorrowedFd::borrow_raw(number) };
        Ok(File::from(handed_on.try_clone_to_owned()?))
    };
    let mut text = String::new();
    let mut order = file(0)?;
    order.rewind()?;
    order.read_to_string(&mut text)?;
    Ok((serde_json::from_str(&text)?, file(1)?))
}
