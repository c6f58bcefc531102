//! A job whose verdict is asked for: whether it has to run at all, and what its run would judge.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::files;
use super::place::{Place, logs};
use crate::config::Workspace;
use crate::gates::known::{Answer, AskError, Judging, Question, ask};
use crate::gates::worktree::{LookError, first_difference};
use crate::gates::{Ground, define};
use crate::git::{GitEnv, GitError, Oid, Repo, discover};
use crate::queue::{Job, Queue, Trigger};
use crate::tasks::spec::{Judges, RunSpec};

/// How the reason begins for which a job need not run.
pub const JUDGED_BEFORE: &str = "judged before";

/// Why it cannot be told what a job would judge.
#[derive(Debug, thiserror::Error)]
pub enum JudgingError {
    /// What is known cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The worktree cannot be looked at.
    #[error(transparent)]
    Look(#[from] LookError),
}

/// What there is to do for a job.
#[derive(Debug)]
pub enum Standing {
    /// It is run, and nobody asks for its verdict.
    NotAsked,
    /// It is run, and comes to this verdict.
    Judging(Box<Judging>),
    /// There is no need to run it, or no use.
    Settled(String),
}

/// What is known of what a job judges; nothing if nobody asks. `anew`: as if nothing were known.
pub fn answer(
    queue: &Queue,
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    now: Timestamp,
    anew: bool,
) -> Result<Option<Answer>, JudgingError> {
    let Some(judges) = &spec.judges else {
        return Ok(None);
    };
    let repo = open(&place.git_dir)?;
    let tree = match (&spec.staged, &job.input.commit) {
        _ if judges.message.is_some() => None,
        (Some(staged), _) => Some(parsed(&staged.tree)?),
        (None, Some(commit)) => Some(repo.resolve_tree(&parsed(commit)?)?),
        // Files that changed are in no tree.
        (None, None) => return Ok(None),
    };
    let ground = Ground {
        worktree: worktree_of(place, job),
        environment: &place.environment,
        today: now.to_zoned(TimeZone::UTC).date(),
    };
    let definition = define(&place.state, ground, &job.task, spec);
    let question = Question {
        definition: &definition,
        spec,
        judges,
        tree: tree.as_ref(),
        changed: &files::listed(&job.input.paths, &place.git_dir),
        anew,
    };
    Ok(Some(ask(queue, &repo, question)?))
}

/// The user's worktree that a job is about.
pub fn worktree_of<'a>(place: &'a Place, job: &'a Job) -> Option<&'a Path> {
    let own = job.input.worktree.as_deref();
    own.or(place.origin.worktree.as_deref())
}

/// What there is to do for a job that is about to start.
pub fn standing(
    queue: &Queue,
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    now: Timestamp,
) -> Result<Standing, JudgingError> {
    // What a person typed is run, whatever is known.
    let anew = job.trigger == Trigger::Manual;
    let (Some(judges), Some(answer)) = (&spec.judges, answer(queue, place, job, spec, now, anew)?)
    else {
        return Ok(Standing::NotAsked);
    };
    let judging = match answer {
        Answer::Known(verdict) => {
            return Ok(Standing::Settled(format!(
                "{JUDGED_BEFORE}: {}",
                verdict.summary
            )));
        }
        Answer::Content => return Ok(Standing::Settled(JUDGED_BEFORE.to_owned())),
        Answer::Nothing => {
            return Ok(Standing::Settled(
                "its globs select nothing here".to_owned(),
            ));
        }
        Answer::Open(judging) => judging,
    };
    if let Some(path) = difference(place, job, spec, judges, judging.tree.as_ref())? {
        // A gate has nothing else to say; other work is done all the same.
        return Ok(if job.input_key.is_some() {
            Standing::Settled(format!(
                "not checked: {path} in the worktree is not as in what is judged"
            ))
        } else {
            Standing::NotAsked
        });
    }
    Ok(Standing::Judging(Box::new(judging)))
}

/// A file by which a job that runs in the worktree would look at something else than what it judges.
pub fn difference(
    place: &Place,
    job: &Job,
    spec: &RunSpec,
    judges: &Judges,
    tree: Option<&Oid>,
) -> Result<Option<String>, JudgingError> {
    let worktree = worktree_of(place, job);
    let (Workspace::Worktree, Some(tree), Some(top)) = (spec.workspace, tree, worktree) else {
        return Ok(None);
    };
    let located = discover(top, &GitEnv::default())?;
    let found = first_difference(
        top,
        &located.git_dir,
        tree,
        &judges.files,
        &logs(&place.state),
    )?;
    Ok(found.map(|path| path.to_string()))
}

fn open(git_dir: &Path) -> Result<Repo, GitError> {
    let environment = GitEnv {
        git_dir: Some(git_dir.into()),
        ..GitEnv::default()
    };
    Repo::open(&discover(git_dir, &environment)?)
}

fn parsed(id: &str) -> Result<Oid, JudgingError> {
    id.parse()
        .map_err(|error| JudgingError::Git(GitError::from(error)))
}
