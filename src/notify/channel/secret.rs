//! Secrets: read where the configuration says that they are, when they are needed.
//!
//! Nothing here repeats what was read, neither in an error nor in a trace: of a command only its name is told, since its
//! arguments and whatever it prints may be the secret.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Refusal;
use crate::config::notify::Secret;
use crate::system::capture::{self, Capture, Ended};
use crate::system::plain::plain;
use crate::system::{env, poll, resolve};

/// The longest secret, in bytes: more than any key, less than what a pipe holds.
const LONGEST: usize = 16 * 1024;

/// A secret that was read: one line without control characters, not empty. It cannot be printed by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Revealed(String);

impl Revealed {
    /// What it is.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Revealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revealed(…)")
    }
}

/// Reads a secret. A command may take `limit`, and a moment more if it must be killed.
///
/// A command that fails is asked again later: a keyring may be locked just now. What is not there at all, or makes no
/// secret, stays so until somebody changes it.
pub fn read(secret: &Secret, limit: Duration) -> Result<Revealed, Refusal> {
    let (value, origin) = match secret {
        Secret::Env(name) => (variable(name)?, format!("the variable {}", plain(name))),
        Secret::Command(command) => {
            let Some((program, args)) = command.split_first() else {
                return Err(Refusal::Final(
                    "the command of a secret is empty".to_owned(),
                ));
            };
            let line = first_line(program, args, limit)?;
            (line, format!("what `{}` prints", plain(program)))
        }
    };
    if value.chars().any(char::is_control) {
        return Err(Refusal::Final(format!(
            "{origin} has control characters in it: not a secret"
        )));
    }
    Ok(Revealed(value))
}

/// What would keep a secret from being read, as far as it can be told without running a command.
pub fn check(secret: &Secret) -> Result<(), Refusal> {
    match secret {
        Secret::Env(_) => read(secret, Duration::ZERO).map(drop),
        Secret::Command(command) => match command.split_first() {
            Some((program, _)) => find(program).map(drop),
            None => Err(empty_command()),
        },
    }
}

fn empty_command() -> Refusal {
    Refusal::Final("the command of a secret is empty".to_owned())
}

fn variable(name: &str) -> Result<String, Refusal> {
    let shown = plain(name);
    let value = env::raw(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Refusal::Final(format!("the variable {shown} is not set")))?;
    value
        .into_string()
        .map_err(|_| Refusal::Final(format!("the variable {shown} is not UTF-8")))
}

/// The first line that a program prints, without its end.
fn first_line(program: &str, args: &[String], limit: Duration) -> Result<String, Refusal> {
    let shown = plain(program);
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    let (ended, said) = run(&find(program)?, &args, limit).map_err(|error| {
        Refusal::Later(format!("run `{shown}`, which prints a secret: {error}"))
    })?;
    match ended {
        Ended::Exited(0) => {}
        Ended::Exited(code) => {
            return Err(Refusal::Later(format!(
                "`{shown}` was to print a secret and exited with {code}"
            )));
        }
        Ended::Signalled(signal) => {
            return Err(Refusal::Later(format!(
                "`{shown}` was to print a secret and was ended by signal {signal}"
            )));
        }
        Ended::TimedOut | Ended::TooMuch => {
            return Err(Refusal::Later(format!(
                "`{shown}` was to print a secret and took longer than {} s",
                limit.as_secs_f32()
            )));
        }
    }
    let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(Refusal::Final(format!(
            "the first line that `{shown}` prints is empty: no secret"
        )));
    }
    if line.len() > LONGEST {
        return Err(Refusal::Final(format!(
            "the first line that `{shown}` prints is longer than {LONGEST} bytes: not a secret"
        )));
    }
    String::from_utf8(line.to_vec())
        .map_err(|_| Refusal::Final(format!("what `{shown}` prints is not UTF-8")))
}

/// Where a program of the search path is, or an absolute one.
///
/// Not those of a project: what a repository brings along must not be asked for the user's secrets.
fn find(program: &str) -> Result<PathBuf, Refusal> {
    if program.contains('/') && !Path::new(program).is_absolute() {
        return Err(Refusal::Final(format!(
            "`{}` was to print a secret: write its whole path, or its name alone",
            plain(program)
        )));
    }
    let path = env::raw(env::PATH).unwrap_or_default();
    let folders = resolve::folders(&[], &path);
    let base = Path::new("/");
    resolve::resolve(OsStr::new(program), base, &folders, resolve::look)
        .map_err(|error| Refusal::Final(format!("cannot {}", plain(&error.to_string()))))
}

/// Runs it; how it ended, and the beginning of what it printed.
///
/// A pipe and not a file: the secret is never on a disk. Standard error goes nowhere.
fn run(program: &Path, args: &[OsString], limit: Duration) -> io::Result<(Ended, Vec<u8>)> {
    let (mut reader, writer) = io::pipe()?;
    poll::set_nonblocking(reader.as_fd())?;
    let stdout = File::from(OwnedFd::from(writer));
    let stderr = File::options().write(true).open("/dev/null")?;
    let mut said = Vec::new();
    let capture = Capture {
        program,
        args,
        cwd: Path::new("/"),
        env: &env::scrubbed(env::all()),
        stdout: &stdout,
        stderr: &stderr,
        timeout: limit,
        limit: u64::MAX,
    };
    let ended = capture::run(capture, &mut || take(&mut reader, &mut said))?;
    take(&mut reader, &mut said);
    Ok((ended, said))
}

/// Empties the pipe, as far as it is full now; what is too long for a secret is dropped.
fn take(reader: &mut PipeReader, said: &mut Vec<u8>) {
    let mut buffer = [0; 8192];
    // Bounded: one that prints without end must not keep the clock from being looked at.
    for _ in 0..64 {
        let Ok(count @ 1..) = reader.read(&mut buffer) else {
            return;
        };
        let room = (LONGEST + 1).saturating_sub(said.len()).min(count);
        said.extend_from_slice(buffer.get(..room).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::time::Instant;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn shell(script: &str, limit: Duration) -> Result<Revealed, Refusal> {
        let command = ["/bin/sh", "-c", script].map(str::to_owned).to_vec();
        read(&Secret::Command(command), limit)
    }

    fn revealed(script: &str) -> String {
        shell(script, LONG).unwrap().expose().to_owned()
    }

    #[test]
    fn the_first_line_is_the_secret() {
        assert_eq!(revealed("echo hunter2"), "hunter2");
        assert_eq!(revealed("printf hunter2"), "hunter2");
        assert_eq!(revealed("printf ' pä ss \\r\\nuser: x\\n'"), " pä ss ");
        let name = ["echo", "a b", "c"].map(str::to_owned).to_vec();
        assert_eq!(
            read(&Secret::Command(name.clone()), LONG).unwrap().expose(),
            "a b c"
        );
        assert_eq!(check(&Secret::Command(name)), Ok(()));
        // Nothing comes in, and what others left behind may hold the pipe.
        assert_eq!(revealed("cat; sleep 50 & echo x"), "x");
    }

    #[test]
    fn long_output_after_the_secret_is_dropped() {
        let begun = Instant::now();
        assert_eq!(revealed("echo x; head -c 1000000 /dev/zero"), "x");
        assert!(begun.elapsed() < LONG);
    }

    #[test]
    fn what_is_no_secret_is_refused_for_good() {
        let long = format!("head -c {} /dev/zero | tr '\\0' x", LONGEST + 1);
        for script in [
            "true",
            "echo; echo hunter2",
            "printf 'hunter2\\033[0m'",
            "printf 'hunter2\\377'",
            "printf 'hunter2\\000'",
            &long,
        ] {
            let refusal = shell(script, LONG).unwrap_err();
            assert!(matches!(refusal, Refusal::Final(_)), "{refusal}");
            assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
        }
        for command in [&[][..], &[""], &["no-such-program-anywhere"], &["bin/sh"]] {
            let command = command.iter().map(|&word| word.to_owned()).collect();
            let secret = Secret::Command(command);
            let refusal = read(&secret, LONG).unwrap_err();
            assert!(matches!(refusal, Refusal::Final(_)), "{refusal}");
            assert_eq!(check(&secret), Err(refusal));
        }
    }

    #[test]
    fn a_failing_command_is_asked_again_later_and_not_quoted() {
        for script in [
            "echo hunter2; echo hunter2 >&2; exit 3",
            "echo hunter2; kill -9 $$",
        ] {
            let refusal = shell(script, LONG).unwrap_err();
            assert!(matches!(refusal, Refusal::Later(_)), "{refusal}");
            assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
        }
    }

    #[test]
    fn time_is_bounded() {
        let begun = Instant::now();
        for script in ["echo x; sleep 50", "yes", "trap '' TERM; sleep 50"] {
            let refusal = shell(script, Duration::from_millis(50)).unwrap_err();
            assert!(matches!(refusal, Refusal::Later(_)), "{refusal}");
        }
        assert!(begun.elapsed() < Duration::from_secs(45));
    }

    #[test]
    fn variables_are_read() {
        let path = read(&Secret::Env("PATH".to_owned()), LONG).unwrap();
        assert_eq!(path.expose(), env::text("PATH").unwrap());
        assert_eq!(format!("{path:?}"), "Revealed(…)");
        assert_eq!(
            read(&Secret::Env("TEND_NO_SUCH_VARIABLE".to_owned()), LONG),
            Err(Refusal::Final(
                "the variable TEND_NO_SUCH_VARIABLE is not set".to_owned()
            ))
        );
    }
}
