//! What is done about automations that do not keep what they promised: those that fail are disabled, and what got slower is
//! told, once.

use serde_json::{Map, json};
use std::path::Path;

use super::placing::{is_ours_alone, take_away};
use super::{failed, failed_automation};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::notifying::collect;
use crate::cli::ui::plain;
use crate::config::notify::Severity;
use crate::metrics::Anomaly;
use crate::optimize::automation::{Automation, Change, RunKind};
use crate::optimize::db::Optimize;
use crate::optimize::engine::Cycle;
use crate::optimize::monitor::{Verdict, anomalies, judge, since_enabled, untold};

/// Looks after the automations that are in use.
pub fn look_after(db: &mut Optimize, cycle: &mut Cycle, app: &App) -> Result<(), CommandError> {
    let before = db
        .cycles(1)
        .map_err(|error| failed("read the last cycle", &error))?;
    cycle.told = before.into_iter().next().unwrap_or_default().told;
    let automations = db
        .automations()
        .map_err(|error| failed_automation("list the automations", &error))?;
    for automation in automations.into_iter().filter(|it| it.state.is_live()) {
        let runs = db
            .runs(&automation.id, RunKind::Live)
            .map_err(|error| failed_automation("read its runs", &error))?;
        let unusual = anomalies(&automation.id, &runs);
        let since = since_enabled(&runs, automation.enabled_at);
        let ongoing = unusual.iter().filter(|it| it.ongoing);
        let new: Vec<&Anomaly> = untold(ongoing, &mut cycle.told);
        match judge(&since, &unusual) {
            Verdict::Bad(reason) => bad(db, cycle, &automation, reason, app)?,
            Verdict::Regressed(reason) if !new.is_empty() => {
                let name = plain(&automation.name);
                cycle.regressions.push(format!("{name} {reason}"));
            }
            Verdict::Regressed(_) | Verdict::Watch(_) | Verdict::Fine => {}
        }
    }
    Ok(())
}

/// Disables it, where that is for us to do; where a person must, that is told.
fn bad(
    db: &mut Optimize,
    cycle: &mut Cycle,
    automation: &Automation,
    reason: String,
    app: &App,
) -> Result<(), CommandError> {
    let name = plain(&automation.name);
    let by_hand = format!("git tend optimize disable {}", automation.id);
    if !app.loaded()?.config.optimize.auto_disable {
        cycle
            .regressions
            .push(format!("{name} {reason} · {by_hand}"));
        return Ok(());
    }
    if !is_ours_alone(automation) {
        let file = super::registry::placed(automation);
        cycle.regressions.push(format!(
            "{name} {reason}; it is in {file}, which is not for us to change · {by_hand}"
        ));
        return Ok(());
    }
    if let Err(error) = take_away(db, automation, app) {
        cycle.regressions.push(format!(
            "{name} {reason}; it could not be taken away: {error} · {by_hand}"
        ));
        return Ok(());
    }
    db.change_automation(&automation.id, Change::Disable, cycle.at)
        .map_err(|error| failed_automation("register that it is disabled", &error))?;
    // That nobody can be told does no harm: the report says it.
    if let Err(error) = notify(automation, &reason, app) {
        app.ui
            .warn(format!("{name}: {}", plain(&error.to_string())));
    }
    cycle.disabled.push((name, reason));
    Ok(())
}

/// Tells the channels of the repository that it belongs to.
fn notify(automation: &Automation, reason: &str, app: &App) -> Result<(), CommandError> {
    let Some(scope) = automation.scope.as_deref().map(Path::new) else {
        return Ok(());
    };
    let home = app.at(scope);
    if home.existing_queue()?.is_none() {
        return Ok(());
    }
    let mut values = Map::new();
    let title = format!("{} was disabled", automation.name);
    values.insert("title".to_owned(), json!(title));
    values.insert("message".to_owned(), json!(format!("It {reason}.")));
    values.insert("event_type".to_owned(), json!("automation_disabled"));
    values.insert("automation".to_owned(), json!(automation.id));
    let draft = collect::custom(&home, Severity::Warning, values, None);
    let notice = collect::posted(&home, &draft)?;
    home.queue()?.post_one(&notice).context("write the outbox")
}
