//! Commits: gathers the facts for [`super::commits::decide`] and does what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use bstr::BString;
use jiff::Timestamp;
use serde_json::json;

use super::commits::{Decision, Facts, MAX_WALK, Mark, Span, decide};
use super::note::Note;
use super::reconcile::{Batch, Call, Context, Reconciled};
use crate::config::HookName;
use crate::config::task::Coalesce;
use crate::git::{Head, Oid, Parents, Repo};
use crate::queue::{Filter, Input, Paths, Queue, StateKind, Trigger, Which};
use crate::tasks::Task;

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

/// Enqueues for commits that are new since the watermark, and takes out jobs whose commits were replaced.
pub(super) fn reconcile(
    queue: &mut Queue,
    repo: &Repo,
    context: &Context<'_>,
    event: &HeadEvent,
    seen: &mut Reconciled,
) -> Outcome<()> {
    let place = Place::of(repo, repo.head()?);
    match decide(place.facts(queue, repo, event)?) {
        Decision::Nothing => {}
        Decision::Adopt { why, said } => {
            if let Some(tip) = place.head.oid() {
                if said {
                    seen.notes.push(Note::Adopted {
                        place: place.title(),
                        commit: tip.short().to_owned(),
                        why,
                    });
                }
                if !context.dry_run {
                    queue.set_watermark(&place.mark, tip.as_str(), context.now)?;
                }
            }
        }
        Decision::Advance {
            latest,
            each,
            left_out,
        } => {
            if left_out {
                seen.notes.push(Note::LeftOut {
                    place: place.title(),
                    taken: each.len(),
                });
            }
            let batch = wanted(repo, context, &latest, &each);
            let why = format!("commit {}", latest.commit.short());
            if context.dry_run {
                seen.would_add(batch.jobs(), &why);
            } else {
                let entered = queue.advance_watermark(
                    &place.mark,
                    latest.commit.as_str(),
                    batch.jobs(),
                    context.limit(),
                    context.now,
                )?;
                seen.add(batch.jobs(), &entered, &why);
            }
        }
    }
    if context.dry_run {
        return Ok(());
    }
    place.remember(queue, context.now)?;
    // Last: what coalesced with the new tip's jobs is about the new tip by now.
    if let HeadEvent::Rewritten { replaced, .. } = event
        && !replaced.is_empty()
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
            rebasing: !rebase_is_over && is_rebasing(repo),
            made: *event != HeadEvent::Found,
            mark: Mark::Absent,
            known: false,
        };
        let Some(tip) = self.head.oid().filter(|_| !facts.rebasing) else {
            return Ok(facts);
        };
        facts.mark = mark(queue, repo, tip, &self.mark)?;
        // Behind a branch's HEAD it does not matter who made the commits; asking costs a process.
        let plain = match facts.mark {
            Mark::Head => true,
            Mark::Behind { .. } => !facts.detached,
            Mark::Absent | Mark::Gone | Mark::Elsewhere { .. } => false,
        };
        if plain {
            return Ok(facts);
        }
        facts.parent = repo.commit(tip)?.parents.into_iter().next();
        facts.made |= was_made_here(repo, tip);
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
            queue.set_watermark(&self.last, tip.as_str(), now)?;
        }
        Ok(())
    }
}

/// `git am` is not one of them: each of its commits is there to stay.
fn is_rebasing(repo: &Repo) -> bool {
    let git_dir = &repo.located().git_dir;
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

/// The reflog tells a commit that was made from one that was moved to. Without one nobody knows: then none was made.
fn was_made_here(repo: &Repo, tip: &Oid) -> bool {
    repo.git(["log", "-g", "-1", "--format=%H %gs", "HEAD"])
        .run()
        .is_ok_and(|said| {
            let said = String::from_utf8_lossy(&said);
            said.trim()
                .split_once(' ')
                .is_some_and(|(oid, subject)| oid == tip.as_str() && is_made(subject))
        })
}

/// Whether a line of the reflog is about a commit that was made.
fn is_made(subject: &str) -> bool {
    let (action, rest) = subject.split_once(':').unwrap_or((subject, ""));
    let verb = action.split(' ').next().unwrap_or_default();
    let over = action.ends_with("(finish)");
    match verb {
        "commit" | "cherry-pick" | "revert" | "am" => true,
        "rebase" => over,
        "merge" => !rest.starts_with(" Fast-forward"),
        "pull" => over || rest.starts_with(" Merge made"),
        _ => false,
    }
}

/// The jobs for new commits: one for each of them where the task wants that, else one for the newest.
fn wanted(repo: &Repo, context: &Context<'_>, latest: &Span, each: &[Span]) -> Batch {
    let mut batch = Batch::default();
    let mut changed = BTreeMap::new();
    for task in context.tasks {
        if !task.enabled || !follows_commits(task) {
            continue;
        }
        let spans = match task.coalesce {
            Coalesce::Each => each,
            Coalesce::Latest => std::slice::from_ref(latest),
        };
        for span in spans {
            let changed = changed
                .entry((&span.commit, &span.base))
                .or_insert_with(|| changed_paths(repo, span));
            let Some(paths) = selected(task, changed.as_ref()) else {
                continue;
            };
            let call = Call {
                trigger: Trigger::Commit,
                data: json!({ "commit": span.commit }),
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

/// What pre-commit defers, post-commit enqueues.
fn follows_commits(task: &Task) -> bool {
    [HookName::PostCommit, HookName::PreCommit]
        .iter()
        .any(|hook| task.triggers.hooks.contains(hook))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reflog_tells_making_from_moving() {
        for (subject, made) in [
            ("commit: fix", true),
            ("commit (initial): begin", true),
            ("commit (amend): fix", true),
            ("commit (merge): Merge branch 'x'", true),
            ("cherry-pick: fix", true),
            ("revert: Revert \"fix\"", true),
            ("am: fix", true),
            ("merge topic: Merge made by the 'ort' strategy.", true),
            ("merge topic: Fast-forward", false),
            ("pull: Fast-forward", false),
            ("pull --no-rebase: Merge made by the 'ort' strategy.", true),
            ("pull --rebase (finish): returning to refs/heads/main", true),
            ("rebase (finish): returning to refs/heads/main", true),
            ("rebase (start): checkout main", false),
            ("rebase (abort): returning to refs/heads/main", false),
            ("reset: moving to HEAD~1", false),
            ("checkout: moving from main to topic", false),
            ("clone: from /somewhere", false),
            ("", false),
        ] {
            assert_eq!(is_made(subject), made, "{subject:?}");
        }
    }
}
