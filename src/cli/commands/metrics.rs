//! `git tend metrics`.

use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::metering::{self, Content};
use crate::cli::ui::plain;
use crate::metrics::Metrics;
use crate::queue::{JobId, Queue};
use crate::report::metrics::series::Series;
use crate::report::metrics::{csv, json};

/// Durations, success, waiting and what is unusual
///
/// Of the runs of the last days: how long each task takes and how often it succeeds, how many jobs waited and ran at once,
/// how drains kept to their budgets, and anomalies: runs much slower than those before, series of failures that the earlier
/// rate does not explain, durations that grow. Quantiles are those of numpy and scipy.
#[derive(Debug, clap::Args)]
pub struct MetricsArgs {
    /// As a table, as JSON, as CSV (a row for each part of the period and each task), or for Prometheus
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
    /// For spreadsheets: a row for each part of the period and each task. A name that would be read as a formula has an
    /// apostrophe before it.
    Csv,
    /// For Prometheus and the textfile collector of node exporter.
    Openmetrics,
}

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
    let content = match form {
        Form::Json => Content::Document(printed(&json::document(&figures))?),
        Form::Csv => Content::Document(csv::write(&figures.buckets, &Series::of_tasks(&figures))),
        Form::Openmetrics => Content::Document(metering::openmetrics(
            app,
            queue.as_ref(),
            &figures,
            task.as_deref(),
        )?),
        Form::Table => Content::Page(table(args, app, queue.as_ref(), &figures, task.as_deref())),
    };
    metering::deliver(app, args.output.as_deref(), &content)?;
    Ok(Exit::Fine)
}

fn printed(document: &serde_json::Value) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(document).context("write JSON")?;
    Ok(format!("{text}\n"))
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
    let width = metering::width(app, args.output.as_deref());
    let is_there = |job: &str| {
        let found = queue.job(&JobId(job.to_owned()));
        found.is_ok_and(|job| job.is_some())
    };
    metering::page(figures, task.is_some(), app.now(), width, is_there)
}
