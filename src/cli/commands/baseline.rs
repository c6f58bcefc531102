//! `git tend baseline`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::audit::record;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::scans;
use crate::cli::ui::{Role, paint, plain};
use crate::findings::baseline::FILE_NAME;
use crate::findings::{Baseline, Finding};
use crate::report::findings::Entry;
use crate::report::json as documents;
use crate::system::filesystem;

/// Accept today's findings, so that only new ones count
///
/// `tend.baseline.json` is a file to commit: one accepted finding a line, without line numbers, so that edits elsewhere
/// change nothing. It is what findings are compared with where there is no upstream and no origin/HEAD.
#[derive(Debug, clap::Args)]
pub struct BaselineArgs {
    #[command(subcommand)]
    #[allow(missing_docs)] // a comment here would be taken for help text
    pub verb: BaselineVerb,
}

/// What to do with the baseline.
#[derive(Debug, clap::Subcommand)]
pub enum BaselineVerb {
    /// Accept the findings of now: writes tend.baseline.json
    Set,
    /// Show what is accepted, and what of it is not found any more
    Show {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// Writes or shows the baseline.
pub fn baseline(args: &BaselineArgs, app: &App) -> Result<Exit, CommandError> {
    match args.verb {
        BaselineVerb::Set => set(app),
        BaselineVerb::Show { json } => show(json, app),
    }
}

fn open_findings(app: &App) -> Result<Vec<Finding>, CommandError> {
    let document = scans::document(app, None, &[])?;
    if document.tasks.is_empty() {
        return Err(
            CommandError::failed("nothing has looked for findings yet").hint("git tend run-all")
        );
    }
    let entries = document.entries.into_iter().filter(Entry::is_open);
    Ok(entries.map(|entry| entry.finding).collect())
}

fn set(app: &App) -> Result<Exit, CommandError> {
    let findings = open_findings(app)?;
    let path = scans::baseline_path(app)?;
    let text = Baseline::of(&findings).write();
    filesystem::replace(&path, text.as_bytes(), 0o644).context(&format!("write {FILE_NAME}"))?;
    record::aside(
        record::BASELINE,
        &json!({ "findings": findings.len() }),
        app,
    );
    app.ui.say(format!(
        "{FILE_NAME} accepts {} · commit it",
        format::count(findings.len(), "finding", "findings")
    ));
    Ok(Exit::Fine)
}

fn show(as_json: bool, app: &App) -> Result<Exit, CommandError> {
    let Some(baseline) = scans::read_baseline(app)? else {
        return Err(CommandError::failed(format!("there is no {FILE_NAME}"))
            .hint("git tend baseline set writes one"));
    };
    // Without a scan nothing is known to be gone.
    let coverage = open_findings(app)
        .ok()
        .map(|findings| baseline.matches(&findings));
    let stale = coverage.map(|coverage| coverage.stale).unwrap_or_default();
    let gone = |number: usize| {
        stale
            .iter()
            .find(|(at, _)| *at == number)
            .map_or(0, |(_, count)| *count)
    };
    if as_json {
        let entries: Vec<_> = baseline
            .entries()
            .iter()
            .enumerate()
            .map(|(number, entry)| json!({ "entry": entry, "accepted": entry.accepted(), "gone": gone(number) }))
            .collect();
        app.ui
            .json(&json!({ "schema": documents::SCHEMA, "entries": entries }))?;
        return Ok(Exit::Fine);
    }
    let mut total = 0;
    for (number, entry) in baseline.entries().iter().enumerate() {
        let accepted = entry.accepted();
        total += accepted;
        let mut line = format!(
            "{}  {}  {}",
            paint(Role::Name, plain(&entry.path)),
            plain(&format!("{}[{}]", entry.tool, entry.rule)),
            plain(&entry.message)
        );
        if accepted > 1 {
            line.push_str(&format!(" ×{accepted}"));
        }
        match gone(number) {
            0 => {}
            count if count == accepted => {
                line.push_str(&paint(Role::Warning, "  not found any more"));
            }
            count => line.push_str(&paint(
                Role::Warning,
                format!("  {count} not found any more"),
            )),
        }
        app.ui.out(line)?;
    }
    let gone: u64 = stale.iter().map(|(_, count)| count).sum();
    app.ui.say(format!(
        "{total} accepted, {gone} of them not found any more"
    ));
    Ok(Exit::Fine)
}
