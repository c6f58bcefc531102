//! Whether a job may run: its task's definition, the scripts that it names, and where its commit came from.
//!
//! Hooks, ticks and drains ask the same questions here. Nothing is read before a task with a command is asked about.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use super::app::App;
use super::draining;
use crate::git::{Move, Oid, Repo};
use crate::queue::{Input, Job};
use crate::tasks::Task;
use crate::tasks::spec::{Action, Compared, Fixers, RunSpec};
use crate::trust::approvals::{Approvals, Status};
use crate::trust::origin::{Evidence, Origin, is_made_here, origin};
use crate::trust::scripts;

/// What may run, as far as was asked.
pub struct Permission<'a> {
    app: &'a App,
    approvals: OnceCell<Approvals>,
    commits: RefCell<BTreeMap<String, bool>>,
}

impl<'a> Permission<'a> {
    /// Nothing is read yet.
    pub fn new(app: &'a App) -> Self {
        Self {
            app,
            approvals: OnceCell::new(),
            commits: RefCell::new(BTreeMap::new()),
        }
    }

    /// What was approved; nothing, and it is said, when that cannot be read.
    pub fn approvals(&self) -> &Approvals {
        self.approvals.get_or_init(|| {
            draining::approvals(self.app).unwrap_or_else(|error| {
                self.app.ui.warn(format!("nothing is approved: {error}"));
                Approvals::default()
            })
        })
    }

    /// Why a job of a task must wait, as far as that is known when it is enqueued.
    pub fn held(&self, task: &Task, input: &Input) -> Option<String> {
        let fingerprint = task.fingerprint()?;
        if !self
            .approvals()
            .definition_is_approved(&task.key, &fingerprint)
        {
            return Some(not_approved(&task.key, &task.action));
        }
        self.held_for_commit(input.commit.as_deref())
    }

    /// Why a job must wait although it is ready.
    pub fn held_at_start(&self, job: &Job, spec: &RunSpec) -> Option<String> {
        let fingerprint = spec.fingerprint.as_deref()?;
        let approved = self
            .approvals()
            .list()
            .get(&job.task)
            .is_some_and(|approval| approval.definition.fingerprint().as_str() == fingerprint);
        if !approved {
            return Some(not_approved(&job.task, &spec.action));
        }
        if job.user_triggered {
            // Whoever typed it has chosen the commit.
            return None;
        }
        self.held_for_commit(chosen_by(job.input.commit.as_deref(), spec))
    }

    /// Why a job must wait on account of the scripts that lie in its workspace.
    pub fn held_for_scripts(&self, job: &Job, spec: &RunSpec, top: &Path) -> Option<String> {
        spec.fingerprint.as_ref()?;
        let (Action::Command { argv }
        | Action::Fix {
            by: Fixers::Command { argv, .. },
        }) = &spec.action
        else {
            return None;
        };
        let present = scripts::present(argv, &spec.root, top);
        let Some(approval) = self.approvals().list().get(&job.task) else {
            return Some(not_approved(&job.task, &spec.action));
        };
        let fingerprint = approval.definition.fingerprint();
        match self.approvals().status(&job.task, &fingerprint, &present) {
            Status::ScriptsChanged(paths) => Some(format!(
                "{} is not as it was approved · git tend trust {}",
                paths.join(", "),
                job.task
            )),
            _ => None,
        }
    }

    fn held_for_commit(&self, commit: Option<&str>) -> Option<String> {
        // Without a commit there is nothing that could have arrived.
        let commit = commit?;
        if let Some(trusted) = self.commits.borrow().get(commit) {
            return (!trusted).then(|| arrived(commit));
        }
        let trusted = self.comes_from(commit) != Origin::Elsewhere;
        self.commits.borrow_mut().insert(commit.to_owned(), trusted);
        (!trusted).then(|| arrived(commit))
    }

    /// Where a commit came from.
    pub fn comes_from(&self, commit: &str) -> Origin {
        match (commit.parse(), self.app.repo()) {
            (Ok(commit), Ok(repo)) => origin(
                &commit,
                &Known {
                    permission: self,
                    repo,
                },
            ),
            _ => Origin::Elsewhere,
        }
    }
}

/// The commit by which it is decided whether a job may run: the base of a comparison is looked at for what is compared
/// with it, and built on it.
fn chosen_by<'a>(commit: Option<&'a str>, spec: &'a RunSpec) -> Option<&'a str> {
    match spec.judges.as_ref().and_then(|it| it.base_of.as_ref()) {
        None => commit,
        Some(Compared::Staged) => None,
        Some(Compared::Commit(commit)) => Some(commit),
    }
}

/// That nobody has approved what a task runs.
pub fn not_approved(task: &str, action: &Action) -> String {
    let what = match action {
        Action::Tools { .. }
        | Action::Fix {
            by: Fixers::Tools { .. },
        } => "the tools it runs are",
        Action::Builtin { .. }
        | Action::Command { .. }
        | Action::Fix { .. }
        | Action::Own { .. } => "its command is",
    };
    format!("{what} not approved · git tend trust {task}")
}

fn arrived(commit: &str) -> String {
    let short = commit.get(..10).unwrap_or(commit);
    format!("its commit was not made here · git tend trust --commit {short}")
}

struct Known<'a> {
    permission: &'a Permission<'a>,
    repo: &'a Repo,
}

impl Evidence for Known<'_> {
    fn movements(&self, commit: &Oid) -> Vec<Move> {
        match self.repo.last_move() {
            Some(last) if last.to == *commit && is_made_here(&last) => vec![last],
            _ => self.repo.moves_to(commit),
        }
    }

    fn is_approved(&self, commit: &Oid) -> bool {
        self.permission.approvals().has_commit(commit.as_str())
    }

    fn refs(&self) -> Vec<String> {
        let config = self.permission.app.loaded().ok();
        let configured = config.map(|loaded| loaded.config.trust.refs.clone());
        let approved = self
            .permission
            .approvals()
            .trusted_refs()
            .map(str::to_owned);
        configured
            .unwrap_or_default()
            .into_iter()
            .chain(approved)
            .collect()
    }

    fn is_in(&self, commit: &Oid, name: &str) -> bool {
        self.repo
            .resolve_commit(name)
            .and_then(|tip| self.repo.is_ancestor(commit, &tip))
            .unwrap_or(false)
    }
}
