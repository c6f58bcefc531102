//! Commits: gathers the facts for [`super::commits::decide`] and does what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use bstr::BString;
use jiff::Timestamp;
use serde_json::json;

use super::commits::{Decision, Facts, MAX_WALK, Mark, Span, decide};
use super::note::Note;
use super::reconcile::{Batch, Call, Context, Reconciled};
use crate::config::HookName;
use crate::config::task::Coalesce;
use crate::git::{Head, Move, Oid, Parents, Repo};
use crate::queue::{Enqueued, Filter, Input, NewJob, Paths, Queue, StateKind, Trigger, Which};
use crate::tasks::Task;
use crate::tasks::task::Root;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A job of more changed files than this is about everything: the list would weigh more than it saves.
const MAX_PATHS: usize = 10_000;

/// What is known to have happened to HEAD.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HeadEvent {
    /// Nothing: it is looked at because it was time to.
    #[default]
    Found,
    /// Its commit has just been made.
    Made,
    /// Commits were replaced, as post-rewrite says.
    Rewritten {
        /// A rebase is over. Its folder is still there while the hook runs.
        rebase: bool,
        /// The commits that others took the place of.
        replaced: Vec<Oid>,
    },
}

/// How often HEAD is looked at anew because another process looked at the same time.
const ATTEMPTS: u32 = 10;

/// Enqueues for commits that are new since the watermark, and takes out jobs whose commits were replaced.
pub(super) fn reconcile(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    event: &HeadEvent,
    seen: &mut Reconciled,
) -> Outcome<()> {
    // Whoever was faster may have seen an older HEAD. After so many of them the next look finds what is left.
    for _ in 0..ATTEMPTS {
        if look(queue, repo, context, event, seen)? {
            break;
        }
    }
    // Last: what coalesced with the new tip's jobs is about the new tip by now.
    if let HeadEvent::Rewritten { replaced, .. } = event
        && !replaced.is_empty()
        && !context.dry_run
    {
        let replaced: Vec<String> = replaced.iter().map(|oid| oid.as_str().to_owned()).collect();
        let jobs = queue
            .supersede_commits(&replaced, "its commit was rewritten", context.now)?
            .len();
        if jobs > 0 {
            seen.notes.push(Note::Superseded { jobs });
        }
    }
    Ok(())
}

/// Looks at HEAD once; false if another process moved the watermark meanwhile, so that nothing was done.
fn look(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    event: &HeadEvent,
    seen: &mut Reconciled,
) -> Outcome<bool> {
    let place = Place::of(repo, repo.head()?);
    let watermark = queue.watermark(&place.mark)?.map(|mark| mark.commit);
    let watermark = watermark.as_deref();
    match decide(place.facts(queue, repo, event)?) {
        Decision::Nothing => {
            if !context.dry_run {
                place.remember(queue, context.now)?;
            }
            Ok(true)
        }
        Decision::Adopt { why, said } => {
            let Some(tip) = place.head.oid() else {
                return Ok(true);
            };
            let adopted = context.dry_run
                || place
                    .advance(queue, context, watermark, tip, &[])?
                    .is_some();
            if adopted && said {
                seen.notes.push(Note::Adopted {
                    place: place.title(),
                    commit: tip.short().to_owned(),
                    why,
                });
            }
            Ok(adopted)
        }
        Decision::Advance {
            latest,
            each,
            left_out,
        } => {
            let batch = wanted(repo, context, &latest, &each);
            let why = format!("commit {}", latest.commit.short());
            if context.dry_run {
                seen.would_add(batch.jobs(), &why);
            } else {
                let entered =
                    place.advance(queue, context, watermark, &latest.commit, batch.jobs())?;
                let Some(entered) = entered else {
                    return Ok(false);
                };
                seen.add(batch.jobs(), &entered, &why);
            }
            if left_out {
                seen.notes.push(Note::LeftOut {
                    place: place.title(),
                    taken: each.len(),
                });
            }
            Ok(true)
        }
    }
}

/// Where HEAD is, and under which names what was seen of it is kept.
struct Place {
    head: Head,
    /// The watermark: a branch has one, over all worktrees; a detached HEAD has its worktree's.
    mark: String,
    /// The commit that this worktree was last seen at, on whichever branch.
    last: String,
}

impl Place {
    fn of(repo: &Repo, head: Head) -> Self {
        let last = format!("HEAD {}", repo.located().git_dir.display());
        Self {
            mark: head.branch().map_or_else(|| last.clone(), str::to_owned),
            head,
            last,
        }
    }

    /// Moves the watermarks from where the branch's was `seen`, with the jobs of the commits in between.
    fn advance(
        &self,
        queue: &mut Queue,
        context: &Context<'_>,
        seen: Option<&str>,
        commit: &Oid,
        jobs: &[NewJob],
    ) -> Outcome<Option<Vec<Enqueued>>> {
        Ok(queue.advance_watermark(
            &[&self.mark, &self.last],
            seen,
            commit.as_str(),
            jobs,
            context.limit(),
            context.now,
        )?)
    }

    fn title(&self) -> String {
        let Some(branch) = self.head.branch() else {
            return "HEAD".to_owned();
        };
        branch
            .strip_prefix("refs/heads/")
            .unwrap_or(branch)
            .to_owned()
    }

    fn facts(&self, queue: &Queue, repo: &Repo, event: &HeadEvent) -> Outcome<Facts> {
        let rebase_is_over = matches!(event, HeadEvent::Rewritten { rebase: true, .. });
        let mut facts = Facts {
            head: self.head.oid().cloned(),
            parent: None,
            detached: self.head.branch().is_none(),
            rebasing: !rebase_is_over && is_rebasing(&repo.located().git_dir),
            made: *event != HeadEvent::Found,
            mark: Mark::Absent,
            known: false,
        };
        let Some(tip) = self.head.oid().filter(|_| !facts.rebasing) else {
            return Ok(facts);
        };
        facts.mark = mark(queue, repo, tip, &self.mark)?;
        // Behind a branch's HEAD it does not matter here who made the commits.
        let plain = match facts.mark {
            Mark::Head => true,
            Mark::Behind { .. } => !facts.detached,
            Mark::Absent | Mark::Gone | Mark::Elsewhere { .. } => false,
        };
        if plain {
            return Ok(facts);
        }
        // Without a reflog nobody knows who made it: then nobody did.
        let last = repo.last_move().filter(|last| last.to == *tip);
        facts.made |= last.as_ref().is_some_and(Move::made_a_commit);
        facts.parent = match last.as_ref().and_then(Move::parent_of_made) {
            Some(parent) => Some(parent.clone()),
            None => repo.commit(tip)?.parents.into_iter().next(),
        };
        if facts.mark == Mark::Absent && !facts.detached {
            // A new branch: what was made on it since it left the last one.
            match mark(queue, repo, tip, &self.last)? {
                Mark::Head => facts.known = true,
                behind @ Mark::Behind { .. } if facts.made => facts.mark = behind,
                _ => {}
            }
        }
        if facts.mark == Mark::Absent && *event == HeadEvent::Found {
            // Whenever that was: watching begins now.
            facts.made = false;
        }
        Ok(facts)
    }

    fn remember(&self, queue: &mut Queue, now: Timestamp) -> Outcome<()> {
        let Some(tip) = self.head.oid().filter(|_| self.mark != self.last) else {
            return Ok(());
        };
        let known = queue.watermark(&self.last)?;
        if known.is_none_or(|known| known.commit != tip.as_str()) {
            queue.set_watermark(&[&self.last], tip.as_str(), now)?;
        }
        Ok(())
    }
}

/// Whether commits are made that the end of a rebase replaces. `git am` makes none: each of its commits is there to stay.
pub fn is_rebasing(git_dir: &Path) -> bool {
    ["rebase-merge", "rebase-apply/rebasing"]
        .iter()
        .any(|name| git_dir.join(name).exists())
}

fn mark(queue: &Queue, repo: &Repo, tip: &Oid, name: &str) -> Outcome<Mark> {
    let Some(watermark) = queue.watermark(name)? else {
        return Ok(Mark::Absent);
    };
    let Ok(mark) = Oid::from_hex(watermark.commit.as_bytes()) else {
        return Ok(Mark::Gone);
    };
    if mark == *tip {
        return Ok(Mark::Head);
    }
    // What nearly always is found: one commit, just made on the one seen last. The reflog says so, and no object is read.
    if let Some(last) = repo.last_move()
        && last.to == *tip
        && last.parent_of_made() == Some(&mark)
    {
        let span = Span {
            commit: tip.clone(),
            base: Some(mark.clone()),
        };
        return Ok(Mark::Behind {
            mark,
            commits: vec![span],
            complete: true,
        });
    }
    if !repo.contains(&mark)? {
        return Ok(Mark::Gone);
    }
    // One or a few commits on the branch's own line is what nearly always is found.
    let mut walk = repo.walk(tip, Some(&mark), Parents::First, MAX_WALK)?;
    if !walk.reached {
        if !repo.is_ancestor(&mark, tip)? {
            return Ok(Mark::Elsewhere {
                common: repo.merge_base(&mark, tip)?,
            });
        }
        walk = repo.walk(tip, Some(&mark), Parents::All, MAX_WALK)?;
    }
    let span = |commit: &Oid| -> Outcome<Span> {
        Ok(Span {
            commit: commit.clone(),
            base: repo.commit(commit)?.parents.into_iter().next(),
        })
    };
    Ok(Mark::Behind {
        commits: walk.oids.iter().map(span).collect::<Outcome<_>>()?,
        complete: walk.reached,
        mark,
    })
}

/// The jobs for new commits: one for each of them where the task wants that, else one for the newest.
fn wanted(repo: &Repo, context: &Context<'_>, latest: &Span, each: &[Span]) -> Batch {
    jobs_on(
        repo,
        context,
        &FOLLOW_COMMITS,
        Trigger::Commit,
        latest,
        each,
    )
}

/// Hooks whose deferred tasks run on every commit: what the ones before it defer is enqueued when it is there.
const FOLLOW_COMMITS: [HookName; 3] = [
    HookName::PreCommit,
    HookName::CommitMsg,
    HookName::PostCommit,
];

/// Whether a task runs on every commit.
pub(super) fn follows_commits(task: &Task) -> bool {
    is_called_by(task, &FOLLOW_COMMITS)
}

/// Whether one of these hooks calls for a task.
pub(super) fn is_called_by(task: &Task, hooks: &[HookName]) -> bool {
    task.enabled && hooks.iter().any(|hook| task.triggers.hooks.contains(hook))
}

/// The jobs of the tasks that one of `hooks` calls for: on each of the commits where the task wants that, else on the
/// newest.
pub(super) fn jobs_on(
    repo: &Repo,
    context: &Context<'_>,
    hooks: &[HookName],
    trigger: Trigger,
    latest: &Span,
    each: &[Span],
) -> Batch {
    let mut batch = Batch::default();
    let mut changed = BTreeMap::new();
    for task in context.tasks {
        if !is_called_by(task, hooks) {
            continue;
        }
        let spans = match task.coalesce {
            Coalesce::Each => each,
            Coalesce::Latest => std::slice::from_ref(latest),
        };
        for span in spans {
            let paths = if needs_paths(task) {
                let changed = changed
                    .entry((&span.commit, &span.base))
                    .or_insert_with(|| changed_paths(repo, span));
                selected(task, changed.as_ref())
            } else {
                let base = span.base.as_ref().map(Oid::as_str);
                Some(Paths::of_span(base, span.commit.as_str()))
            };
            let Some(paths) = paths else {
                continue;
            };
            let call = Call {
                trigger,
                data: match context.hook {
                    Some(hook) => json!({ "commit": span.commit, "hook": hook.name() }),
                    None => json!({ "commit": span.commit }),
                },
                input: Input {
                    commit: Some(span.commit.as_str().to_owned()),
                    base: span.base.as_ref().map(|base| base.as_str().to_owned()),
                    paths,
                    worktree: repo.located().worktree.clone(),
                },
                run_at: context.now,
            };
            batch.add(context.jobs(repo, task, call));
        }
    }
    batch
}

/// Whether it matters for a task's jobs which files changed. Listing them opens the repository, which costs a hook a
/// millisecond; a job about everything lists them when it starts.
fn needs_paths(task: &Task) -> bool {
    !task.selection.is_everything() || matches!(task.root, Root::Each(_))
}

/// What a span changes; `None` when nobody can say, such as at a shallow clone's border.
fn changed_paths(repo: &Repo, span: &Span) -> Option<BTreeSet<BString>> {
    let changes = repo.changed(span.base.as_ref(), &span.commit).ok()?;
    Some(changes.into_iter().map(|change| change.path).collect())
}

/// The changed files that a task is about; `None` when there are none.
fn selected(task: &Task, changed: Option<&BTreeSet<BString>>) -> Option<Paths> {
    let Some(changed) = changed else {
        return Some(Paths::All);
    };
    let mine: BTreeSet<BString> = changed
        .iter()
        // A glob that does not compile was refused when the configuration was read.
        .filter(|path| task.selection.contains(path.as_ref()).unwrap_or(true))
        .cloned()
        .collect();
    // A commit without changes still is a commit, for a task that is about everything.
    if mine.is_empty() && !task.selection.is_everything() {
        return None;
    }
    Some(if mine.len() > MAX_PATHS {
        Paths::All
    } else {
        Paths::Some(mine)
    })
}

/// Takes out the waiting jobs whose commit is not in the repository any more; returns how many.
pub(super) fn supersede_gone(queue: &mut Queue, repo: &Repo, now: Timestamp) -> Outcome<usize> {
    let live = queue.list(&Filter {
        which: Which::Live,
        ..Filter::default()
    })?;
    let mut known: BTreeMap<&str, bool> = BTreeMap::new();
    let mut gone = Vec::new();
    for job in &live {
        let Some(commit) = job.input.commit.as_deref() else {
            continue;
        };
        if job.state.kind() == StateKind::Running {
            continue;
        }
        let exists = *known.entry(commit).or_insert_with(|| {
            // What cannot be asked is taken to be there.
            Oid::from_hex(commit.as_bytes()).is_ok_and(|oid| repo.contains(&oid).unwrap_or(true))
        });
        if !exists {
            gone.push(job.id.clone());
        }
    }
    if gone.is_empty() {
        return Ok(0);
    }
    Ok(queue.supersede(&gone, "its commit is gone", now)?.len())
}
