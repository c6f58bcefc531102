//! `git tend metrics`.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::metering;
use crate::cli::ui::plain;
use crate::metrics::Metrics;
use crate::queue::{JobId, Queue};
use crate::report::metrics::json;
use crate::system::filesystem;

/// Durations, success, waiting and what is unusual
///
/// Of the runs of the last days: how long each task takes and how often it succeeds, how many jobs waited and ran at once,
/// how drains kept to their budgets, and anomalies: runs much slower than those before, series of failures that the earlier
/// rate does not explain, durations that grow. Quantiles are those of numpy and scipy.
#[derive(Debug, clap::Args)]
pub struct MetricsArgs {
    /// As a table, as JSON, or for Prometheus
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    pub format: Form,
    /// Write to FILE, in one step: whoever reads it sees the old or the new, whole
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The last N days; by default as many as [retention] keeps. By hour up to 2, else by day
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: Option<u16>,
    /// Only this task
    #[arg(long, value_name = "TASK")]
    pub task: Option<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// The form of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For Prometheus and the textfile collector of node exporter.
    Openmetrics,
}

/// How wide a table is in a file.
const WIDTH: usize = 100;

/// Tells the figures.
pub fn metrics(args: &MetricsArgs, app: &App) -> Result<Exit, CommandError> {
    let queue = app.existing_queue()?;
    let task = args.task.as_deref().map(|task| app.task_key(task));
    let days = match args.days {
        Some(days) => days,
        None => metering::days_kept(app)?,
    };
    let figures = metering::figures(app, queue.as_ref(), days, task.as_deref())?;
    let form = if args.json { Form::Json } else { args.format };
    let text = match form {
        Form::Json => {
            let document = json::document(&figures);
            let text = serde_json::to_string_pretty(&document).context("write JSON")?;
            format!("{text}\n")
        }
        Form::Openmetrics => metering::openmetrics(app, queue.as_ref(), &figures, task.as_deref())?,
        Form::Table => table(args, app, queue.as_ref(), &figures, task.as_deref()),
    };
    match &args.output {
        // What programs read is not looked through for colours: a label may hold anything.
        None if form != Form::Table => app.ui.bytes_out(text.as_bytes())?,
        None => app.ui.write_out(&text)?,
        Some(path) => {
            let path = app.folder()?.join(path);
            let text = match form {
                Form::Table => anstream::adapter::strip_str(&text).to_string(),
                Form::Json | Form::Openmetrics => text,
            };
            let doing = format!("write {}", plain(&path.to_string_lossy()));
            filesystem::publish(&path, text.as_bytes()).context(&doing)?;
        }
    }
    Ok(Exit::Fine)
}

fn table(
    args: &MetricsArgs,
    app: &App,
    queue: Option<&Queue>,
    figures: &Metrics,
    task: Option<&str>,
) -> String {
    let Some(queue) = queue else {
        return "nothing has been enqueued here yet · git tend run-all\n".to_owned();
    };
    if figures.overall.runs == 0 {
        let of = task.map_or_else(String::new, |task| format!(" of {}", plain(task)));
        let period = metering::period(&figures.buckets);
        return format!("no run{of} has ended in {period} · git tend queue\n");
    }
    let width = match args.output {
        Some(_) => WIDTH,
        None => app.ui.width(),
    };
    let is_there = |job: &str| {
        let found = queue.job(&JobId(job.to_owned()));
        found.is_ok_and(|job| job.is_some())
    };
    metering::page(figures, task.is_some(), app.now(), width, is_there)
}
