//! `git tend optimize baseline`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::sessions_view::document;
use crate::cli::ui::plain;
use crate::config::Invalid;
use crate::config::units::Period;
use crate::optimize::automation::Automation;
use crate::optimize::db::Optimize;
use crate::optimize::efficiency::{Baseline, Origin};
use crate::report::json::SCHEMA;

/// How long it takes by hand what an automation does: show it, or say it
///
/// What histories tell is kept when an automation is generated. What you say goes before it.
#[derive(Debug, clap::Args)]
pub struct BaselineArgs {
    /// The automation, by its name or the beginning of its id
    #[arg(value_name = "AUTOMATION")]
    pub automation: String,
    /// So long it takes by hand: 90s, 5m, 1h 30m
    #[arg(value_name = "DURATION", value_parser = duration)]
    pub duration: Option<Period>,
    /// So often it was done by hand in a week; unless it is said, as histories tell
    #[arg(long, value_name = "N", value_parser = rate, requires = "duration")]
    pub per_week: Option<f64>,
    /// Forget what was said; what histories told is reckoned with again
    #[arg(long, conflicts_with = "duration")]
    pub forget: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn duration(text: &str) -> Result<Period, String> {
    let period: Period = text.parse().map_err(|error: Invalid| error.to_string())?;
    if period.get().is_zero() {
        return Err("what takes no time by hand saves none".to_owned());
    }
    Ok(period)
}

fn rate(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|rate: &f64| rate.is_finite() && *rate > 0.0 && *rate <= 10_000.0)
        .ok_or_else(|| format!("`{text}` is no number of times a week"))
}

/// Shows, says or forgets it.
pub fn baseline(args: &BaselineArgs, app: &App) -> Result<Exit, CommandError> {
    let mut db = open(app)?;
    let automation = registry::find(&db, &args.automation)?;
    let name = plain(&automation.name);
    let error = |error| failed_automation("keep how long it takes by hand", &error);
    if let Some(period) = args.duration {
        let said = Baseline {
            origin: Origin::Said,
            at: app.now().as_millisecond(),
            durations: vec![u64::try_from(period.get().as_millis()).unwrap_or(u64::MAX)],
            per_week: args.per_week,
        };
        db.put_baseline(&automation.id, &said, &[]).map_err(error)?;
        app.ui
            .say(format!("{name} takes {period} by hand, as you say"));
    } else if args.forget {
        let was_said = db
            .forget_baseline(&automation.id, Origin::Said)
            .map_err(error)?;
        app.ui.say(if was_said {
            format!("what was said of {name} is forgotten")
        } else {
            format!("nothing was said of {name}")
        });
    }
    show(args, &automation, &db, app)
}

fn show(
    args: &BaselineArgs,
    automation: &Automation,
    db: &Optimize,
    app: &App,
) -> Result<Exit, CommandError> {
    let known = db
        .baselines(&automation.id)
        .map_err(|error| failed_automation("read how long it takes by hand", &error))?;
    if args.json {
        let baselines: Vec<_> = known
            .iter()
            .map(|it| {
                json!({
                    "origin": it.origin,
                    "at": registry::moment(Some(it.at)),
                    "durations": it.durations,
                    "per_week": it.per_week,
                })
            })
            .collect();
        let all = json!({ "schema": SCHEMA, "id": automation.id, "baselines": baselines });
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    if known.is_empty() {
        app.ui.say(format!(
            "nobody knows how long it takes by hand · git tend optimize baseline {} 5m",
            automation.id
        ));
        return Ok(Exit::Fine);
    }
    // One that says something else was shown when it was said.
    if args.duration.is_none() {
        let lines: Vec<String> = known.iter().map(|it| line(it, app)).collect();
        app.ui.write_out(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(Exit::Fine)
}

fn line(it: &Baseline, app: &App) -> String {
    use crate::metrics::stats::{Sorted, ms_as_f64};
    let times = it.durations.iter();
    let times: Sorted = times
        .map(|ms| ms_as_f64(i64::try_from(*ms).unwrap_or(i64::MAX)))
        .collect();
    let ms = |ms: Option<f64>| ms.map(format::milliseconds).unwrap_or_default();
    let rate = it
        .per_week
        .map(|rate| format!(", {rate:.1} a week"))
        .unwrap_or_default();
    let when = registry::moment(Some(it.at))
        .map(|at| format!(", {}", format::ago(at, app.now())))
        .unwrap_or_default();
    match it.origin {
        Origin::Said => format!("said: {}{rate}{when}", ms(times.median())),
        Origin::History => format!(
            "histories: median {} of {}, {} to {}{rate}{when}",
            ms(times.median()),
            format::count(times.len(), "time", "times"),
            ms(times.values().first().copied()),
            ms(times.max()),
        ),
    }
}
