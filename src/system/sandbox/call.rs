//! Starting the supervisor.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::outcome::Outcome;
use super::spec::Spec;
use super::supervise::VERB;
use crate::system::{env, resolve};

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// Our own program could not be started again, or did not answer.
    #[error("start the sandbox with {}: {error}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What it answered is no answer.
    #[error("read what the sandbox told: {0}")]
    Answer(serde_json::Error),
    /// A path or a value cannot be told to it.
    #[error("tell the sandbox what to run: {0}")]
    Spec(serde_json::Error),
}

/// Runs a script as `spec` says, supervised by `helper`, which is our own program.
///
/// Returns when nothing of it is left. If the calling process ends before, so does the script.
pub fn run(helper: &Path, spec: &Spec) -> Result<Outcome, SandboxError> {
    let mut line = serde_json::to_vec(spec).map_err(SandboxError::Spec)?;
    line.push(b'\n');
    let answer = ask(helper, &line).map_err(|error| SandboxError::Start {
        program: helper.to_owned(),
        error,
    })?;
    serde_json::from_slice(&answer).map_err(SandboxError::Answer)
}

fn ask(helper: &Path, line: &[u8]) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let (stdin, mut control) = os_pipe::pipe()?;
    let (mut answers, stdout) = os_pipe::pipe()?;
    // The supervisor needs nothing of the environment, so that there is nothing in it to be found.
    let nothing: Vec<(OsString, OsString)> = Vec::new();
    let handle = duct::cmd(helper.to_path_buf(), [OsStr::new(VERB)])
        .stdin_file(stdin)
        .stdout_file(stdout)
        .stderr_null()
        .full_env(nothing)
        .unchecked()
        .start()?;
    let told = control.write_all(line);
    let mut answer = Vec::new();
    let heard = answers.read_to_end(&mut answer);
    drop(control);
    handle.wait()?;
    told?;
    heard?;
    if answer.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer)
}

/// Where bubblewrap is, if it is installed: in a folder of the system, so that nobody else's program is taken for it.
pub fn bubblewrap() -> Option<PathBuf> {
    let path = env::raw(env::PATH).unwrap_or_default();
    let folders = resolve::folders(&[], &path);
    [
        "/usr/bin",
        "/usr/local/bin",
        "/bin",
        "/run/current-system/sw/bin",
    ]
    .iter()
    .map(PathBuf::from)
    .filter(|folder| folders.contains(folder) || folder.starts_with("/usr/bin"))
    .map(|folder| folder.join("bwrap"))
    .find(|program| matches!(resolve::look(program), resolve::Candidate::Executable))
}
