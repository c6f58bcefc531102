//! `git tend optimize show`.

use jiff::Timestamp;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::optimizing::monitored::live;
use crate::cli::optimizing::{Found, existing, failed_automation, proposals, registry, to_read};
use crate::cli::screen::{Page, Text, fields};
use crate::cli::sessions_view::document;
use crate::cli::ui::Role;
use crate::metrics::Anomaly;
use crate::optimize::automation::{Automation, RunKind, Statistics};
use crate::optimize::db::{AutomationsError, Optimize};
use crate::optimize::monitor::anomalies;
use crate::report::json::SCHEMA;
use crate::report::metrics::json as figures;

/// So many anomalies are shown, the newest.
const LATELY: usize = 5;

/// Show a proposal, or an automation: its text, its options and how it did
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The beginning of the id of either, or the name of an automation
    #[arg(value_name = "ID")]
    pub id: String,
    /// Only the text
    #[arg(long, conflicts_with = "json")]
    pub text: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows one or the other.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    if let Some(db) = existing(app)? {
        match db.automation(&args.id) {
            Ok(automation) => return show_automation(args, &automation, &db, app),
            Err(AutomationsError::NoSuch(_)) => {}
            Err(error) => return Err(failed_automation("find the automation", &error)),
        }
    }
    to_read(app)?;
    let found = Found::of(app, None)?;
    let proposal = found.find(&args.id)?;
    if args.json {
        let all = json!({ "schema": SCHEMA, "proposal": proposals::candidate(&found, &proposal) });
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut page = Page::new(width);
    page.add(proposals::one(&found, &proposal, false, app.now(), width));
    let room = page.room();
    page.section("Options", proposals::options(&proposal, room));
    page.section(
        "Lately",
        proposals::lately(&found, &proposal, app.now(), &app.zone()),
    );
    app.ui.lines(&page.lines())?;
    app.ui
        .say(format!("git tend optimize generate {}", args.id));
    Ok(Exit::Fine)
}

fn show_automation(
    args: &ShowArgs,
    automation: &Automation,
    db: &Optimize,
    app: &App,
) -> Result<Exit, CommandError> {
    if args.text {
        app.ui.bytes_out(automation.text.as_bytes())?;
        return Ok(Exit::Fine);
    }
    let error = |error| failed_automation("read its runs", &error);
    let (runs_kept, live) = live(db, automation)?;
    let tried = db
        .run_statistics(&automation.id, RunKind::Sandbox)
        .map_err(error)?;
    let success = db.sandbox_success(automation).map_err(error)?;
    let mut unusual = anomalies(&automation.id, &runs_kept);
    unusual.reverse();
    if args.json {
        let mut all = registry::document(automation);
        if let Some(of) = all.as_object_mut() {
            of.insert("schema".to_owned(), json!(SCHEMA));
            of.insert("sandbox_success".to_owned(), json!(success));
            of.insert("sandbox_runs".to_owned(), json!(tried));
            of.insert("runs".to_owned(), json!(live));
            let unusual = unusual.iter().map(figures::anomaly);
            of.insert("anomalies".to_owned(), unusual.collect());
        }
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut page = Page::new(width);
    page.add(vec![registry::head(automation).cut(width)]);
    let rows = [
        (
            "form",
            Text::new(format!(
                "{} ({}, {})",
                automation.form.name(),
                automation.template.name(),
                automation.language.name()
            )),
        ),
        (
            "repository",
            Text::new(
                automation
                    .scope
                    .as_deref()
                    .map(|it| registry::written(it.as_ref()))
                    .unwrap_or_default(),
            ),
        ),
        ("where", Text::new(registry::placed(automation))),
        ("tried", Text::new(when(automation.tested_at, app.now()))),
        (
            "sandbox",
            Text::new(
                success
                    .map(|rate| format!("{} of its cases succeeded", format::percent(rate)))
                    .unwrap_or_default(),
            ),
        ),
        ("enabled", Text::new(when(automation.enabled_at, app.now()))),
        ("runs", Text::new(runs(&live, app.now()))),
    ];
    page.add(fields(&rows, width));
    page.section("Errors", errors(&live, &tried));
    let room = page.room();
    let remarks = unusual.iter().take(LATELY);
    page.section(
        "Unusual",
        remarks
            .flat_map(|it| remark(it, app.now()).broken(room))
            .collect(),
    );
    let text = automation.text.lines().map(Text::new).collect();
    page.section("Text", text);
    let entry = registry::entry_lines(automation);
    page.section(
        "Put where it is found",
        entry.iter().map(Text::new).collect(),
    );
    app.ui.lines(&page.lines())?;
    Ok(Exit::Fine)
}

fn when(at: Option<i64>, now: Timestamp) -> String {
    registry::moment(at)
        .map(|at| format::ago(at, now))
        .unwrap_or_default()
}

#[allow(clippy::cast_precision_loss)] // milliseconds of runs
fn runs(of: &Statistics, now: Timestamp) -> String {
    if of.count == 0 {
        return "none yet".to_owned();
    }
    let ms = |ms: Option<f64>| ms.map(format::milliseconds).unwrap_or_default();
    format!(
        "{}, {} succeeded; median {}, p95 {}, mean {}, {} to {}; last {}",
        of.count,
        of.success_rate.map(format::percent).unwrap_or_default(),
        ms(of.median_ms),
        ms(of.p95_ms),
        ms(of.average_ms),
        ms(of.min_ms.map(|ms| ms as f64)),
        ms(of.max_ms.map(|ms| ms as f64)),
        when(of.last_at, now)
    )
}

/// What is unusual, with its look if it goes on.
fn remark(it: &Anomaly, now: Timestamp) -> Text {
    let (role, mark) = if it.ongoing {
        (Role::Warning, "! ")
    } else {
        (Role::Faint, "· ")
    };
    let ago = format!(" · {}", when(Some(it.noticed.at), now));
    Text::of(role, mark)
        .and(it.sentence())
        .and_of(Role::Faint, ago)
}

fn errors(live: &Statistics, tried: &Statistics) -> Vec<Text> {
    let of = |of: &Statistics, what: &str| -> Vec<Text> {
        let errors = of.errors.iter();
        errors
            .map(|(error, count)| {
                Text::of(Role::Faint, format!("{count}× {what}  ")).and_of(Role::Bad, error)
            })
            .collect()
    };
    [of(live, "run"), of(tried, "sandbox")].concat()
}
