//! Secrets in the files of a commit, and those that recent commits added and later ones took away again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bstr::{BStr, BString, ByteSlice};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cache::FactCache;
use super::debt::Introduction;
use super::deep;
use super::files::{Place, Role};
use super::introduced::{Introduced, Mark};
use super::secrets::{self, Confidence, Secret, description};
use super::survey::{File, Means, Survey};
use super::text::as_text;
use crate::git::history::{HistoryOptions, Id, Range};
use crate::git::{Blob, GitError, Oid, Repo};

/// How many of the latest commits are looked through.
pub const COMMITS: usize = 200;

/// The name under which findings are kept by commit.
const ANALYZER: &str = "secrets";

/// What of a repository's secrets is in the open.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Exposure {
    /// Secrets in the files of the commit, the surest first.
    pub secrets: Vec<Exposed>,
    /// Secrets in lines that one of the latest commits added, and that are not in the files any more: whoever has the
    /// history has them.
    pub removed: Vec<Exposed>,
    /// How many commits were looked through.
    pub commits_checked: usize,
    /// Files that were looked through.
    pub files_checked: u64,
}

/// A secret and where it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exposed {
    /// Its file.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// Its line.
    pub line: u32,
    /// The rule that found it.
    pub rule: String,
    /// What the rule looks for.
    pub what: &'static str,
    /// How likely it is one.
    pub confidence: Confidence,
    /// Its beginning, as far as that is the same for all of its kind.
    pub preview: String,
    /// What tells it from others.
    pub digest: String,
    /// The part that its file plays: what tests and documentation show is seldom in use.
    pub role: Role,
    /// Since when it has been there.
    #[serde(flatten)]
    pub since: Option<Introduction>,
}

/// A secret that a commit added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Added {
    path: BString,
    secret: Secret,
}

/// What a secret is recognised by: the digits of its digest.
pub fn mark(secret: &Secret) -> Mark {
    let mut mark = [0; 16];
    blake3::Hasher::new()
        .update(b"secret")
        .update(secret.digest.as_bytes())
        .finalize_xof()
        .fill(&mut mark);
    mark
}

/// The secrets of a file.
pub fn secrets_of(file: &File) -> &[Secret] {
    file.deep.as_ref().map_or(&[], |deep| &deep.secrets)
}

/// What commits of the latest added: read from the cache, or found out.
#[derive(Default)]
pub struct Recent {
    by_commit: Vec<(Oid, i64, Vec<Added>)>,
}

impl Recent {
    /// Looks through the latest commits. What was found out about a commit holds for ever.
    pub fn read(
        repo: &Repo,
        tip: &Oid,
        means: &Means,
        cache: &mut FactCache,
        now: Timestamp,
    ) -> Result<Self, GitError> {
        let version = deep::version(&means.key);
        let mut commits: Vec<(Id, i64)> = Vec::new();
        let mut changes: HashMap<Id, Vec<(BString, Option<Id>, Id)>> = HashMap::new();
        let range = Range {
            tips: std::slice::from_ref(tip),
            exclude: &[],
        };
        let options = HistoryOptions {
            limit: Some(COMMITS),
            ..HistoryOptions::default()
        };
        repo.history(range, options, |commit| {
            commits.push((commit.id, commit.committed));
            let files = commit.changes.clone().filter_map(|change| {
                Some((change.path.to_owned(), change.before(), change.after()?))
            });
            changes.insert(commit.id, files.collect());
        })?;
        let mut by_commit = Vec::with_capacity(commits.len());
        let mut fresh = Vec::new();
        for (id, seconds) in commits {
            let Ok(oid) = Oid::from_bytes(id.as_bytes()) else {
                continue;
            };
            let known = cache.commit_fact(ANALYZER, version, &oid);
            if known.is_none() {
                fresh.push((oid.clone(), changes.remove(&id).unwrap_or_default()));
            }
            by_commit.push((oid, seconds, known.unwrap_or_default()));
        }
        let found = added(repo, &fresh, &means.key, means.threads)?;
        cache.put_commit_facts(ANALYZER, version, &found, now);
        let mut found: HashMap<Oid, Vec<Added>> = found.into_iter().collect();
        for (oid, _, added) in &mut by_commit {
            if let Some(found) = found.remove(oid) {
                *added = found;
            }
        }
        Ok(Self { by_commit })
    }
}

type Changed = (Oid, Vec<(BString, Option<Id>, Id)>);

/// The secrets in lines that each commit added: those of the new content that the old one has not.
fn added(
    repo: &Repo,
    commits: &[Changed],
    key: &[u8; 32],
    threads: usize,
) -> Result<Vec<(Oid, Vec<Added>)>, GitError> {
    let is_read = |path: &BString| {
        let place = Place::of(BStr::new(path));
        place.reading.is_some() && place.lock.is_none() && !place.vendored && !place.generated
    };
    let mut ids: BTreeSet<Id> = BTreeSet::new();
    for (_, changes) in commits {
        for (path, _, after) in changes {
            if is_read(path) {
                ids.insert(*after);
            }
        }
    }
    let mut shown = scan(repo, &ids, key, threads)?;
    // Most contents hold none: only what was there before those that do is read.
    let mut olds: BTreeSet<Id> = BTreeSet::new();
    for (_, changes) in commits {
        for (path, before, after) in changes {
            if is_read(path) && shown.get(after).is_some_and(|found| !found.is_empty()) {
                olds.extend(before.filter(|before| !shown.contains_key(before)));
            }
        }
    }
    shown.extend(scan(repo, &olds, key, threads)?);
    let none = Vec::new();
    let of = |id: &Id| shown.get(id).unwrap_or(&none);
    let added_by = |changes: &[(BString, Option<Id>, Id)]| -> Vec<Added> {
        let mut added = Vec::new();
        for (path, before, after) in changes {
            if !is_read(path) {
                continue;
            }
            let old: BTreeSet<&str> = before
                .iter()
                .flat_map(of)
                .map(|secret| secret.digest.as_str())
                .collect();
            let new = of(after)
                .iter()
                .filter(|secret| !old.contains(secret.digest.as_str()));
            added.extend(new.map(|secret| Added {
                path: path.clone(),
                secret: secret.clone(),
            }));
        }
        added
    };
    Ok(commits
        .iter()
        .map(|(oid, changes)| (oid.clone(), added_by(changes)))
        .collect())
}

fn scan(
    repo: &Repo,
    ids: &BTreeSet<Id>,
    key: &[u8; 32],
    threads: usize,
) -> Result<HashMap<Id, Vec<Secret>>, GitError> {
    let oids: Vec<Oid> = ids
        .iter()
        .filter_map(|id| Oid::from_bytes(id.as_bytes()).ok())
        .collect();
    let read = repo.read_blobs(&oids, super::facts::CAP, threads, |_, blob| match blob {
        Blob::Bytes(bytes) => secrets::scan(bytes, key),
        Blob::TooLarge { .. } | Blob::Missing => Vec::new(),
    })?;
    Ok(ids.iter().copied().zip(read).collect())
}

/// Puts together what the files and the latest commits show.
pub fn of(survey: &Survey, recent: &Recent, introduced: &Introduced) -> Exposure {
    let mut exposure = Exposure {
        commits_checked: recent.by_commit.len(),
        files_checked: survey
            .files
            .iter()
            .filter(|file| file.deep.is_some())
            .count() as u64,
        ..Exposure::default()
    };
    let mut present: BTreeSet<&str> = BTreeSet::new();
    for file in &survey.files {
        for secret in secrets_of(file) {
            present.insert(&secret.digest);
            let since = introduced.since(file.path.as_ref(), &mark(secret));
            let age = since.and_then(Introduction::of);
            exposure
                .secrets
                .push(exposed(file.path.as_ref(), secret, age));
        }
    }
    // The oldest commit that added it says since when it is in the open.
    let mut gone: BTreeMap<(&BString, &str), Exposed> = BTreeMap::new();
    for (oid, seconds, added) in &recent.by_commit {
        for Added { path, secret } in added {
            if present.contains(secret.digest.as_str()) {
                continue;
            }
            let since = super::introduced::Since {
                commit: oid.to_bytes(),
                seconds: *seconds,
            };
            let found = exposed(path.as_ref(), secret, Introduction::of(&since));
            gone.insert((path, &secret.digest), found);
        }
    }
    exposure.removed = gone.into_values().collect();
    for list in [&mut exposure.secrets, &mut exposure.removed] {
        list.sort_by(|one, other| {
            other
                .confidence
                .cmp(&one.confidence)
                .then_with(|| one.role.cmp(&other.role))
                .then_with(|| (&one.path, one.line).cmp(&(&other.path, other.line)))
        });
    }
    exposure
}

fn exposed(path: &BStr, secret: &Secret, since: Option<Introduction>) -> Exposed {
    Exposed {
        path: path.as_bstr().to_owned(),
        line: secret.line,
        rule: secret.rule.clone(),
        what: description(&secret.rule),
        confidence: secret.confidence,
        preview: secret.preview.clone(),
        digest: secret.digest.clone(),
        role: super::files::role(path),
        since,
    }
}
