//! Files of this repository that change together.

use std::collections::HashMap;
use std::time::Duration;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::config::optimize::Source;
use crate::git::history::{HistoryOptions, Range, Status};
use crate::optimize::mine::cochange::{CoChange, co_changes};

/// So many commits are looked at, the newest; older ones say little about how the repository is now.
const COMMITS: usize = 2000;
/// How long git may take to tell them.
const PATIENCE: Duration = Duration::from_secs(60);

/// A rule, and the names of its files.
pub struct Together {
    /// The rule.
    pub rule: CoChange,
    /// The file that changes.
    pub when: String,
    /// The file that changes then.
    pub then: String,
}

/// The rules of the repository that the command is about; none outside a repository and unless `git` may be read.
pub fn of(app: &App) -> Result<Vec<Together>, CommandError> {
    let may_read = app.loaded()?.config.optimize.sources.contains(&Source::Git);
    if !may_read || app.located().is_err() {
        return Ok(Vec::new());
    }
    let Some(head) = app.head_commit()?.and_then(|head| app.commit(&head).ok()) else {
        return Ok(Vec::new());
    };
    let options = HistoryOptions {
        limit: Some(COMMITS),
        timeout: PATIENCE,
    };
    let mut names: Vec<Option<String>> = Vec::new();
    let mut numbers: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut commits: Vec<Vec<u32>> = Vec::new();
    let tips = [head];
    let range = Range {
        tips: &tips,
        exclude: &[],
    };
    app.repo()?
        .history(range, options, |facts| {
            let files = facts.changes.clone().map(|change| {
                // The newest commit comes first: what it deleted is gone.
                let number = numbers.entry(change.path.to_vec()).or_insert_with(|| {
                    let is_there = change.status != Status::Deleted;
                    names.push(is_there.then(|| change.path.to_string()));
                    u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
                });
                *number
            });
            commits.push(files.collect());
        })
        .context("read the repository's commits")?;
    let name = |file: u32| names.get(file as usize).cloned().flatten();
    let rules = co_changes(commits.into_iter());
    let together = rules.into_iter().filter_map(|rule| {
        Some(Together {
            when: name(rule.when)?,
            then: name(rule.then)?,
            rule,
        })
    });
    // What is in nearly every commit follows anything.
    Ok(together.filter(|it| it.rule.lift >= LEAST_LIFT).collect())
}

/// Less says only that a file is changed all the time.
const LEAST_LIFT: f64 = 2.0;

/// The first rules, a line each.
pub fn lines(rules: &[Together], limit: usize) -> Vec<Text> {
    let shown = rules.iter().take(limit).map(|it| {
        Text::new("when ")
            .and_of(Role::Name, &it.when)
            .and(" changes, ")
            .and_of(Role::Name, &it.then)
            .and_of(
                Role::Faint,
                format!(
                    " does in {:.0} % of {}",
                    it.rule.confidence * 100.0,
                    (f64::from(it.rule.support) / it.rule.confidence).round()
                ),
            )
    });
    shown.collect()
}
