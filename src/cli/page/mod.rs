//! Everything that the HTML report shows, from the repository and its queue.

mod commits;
mod insights;
mod queue;
mod sessions;
mod tests;

use std::collections::BTreeMap;

use super::app::App;
use super::error::{CommandError, Context as _};
use super::scans::Files;
use super::{metering, optimizing, status};
use crate::analyze::builtin::Analyzer;
use crate::findings::Stored;
use crate::git::Oid;
use crate::optimize::engine::Summary;
use crate::queue::{Queue, ResultEntry};
use crate::report::findings::Document;
use crate::report::html::page::{About, Analysis, GateSeen, Page};
use crate::report::html::site::Site;
use crate::report::optimize::of_repository;

/// The analyses that are shown.
const SHOWN: [Analyzer; 5] = [
    Analyzer::Codebase,
    Analyzer::Complexity,
    Analyzer::Dependencies,
    Analyzer::Debt,
    Analyzer::Patterns,
];

/// Hands the page to `write`.
pub fn with<T>(
    app: &App,
    document: &Document,
    files: &Files<'_>,
    write: impl FnOnce(&Page<'_>) -> T,
) -> Result<T, CommandError> {
    let queue = app.queue_to_read()?;
    let repo = app.repo()?;
    let stored = Stored::new(&queue, repo).context("list the findings")?;
    let tip: Option<Oid> = document.commit.as_deref().and_then(|it| it.parse().ok());
    let tasks: Vec<&str> = document.tasks.iter().map(|it| it.task.as_str()).collect();
    let mut results = Vec::new();
    for analyzer in SHOWN {
        let of_kind = queue.results_of_kind(analyzer.kind());
        results.extend(of_kind.context("list the results")?);
    }
    let known = commits::known(app, &queue, (&stored, &tasks), &results, tip.as_ref())?;
    let metrics = metering::figures(app, Some(&queue), metering::days_kept(app)?, None)?;
    let page = Page {
        about: about(app, tip.as_ref())?,
        findings: document,
        source: &|finding| files.excerpt(finding),
        analyses: analyses(&queue, &results, &known)?,
        commits: known.commits,
        tests: tests::tested(&stored, document)?,
        metrics: &metrics,
        queue: queue::seen(app, &queue)?,
        gates: gates(app, &queue, tip)?,
        agents: sessions::work(app),
        optimizer: optimizer(app),
    };
    Ok(write(&page))
}

fn about(app: &App, tip: Option<&Oid>) -> Result<About, CommandError> {
    let repo = app.repo()?;
    let head = repo.head().context("read HEAD")?;
    let is_head = head.oid() == tip;
    let commit = match tip {
        Some(tip) => Some(commits::commit(
            tip.as_str(),
            repo.written(tip).context("read the commit")?,
        )),
        None => None,
    };
    let remote = repo
        .config("remote.origin.url")
        .context("read the configuration")?;
    let branch = head.branch().filter(|_| is_head);
    Ok(About {
        branch: branch.map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()),
        commit,
        site: remote.and_then(|url| Site::of_remote(&url.to_string())),
        zone: app.zone(),
    })
}

/// The newest analysis of each type about the commit, else about the nearest commit before it that has one, else the newest
/// of all.
fn analyses(
    queue: &Queue,
    results: &[ResultEntry],
    known: &commits::Known,
) -> Result<BTreeMap<String, Analysis>, CommandError> {
    let mut analyses = BTreeMap::new();
    for analyzer in SHOWN {
        let kind = analyzer.kind();
        let of_kind = results.iter().filter(|entry| entry.kind == kind);
        let place = |entry: &&ResultEntry| {
            let place = entry.commit.as_ref().and_then(|it| known.places.get(it));
            place.copied().unwrap_or(usize::MAX)
        };
        // Newest first; the first of several at the same place.
        let Some(entry) = of_kind.min_by_key(place) else {
            continue;
        };
        if let Some(result) = queue.result(entry.id).context("read a result")?
            && result.body.get("error").is_none()
        {
            analyses.insert(
                kind.to_owned(),
                Analysis {
                    task: result.task,
                    commit: result.commit,
                    at: result.created_at,
                    body: result.body,
                },
            );
        }
    }
    Ok(analyses)
}

/// What the optimiser knows of this repository, and nothing of others. No report fails for a database that cannot be read.
fn optimizer(app: &App) -> Option<Summary> {
    let known = optimizing::summary::of(app, optimizing::summary::DAYS).and_then(|known| {
        let here = optimizing::known_by(&app.located()?.common_dir);
        Ok(known.map(|known| of_repository(known, &here)))
    });
    known.unwrap_or_else(|error| {
        app.ui.warn(error.one_line());
        None
    })
}

fn gates(app: &App, queue: &Queue, tip: Option<Oid>) -> Result<Vec<GateSeen>, CommandError> {
    let Some(tip) = tip else {
        return Ok(Vec::new());
    };
    let all = status::settled(queue, app, &tip)?;
    let seen = all
        .into_iter()
        .map(|(name, state, what)| GateSeen { name, state, what });
    Ok(seen.collect())
}
