//! Running another program in our place: what it would have seen and what it says pass through unchanged.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use super::rusage::{Meter, Used};

/// So much of what a program says last is kept.
const TAIL: usize = 4 * 1024;

/// Whether git would run this file as a hook.
pub fn is_runnable(program: &Path) -> bool {
    program
        .metadata()
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// What came of a program that was listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listened {
    /// Its exit code as a shell would give it.
    pub exit: u8,
    /// The last bytes that it wrote to standard error.
    pub said: Vec<u8>,
    /// What it used, with those of its processes that it waited for.
    pub used: Used,
}

/// Runs `program` in our place, in a folder, with variables added to our environment. What it writes to standard error passes through; its
/// last bytes are returned too, unless that is a terminal, which the program shall see. No other child may be waited for
/// meanwhile: what it used would count as this program's.
pub fn run_and_listen(
    program: &Path,
    args: &[OsString],
    folder: &Path,
    variables: &[(String, OsString)],
) -> io::Result<Listened> {
    let meter = Meter::begin();
    let listened = |status, said| Listened {
        exit: exit_code(status),
        said,
        used: meter.used(),
    };
    let mut command = duct::cmd(program.to_path_buf(), args)
        .dir(folder)
        .unchecked();
    for (name, value) in variables {
        command = command.env(name, value);
    }
    if io::stderr().is_terminal() {
        let status = command.run()?.status;
        return Ok(listened(status, Vec::new()));
    }
    let (mut reader, writer) = os_pipe::pipe()?;
    // The command holds the writing end: it must be gone for the reading to end.
    let handle = command.stderr_file(writer).start()?;
    let mut tail = Vec::new();
    let mut piece = [0_u8; 8 * 1024];
    loop {
        let length = match reader.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let piece = piece.get(..length).unwrap_or_default();
        // Nobody may be listening any more; the program goes on all the same.
        let _ = io::stderr().write_all(piece);
        tail.extend_from_slice(piece);
        if tail.len() > 2 * TAIL {
            tail.drain(..tail.len() - TAIL);
        }
    }
    let status = handle.wait()?.status;
    Ok(listened(status, tail))
}

/// Runs `program` with our environment, folder and terminal, and returns its exit code as a shell would give it.
///
/// `input` is what we have read from standard input already; without it the program reads that itself.
pub fn run(program: &Path, args: &[OsString], input: Option<&[u8]>) -> io::Result<u8> {
    match start(program, args, input) {
        // As git does: a script without an interpreter line is the shell's.
        Err(error) if error.raw_os_error() == Some(libc::ENOEXEC) => {
            let script = std::iter::once(program.as_os_str().to_owned());
            let words: Vec<OsString> = script.chain(args.iter().cloned()).collect();
            start(Path::new("/bin/sh"), &words, input)
        }
        outcome => outcome,
    }
    .map(exit_code)
}

fn start(program: &Path, args: &[OsString], input: Option<&[u8]>) -> io::Result<ExitStatus> {
    let command = duct::cmd(program.to_path_buf(), args).unchecked();
    let command = match input {
        Some(bytes) => command.stdin_bytes(bytes),
        None => command,
    };
    command.run().map(|output| output.status)
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn script(text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a hook");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path)
    }

    #[test]
    fn arguments_and_input_arrive_and_the_code_comes_back() {
        let text =
            "#!/bin/sh\nread line\n[ \"$line\" = 'a b' ] && [ \"$1\" = 'x y' ] && exit 7\nexit 1\n";
        let (_folder, path) = script(text);
        assert!(is_runnable(&path));
        assert_eq!(run(&path, &["x y".into()], Some(b"a b\n")).unwrap(), 7);
    }

    #[test]
    fn a_script_without_an_interpreter_line_is_the_shells() {
        let (_folder, path) = script("exit $1\n");
        assert_eq!(run(&path, &["5".into()], Some(b"")).unwrap(), 5);
    }

    #[test]
    fn a_program_that_does_not_read_its_input_is_no_error() {
        let (_folder, path) = script("#!/bin/sh\nexit 0\n");
        let much = vec![b'x'; 1 << 20];
        assert_eq!(run(&path, &[], Some(&much)).unwrap(), 0);
    }

    #[test]
    fn what_it_says_and_what_it_and_its_processes_use_is_told() {
        let text = "#!/bin/sh\necho last words >&2\nsh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'\nexit 3\n";
        let (folder, path) = script(text);
        let listened = run_and_listen(&path, &[], folder.path(), &[]).unwrap();
        assert_eq!(
            (listened.exit, &listened.said[..]),
            (3, &b"last words\n"[..])
        );
        assert!(listened.used.cpu > std::time::Duration::ZERO);
    }

    #[test]
    fn a_signal_gives_the_code_that_shells_give() {
        let (_folder, path) = script("#!/bin/sh\nkill -TERM $$\n");
        assert_eq!(run(&path, &[], Some(b"")).unwrap(), 143);
    }
}
