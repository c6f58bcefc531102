//! What commands need of an invocation, opened when it is first asked for.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::Global;
use super::error::{CommandError, Context};
use super::ui::{Ui, plain};
use crate::config::task::TaskName;
use crate::config::{Config, ConfigError, Files, Loaded, Style};
use crate::drain::place::Place;
use crate::drain::workspace::Origin;
use crate::git::{GitEnv, Located, Oid, Repo, discover};
use crate::graph::{Graph, GraphError};
use crate::queue::{Found, Job, JobId, Queue, QueueError};
use crate::store::{Access, OpenOptions, StoreError};
use crate::system::dirs::{Dirs, RepositoryId, repository_state};
use crate::system::{cgroup, clock, env, host, process, zone};
use crate::tasks::spec::Action;
use crate::tasks::{Task, builtin, resolve};
use crate::tools::applies::Applies;
use crate::triggers::search_path;

/// How long commands wait for another process's transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a visit of many waits: whoever holds the queue for longer is looked at again by the next one.
const VISITOR: Duration = Duration::from_secs(1);

/// How long a note in passing waits.
const IN_PASSING: Duration = Duration::from_millis(100);

/// One invocation.
pub struct App {
    /// The options that every verb takes.
    pub global: Global,
    /// Where to print.
    pub ui: Ui,
    located: OnceCell<Located>,
    repo: OnceCell<Repo>,
    loaded: OnceCell<Loaded>,
    tasks: OnceCell<Vec<Task>>,
    applies: OnceCell<Option<Applies>>,
    dirs: OnceCell<Dirs>,
    state: OnceCell<PathBuf>,
    seen: RefCell<BTreeSet<JobId>>,
}

/// The value of a cell, made when it is missing.
fn once<T>(
    cell: &OnceCell<T>,
    make: impl FnOnce() -> Result<T, CommandError>,
) -> Result<&T, CommandError> {
    match cell.get() {
        Some(value) => Ok(value),
        None => {
            let value = make()?;
            Ok(cell.get_or_init(|| value))
        }
    }
}

impl App {
    /// Nothing is opened yet.
    pub fn new(global: Global, ui: Ui) -> Self {
        Self {
            global,
            ui,
            located: OnceCell::new(),
            repo: OnceCell::new(),
            loaded: OnceCell::new(),
            tasks: OnceCell::new(),
            applies: OnceCell::new(),
            dirs: OnceCell::new(),
            state: OnceCell::new(),
            seen: RefCell::default(),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        clock::now()
    }

    /// The user's time zone.
    pub fn zone(&self) -> TimeZone {
        zone::local()
    }

    /// The same invocation, with everything to be read again: after a file that it read was changed.
    #[must_use]
    pub fn again(&self) -> Self {
        let ui = Ui::new(self.global.color, self.global.quiet);
        Self::new(self.global.clone(), ui)
    }

    /// The same invocation as if it had been typed in another folder.
    #[must_use]
    pub fn at(&self, folder: &Path) -> Self {
        let mut other = self.again();
        other.global.directory = Some(folder.to_path_buf());
        other.global.user = false;
        other
    }

    /// The folder in which the command was started, or which `-C` names.
    pub fn folder(&self) -> Result<PathBuf, CommandError> {
        let here = process::own_folder().context("find the current folder")?;
        Ok(match &self.global.directory {
            Some(directory) => here.join(directory),
            None => here,
        })
    }

    /// Where the repository is.
    pub fn located(&self) -> Result<&Located, CommandError> {
        once(&self.located, || {
            let folder = self.folder()?;
            discover(&folder, &GitEnv::of_process()).map_err(|error| {
                CommandError::usage(format!(
                    "no repository at {}",
                    plain(&folder.to_string_lossy())
                ))
                .because(&error)
                .hint("git tend works inside a git repository; -C DIR names one")
            })
        })
    }

    /// The repository, open.
    pub fn repo(&self) -> Result<&Repo, CommandError> {
        let located = self.located()?;
        once(&self.repo, || {
            Repo::open(located).map_err(|error| {
                CommandError::refused("failed to open the repository").because(&error)
            })
        })
    }

    /// The user's folders.
    pub fn dirs(&self) -> Result<&Dirs, CommandError> {
        once(&self.dirs, || {
            Dirs::from_environment()
                .map_err(|error| CommandError::usage("failed to find your folders").because(&error))
        })
    }

    /// The state directory of the repository, or of the user's own queue if that is asked for.
    pub fn state_dir(&self) -> Result<&Path, CommandError> {
        if self.global.user {
            return Ok(&self.dirs()?.data);
        }
        let located = self.located()?;
        if !located.owned_by_us && !located.explicit {
            return Err(
                CommandError::refused("the repository belongs to another user")
                    .hint("run git tend as its owner, without sudo"),
            );
        }
        once(&self.state, || Ok(repository_state(&located.common_dir))).map(PathBuf::as_path)
    }

    /// The configuration.
    pub fn loaded(&self) -> Result<&Loaded, CommandError> {
        once(&self.loaded, || {
            Config::load(&self.config_files()?).map_err(|error| self.config_error(&error))
        })
    }

    /// The files that the configuration is read from.
    pub fn config_files(&self) -> Result<Files, CommandError> {
        // Without a home there is no user's file; what needs the folders says so.
        let config_dir = self.dirs().ok().map(|dirs| dirs.config.clone());
        let named = match &self.global.config {
            Some(file) => Some(self.folder()?.join(file)),
            None => None,
        };
        let worktree = self
            .located()
            .ok()
            .and_then(|located| located.worktree.clone());
        Ok(Files::new(
            config_dir.as_deref(),
            worktree.as_deref(),
            named.as_deref(),
        ))
    }

    /// The tasks, switched-off ones included.
    pub fn tasks(&self) -> Result<&[Task], CommandError> {
        let loaded = self.loaded()?;
        once(&self.tasks, || {
            let mut tasks = resolve(loaded).map_err(|error| self.config_error(&error))?;
            self.switch_off_what_has_nothing_to_do(&mut tasks, loaded);
            Ok(tasks)
        })
        .map(Vec::as_slice)
    }

    /// Looks at HEAD's files for what tools could do, if that was not done before. Comes before [`Self::tasks`], in
    /// verbs for which it is worth the time.
    pub fn look_for_tools(&self) {
        // What cannot be told now counts as something to do.
        let _ = once(&self.applies, || {
            let head = self.repo()?.head().context("read HEAD")?;
            let found = head.oid().map(|oid| {
                Applies::of(self.state_dir()?, self.repo()?, oid).context("look at HEAD")
            });
            found.transpose()
        });
    }

    /// Tasks that run tools are on where the repository has something for them, or where its configuration names them.
    fn switch_off_what_has_nothing_to_do(&self, tasks: &mut [Task], loaded: &Loaded) {
        let is_written = |key: &str| {
            let names = loaded.config.tasks.keys();
            names
                .map(TaskName::as_str)
                .any(|name| self.task_key(name) == key)
        };
        for task in tasks {
            if !matches!(task.action, Action::Tools { .. })
                || !task.enabled
                || is_written(&task.key)
            {
                continue;
            }
            let known = once(&self.applies, || Ok(Applies::known(self.state_dir()?)));
            if let Ok(Some(known)) = known {
                task.enabled = known.has(&task.key);
            }
        }
    }

    /// Shows what is wrong with the configuration, with the lines it is about.
    pub fn config_error(&self, error: &ConfigError) -> CommandError {
        let style = if self.ui.colours_talk() {
            Style::Ansi
        } else {
            Style::Plain
        };
        CommandError::usage("the configuration is not valid")
            .excerpt(error.render(style))
            .hint("git tend config check")
    }

    /// A task's own name for one of its aliases.
    pub fn task_key(&self, name: &str) -> String {
        builtin::find(name)
            .map_or(name, |builtin| builtin.name)
            .to_owned()
    }

    /// The queue, made if there is none.
    pub fn queue(&self) -> Result<Queue, CommandError> {
        self.open(Access::ReadWrite, PATIENCE)
    }

    /// The user's own queue, made if there is none.
    pub fn user_queue(&self) -> Result<Queue, CommandError> {
        self.open_in(&self.dirs()?.data, Access::ReadWrite, PATIENCE)
    }

    /// The queue, made if there is none, for somebody who has others to look at.
    pub fn queue_in_passing(&self) -> Result<Queue, CommandError> {
        self.open(Access::ReadWrite, VISITOR)
    }

    /// The queue if there is one; nothing is made.
    pub fn existing_queue(&self) -> Result<Option<Queue>, CommandError> {
        if !self.state_dir()?.join("queue.db").exists() {
            return Ok(None);
        }
        self.open(Access::ReadOnly, PATIENCE).map(Some)
    }

    /// The queue, which must exist.
    pub fn queue_to_read(&self) -> Result<Queue, CommandError> {
        self.existing_queue()?.ok_or_else(|| {
            CommandError::failed("nothing has been enqueued here yet").hint("git tend run-all")
        })
    }

    /// The queue for a hook: ready to use at once, or not at all.
    pub fn queue_at_once(&self, busy: Duration) -> Result<Queue, QueueError> {
        let state = self.state_dir().map_err(|_| StoreError::NotReady)?;
        Queue::open(state, &OpenOptions::hook(busy))
    }

    fn open(&self, access: Access, busy: Duration) -> Result<Queue, CommandError> {
        self.open_in(self.state_dir()?, access, busy)
    }

    fn open_in(&self, state: &Path, access: Access, busy: Duration) -> Result<Queue, CommandError> {
        let options = OpenOptions {
            access,
            busy,
            allow_network_fs: self.loaded()?.config.queue.network_filesystem,
        };
        let opened = Queue::open(state, &options).or_else(|error| match error {
            // One of an older git-tend: it takes a writer to bring it up to date.
            QueueError::Store(StoreError::NotReady) if access == Access::ReadOnly => {
                let access = Access::ReadWrite;
                Queue::open(state, &OpenOptions { access, ..options })
            }
            error => Err(error),
        });
        let queue = opened.map_err(|error| {
            let failed = CommandError::refused("failed to open the queue").because(&error);
            match error {
                QueueError::Store(StoreError::NetworkFilesystem { .. }) => failed.hint(
                    "move the repository to a local disk, or set `network_filesystem = true` in [queue] for an exclusive rollback journal",
                ),
                QueueError::Store(StoreError::TooNew { .. }) => failed.hint("update git-tend"),
                QueueError::Store(StoreError::Full) => failed.hint("free some space and run it again"),
                _ => failed,
            }
        })?;
        if let Some(moved) = queue.replaced() {
            self.ui.warn(format!(
                "the queue was damaged; its files were moved to {} and a new queue was started. Commits, files and \
                 schedules are looked at again; jobs that were only enqueued by hand are in the old file",
                plain(&moved.to_string_lossy())
            ));
        }
        Ok(queue)
    }

    /// The graph of agents' sessions, made if there is none.
    pub fn graph(&self) -> Result<Graph, CommandError> {
        self.open_graph(Access::ReadWrite)
    }

    /// The graph of agents' sessions, which must exist.
    pub fn graph_to_read(&self) -> Result<Graph, CommandError> {
        self.existing_graph()?.ok_or_else(|| {
            CommandError::failed("no session of a coding agent has been read yet")
                .hint("git tend sessions scan")
        })
    }

    /// The graph of agents' sessions if there is one; nothing is made.
    pub fn existing_graph(&self) -> Result<Option<Graph>, CommandError> {
        if !self.dirs()?.data.join("graph.db").exists() {
            return Ok(None);
        }
        self.open_graph(Access::ReadOnly).map(Some)
    }

    fn open_graph(&self, access: Access) -> Result<Graph, CommandError> {
        let data = &self.dirs()?.data;
        let options = patient(access);
        let opened = Graph::open(data, &options).or_else(|error| match error {
            // One of an older git-tend: it takes a writer to bring it up to date.
            GraphError::Store(StoreError::NotReady) if access == Access::ReadOnly => {
                let access = Access::ReadWrite;
                Graph::open(data, &OpenOptions { access, ..options })
            }
            GraphError::Store(StoreError::Corrupt { .. }) if access == Access::ReadWrite => {
                Graph::replace_damaged(data, &options)
            }
            error => Err(error),
        });
        self.opened_graph(opened)
    }

    /// The graph of agents' sessions, to note something in passing: nothing if that is not ready at once.
    pub fn graph_at_once(&self) -> Option<Graph> {
        Graph::open(&self.dirs().ok()?.data, &OpenOptions::hook(IN_PASSING)).ok()
    }

    /// A new graph in place of one that was found damaged while it was in use; the caller has dropped that.
    pub fn graph_after_damage(&self) -> Result<Graph, CommandError> {
        let options = patient(Access::ReadWrite);
        self.opened_graph(Graph::replace_damaged(&self.dirs()?.data, &options))
    }

    fn opened_graph(&self, opened: Result<Graph, GraphError>) -> Result<Graph, CommandError> {
        let graph = opened.map_err(|error| graph_error("open the graph of sessions", &error))?;
        if let Some(moved) = graph.replaced() {
            self.ui.warn(format!(
                "the graph of sessions was damaged; its files were moved to {} and a new one was started. Sessions are \
                 read again; what persons wrote in it is in the old file",
                plain(&moved.to_string_lossy())
            ));
        }
        Ok(graph)
    }

    /// The job that a prefix of an id names.
    pub fn find_job(&self, prefix: &str) -> Result<(Queue, Job), CommandError> {
        let queue = self.queue_to_read()?;
        let job = find(&queue, prefix)?;
        Ok((queue, job))
    }

    /// The jobs that prefixes name, and the queue to change them.
    pub fn find_jobs(&self, prefixes: &[String]) -> Result<(Queue, Vec<Job>), CommandError> {
        self.queue_to_read()?;
        let queue = self.queue()?;
        let jobs = prefixes
            .iter()
            .map(|prefix| find(&queue, prefix))
            .collect::<Result<_, _>>()?;
        Ok((queue, jobs))
    }

    /// The commit that a person names.
    pub fn commit(&self, rev: &str) -> Result<Oid, CommandError> {
        self.repo()?.resolve_commit(rev).map_err(|error| {
            CommandError::usage(format!("{} is no commit", plain(rev))).because(&error)
        })
    }

    /// The commit that a revision names, if it is one.
    pub fn commit_named(&self, rev: &str) -> Option<String> {
        let oid = self.repo().ok()?.resolve_commit(rev).ok()?;
        Some(oid.as_str().to_owned())
    }

    /// HEAD's commit; `None` in a repository without commits.
    pub fn head_commit(&self) -> Result<Option<String>, CommandError> {
        let head = self.repo()?.head().context("read HEAD")?;
        Ok(head.oid().map(|oid| oid.as_str().to_owned()))
    }

    /// What jobs inherit: this process's environment without git's and without a parent job's variables, and the search
    /// path with the one that was recorded.
    pub fn job_environment(&self) -> Result<Vec<(OsString, OsString)>, CommandError> {
        let path = env::raw(env::PATH).unwrap_or_default();
        let path = search_path::with_recorded(&path, self.state_dir()?);
        Ok(env::scrubbed(env::all())
            .into_iter()
            .filter(|(name, _)| name != env::PATH)
            .chain([(env::PATH.into(), path)])
            .collect())
    }

    /// Everything a drain needs that is fixed.
    pub fn place(&self) -> Result<Place, CommandError> {
        let located = self.located()?;
        let dirs = self.dirs()?;
        let id = RepositoryId::of(&located.common_dir).context("name the repository")?;
        Ok(Place {
            state: self.state_dir()?.to_path_buf(),
            machine_state: dirs.state.clone(),
            workspaces: dirs.workspaces(&id),
            git_dir: located.git_dir.clone(),
            origin: Origin {
                common_dir: located.common_dir.clone(),
                worktree: located.worktree.clone(),
            },
            program: process::own_program().context("find this program")?,
            environment: self.job_environment()?,
            host: host::name(),
            boot_id: process::boot_id().context("read the boot's identity")?,
            cgroup: cgroup::delegation(),
        })
    }

    /// A person saw how these jobs ended.
    pub fn saw(&self, jobs: BTreeSet<JobId>) {
        self.seen.borrow_mut().extend(jobs);
    }

    /// The jobs of which a person saw, during this invocation, how they ended.
    pub fn seen(&self) -> BTreeSet<JobId> {
        self.seen.borrow().clone()
    }

    /// The start of the local day.
    pub fn day_start(&self) -> Timestamp {
        let today = self.now().to_zoned(self.zone()).start_of_day();
        today.map_or(Timestamp::UNIX_EPOCH, |start| start.timestamp())
    }
}

/// How a database of the user's is opened by a command: it waits for others.
pub const fn patient(access: Access) -> OpenOptions {
    OpenOptions {
        access,
        busy: PATIENCE,
        allow_network_fs: false,
    }
}

/// What was being done to the graph of sessions, and what can be done about its failure.
pub fn graph_error(doing: &str, error: &GraphError) -> CommandError {
    let failed = CommandError::refused(format!("failed to {doing}")).because(error);
    match error {
        GraphError::Store(StoreError::NetworkFilesystem { .. }) => {
            failed.hint("set XDG_DATA_HOME to a folder on a local disk")
        }
        GraphError::Store(StoreError::TooNew { .. }) => failed.hint("update git-tend"),
        GraphError::Store(StoreError::Full) => failed.hint("free some space and run it again"),
        GraphError::Store(StoreError::Corrupt { .. }) => {
            failed.hint("git tend sessions scan moves it aside and reads the sessions again")
        }
        _ => failed,
    }
}

fn find(queue: &Queue, prefix: &str) -> Result<Job, CommandError> {
    match queue.find(prefix).context("find the job")? {
        Found::One(job) => Ok(*job),
        Found::None => {
            Err(CommandError::usage(format!("no job {}", plain(prefix)))
                .hint("git tend queue --all"))
        }
        Found::Ambiguous(ids) => {
            let names: Vec<String> = ids.iter().take(8).map(ToString::to_string).collect();
            Err(CommandError::usage(format!(
                "{} names more than one job: {}",
                plain(prefix),
                names.join(" ")
            )))
        }
    }
}
