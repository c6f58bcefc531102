//! Whether a task's verdict about a tree is known, and if not, what has to be looked at.

use crate::git::{Entry, GitError, Mode, Oid, Repo};
use crate::queue::{Paths, Queue, QueueError, Verdict};
use crate::tasks::spec::{Judges, RunSpec};

use super::definition::Definition;
use super::evidence::Evidence;
use super::inputs::{Inputs, Scope, key_of_message, key_of_tree};

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// What the task is, apart from files.
    pub definition: &'a Definition,
    /// What it runs.
    pub spec: &'a RunSpec,
    /// What its verdict is about.
    pub judges: &'a Judges,
    /// The tree; a message has none.
    pub tree: Option<&'a Oid>,
    /// The files that a task is called with which looks at each by itself: these, of those it selects.
    pub changed: &'a Paths,
    /// Whether it is asked anew, whatever is known.
    pub anew: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was judged before.
    Known(Box<Verdict>),
    /// Each file that it would be called with was judged before, and is fine.
    Content,
    /// Its globs select nothing: that is no verdict.
    Nothing,
    /// It has to be run.
    Open(Judging),
}

/// What a run would judge.
#[derive(Clone, Debug, PartialEq)]
pub struct Judging {
    /// What the task is, apart from files.
    pub definition: Definition,
    /// The key under which the verdict is kept.
    pub key: String,
    /// The tree; nothing for a message.
    pub tree: Option<Oid>,
    /// The files that it is called with, and their digests, if it looks at each by itself.
    pub files: Option<Vec<(Entry, [u8; 32])>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The database.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The globs were checked when they were read, by another version perhaps.
    #[error("read the task's globs")]
    Globs(#[from] globset::Error),
    /// It judges a tree, and there is none.
    #[error("judge a tree: there is none")]
    NoTree,
}

/// Looks for a verdict.
pub fn ask(queue: &Queue, repo: &Repo, question: Question<'_>) -> Result<Answer, AskError> {
    let Question {
        definition,
        spec,
        judges,
        ..
    } = question;
    let tree = || question.tree.ok_or(AskError::NoTree);
    let key = match Scope::of(spec, judges) {
        Scope::Message => {
            let digest = judges.message.as_deref().unwrap_or_default();
            key_of_message(&definition.digest, digest)
        }
        Scope::Tree => key_of_tree(&definition.digest, tree()?),
        Scope::Selected => {
            let inputs = Inputs::among(repo.entries(tree()?)?, spec, judges)?;
            if inputs.selected.is_empty() {
                return Ok(Answer::Nothing);
            }
            inputs.key(&definition.digest, inputs.selected.iter())
        }
        Scope::Each => return each(queue, repo, question, tree()?),
    };
    known(queue, question, key, None)
}

fn known(
    queue: &Queue,
    question: Question<'_>,
    key: String,
    files: Option<Vec<(Entry, [u8; 32])>>,
) -> Result<Answer, AskError> {
    if !question.anew
        && let Some(verdict) = queue.verdict(&key)?
        && is_readable(&verdict)
    {
        return Ok(Answer::Known(Box::new(verdict)));
    }
    Ok(Answer::Open(Judging {
        definition: question.definition.clone(),
        key,
        tree: question.tree.cloned(),
        files,
    }))
}

/// What another version wrote, or what was damaged, is judged anew.
fn is_readable(verdict: &Verdict) -> bool {
    let body = verdict.body.as_deref();
    body.is_none_or(|body| Evidence::read(body).is_ok())
}

fn each(
    queue: &Queue,
    repo: &Repo,
    question: Question<'_>,
    tree: &Oid,
) -> Result<Answer, AskError> {
    let inputs = Inputs::among(repo.entries(tree)?, question.spec, question.judges)?;
    if inputs.selected.is_empty() {
        return Ok(Answer::Nothing);
    }
    let mut files: Vec<(Entry, [u8; 32])> = inputs
        .selected
        .iter()
        .filter(|entry| entry.mode != Mode::Gitlink)
        .filter(|entry| match question.changed {
            Paths::All => true,
            Paths::Some(paths) => paths.contains(&entry.path),
        })
        .map(|entry| (entry.clone(), inputs.file(entry)))
        .collect();
    if !question.anew {
        // All of them at once, as somebody else may have judged them.
        let whole = inputs.key(
            &question.definition.digest,
            files.iter().map(|(entry, _)| entry),
        );
        if queue
            .verdict(&whole)?
            .is_some_and(|verdict| verdict.is_clean())
        {
            return Ok(Answer::Content);
        }
        let digests: Vec<[u8; 32]> = files.iter().map(|(_, digest)| *digest).collect();
        let mut unjudged = queue
            .unjudged_files(&question.definition.digest, &digests)?
            .into_iter()
            .peekable();
        let mut index = 0;
        files.retain(|_| {
            let keep = unjudged.next_if_eq(&index).is_some();
            index += 1;
            keep
        });
    }
    if files.is_empty() {
        return Ok(Answer::Content);
    }
    let key = inputs.key(
        &question.definition.digest,
        files.iter().map(|(entry, _)| entry),
    );
    known(queue, question, key, Some(files))
}
