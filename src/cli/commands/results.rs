//! `git tend results`.

use serde_json::Value;

use crate::analyze::builtin;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{format, patches, tables};
use crate::findings::stored;
use crate::queue::{Queue, ResultFilter, StoredResult};
use crate::report::{analysis, difference, json};

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
    /// Show one: by number, or the newest of a task, a type, a job or a commit
    Show {
        /// A result's number, a task, a type such as `complexity`, a job's id, or a commit
        #[arg(value_name = "RESULT")]
        which: String,
        /// Print all of it as JSON
        #[arg(long)]
        json: bool,
        /// Print a few lines only
        #[arg(long, conflicts_with = "json")]
        summary: bool,
    },
    /// What changed between two results: of two runs or two commits; with a task or a type, between its newest two
    Diff {
        /// The earlier result, a commit, or a task
        #[arg(value_name = "FROM")]
        from: String,
        /// The later result, or a commit
        #[arg(value_name = "TO")]
        to: Option<String>,
        /// Compare results of this type only, such as `complexity`
        #[arg(long = "type", value_name = "TYPE")]
        kind: Option<String>,
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
        ResultsVerb::Show {
            which,
            json,
            summary,
        } => show(which, *json, *summary, app),
        ResultsVerb::Diff {
            from,
            to,
            kind,
            json,
        } => diff(from, to.as_deref(), kind.as_deref(), *json, app),
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

fn show(which: &str, as_json: bool, summary: bool, app: &App) -> Result<Exit, CommandError> {
    let queue = app.queue_to_read()?;
    let result = newest(&queue, which, None, app)?.ok_or_else(|| unknown(which))?;
    if as_json {
        app.ui.json(&json::result(&result))?;
        return Ok(Exit::Fine);
    }
    if let Some(patch) = patches::of_result(&result).filter(|_| !summary) {
        patches::show(app, &patch)?;
        return Ok(Exit::Fine);
    }
    let lines = if summary {
        crate::analyze::summary::of_result(&result.body)
    } else {
        analysis::lines(&result.kind, &result.body)
    };
    if lines.is_empty() {
        // One that nobody has words for says itself what it is.
        return app.ui.json(&result.body).map(|()| Exit::Fine);
    }
    for line in lines {
        app.ui.out(plain(&line))?;
    }
    Ok(Exit::Fine)
}

fn diff(
    from: &str,
    to: Option<&str>,
    kind: Option<&str>,
    as_json: bool,
    app: &App,
) -> Result<Exit, CommandError> {
    let queue = app.queue_to_read()?;
    let one = |which: &str, kind: Option<&str>| -> Result<StoredResult, CommandError> {
        newest(&queue, which, kind, app)?.ok_or_else(|| unknown(which))
    };
    let (earlier, later) = if let Some(to) = to {
        let earlier = one(from, kind)?;
        // Results of two types have nothing in common: the first one's type decides.
        let later = one(to, Some(&earlier.kind))?;
        (earlier, later)
    } else {
        let later = one(from, kind)?;
        let filter = ResultFilter {
            task: Some(later.task.clone()),
            kind: Some(later.kind.clone()),
            limit: Some(2),
            ..ResultFilter::default()
        };
        let mut found = queue.results(&filter).context("read the results")?;
        let earlier = found.pop().filter(|earlier| earlier.id != later.id);
        let earlier = earlier.ok_or_else(|| {
            CommandError::failed(format!("{from} has only one result: nothing to compare"))
        })?;
        (earlier, later)
    };
    print_changes(&earlier, &later, as_json, app)
}

fn print_changes(
    earlier: &StoredResult,
    later: &StoredResult,
    as_json: bool,
    app: &App,
) -> Result<Exit, CommandError> {
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

/// The result of that number, else the newest of that type, else of that task, else of that job, else of that
/// commit; of one type only if one is asked for.
fn newest(
    queue: &Queue,
    which: &str,
    kind: Option<&str>,
    app: &App,
) -> Result<Option<StoredResult>, CommandError> {
    if let Ok(number) = which.parse()
        && let Some(result) = queue.result(number).context("read the result")?
    {
        return Ok(Some(result));
    }
    let kind = kind.map(type_named);
    let base = ResultFilter {
        kind: kind.clone(),
        limit: Some(1),
        ..ResultFilter::default()
    };
    let mut filters = Vec::new();
    // Several tasks may leave results of a type: the newest counts, whichever task it is of.
    let named = type_named(which);
    if kind.is_none() || kind.as_deref() == Some(named.as_str()) {
        filters.push(ResultFilter {
            kind: Some(named),
            ..base.clone()
        });
    }
    let task = app.task_key(which);
    // What one task finds, another may have found among other things.
    let found_by_others = builtin::kind_of(&task).map(str::to_owned);
    if kind.is_none() && found_by_others.is_none() {
        // What a task has found comes before what mends it.
        filters.push(ResultFilter {
            task: Some(task.clone()),
            kind: Some(stored::KIND.to_owned()),
            ..base.clone()
        });
    }
    filters.push(ResultFilter {
        task: Some(task),
        ..base.clone()
    });
    if kind.is_none() && found_by_others.is_some() {
        filters.push(ResultFilter {
            kind: found_by_others,
            ..base.clone()
        });
    }
    if let crate::queue::Found::One(job) = queue.find(which).context("find the job")? {
        filters.push(ResultFilter {
            job: Some(job.id),
            ..base.clone()
        });
    }
    if let Some(commit) = app.commit_named(which) {
        filters.push(ResultFilter {
            commit: Some(commit),
            ..base
        });
    }
    for filter in filters {
        let found = queue.results(&filter).context("read the results")?.pop();
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// `complexity` for `complexity_analysis`.
fn type_named(name: &str) -> String {
    if name.ends_with("_analysis") {
        name.to_owned()
    } else {
        format!("{name}_analysis")
    }
}

fn unknown(which: &str) -> CommandError {
    CommandError::failed(format!("no result for {}", plain(which))).hint("git tend results list")
}
