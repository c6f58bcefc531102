//! One call of the agent.
//!
//! The program is started without a shell, in an empty folder of its own, with its instructions in a private file and the
//! question on standard input. Why its last answer ended tells how the call went, not the code that it exits with: in its
//! JSON mode pi exits with 0 when it was refused, and an answer that it was paid for is one though it crashed after it.

mod answers;
mod arguments;
mod journal;
mod verdict;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::answers::{Held, Part};
pub use self::answers::{discard, forget, is_kept};
use self::arguments::arguments;
pub(super) use self::arguments::{program, variable};
use self::journal::{Complaints, Journal};
use self::verdict::{Verdict, verdict};
use super::failure::{Failure, Reason};
use super::stream::{Lines, Seen, Stream, TooMuch};
use crate::config::user::Agent;
use crate::sessions::{Model, Usage};
use crate::system::conversation::{self, Conversation, Listener};
use crate::system::filesystem::{private_dir, write_private};
use crate::system::process::is_no_space;

/// What the agent is called with.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The program, the model and its provider.
    pub settings: &'a Agent,
    /// What it is: its instructions, which never hold anything of a session.
    pub system_prompt: &'a str,
    /// What it is asked, on standard input.
    pub prompt: &'a str,
    /// Folders of skills.
    pub skills: &'a [PathBuf],
    /// When it is stopped.
    pub timeout: Duration,
    /// Its environment.
    pub environment: &'a [(OsString, OsString)],
    /// Where answers are kept from the moment they come in until they are used: an answer that was paid for is not paid for
    /// twice, whatever happens to this process.
    pub answers: &'a Path,
}

/// What the agent answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text blocks of its last answer, with line ends between them.
    pub text: String,
    /// The model that wrote it, if it is told.
    pub model: Option<Model>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The answer, or why there is none.
    pub result: Result<Reply, Failure>,
    /// What there is of an answer that was cut off at its longest: it was paid for.
    pub cut: Option<Reply>,
    /// What it took, as far as it was told: failures cost money too.
    pub usage: Usage,
    /// How long it took.
    pub wall: Duration,
    /// Whether the answer was there already: nothing was called and `usage` is nothing.
    pub kept: bool,
}

/// How many tokens a text has, roughly: a quarter of its characters.
pub fn estimate_tokens(text: &str) -> u64 {
    text.chars().count() as u64 / 4
}

/// Asks the agent, unless its answer to this very question is there already. `stop` is asked many times a second whether to
/// give up; `log` gets lines for people, without secrets and without the question.
pub fn call(request: &Request<'_>, stop: &dyn Fn() -> bool, log: &mut dyn Write) -> Called {
    let start = Instant::now();
    let mut journal = Journal::new(log);
    let mut called = match Held::take(request, stop) {
        Ok(mut held) => match held.answer() {
            Some(reply) => {
                journal.line("the answer to this question was kept: nothing is asked");
                Called {
                    kept: true,
                    ..Called::of(Ok(reply))
                }
            }
            None => ask(request, &mut held, stop, &mut journal),
        },
        Err(failure) => Called::of(Err(failure)),
    };
    called.wall = start.elapsed();
    journal.end(&called);
    called
}

impl Called {
    fn of(result: Result<Reply, Failure>) -> Self {
        Self {
            result,
            cut: None,
            usage: Usage::default(),
            wall: Duration::ZERO,
            kept: false,
        }
    }
}

/// Asks, whether or not there is an answer.
fn ask(
    request: &Request<'_>,
    held: &mut Held,
    stop: &dyn Fn() -> bool,
    journal: &mut Journal<'_>,
) -> Called {
    let prepared = Prepared::new(request, held).and_then(|prepared| {
        let part = held
            .begin()
            .map_err(|error| storage("keep the answer", &error))?;
        Ok((prepared, part))
    });
    let (prepared, part) = match prepared {
        Ok(prepared) => prepared,
        Err(failure) => return Called::of(Err(failure)),
    };
    journal.start(&prepared.program, &prepared.args, request.prompt);
    let mut hearing = Hearing {
        lines: Lines::default(),
        stream: Stream::default(),
        too_much: None,
        part,
        complaints: Complaints::default(),
        journal,
    };
    let ended = conversation::hold(
        Conversation {
            program: &prepared.program,
            args: &prepared.args,
            cwd: &prepared.work.cwd,
            env: request.environment,
            stdin: request.prompt.as_bytes(),
            timeout: request.timeout,
        },
        &mut hearing,
        stop,
    );
    let heard = hearing.end();
    let verdict = match ended {
        Ok(ended) => verdict(ended, &heard, request.timeout),
        // What it said before the pipe broke may be the answer.
        Err(error) => match heard.stream.answer() {
            Ok(reply) => Verdict::from(Ok(reply)),
            Err(_) => Verdict::from(Err(not_started(&prepared.program, &error))),
        },
    };
    if verdict.result.is_ok() {
        if let Err(error) = held.keep(heard.part) {
            heard
                .journal
                .line(&format!("warning: the answer cannot be kept: {error}"));
        }
    } else {
        held.drop_part();
    }
    Called {
        cut: verdict.cut,
        usage: heard.stream.usage(),
        ..Called::of(verdict.result)
    }
}

/// All that a call needs.
struct Prepared {
    program: PathBuf,
    args: Vec<OsString>,
    work: Work,
}

impl Prepared {
    fn new(request: &Request<'_>, held: &Held) -> Result<Self, Failure> {
        let program = program(request.settings, request.environment)?;
        let work = Work::new(held.work_folder(), request.system_prompt)
            .map_err(|error| storage("write the agent's instructions", &error))?;
        let args = arguments(request.settings, request.skills, &work.system_prompt);
        Ok(Self {
            program,
            args,
            work,
        })
    }
}

/// Where the agent works: an empty folder, beside the file with its instructions. Both go when this does.
struct Work {
    folder: PathBuf,
    cwd: PathBuf,
    system_prompt: PathBuf,
}

impl Work {
    fn new(folder: PathBuf, system_prompt: &str) -> io::Result<Self> {
        // Of a process that was killed. Whoever holds the question holds the folder.
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        private_dir(&folder)?;
        let work = Self {
            cwd: folder.join("empty"),
            system_prompt: folder.join("system-prompt"),
            folder,
        };
        private_dir(&work.cwd)?;
        write_private(&work.system_prompt, |file| {
            file.write_all(system_prompt.as_bytes())
        })?;
        Ok(work)
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Listens to the agent.
struct Hearing<'a, 'l> {
    lines: Lines,
    stream: Stream,
    too_much: Option<TooMuch>,
    part: Part,
    complaints: Complaints,
    journal: &'a mut Journal<'l>,
}

/// What was heard.
struct Heard<'a, 'l> {
    stream: Stream,
    too_much: Option<TooMuch>,
    part: Part,
    /// The last of standard error.
    complaints: String,
    journal: &'a mut Journal<'l>,
}

fn hear(line: &[u8], stream: &mut Stream, part: &mut Part, journal: &mut Journal<'_>) {
    part.append(line, journal);
    if let Seen::Retry {
        attempt,
        of,
        delay_ms,
        error,
    } = stream.line(line)
    {
        journal.line(&format!(
            "the agent tries again ({attempt} of {of}, in {delay_ms} ms): {error}"
        ));
    }
}

impl Listener for Hearing<'_, '_> {
    fn heard(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        let (stream, part, journal) = (&mut self.stream, &mut self.part, &mut *self.journal);
        let pushed = self
            .lines
            .push(bytes, &mut |line| hear(line, stream, part, journal));
        match pushed {
            Ok(()) => ControlFlow::Continue(()),
            Err(too_much) => {
                self.too_much = Some(too_much);
                ControlFlow::Break(())
            }
        }
    }

    fn complained(&mut self, bytes: &[u8]) {
        self.complaints.push(bytes, self.journal);
    }

    fn is_content(&self) -> bool {
        self.stream.is_content()
    }
}

impl<'a, 'l> Hearing<'a, 'l> {
    fn end(self) -> Heard<'a, 'l> {
        let Self {
            lines,
            mut stream,
            mut too_much,
            mut part,
            complaints,
            journal,
        } = self;
        if too_much.is_none() {
            let ended = lines.finish(&mut |line| hear(line, &mut stream, &mut part, journal));
            too_much = ended.err();
        }
        Heard {
            stream,
            too_much,
            part,
            complaints: complaints.end(journal),
            journal,
        }
    }
}

/// A failure of files.
fn storage(what: &str, error: &io::Error) -> Failure {
    let is_full = error.raw_os_error().is_some_and(is_no_space);
    let reason = if is_full {
        Reason::DiskFull
    } else {
        Reason::Storage
    };
    Failure::new(reason, &format!("failed to {what}: {error}"))
}

fn not_started(program: &Path, error: &io::Error) -> Failure {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => Reason::MissingProgram,
        // Such as a NUL in an argument, or more arguments than the system takes.
        io::ErrorKind::InvalidInput | io::ErrorKind::ArgumentListTooLong => Reason::Settings,
        _ => Reason::Spawn,
    };
    Failure::new(
        reason,
        &format!("failed to run {}: {error}", program.display()),
    )
}
