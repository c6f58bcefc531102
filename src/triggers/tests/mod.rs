//! The edges, with real repositories and a real queue.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod commits;
mod files;
mod schedules;

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::hook::{Response, Subject};
use super::{Context, HeadEvent, Reconciled, reconcile, reconcile_hook};
use crate::config::diagnostic::Document;
use crate::config::layers::LayerFile;
use crate::config::{Config, Layer};
use crate::git::testing::TestRepo;
use crate::git::{GitEnv, Repo, discover};
use crate::queue::{Filter, Job, Paths, Queue, State, StateKind, Which};
use crate::store::{Access, OpenOptions};
use crate::tasks::{Task, resolve};

/// A repository, its queue, and a clock.
struct World {
    git: TestRepo,
    queue: Queue,
    state: TempDir,
    config: Config,
    tasks: Vec<Task>,
    now: Timestamp,
}

impl World {
    /// With this `tend.toml`, which is not written into the repository.
    fn new(tend_toml: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut world = Self {
            git: TestRepo::new(&[]),
            queue: Queue::open(state.path(), &OpenOptions::new(Access::ReadWrite)).unwrap(),
            state,
            config: Config::default(),
            tasks: Vec::new(),
            now: Timestamp::from_millisecond(Timestamp::now().as_millisecond()).unwrap(),
        };
        world.configure(tend_toml);
        world
    }

    fn configure(&mut self, tend_toml: &str) {
        let document = Arc::new(Document {
            path: "tend.toml".into(),
            text: tend_toml.to_owned(),
        });
        let layer = Layer::Project;
        let loaded = Config::from_layers(vec![LayerFile { layer, document }]).unwrap();
        self.tasks = resolve(&loaded).unwrap();
        // The built-in tasks would be in the way of what is looked at.
        self.tasks
            .retain(|task| crate::tasks::builtin::find(&task.key).is_none());
        self.config = loaded.config;
    }

    fn context<'a>(&'a self, zone: &'a TimeZone, dry_run: bool) -> Context<'a> {
        Context {
            tasks: &self.tasks,
            config: &self.config,
            held: &|_, _| None,
            now: self.now,
            zone,
            dry_run,
            hook: None,
        }
    }

    fn repo(&self) -> Repo {
        self.git.open()
    }

    /// The changed files of a job, one by one.
    fn paths(&self, job: &Job) -> Vec<String> {
        let repo = self.repo();
        let listed = job.input.paths.listed(|base, commit| {
            let base = base.map(|base| base.parse().unwrap());
            let changes = repo
                .changed(base.as_ref(), &commit.parse().unwrap())
                .unwrap();
            Some(changes.into_iter().map(|change| change.path).collect())
        });
        match listed {
            Paths::All => vec!["everything".to_owned()],
            Paths::Some(paths) => paths.iter().map(ToString::to_string).collect(),
        }
    }

    /// Everything, in the main worktree.
    fn reconcile(&self) -> Reconciled {
        self.reconcile_in(&self.repo(), false)
    }

    fn dry_run(&self) -> Reconciled {
        self.reconcile_in(&self.repo(), true)
    }

    fn reconcile_in(&self, repo: &Repo, dry_run: bool) -> Reconciled {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let mut queue = self.open_queue();
        reconcile(&mut queue, repo, &self.context(&zone, dry_run))
    }

    /// What a hook does.
    fn hook(&self, event: &HeadEvent) -> Reconciled {
        let zone = TimeZone::UTC;
        let repo = self.repo();
        let mut queue = self.open_queue();
        let response = Response {
            head: Some(event.clone()),
            tasks: &[],
            subject: Subject::Head { base: None },
        };
        reconcile_hook(&mut queue, &repo, &self.context(&zone, false), &response)
    }

    /// As another process would: every look opens the queue anew.
    fn open_queue(&self) -> Queue {
        let options = OpenOptions::new(Access::ReadWrite);
        Queue::open(self.state.path(), &options).unwrap()
    }

    fn pass(&mut self, by: SignedDuration) {
        self.now = self.now.checked_add(by).unwrap();
    }

    fn waiting(&self) -> Vec<Job> {
        let mut jobs = self
            .queue
            .list(&Filter {
                which: Which::Live,
                ..Filter::default()
            })
            .unwrap();
        jobs.sort_by_key(|job| (job.queued_at, job.task.clone()));
        jobs
    }

    /// `task base..commit` of each waiting job, with subjects for ids.
    fn spans(&self) -> Vec<String> {
        let subject = |oid: &Option<String>| {
            oid.as_ref().map_or("-".to_owned(), |oid| {
                self.git.git(&["log", "-1", "--format=%s", oid])
            })
        };
        self.waiting()
            .iter()
            .map(|job| {
                let (base, commit) = (subject(&job.input.base), subject(&job.input.commit));
                format!("{} {base}..{commit}", job.task)
            })
            .collect()
    }

    /// Ends every waiting job, as a drain would.
    fn drain(&mut self) {
        for job in self.waiting() {
            self.queue.cancel(&job.id, "drained", self.now).unwrap();
        }
        assert!(self.waiting().is_empty());
    }

    fn commit(&self, message: &str) {
        self.git.write(message, message);
        self.git.commit(message);
    }
}

fn notes(seen: &Reconciled) -> Vec<String> {
    seen.notes.iter().map(ToString::to_string).collect()
}

fn ended(world: &World, state: StateKind) -> usize {
    world
        .queue
        .list(&Filter {
            which: Which::In(state),
            ..Filter::default()
        })
        .unwrap()
        .len()
}

fn open_in(folder: &std::path::Path) -> Repo {
    Repo::open(&discover(folder, &GitEnv::default()).unwrap()).unwrap()
}
