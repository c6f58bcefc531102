//! One run of a tool: its calls, its report, its verdict.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use bstr::ByteSlice as _;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::adapter::Source;
use super::judge::{Codes, Ended, Judged, judge};
use super::reading::{ReadError, Reading};
use crate::config::task::REPORT;
use crate::findings::{Unchecked, Verdict};
use crate::system::capture::{self, Capture};
use crate::tasks::arguments;

/// The largest report that is read.
pub const LARGEST_REPORT: u64 = 256 << 20;
/// How much of what a tool says goes into the job's log; the log has a limit, and a job that exceeds it is ended.
const LOGGED: u64 = 8 << 20;
/// How much of the end of what a tool says is searched for words.
const SAID: u64 = 64 << 10;
/// What stands for the path of a tool's input.
pub const INPUT: &str = "{input}";
/// So many report files are read of one run.
const MOST_FILES: usize = 10_000;

/// What is to be run.
pub struct Run<'a> {
    /// Absolute.
    pub program: &'a Path,
    /// With placeholders.
    pub args: &'a [OsString],
    /// What `{files}` stands for; nothing if the arguments are called once as they are.
    pub files: Option<&'a [OsString]>,
    /// What `{input}` stands for the path of.
    pub input: Option<&'a [u8]>,
    /// Where it runs.
    pub cwd: &'a Path,
    /// All of its variables.
    pub env: &'a [(OsString, OsString)],
    /// Where its report is.
    pub source: Where<'a>,
    /// How its report is read.
    pub read: &'a dyn Fn(&mut dyn BufRead) -> Result<Reading, ReadError>,
    /// What it cannot be asked to look at.
    pub unchecked: &'a [Unchecked],
    /// What its exit codes mean.
    pub codes: Codes,
    /// How many things it is to look at.
    pub expected: Option<u64>,
    /// How long all calls together may take.
    pub timeout: Duration,
    /// A folder for its outputs.
    pub scratch: &'a Path,
}

/// Where a report is.
#[derive(Clone, Debug)]
pub enum Where<'a> {
    /// On standard output.
    Stdout,
    /// On both outputs.
    Both,
    /// In the file that `{report}` stands for.
    Report,
    /// In files below the folder it runs in.
    Files(Vec<&'a str>),
}

impl Where<'static> {
    /// As a row of the table says.
    pub fn of(source: Source) -> Self {
        match source {
            Source::Stdout => Self::Stdout,
            Source::Output => Self::Both,
            Source::Report => Self::Report,
            Source::Files(globs) => Self::Files(globs.to_vec()),
        }
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Came {
    /// What it found, as far as it could be read.
    pub reading: Reading,
    /// Its verdict.
    pub judged: Judged,
    /// The last call's exit code.
    pub exit_code: Option<i32>,
    /// How many things it looked at, as far as that is known.
    pub checked: Option<u64>,
    /// How long all calls took.
    pub seconds: f64,
}

/// Runs it. Only a failure of ours is an error; the tool's are its verdict.
pub fn run(what: &Run<'_>) -> io::Result<Came> {
    let start = Instant::now();
    let input = what.scratch.join("input");
    let args = replaced(what.args, INPUT, &input);
    let calls = match what.files {
        Some(files) => {
            let room = arguments::room(what.program, what.env);
            arguments::calls(&args, files, room)
        }
        None => vec![args],
    };
    let mut came = Came {
        reading: Reading::default(),
        judged: Judged::nothing("it has no file to look at"),
        exit_code: None,
        checked: None,
        seconds: 0.0,
    };
    let total = calls.len();
    for (number, args) in calls.into_iter().enumerate() {
        let report = what.scratch.join(format!("report-{number}"));
        let args = replaced(&args, REPORT, &report);
        if let Some(bytes) = what.input {
            let path = report.as_os_str().as_encoded_bytes();
            fs::write(&input, bytes.replace(REPORT, path))?;
        }
        let left = what.timeout.saturating_sub(start.elapsed());
        // What each chunk was to look at is not known; that the tool says nothing about it is judged for one call only.
        let expected = if total == 1 {
            what.expected
        } else {
            what.expected.map(|_| 1)
        };
        // Said once, however many calls there are.
        let unchecked = if number == 0 { what.unchecked } else { &[] };
        let one = call(what, &args, &report, left, (expected, unchecked))?;
        // Reports may be large.
        let _ = fs::remove_file(&report);
        came.exit_code = one.exit_code;
        came.judged = if number == 0 {
            one.judged
        } else {
            came.judged.and(one.judged)
        };
        if let Err(error) = came.reading.merge(one.reading) {
            came.judged = Judged::failed(&error.to_string());
        }
        if came.judged.is_failure() {
            break;
        }
    }
    came.checked = came.reading.checked.or_else(|| {
        let unchecked = came.reading.unchecked.len() as u64;
        let looked = matches!(came.judged.verdict, Verdict::Clean | Verdict::Findings);
        what.expected
            .filter(|_| looked)
            .map(|it| it.saturating_sub(unchecked))
    });
    came.seconds = start.elapsed().as_secs_f64();
    Ok(came)
}

fn replaced(args: &[OsString], placeholder: &str, path: &Path) -> Vec<OsString> {
    args.iter()
        .map(|argument| match (argument.to_str(), path.to_str()) {
            (Some(text), Some(path)) if text.contains(placeholder) => {
                text.replace(placeholder, path).into()
            }
            _ => argument.clone(),
        })
        .collect()
}

fn call(
    what: &Run<'_>,
    args: &[OsString],
    report: &Path,
    timeout: Duration,
    (expected, unchecked): (Option<u64>, &[Unchecked]),
) -> io::Result<Came> {
    let began = SystemTime::now();
    let open = |name: &str| {
        File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(what.scratch.join(name))
    };
    let stdout = open("stdout")?;
    let stderr = match what.source {
        Where::Both => stdout.try_clone()?,
        _ => open("stderr")?,
    };
    let is_report = matches!(what.source, Where::Stdout | Where::Both);
    let mut log = Log {
        copied: [0; 2],
        room: LOGGED,
    };
    let mut talk = || {
        log.follow(0, &stderr);
        if !is_report {
            log.follow(1, &stdout);
        }
    };
    let capture = Capture {
        program: what.program,
        args,
        cwd: what.cwd,
        env: what.env,
        stdout: &stdout,
        stderr: &stderr,
        timeout,
        limit: LARGEST_REPORT,
    };
    let ended = capture::run(capture, &mut talk);
    talk();
    let (ended, exit_code) = match ended {
        Ok(capture::Ended::Exited(code)) => (Ended::Exited(code), Some(code)),
        Ok(capture::Ended::Signalled(signal)) => (Ended::Signalled(signal), None),
        Ok(capture::Ended::TimedOut) => (Ended::TimedOut, None),
        Ok(capture::Ended::TooMuch) => (Ended::TooMuch, None),
        Err(error) => (Ended::NotStarted(error.to_string()), None),
    };
    let mut said = words(&stderr)?;
    if !is_report {
        said.push_str(&words(&stdout)?);
    }
    let mut reading = match &ended {
        Ended::Exited(_) => read(what, &stdout, report, began),
        // Half a report is none.
        _ => Err(ReadError::Empty),
    };
    if let Ok(reading) = &mut reading {
        reading.unchecked.extend_from_slice(unchecked);
    }
    let judged = judge(what.codes, &ended, &said, &reading, expected);
    Ok(Came {
        reading: reading.unwrap_or_default(),
        judged,
        exit_code,
        checked: None,
        seconds: 0.0,
    })
}

/// The end of what a tool said.
fn words(file: &File) -> io::Result<String> {
    let mut file = file.try_clone()?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(SAID)))?;
    let mut bytes = Vec::new();
    file.take(SAID).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a tool says goes into the job's log, which is this process's standard error, while it says it.
struct Log {
    /// How far each of its outputs was copied.
    copied: [u64; 2],
    /// How much more is kept.
    room: u64,
}

impl Log {
    /// Copies what was added to one of the outputs. A log that cannot be written loses nothing but itself.
    fn follow(&mut self, output: usize, file: &File) {
        let Some(copied) = self.copied.get_mut(output) else {
            return;
        };
        let mut log = io::stderr().lock();
        let mut buffer = [0; 16 << 10];
        while self.room > 0 {
            // The tool writes where this file's position is: it must not move.
            let read = file.read_at(&mut buffer, *copied).unwrap_or_default();
            let kept = u64::try_from(read).unwrap_or_default().min(self.room);
            let bytes = usize::try_from(kept)
                .ok()
                .and_then(|kept| buffer.get(..kept));
            let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
                return;
            };
            let _ = log.write_all(bytes);
            *copied += kept;
            self.room -= kept;
            if self.room == 0 {
                let _ = writeln!(log, "\n[git-tend: the rest is not kept]");
            }
        }
    }
}

fn read(
    what: &Run<'_>,
    stdout: &File,
    report: &Path,
    began: SystemTime,
) -> Result<Reading, ReadError> {
    match &what.source {
        Where::Stdout | Where::Both => {
            let mut file = stdout.try_clone()?;
            file.rewind()?;
            read_file(what, file)
        }
        Where::Report => match File::open(report) {
            Ok(file) => read_file(what, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ReadError::Empty),
            Err(error) => Err(error.into()),
        },
        Where::Files(globs) => {
            let files = report_files(what.cwd, globs, began)?;
            let mut reading = Reading {
                checked: files.is_empty().then_some(0),
                ..Reading::default()
            };
            for path in files {
                reading.merge(read_file(what, File::open(path)?)?)?;
            }
            Ok(reading)
        }
    }
}

fn read_file(what: &Run<'_>, file: File) -> Result<Reading, ReadError> {
    let found = file.metadata()?;
    // Lines may be none.
    if found.len() == 0 && !matches!(what.source, Where::Both) {
        return Err(ReadError::Empty);
    }
    if found.len() > LARGEST_REPORT || !found.is_file() {
        return Err(ReadError::Refused(
            "its report is larger than 256 MiB".to_owned(),
        ));
    }
    (what.read)(&mut BufReader::with_capacity(64 << 10, file))
}

/// The files that globs select below a folder and that are not older than the run.
fn report_files(
    folder: &Path,
    globs: &[&str],
    began: SystemTime,
) -> Result<Vec<PathBuf>, ReadError> {
    let globs = compiled(globs).map_err(|error| ReadError::Refused(error.to_string()))?;
    // File systems keep times to a second or two at worst.
    let oldest = began - Duration::from_secs(2);
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != "node_modules")
        .flatten()
    {
        let Ok(path) = entry.path().strip_prefix(folder) else {
            continue;
        };
        let is_new = || {
            let modified = entry.metadata().ok().and_then(|it| it.modified().ok());
            modified.is_some_and(|at| at >= oldest)
        };
        if entry.file_type().is_file() && globs.is_match(path) && is_new() {
            found.push(entry.path().to_path_buf());
            if found.len() > MOST_FILES {
                return Err(ReadError::Refused(format!(
                    "more than {MOST_FILES} files are its report"
                )));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn compiled(globs: &[&str]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(GlobBuilder::new(glob).literal_separator(true).build()?);
    }
    set.build()
}
