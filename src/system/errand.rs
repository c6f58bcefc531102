//! A program that is sent to do one thing: given something to read, listened to, and ended when it takes too long.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::pipes::{self, Drain, Feed};
use super::process::{KillSignal, signal_group};
use super::signals::Signals;

/// How much of each output is kept; the rest is read and dropped.
pub const KEPT: usize = 1 << 20;

/// How long a killed process may take to go. One that hangs in the kernel is left to it.
const LAST_BREATH: Duration = Duration::from_millis(40);

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Errand<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// Without the program's name.
    pub args: &'a [OsString],
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
    /// What it reads on standard input.
    pub stdin: &'a [u8],
    /// How long it may take.
    pub timeout: Duration,
    /// How long it may take to write the first byte to standard output, if it must.
    pub first_word: Option<Duration>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this code; `None` when a signal ended it.
    Exited(Option<i32>),
    /// It was ended: it had said nothing by then.
    Silent,
    /// It was ended: its time was over.
    TimedOut,
}

/// What it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it ended.
    pub end: End,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Runs the program in `/` and a process group of its own, to its end or to the end of its time; then the whole group is
/// killed. Requests to stop that `signals` catches are passed on to the group.
///
/// The end is the program's own: what it leaves behind may keep its outputs open.
pub fn run(errand: Errand<'_>, signals: &Signals) -> io::Result<Answer> {
    let start = Instant::now();
    let mut child = Command::new(errand.program)
        .args(errand.args)
        // Not the folder the errand is about: entering a folder may hang, and would hang this process with it.
        .current_dir("/")
        .env_clear()
        .envs(errand.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let listened = listen(&mut child, errand, signals, start);
    let answer = listened.map(|(status, stdout, stderr)| {
        let end = match status {
            Ok(status) => End::Exited(status.code()),
            Err(end) => {
                kill(&mut child);
                end
            }
        };
        Answer {
            end,
            stdout,
            stderr,
        }
    });
    if answer.is_err() {
        kill(&mut child);
    }
    answer
}

type Listened = (Result<ExitStatus, End>, Vec<u8>, Vec<u8>);

fn listen(
    child: &mut Child,
    errand: Errand<'_>,
    signals: &Signals,
    start: Instant,
) -> io::Result<Listened> {
    let mut stdin = Feed::new(child.stdin.take(), errand.stdin)?;
    let mut stdout = Drain::new(child.stdout.take())?;
    let mut stderr = Drain::new(child.stderr.take())?;
    let leader = i32::try_from(child.id()).unwrap_or_default();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut passed_on = signals.stop_count();
    loop {
        stdin.push();
        // Looked at before the pipes are read, so that nothing it wrote is missed.
        let ended = child.try_wait()?;
        stdout.take(&mut |bytes| keep(bytes, &mut out))?;
        stderr.take(&mut |bytes| keep(bytes, &mut err))?;
        if let Some(status) = ended {
            return Ok((Ok(status), out, err));
        }
        let stops = signals.stop_count();
        if stops > passed_on {
            passed_on = stops;
            signal_group(leader, KillSignal::Terminate);
        }
        let elapsed = start.elapsed();
        if elapsed >= errand.timeout {
            return Ok((Err(End::TimedOut), out, err));
        }
        let patience = errand.first_word.filter(|_| out.is_empty());
        if patience.is_some_and(|patience| elapsed >= patience) {
            return Ok((Err(End::Silent), out, err));
        }
        let until = patience.map_or(errand.timeout, |patience| patience.min(errand.timeout));
        // A signal may be the end of a child.
        pipes::wait(
            until.saturating_sub(elapsed),
            stdin.fd(),
            [Some(signals.fd()), stdout.fd(), stderr.fd()],
        )?;
        signals.drain();
    }
}

fn keep(bytes: &[u8], into: &mut Vec<u8>) {
    let room = KEPT.saturating_sub(into.len()).min(bytes.len());
    into.extend_from_slice(bytes.get(..room).unwrap_or_default());
}

/// Ends the program and its group, and collects it if it goes.
fn kill(child: &mut Child) {
    if let Ok(leader) = i32::try_from(child.id()) {
        signal_group(leader, KillSignal::Kill);
    }
    let start = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < LAST_BREATH {
        super::process::pause(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn shell(script: &str, stdin: &[u8], timeout: u64, first_word: Option<u64>) -> Answer {
        let args = ["-c".into(), script.into()];
        let path = std::env::var_os("PATH").unwrap();
        let errand = Errand {
            program: Path::new("/bin/sh"),
            args: &args,
            env: &[("PATH".into(), path)],
            stdin,
            timeout: Duration::from_millis(timeout),
            first_word: first_word.map(Duration::from_millis),
        };
        run(errand, &Signals::stops_and_children().unwrap()).unwrap()
    }

    #[test]
    fn what_it_says_and_how_it_ends_is_told() {
        let answer = shell("cat; echo bad >&2; exit 3", b"good", 60_000, None);
        assert_eq!(answer.end, End::Exited(Some(3)));
        assert_eq!(
            (answer.stdout, answer.stderr),
            (b"good".to_vec(), b"bad\n".to_vec())
        );
        assert_eq!(
            shell("kill -9 $$", b"", 60_000, None).end,
            End::Exited(None)
        );
    }

    #[test]
    fn much_in_and_out_does_not_lock_up_and_is_cut() {
        let answer = shell("cat", &b"x".repeat(4 << 20), 60_000, None);
        assert_eq!(answer.end, End::Exited(Some(0)));
        assert_eq!(answer.stdout.len(), KEPT);
    }

    #[test]
    fn an_end_is_an_end_though_somebody_else_holds_the_outputs() {
        let begun = Instant::now();
        let answer = shell("sleep 50 & echo done", b"", 60_000, None);
        assert_eq!(answer.end, End::Exited(Some(0)));
        assert_eq!(answer.stdout, b"done\n");
        assert!(begun.elapsed() < Duration::from_secs(25));
    }

    #[test]
    fn what_takes_too_long_or_stays_silent_is_ended_with_its_group() {
        let answer = shell("echo $$; sleep 50 & sleep 50", b"", 200, Some(100));
        assert_eq!(answer.end, End::TimedOut);
        let said = String::from_utf8(answer.stdout).unwrap();
        let group = rustix::process::Pid::from_raw(said.trim().parse().unwrap()).unwrap();
        let begun = Instant::now();
        // Whoever adopted the killed grandchild may take a moment to collect it.
        while rustix::process::test_kill_process_group(group).is_ok() {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "somebody survived"
            );
            std::thread::yield_now();
        }
        assert_eq!(shell("sleep 50", b"", 60_000, Some(100)).end, End::Silent);
    }
}
