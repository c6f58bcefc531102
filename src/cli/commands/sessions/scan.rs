//! `git tend sessions scan`.

use std::path::PathBuf;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::arguments;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::sessions::{Reading, planned, read_sessions};
use crate::cli::ui::plain;
use crate::graph::intake::plan::Plan;
use crate::graph::intake::scan::{Scanned, Step};
use crate::report::json as documents;

/// So many files that could not be read are named.
const NAMED: usize = 5;

/// Read what is new in the sessions of all agents
///
/// What is already there counts the first time; later only what was written since. A session that is being written is left
/// in peace; what it has finished becomes part of the graph: what ends at a boundary (a compaction, a branch, a pause) at
/// once, the rest when nothing was written to it for ten minutes. `git tend tick` does the same.
#[derive(Debug, clap::Args)]
pub struct ScanArgs {
    /// How long it may take; what is left is read the next time
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub budget: Option<Duration>,
    /// Print which files would be read, and read none
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads them.
pub fn scan(args: &ScanArgs, app: &App) -> Result<Exit, CommandError> {
    if args.dry_run {
        let plan = planned(app)?;
        return dry_run(args, app, &plan);
    }
    let mut progress = Progress::new(app);
    let reading = read_sessions(app, args.budget, &mut |step| progress.step(step))?;
    progress.finish(app);
    match reading {
        Reading::Busy => {
            if args.json {
                app.ui
                    .json(&json!({ "schema": documents::SCHEMA, "busy": true }))?;
            } else {
                app.ui.say("another git-tend is reading them");
            }
        }
        Reading::Nothing => {
            if args.json {
                app.ui.json(&document(&Scanned::default(), 0))?;
            } else {
                app.ui.say("no sessions of pi, Claude Code or Codex CLI are here · [sessions] dirs in your config.toml names other folders");
            }
        }
        Reading::Done { scanned, enqueued } => {
            warn_of_unreadable(app, &scanned.unreadable);
            if args.json {
                app.ui.json(&document(&scanned, enqueued))?;
            } else {
                app.ui.say(told(&scanned, enqueued));
            }
        }
    }
    Ok(Exit::Fine)
}

fn dry_run(args: &ScanArgs, app: &App, plan: &Plan) -> Result<Exit, CommandError> {
    let mut paths: Vec<_> = plan.candidates.iter().map(|it| &it.found.path).collect();
    paths.sort();
    if args.json {
        let shown = |path: &PathBuf| path.to_string_lossy().into_owned();
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "dry_run": true,
            "files": paths.into_iter().map(shown).collect::<Vec<_>>(),
            "gone": plan.gone.iter().map(shown).collect::<Vec<_>>(),
            "active": plan.active,
        }))?;
        return Ok(Exit::Fine);
    }
    for path in paths {
        app.ui.out(plain(&path.to_string_lossy()))?;
    }
    if plan.candidates.is_empty() {
        app.ui.say("nothing to read");
    }
    Ok(Exit::Fine)
}

/// What `--json` prints of a scan that entered so many jobs.
pub fn document(scanned: &Scanned, enqueued: usize) -> Value {
    let unreadable = scanned.unreadable.iter();
    json!({
        "schema": documents::SCHEMA,
        "busy": false,
        "files": scanned.read,
        "active": scanned.active,
        "gone": scanned.gone,
        "left": scanned.left,
        "broken_lines": scanned.broken_lines,
        "nodes": scanned.applied.nodes,
        "changed_nodes": scanned.applied.versions,
        "edges": scanned.applied.edges,
        "messages": scanned.applied.messages,
        "facts": scanned.applied.facts,
        "enqueued": enqueued,
        "unreadable": unreadable
            .map(|(path, why)| json!({ "path": path.to_string_lossy(), "error": why }))
            .collect::<Vec<_>>(),
    })
}

/// What came of a scan, in a line.
pub fn told(scanned: &Scanned, enqueued: usize) -> String {
    let count = format::count;
    let mut parts = Vec::new();
    if scanned.read > 0 {
        parts.push(format!("read {}", count(scanned.read, "file", "files")));
    }
    let applied = &scanned.applied;
    for (number, one, many) in [
        (applied.nodes, "new node", "new nodes"),
        (applied.versions, "changed node", "changed nodes"),
        (applied.messages, "message", "messages"),
        (scanned.gone, "file is gone", "files are gone"),
        (
            scanned.active,
            "file is being written",
            "files are being written",
        ),
        (
            scanned.left,
            "file is left for the next time",
            "files are left for the next time",
        ),
    ] {
        if number > 0 {
            parts.push(count(number, one, many));
        }
    }
    if scanned.broken_lines > 0 {
        let lines = usize::try_from(scanned.broken_lines).unwrap_or(usize::MAX);
        parts.push(count(lines, "line is broken", "lines are broken"));
    }
    if enqueued > 0 {
        parts.push(format!(
            "{} enqueued",
            count(enqueued, "analysis", "analyses")
        ));
    }
    if parts.is_empty() {
        parts.push("nothing new".to_owned());
    }
    parts.join(" · ")
}

/// Says which files could not be read.
pub fn warn_of_unreadable(app: &App, unreadable: &[(PathBuf, String)]) {
    for (path, why) in unreadable.iter().take(NAMED) {
        app.ui.warn(format!(
            "{}: {}",
            plain(&path.to_string_lossy()),
            plain(why)
        ));
    }
    if unreadable.len() > NAMED {
        let more = format::count(unreadable.len() - NAMED, "more file", "more files");
        app.ui.warn(format!("{more} could not be read"));
    }
}

/// A bar on a terminal.
struct Progress {
    bar: Option<ProgressBar>,
    shows: bool,
    bars: MultiProgress,
}

impl Progress {
    fn new(app: &App) -> Self {
        let bars = MultiProgress::new();
        let shows = app.ui.shows_progress();
        if shows {
            app.ui.set_progress(Some(bars.clone()));
        }
        Self {
            bar: None,
            shows,
            bars,
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Planned { files, bytes } => {
                if self.shows && files > 0 {
                    let template = "{spinner} {bytes} of {total_bytes} {wide_bar} {eta}";
                    let style = ProgressStyle::with_template(template);
                    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
                    self.bar = Some(self.bars.add(ProgressBar::new(bytes).with_style(style)));
                }
            }
            Step::Read(bytes) => {
                if let Some(bar) = &self.bar {
                    bar.inc(bytes);
                }
            }
        }
    }

    fn finish(&self, app: &App) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        app.ui.set_progress(None);
    }
}
