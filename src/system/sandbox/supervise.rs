//! `git-tend __confine`: the supervisor of one confined script.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::fork::{Side, fork, leave};
use super::inner::is_watched;
use super::keeper::{Order, Outside, Word, keep, tell};
use super::spec::{Means, Spec};
use super::stand_in;
use super::standing::{Claim, How, Standing};
use super::watch::{Excess, Watch};
use crate::system::process::{self, KillSignal, Reaped};
use crate::system::signals::Signals;
use crate::system::{poll, process_tree, random};

/// By which the supervisor knows what it is.
pub const VERB: &str = "__confine";

/// How long what was killed may take to disappear.
const DISAPPEAR: Duration = Duration::from_secs(5);

/// How a script ended, or why it was not started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal of its own or of a limit.
    Signalled(i32),
    /// It took longer than it may.
    TimedOut,
    /// Its processes took more memory than they may.
    OverMemory,
    /// It started more processes than it may.
    OverProcesses,
    /// It took more of the disk, or made more files, than it may.
    OverDisk,
    /// It was not started: these do not hold and were demanded.
    Refused(Vec<Claim>),
    /// It was not started, because this failed.
    Failed(String),
    /// Whoever started it is gone, or asked for its end.
    Stopped,
}

/// The end of what was written to an output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    /// The last bytes; what is no UTF-8 is U+FFFD. It is as the script wrote it: not screened.
    pub text: String,
    /// How many bytes there were in all.
    pub bytes: u64,
}

/// What became of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// What held.
    pub standings: Vec<Standing>,
    /// From the start of its confinement to its end, in ms.
    pub wall_ms: u64,
    /// CPU time of its processes that were waited for, in ms; that of the confinement included.
    pub cpu_ms: u64,
    /// The most resident memory that was seen, of all its processes, or of any one that had ended, in bytes; what the
    /// confinement itself takes is the least.
    pub peak_resident: u64,
    /// The most processes and threads that were seen at once; 0 if it ended before anybody looked.
    pub peak_count: u64,
    /// How many processes it left behind, which were ended.
    pub left_behind: u64,
    /// What it wrote to its standard output.
    pub stdout: Tail,
    /// What it wrote to its standard error.
    pub stderr: Tail,
}

/// Runs one script as told on standard input and tells on standard output what became of it.
pub fn main() -> ExitCode {
    let mut stdin = match process::standard(io::stdin()) {
        Ok(file) => file,
        Err(_) => return ExitCode::FAILURE,
    };
    let outcome = match read_spec(&mut stdin) {
        Ok(Some(spec)) => {
            let (end, standings) = match prepare(spec, stdin) {
                Ok(supervisor) => match supervisor.start() {
                    Ok(run) => return report(&run.supervise()),
                    Err(error) => (error, Vec::new()),
                },
                Err(error) => (error, Vec::new()),
            };
            failed(&end, standings)
        }
        // Nobody is there any more.
        Ok(None) => return ExitCode::FAILURE,
        Err(error) => failed(&error, Vec::new()),
    };
    report(&outcome)
}

fn failed(error: &io::Error, standings: Vec<Standing>) -> Outcome {
    Outcome {
        end: End::Failed(format!("failed to set the sandbox up: {error}")),
        standings,
        wall_ms: 0,
        cpu_ms: 0,
        peak_resident: 0,
        peak_count: 0,
        left_behind: 0,
        stdout: Tail::default(),
        stderr: Tail::default(),
    }
}

fn report(outcome: &Outcome) -> ExitCode {
    let told = serde_json::to_vec(outcome)
        .map_err(io::Error::from)
        .and_then(|line| process::standard(io::stdout())?.write_all(&line));
    if told.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Reads the line that says what to do; nothing if whoever writes it is gone before it is complete.
fn read_spec(stdin: &mut File) -> io::Result<Option<Spec>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        let length = stdin.read(&mut chunk)?;
        if length == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(chunk.get(..length).unwrap_or_default());
        if bytes.last() == Some(&b'\n') {
            return Ok(Some(serde_json::from_slice(&bytes)?));
        }
    }
}

/// Things that must be out of reach, and are not, without a sandbox.
struct Bait {
    outside: Outside,
    tcp: TcpListener,
    udp: UdpSocket,
    _abstract: Option<UnixListener>,
    _socket: Option<UnixListener>,
}

impl Bait {
    fn lay(top: &Path) -> io::Result<Self> {
        let folder = bait_folder(top);
        super::tree::remove(&folder)?;
        fs::create_dir(&folder)?;
        let open_to_all =
            |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
        open_to_all(&folder, 0o777)?;
        let file = folder.join("file");
        fs::write(&file, "out of reach\n")?;
        open_to_all(&file, 0o666)?;
        // A path may be too long for a socket's address: then the abstract one is what is tried.
        let path = folder.join("socket");
        let socket = UnixListener::bind(&path).ok();
        if socket.is_some() {
            open_to_all(&path, 0o777)?;
        }
        let abstract_name = format!("git-tend-{}", random::identity());
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        tcp.set_nonblocking(true)?;
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        udp.set_nonblocking(true)?;
        Ok(Self {
            outside: Outside {
                folder,
                tcp: tcp.local_addr()?.port(),
                udp: udp.local_addr()?.port(),
                pid: process::own_pid(),
                abstract_name: abstract_name.clone(),
            },
            tcp,
            udp,
            _abstract: bind_abstract(&abstract_name),
            _socket: socket,
        })
    }

    /// Whether something came through, whatever was seen inside.
    fn was_reached(&self) -> bool {
        self.tcp.accept().is_ok() || self.udp.recv(&mut [0; 16]).is_ok()
    }
}

impl Drop for Bait {
    fn drop(&mut self) {
        let _ = super::tree::remove(&self.outside.folder);
    }
}

/// Beside the throw-away folder, so that it is not below anything that is shown.
pub(super) fn bait_folder(top: &Path) -> PathBuf {
    let mut name = top.file_name().unwrap_or_default().to_os_string();
    name.push(".outside");
    top.with_file_name(name)
}

#[cfg(target_os = "linux")]
fn bind_abstract(name: &str) -> Option<UnixListener> {
    use std::os::linux::net::SocketAddrExt as _;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).ok()?;
    UnixListener::bind_addr(&address).ok()
}

#[cfg(not(target_os = "linux"))]
fn bind_abstract(_name: &str) -> Option<UnixListener> {
    None
}

struct Supervisor {
    order: Order,
    bait: Bait,
    signals: Signals,
    control: File,
    /// Whether the script gets another identity.
    stands_in: bool,
}

fn prepare(spec: Spec, control: File) -> io::Result<Supervisor> {
    process::become_supervisor()?;
    let bait = Bait::lay(&spec.top)?;
    #[cfg(target_os = "linux")]
    if spec.means == Means::Namespaces {
        let root = spec.top.join(super::namespaces::ROOT);
        if !root.is_dir() {
            fs::create_dir(&root)?;
        }
    }
    let is_root = stand_in::is_root();
    let stands_in = is_root
        && spec.means != Means::None
        && stand_in::hand_over(&spec.top, spec.stand_in).is_ok();
    Ok(Supervisor {
        order: Order {
            outside: bait.outside.clone(),
            is_root: is_root && !stands_in,
            spec,
        },
        bait,
        signals: Signals::stops_and_children()?,
        control,
        stands_in,
    })
}

impl Supervisor {
    fn start(self) -> io::Result<Run> {
        let (report, tell_here) = process::pipe()?;
        let (stdout, write_stdout) = process::pipe()?;
        let (stderr, write_stderr) = process::pipe()?;
        for pipe in [&report, &stdout, &stderr] {
            poll::set_nonblocking(pipe.as_fd())?;
        }
        if self.stands_in {
            // A script may open its outputs again, by their names.
            for pipe in [&write_stdout, &write_stderr] {
                stand_in::give(pipe, self.order.spec.stand_in)?;
            }
        }
        let nothing = File::open("/dev/null")?;
        let own = File::open(process::own_program()?)?;
        let started = Instant::now();
        match fork()? {
            Side::Child => {
                self.become_keeper(tell_here, &own, &nothing, &write_stdout, &write_stderr)
            }
            Side::Parent(_) => {}
        }
        let spec = &self.order.spec;
        let watch = Watch::new(spec.bounds, &spec.view, process::own_pid());
        Ok(Run {
            report: Some(report),
            line: Vec::new(),
            stdout: Output::new(stdout, spec.bounds.output),
            stderr: Output::new(stderr, spec.bounds.output),
            watch,
            started,
            standings: Vec::new(),
            end: None,
            asked_at: None,
            excess: None,
            cpu_ms: 0,
            peak: 0,
            over: false,
            supervisor: self,
        })
    }

    /// The child's half.
    fn become_keeper(
        &self,
        mut report: File,
        own: &File,
        nothing: &File,
        stdout: &File,
        stderr: &File,
    ) -> ! {
        let wired = rustix::stdio::dup2_stdin(nothing)
            .and_then(|()| rustix::stdio::dup2_stdout(stdout))
            .and_then(|()| rustix::stdio::dup2_stderr(stderr))
            .map_err(io::Error::from)
            .and_then(|()| {
                if self.stands_in {
                    stand_in::become_it(self.order.spec.stand_in)?;
                }
                die_with_parent()
            });
        if let Err(error) = wired {
            tell(
                &mut report,
                &Word::Failed(format!("failed to prepare a process: {error}")),
            );
            leave(125)
        }
        match self.order.spec.means {
            #[cfg(target_os = "linux")]
            Means::Bubblewrap => super::bubblewrap::enter(&self.order, report, own),
            #[cfg(target_os = "linux")]
            Means::Namespaces => super::namespaces::enter(&self.order, report),
            _ => {
                let _ = own;
                keep(&self.order, report)
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn die_with_parent() -> io::Result<()> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent() -> io::Result<()> {
    Ok(())
}

/// What is read of an output.
struct Output {
    pipe: Option<File>,
    kept: Vec<u8>,
    most: usize,
    bytes: u64,
}

impl Output {
    const fn new(pipe: File, most: usize) -> Self {
        Self {
            pipe: Some(pipe),
            kept: Vec::new(),
            most,
            bytes: 0,
        }
    }

    /// Takes what there is, up to a mebibyte at a time.
    fn take(&mut self) {
        let mut chunk = [0; 64 * 1024];
        for _ in 0..16 {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut chunk) {
                Ok(0) => self.pipe = None,
                Ok(length) => {
                    self.bytes += length as u64;
                    self.kept
                        .extend_from_slice(chunk.get(..length).unwrap_or_default());
                    let over = self.kept.len().saturating_sub(self.most);
                    self.kept.drain(..over);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    fn tail(self) -> Tail {
        Tail {
            text: String::from_utf8_lossy(&self.kept).into_owned(),
            bytes: self.bytes,
        }
    }
}

/// A script that was started.
struct Run {
    supervisor: Supervisor,
    report: Option<File>,
    line: Vec<u8>,
    stdout: Output,
    stderr: Output,
    watch: Watch,
    started: Instant,
    standings: Vec<Standing>,
    end: Option<End>,
    /// When it was asked to end.
    asked_at: Option<Instant>,
    excess: Option<End>,
    cpu_ms: u64,
    peak: u64,
    over: bool,
}

impl Run {
    fn supervise(mut self) -> Outcome {
        while !self.over {
            self.wait();
            self.stdout.take();
            self.stderr.take();
            self.listen();
            if self.over {
                break;
            }
            self.look();
        }
        let wall = self.started.elapsed();
        let left = self
            .watch
            .scripts()
            .iter()
            .filter(|process| !process.zombie)
            .count();
        let is_clean = self.end_all();
        self.stdout.take();
        self.stderr.take();
        self.listen();
        self.outcome(wall, left as u64, is_clean)
    }

    fn wait(&self) {
        let now = Instant::now();
        let wake = self
            .deadline()
            .map_or(self.watch.next(), |at| at.min(self.watch.next()));
        let left = wake.saturating_duration_since(now);
        let pipes = [&self.report, &self.stdout.pipe, &self.stderr.pipe];
        let mut fds: Vec<BorrowedFd<'_>> = vec![
            self.supervisor.signals.fd(),
            self.supervisor.control.as_fd(),
        ];
        fds.extend(pipes.into_iter().flatten().map(File::as_fd));
        // Descriptors of our own cannot fail to be polled, save for want of kernel memory: look again in a moment.
        if poll::readable(&fds, Some(left)).is_err() {
            process::pause(Duration::from_millis(20));
        }
    }

    /// When the time or the grace is over.
    fn deadline(&self) -> Option<Instant> {
        let bounds = &self.supervisor.order.spec.bounds;
        match self.asked_at {
            Some(at) => at.checked_add(Duration::from_millis(bounds.grace_ms)),
            None => self
                .started
                .checked_add(Duration::from_millis(bounds.wall_ms)),
        }
    }

    /// Hears what is told inside.
    fn listen(&mut self) {
        let mut chunk = [0; 4096];
        while let Some(report) = &mut self.report {
            match report.read(&mut chunk) {
                Ok(0) => {
                    // Everything inside is gone.
                    self.report = None;
                    self.over = true;
                }
                Ok(length) => self
                    .line
                    .extend_from_slice(chunk.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        while let Some(at) = self.line.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.line.drain(..=at).collect();
            if let Ok(word) = serde_json::from_slice(&line) {
                self.hear(word);
            }
        }
    }

    fn hear(&mut self, word: Word) {
        match word {
            Word::Standings(standings) => self.standings = standings,
            // What refuses ends next; its end is not what is told.
            Word::Refused(claims) => self.end = self.end.take().or(Some(End::Refused(claims))),
            Word::Failed(message) => {
                self.end = self.end.take().or(Some(End::Failed(message)));
                self.over = true;
            }
            Word::Ended {
                code,
                signal,
                cpu_ms,
                peak,
            } => {
                let end = code
                    .map(End::Exited)
                    .or_else(|| signal.map(End::Signalled))
                    .unwrap_or(End::Stopped);
                self.end = self.end.take().or(Some(end));
                self.cpu_ms = cpu_ms;
                self.peak = peak;
                self.over = true;
            }
        }
    }

    fn look(&mut self) {
        self.supervisor.signals.drain();
        let hung_up = poll::readable(&[self.supervisor.control.as_fd()], Some(Duration::ZERO))
            .is_ok_and(|ready| ready.contains(&true));
        if hung_up || self.supervisor.signals.stop_count() > 0 {
            self.excess.get_or_insert(End::Stopped);
            self.over = true;
            return;
        }
        if self.deadline().is_some_and(|at| Instant::now() >= at) {
            if self.asked_at.is_some() {
                self.over = true;
            } else {
                self.asked_at = Some(Instant::now());
                self.excess = Some(End::TimedOut);
                for process in self.watch.scripts() {
                    process_tree::signal(&process, KillSignal::Terminate);
                }
            }
            return;
        }
        if let Some(excess) = self.watch.look() {
            // What exceeds anything is not asked: it would go on meanwhile.
            self.excess = Some(match excess {
                Excess::Memory => End::OverMemory,
                Excess::Processes => End::OverProcesses,
                Excess::Disk => End::OverDisk,
            });
            self.over = true;
        }
    }

    /// Ends everything below this process; whether nothing is left.
    fn end_all(&self) -> bool {
        let own = process::own_pid();
        let began = Instant::now();
        loop {
            let below = process_tree::descendants(own);
            let mut sessions: Vec<i32> = below
                .iter()
                .filter(|process| process.session != own)
                .map(|process| process.session)
                .collect();
            sessions.sort_unstable();
            sessions.dedup();
            // A group at once: no member of it can start another meanwhile.
            for session in sessions {
                process::signal_group(session, KillSignal::Kill);
            }
            for process in below.iter().filter(|process| !process.zombie) {
                process_tree::signal(process, KillSignal::Kill);
            }
            loop {
                match process::reap() {
                    Ok(Reaped::Child(..)) => {}
                    Ok(Reaped::NoneLeft) => return true,
                    Ok(Reaped::NoneEnded) | Err(_) => break,
                }
            }
            if began.elapsed() > DISAPPEAR {
                return false;
            }
            process::pause(Duration::from_millis(1));
        }
    }

    fn outcome(mut self, wall: Duration, left_behind: u64, is_clean: bool) -> Outcome {
        let end = self.excess.take().or(self.end.take()).unwrap_or_else(|| {
            End::Failed(format!(
                "failed to start the script: {}",
                String::from_utf8_lossy(&self.stderr.kept).trim()
            ))
        });
        let end = match end {
            // Told from inside, and a message that it ended is no sign that it was started.
            End::Exited(_) if self.standings.is_empty() => {
                End::Failed("failed to start the script: nothing was tried inside".to_owned())
            }
            end => end,
        };
        let standings = self.all_standings(is_clean);
        Outcome {
            end,
            standings,
            wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX),
            cpu_ms: self.cpu_ms,
            peak_resident: self.peak.max(self.watch.peak_resident),
            peak_count: self.watch.peak_count,
            left_behind,
            stdout: self.stdout.tail(),
            stderr: self.stderr.tail(),
        }
    }

    /// What was tried inside, and what is kept to here.
    fn all_standings(&self, is_clean: bool) -> Vec<Standing> {
        let mut told = self.standings.clone();
        if self.supervisor.bait.was_reached() {
            for standing in &mut told {
                if standing.claim == Claim::Network {
                    standing.how = How::NotEnforced("something came through".to_owned());
                }
            }
        }
        let find = |claim| told.iter().find(|standing| standing.claim == claim);
        // Whoever can end the supervisor is bound by nothing that it keeps to.
        let is_safe = find(Claim::Processes).is_some_and(Standing::holds);
        let can_look = cfg!(target_os = "linux");
        let watched = |claim: Claim, by: &str| {
            if !is_safe {
                Standing::not_enforced(
                    claim,
                    "kept to by the supervisor, which the script could end",
                )
            } else if !can_look {
                Standing::not_enforced(claim, "nothing tells here what a tree of processes uses")
            } else {
                Standing::enforced(claim, by)
            }
        };
        let mut all = Vec::new();
        for claim in Claim::ALL {
            let standing = match claim {
                Claim::TotalMemory | Claim::Disk => watched(claim, "supervisor"),
                Claim::Time => watched(claim, "supervisor"),
                Claim::Remains if !is_clean => {
                    Standing::not_enforced(claim, "something would not end")
                }
                Claim::Remains => watched(claim, "supervisor"),
                Claim::Count => match find(claim) {
                    Some(limit) if limit.holds() => limit.clone(),
                    _ => watched(claim, "supervisor"),
                },
                _ if is_watched(claim) => watched(claim, "supervisor"),
                _ => match find(claim) {
                    Some(told) => told.clone(),
                    None => Standing::not_enforced(claim, "it was not tried"),
                },
            };
            all.push(standing);
        }
        all
    }
}
