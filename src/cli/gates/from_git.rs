//! What git tells a hook that is to be judged.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use super::subject::{Subject, What};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::config::HookName;
use crate::drain::place;
use crate::gates::inputs::digest_of_message;
use crate::git::{Oid, head_from_files, staged_tree};
use crate::system::{env, filesystem};

/// A message is a text that somebody wrote.
const LARGEST_MESSAGE: u64 = 16 << 20;

/// What git is about to commit.
pub(super) fn staged(hook: HookName, app: &App) -> Result<Subject, CommandError> {
    let located = app.located()?;
    let index = match env::raw(env::GIT_INDEX_FILE).filter(|name| !name.is_empty()) {
        // Relative to where git started the hook.
        Some(named) => app.folder()?.join(PathBuf::from(named)),
        None => located.git_dir.join("index"),
    };
    let scratch = place::logs(app.state_dir()?);
    filesystem::private_dir(&scratch).context("make the state folder")?;
    let tree = staged_tree(located, &index, &scratch).context("read what is staged")?;
    let head = match head_from_files(located) {
        Some(head) => head,
        None => app.repo()?.head().context("read HEAD")?,
    };
    let mut parents: Vec<Oid> = head.oid().cloned().into_iter().collect();
    if hook == HookName::PreMergeCommit {
        parents.extend(env::merged_heads().filter_map(|name| name.parse().ok()));
    }
    // What a pull merges arrived a moment ago: nobody has looked at it.
    let pulls = hook == HookName::PreMergeCommit
        && env::text(env::GIT_REFLOG_ACTION).is_some_and(|action| action.starts_with("pull"));
    Ok(Subject {
        parents,
        held: pulls.then(|| {
            "it merges what a pull has just brought · git tend trust --commit, then git tend wait"
                .to_owned()
        }),
        ..Subject::of(What::Tree(tree))
    })
}

/// The message of the commit that git is about to make.
pub(super) fn message(args: &[OsString], app: &App) -> Result<Subject, CommandError> {
    let path = args
        .first()
        .ok_or_else(|| CommandError::failed("git named no message"))?;
    let path = app.folder()?.join(path);
    let length = std::fs::metadata(&path).context("read the message")?.len();
    if length > LARGEST_MESSAGE {
        return Err(CommandError::failed("the message is too large"));
    }
    let bytes = std::fs::read(&path).context("read the message")?;
    let digest = digest_of_message(&bytes);
    let kept = place::message_path(app.state_dir()?, &digest);
    if !kept.exists() {
        let folder = kept.parent().unwrap_or(&kept);
        filesystem::private_dir(folder).context("keep the message")?;
        filesystem::replace(&kept, &bytes, 0o600).context("keep the message")?;
    }
    Ok(Subject::of(What::Message(digest)))
}

/// The commits and trees of a push, each once.
pub(super) fn pushed(tips: &[Oid], app: &App) -> Result<Vec<Subject>, CommandError> {
    let mut seen = BTreeSet::new();
    let mut subjects = Vec::new();
    for tip in tips {
        let repo = app.repo()?;
        // A tag may name anything.
        let commit = repo.resolve_commit(&format!("{tip}^{{commit}}")).ok();
        let tree = match repo.resolve_tree(commit.as_ref().unwrap_or(tip)) {
            Ok(tree) => tree,
            // There is nothing to judge in a file. What cannot be read is not known to be one.
            Err(_) if repo.resolve(&format!("{tip}^{{blob}}")).is_ok() => continue,
            Err(error) => return Err(error).context("read what is pushed"),
        };
        let subject = match commit {
            Some(commit) => Subject::of_commit(commit, tree),
            None => Subject {
                held: Some("it is in no commit, and nobody knows where it came from".to_owned()),
                ..Subject::of(What::Tree(tree))
            },
        };
        if seen.insert((subject.commit.clone(), subject.key().to_owned())) {
            subjects.push(subject);
        }
    }
    Ok(subjects)
}
