//! A program that is handed a document on standard input and takes it or not; its last words say why not.

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, WaitId, WaitIdOptions};

use super::poll::set_nonblocking;
use super::process::{KillSignal, signal_group};
use super::process_tree;

/// How much of the end of standard error is kept, in bytes.
const KEPT: usize = 4096;

/// Between two looks at a process that no descriptor tells about.
const LOOK: Duration = Duration::from_millis(20);

/// How long a killed process may take to go. One that hangs in the kernel is left to it.
const LAST_BREATH: Duration = Duration::from_millis(200);

/// What is handed to whom.
#[derive(Clone, Copy, Debug)]
pub struct Handover<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// Without the program's name.
    pub args: &'a [OsString],
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
    /// What it reads on standard input; it need not.
    pub document: &'a [u8],
    /// How long it may take before it is asked to end.
    pub timeout: Duration,
    /// How long it may take to end when it was asked; then it is killed.
    pub grace: Duration,
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
}

/// What it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// The end of what it wrote to standard error.
    pub last_words: Vec<u8>,
}

/// Runs the program in `/` and a process group of its own; standard output goes nowhere.
///
/// In `/`, as entering another folder may hang, and would hang this process with it. Its end is its own: what it leaves
/// behind may run on and keep standard error open. Only when its time is over is everything below it ended, what left
/// its group included.
pub fn run(what: Handover<'_>) -> io::Result<Outcome> {
    let start = Instant::now();
    let mut child = Command::new(what.program)
        .args(what.args)
        .current_dir("/")
        .env_clear()
        .envs(what.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let outcome = attend(&mut child, what, start);
    if outcome.is_err() {
        end_now(&mut child, &[]);
    }
    outcome
}

fn attend(child: &mut Child, what: Handover<'_>, start: Instant) -> io::Result<Outcome> {
    let mut talk = Talk::with(child, what.document)?;
    let leader = i32::try_from(child.id()).map_err(io::Error::other)?;
    let watch = watch(leader);
    while start.elapsed() < what.timeout {
        // Looked at before standard error is read, so that nothing it wrote is missed.
        let ended = child.try_wait()?;
        talk.go_on();
        if let Some(status) = ended {
            return Ok(Outcome {
                ended: how(status),
                last_words: talk.last_words,
            });
        }
        talk.wait(watch.as_ref(), what.timeout.saturating_sub(start.elapsed()))?;
    }
    // Seen before it is asked to end: what loses its parent by that is not found any more.
    let below = process_tree::descendants(leader);
    signal_group(leader, KillSignal::Terminate);
    for process in &below {
        process_tree::signal(process, KillSignal::Terminate);
    }
    let asked = Instant::now();
    // It is not collected here: as long as it is not, nobody else can be given the number of its group.
    while !is_over(leader) && asked.elapsed() < what.grace {
        talk.go_on();
        let left = what.grace.saturating_sub(asked.elapsed());
        talk.wait(watch.as_ref(), left)?;
    }
    talk.go_on();
    end_now(child, &below);
    Ok(Outcome {
        ended: Ended::TimedOut,
        last_words: talk.last_words,
    })
}

fn how(status: ExitStatus) -> Ended {
    let signalled = || Ended::Signalled(status.signal().unwrap_or_default());
    status.code().map_or_else(signalled, Ended::Exited)
}

/// Whether a child has ended, without collecting it.
fn is_over(pid: i32) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Pid::from_raw(pid)
        .is_none_or(|pid| !matches!(rustix::process::waitid(WaitId::Pid(pid), options), Ok(None)))
}

/// Something that becomes readable when the process ends, where there is such a thing.
fn watch(leader: i32) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    {
        let pid = Pid::from_raw(leader)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = leader;
        None
    }
}

/// Ends the program, its group, what was seen `below` it and what has come there since, and collects it if it goes.
fn end_now(child: &mut Child, below: &[process_tree::ProcessStat]) {
    if let Ok(leader) = i32::try_from(child.id()) {
        let since = process_tree::descendants(leader);
        signal_group(leader, KillSignal::Kill);
        for process in below.iter().chain(&since) {
            process_tree::signal(process, KillSignal::Kill);
        }
    }
    let start = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < LAST_BREATH {
        super::process::pause(Duration::from_millis(1));
    }
}

/// What goes to the program and what comes back.
struct Talk<'a> {
    stdin: Option<ChildStdin>,
    rest: &'a [u8],
    stderr: Option<ChildStderr>,
    last_words: Vec<u8>,
}

impl<'a> Talk<'a> {
    fn with(child: &mut Child, document: &'a [u8]) -> io::Result<Self> {
        let talk = Self {
            stdin: child.stdin.take(),
            rest: document,
            stderr: child.stderr.take(),
            last_words: Vec::new(),
        };
        for fd in [
            talk.stdin.as_ref().map(AsFd::as_fd),
            talk.stderr.as_ref().map(AsFd::as_fd),
        ]
        .into_iter()
        .flatten()
        {
            set_nonblocking(fd)?;
        }
        Ok(talk)
    }

    /// Writes and reads as much as can be at once.
    fn go_on(&mut self) {
        self.write();
        self.read();
    }

    fn write(&mut self) {
        let Some(pipe) = &mut self.stdin else { return };
        while !self.rest.is_empty() {
            match pipe.write(self.rest) {
                Ok(count @ 1..) => self.rest = self.rest.get(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // It reads no more: its exit code tells whether that is an error.
                Ok(_) | Err(_) => break,
            }
        }
        self.stdin = None;
    }

    fn read(&mut self) {
        let Some(pipe) = &mut self.stderr else { return };
        let mut buffer = [0; 16 * 1024];
        // Bounded: one that writes without end must not keep the clock from being looked at.
        for _ in 0..64 {
            match pipe.read(&mut buffer) {
                Ok(count @ 1..) => {
                    self.last_words
                        .extend_from_slice(buffer.get(..count).unwrap_or_default());
                    let excess = self.last_words.len().saturating_sub(KEPT);
                    self.last_words.drain(..excess);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Ok(_) | Err(_) => {
                    self.stderr = None;
                    return;
                }
            }
        }
    }

    /// Waits for the program's end or for a pipe.
    fn wait(&self, watch: Option<&OwnedFd>, most: Duration) -> io::Result<()> {
        let wanted = [
            (watch.map(AsFd::as_fd), PollFlags::IN),
            (self.stdin.as_ref().map(AsFd::as_fd), PollFlags::OUT),
            (self.stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
        ];
        let mut fds: Vec<PollFd<'_>> = wanted
            .into_iter()
            .filter_map(|(fd, flags)| Some(PollFd::from_borrowed_fd(fd?, flags)))
            .collect();
        let most = if watch.is_some() {
            most
        } else {
            most.min(LOOK)
        };
        let timeout = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: most.subsec_nanos().into(),
        };
        match rustix::event::poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_millis(200);

    fn shell(script: &str, document: &[u8], timeout: Duration, grace: Duration) -> Outcome {
        let args = ["-c".into(), script.into()];
        run(Handover {
            program: Path::new("/bin/sh"),
            args: &args,
            env: &[("PATH".into(), "/usr/bin:/bin".into())],
            document,
            timeout,
            grace,
        })
        .unwrap()
    }

    fn words(outcome: &Outcome) -> String {
        String::from_utf8_lossy(&outcome.last_words).into_owned()
    }

    /// Waits until no process has this number any more.
    fn gone(pid: &str) {
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        let begun = Instant::now();
        while rustix::process::test_kill_process(pid).is_ok() {
            assert!(begun.elapsed() < LONG, "{pid:?} survived");
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_document_arrives_and_the_end_is_told() {
        let outcome = shell("cat >&2; pwd >&2; echo lost; exit 3", b"a\0b\n", LONG, LONG);
        assert_eq!(outcome.ended, Ended::Exited(3));
        assert_eq!(words(&outcome), "a\0b\n/\n");
        let outcome = shell("kill -9 $$", b"", LONG, LONG);
        assert_eq!(outcome.ended, Ended::Signalled(9));
    }

    #[test]
    fn one_that_does_not_read_is_no_error() {
        let much = vec![b'x'; 4 << 20];
        for script in [
            "exit 0",
            "exec <&-; exit 0",
            "head -c 10 >/dev/null; exit 0",
        ] {
            assert_eq!(shell(script, &much, LONG, LONG).ended, Ended::Exited(0));
        }
        let all = shell("wc -c >&2", &much, LONG, LONG);
        assert_eq!(words(&all).trim(), (4 << 20).to_string());
    }

    #[test]
    fn the_last_of_many_words_are_kept() {
        let outcome = shell("yes | head -c 3000000 >&2; echo end >&2", b"", LONG, LONG);
        assert_eq!(outcome.last_words.len(), KEPT);
        assert!(words(&outcome).ends_with("y\nend\n"));
    }

    #[test]
    fn what_it_leaves_behind_does_not_hold_us() {
        let begun = Instant::now();
        let outcome = shell("sleep 50 & setsid sleep 50 & echo $! >&2", b"", LONG, LONG);
        assert_eq!(outcome.ended, Ended::Exited(0));
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn it_is_asked_to_end_and_may_say_a_last_word() {
        let script = "trap 'echo bye >&2; exit 0' TERM; echo up >&2; while :; do sleep 0.01; done";
        let outcome = shell(script, b"", Duration::from_secs(2), LONG);
        assert_eq!(outcome.ended, Ended::TimedOut);
        assert!(words(&outcome).ends_with("bye\n"), "{}", words(&outcome));
    }

    #[test]
    fn one_that_does_not_hear_is_killed_with_all_below_it() {
        let begun = Instant::now();
        // One in the group, one in a session of its own, both deaf.
        let script = "trap '' TERM; sleep 50 & echo $! >&2; setsid sh -c 'echo $$ >&2; exec sleep 50' & \
                      while :; do sleep 0.1; done";
        let outcome = shell(script, b"", Duration::from_secs(2), SHORT);
        assert_eq!(outcome.ended, Ended::TimedOut);
        let said = words(&outcome);
        assert_eq!(said.lines().count(), 2, "{said}");
        said.lines().for_each(gone);
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn a_program_that_is_none_is_an_error() {
        let none = run(Handover {
            program: Path::new("/no/such/program"),
            args: &[],
            env: &[],
            document: b"",
            timeout: LONG,
            grace: LONG,
        });
        assert_eq!(none.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
