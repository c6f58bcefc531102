//! A program that is given something to read and listened to while it speaks, for as long as it has something to say.

use std::ffi::OsString;
use std::io;
use std::ops::ControlFlow;
use std::os::fd::BorrowedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions};

use super::pipes::{self, Drain, Feed};
use super::process::{KillSignal, signal_group};
use super::process_tree::{self, ProcessStat};

/// Between two looks at the clock and at whoever may want it to stop.
const LOOK: Duration = Duration::from_millis(50);
/// How long one that was asked to end may take.
const GRACE: Duration = Duration::from_secs(5);
/// How long one may go on after it has said what it was asked for.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long a killed process may take to go. One that hangs in the kernel is left to it.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// With whom, and about what.
#[derive(Clone, Copy, Debug)]
pub struct Conversation<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// Without the program's name.
    pub args: &'a [OsString],
    /// The working directory.
    pub cwd: &'a Path,
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
    /// What it reads on standard input, which is closed behind it.
    pub stdin: &'a [u8],
    /// How long it may take.
    pub timeout: Duration,
}

/// Whoever listens.
pub trait Listener {
    /// It wrote this to standard output. After a break nothing more is listened to, and it is ended.
    fn heard(&mut self, bytes: &[u8]) -> ControlFlow<()>;
    /// It wrote this to standard error.
    fn complained(&mut self, bytes: &[u8]);
    /// Whether it has said all that it was asked for; then it has little time left to go.
    fn is_content(&self) -> bool {
        false
    }
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By itself, with this code.
    Exited(i32),
    /// A signal ended it that was not ours.
    Signalled(i32),
    /// It was ended: its time was over.
    TimedOut,
    /// It was ended because somebody wanted that.
    Stopped,
    /// It was ended: the listener had heard enough.
    CutOff,
    /// It was ended: it had said what it was asked for, and stayed.
    Lingered,
}

/// Runs a program in a process group of its own, to its end or until it must end: then the group is asked to, and killed
/// five seconds later. When this returns, nobody of the group is left; of one that was ended, neither is anybody whose parents
/// led to it (on Linux).
///
/// `stop` is asked every 50 ms. An error is one of starting it or of the pipes; then, too, nothing is left.
pub fn hold(
    what: Conversation<'_>,
    listener: &mut dyn Listener,
    stop: &dyn Fn() -> bool,
) -> io::Result<Ended> {
    let start = Instant::now();
    let child = Command::new(what.program)
        .args(what.args)
        .current_dir(what.cwd)
        .env_clear()
        .envs(what.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let mut group = Group {
        leader: i32::try_from(child.id()).unwrap_or_default(),
        child,
        below: Vec::new(),
    };
    let mut stdin = Feed::new(group.child.stdin.take(), what.stdin)?;
    let mut stdout = Drain::new(group.child.stdout.take())?;
    let mut stderr = Drain::new(group.child.stderr.take())?;
    let mut flow = ControlFlow::Continue(());
    let mut content_since = None;
    let mut leaving: Option<Leaving> = None;
    loop {
        stdin.push();
        // Looked at before the pipes are read, so that nothing it wrote is missed.
        let has_ended = group.has_ended()?;
        stdout.take(&mut |bytes| {
            if flow.is_continue() {
                flow = listener.heard(bytes);
            }
        })?;
        stderr.take(&mut |bytes| listener.complained(bytes))?;
        if has_ended {
            let status = group.collect()?;
            let own = status.and_then(|status| {
                let signalled = || status.signal().map(Ended::Signalled);
                status.code().map(Ended::Exited).or_else(signalled)
            });
            let why = leaving.map(|leaving| leaving.why);
            return Ok(why.or(own).unwrap_or(Ended::Signalled(0)));
        }
        if content_since.is_none() && listener.is_content() {
            content_since = Some(Instant::now());
        }
        match &mut leaving {
            None => {
                let lingers = content_since.is_some_and(|since| since.elapsed() >= FAREWELL);
                let why = if flow.is_break() {
                    Ended::CutOff
                } else if stop() {
                    Ended::Stopped
                } else if start.elapsed() >= what.timeout {
                    Ended::TimedOut
                } else if lingers {
                    Ended::Lingered
                } else {
                    let pipes = [stdout.fd(), stderr.fd(), None];
                    pipes::wait(patience(&pipes), stdin.fd(), pipes)?;
                    continue;
                };
                group.ask_to_end();
                leaving = Some(Leaving {
                    why,
                    since: Instant::now(),
                    is_killed: false,
                });
            }
            Some(leaving) if !leaving.is_killed => {
                if leaving.since.elapsed() >= GRACE {
                    group.kill();
                    leaving.is_killed = true;
                }
            }
            Some(leaving) if leaving.since.elapsed() >= GRACE + LAST_BREATH => {
                return Ok(leaving.why);
            }
            Some(_) => {}
        }
        let pipes = [stdout.fd(), stderr.fd(), None];
        pipes::wait(patience(&pipes), stdin.fd(), pipes)?;
    }
}

/// How long a wait may take: the end of a program that closed its outputs is told by nothing.
fn patience(pipes: &[Option<BorrowedFd<'_>>]) -> Duration {
    if pipes.iter().all(Option::is_none) {
        LOOK / 10
    } else {
        LOOK
    }
}

/// It was asked to end.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    why: Ended,
    since: Instant,
    is_killed: bool,
}

/// A child with everybody in its process group. Whatever happens, nobody of them is left.
struct Group {
    leader: i32,
    child: Child,
    /// Who was below it when it was asked to end: some may have left the group.
    below: Vec<ProcessStat>,
}

impl Group {
    /// Whether the leader has ended. It is not collected: until then nobody else gets its number, which is the group's.
    fn has_ended(&self) -> io::Result<bool> {
        let Some(pid) = Pid::from_raw(self.leader) else {
            return Ok(false);
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match rustix::process::waitid(WaitId::Pid(pid), options) {
            Ok(status) => Ok(status.is_some()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    fn ask_to_end(&mut self) {
        self.below = process_tree::descendants(self.leader);
        signal_group(self.leader, KillSignal::Terminate);
    }

    fn kill(&self) {
        process_tree::signal_below(self.leader, self.leader, KillSignal::Kill);
        for process in &self.below {
            process_tree::signal(process, KillSignal::Kill);
        }
        signal_group(self.leader, KillSignal::Kill);
    }

    /// Ends the others, and collects the leader if it has ended.
    fn collect(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        self.kill();
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.leader = 0;
        }
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.leader == 0 {
            return;
        }
        self.kill();
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && start.elapsed() < LAST_BREATH {
            super::process::pause(Duration::from_millis(1));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::cell::Cell;

    use super::*;

    #[derive(Default)]
    struct Ear {
        out: Vec<u8>,
        err: Vec<u8>,
        enough: Option<usize>,
        content: Option<&'static [u8]>,
    }

    impl Listener for Ear {
        fn heard(&mut self, bytes: &[u8]) -> ControlFlow<()> {
            self.out.extend_from_slice(bytes);
            if self.enough.is_some_and(|enough| self.out.len() > enough) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        }
        fn complained(&mut self, bytes: &[u8]) {
            self.err.extend_from_slice(bytes);
        }
        fn is_content(&self) -> bool {
            self.content.is_some_and(|said| self.out.starts_with(said))
        }
    }

    fn shell(
        script: &str,
        stdin: &[u8],
        timeout: u64,
        ear: &mut Ear,
        stop: &dyn Fn() -> bool,
    ) -> Ended {
        let args = ["-c".into(), script.into()];
        let what = Conversation {
            program: Path::new("/bin/sh"),
            args: &args,
            cwd: Path::new("/"),
            env: &[("PATH".into(), "/usr/bin:/bin".into())],
            stdin,
            timeout: Duration::from_millis(timeout),
        };
        hold(what, ear, stop).unwrap()
    }

    const LONG: u64 = 60_000;

    fn never() -> bool {
        false
    }

    /// Whether this process is there and not only waits to be collected.
    fn lives(pid: &str) -> bool {
        process_tree::stat(pid.trim().parse().unwrap()).is_some_and(|found| !found.zombie)
    }

    fn wait_until_gone(pid: &str) {
        let begun = Instant::now();
        while lives(pid) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{pid} survived");
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_it_says_and_how_it_ends_is_told() {
        let mut ear = Ear::default();
        let ended = shell("cat; echo bad >&2; exit 3", b"good", LONG, &mut ear, &never);
        assert_eq!(ended, Ended::Exited(3));
        assert_eq!((&*ear.out, &*ear.err), (&b"good"[..], &b"bad\n"[..]));
        let ended = shell("kill -9 $$", b"", LONG, &mut Ear::default(), &never);
        assert_eq!(ended, Ended::Signalled(9));
    }

    #[test]
    fn neither_a_full_pipe_nor_one_that_nobody_reads_locks_up() {
        let megabytes = b"x".repeat(4 << 20);
        let mut ear = Ear::default();
        let script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; wc -c";
        let ended = shell(script, &megabytes, LONG, &mut ear, &never);
        assert_eq!(ended, Ended::Exited(0));
        assert!(ear.out.ends_with(b"4194304\n"));
        assert_eq!(ear.err.len(), 3_000_000);
        // One that never reads: writing to it fails when it is gone, and that says nothing.
        let mut ear = Ear::default();
        let ended = shell("echo done", &megabytes, LONG, &mut ear, &never);
        assert_eq!((ended, &*ear.out), (Ended::Exited(0), &b"done\n"[..]));
    }

    #[test]
    fn whoever_holds_the_outputs_neither_delays_the_end_nor_survives_it() {
        let begun = Instant::now();
        let mut ear = Ear::default();
        let ended = shell("sleep 50 & echo $!", b"", LONG, &mut ear, &never);
        assert_eq!(ended, Ended::Exited(0));
        assert!(begun.elapsed() < Duration::from_secs(25));
        wait_until_gone(&String::from_utf8(ear.out).unwrap());
    }

    #[test]
    fn it_is_ended_with_all_below_it_when_its_time_is_over() {
        let mut ear = Ear::default();
        // The second leaves the group.
        let script = "sleep 50 & echo $!; setsid sleep 50 & echo $!; wait";
        let ended = shell(script, b"", 500, &mut ear, &never);
        assert_eq!(ended, Ended::TimedOut);
        let said = String::from_utf8(ear.out).unwrap();
        assert_eq!(said.lines().count(), 2);
        said.lines().for_each(wait_until_gone);
    }

    #[test]
    fn what_does_not_end_when_asked_is_killed() {
        let mut ear = Ear::default();
        let begun = Instant::now();
        let script = "trap 'echo asked' TERM; echo $$; while :; do sleep 1; done";
        let ended = shell(script, b"", 100, &mut ear, &never);
        assert_eq!(ended, Ended::TimedOut);
        assert!(begun.elapsed() >= GRACE);
        assert!(begun.elapsed() < GRACE + Duration::from_secs(20));
        let said = String::from_utf8(ear.out).unwrap();
        assert!(said.ends_with("asked\n"), "{said}");
        wait_until_gone(said.lines().next().unwrap());
    }

    #[test]
    fn it_is_ended_when_somebody_wants_that_or_has_heard_enough() {
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() > 2
        };
        let begun = Instant::now();
        let ended = shell("sleep 50", b"", LONG, &mut Ear::default(), &stop);
        assert_eq!(ended, Ended::Stopped);
        let mut ear = Ear {
            enough: Some(100_000),
            ..Ear::default()
        };
        let ended = shell("cat /dev/zero", b"", LONG, &mut ear, &never);
        assert_eq!(ended, Ended::CutOff);
        // The last piece, and nothing after it.
        assert!(ear.out.len() <= 100_000 + 16 * 1024);
        assert!(begun.elapsed() < Duration::from_secs(25));
    }

    #[test]
    fn one_that_stays_after_its_answer_is_shown_out() {
        let mut ear = Ear {
            content: Some(b"answer"),
            ..Ear::default()
        };
        let begun = Instant::now();
        let ended = shell("echo answer; sleep 50", b"", LONG, &mut ear, &never);
        assert_eq!(ended, Ended::Lingered);
        assert!(begun.elapsed() >= FAREWELL);
    }

    #[test]
    fn a_program_that_is_none_is_an_error() {
        let what = Conversation {
            program: Path::new("/etc/passwd"),
            args: &[],
            cwd: Path::new("/"),
            env: &[],
            stdin: b"",
            timeout: Duration::from_secs(5),
        };
        assert!(hold(what, &mut Ear::default(), &never).is_err());
    }
}
