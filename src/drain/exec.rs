//! `git-tend __exec`: the supervisor of one job.
//!
//! A process of its own for each job, so that limits can be set before the job without code between fork and exec, that
//! everything the job leaves behind has a parent that can find it, and that the job ends with its runner, however the
//! runner ends. One thread, one poll loop; a job that is over within a tenth of a second is never looked at.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::system::cgroup::Leaf;
use crate::system::process::{self, Ending, KillSignal, Launch, ProcessIdentity, Reaped};
use crate::system::signals::Signals;
use crate::system::{env, poll, process_tree, rusage};

use super::limits::{self, Enforced, Means};
use super::protocol::{ExecReport, ExecSpec, KILL, Outcome, TERMINATE};
use super::slots::Occupant;
use super::watch::{Bounds, Order, Request, Sample, Watch};

/// How long what was killed may take to disappear before it is given up as stuck in the kernel.
const DISAPPEAR: Duration = Duration::from_secs(2);
/// Between two rounds of killing what was started while the round before went on.
const ROUND: Duration = Duration::from_millis(20);

const CUT: &[u8] = b"\n[git-tend: the log was cut here]\n";

/// Runs one job as told on standard input and reports on standard output.
pub fn main() -> ExitCode {
    let report = match Supervisor::prepare() {
        Ok(Some((supervisor, mut control))) => supervisor.run(&mut control),
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => not_started(Enforced::default(), &error, "start the supervisor"),
    };
    match tell(&report) {
        Ok(()) => ExitCode::SUCCESS,
        // The runner is gone; there is nobody left to tell.
        Err(_) => ExitCode::FAILURE,
    }
}

fn tell(report: &ExecReport) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    process::standard(io::stdout())?.write_all(&line)
}

fn not_started(enforced: Enforced, error: &io::Error, what: &str) -> ExecReport {
    finished(spawn_failed(error, what), enforced)
}

fn spawn_failed(error: &io::Error, what: &str) -> Outcome {
    Outcome::SpawnFailed {
        errno: error.raw_os_error(),
        message: format!("failed to {what}: {error}"),
    }
}

fn finished(outcome: Outcome, enforced: Enforced) -> ExecReport {
    ExecReport {
        outcome,
        wall_ms: 0,
        cpu_ms: 0,
        peak_rss_kib: 0,
        enforced,
        log_bytes: 0,
        truncated: false,
        left_behind: 0,
    }
}

/// The runner's end of the pipe.
struct Control {
    pipe: Option<File>,
}

impl Control {
    /// Reads the line that says what to do; `None` when the runner died before it was complete. Orders may follow the
    /// line in the same read, so they are returned with it.
    fn read_spec(&mut self) -> io::Result<Option<(ExecSpec, Option<Request>)>> {
        let mut bytes = Vec::with_capacity(16 * 1024);
        let mut chunk = [0_u8; 16 * 1024];
        loop {
            let length = match &mut self.pipe {
                Some(pipe) => pipe.read(&mut chunk)?,
                None => 0,
            };
            let chunk = chunk.get(..length).unwrap_or_default();
            if chunk.is_empty() {
                return Ok(None);
            }
            bytes.extend_from_slice(chunk);
            if let Some(at) = chunk.iter().position(|&byte| byte == b'\n') {
                let orders = chunk.get(at + 1..).unwrap_or_default();
                let line = bytes.get(..bytes.len() - orders.len()).unwrap_or_default();
                return Ok(Some((serde_json::from_slice(line)?, request(orders))));
            }
        }
    }

    /// Reads what is there. The end of the pipe is the end of the runner.
    fn read_request(&mut self) -> Option<Request> {
        let mut bytes = [0_u8; 16];
        match self.pipe.as_mut()?.read(&mut bytes) {
            Ok(length) if length > 0 => request(bytes.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            _ => {
                self.pipe = None;
                Some(Request::Kill)
            }
        }
    }
}

/// The strongest of the orders.
fn request(orders: &[u8]) -> Option<Request> {
    if orders.contains(&KILL) {
        Some(Request::Kill)
    } else if orders.contains(&TERMINATE) {
        Some(Request::Terminate)
    } else {
        None
    }
}

struct Supervisor {
    spec: ExecSpec,
    early: Option<Request>,
    signals: Signals,
    own: i32,
}

impl Supervisor {
    fn prepare() -> io::Result<Option<(Self, Control)>> {
        let mut control = Control {
            pipe: Some(process::standard(io::stdin())?),
        };
        let Some((mut spec, early)) = control.read_spec()? else {
            return Ok(None);
        };
        process::become_supervisor()?;
        // What a job leaves behind is found by this variable when even its supervisor was killed.
        spec.env.retain(|(name, _)| name != env::RUN);
        spec.env.push((env::RUN.into(), spec.cookie.clone().into()));
        let supervisor = Self {
            signals: Signals::stops_and_children()?,
            own: process::own_pid(),
            spec,
            early,
        };
        Ok(Some((supervisor, control)))
    }

    fn run(self, control: &mut Control) -> ExecReport {
        if let Err(error) = self.record_identity() {
            return not_started(
                Enforced::default(),
                &error,
                "record the supervisor in its slot",
            );
        }
        // After the identity and before the job: a runner that is alive here died, if it dies, with the identity on
        // record. One that died before starts nothing.
        match self.runner_wants(control) {
            Ok(None) => {}
            Ok(Some(_)) => return finished(Outcome::Terminated, Enforced::default()),
            Err(error) => return not_started(Enforced::default(), &error, "reach the runner"),
        }
        let grace = Duration::from_millis(self.spec.grace_ms);
        let (enforced, leaf) = limits::apply(
            &self.spec.limits,
            grace,
            self.spec.cgroup.as_ref(),
            &self.spec.cookie,
        );
        match self.start(leaf) {
            Ok(job) => job.supervise(control, enforced),
            Err((error, what)) => not_started(enforced, &error, &what),
        }
    }

    fn record_identity(&self) -> io::Result<()> {
        let Some(slot_lock) = &self.spec.slot_lock else {
            return Ok(());
        };
        let occupant = Occupant {
            process: ProcessIdentity::own(self.spec.boot_id.clone())?,
            job: self.spec.job.clone(),
            fence: self.spec.fence,
            cookie: self.spec.cookie.clone(),
        };
        occupant.record(Path::new(slot_lock))
    }

    fn runner_wants(&self, control: &mut Control) -> io::Result<Option<Request>> {
        if self.early.is_some() {
            return Ok(self.early);
        }
        if self.signals.stop_count() > 0 {
            return Ok(Some(Request::Terminate));
        }
        let Some(pipe) = &control.pipe else {
            return Ok(Some(Request::Kill));
        };
        let ready = poll::readable(&[pipe.as_fd()], Some(Duration::ZERO))?;
        Ok(if ready.contains(&true) {
            control.read_request()
        } else {
            None
        })
    }

    /// Starts the job; on failure, says what failed.
    fn start(&self, mut leaf: Option<Leaf>) -> Result<Job<'_>, (io::Error, String)> {
        let log =
            process::standard(io::stderr()).map_err(|error| (error, "open the log".to_owned()))?;
        let written_before = log.metadata().map_or(0, |log| log.len());
        let started = Instant::now();
        let child = match self.call(&self.spec.args, leaf.as_mut(), &log) {
            Ok(child) => child,
            Err(failure) => {
                if let Some(leaf) = leaf {
                    leaf.remove();
                }
                return Err(failure);
            }
        };
        Ok(Job {
            supervisor: self,
            signals: &self.signals,
            own: self.own,
            child,
            ending: None,
            leaf,
            log,
            written_before,
            started,
            bounds: Bounds {
                timeout: Duration::from_millis(self.spec.timeout_ms),
                grace: Duration::from_millis(self.spec.grace_ms),
                memory: self.spec.limits.memory,
                cpu: self.spec.limits.cpu_seconds.map(Duration::from_secs),
                log: self.spec.log_cap,
            },
        })
    }
}

impl Supervisor {
    /// Starts one call of the job's program from within its control group, which is left again.
    fn call(
        &self,
        args: &[OsString],
        leaf: Option<&mut Leaf>,
        log: &File,
    ) -> Result<i32, (io::Error, String)> {
        let cwd = Path::new(&self.spec.cwd);
        let program = Path::new(&self.spec.program);
        let launch = Launch {
            program,
            args,
            cwd,
            env: &self.spec.env,
        };
        let child = process::launch(launch, log.as_fd());
        if let Some(leaf) = leaf {
            // If it cannot leave, killing falls back to one process at a time.
            let _ = leaf.leave();
        }
        child.map_err(|error| {
            // One error number serves for both the program and the folder it is to run in.
            let what = if cwd.is_dir() {
                format!("start {}", program.display())
            } else {
                format!("enter {}", cwd.display())
            };
            (error, what)
        })
    }
}

/// A job that was started.
struct Job<'a> {
    supervisor: &'a Supervisor,
    signals: &'a Signals,
    own: i32,
    child: i32,
    /// How its own process ended, once it has.
    ending: Option<Ending>,
    leaf: Option<Leaf>,
    log: File,
    written_before: u64,
    started: Instant,
    bounds: Bounds,
}

impl Job<'_> {
    fn supervise(mut self, control: &mut Control, enforced: Enforced) -> ExecReport {
        let mut bounds = self.bounds;
        if enforced.memory == Some(Means::Cgroup) {
            bounds.memory = None;
        }
        let mut watch = Watch::new(bounds);
        let mut left_behind = 0_u32;
        let mut calls = self.supervisor.spec.then.iter();
        let failure = loop {
            self.watch_over(&mut watch, control);
            left_behind = left_behind.saturating_add(self.end_all());
            if watch.is_stopping() || self.ending != Some(Ending::Exited(0)) {
                break None;
            }
            let Some(args) = calls.next() else {
                break None;
            };
            if let Err((error, what)) = self.call_again(args) {
                break Some(spawn_failed(&error, &what));
            }
        };
        let wall = self.started.elapsed();
        let group_peak = self.close_group(&mut watch, wall);

        let used = rusage::children();
        let peak = used.peak_resident.max(watch.peak_memory()).max(group_peak);
        let (log_bytes, truncated) = self.cut_log();
        ExecReport {
            outcome: failure.unwrap_or_else(|| watch.outcome(self.ending, used.cpu)),
            wall_ms: milliseconds(wall),
            cpu_ms: milliseconds(used.cpu),
            peak_rss_kib: peak / 1024,
            enforced,
            log_bytes,
            truncated,
            left_behind,
        }
    }

    /// The next call of the program, under the limits, the time-out and the log of those before.
    fn call_again(&mut self, args: &[OsString]) -> Result<(), (io::Error, String)> {
        if let Some(leaf) = &mut self.leaf {
            leaf.enter()
                .map_err(|error| (error, "enter the job's control group".to_owned()))?;
        }
        self.child = self.supervisor.call(args, self.leaf.as_mut(), &self.log)?;
        self.ending = None;
        Ok(())
    }

    /// Returns when the call has ended by itself, or must be killed.
    fn watch_over(&mut self, watch: &mut Watch, control: &mut Control) {
        loop {
            let left = watch.wake_at().saturating_sub(self.started.elapsed());
            let (signalled, spoken_to) = self.wait(control, left);
            let at = self.started.elapsed();
            if signalled {
                self.signals.drain();
                if self.reap_all() || (self.ending.is_some() && !watch.is_stopping()) {
                    return;
                }
            }
            let mut order = None;
            if self.signals.stop_count() > 0 {
                order = watch.on_request(Request::Terminate, at);
            }
            if spoken_to && let Some(request) = control.read_request() {
                order = watch.on_request(request, at).or(order);
            }
            if watch.wants_sample(at) {
                let sample = self.sample();
                order = order.or(watch.on_sample(sample, at));
            }
            match order.or_else(|| watch.on_time(at)) {
                Some(Order::Terminate) => {
                    process_tree::signal_below(self.own, self.child, KillSignal::Terminate);
                }
                Some(Order::Kill) => return,
                None => {}
            }
        }
    }

    /// Waits for a signal, an order or the time; `(signalled, spoken to)`.
    fn wait(&self, control: &Control, timeout: Duration) -> (bool, bool) {
        let signals = self.signals.fd();
        let ready = match &control.pipe {
            Some(pipe) => poll::readable(&[signals, pipe.as_fd()], Some(timeout)),
            None => poll::readable(&[signals], Some(timeout)),
        };
        // Two descriptors of our own cannot fail to be polled, save for want of kernel memory: look again in a moment.
        let ready = ready.unwrap_or_else(|_| {
            process::pause(ROUND.min(timeout));
            vec![true, false]
        });
        let is_ready = |at: usize| ready.get(at).copied().unwrap_or(false);
        (is_ready(0), is_ready(1))
    }

    /// Takes every child that has ended; `true` when nothing is left below this process.
    fn reap_all(&mut self) -> bool {
        loop {
            match process::reap() {
                Ok(Reaped::Child(pid, ending)) => {
                    if pid == self.child {
                        self.ending = Some(ending);
                    }
                }
                Ok(Reaped::NoneLeft) => return true,
                Ok(Reaped::NoneEnded) | Err(_) => return false,
            }
        }
    }

    fn sample(&self) -> Sample {
        let mut sample = Sample {
            log: self.log_bytes(),
            ..Sample::default()
        };
        if self.bounds.memory.is_none() && self.bounds.cpu.is_none() {
            return sample;
        }
        let processes = process_tree::descendants(self.own);
        let usage = process_tree::usage(&processes);
        sample.cpu = usage.cpu + rusage::children().cpu;
        sample.memory = usage.resident;
        let over = self.bounds.memory.is_some_and(|most| usage.resident > most);
        if over && usage.processes > 1 {
            sample.memory = process_tree::proportional_resident(&processes);
        }
        sample
    }

    /// Kills whatever is left, round after round: a process killed hands its children up to this one. Returns how many
    /// could not be killed.
    fn end_all(&mut self) -> u32 {
        if self.reap_all() {
            return 0;
        }
        let end = Instant::now() + DISAPPEAR;
        loop {
            if !self.leaf.as_ref().is_some_and(Leaf::kill) {
                process_tree::signal_below(self.own, self.child, KillSignal::Kill);
            }
            let _ = poll::readable(&[self.signals.fd()], Some(ROUND));
            self.signals.drain();
            if self.reap_all() {
                return 0;
            }
            if Instant::now() >= end {
                let alive = process_tree::descendants(self.own)
                    .iter()
                    .filter(|process| !process.zombie)
                    .count();
                return u32::try_from(alive).unwrap_or(u32::MAX);
            }
        }
    }

    /// Learns from the job's control group what happened in it, and removes it; returns the most memory it held.
    fn close_group(&self, watch: &mut Watch, at: Duration) -> u64 {
        let Some(leaf) = &self.leaf else {
            return 0;
        };
        let peak = leaf.peak_memory();
        if leaf.ran_out_of_memory() && !watch.is_stopping() {
            watch.on_out_of_memory(peak, at);
        }
        leaf.remove();
        peak.unwrap_or(0)
    }

    fn log_bytes(&self) -> u64 {
        self.log
            .metadata()
            .map_or(0, |log| log.len().saturating_sub(self.written_before))
    }

    /// How much the job wrote; what is over the bound is cut off, so that no log takes more of the disk than it may.
    fn cut_log(&mut self) -> (u64, bool) {
        let written = self.log_bytes();
        if written <= self.bounds.log {
            return (written, false);
        }
        let room = self.bounds.log.saturating_sub(CUT.len() as u64);
        let cut = self
            .log
            .set_len(self.written_before + room)
            .and_then(|()| self.log.write_all(CUT));
        (written, cut.is_ok())
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
