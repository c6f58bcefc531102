//! `git tend optimize monitor`.

use std::path::PathBuf;

use serde_json::Value;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::metering::{self, Content};
use crate::cli::optimizing::monitor_page;
use crate::cli::optimizing::monitored::Monitored;
use crate::cli::ui::plain;
use crate::queue::JobId;
use crate::report::metrics::{csv, json};
use crate::report::safe_json;

/// How tasks and automations do: durations, failures, memory, and what is unusual
///
/// Of the runs of the last days, of the tasks of this repository and of every automation: counts, success, percentiles (those of
/// numpy and scipy), CPU time and memory, by day or, up to two days, by hour. Unusual is, where there were ten runs before: a run
/// that takes more than twice the median and is 3.5 robust deviations from it; failures that the earlier rate explains once in a
/// hundred times or less; durations that have grown (Page–Hinkley). With a name, everything about that one.
#[derive(Debug, clap::Args)]
pub struct MonitorArgs {
    /// Only this task or automation: its name, or the beginning of an automation's id
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// The last N days
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: u16,
    /// As a table, as JSON, or as CSV: a row for each part of the period and each name
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    pub format: Form,
    /// Print JSON
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Write to FILE, in one step: whoever reads it sees the old or the new, whole
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The form of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For spreadsheets. A name that would be read as a formula has an apostrophe before it.
    Csv,
}

/// Tells how they do.
pub fn monitor(args: &MonitorArgs, app: &App) -> Result<Exit, CommandError> {
    let found = match &args.name {
        Some(name) => Monitored::named(app, args.days, name)?,
        None => Monitored::everything(app, args.days)?,
    };
    let form = if args.json { Form::Json } else { args.format };
    let content = match form {
        Form::Json => Content::Document(printed(&json::watched(&found.buckets, &found.series()))?),
        Form::Csv => Content::Document(csv::write(&found.buckets, &found.series())),
        Form::Table => Content::Page(page(args, app, &found)?),
    };
    metering::deliver(app, args.output.as_deref(), &content)?;
    Ok(Exit::Fine)
}

/// Nothing in it steers a terminal, whatever an automation said.
fn printed(document: &Value) -> Result<String, CommandError> {
    let mut text = Vec::new();
    safe_json::pretty(&mut text, document).context("write JSON")?;
    text.push(b'\n');
    String::from_utf8(text).context("write JSON")
}

fn page(args: &MonitorArgs, app: &App, found: &Monitored) -> Result<String, CommandError> {
    let period = metering::period(&found.buckets);
    if found.all.is_empty() {
        return Ok(format!(
            "no run of a task or an automation has ended in {period} · git tend optimize list\n"
        ));
    }
    let runs: u64 = found.all.iter().map(|it| it.series.figures.runs).sum();
    if let Some(name) = args.name.as_deref().filter(|_| runs == 0) {
        let name = plain(name);
        return Ok(format!("no run of {name} has ended in {period}\n"));
    }
    let queue = match app.located() {
        Ok(_) => app.existing_queue()?,
        Err(_) => None,
    };
    let is_there = |job: &str| {
        let found = queue
            .as_ref()
            .map(|queue| queue.job(&JobId(job.to_owned())));
        matches!(found, Some(Ok(Some(_))))
    };
    let width = metering::width(app, args.output.as_deref());
    Ok(match args.name {
        None => monitor_page::page(found, app.now(), width, is_there),
        Some(_) => monitor_page::details(found, app.now(), &app.zone(), width, is_there),
    })
}
