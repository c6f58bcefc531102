//! `git tend results`.

use serde_json::Value;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{format, tables};
use crate::queue::{Queue, ResultFilter, StoredResult};
use crate::report::{difference, json};

/// Stored analysis results
#[derive(Debug, clap::Args)]
pub struct ResultsArgs {
    /// What to do with them; `list` if nothing is said.
    #[command(subcommand)]
    pub verb: Option<ResultsVerb>,
}

/// What to do with results.
#[derive(Debug, clap::Subcommand)]
pub enum ResultsVerb {
    /// List them, newest first
    List {
        /// Only of this task
        #[arg(value_name = "TASK")]
        task: Option<String>,
        /// At most so many
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print one as JSON: by number, or the newest of a task
    Show {
        /// A result's number, a task, or a job's id
        #[arg(value_name = "RESULT")]
        which: String,
        /// Print the few lines for people instead
        #[arg(long)]
        summary: bool,
    },
    /// What changed between two results; with a task, between its newest two
    Diff {
        /// The earlier result, or a task
        #[arg(value_name = "FROM")]
        from: String,
        /// The later result
        #[arg(value_name = "TO")]
        to: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Lists, shows or compares results.
pub fn results(args: &ResultsArgs, app: &App) -> Result<Exit, CommandError> {
    let list = ResultsVerb::List {
        task: None,
        limit: 20,
        json: false,
    };
    match args.verb.as_ref().unwrap_or(&list) {
        ResultsVerb::List { task, limit, json } => {
            list_results(task.as_deref(), *limit, *json, app)
        }
        ResultsVerb::Show { which, summary } => show(which, *summary, app),
        ResultsVerb::Diff { from, to, json } => diff(from, to.as_deref(), *json, app),
    }
}

fn list_results(
    task: Option<&str>,
    limit: usize,
    as_json: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    let filter = ResultFilter {
        task: task.map(str::to_owned),
        limit: Some(limit),
        ..ResultFilter::default()
    };
    let results = match app.existing_queue()? {
        Some(queue) => queue.results(&filter).context("list the results")?,
        None => Vec::new(),
    };
    if as_json {
        app.ui.json(&json::results(&results))?;
    } else if results.is_empty() {
        app.ui.say("no results yet · git tend run-all");
    } else {
        let mut table = tables::table(&["RESULT", "TASK", "TYPE", "COMMIT", "WHEN"]);
        for result in &results {
            table.add_row([
                paint(Role::Name, result.id),
                plain(&result.task),
                plain(&result.kind),
                tables::short_commit(result.commit.as_deref()),
                format::ago(result.created_at, app.now()),
            ]);
        }
        app.ui.write_out(&tables::render(&table))?;
    }
    Ok(Exit::Fine)
}

fn show(which: &str, summary: bool, app: &App) -> Result<Exit, CommandError> {
    let queue = app.queue_to_read()?;
    let result = newest(&queue, which, 1, app)?
        .pop()
        .ok_or_else(|| unknown(which))?;
    if summary {
        for line in crate::analyze::summary::of_result(&result.body) {
            app.ui.out(plain(&line))?;
        }
    } else {
        app.ui.json(&json::result(&result))?;
    }
    Ok(Exit::Fine)
}

fn diff(from: &str, to: Option<&str>, as_json: bool, app: &App) -> Result<Exit, CommandError> {
    let queue = app.queue_to_read()?;
    let (earlier, later) = if let Some(to) = to {
        let earlier = newest(&queue, from, 1, app)?
            .pop()
            .ok_or_else(|| unknown(from))?;
        (
            earlier,
            newest(&queue, to, 1, app)?
                .pop()
                .ok_or_else(|| unknown(to))?,
        )
    } else {
        let mut found = newest(&queue, from, 2, app)?.into_iter();
        match (found.next(), found.next()) {
            (Some(later), Some(earlier)) => (earlier, later),
            (Some(_), None) => {
                return Err(CommandError::failed(format!(
                    "{from} has only one result: nothing to compare"
                )));
            }
            _ => return Err(unknown(from)),
        }
    };
    let changes = difference::between(&earlier.body, &later.body);
    if as_json {
        let changes: Vec<Value> = changes.iter().map(difference::Change::to_json).collect();
        app.ui.json(&serde_json::json!({
            "schema": json::SCHEMA, "from": earlier.id, "to": later.id, "changes": changes,
        }))?;
    } else if changes.is_empty() {
        app.ui.say(format!(
            "no difference between results {} and {}",
            earlier.id, later.id
        ));
    } else {
        for change in &changes {
            app.ui.out(plain(&change.to_string()))?;
        }
    }
    Ok(Exit::Fine)
}

/// The result of that number, else the newest `limit` of that task, else of that job, else of that commit.
fn newest(
    queue: &Queue,
    which: &str,
    limit: usize,
    app: &App,
) -> Result<Vec<StoredResult>, CommandError> {
    if limit == 1
        && let Ok(number) = which.parse()
        && let Some(result) = queue.result(number).context("read the result")?
    {
        return Ok(vec![result]);
    }
    let filter = ResultFilter {
        task: Some(app.task_key(which)),
        limit: Some(limit),
        ..ResultFilter::default()
    };
    let of_task = queue.results(&filter).context("read the results")?;
    if !of_task.is_empty() {
        return Ok(of_task);
    }
    if let crate::queue::Found::One(job) = queue.find(which).context("find the job")? {
        let filter = ResultFilter {
            job: Some(job.id),
            limit: Some(limit),
            ..ResultFilter::default()
        };
        return queue.results(&filter).context("read the results");
    }
    let filter = ResultFilter {
        commit: app.commit_named(which),
        limit: Some(limit),
        ..ResultFilter::default()
    };
    if filter.commit.is_none() {
        Ok(Vec::new())
    } else {
        queue.results(&filter).context("read the results")
    }
}

fn unknown(which: &str) -> CommandError {
    CommandError::failed(format!("no result for {}", plain(which))).hint("git tend results list")
}
