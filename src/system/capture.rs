//! A program whose output is kept in a file and read afterwards: as much as its limit allows, and no longer than it may.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::process::KillSignal;
use super::process_tree;

/// Between two looks at how much was written.
const LOOK: Duration = Duration::from_millis(100);
/// How long a program that was asked to end may take.
const GRACE: Duration = Duration::from_secs(2);

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub struct Capture<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// Without the program's name.
    pub args: &'a [OsString],
    /// The working directory.
    pub cwd: &'a Path,
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
    /// The files that its outputs are appended to.
    pub stdout: &'a File,
    /// Standard error; may be the same file.
    pub stderr: &'a File,
    /// How long it may run.
    pub timeout: Duration,
    /// How large either file may become, in bytes.
    pub limit: u64,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It was ended: its time was over.
    TimedOut,
    /// It was ended: it had written too much.
    TooMuch,
}

/// Runs a program to its end, or ends it with everything below it. What has no parent left is the supervisor's.
///
/// `look` is called now and then while it runs, for whoever wants to see what it has written so far.
pub fn run(what: Capture<'_>, look: &mut dyn FnMut()) -> io::Result<Ended> {
    let start = Instant::now();
    let handle = duct::cmd(what.program.to_path_buf(), what.args)
        .dir(what.cwd)
        .full_env(what.env.iter().cloned())
        .stdin_null()
        .stdout_file(OwnedFd::from(what.stdout.try_clone()?))
        .stderr_file(OwnedFd::from(what.stderr.try_clone()?))
        .unchecked()
        .start()?;
    let mut pause = Duration::from_millis(2);
    loop {
        let left = what.timeout.saturating_sub(start.elapsed());
        if let Some(output) = handle.wait_timeout(pause.min(left))? {
            let status = output.status;
            let signalled = || Ended::Signalled(status.signal().unwrap_or_default());
            return Ok(status.code().map_or_else(signalled, Ended::Exited));
        }
        pause = (pause * 2).min(LOOK);
        look();
        let too_much = size(what.stdout) > what.limit || size(what.stderr) > what.limit;
        let ended = if too_much {
            Ended::TooMuch
        } else if start.elapsed() >= what.timeout {
            Ended::TimedOut
        } else {
            continue;
        };
        end(&handle)?;
        return Ok(ended);
    }
}

fn size(file: &File) -> u64 {
    file.metadata().map_or(0, |found| found.len())
}

/// Ends a program and what it started: politely, then not.
fn end(handle: &duct::Handle) -> io::Result<()> {
    let leaders: Vec<i32> = handle
        .pids()
        .into_iter()
        .filter_map(|pid| i32::try_from(pid).ok())
        .collect();
    let signal = |signal| {
        for leader in &leaders {
            process_tree::signal_below(*leader, *leader, signal);
        }
    };
    signal(KillSignal::Terminate);
    if handle.wait_timeout(GRACE)?.is_none() {
        signal(KillSignal::Kill);
        handle.kill()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Read as _, Seek as _};

    use super::*;

    fn shell(script: &str, timeout: Duration, limit: u64) -> (Ended, String) {
        let mut file = tempfile::tempfile().unwrap();
        let args = ["-c".into(), script.into()];
        let ended = run(
            Capture {
                program: Path::new("/bin/sh"),
                args: &args,
                cwd: Path::new("/"),
                env: &[("PATH".into(), "/usr/bin:/bin".into())],
                stdout: &file,
                stderr: &file,
                timeout,
                limit,
            },
            &mut || (),
        )
        .unwrap();
        let mut text = String::new();
        file.rewind().unwrap();
        file.by_ref().take(100).read_to_string(&mut text).unwrap();
        (ended, text)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_it_says_is_kept_with_its_code() {
        let (ended, text) = shell("echo out; echo err >&2; exit 3", LONG, 1000);
        assert_eq!(ended, Ended::Exited(3));
        assert_eq!(text, "out\nerr\n");
        assert_eq!(shell("kill -9 $$", LONG, 1000).0, Ended::Signalled(9));
    }

    #[test]
    fn time_and_size_are_bounded() {
        let start = Instant::now();
        let (ended, _) = shell("sleep 60", Duration::from_millis(50), 1000);
        assert_eq!(ended, Ended::TimedOut);
        let (ended, _) = shell("while :; do echo yyyyyyyyyyyyyyyyyyyy; done", LONG, 100_000);
        assert_eq!(ended, Ended::TooMuch);
        assert!(start.elapsed() < LONG);
    }
}
