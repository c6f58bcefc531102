//! `git tend queue`.

use crate::cli::app::App;
use crate::cli::commands::status::title;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::screen::{Text, watch};
use crate::cli::status::{Looker, grid};
use crate::cli::ui::Role;
use crate::cli::watching::Watched;
use crate::cli::{format, scans};
use crate::queue::{Filter, Queue, StateKind, Which};
use crate::report::json;

/// List the jobs that wait or run
///
/// Running jobs come first, then waiting ones in the order of their band and age; `explain JOB` tells the rest.
#[derive(Debug, clap::Args)]
pub struct QueueArgs {
    /// Also the jobs that ended, as long as retention holds them
    #[arg(short, long, conflicts_with = "state")]
    pub all: bool,
    /// Only jobs in this state
    #[arg(long, value_name = "STATE", value_parser = parse_state)]
    pub state: Option<StateKind>,
    /// Only jobs of this task
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// At most so many
    #[arg(short = 'n', long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Drawn anew every second, until Ctrl-C or q
    #[arg(short, long, conflicts_with = "json")]
    pub watch: bool,
}

/// So many jobs are looked at for one who watches, if no other number is given.
const WATCHED: usize = 200;

fn parse_state(text: &str) -> Result<StateKind, String> {
    StateKind::ALL
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| {
            let names: Vec<_> = StateKind::ALL.iter().map(|state| state.name()).collect();
            format!("one of {}", names.join(", "))
        })
}

/// Lists jobs.
pub fn queue(args: &QueueArgs, app: &App) -> Result<Exit, CommandError> {
    let filter = Filter {
        which: match (args.all, args.state) {
            (_, Some(state)) => Which::In(state),
            (true, None) => Which::All,
            (false, None) => Which::Live,
        },
        task: args.task.as_deref().map(|name| app.task_key(name)),
        commit: None,
        limit: args.limit.or(args.watch.then_some(WATCHED)),
    };
    if args.watch {
        return watch_queue(args, &filter, app);
    }
    let queue = app.existing_queue()?;
    if args.json {
        let jobs = match &queue {
            Some(queue) => queue.list(&filter).context("list the jobs")?,
            None => Vec::new(),
        };
        app.ui.json(&json::jobs(&jobs))?;
        return Ok(Exit::Fine);
    }
    let lines = match &queue {
        Some(queue) => lines(queue, &filter, app.ui.columns(), app)?,
        None => Vec::new(),
    };
    if lines.is_empty() {
        app.ui.say(nothing(args));
    } else {
        app.ui.lines(&lines)?;
    }
    Ok(Exit::Fine)
}

const fn nothing(args: &QueueArgs) -> &'static str {
    match (args.all, args.state) {
        (false, None) => "nothing waits or runs",
        _ => "no jobs",
    }
}

fn lines(
    queue: &Queue,
    filter: &Filter,
    width: Option<usize>,
    app: &App,
) -> Result<Vec<Text>, CommandError> {
    let jobs = queue.list(filter).context("list the jobs")?;
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let jobs = Looker::new(queue, app.state_dir()?).all(jobs)?;
    Ok(grid(&jobs, app.now(), &app.zone()).lines(width.unwrap_or(usize::MAX)))
}

fn watch_queue(args: &QueueArgs, filter: &Filter, app: &App) -> Result<Exit, CommandError> {
    let mut watched = Watched::default();
    let name = scans::name(app);
    watch(&app.ui, |width| {
        let mut shown = vec![title("queue", &name, width, app)];
        let listed = match watched.queue(app)? {
            Some(queue) => lines(queue, filter, width, app)?,
            None => Vec::new(),
        };
        if listed.is_empty() {
            shown.push(Text::of(Role::Faint, nothing(args)).cut(width.unwrap_or(usize::MAX)));
        } else {
            let count = format::count(listed.len().saturating_sub(1), "job", "jobs");
            shown.push(Text::of(Role::Faint, count));
            shown.extend(listed);
        }
        Ok(shown)
    })
}
