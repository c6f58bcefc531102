//! Workflows of a repository: its tasks, its CI files, its Makefile and its justfile, and sequences that were mined, with what
//! is known of how long their steps take.

mod files;
mod measured;
mod mined;
mod tasks;
mod typed;

use std::fs;
use std::path::Path;

use jiff::SignedDuration;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::ui::plain;
use crate::optimize::recipe::Recipe;
use crate::optimize::workflow::read::{Read, Times};
use crate::optimize::workflow::{Analysis, Origin, Period, Workflow, analyse};
use crate::system::process;

pub use measured::measure;
pub use mined::mined;

/// So many days are looked back where nothing else is said: enough for medians of what is done weekly.
const DAYS: u16 = 90;
/// Files of times may be no larger, in bytes.
const TIMES: u64 = 64 * 1024 * 1024;

/// A workflow, and what cannot be said about it.
#[derive(Clone, Debug)]
pub struct Source {
    /// It, with the commands of its steps.
    pub read: Read,
    /// What was left out, or could not be told, in a sentence each.
    pub notes: Vec<String>,
    /// What a mined sequence does.
    pub recipe: Option<Recipe>,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The repository's tasks.
    Tasks,
    /// Targets of make.
    Make,
    /// Recipes of just.
    Just,
    /// CI services.
    Ci,
}

impl Kind {
    /// The kind that a word names.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "tasks" => Self::Tasks,
            "make" => Self::Make,
            "just" => Self::Just,
            "ci" => Self::Ci,
            _ => return None,
        })
    }

    /// Of a workflow; none of a mined one.
    pub const fn of(origin: &Origin) -> Option<Self> {
        Some(match origin {
            Origin::Tasks => Self::Tasks,
            Origin::GithubActions { .. } | Origin::GitlabCi { .. } => Self::Ci,
            Origin::Make { .. } => Self::Make,
            Origin::Just { .. } => Self::Just,
            Origin::Mined { .. } => return None,
        })
    }
}

/// With what workflows are looked at.
pub struct Means<'a> {
    app: &'a App,
    /// Over which time runs count.
    pub period: Period,
    /// How many steps could be at work at once.
    pub workers: usize,
    times: Option<Times>,
    typed: std::cell::OnceCell<typed::Typed>,
}

impl<'a> Means<'a> {
    /// Of the options of a command.
    pub fn new(
        app: &'a App,
        workers: Option<usize>,
        days: Option<u16>,
        times: Option<&Path>,
    ) -> Result<Self, CommandError> {
        let until = app.now();
        let days = i64::from(days.unwrap_or(DAYS));
        let since = until - SignedDuration::from_hours(24 * days);
        let config = &app.loaded()?.config.queue;
        let slots = config.slots(process::processors() as usize) as usize;
        Ok(Self {
            app,
            period: Period {
                since: since.as_millisecond(),
                until: until.as_millisecond(),
            },
            workers: workers.unwrap_or(slots).max(1),
            times: times.map(|file| read_times(app, file)).transpose()?,
            typed: std::cell::OnceCell::new(),
        })
    }

    /// Everything that is found in the repository. What cannot be read is said, and left out.
    pub fn everything(&self) -> Result<Vec<Source>, CommandError> {
        let mut found = Vec::new();
        found.extend(tasks::tasks(self)?);
        for file in files::found(self.app)? {
            match files::read(self.app, &file) {
                Ok(sources) => found.extend(sources),
                Err(error) => self.app.ui.warn(error.one_line()),
            }
        }
        for it in &mut found {
            self.know_times(it);
        }
        Ok(found)
    }

    /// The workflows of a file that is named.
    pub fn of_file(&self, path: &Path) -> Result<Vec<Source>, CommandError> {
        let mut found = files::read(self.app, path)?;
        for it in &mut found {
            self.know_times(it);
        }
        Ok(found)
    }

    /// What is said of a workflow.
    pub fn analysis(&self, workflow: &Workflow) -> Result<Analysis, CommandError> {
        analyse(workflow, self.workers, self.period).map_err(|error| {
            let what = format!("failed to look through {}", plain(&workflow.name));
            CommandError::failed(what).because(&error)
        })
    }

    fn know_times(&self, source: &mut Source) {
        let of_tasks = source.read.workflow.origin == Origin::Tasks;
        if let Some(times) = &self.times {
            times.apply(&mut source.read);
        }
        if !of_tasks {
            let typed = self.typed.get_or_init(|| typed::Typed::of(self));
            typed.apply(&mut source.read);
        }
    }
}

fn read_times(app: &App, file: &Path) -> Result<Times, CommandError> {
    let path = app.folder()?.join(file);
    let shown = plain(&file.to_string_lossy());
    let failed = |error: &dyn std::error::Error| {
        CommandError::usage(format!("failed to read the times in {shown}"))
            .because(error)
            .hint("gh run view RUN --json jobs, GitLab's API of a pipeline's jobs, or {\"name\": seconds}")
    };
    let size = fs::metadata(&path).map_err(|error| failed(&error))?;
    if !size.is_file() || size.len() > TIMES {
        return Err(CommandError::usage(format!("{shown} is no file of times")));
    }
    let text = fs::read_to_string(&path).map_err(|error| failed(&error))?;
    Times::read(&text).map_err(|error| failed(&error))
}
