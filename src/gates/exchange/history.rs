//! Where the lines of a note come from: the commits of `refs/notes/tend` that brought them in.
//!
//! Parents are read from the commits themselves. A shallow clone's border and a graft make git call a commit parentless
//! that is not, and every line in it would be that commit's own.

use std::collections::{HashMap, HashSet};

use bstr::ByteSlice;

use super::error::ExchangeError;
use super::note;
use crate::git::{GitError, Oid, Repo};

/// How many commits of the ref are looked at, the newest first.
pub(super) const NEWEST: usize = 1000;

/// What makes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Ssh,
    OpenPgp,
}

/// A commit of the ref, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NotesCommit {
    pub(super) parents: Vec<Oid>,
    pub(super) message: Vec<u8>,
    /// The form of its signature, if it has one of a form that counts.
    pub(super) signature: Option<Format>,
}

/// Where a line of a note may come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// From this commit: it has the line, and none of its parents has.
    Commit(Oid),
    /// From a commit that is not here, or older than what is looked at.
    Beyond,
}

/// The newest commits of the ref, and which of them changed the note about one commit.
pub(super) struct History {
    tip: Oid,
    commits: HashMap<Oid, NotesCommit>,
    /// The note at each commit that changed it, and at their parents: which of the lines that are asked about it has.
    /// `None` where that is not known.
    notes: HashMap<Oid, Option<HashSet<usize>>>,
    changed: HashSet<Oid>,
}

impl History {
    /// Reads what the origins of these lines depend on. `lines` are those of the note about `commit` at `tip`.
    pub(super) fn read(
        repo: &Repo,
        tip: &Oid,
        commit: &Oid,
        lines: &[&[u8]],
    ) -> Result<Self, ExchangeError> {
        let commits = newest(repo, tip)?;
        let changed = changing(repo, &commits, commit)?;
        let mut revisions: Vec<Oid> = changed
            .iter()
            .filter_map(|oid| Some((oid, commits.get(oid)?)))
            .flat_map(|(oid, found)| std::iter::once(oid).chain(&found.parents))
            .cloned()
            .collect();
        revisions.sort_unstable();
        revisions.dedup();
        let numbers: HashMap<&[u8], usize> = lines
            .iter()
            .enumerate()
            .map(|(number, line)| (*line, number))
            .collect();
        let blobs = note::at(repo, commit, &revisions)?;
        let contents = note::contents(repo, blobs.iter().flatten().flatten(), |bytes| {
            note::lines(bytes)
                .filter_map(|line| numbers.get(line).copied())
                .collect::<Vec<_>>()
        })?;
        let notes = revisions
            .into_iter()
            .zip(blobs)
            .map(|(revision, blobs)| {
                let mut has = Some(HashSet::new());
                for blob in blobs.iter().flatten() {
                    match (&mut has, contents.get(blob)) {
                        (Some(has), Some(Some(lines))) => has.extend(lines),
                        _ => has = None,
                    }
                }
                (revision, blobs.and(has))
            })
            .collect();
        Ok(Self {
            tip: tip.clone(),
            commits,
            notes,
            changed,
        })
    }

    /// A commit of the ref.
    pub(super) fn commit(&self, oid: &Oid) -> Option<&NotesCommit> {
        self.commits.get(oid)
    }

    /// Where a line comes from: more than one place, where several commits brought it in and a merge united them.
    pub(super) fn origins(&self, line: usize) -> Vec<Origin> {
        let mut origins = Vec::new();
        let mut seen = HashSet::new();
        let mut next = vec![&self.tip];
        while let Some(oid) = next.pop() {
            if !seen.insert(oid) {
                continue;
            }
            let Some(commit) = self.commits.get(oid) else {
                origins.push(Origin::Beyond);
                continue;
            };
            if !self.changed.contains(oid) {
                // Its parents have the same note.
                next.extend(commit.parents.iter().rev());
                continue;
            }
            let mut known = true;
            let before = next.len();
            for parent in commit.parents.iter().rev() {
                match self.notes.get(parent) {
                    Some(Some(has)) if has.contains(&line) => next.push(parent),
                    Some(Some(_)) => {}
                    _ => known = false,
                }
            }
            if next.len() == before {
                origins.push(if known {
                    Origin::Commit(oid.clone())
                } else {
                    Origin::Beyond
                });
            }
        }
        origins
    }
}

/// The newest commits of the ref.
fn newest(repo: &Repo, tip: &Oid) -> Result<HashMap<Oid, NotesCommit>, ExchangeError> {
    let listed = repo
        .git(["rev-list"])
        .arg(format!("--max-count={NEWEST}"))
        .args([tip.as_str(), "--"])
        .run()?;
    let said = repo.git(["cat-file", "--batch"]).stdin(listed).run()?;
    let mut commits = HashMap::new();
    let mut rest = said.as_slice();
    while let Some((header, after)) = rest.split_once_str("\n") {
        let mut words = header.split_str(" ");
        let oid = Oid::from_hex(words.next().unwrap_or_default()).map_err(GitError::from)?;
        let is_commit = words.next() == Some(b"commit");
        let size = words
            .next()
            .and_then(|digits| digits.to_str().ok()?.parse::<usize>().ok());
        let content = size.and_then(|size| Some((after.get(..size)?, after.get(size + 1..)?)));
        let Some((content, after)) = content.filter(|_| is_commit) else {
            return Err(unreadable("cat-file --batch"));
        };
        let commit = parse(content, &oid).ok_or_else(|| unreadable("the commits of notes"))?;
        commits.insert(oid, commit);
        rest = after;
    }
    Ok(commits)
}

/// Reads a commit as git does: the tree, the parents right after it, and where a signature of this hash's begins.
fn parse(content: &[u8], oid: &Oid) -> Option<NotesCommit> {
    let (headers, message) = content.split_once_str("\n\n").unwrap_or((content, b""));
    let mut lines = headers.split_str("\n").peekable();
    lines.next()?.strip_prefix(b"tree ")?;
    let mut parents = Vec::new();
    while let Some(digits) = lines.peek().and_then(|line| line.strip_prefix(b"parent ")) {
        parents.push(Oid::from_hex(digits).ok()?);
        lines.next();
    }
    let header: &[u8] = match oid.as_str().len() {
        40 => b"gpgsig ",
        _ => b"gpgsig-sha256 ",
    };
    let signature =
        lines
            .find_map(|line| line.strip_prefix(header))
            .and_then(|first| match first {
                b"-----BEGIN SSH SIGNATURE-----" => Some(Format::Ssh),
                b"-----BEGIN PGP SIGNATURE-----" | b"-----BEGIN PGP MESSAGE-----" => {
                    Some(Format::OpenPgp)
                }
                _ => None,
            });
    Some(NotesCommit {
        parents,
        message: message.to_vec(),
        signature,
    })
}

/// Those that have another note about `commit` than any one of their parents, or may have one.
fn changing(
    repo: &Repo,
    commits: &HashMap<Oid, NotesCommit>,
    commit: &Oid,
) -> Result<HashSet<Oid>, ExchangeError> {
    let parents = commits.values().flat_map(|found| &found.parents);
    let outside: HashSet<&Oid> = parents.filter(|oid| !commits.contains_key(oid)).collect();
    let mut missing = HashSet::new();
    for oid in outside {
        if !repo.contains(oid)? {
            missing.insert(oid);
        }
    }
    let mut changed = HashSet::new();
    let mut questions = String::new();
    for (oid, found) in commits {
        if found.parents.iter().any(|parent| missing.contains(parent)) {
            changed.insert(oid.clone());
            continue;
        }
        questions.push_str(oid.as_str());
        for parent in &found.parents {
            questions.push(' ');
            questions.push_str(parent.as_str());
        }
        questions.push('\n');
    }
    let said = repo
        .git(["diff-tree", "--stdin", "-m", "-r", "-z", "--root"])
        .args(["--no-renames", "--name-only", "--"])
        .args(note::paths(commit))
        .stdin(questions)
        .run()?;
    // Paths are listed between the ids. One may look like an id, but not like one of these commits'.
    for word in said.split_str("\0") {
        if let Some((oid, _)) = Oid::from_hex(word)
            .ok()
            .and_then(|oid| commits.get_key_value(&oid))
        {
            changed.insert(oid.clone());
        }
    }
    Ok(changed)
}

fn unreadable(question: &str) -> ExchangeError {
    GitError::Unreadable {
        question: question.to_owned(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    #[test]
    fn only_what_git_takes_for_parents_and_signatures_is() {
        let (tree, one, two) = (oid('a'), oid('1'), oid('2'));
        let text = format!(
            "tree {tree}\nparent {one}\nauthor A\ncommitter C\nparent {two}\n\
             gpgsig -----BEGIN SSH SIGNATURE-----\n U1NI\n -----END SSH SIGNATURE-----\n\n\
             subject\n\nparent {two}\n"
        );
        let commit = parse(text.as_bytes(), &oid('f')).unwrap();
        assert_eq!(commit.parents, [one]);
        assert_eq!(commit.signature, Some(Format::Ssh));
        assert_eq!(
            commit.message,
            format!("subject\n\nparent {two}\n").as_bytes()
        );
        // A commit of another hash keeps this header for its twin.
        let sha256 = "f".repeat(64).parse().unwrap();
        assert_eq!(parse(text.as_bytes(), &sha256).unwrap().signature, None);
        let x509 = text.replace("SSH SIGNATURE", "SIGNED MESSAGE");
        assert_eq!(parse(x509.as_bytes(), &oid('f')).unwrap().signature, None);
        let quoted = format!("tree {tree}\nauthor A\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n");
        assert_eq!(parse(quoted.as_bytes(), &oid('f')).unwrap().signature, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_as_a_commit(content in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&content, &oid('f'));
            let _ = parse(&[b"tree a\nparent ", content.as_slice()].concat(), &oid('f'));
        }
    }
}
