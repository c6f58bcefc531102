//! One search: from what was learned to what is done next.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::belongs_to;
use super::inquiry::{At, Broken, Inquiry, Known};
use super::step::Came;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::permission::Permission;
use crate::findings::Finding;
use crate::gates::Evidence;
use crate::gates::bisect::{Mark, Next, Range};
use crate::git::{GitError, Node, Oid};
use crate::queue::{Bisection, BisectionEnd, BisectionStep, JobId, Queue, StepCame};

/// How often it is begun anew when other processes learn at the same time: each time there is less to learn.
const PATIENCE: usize = 50;

/// How a search stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    /// It is over.
    Ended(BisectionEnd),
    /// A commit is judged by this job.
    Waits(JobId),
    /// The queue is full: it goes on when there is room.
    Full,
    /// There is no such search.
    Gone,
    /// Others are at it.
    Busy,
}

/// Why a turn ended before its end.
pub(super) enum Stop {
    /// It is over, for this reason.
    Ended(BisectionEnd),
    /// Somebody else took the turn.
    Over,
    /// It cannot go on.
    Failed(CommandError),
}

impl From<CommandError> for Stop {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

fn none(reason: impl Into<String>) -> Stop {
    Stop::Ended(BisectionEnd::None {
        reason: reason.into(),
    })
}

/// One search that is under way.
pub struct Search<'a> {
    pub(super) app: &'a App,
    pub(super) inquiry: Inquiry<'a>,
    pub(super) permission: Permission<'a>,
    pub(super) id: i64,
    pub(super) turn: i64,
    pub(super) steps: BTreeMap<String, BisectionStep>,
    pub(super) good: Oid,
    pub(super) good_tree: Oid,
    pub(super) before: Vec<Finding>,
    pub(super) nodes: Vec<Node>,
    pub(super) range: Range,
    pub(super) borders: BTreeSet<usize>,
}

impl<'a> Search<'a> {
    /// Learns what there is to learn and enters the next job.
    pub fn advance(app: &'a App, queue: &mut Queue, id: i64) -> Result<Stand, CommandError> {
        for _ in 0..PATIENCE {
            let Some(bisection) = queue.bisection(id).context("read the bisection")? else {
                return Ok(Stand::Gone);
            };
            if let Some((_, end)) = bisection.ended {
                return Ok(Stand::Ended(end));
            }
            let mut turn = bisection.turn;
            let went = match Search::open(app, queue, &bisection) {
                Ok(mut search) => {
                    let went = search.go(queue);
                    turn = search.turn;
                    went
                }
                Err(stop) => Err(stop),
            };
            match went {
                Ok(stand) => return Ok(stand),
                Err(Stop::Over) => {}
                Err(Stop::Failed(error)) => return Err(error),
                Err(Stop::Ended(end)) => {
                    if finish(app, queue, (id, turn), &end)? {
                        return Ok(Stand::Ended(end));
                    }
                }
            }
        }
        Ok(Stand::Busy)
    }

    /// Ends it without a result, whichever turn it is at.
    pub fn stop(app: &App, queue: &mut Queue, id: i64) -> Result<(), CommandError> {
        let end = BisectionEnd::Stopped {
            reason: "stopped by the user".to_owned(),
        };
        while let Some(bisection) = queue
            .bisection(id)
            .context("read the bisection")?
            .filter(|bisection| bisection.ended.is_none())
        {
            finish(app, queue, (id, bisection.turn), &end)?;
        }
        Ok(())
    }

    /// How many commits may still have brought it; nothing if that cannot be told.
    pub fn suspects(app: &'a App, queue: &Queue, bisection: &Bisection) -> Option<usize> {
        let search = Search::open(app, queue, bisection).ok()?;
        match search.range.next(&search.marks(), |_| false)? {
            Next::Found(_) => Some(1),
            Next::Judge { suspects, .. } => Some(suspects),
            Next::Torn(all) => Some(all.len()),
        }
    }

    fn open(app: &'a App, queue: &Queue, bisection: &Bisection) -> Result<Self, Stop> {
        let asked = &bisection.asked;
        let tasks = app.tasks()?;
        let Some(task) = tasks.iter().find(|task| task.key == asked.task) else {
            return Err(none(format!("there is no task {} any more", asked.task)));
        };
        let inquiry = Inquiry::new(app, task, &asked.folder, asked.worktree.as_deref())?;
        let repo = app.repo()?;
        let commit = |id: &str| -> Result<Oid, Stop> {
            let gone = |_| none(format!("{} is gone: its history was rewritten", short(id)));
            let oid: Oid = id.parse().map_err(|_| none(format!("{id} is no commit")))?;
            repo.resolve_commit(oid.as_str()).map_err(gone)
        };
        let (good, bad) = (commit(&asked.good)?, commit(&asked.bad)?);
        let unreadable =
            |error: GitError| none(format!("the commits in between cannot be read: {error}"));
        let nodes = repo.range(&good, &bad).map_err(unreadable)?;
        let good_tree = repo.resolve_tree(&good).map_err(unreadable)?;
        let numbers: BTreeMap<&Oid, usize> = nodes.iter().map(|node| &node.oid).zip(0..).collect();
        let parents = nodes.iter().map(|node| {
            let parents = node.parents.iter();
            parents
                .filter_map(|oid| numbers.get(oid).copied())
                .collect()
        });
        let range = Range::new(parents.collect());
        let borders = repo
            .borders()
            .context("look for a shallow clone's borders")?;
        let borders = borders
            .iter()
            .filter_map(|oid| numbers.get(oid).copied())
            .collect();
        let steps = queue
            .bisection_steps(bisection.id)
            .context("read what was learned")?;
        Ok(Self {
            app,
            inquiry,
            permission: Permission::new(app),
            id: bisection.id,
            turn: bisection.turn,
            steps: steps
                .into_iter()
                .map(|step| (step.commit.clone(), step))
                .collect(),
            good,
            good_tree,
            before: Vec::new(),
            nodes,
            range,
            borders,
        })
    }

    fn go(&mut self, queue: &mut Queue) -> Result<Stand, Stop> {
        if let Some(stand) = self.look_at_the_good_one(queue)? {
            return Ok(stand);
        }
        let Some(last) = self.range.len().checked_sub(1) else {
            return Err(none("there is no commit in between"));
        };
        let tip = self.number(last)?;
        match self.came(queue, (&tip.oid, &tip.tree), true)? {
            Came::Known(StepCame::Bad) => {}
            Came::Known(StepCame::Good) => {
                return Err(none(format!("{} is not bad", tip.oid.short())));
            }
            Came::Known(StepCame::Skipped) | Came::Open => {
                return Err(none(self.no_verdict(&tip.oid)));
            }
            Came::Waits(job) => return Ok(Stand::Waits(job)),
            Came::Full => return Ok(Stand::Full),
        }
        let definition = self.inquiry.definition();
        let judged = queue
            .judged_trees(definition, false)
            .context("look for verdicts")?;
        let hints = self.nodes.iter().enumerate();
        let hints = hints.filter(|(_, node)| judged.contains(node.tree.as_str()));
        let hints: RefCell<BTreeSet<usize>> = RefCell::new(hints.map(|(index, _)| index).collect());
        loop {
            let next = self
                .range
                .next(&self.marks(), |commit| hints.borrow().contains(&commit));
            match next {
                None => return Err(none("there is no commit in between")),
                Some(Next::Found(commit)) => {
                    let node = self.number(commit)?;
                    let evidence = self.evidence(queue, (&node.oid, &node.tree))?;
                    return Err(Stop::Ended(BisectionEnd::Found {
                        commit: node.oid.as_str().to_owned(),
                        evidence,
                    }));
                }
                Some(Next::Torn(suspects)) => return Err(none(self.torn(&suspects))),
                Some(Next::Judge { commit, .. }) => {
                    let is_hint = hints.borrow_mut().remove(&commit);
                    let node = self.number(commit)?;
                    match self.came(queue, (&node.oid, &node.tree), !is_hint)? {
                        Came::Known(_) | Came::Open => {}
                        Came::Waits(job) => return Ok(Stand::Waits(job)),
                        Came::Full => return Ok(Stand::Full),
                    }
                }
            }
        }
    }

    /// What it says of the good commit is needed each time: others are compared with that.
    fn look_at_the_good_one(&mut self, queue: &mut Queue) -> Result<Option<Stand>, Stop> {
        let (good, tree) = (self.good.clone(), self.good_tree.clone());
        match self.known(queue, (&good, &tree))? {
            Known::Verdict(verdict) => match verdict.body.as_deref().map(Evidence::read) {
                None => {}
                Some(Ok(Evidence::Scan { scan })) => self.before = scan.findings,
                Some(_) => {
                    return Err(none(format!(
                        "{} is not good: {}",
                        good.short(),
                        verdict.summary
                    )));
                }
            },
            // Forgotten since: it is judged again.
            Known::Open if self.learned(&good) == Some(StepCame::Good) => {
                self.steps.remove(good.as_str());
            }
            Known::Content | Known::Nothing | Known::Open => {}
        }
        Ok(match self.came(queue, (&good, &tree), true)? {
            Came::Waits(job) => Some(Stand::Waits(job)),
            Came::Full => Some(Stand::Full),
            Came::Known(StepCame::Bad) => {
                return Err(none(format!("{} is not good", good.short())));
            }
            // Where it cannot tell, the user's word is taken.
            Came::Known(StepCame::Good | StepCame::Skipped) | Came::Open => None,
        })
    }

    fn number(&self, commit: usize) -> Result<Node, Stop> {
        let node = self.nodes.get(commit).cloned();
        node.ok_or_else(|| none("the history has changed meanwhile"))
    }

    pub(super) fn learned(&self, commit: &Oid) -> Option<StepCame> {
        self.steps.get(commit.as_str())?.came
    }

    fn marks(&self) -> BTreeMap<usize, Mark> {
        let last = self.nodes.len().saturating_sub(1);
        let mut marks = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().take(last) {
            let mark = match self.learned(&node.oid) {
                Some(StepCame::Good) => Mark::Good,
                Some(StepCame::Bad) => Mark::Bad,
                Some(StepCame::Skipped) => Mark::Skipped,
                // Its parents may be bad or good: they are not here.
                None if self.borders.contains(&index) => Mark::Skipped,
                None => continue,
            };
            marks.insert(index, mark);
        }
        marks
    }

    fn evidence(&self, queue: &Queue, at: At<'_>) -> Result<Option<String>, Stop> {
        let Known::Verdict(verdict) = self.known(queue, at)? else {
            return Ok(None);
        };
        let before = (&self.good, self.before.as_slice());
        let (_, _, broken) = self.inquiry.meaning(&verdict, at.0, before)?;
        Ok(broken.and_then(|broken: Broken| serde_json::to_string(&broken).ok()))
    }

    fn no_verdict(&self, commit: &Oid) -> String {
        let step = self.steps.get(commit.as_str());
        let said = step
            .and_then(|step| step.said.as_deref())
            .unwrap_or("unknown");
        format!("{} comes to no verdict: {said}", commit.short())
    }

    fn torn(&self, suspects: &[usize]) -> String {
        const NAMED: usize = 10;
        let names: Vec<&str> = suspects
            .iter()
            .filter_map(|commit| Some(self.nodes.get(*commit)?.oid.short()))
            .collect();
        let more = match names.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown: Vec<&str> = names.iter().rev().take(NAMED).rev().copied().collect();
        let mut reason = format!(
            "it is one of {}: {}{more}; all but the last came to no verdict",
            format::count(names.len(), "commit", "commits"),
            shown.join(", "),
        );
        let said = suspects.iter().find_map(|commit| {
            let step = self.steps.get(self.nodes.get(*commit)?.oid.as_str())?;
            step.said
                .clone()
                .filter(|_| step.came == Some(StepCame::Skipped))
        });
        if let Some(said) = said {
            reason.push_str(&format!(" ({said})"));
        }
        if suspects.iter().any(|commit| self.borders.contains(commit)) {
            reason.push_str("; this shallow clone has no older ones: git fetch --unshallow");
        }
        reason
    }
}

/// Ends a search, and the job that it waits for if nobody else does. False if the turn is over.
fn finish(
    app: &App,
    queue: &mut Queue,
    (id, turn): (i64, i64),
    end: &BisectionEnd,
) -> Result<bool, CommandError> {
    let now = app.now();
    if !queue
        .end_bisection((id, turn), end, now)
        .context("end the bisection")?
    {
        return Ok(false);
    }
    let steps = queue.bisection_steps(id).context("read what was learned")?;
    for step in steps.iter().filter(|step| step.came.is_none()) {
        let Some(job) = &step.job else {
            continue;
        };
        let is_own = queue
            .job(job)
            .context("read the job")?
            .is_some_and(|job| belongs_to(&job) == Some(id));
        if is_own {
            queue
                .cancel(job, "its bisection is over", now)
                .context("cancel the job")?;
        }
    }
    Ok(true)
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
