//! Watching over a confined script from its start to the end of what it left behind.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use super::inner::is_watched;
use super::keeper::Word;
use super::outcome::{End, Outcome, Tail};
use super::standing::{Claim, How, Standing};
use super::supervise::Supervisor;
use super::watch::{Excess, Watch};
use crate::system::process::{self, KillSignal, Reaped};
use crate::system::{poll, process_tree};

/// How long what was killed may take to disappear.
const DISAPPEAR: Duration = Duration::from_secs(5);

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
        let mut chunk = [0; 16 * 1024];
        for _ in 0..64 {
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
pub(super) struct Run {
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
    /// One that was just started; the pipes are what it writes to.
    pub(super) fn new(
        supervisor: Supervisor,
        started: Instant,
        report: File,
        stdout: File,
        stderr: File,
    ) -> Self {
        let spec = &supervisor.order.spec;
        Self {
            report: Some(report),
            line: Vec::new(),
            stdout: Output::new(stdout, spec.bounds.output),
            stderr: Output::new(stderr, spec.bounds.output),
            watch: Watch::new(spec.bounds, &spec.view, process::own_pid()),
            started,
            standings: Vec::new(),
            end: None,
            asked_at: None,
            excess: None,
            cpu_ms: 0,
            peak: 0,
            over: false,
            supervisor,
        }
    }

    pub(super) fn supervise(mut self) -> Outcome {
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
        let is_clean = Self::end_all();
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
    fn end_all() -> bool {
        let own = process::own_pid();
        let began = Instant::now();
        loop {
            let below = process_tree::descendants(own);
            let mut sessions: Vec<i32> = below
                .iter()
                .map(|process| process.session)
                // A process that is just ending has none, which the system writes as -1.
                .filter(|session| *session > 1 && *session != own)
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
                Claim::Remains if !is_clean => {
                    Standing::not_enforced(claim, "something would not end")
                }
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
