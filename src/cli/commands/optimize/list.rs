//! `git tend optimize list`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::optimizing::monitored::live;
use crate::cli::optimizing::{existing, failed_automation, registry};
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::sessions_view::document;
use crate::cli::ui::Role;
use crate::metrics::Anomaly;
use crate::optimize::automation::State;
use crate::optimize::monitor::anomalies;
use crate::report::json::SCHEMA;
use crate::report::metrics::json as figures;
use jiff::Timestamp;

/// The automations there are: their state, and how they did
///
/// Generated, tested (it passed in the sandbox), enabled, and from five runs on stable (90 % succeed), testing (70 %) or
/// unstable; retired when it was removed. What is unusual about its newest runs stands beside it: slow, failures, drift.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Removed ones, too
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Lists automations.
pub fn list(args: &ListArgs, app: &App) -> Result<Exit, CommandError> {
    let mut rows = Vec::new();
    if let Some(db) = existing(app)? {
        let error = |error| failed_automation("list the automations", &error);
        for automation in db.automations().map_err(error)? {
            if automation.state == State::Retired && !args.all {
                continue;
            }
            let (runs, live) = live(&db, &automation)?;
            let sandbox = db.sandbox_success(&automation).map_err(error)?;
            let mut unusual = anomalies(&automation.id, &runs);
            unusual.retain(|it| it.ongoing);
            rows.push((automation, live, sandbox, unusual));
        }
    }
    if args.json {
        let automations: Vec<_> = rows
            .iter()
            .map(|(automation, live, sandbox, unusual)| {
                let mut document = registry::document(automation);
                if let Some(fields) = document.as_object_mut() {
                    fields.insert("sandbox_success".to_owned(), json!(sandbox));
                    fields.insert("runs".to_owned(), json!(live));
                    let unusual = unusual.iter().map(figures::anomaly);
                    fields.insert("anomalies".to_owned(), unusual.collect());
                }
                document
            })
            .collect();
        document::print(
            &json!({ "schema": SCHEMA, "automations": automations }),
            app,
        )?;
        return Ok(Exit::Fine);
    }
    if rows.is_empty() {
        app.ui.say("no automation yet · git tend optimize identify");
        return Ok(Exit::Fine);
    }
    let mut grid = Grid::new(&[
        "ID", "NAME", "FORM", "STATE", "SANDBOX", "RUNS", "OK", "MEDIAN", "LAST", "WHERE",
    ])
    .right(&[4, 5, 6, 7])
    .gives(&[
        (9, Give::Shrink(12)),
        (8, Give::Leave),
        (2, Give::Leave),
        (7, Give::Leave),
        (1, Give::Shrink(10)),
    ]);
    for (automation, live, sandbox, unusual) in &rows {
        let last = live
            .last_at
            .and_then(|at| Timestamp::from_millisecond(at).ok());
        grid.row([
            Text::of(Role::Name, &automation.id),
            Text::new(&automation.name),
            Text::of(Role::Faint, automation.form.name()),
            registry::state(automation.state).then(kinds(unusual)),
            Text::new(sandbox.map(format::percent).unwrap_or_default()),
            Text::new(if live.count == 0 {
                String::new()
            } else {
                live.count.to_string()
            }),
            Text::new(live.success_rate.map(format::percent).unwrap_or_default()),
            Text::new(live.median_ms.map(format::milliseconds).unwrap_or_default()),
            Text::of(
                Role::Faint,
                last.map(|last| format::ago(last, app.now()))
                    .unwrap_or_default(),
            ),
            Text::new(registry::placed(automation)),
        ]);
    }
    app.ui
        .lines(&grid.lines(app.ui.columns().unwrap_or(usize::MAX)))?;
    Ok(Exit::Fine)
}

/// What kinds of anomalies its newest runs show.
fn kinds(unusual: &[Anomaly]) -> Text {
    let mut names: Vec<&str> = unusual.iter().map(|it| it.kind.name()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Text::default();
    }
    Text::of(Role::Warning, format!(" ({})", names.join(", ")))
}
