//! Running git itself: one absolute program, an environment without surprises, a deadline, and bytes back.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::env;

/// What a small question to git may take.
pub const SMALL: Duration = Duration::from_secs(10);

/// Why git could not be asked, or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum GitCommandError {
    /// There is no git.
    #[error("find git in PATH")]
    NotInstalled,
    /// It could not be started, or talked to.
    #[error("run {command}: {source}")]
    Io {
        /// What was run.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It took too long and was killed.
    #[error("run {command}: no answer within {} s", timeout.as_secs())]
    TimedOut {
        /// What was run.
        command: String,
        /// How long it was given.
        timeout: Duration,
    },
    /// It said no.
    #[error("run {command}: {message}")]
    Failed {
        /// What was run.
        command: String,
        /// Its exit code; `None` when a signal ended it.
        code: Option<i32>,
        /// What it said on standard error.
        message: String,
    },
}

/// How git ended, and everything it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitOutput {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// The git program, as an absolute path: a bare name would make the standard library fork instead of spawn.
///
/// Looked up in `PATH` once per process.
pub fn git_program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM
        .get_or_init(|| {
            env::folders("PATH")
                .into_iter()
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join("git"))
                .find(|candidate| {
                    candidate.metadata().is_ok_and(|found| {
                        found.is_file() && found.permissions().mode() & 0o111 != 0
                    })
                })
        })
        .as_deref()
}

/// One invocation of git.
///
/// The child sees none of this process's `GIT_*` variables but transport and configuration settings; it takes no
/// optional locks, fetches no object that a partial clone lacks, ignores replacement refs (libgit2 does too), starts no
/// file system monitor (that would be a daemon), speaks English, and reads nothing but what [`GitCommand::stdin`] gives.
#[derive(Clone, Debug)]
pub struct GitCommand {
    args: Vec<OsString>,
    folder: PathBuf,
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
    timeout: Duration,
}

impl GitCommand {
    /// In a known repository: git discovers nothing.
    ///
    /// An explicit `GIT_DIR` also switches git's ownership check off; whoever names one has decided about that.
    pub fn in_repository(git_dir: &Path, worktree: Option<&Path>) -> Self {
        let mut command = Self::in_folder(worktree.unwrap_or(git_dir));
        command.env.push(("GIT_DIR".into(), git_dir.into()));
        if let Some(worktree) = worktree {
            command.env.push(("GIT_WORK_TREE".into(), worktree.into()));
        }
        command
    }

    /// In a folder, from which git finds its repository itself.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            args: vec!["-c".into(), "core.fsmonitor=false".into()],
            folder: folder.to_path_buf(),
            env: Vec::new(),
            stdin: Vec::new(),
            timeout: SMALL,
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_os_string());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_os_string()));
        self
    }

    /// Sets a variable for git, such as `GIT_INDEX_FILE`.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_os_string(), value.as_ref().to_os_string()));
        self
    }

    /// What git reads on standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// How long git may take; [`SMALL`] unless said otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs git to its end and returns what it wrote; anything but exit code 0 is an error.
    pub fn run(self) -> Result<Vec<u8>, GitCommandError> {
        let command = self.display();
        let output = self.output()?;
        if output.code == Some(0) {
            return Ok(output.stdout);
        }
        Err(GitCommandError::Failed {
            command,
            code: output.code,
            message: first_message(&output.stderr),
        })
    }

    /// Runs git to its end, whatever its exit code.
    pub fn output(self) -> Result<GitOutput, GitCommandError> {
        let mut stdout = Vec::new();
        let (ended, stderr) = self.talk(&mut |bytes| {
            stdout.extend_from_slice(bytes);
            ControlFlow::Continue(())
        })?;
        Ok(GitOutput {
            code: ended.and_then(|status| status.code()),
            stdout,
            stderr,
        })
    }

    /// Runs git and hands over its output piece by piece, as it comes; anything but exit code 0 is an error.
    ///
    /// Pieces end anywhere. When `each` breaks off, git is ended: that is no error. What was handed over before an error
    /// is not all there is.
    pub fn stream(
        self,
        mut each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, GitCommandError> {
        let (ended, stderr) = self.talk(&mut each)?;
        match ended {
            None => Ok(ControlFlow::Break(())),
            Some(status) if status.success() => Ok(ControlFlow::Continue(())),
            Some(status) => Err(GitCommandError::Failed {
                command: self.display(),
                code: status.code(),
                message: first_message(&stderr),
            }),
        }
    }

    /// How git ended (not at all, when `each` broke off), and what it said on standard error.
    fn talk(
        &self,
        each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(Option<ExitStatus>, Vec<u8>), GitCommandError> {
        let mut child = self.spawn()?;
        let deadline = Instant::now() + self.timeout;
        match communicate(&mut child, &self.stdin, deadline, each) {
            Ok(Talk::Ended(stderr)) => {
                // Both pipes are at their end: git is exiting, so this wait is short.
                let status = child.wait().map_err(|source| self.io(source))?;
                Ok((Some(status), stderr))
            }
            Ok(Talk::BrokenOff(stderr)) => {
                kill(&mut child);
                Ok((None, stderr))
            }
            Ok(Talk::TimedOut) => {
                kill(&mut child);
                Err(GitCommandError::TimedOut {
                    command: self.display(),
                    timeout: self.timeout,
                })
            }
            Err(source) => {
                kill(&mut child);
                Err(self.io(source))
            }
        }
    }

    /// Starts git and leaves its standard input and output to the caller: a conversation such as `cat-file --batch`.
    pub fn converse(self) -> Result<GitConversation, GitCommandError> {
        let mut child = self.spawn()?;
        // Spawned with pipes: both are there.
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(GitConversation {
                stdin: Some(stdin),
                stdout: BufReader::with_capacity(64 * 1024, stdout),
                child,
            }),
            _ => Err(self.io(io::Error::other("no pipes"))),
        }
    }

    fn spawn(&self) -> Result<Child, GitCommandError> {
        let program = git_program().ok_or(GitCommandError::NotInstalled)?;
        Command::new(program)
            .args(&self.args)
            .current_dir(&self.folder)
            .env_clear()
            .envs(env::scrubbed(env::all()))
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            // Versions that do not know GIT_NO_LAZY_FETCH cannot fetch without a protocol.
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|source| self.io(source))
    }

    fn io(&self, source: io::Error) -> GitCommandError {
        GitCommandError::Io {
            command: self.display(),
            source,
        }
    }

    /// The command as a person would type it, without the settings that every invocation has.
    fn display(&self) -> String {
        let mut text = String::from("git");
        for arg in self.args.iter().skip(2) {
            text.push(' ');
            text.push_str(&arg.to_string_lossy());
        }
        text
    }
}

/// A running git that answers requests. Dropping it ends it.
#[derive(Debug)]
pub struct GitConversation {
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    child: Child,
}

impl GitConversation {
    /// Sends a request.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stdin {
            Some(stdin) => stdin.write_all(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Where the answers arrive.
    pub fn answers(&mut self) -> &mut BufReader<ChildStdout> {
        &mut self.stdout
    }
}

impl Drop for GitConversation {
    fn drop(&mut self) {
        self.stdin = None;
        kill(&mut self.child);
    }
}

/// How a conversation with git came to its end.
enum Talk {
    /// Git closed its pipes; what it said on standard error.
    Ended(Vec<u8>),
    /// The listener has heard enough.
    BrokenOff(Vec<u8>),
    /// The deadline came.
    TimedOut,
}

/// Writes `input`, hands standard output to `each` and collects standard error.
///
/// One thread and `poll`: no order of writing and reading can deadlock, whatever the child does.
fn communicate(
    child: &mut Child,
    input: &[u8],
    deadline: Instant,
    each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> io::Result<Talk> {
    let mut stdin = child.stdin.take().filter(|_| !input.is_empty());
    if let Some(pipe) = &stdin {
        let flags = rustix::fs::fcntl_getfl(pipe)?;
        rustix::fs::fcntl_setfl(pipe, flags | rustix::fs::OFlags::NONBLOCK)?;
    }
    let mut stdout = child.stdout.take();
    let mut stderr = child.stderr.take();
    let mut err = Vec::new();
    let mut rest = input;
    let mut buffer = vec![0; 64 * 1024];
    while stdout.is_some() || stderr.is_some() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Talk::TimedOut);
        }
        let timeout = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        let (to_write, to_read, to_report) = {
            let pipes = [
                (stdin.as_ref().map(AsFd::as_fd), PollFlags::OUT),
                (stdout.as_ref().map(AsFd::as_fd), PollFlags::IN),
                (stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
            ];
            let mut fds = Vec::with_capacity(3);
            let at = pipes.map(|(fd, flags)| {
                fd.map(|fd| {
                    fds.push(PollFd::from_borrowed_fd(fd, flags));
                    fds.len() - 1
                })
            });
            match poll(&mut fds, Some(&timeout)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let ready = |at: Option<usize>| {
                at.and_then(|at| fds.get(at))
                    .is_some_and(|fd| !fd.revents().is_empty())
            };
            (ready(at[0]), ready(at[1]), ready(at[2]))
        };
        if to_write && let Some(pipe) = &mut stdin {
            match pipe.write(rest) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(error) if is_transient(&error) => {}
                // Git needs no more of it: its exit code tells whether that is an error.
                Err(_) => rest = &[],
            }
            if rest.is_empty() {
                stdin = None;
            }
        }
        if to_read {
            let said = receive(&mut stdout, &mut buffer)?;
            if !said.is_empty() && each(said).is_break() {
                return Ok(Talk::BrokenOff(err));
            }
        }
        if to_report {
            err.extend_from_slice(receive(&mut stderr, &mut buffer)?);
        }
    }
    Ok(Talk::Ended(err))
}

/// What one read gives; at the end of the pipe, closes it.
fn receive<'b, R: Read>(from: &mut Option<R>, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let Some(pipe) = from else { return Ok(&[]) };
    match pipe.read(buffer) {
        Ok(0) => *from = None,
        Ok(count) => return Ok(buffer.get(..count).unwrap_or_default()),
        Err(error) if is_transient(&error) => {}
        Err(error) => return Err(error),
    }
    Ok(&[])
}

fn is_transient(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

/// Ends git and whatever it started, and collects it.
fn kill(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Already gone is fine.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// The first line that git meant for people, without its prefix.
fn first_message(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said = |prefix: &str| lines().find_map(|line| line.strip_prefix(prefix).map(str::trim));
    said("fatal:")
        .or_else(|| said("error:"))
        .or_else(|| lines().next())
        .unwrap_or("it failed and said nothing")
        .to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn large_input_and_output_do_not_deadlock() {
        let input = b"x".repeat(4 << 20);
        let folder = tempfile::tempdir().unwrap();
        let echoed = GitCommand::in_folder(folder.path())
            .args(["-c", "alias.echo=!cat", "echo"])
            .stdin(input.clone())
            .run()
            .unwrap();
        assert_eq!(echoed, input);
    }

    #[test]
    fn output_comes_in_pieces_until_the_listener_has_enough() {
        let folder = tempfile::tempdir().unwrap();
        let endless = GitCommand::in_folder(folder.path()).args(["-c", "alias.y=!yes", "y"]);
        let mut heard = 0;
        let end = endless.stream(|piece| {
            heard += piece.len();
            if heard < 1 << 20 {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        assert!(end.unwrap().is_break());
        assert!((1 << 20..2 << 20).contains(&heard));
        let mut heard = Vec::new();
        let error = GitCommand::in_folder(folder.path())
            .args(["-c", "alias.half=!echo half; exit 3", "half"])
            .stream(|piece| {
                heard.extend_from_slice(piece);
                ControlFlow::Continue(())
            })
            .unwrap_err();
        assert_eq!(heard, b"half\n");
        assert!(
            matches!(error, GitCommandError::Failed { code: Some(3), .. }),
            "{error}"
        );
    }

    #[test]
    fn what_takes_too_long_is_killed_with_everything_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let error = GitCommand::in_folder(folder.path())
            .args(["-c", "alias.nap=!sleep 60 & sleep 60", "nap"])
            .timeout(Duration::from_millis(50))
            .run()
            .unwrap_err();
        assert!(matches!(error, GitCommandError::TimedOut { .. }), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn failures_carry_the_first_message() {
        let folder = tempfile::tempdir().unwrap();
        let error = GitCommand::in_repository(&folder.path().join("none"), None)
            .args(["rev-parse", "HEAD"])
            .run()
            .unwrap_err();
        assert!(matches!(error, GitCommandError::Io { .. }), "{error}");
        let error = GitCommand::in_folder(folder.path())
            .args(["hash-object", "absent"])
            .run()
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("run git hash-object absent: could not open 'absent'"),
            "{error}"
        );
    }

    #[test]
    fn the_childs_environment_is_scrubbed() {
        let folder = tempfile::tempdir().unwrap();
        let said = GitCommand::in_folder(folder.path())
            .args(["-c", "alias.env=!env", "env"])
            .env("GIT_INDEX_FILE", "/tmp/other")
            .run()
            .unwrap();
        let said = String::from_utf8_lossy(&said);
        for line in [
            "GIT_OPTIONAL_LOCKS=0",
            "LC_ALL=C",
            "GIT_INDEX_FILE=/tmp/other",
        ] {
            assert!(said.lines().any(|said| said == line), "{line} in {said}");
        }
    }
}
