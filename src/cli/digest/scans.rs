//! What scans found since a mark that they had not found before, what they do not find any more, and tests that waver.

use std::collections::{BTreeMap, HashSet};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::scans;
use crate::findings::{Finding, Scan, Stored, Subject, wavering};
use crate::gates::compare::Compared;
use crate::git::Oid;
use crate::queue::{Mark, Queue};

/// So many scans of a task are asked how its tests went, before and since.
const ASKED: usize = 20;

/// A finding, and the task that has it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The task.
    pub task: String,
    /// The finding.
    pub finding: Finding,
}

/// A test that fails at times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaky {
    /// The task that runs it.
    pub task: String,
    /// The test.
    pub test: String,
}

/// What is new about findings and tests.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Findings that were not there before.
    pub new: Vec<Found>,
    /// Findings that are not there any more.
    pub fixed: Vec<Found>,
    /// Tasks that looked for the first time, and how much they found.
    pub first: Vec<(String, usize)>,
    /// Tests that became flaky.
    pub flaky: Vec<Flaky>,
}

/// Compares the newest scans with those of a mark.
pub fn changed(queue: &Queue, mark: &Mark, app: &App) -> Result<Changed, CommandError> {
    let repo = app.repo()?;
    let stored = Stored::new(queue, repo).context("list the findings")?;
    let head = repo.head().context("read HEAD")?;
    let mut changed = Changed::default();
    for task in stored.tasks() {
        compare(&stored, task, head.oid(), mark, &mut changed)?;
        waver(&stored, task, mark, &mut changed)?;
    }
    changed.new = wanted(std::mem::take(&mut changed.new), app)?;
    changed.fixed = wanted(std::mem::take(&mut changed.fixed), app)?;
    Ok(changed)
}

fn compare(
    stored: &Stored<'_>,
    task: &str,
    head: Option<&Oid>,
    mark: &Mark,
    changed: &mut Changed,
) -> Result<(), CommandError> {
    let Some(newest) = stored.newest_until(task, head, i64::MAX) else {
        return Ok(());
    };
    if newest.id <= mark.result {
        return Ok(());
    }
    let load = |entry| stored.load(entry).context("read the findings");
    let Some(now) = load(newest)? else {
        return Ok(());
    };
    let before = match stored.newest_until(task, head, mark.result) {
        Some(entry) => load(entry)?,
        None => None,
    };
    let found = |finding: &Finding| Found {
        task: task.to_owned(),
        finding: finding.clone(),
    };
    let Some(before) = before else {
        // Retention may have taken the scan of the mark: what it knew says since when it is known.
        let is_old = |finding: &&Finding| {
            let first = finding.first_seen.as_ref();
            first.is_some_and(|first| first.at <= mark.at)
        };
        if now.findings.iter().any(|it| is_old(&it)) {
            let new = now.findings.iter().filter(|it| !is_old(it));
            changed.new.extend(new.map(found));
        } else {
            changed.first.push((task.to_owned(), now.findings.len()));
        }
        return Ok(());
    };
    let (new, fixed) = difference(&before, &now);
    changed.new.extend(new.into_iter().map(found));
    changed.fixed.extend(fixed.into_iter().map(found));
    Ok(())
}

/// The findings of the newer scan that the older one has not, and the other way round. What is the same has the same
/// identity, wherever it has moved.
pub fn difference<'s>(older: &'s Scan, newer: &'s Scan) -> (Vec<&'s Finding>, Vec<&'s Finding>) {
    let ids = |scan: &'s Scan| -> HashSet<&'s str> {
        scan.findings.iter().map(|it| it.id.as_str()).collect()
    };
    let (before, now) = (ids(older), ids(newer));
    let missing = |scan: &'s Scan, there: &HashSet<&str>| {
        let findings = scan.findings.iter();
        findings
            .filter(|finding| !there.contains(finding.id.as_str()))
            .collect()
    };
    (missing(newer, &before), missing(older, &now))
}

/// Without what is suppressed, and without what another task found too; the worst first.
fn wanted(found: Vec<Found>, app: &App) -> Result<Vec<Found>, CommandError> {
    let worktree = app.located()?.worktree.clone();
    let mut by_task: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for found in found {
        by_task.entry(found.task).or_default().push(found.finding);
    }
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for (task, new) in by_task {
        let compared = Compared { new, known: 0 };
        let open = scans::without_suppressed(app, worktree.as_deref(), compared)?;
        for finding in open.new {
            let is_repeated = matches!(finding.subject, Subject::Dependency(_))
                && !seen.insert((finding.tool.clone(), finding.id.clone()));
            if !is_repeated {
                kept.push(Found {
                    task: task.clone(),
                    finding,
                });
            }
        }
    }
    kept.sort_by(|one, other| {
        let worse = other.finding.severity.cmp(&one.finding.severity);
        worse.then_with(|| one.finding.place.cmp(&other.finding.place))
    });
    Ok(kept)
}

/// Tests that wavered since a mark and had not before.
fn waver(
    stored: &Stored<'_>,
    task: &str,
    mark: &Mark,
    changed: &mut Changed,
) -> Result<(), CommandError> {
    let mut since = Vec::new();
    let mut before = Vec::new();
    for (entries, heads) in [
        (
            stored
                .since(task, mark.result)
                .take(ASKED)
                .collect::<Vec<_>>(),
            &mut since,
        ),
        (
            stored
                .since(task, 0)
                .filter(|it| it.id <= mark.result)
                .take(ASKED)
                .collect(),
            &mut before,
        ),
    ] {
        for entry in entries {
            let head = stored.load_head(entry).context("read the tests")?;
            let Some(head) = head.filter(|head| head.tools.iter().any(|it| it.tests.is_some()))
            else {
                // What ran no test last runs none.
                return Ok(());
            };
            heads.push((entry.commit.clone(), head));
        }
    }
    let known = wavering(&before);
    let fresh = wavering(&since).into_iter();
    let fresh = fresh
        .filter(|test| !known.contains(test))
        .map(|test| Flaky {
            task: task.to_owned(),
            test,
        });
    changed.flaky.extend(fresh);
    Ok(())
}
