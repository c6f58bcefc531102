//! Answers from the moment they come in until they are used.
//!
//! A question is known by the digest of all that decides its answer. `<key>.jsonl.part` grows while the agent speaks, and
//! becomes `<key>.jsonl` when its answer is complete; of a process that was killed, a part that holds a whole answer counts
//! too. Whoever holds `<key>.lock` asks; nobody else asks the same meanwhile.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;

use super::journal::Journal;
use super::{Reply, Request, storage};
use crate::agent::failure::{Failure, Reason};
use crate::agent::stream::{Lines, Stream};
use crate::system::filesystem::{lock_file, open_regular, private_dir};
use crate::system::frames::Frames;
use crate::system::process::pause;

/// Between two looks whether another process has its answer.
const LOOK: Duration = Duration::from_millis(50);
/// The largest stream that is kept, in bytes; the answer in a larger one is used all the same.
const LARGEST: u64 = 64 << 20;
/// How many files are looked at when old ones are forgotten.
const MOST: usize = 100_000;
/// The names of a question's files after its key, the lock last.
const SUFFIXES: [&str; 4] = [".jsonl", ".jsonl.part", ".work", ".lock"];

/// What a question is known by: 64 hexadecimal digits.
fn key(request: &Request<'_>) -> String {
    let settings = request.settings;
    let mut frames = Frames::new("git-tend 2026-11-22 question to the agent");
    frames.text(&settings.provider).text(&settings.model);
    let list = |frames: &mut Frames, texts: &[String]| {
        frames.count(texts.len());
        for text in texts {
            frames.text(text);
        }
    };
    list(&mut frames, &settings.command);
    frames.count(usize::from(settings.arguments.is_some()));
    list(
        &mut frames,
        settings.arguments.as_deref().unwrap_or_default(),
    );
    frames.count(request.skills.len());
    for skill in request.skills {
        frames.bytes(skill.as_os_str().as_bytes());
    }
    frames.text(request.system_prompt).text(request.prompt);
    frames.hex()
}

/// A question that nobody else asks while this is there.
pub struct Held {
    _lock: File,
    folder: PathBuf,
    key: String,
}

/// Whether an answer is there, as far as one can tell without waiting for whoever asks the same: then nothing is paid.
pub fn is_kept(request: &Request<'_>) -> bool {
    let key = key(request);
    let at = |suffix: &str| request.answers.join(format!("{key}{suffix}"));
    read(&at(".jsonl")).is_some() || read(&at(".jsonl.part")).is_some()
}

impl Held {
    /// Takes the question, waiting for another process that asks it, as long as a call may take.
    pub fn take(request: &Request<'_>, stop: &dyn Fn() -> bool) -> Result<Self, Failure> {
        let key = key(request);
        let folder = request.answers.to_path_buf();
        let failed = |error| storage("keep answers", &error);
        private_dir(&folder).map_err(failed)?;
        let path = folder.join(format!("{key}.lock"));
        let start = Instant::now();
        loop {
            if let Some(lock) = try_lock(&path).map_err(failed)? {
                return Ok(Self {
                    _lock: lock,
                    folder,
                    key,
                });
            }
            if stop() {
                return Err(Failure::new(Reason::Stopped, "it was stopped"));
            }
            if start.elapsed() >= request.timeout {
                let message = "another process asks the same question";
                return Err(Failure::new(Reason::Busy, message));
            }
            pause(LOOK);
        }
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.folder.join(format!("{}{suffix}", self.key))
    }

    /// Where the agent works on it.
    pub fn work_folder(&self) -> PathBuf {
        self.path(".work")
    }

    /// The answer that was kept. What was kept and holds none goes.
    pub fn answer(&mut self) -> Option<Reply> {
        let whole = self.path(".jsonl");
        if let Some(reply) = read(&whole) {
            return Some(reply);
        }
        let _ = fs::remove_file(&whole);
        let part = self.path(".jsonl.part");
        let reply = read(&part)?;
        // If it cannot be renamed, the part goes on being the answer.
        let _ = fs::rename(&part, &whole);
        Some(reply)
    }

    /// Begins to keep an answer, in the place of whatever was begun before.
    pub fn begin(&self) -> io::Result<Part> {
        let path = self.path(".jsonl.part");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        Ok(Part {
            file: Some(file),
            size: 0,
        })
    }

    /// Keeps an answer that is complete.
    pub fn keep(&self, part: Part) -> io::Result<()> {
        let Some(file) = part.file else {
            self.drop_part();
            return Err(io::Error::other("it was not all written"));
        };
        file.sync_all()?;
        fs::rename(self.path(".jsonl.part"), self.path(".jsonl"))
    }

    /// Drops what holds no answer.
    pub fn drop_part(&self) {
        let _ = fs::remove_file(self.path(".jsonl.part"));
    }
}

/// The lock, if nobody has it. A lock whose file was removed meanwhile is none: the next one would make another.
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = lock_file(path)?;
    match fs4::FileExt::try_lock(&file) {
        Ok(()) => {}
        Err(fs4::TryLockError::WouldBlock) => return Ok(None),
        Err(fs4::TryLockError::Error(error)) => return Err(error),
    }
    let inode = file.metadata()?.ino();
    let is_there = fs::metadata(path).is_ok_and(|found| found.ino() == inode);
    Ok(is_there.then_some(file))
}

/// The answer in a file.
fn read(path: &Path) -> Option<Reply> {
    let file = open_regular(path).ok()?;
    let mut lines = Lines::default();
    let mut stream = Stream::default();
    let mut each = |line: &[u8]| {
        stream.line(line);
    };
    let mut file = file.take(2 * LARGEST);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => lines
                .push(buffer.get(..count).unwrap_or_default(), &mut each)
                .ok()?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    lines.finish(&mut each).ok()?;
    stream.answer().ok()
}

/// An answer that comes in. If the disk is full it is used, and not kept.
pub struct Part {
    file: Option<File>,
    size: u64,
}

impl Part {
    /// Adds a line of the agent's, if it may be an event.
    pub fn append(&mut self, line: &[u8], journal: &mut Journal<'_>) {
        let Some(file) = &mut self.file else { return };
        if line.first() != Some(&b'{') {
            return;
        }
        self.size += line.len() as u64 + 1;
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line);
        bytes.push(b'\n');
        let written = if self.size > LARGEST {
            Err(io::Error::other("it is too large"))
        } else {
            file.write_all(&bytes)
        };
        if let Err(error) = written {
            journal.line(&format!("warning: the answer cannot be kept: {error}"));
            self.file = None;
        }
    }
}

/// Drops the answer to this very question, so that it is asked again; unless it is being asked.
pub fn discard(request: &Request<'_>) -> io::Result<()> {
    remove(request.answers, &key(request)).map(drop)
}

/// Drops the answers that are older than this, and what else is left of their questions; returns how many questions.
/// Of what is being asked, nothing is dropped. It looks at 100,000 files.
pub fn forget(answers: &Path, older_than: Duration, now: Timestamp) -> io::Result<u64> {
    let entries = match fs::read_dir(answers) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let limit = SystemTime::from(now).checked_sub(older_than);
    let mut newest: BTreeMap<String, SystemTime> = BTreeMap::new();
    for entry in entries.take(MOST).filter_map(Result::ok) {
        let name = entry.file_name();
        let Some(key) = name.to_str().and_then(key_of) else {
            continue;
        };
        if let Ok(at) = entry.metadata().and_then(|found| found.modified()) {
            let newest = newest.entry(key.to_owned()).or_insert(at);
            *newest = at.max(*newest);
        }
    }
    let mut count = 0;
    for (key, at) in newest {
        if limit.is_some_and(|limit| at < limit) && remove(answers, &key)? {
            count += 1;
        }
    }
    Ok(count)
}

/// The key in the name of a file of ours.
fn key_of(name: &str) -> Option<&str> {
    let key = SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))?;
    let is_digest = key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(key)
}

/// Removes all that is of a question, unless somebody asks it.
fn remove(answers: &Path, key: &str) -> io::Result<bool> {
    let path = |suffix: &str| answers.join(format!("{key}{suffix}"));
    let _lock = match try_lock(&path(".lock")) {
        Ok(Some(lock)) => lock,
        Ok(None) => return Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    for suffix in SUFFIXES {
        let path = path(suffix);
        let removed = if suffix == ".work" {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(true)
}
