//! What a task says of a commit: what is stored of it, and the job that asks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{title, trigger_data};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::permission::Permission;
use crate::cli::{format, scans};
use crate::config::{Priority, Workspace};
use crate::findings::stored::changes;
use crate::findings::{Finding, Looked};
use crate::gates::compare::{Before, compare};
use crate::gates::known::{Answer, Question, ask};
use crate::gates::{Definition, Evidence, Ground, Scope, define};
use crate::git::Oid;
use crate::queue::{
    Input, JobId, NewJob, Paths, Queue, Source, StepCame, Trigger, Verdict, unique_key,
};
use crate::tasks::Task;
use crate::tasks::jobs::{self, Occasion};
use crate::tasks::spec::{Judges, RunSpec};

/// So many findings of the commit that was looked for are kept.
const KEPT: usize = 100;

/// A commit and its tree.
pub(super) type At<'a> = (&'a Oid, &'a Oid);

/// What is broken in a commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Broken {
    /// Findings that the good commit does not have.
    Findings {
        /// The first of them.
        findings: Vec<Finding>,
        /// How many there are.
        count: usize,
    },
    /// A command fails.
    Output {
        /// Its exit code.
        code: i32,
        /// The end of what it said.
        tail: String,
    },
}

/// What is stored of a commit.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// It was judged.
    Verdict(Box<Verdict>),
    /// Each file was judged by itself, and is fine.
    Content,
    /// The task has nothing to look at.
    Nothing,
    /// It was not.
    Open,
}

/// A task in one folder.
pub(super) struct Inquiry<'a> {
    app: &'a App,
    task: &'a Task,
    folder: String,
    worktree: Option<PathBuf>,
    spec: RunSpec,
    judges: Judges,
    definition: Definition,
}

impl<'a> Inquiry<'a> {
    /// A task as it is configured now: it is asked the same of each commit.
    pub(super) fn new(
        app: &'a App,
        task: &'a Task,
        folder: &str,
        worktree: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let environment: Vec<(OsString, OsString)> = app.job_environment()?;
        let judges = task.judges();
        let mut spec = task.run_spec_in(folder);
        spec.judges = Some(judges.clone());
        if matches!(spec.workspace, Workspace::Worktree | Workspace::Index) {
            // The user's files are those of one commit only.
            spec.workspace = Workspace::Commit;
        }
        let worktree = worktree
            .map(Path::to_path_buf)
            .or(app.located()?.worktree.clone());
        let ground = Ground {
            worktree: worktree.as_deref(),
            environment: &environment,
            today: app.now().to_zoned(TimeZone::UTC).date(),
        };
        let definition = define(app.state_dir()?, ground, &task.key, &spec);
        Ok(Self {
            app,
            task,
            folder: folder.to_owned(),
            worktree,
            spec,
            judges,
            definition,
        })
    }

    pub(super) fn definition(&self) -> &str {
        &self.definition.digest
    }

    /// Whether it looks at all files.
    pub(super) fn is_of_trees(&self) -> bool {
        Scope::of(&self.spec, &self.judges) == Scope::Tree
    }

    /// What is stored of a tree, or was made by a job: that may have had another search path.
    pub(super) fn known(
        &self,
        queue: &Queue,
        tree: &Oid,
        job: Option<&JobId>,
    ) -> Result<Known, CommandError> {
        let question = Question {
            definition: &self.definition,
            spec: &self.spec,
            judges: &self.judges,
            tree: Some(tree),
            changed: &Paths::All,
            anew: false,
        };
        Ok(
            match ask(queue, self.app.repo()?, question).context("look for a verdict")? {
                Answer::Known(verdict) => Known::Verdict(verdict),
                Answer::Content => Known::Content,
                Answer::Nothing => Known::Nothing,
                Answer::Open(_) => {
                    let made = queue
                        .verdicts_of_tree(tree.as_str())
                        .context("look for a verdict")?;
                    let is_its = |verdict: &Verdict| {
                        job.is_some_and(|job| verdict.source == Source::Job(job.clone()))
                    };
                    made.into_iter()
                        .find(is_its)
                        .map_or(Known::Open, |verdict| Known::Verdict(Box::new(verdict)))
                }
            },
        )
    }

    /// What a verdict means for a commit, where the good one has these findings.
    pub(super) fn meaning(
        &self,
        verdict: &Verdict,
        commit: &Oid,
        (good, before): (&Oid, &[Finding]),
    ) -> Result<(StepCame, String, Option<Broken>), CommandError> {
        let Some(body) = verdict.body.as_deref() else {
            return Ok((StepCame::Good, verdict.summary.clone(), None));
        };
        let scan = match Evidence::read(body) {
            Ok(Evidence::Scan { scan }) => scan,
            Ok(Evidence::Output { code, tail }) => {
                let broken = Broken::Output { code, tail };
                return Ok((StepCame::Bad, verdict.summary.clone(), Some(broken)));
            }
            // Another version wrote it: it is no less a failure.
            Err(_) => return Ok((StepCame::Bad, verdict.summary.clone(), None)),
        };
        let difference = (!before.is_empty())
            .then(|| changes(self.app.repo().ok()?, good, Looked::Commit(commit)))
            .flatten();
        let compared = compare(
            scan.findings,
            &Before::Findings(before, difference.as_ref()),
        );
        let compared = scans::without_suppressed(self.app, self.worktree.as_deref(), compared)?;
        let count = compared.new.len();
        let said = match (count, compared.known) {
            (0, _) => "nothing that is not in the good commit".to_owned(),
            (count, 0) => format::count(count, "finding", "findings"),
            (count, known) => format!(
                "{}, {known} more are not new",
                format::count(count, "new finding", "new findings")
            ),
        };
        if count == 0 {
            return Ok((StepCame::Good, said, None));
        }
        let mut findings = compared.new;
        findings.truncate(KEPT);
        Ok((
            StepCame::Bad,
            said,
            Some(Broken::Findings { findings, count }),
        ))
    }

    /// The job that judges a commit.
    pub(super) fn job(
        &self,
        permission: &Permission<'_>,
        bisection: i64,
        (commit, tree): At<'_>,
    ) -> NewJob {
        let input = Input {
            commit: Some(commit.as_str().to_owned()),
            base: None,
            paths: Paths::All,
            worktree: self.worktree.clone(),
        };
        let held = permission.held(self.task, &input);
        let occasion = Occasion {
            trigger: Trigger::Chain,
            trigger_data: trigger_data(bisection),
            input,
            user_triggered: false,
            run_at: self.app.now(),
            acknowledged: false,
        };
        let title = format!("{} at {}", title(self.task, &self.folder), commit.short());
        let what = (&self.spec, tree.as_str());
        let number = bisection.to_string();
        let own = ["bisection", &number, commit.as_str()];
        NewJob {
            priority: Priority::Deferred,
            unique_key: Some(unique_key(&self.task.key, &own)),
            // What comes to no verdict is passed by: there are other commits.
            max_retries: 0,
            held,
            ..jobs::judging(self.task, &self.folder, &title, &occasion, what)
        }
    }
}
