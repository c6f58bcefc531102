//! Trying an automation in the sandbox, and noting what came of it.

use std::path::Path;
use std::time::Duration;

use super::tried::Tried;
use super::{failed_automation, trials};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::ui::plain;
use crate::optimize::automation::{Automation, Change};
use crate::optimize::db::Optimize;
use crate::optimize::sandbox::{Level, Options, Report, default_folder, try_out};
use crate::system::sandbox::Bounds;
use crate::system::{env, process};

/// So long it is waited for other sandboxes to end.
const WAIT: Duration = Duration::from_secs(60);

/// How an automation is tried where nobody says anything else: with the best isolation there is, or not at all.
pub fn usual(app: &App) -> Result<Options, CommandError> {
    let config = &app.loaded()?.config.optimize;
    let home = env::raw(env::HOME).map(std::path::PathBuf::from);
    let bounds = Bounds {
        wall_ms: u64::try_from(config.timeout.get().as_millis()).unwrap_or(u64::MAX),
        address_space: config.memory.bytes(),
        resident: config.memory.bytes(),
        ..Bounds::default()
    };
    Ok(Options {
        helper: process::own_program().context("find our own program")?,
        folder: default_folder(app.dirs()?),
        level: Level::Partial,
        means: None,
        require: true,
        consent: false,
        bounds,
        home: home.filter(|home| home.as_path() != Path::new("/")),
        tools: Vec::new(),
        wait: WAIT,
    })
}

/// Tries an automation; it as it is then, and the report. One that passed enables itself if the configuration says so.
pub fn attempt(
    db: &mut Optimize,
    automation: Automation,
    options: &Options,
    app: &App,
) -> Result<(Automation, Report), CommandError> {
    let now = app.now().as_millisecond();
    let tried = Tried::of(&automation);
    let report = try_out(&tried.subject(&automation), options).map_err(|error| {
        let refused = CommandError::refused(format!("failed to try {}", plain(&automation.name)));
        trials::hint(refused.because(&error), &error)
    })?;
    for run in trials::runs(&report, now) {
        db.note_run(&automation.id, &run)
            .map_err(|error| failed_automation("note the trial", &error))?;
    }
    let mut automation = automation;
    if let Some(success) = report.success_rate {
        let change = Change::Tried {
            success,
            idempotent: report.passed && report.idempotent.unwrap_or(false),
        };
        automation = db
            .change_automation(&automation.id, change, now)
            .map_err(|error| failed_automation("register the trial", &error))?;
    }
    if report.passed && app.loaded()?.config.optimize.auto_enable {
        automation = trials::enable_itself(db, automation, &report, app)?;
    }
    Ok((automation, report))
}
