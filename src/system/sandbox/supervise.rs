//! `git-tend __confine`: the supervisor of one confined script.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::time::Instant;

use super::bait::{Bait, known};
use super::fork::{Side, fork, leave};
use super::keeper::{Order, Word, keep, tell};
use super::outcome::Outcome;
use super::run::Run;
use super::spec::{Means, Spec};
use super::stand_in;
use crate::system::poll;
use crate::system::process;
use crate::system::signals::Signals;

/// By which the supervisor knows what it is.
pub const VERB: &str = "__confine";

/// Runs one script as told on standard input and tells on standard output what became of it.
pub fn main() -> ExitCode {
    let Ok(mut stdin) = process::standard(io::stdin()) else {
        return ExitCode::FAILURE;
    };
    let outcome = match read_spec(&mut stdin) {
        Ok(Some(spec)) => match prepare(spec, stdin).and_then(Supervisor::start) {
            Ok(run) => run.supervise(),
            Err(error) => failed(&error),
        },
        // Nobody is there any more.
        Ok(None) => return ExitCode::FAILURE,
        Err(error) => failed(&error),
    };
    report(&outcome)
}

fn failed(error: &io::Error) -> Outcome {
    Outcome::failed(format!("failed to set the sandbox up: {error}"))
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

pub(super) struct Supervisor {
    pub(super) order: Order,
    pub(super) bait: Bait,
    pub(super) signals: Signals,
    /// Its end is that of whoever asked for the script.
    pub(super) control: File,
    /// Whether the script gets another identity.
    stands_in: bool,
}

fn prepare(spec: Spec, control: File) -> io::Result<Supervisor> {
    process::become_supervisor()?;
    let mut bait = Bait::lay(&spec.top)?;
    bait.outside.secrets = known(&spec.secrets);
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
        Ok(Run::new(self, started, report, stdout, stderr))
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
