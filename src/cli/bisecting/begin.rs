//! What a search is about: the commits between one that is fine and one that is not.

use super::inquiry::{Inquiry, Known};
use super::title;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::git::Oid;
use crate::queue::{NewBisection, Queue};
use crate::tasks::Task;
use crate::tasks::jobs::matching_folders;
use crate::tasks::task::Root;

/// How far back along the branch a good commit is looked for.
const LINE: usize = 1000;
/// How many of those are looked at where the same verdict may be about another tree: that takes a look at its files.
const LOOKED_AT: usize = 200;

/// Begins the searches of a task, one for each of its folders, or joins those that are under way; returns their numbers.
pub fn begin(
    app: &App,
    queue: &mut Queue,
    task: &Task,
    (good, bad): (Option<&str>, Option<&str>),
) -> Result<Vec<i64>, CommandError> {
    let bad = app.commit(bad.unwrap_or("HEAD"))?;
    let named = good.map(|good| app.commit(good)).transpose()?;
    let folders = match &task.root {
        Root::One(folder) => vec![folder.clone()],
        Root::Each(pattern) => {
            let entries = app
                .repo()?
                .entries(&bad)
                .context("list the commit's files")?;
            matching_folders(pattern, entries.iter().map(|entry| entry.path.as_slice()))
        }
    };
    if folders.is_empty() {
        return Err(CommandError::usage(format!(
            "{} runs in no folder of {}",
            task.key,
            bad.short()
        )));
    }
    let worktree = app.located()?.worktree.clone();
    let mut asked = Vec::new();
    for folder in folders {
        let good = match &named {
            Some(good) => good.clone(),
            None => passed(app, queue, task, &folder, &bad)?,
        };
        check(app, &good, &bad)?;
        asked.push(NewBisection {
            task: task.key.clone(),
            folder,
            good: good.as_str().to_owned(),
            bad: bad.as_str().to_owned(),
            worktree: worktree.clone(),
        });
    }
    let begin = |asked: &NewBisection| {
        let (id, is_new) = queue
            .begin_bisection(asked, app.now())
            .context("begin the bisection")?;
        if !is_new {
            app.ui.say(format!("bisection {id} is under way already"));
        }
        Ok(id)
    };
    asked.iter().map(begin).collect()
}

/// The newest commit on the branch before `bad` with which the task was content.
fn passed(
    app: &App,
    queue: &Queue,
    task: &Task,
    folder: &str,
    bad: &Oid,
) -> Result<Oid, CommandError> {
    let inquiry = Inquiry::new(app, task, folder, None)?;
    let content = queue
        .judged_trees(inquiry.definition(), true)
        .context("look for verdicts")?;
    let line = app.repo()?.line(bad, LINE).context("list the commits")?;
    for (index, node) in line.into_iter().enumerate().skip(1) {
        if content.contains(node.tree.as_str()) {
            return Ok(node.oid);
        }
        if index > LOOKED_AT || inquiry.is_of_trees() {
            continue;
        }
        match inquiry.known(queue, &node.tree, None)? {
            Known::Verdict(verdict) if verdict.is_clean() => return Ok(node.oid),
            Known::Content => return Ok(node.oid),
            Known::Verdict(_) | Known::Nothing | Known::Open => {}
        }
    }
    let title = title(task, folder);
    Err(CommandError::usage(format!(
        "no commit before {} is known with which {title} was content",
        bad.short()
    ))
    .hint(format!("name one: git tend bisect {} --good REV", task.key)))
}

fn check(app: &App, good: &Oid, bad: &Oid) -> Result<(), CommandError> {
    let repo = app.repo()?;
    if good == bad {
        return Err(CommandError::usage(format!(
            "{} cannot be good and bad",
            good.short()
        )));
    }
    if repo
        .is_ancestor(good, bad)
        .context("compare the two commits")?
    {
        return Ok(());
    }
    let error = CommandError::usage(format!("{} does not lead to {}", good.short(), bad.short()));
    let borders = repo.borders().context("look at the clone's borders")?;
    Err(if borders.is_empty() {
        error.hint("the good commit must be an ancestor of the bad one")
    } else {
        error.hint("this is a shallow clone: git fetch --unshallow brings the commits in between")
    })
}
