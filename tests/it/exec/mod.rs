//! The supervisor of jobs: whatever a job does and whoever dies, the truth is reported and nothing is left behind.
//!
//! The supervisor is the real binary's `__exec`; the runner's end is the library's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use git_tend::drain::protocol::{ExecReport, ExecSpec, LOG_CAP};
use git_tend::drain::supervise::{Finished, Supervised};
use git_tend::system::{process, process_tree};
use git_tend::tasks::spec::Limits;

use crate::support::until;

mod calls;
mod endings;
mod groups;
mod inheritance;
mod limits;
mod slots;

const BIN: &str = env!("CARGO_BIN_EXE_git-tend");

/// Seconds; longer than anything here takes on a machine that is busy with something else.
const PATIENCE: u64 = 60;

/// A job in a folder of its own.
struct Bench {
    dir: tempfile::TempDir,
    spec: ExecSpec,
}

impl Bench {
    fn new(program: impl Into<OsString>, args: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let dir = tempfile::tempdir().unwrap();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let spec = ExecSpec {
            job: "0a1b2c3d".into(),
            fence: 3,
            cookie: format!("test-{}-{count}", std::process::id()),
            program: program.into(),
            args: args.iter().map(OsString::from).collect(),
            then: Vec::new(),
            cwd: dir.path().into(),
            env: vec![("PATH".into(), std::env::var_os("PATH").unwrap_or_default())],
            log: dir.path().join("log"),
            log_cap: LOG_CAP,
            timeout_ms: 60_000,
            grace_ms: 5_000,
            limits: Limits::default(),
            slot_lock: None,
            cgroup: None,
            boot_id: process::boot_id().unwrap(),
        };
        Self { dir, spec }
    }

    fn sh(script: &str) -> Self {
        Self::new("/bin/sh", &["-c", script])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn start(&self) -> Supervised {
        Supervised::start(Path::new(BIN), &self.spec).unwrap()
    }

    /// Runs it to its end and makes sure that nothing is left of it.
    fn run(&self) -> ExecReport {
        self.report(&mut self.start())
    }

    fn report(&self, job: &mut Supervised) -> ExecReport {
        let report = match job.wait_report(Duration::from_secs(PATIENCE)).unwrap() {
            Some(Finished::Reported(report)) => report,
            other => panic!("no report: {other:?}"),
        };
        assert_eq!(self.living(), [0; 0], "left behind");
        assert_eq!(report.left_behind, 0);
        report
    }

    /// The living processes of this run.
    fn living(&self) -> Vec<i32> {
        let assignment = format!("TEND_RUN={}", self.spec.cookie);
        process_tree::table()
            .iter()
            .filter(|process| !process.zombie)
            .filter(|process| process_tree::has_variable(process.pid, assignment.as_bytes()))
            .map(|process| process.pid)
            .collect()
    }

    fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.spec.log).unwrap()).into_owned()
    }

    /// Waits for the job to write a line with a process number into this file.
    fn pid_in(&self, name: &str) -> i32 {
        let path = self.path(name);
        until(PATIENCE, &format!("a process number in {name}"), || {
            let text = std::fs::read_to_string(&path).ok()?;
            text.strip_suffix('\n')?.trim().parse().ok()
        })
    }
}

fn is_alive(pid: i32) -> bool {
    process_tree::stat(pid).is_some_and(|process| !process.zombie)
}

fn send(signal: &str, pid: i32) {
    let sent = Command::new("/bin/kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

/// Fills memory in steps and stays there.
fn allocate(mib: u32) -> String {
    format!(
        "my @a; for (1..{mib}) {{ push @a, 'x' x (1024*1024); }} open my $f, '>', 'full'; close $f; sleep 1000"
    )
}
