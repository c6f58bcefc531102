//! What is known of the latest commits: what was found in them, and how much code there was.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::analyze::builtin::Analyzer;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::findings::{Severity, Stored};
use crate::git::{Oid, Written};
use crate::queue::{Queue, ResultEntry};
use crate::report::findings::Severities;
use crate::report::html::page::{CodeSize, Commit, KnownCommit};

/// Trends are over commits among so many of the latest.
const LATEST: usize = 10_000;

/// What is known.
pub(super) struct Known {
    /// The commits that something is known of, oldest first.
    pub commits: Vec<KnownCommit>,
    /// How far back each of them is: the nearest has the smallest number.
    pub places: HashMap<String, usize>,
}

/// What is known of the commits that lead to `tip`; of findings, what these tasks have.
pub(super) fn known(
    app: &App,
    queue: &Queue,
    (stored, tasks): (&Stored<'_>, &[&str]),
    results: &[ResultEntry],
    tip: Option<&Oid>,
) -> Result<Known, CommandError> {
    let scans = || tasks.iter().flat_map(|task| stored.of(task));
    let all = results.iter().chain(scans());
    let wanted: BTreeSet<String> = all.filter_map(|entry| entry.commit.clone()).collect();
    let written = match tip {
        Some(tip) => app
            .repo()?
            .written_among(tip, &wanted, LATEST)
            .context("read the latest commits")?,
        None => Vec::new(),
    };
    let places: HashMap<String, usize> = written
        .iter()
        .enumerate()
        .map(|(place, (id, _))| (id.clone(), place))
        .collect();
    let mut commits: Vec<KnownCommit> = written
        .into_iter()
        .map(|(id, written)| KnownCommit {
            commit: commit(&id, written),
            found: BTreeMap::new(),
            code: None,
            markers: None,
        })
        .collect();
    // Newest first: what is there already is newer.
    for entry in scans() {
        if let Some(at) = at(&places, &mut commits, entry)
            && !at.found.contains_key(&entry.task)
            && let Some(head) = stored.load_head(entry).context("read a scan")?
            && !head.dirty
        {
            at.found
                .insert(entry.task.clone(), severities(&head.metrics));
        }
    }
    for entry in results {
        let Some(at) = at(&places, &mut commits, entry) else {
            continue;
        };
        if entry.kind == Analyzer::Complexity.kind() {
            if at.code.is_none() {
                at.code = read::<Size>(queue, entry)?.map(|size| CodeSize {
                    lines: size.lines_of_code,
                    functions: size.functions,
                    complex: size.complex.len() as u64,
                });
            }
        } else if entry.kind == Analyzer::Debt.kind() && at.markers.is_none() {
            let debt = read::<Debt>(queue, entry)?;
            at.markers = debt.map(|debt| debt.markers.len() as u64);
        }
    }
    commits.retain(|it| !it.found.is_empty() || it.code.is_some() || it.markers.is_some());
    commits.reverse();
    Ok(Known { commits, places })
}

fn at<'c>(
    places: &HashMap<String, usize>,
    commits: &'c mut [KnownCommit],
    entry: &ResultEntry,
) -> Option<&'c mut KnownCommit> {
    commits.get_mut(*places.get(entry.commit.as_ref()?)?)
}

/// A commit as a page shows it.
pub(super) fn commit(id: &str, written: Written) -> Commit {
    Commit {
        id: id.to_owned(),
        author: written.author,
        at: written.at,
        subject: written.subject,
    }
}

/// What of a complexity analysis makes a trend.
#[derive(Deserialize)]
struct Size {
    lines_of_code: u64,
    functions: u64,
    complex: Vec<IgnoredAny>,
}

/// What of a debt analysis makes a trend.
#[derive(Deserialize)]
struct Debt {
    markers: Vec<IgnoredAny>,
}

/// Reads what is wanted of a result; nothing if it holds an error or has another form.
fn read<T: for<'de> Deserialize<'de>>(
    queue: &Queue,
    entry: &ResultEntry,
) -> Result<Option<T>, CommandError> {
    let text = queue.result_text(entry.id).context("read a result")?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn severities(metrics: &Map<String, Value>) -> Severities {
    let of = |severity: Severity| {
        let count = metrics.get(severity.name()).and_then(Value::as_u64);
        count.unwrap_or(0)
    };
    Severities {
        critical: of(Severity::Critical),
        high: of(Severity::High),
        medium: of(Severity::Medium),
        low: of(Severity::Low),
        info: of(Severity::Info),
    }
}
