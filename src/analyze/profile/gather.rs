//! Reads what a repository says about the user: configuration, own commits, own branches, and the files at its top that
//! name authors or give rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bstr::{BStr, BString, ByteSlice};
use jiff::Timestamp;

use super::attribute::Observation;
use super::holders::{self, Mention};
use super::identity::Owner;
use super::model::Profile;
use super::rules::{self, Others};
use super::{behaviour, branches};
use crate::analyze::history::{OwnCommits, People, State, describe_own, own_commits};
use crate::git::history::{HistoryOptions, Range};
use crate::git::{Blob, GitError, Oid, Repo};

/// The latest commits, of which the user's are searched for trailers.
const COMMITS: usize = 200;
/// So many branches are looked at.
const BRANCHES: &str = "--count=2000";
const LARGEST: u64 = 1 << 20;
/// Git answers each of these questions within a second.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the user is looked for.
pub struct Place<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The commit whose files are read; none in a repository without commits.
    pub commit: Option<&'a Oid>,
    /// Its history.
    pub state: &'a State,
    /// Who is who in it.
    pub people: &'a People,
    /// The language of a tracked file, by its path; none for files that do not count.
    pub language: &'a dyn Fn(&BStr) -> Option<String>,
    /// Frameworks, each with a folder that uses it; empty for the top. A framework may come several times.
    pub frameworks: &'a [(String, BString)],
}

impl std::fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Place")
            .field("commit", &self.commit)
            .field("frameworks", &self.frameworks)
            .finish_non_exhaustive()
    }
}

/// Who the user is here: as git is configured, with the addresses that the profile knows from before.
pub fn owner(repo: &Repo, profile: &Profile) -> Result<Owner, GitError> {
    let name = repo.config("user.name")?;
    let email = repo.config("user.email")?;
    let text = |value: Option<&BString>| value.map(|value| value.to_str_lossy().into_owned());
    Ok(Owner::new(
        text(name.as_ref()).as_deref(),
        text(email.as_ref()).as_deref(),
        &profile.emails(),
    ))
}

/// Everything that the repository says about the user, in an order that depends on nothing else.
///
/// Where git has no address for the user and the profile knows none, nobody can be told to be the user: only rules are
/// observed.
pub fn look(
    place: &Place<'_>,
    owner: &Owner,
    now: Timestamp,
) -> Result<Vec<Observation>, GitError> {
    let addresses = owner.addresses();
    let own = own_commits(place.state, place.people, &addresses);
    let files = top_files(place)?;
    let mut mentions: Vec<Mention> = files
        .iter()
        .flat_map(|(path, content)| holders::mentions(path, content))
        .collect();
    mentions.extend(trailers(place, &own)?);
    let mut seen = owner.configured();
    seen.extend(owner.confirmed_by(&mentions));
    if !own.recorded.is_empty() {
        let history = describe_own(place.state, place.people, &addresses, now);
        seen.extend(behaviour::of_history(&history));
        seen.extend(branches::observe(&own_branches(place.repo, &own)?));
        let languages = by_language(&own, place.language);
        seen.extend(behaviour::of_files("languages", &languages));
        let frameworks = by_folder(&own, place.frameworks);
        seen.extend(behaviour::of_files("frameworks", &frameworks));
    }
    let texts = |(name, email): &(BString, BString)| {
        let text = |bytes: &BString| bytes.to_str_lossy().into_owned();
        (text(name), text(email))
    };
    let others = Others::new(own.others.iter().map(texts));
    let files = files
        .iter()
        .map(|(path, content)| (&***path, content.as_slice()));
    seen.extend(rules::observe(&rules::extract(files, &others)));
    Ok(seen)
}

/// The files that are read, with their contents, by path.
fn top_files(place: &Place<'_>) -> Result<Vec<(BString, Vec<u8>)>, GitError> {
    let Some(commit) = place.commit else {
        return Ok(Vec::new());
    };
    let entries = place.repo.entries(commit)?;
    let wanted = entries.into_iter().filter(|entry| {
        // `CLAUDE.md` is often a link to `AGENTS.md`, whose rules are read already.
        entry.mode.is_file() && (holders::is_read(&entry.path) || rules::is_read(&entry.path))
    });
    let (paths, oids): (Vec<BString>, Vec<Oid>) =
        wanted.map(|entry| (entry.path, entry.oid)).unzip();
    let mut contents = Vec::with_capacity(oids.len());
    place.repo.blobs(LARGEST)?.read(&oids, |_, blob| {
        contents.push(match blob {
            Blob::Bytes(bytes) => bytes.to_vec(),
            Blob::TooLarge { .. } | Blob::Missing => Vec::new(),
        });
    })?;
    Ok(paths.into_iter().zip(contents).collect())
}

/// Whom the trailers of the user's own latest commits name.
fn trailers(place: &Place<'_>, own: &OwnCommits) -> Result<Vec<Mention>, GitError> {
    let mut found = Vec::new();
    let range = Range {
        tips: place.commit.map(std::slice::from_ref).unwrap_or_default(),
        exclude: &[],
    };
    let options = HistoryOptions {
        limit: Some(COMMITS),
        timeout: PATIENCE,
    };
    place.repo.history(range, options, |commit| {
        if own.has_address(commit.author_email) {
            found.extend(holders::in_trailers(commit.message));
        }
    })?;
    Ok(found)
}

/// The names of local branches whose latest commit is the user's.
fn own_branches(repo: &Repo, own: &OwnCommits) -> Result<Vec<String>, GitError> {
    let said = repo
        .git(["for-each-ref", BRANCHES])
        .args([
            "--format=%(authoremail)%00%(refname:lstrip=2)",
            "refs/heads",
        ])
        .timeout(PATIENCE)
        .run()?;
    let own = said.lines().filter_map(|line| {
        let (email, name) = line.split_once_str("\0")?;
        let email = email.strip_prefix(b"<").unwrap_or(email);
        let email = email.strip_suffix(b">").unwrap_or(email);
        own.has_address(email)
            .then(|| name.to_str_lossy().into_owned())
    });
    Ok(own.collect())
}

/// How many files in each language the user's commits changed.
fn by_language(
    own: &OwnCommits,
    language: &dyn Fn(&BStr) -> Option<String>,
) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for name in own
        .paths
        .iter()
        .filter_map(|(path, _)| language(path.as_ref()))
    {
        *counts.entry(name).or_default() += 1;
    }
    counts
}

/// How many files below the folders of each framework the user's commits changed.
fn by_folder(own: &OwnCommits, frameworks: &[(String, BString)]) -> BTreeMap<String, u64> {
    let mut folders: BTreeMap<&str, BTreeSet<&[u8]>> = BTreeMap::new();
    for (name, folder) in frameworks {
        folders
            .entry(name)
            .or_default()
            .insert(folder.trim_end_with(|c| c == '/'));
    }
    let mut counts = BTreeMap::new();
    for (name, folders) in folders {
        let mut ends: Vec<(usize, usize)> = folders
            .into_iter()
            .map(|folder| below(own, folder))
            .collect();
        ends.sort_unstable();
        // Folders lie within each other: a file counts once.
        let (mut files, mut reached) = (0, 0);
        for (from, to) in ends {
            files += to.saturating_sub(from.max(reached));
            reached = reached.max(to);
        }
        counts.insert(name.to_owned(), files as u64);
    }
    counts
}

/// Where the paths below a folder begin and end.
fn below(own: &OwnCommits, folder: &[u8]) -> (usize, usize) {
    if folder.is_empty() {
        return (0, own.paths.len());
    }
    // The byte after `/` is `0`: no path below the folder reaches it.
    let [first, end] = [b"/", b"0"].map(|last| [folder, last].concat());
    let place = |bound: &[u8]| {
        own.paths
            .partition_point(|(path, _)| path.as_slice() < bound)
    };
    (place(&first), place(&end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_folders_are_counted_once() {
        let paths = ["a", "a-b/x", "a/b/x", "a/b/y", "a/x", "a0", "b/x"];
        let own = OwnCommits {
            paths: paths.iter().map(|path| (BString::from(*path), 1)).collect(),
            ..OwnCommits::default()
        };
        let frameworks = [("x", "a/b"), ("x", "a"), ("y", ""), ("z", "c"), ("w", "b/")];
        let frameworks = frameworks.map(|(name, folder)| (name.to_owned(), folder.into()));
        let counts: Vec<_> = by_folder(&own, &frameworks).into_iter().collect();
        let expected = [("w", 1), ("x", 3), ("y", 7), ("z", 0)];
        assert_eq!(
            counts,
            expected.map(|(name, files)| (name.to_owned(), files))
        );
    }
}
