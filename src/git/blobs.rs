//! Reading blobs: many through one door, and many at once.

use std::io::{self, BufRead, Read};
use std::sync::atomic::{AtomicUsize, Ordering};

use bstr::ByteSlice;

use super::error::GitError;
use super::oid::Oid;
use super::repo::Repo;
use crate::system::git_command::GitConversation;

/// What reading a blob gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blob<'a> {
    /// Its content.
    Bytes(&'a [u8]),
    /// Not read: larger than the cap.
    TooLarge {
        /// Its size in bytes.
        size: u64,
    },
    /// Not here (a partial clone, a broken repository), or not a blob.
    Missing,
}

impl Repo {
    /// A reader of many blobs, each at most `cap` bytes.
    pub fn blobs(&self, cap: u64) -> Result<BlobReader<'_>, GitError> {
        let source = match self.library().map(git2::Repository::odb) {
            Some(Ok(odb)) => Source::Library(odb),
            _ => Source::Plumbing(self.git(["cat-file", "--batch"]).converse()?),
        };
        Ok(BlobReader { source, cap })
    }

    /// Reads blobs with up to `threads` readers at once. What `work` makes of each comes back in the order of `oids`,
    /// whatever the number of readers.
    pub fn read_blobs<T: Send>(
        &self,
        oids: &[Oid],
        cap: u64,
        threads: usize,
        work: impl Fn(usize, Blob<'_>) -> T + Sync,
    ) -> Result<Vec<T>, GitError> {
        let threads = threads.min(oids.len() / WORTH_A_THREAD).max(1);
        let piece = (oids.len() / (8 * threads)).clamp(1, CHUNK);
        let next = AtomicUsize::new(0);
        let read = |repo: &Self| -> Result<Vec<(usize, T)>, GitError> {
            let mut blobs = repo.blobs(cap)?;
            let mut done = Vec::new();
            loop {
                let from = next.fetch_add(piece, Ordering::Relaxed);
                let to = oids.len().min(from.saturating_add(piece));
                let Some(chunk) = oids.get(from..to).filter(|chunk| !chunk.is_empty()) else {
                    return Ok(done);
                };
                let mut at = from;
                blobs.read(chunk, |_, blob| {
                    done.push((at, work(at, blob)));
                    at += 1;
                })?;
            }
        };
        let mut done = if threads == 1 {
            read(self)?
        } else {
            let located = self.located();
            let by_library = self.library().is_some();
            std::thread::scope(|scope| -> Result<_, GitError> {
                let others: Vec<_> = (1..threads)
                    .map(|_| scope.spawn(|| read(&Self::again(located, by_library))))
                    .collect();
                let mut done = read(self)?;
                for other in others {
                    // A reader that panicked has aborted the process, or is a test that failed.
                    let read = other.join().map_err(|_| GitError::Unreadable {
                        question: "blobs".to_owned(),
                    })?;
                    done.extend(read?);
                }
                Ok(done)
            })?
        };
        done.sort_unstable_by_key(|(at, _)| *at);
        Ok(done.into_iter().map(|(_, made)| made).collect())
    }
}

/// Another thread has opened the repository when this many blobs of source code are parsed.
const WORTH_A_THREAD: usize = 8;

/// How many blobs a reader takes at most at a time. Neighbours of a folder share their deltas' bases.
const CHUNK: usize = 32;

/// Reads many blobs through one door.
pub struct BlobReader<'repo> {
    source: Source<'repo>,
    cap: u64,
}

enum Source<'repo> {
    Library(git2::Odb<'repo>),
    Plumbing(GitConversation),
}

impl BlobReader<'_> {
    /// Reads each blob in turn and hands it over.
    pub fn read<'o>(
        &mut self,
        oids: impl IntoIterator<Item = &'o Oid>,
        mut each: impl FnMut(&Oid, Blob<'_>),
    ) -> Result<(), GitError> {
        match &mut self.source {
            Source::Library(odb) => {
                for oid in oids {
                    read_by_library(odb, oid, self.cap, &mut each);
                }
                Ok(())
            }
            Source::Plumbing(git) => {
                let oids: Vec<&Oid> = oids.into_iter().collect();
                for batch in oids.chunks(REQUESTS) {
                    read_by_plumbing(git, batch, self.cap, &mut each).map_err(|source| {
                        GitError::Command(crate::system::git_command::GitCommandError::Io {
                            command: "git cat-file --batch".into(),
                            source,
                        })
                    })?;
                }
                Ok(())
            }
        }
    }
}

/// Requests sent before their answers are read. At 65 bytes each they fit into the smallest pipe Linux gives
/// (4096 bytes), so that the write never waits for a git that waits for us.
const REQUESTS: usize = 60;

fn read_by_library(
    odb: &git2::Odb<'_>,
    oid: &Oid,
    cap: u64,
    each: &mut impl FnMut(&Oid, Blob<'_>),
) {
    let Ok(id) = git2::Oid::from_str(oid.as_str()) else {
        return each(oid, Blob::Missing);
    };
    match odb.read_header(id) {
        Ok((size, git2::ObjectType::Blob)) if size as u64 > cap => {
            each(oid, Blob::TooLarge { size: size as u64 });
        }
        Ok((_, git2::ObjectType::Blob)) => match odb.read(id) {
            Ok(object) => each(oid, Blob::Bytes(object.data())),
            Err(_) => each(oid, Blob::Missing),
        },
        _ => each(oid, Blob::Missing),
    }
}

fn read_by_plumbing(
    git: &mut GitConversation,
    oids: &[&Oid],
    cap: u64,
    each: &mut impl FnMut(&Oid, Blob<'_>),
) -> io::Result<()> {
    let mut requests = Vec::with_capacity(oids.len() * 65);
    for oid in oids {
        requests.extend_from_slice(oid.as_str().as_bytes());
        requests.push(b'\n');
    }
    git.send(&requests)?;
    let (mut header, mut content) = (Vec::new(), Vec::new());
    for oid in oids {
        header.clear();
        if git.answers().read_until(b'\n', &mut header)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut words = header.trim_end().split_str(" ").skip(1);
        let kind = words.next().unwrap_or_default();
        let size = words
            .next()
            .and_then(|digits| digits.to_str().ok()?.parse::<u64>().ok());
        let Some(size) = size else {
            each(oid, Blob::Missing);
            continue;
        };
        let wanted = kind == b"blob" && size <= cap;
        let mut body = git.answers().take(size);
        content.clear();
        let read = if wanted {
            body.read_to_end(&mut content)? as u64
        } else {
            io::copy(&mut body, &mut io::sink())?
        };
        // A line feed ends the content.
        if read != size || git.answers().take(1).read_to_end(&mut Vec::new())? != 1 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match kind {
            b"blob" if wanted => each(oid, Blob::Bytes(&content)),
            b"blob" => each(oid, Blob::TooLarge { size }),
            _ => each(oid, Blob::Missing),
        }
    }
    Ok(())
}
