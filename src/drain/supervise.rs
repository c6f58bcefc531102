//! The runner's side of a supervised job: start it, listen, ask it to end; and end what a dead supervisor left.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::system::process::{self, KillSignal, OwnChild, ProcessIdentity};
use crate::system::process_tree::{self, ProcessStat};
use crate::system::{env, poll};

use super::protocol::{ExecReport, ExecSpec, KILL, TERMINATE, VERB};

/// How long [`kill_tree`] goes on while something is left.
const SWEEP: Duration = Duration::from_secs(2);
/// Between two looks at what is left.
const ROUND: Duration = Duration::from_millis(5);

/// How a supervised job came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finished {
    /// Its supervisor says so.
    Reported(ExecReport),
    /// Its supervisor was killed, or broke; what the job left has been killed.
    SupervisorDied(Swept),
}

/// What [`kill_tree`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many processes it killed.
    pub killed: usize,
    /// How many were still there when it gave up.
    pub remaining: usize,
}

/// A job with its supervisor. Dropping it ends the job: the supervisor sees the end of its pipe.
#[derive(Debug)]
pub struct Supervised {
    handle: OwnChild,
    control: File,
    report: File,
    received: Vec<u8>,
    pid: i32,
    boot_id: String,
    cookie: String,
}

impl Supervised {
    /// Starts `own_program __exec` and tells it what to do.
    pub fn start(own_program: &Path, spec: &ExecSpec) -> io::Result<Self> {
        let mut line = serde_json::to_vec(spec)?;
        line.push(b'\n');
        let log = open_log(&spec.log)?;
        let (orders, mut control) = process::pipe()?;
        let (report, answer) = process::pipe()?;
        poll::set_nonblocking(report.as_fd())?;
        let handle = process::start_own(own_program, &[VERB.into()], orders, answer, log)?;
        let pid = handle
            .pid()
            .ok_or_else(|| io::Error::other("no process was started"))?;
        control.write_all(&line)?;
        Ok(Self {
            handle,
            control,
            report,
            received: Vec::new(),
            pid,
            boot_id: spec.boot_id.clone(),
            cookie: spec.cookie.clone(),
        })
    }

    /// The supervisor's process number.
    pub const fn pid(&self) -> i32 {
        self.pid
    }

    /// Readable when [`Self::try_report`] has something new to look at.
    pub fn report_fd(&self) -> BorrowedFd<'_> {
        self.report.as_fd()
    }

    /// Asks the job to end; it is killed after the grace of its specification.
    pub fn terminate(&mut self) -> io::Result<()> {
        self.order(TERMINATE)
    }

    /// Kills the job.
    pub fn kill(&mut self) -> io::Result<()> {
        self.order(KILL)
    }

    fn order(&mut self, order: u8) -> io::Result<()> {
        match self.control.write_all(&[order]) {
            // It has ended already.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// How it ended, if it has; never waits for the job. After an answer there is nothing more to ask.
    pub fn try_report(&mut self) -> io::Result<Option<Finished>> {
        let closed = self.receive()?;
        if self.received.last() == Some(&b'\n') {
            if let Ok(report) = serde_json::from_slice(&self.received) {
                // It exits right after this line.
                self.handle.wait()?;
                return Ok(Some(Finished::Reported(report)));
            }
        } else if !closed {
            return Ok(None);
        }
        // Before it is reaped: while it is a zombie its number cannot belong to anybody else, so its session is certain.
        let identity = ProcessIdentity::of(self.pid, self.boot_id.clone());
        let swept = identity.map_or_else(
            |_| Swept::default(),
            |identity| kill_tree(&identity, &self.cookie, &self.boot_id),
        );
        self.handle.wait()?;
        Ok(Some(Finished::SupervisorDied(swept)))
    }

    /// Kills the supervisor and everything of its run, without listening any longer.
    pub fn abandon(&mut self) {
        if let Ok(identity) = ProcessIdentity::of(self.pid, self.boot_id.clone()) {
            kill_tree(&identity, &self.cookie, &self.boot_id);
        }
        // Reaped if it is dead, as it should be; otherwise by whoever inherits it.
        let _ = self.handle.try_wait();
    }

    /// Like [`Self::try_report`], waiting up to `timeout`.
    pub fn wait_report(&mut self, timeout: Duration) -> io::Result<Option<Finished>> {
        let end = Instant::now() + timeout;
        loop {
            if let Some(finished) = self.try_report()? {
                return Ok(Some(finished));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            poll::readable(&[self.report.as_fd()], Some(left))?;
        }
    }

    /// Reads what there is; `true` at the end of the pipe.
    fn receive(&mut self) -> io::Result<bool> {
        let mut chunk = [0_u8; 4096];
        loop {
            match self.report.read(&mut chunk) {
                Ok(0) => return Ok(true),
                Ok(length) => self
                    .received
                    .extend_from_slice(chunk.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if self.received.last() == Some(&b'\n') {
                return Ok(false);
            }
        }
    }
}

fn open_log(path: &Path) -> io::Result<File> {
    // Appending, so that both outputs of all processes land in the order in which they were written.
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// Kills the supervisor `identity`, if it still runs, and everything of the run that `cookie` names.
///
/// For a supervisor that cannot do so itself: it was killed, or its runner was and this is recovery. Goes on until a
/// look at all processes finds nothing, for two seconds at most. After a reboot there is nothing to do.
pub fn kill_tree(identity: &ProcessIdentity, cookie: &str, boot_id: &str) -> Swept {
    let mut swept = Swept::default();
    if identity.boot_id != boot_id {
        return swept;
    }
    let assignment = [env::RUN.as_bytes(), b"=", cookie.as_bytes()].concat();
    let own = process::own_pid();
    let end = Instant::now() + SWEEP;
    let mut killed = HashSet::new();
    loop {
        let table = process_tree::table();
        let victims = belonging(&table, identity, own, |process| {
            process_tree::has_variable(process.pid, &assignment)
        });
        swept.killed = killed.len();
        swept.remaining = victims.len();
        if victims.is_empty() || Instant::now() >= end {
            return swept;
        }
        for victim in &victims {
            process_tree::signal(victim, KillSignal::Kill);
            killed.insert((victim.pid, victim.start_time));
        }
        process::pause(ROUND);
    }
}

/// The living processes of a run: its supervisor, first, so that it starts nothing more; those of the supervisor's
/// session; those that carry the run's cookie; and whatever descends from one of them.
///
/// A session is known by its leader's number, which can be somebody else's by now. It is believed only while its leader
/// is the supervisor itself (a zombie will do), or when one of its members carries the cookie.
fn belonging(
    table: &[ProcessStat],
    identity: &ProcessIdentity,
    own: i32,
    carries_cookie: impl Fn(&ProcessStat) -> bool,
) -> Vec<ProcessStat> {
    let is_supervisor = |process: &&ProcessStat| {
        process.pid == identity.pid && process.start_time == identity.start_time
    };
    let supervisor = table.iter().find(is_supervisor);
    let marked: Vec<&ProcessStat> = table
        .iter()
        .filter(|process| !process.zombie && carries_cookie(process))
        .collect();
    let session_is_ours =
        supervisor.is_some() || marked.iter().any(|process| process.session == identity.pid);
    let in_session = table
        .iter()
        .filter(|process| session_is_ours && process.session == identity.pid);
    let roots: Vec<ProcessStat> = supervisor
        .into_iter()
        .chain(in_session)
        .chain(marked)
        .copied()
        .collect();
    let numbers = roots.iter().map(|process| process.pid).collect();
    let below = process_tree::below(table, &numbers);
    let mut seen = HashSet::from([own]);
    roots
        .into_iter()
        .chain(below)
        .filter(|process| !process.zombie && process.pid > 1 && seen.insert(process.pid))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: i32, parent: i32, session: i32) -> ProcessStat {
        ProcessStat {
            pid,
            zombie: false,
            parent,
            session,
            cpu_ticks: 0,
            threads: 1,
            start_time: 1000 + u64::from(pid.unsigned_abs()),
            resident_pages: 0,
        }
    }

    fn supervisor(pid: i32) -> ProcessIdentity {
        ProcessIdentity {
            boot_id: "b".into(),
            pid,
            start_time: 1000 + u64::from(pid.unsigned_abs()),
        }
    }

    fn found(table: &[ProcessStat], identity: &ProcessIdentity, marked: &[i32]) -> Vec<i32> {
        belonging(table, identity, 2, |process| marked.contains(&process.pid))
            .iter()
            .map(|process| process.pid)
            .collect()
    }

    #[test]
    fn a_living_supervisor_comes_first_and_takes_its_session_along() {
        let table = [
            process(11, 10, 10),
            process(10, 2, 10),
            process(12, 11, 12),
            process(50, 1, 50),
        ];
        assert_eq!(found(&table, &supervisor(10), &[]), [10, 11, 12]);
    }

    #[test]
    fn a_zombie_still_vouches_for_its_session() {
        let mut table = [process(10, 2, 10), process(11, 1, 10)];
        table[0].zombie = true;
        assert_eq!(found(&table, &supervisor(10), &[]), [11]);
    }

    #[test]
    fn a_reused_number_is_not_believed() {
        let mut table = [process(10, 1, 10), process(11, 10, 10)];
        table[0].start_time += 1;
        assert_eq!(found(&table, &supervisor(10), &[]), [0; 0]);
    }

    #[test]
    fn an_orphaned_session_is_believed_when_a_member_carries_the_cookie() {
        let table = [process(11, 1, 10), process(12, 1, 10)];
        assert_eq!(found(&table, &supervisor(10), &[]), [0; 0]);
        assert_eq!(found(&table, &supervisor(10), &[12]), [11, 12]);
    }

    #[test]
    fn who_left_the_session_is_found_by_the_cookie_and_by_descent() {
        let table = [process(20, 1, 20), process(21, 20, 21), process(30, 1, 30)];
        assert_eq!(found(&table, &supervisor(10), &[20]), [20, 21]);
    }

    #[test]
    fn neither_the_caller_nor_init_is_ever_killed() {
        let table = [process(1, 0, 1), process(2, 1, 2)];
        assert_eq!(found(&table, &supervisor(10), &[1, 2]), [0; 0]);
    }
}
