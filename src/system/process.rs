//! Processes: who one is beyond its number, what a supervisor does to itself, how it starts and reaps a job.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, WaitOptions, WaitStatus};
use serde::{Deserialize, Serialize};

use super::{env, process_tree};

/// A process for good: numbers are reused, but not at the same start time of the same boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// The boot it belongs to.
    pub boot_id: String,
    /// Its number.
    pub pid: i32,
    /// When it started, in clock ticks since the boot.
    pub start_time: u64,
}

impl ProcessIdentity {
    /// The calling process.
    pub fn own(boot_id: String) -> io::Result<Self> {
        Self::of(own_pid(), boot_id)
    }

    /// The process that has this number now, a zombie included.
    pub fn of(pid: i32, boot_id: String) -> io::Result<Self> {
        let start_time = process_tree::start_time(pid)
            .ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Self {
            boot_id,
            pid,
            start_time,
        })
    }

    /// Whether this very process still exists, given the present boot. A zombie does, until it is reaped.
    pub fn exists(&self, boot_id: &str) -> bool {
        self.boot_id == boot_id && process_tree::start_time(self.pid) == Some(self.start_time)
    }
}

/// The number of the calling process.
pub fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// What tells one boot of this machine from the next. `TEND_BOOT_ID` replaces it, so that tests can reboot.
pub fn boot_id() -> io::Result<String> {
    if let Some(id) = env::text(env::BOOT_ID) {
        return Ok(id);
    }
    read_boot_id()
}

#[cfg(target_os = "linux")]
fn read_boot_id() -> io::Result<String> {
    let mut bytes = [0_u8; 64];
    let length = File::open("/proc/sys/kernel/random/boot_id")?.read(&mut bytes)?;
    let text = bytes.get(..length).unwrap_or_default();
    Ok(String::from_utf8_lossy(text).trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn read_boot_id() -> io::Result<String> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The folder that this process was started in.
pub fn own_folder() -> io::Result<PathBuf> {
    std::env::current_dir()
}

/// Whether the system says by this number that the disk, or the user's share of it, is full.
pub fn is_no_space(errno: i32) -> bool {
    matches!(errno, libc::ENOSPC | libc::EDQUOT)
}

/// How many processors this process may use.
pub fn processors() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
}

/// Turns the calling process into one that everything it starts stays below.
///
/// It leads a session of its own, so that no terminal signal reaches the job; orphans of its descendants become its
/// children instead of init's; and no descriptor that its own parent leaked reaches the job. The signal mask it
/// inherited is cleared, because children would inherit it too and a job with SIGTERM blocked could not be asked to end.
pub fn become_supervisor() -> io::Result<()> {
    match rustix::process::setsid() {
        // Already a group leader, when started by hand from a shell: the job has a group of its own in any case.
        Ok(_) | Err(rustix::io::Errno::PERM) => {}
        Err(errno) => return Err(errno.into()),
    }
    #[cfg(target_os = "linux")]
    {
        rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
        mark_inherited_close_on_exec();
    }
    clear_signal_mask();
    Ok(())
}

/// Best effort: kernels before 5.11 lack it, and then what a parent leaked is leaked further, as by any program.
#[cfg(target_os = "linux")]
fn mark_inherited_close_on_exec() {
    // SAFETY: close_range with CLOSE_RANGE_CLOEXEC takes three integers, touches no memory and closes nothing; it only
    // sets a flag on descriptors of this process.
    #[allow(unsafe_code)]
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3_u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
    }
}

fn clear_signal_mask() {
    // SAFETY: `set` is a plain value that sigemptyset initialises before it is read, and the old mask is not asked for.
    #[allow(unsafe_code)]
    unsafe {
        let mut set = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, set.as_ptr(), std::ptr::null_mut());
    }
}

/// What a supervisor starts.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// Without the program's name.
    pub args: &'a [OsString],
    /// The working directory.
    pub cwd: &'a Path,
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
}

/// Starts a job as a child in a process group of its own, standard input empty, both outputs on `log`; returns its number.
///
/// Nothing here makes the standard library fall back from `posix_spawn` to `fork`: limits are the caller's own and
/// inherited. The group keeps a job's `kill 0` from reaching the supervisor.
pub fn launch(launch: Launch<'_>, log: BorrowedFd<'_>) -> io::Result<i32> {
    let mut command = Command::new(launch.program);
    command
        .args(launch.args)
        .current_dir(launch.cwd)
        .env_clear()
        .envs(launch.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::from(log.try_clone_to_owned()?))
        .stderr(Stdio::from(log.try_clone_to_owned()?))
        .process_group(0);
    // Reaped by `reap`, whichever child ends first; a dropped `Child` neither waits nor kills.
    let child = command.spawn()?;
    i32::try_from(child.id()).map_err(io::Error::other)
}

/// What the arguments and the environment of a new program may take together.
///
/// Linux gives them a quarter of the stack, within bounds; other systems are known to give no less than this.
pub fn argument_space() -> usize {
    const LEAST: u64 = 128 * 1024;
    const MOST: u64 = 6 * 1024 * 1024;
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    let space = if cfg!(target_os = "linux") {
        stack.map_or(MOST, |stack| (stack / 4).clamp(LEAST, MOST))
    } else {
        2 * LEAST
    };
    usize::try_from(space).unwrap_or(usize::MAX)
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself.
    Exited(i32),
    /// By a signal.
    Signalled(i32),
}

/// What `reap` found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaped {
    /// This child has ended.
    Child(i32, Ending),
    /// There are children, none of which has ended.
    NoneEnded,
    /// There are no children: nothing is left below this process.
    NoneLeft,
}

/// Takes one ended child, adopted orphans included, without waiting.
pub fn reap() -> io::Result<Reaped> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => {
                if let Some(ending) = ending(status) {
                    return Ok(Reaped::Child(pid.as_raw_nonzero().get(), ending));
                }
            }
            Ok(None) => return Ok(Reaped::NoneEnded),
            Err(rustix::io::Errno::CHILD) => return Ok(Reaped::NoneLeft),
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

fn ending(status: WaitStatus) -> Option<Ending> {
    status
        .exit_status()
        .map(Ending::Exited)
        .or_else(|| status.terminating_signal().map(Ending::Signalled))
}

/// The signals that end a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillSignal {
    /// Asks; a stopped process is continued so that it can hear it.
    Terminate,
    /// Does not ask.
    Kill,
}

impl KillSignal {
    pub(super) fn signals(self) -> &'static [rustix::process::Signal] {
        use rustix::process::Signal;
        match self {
            Self::Terminate => &[Signal::TERM, Signal::CONT],
            Self::Kill => &[Signal::KILL],
        }
    }
}

/// Signals a child's process group. Errors say only that nobody is there any more.
pub fn signal_group(leader: i32, signal: KillSignal) {
    if let Some(group) = Pid::from_raw(leader) {
        for &signal in signal.signals() {
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

/// Starts one of our own supervisors through duct: `program` by its absolute path, the three standard descriptors given.
pub fn start_own(
    program: &Path,
    args: &[OsString],
    stdin: impl Into<OwnedFd>,
    stdout: impl Into<OwnedFd>,
    stderr: impl Into<OwnedFd>,
) -> io::Result<OwnChild> {
    let handle = duct::cmd(program.to_path_buf(), args)
        .stdin_file(stdin.into())
        .stdout_file(stdout.into())
        .stderr_file(stderr.into())
        .unchecked()
        .start()?;
    Ok(OwnChild { handle })
}

/// A process that [`start_own`] started.
#[derive(Debug)]
pub struct OwnChild {
    handle: duct::Handle,
}

impl OwnChild {
    /// Its number.
    pub fn pid(&self) -> Option<i32> {
        let pid = self.handle.pids().first().copied()?;
        i32::try_from(pid).ok()
    }

    /// Waits for its end and reaps it.
    pub fn wait(&self) -> io::Result<()> {
        self.handle.wait().map(drop)
    }

    /// Reaps it if it has ended.
    pub fn try_wait(&self) -> io::Result<()> {
        self.handle.try_wait().map(drop)
    }
}

/// A pipe, both ends close-on-exec from the start: `(reader, writer)`.
pub fn pipe() -> io::Result<(File, File)> {
    let (reader, writer) = os_pipe::pipe()?;
    Ok((
        File::from(OwnedFd::from(reader)),
        File::from(OwnedFd::from(writer)),
    ))
}

/// A descriptor of this process's own standard input, output or error, as a file of its own.
///
/// The copies are close-on-exec, like everything else that is opened here.
pub fn standard(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// The path of the running program, absolute, for starting it again.
pub fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// A pause between two looks at something that no descriptor reports, such as processes that are nobody's children.
pub fn pause(span: Duration) {
    std::thread::sleep(span);
}
