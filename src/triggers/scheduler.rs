//! The user's crontab as the `crontab` command shows and takes it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::env;
use crate::system::errand::{self, Answer, End, Errand};
use crate::system::resolve::{self, Unresolved};
use crate::system::signals::Signals;

/// What `crontab` may take. It waits for nobody.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where `crontab` is on systems whose `PATH` was narrowed.
const FALLBACK: &str = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin";

/// Why the crontab cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// There is no such command.
    #[error("find the program `crontab`")]
    NotInstalled,
    /// It could not be started, or talked to.
    #[error("run {command}: {source}")]
    Io {
        /// What was run.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It took too long and was ended.
    #[error("run {command}: no answer within {} s", TIMEOUT.as_secs())]
    TimedOut {
        /// What was run.
        command: String,
    },
    /// It said no.
    #[error("run {command}: {message}")]
    Failed {
        /// What was run.
        command: String,
        /// What it said.
        message: String,
    },
}

/// The `crontab` command.
#[derive(Clone, Debug)]
pub struct Crontab {
    program: PathBuf,
}

impl Crontab {
    /// Finds the command. `TEND_CRONTAB` replaces it.
    pub fn find() -> Result<Self, SchedulerError> {
        if let Some(program) = env::raw(env::CRONTAB).filter(|value| !value.is_empty()) {
            let program = PathBuf::from(program);
            return match resolve::look(&program) {
                resolve::Candidate::Executable => Ok(Self { program }),
                _ => Err(SchedulerError::NotInstalled),
            };
        }
        let mut folders = resolve::folders(&[], &env::raw("PATH").unwrap_or_default());
        folders.extend(resolve::folders(&[], FALLBACK.as_ref()));
        resolve::resolve(
            OsStr::new("crontab"),
            Path::new("/"),
            &folders,
            resolve::look,
        )
        .map(|program| Self { program })
        .map_err(|_: Unresolved| SchedulerError::NotInstalled)
    }

    /// The user's crontab, as `crontab -l` prints it; `None` if there is none.
    pub fn read(&self) -> Result<Option<Vec<u8>>, SchedulerError> {
        let answer = self.ask("-l", b"")?;
        // Cut there: what is left out would be lost.
        if answer.stdout.len() >= errand::KEPT {
            return Err(SchedulerError::Failed {
                command: command("-l"),
                message: format!("the crontab has more than {} bytes", errand::KEPT),
            });
        }
        if answer.end == End::Exited(Some(0)) {
            return Ok(Some(answer.stdout));
        }
        // Whatever else went wrong, there may be a crontab behind it, and writing ours would replace it.
        let none = answer.stdout.is_empty()
            && message(&answer)
                .to_ascii_lowercase()
                .contains("no crontab for");
        if none {
            Ok(None)
        } else {
            Err(failed("-l", &answer))
        }
    }

    /// Replaces the user's crontab.
    pub fn write(&self, text: &[u8]) -> Result<(), SchedulerError> {
        let answer = self.ask("-", text)?;
        if answer.end == End::Exited(Some(0)) {
            Ok(())
        } else {
            Err(failed("-", &answer))
        }
    }

    /// Removes the user's crontab.
    pub fn remove(&self) -> Result<(), SchedulerError> {
        let answer = self.ask("-r", b"")?;
        if answer.end == End::Exited(Some(0)) {
            Ok(())
        } else {
            Err(failed("-r", &answer))
        }
    }

    fn ask(&self, arg: &str, stdin: &[u8]) -> Result<Answer, SchedulerError> {
        let io = |source| SchedulerError::Io {
            command: command(arg),
            source,
        };
        let signals = Signals::stops_and_children().map_err(io)?;
        let args = [OsString::from(arg)];
        // English, because one of its messages means something.
        let variables: Vec<(OsString, OsString)> = env::all()
            .filter(|(name, _)| name != "LC_ALL")
            .chain([("LC_ALL".into(), "C".into())])
            .collect();
        let errand = Errand {
            program: &self.program,
            args: &args,
            env: &variables,
            stdin,
            timeout: TIMEOUT,
            first_word: None,
        };
        let answer = errand::run(errand, &signals).map_err(io)?;
        match answer.end {
            End::Exited(_) => Ok(answer),
            End::Silent | End::TimedOut => Err(SchedulerError::TimedOut {
                command: command(arg),
            }),
        }
    }
}

fn command(arg: &str) -> String {
    format!("crontab {arg}")
}

fn failed(arg: &str, answer: &Answer) -> SchedulerError {
    SchedulerError::Failed {
        command: command(arg),
        message: message(answer),
    }
}

/// All that it said, as one line.
fn message(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.stderr);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.is_empty() {
        "it failed and said nothing".to_owned()
    } else {
        lines.join("; ")
    }
}
