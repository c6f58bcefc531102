//! What the optimiser knows now, from its database.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{existing, failed_automation};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::metrics::stats::{Sorted, ms_as_f64};
use crate::optimize::automation::{Automation, Run, RunKind, State};
use crate::optimize::engine::{Automated, Summary, Totals};

/// Of so many days runs are told.
const DAYS: u16 = 30;

/// The automations that are not removed and their runs of late; nothing where nothing was ever read.
pub fn of(app: &App) -> Result<Option<Summary>, CommandError> {
    let Some(db) = existing(app)? else {
        return Ok(None);
    };
    let (now, zone) = (app.now(), app.zone());
    let error = |error| failed_automation("read how automations did", &error);
    let mut summary = Summary {
        at: now.as_millisecond(),
        days: DAYS,
        ..Summary::default()
    };
    for automation in db.automations().map_err(error)? {
        if automation.state != State::Retired {
            let runs = db.runs(&automation.id, RunKind::Live).map_err(error)?;
            let it = automated(automation, &runs, now, &zone);
            add(&mut summary.totals, &it);
            summary.automations.push(it);
        }
    }
    Ok(Some(summary))
}

fn automated(of: Automation, runs: &[Run], now: Timestamp, zone: &TimeZone) -> Automated {
    let mut days: Vec<Sorted> = vec![Sorted::new(); usize::from(DAYS)];
    let (mut all, mut failed) = (Sorted::new(), 0);
    for run in runs {
        let Some(day) = days_ago(run.at, now, zone).and_then(|ago| days.iter_mut().rev().nth(ago))
        else {
            continue;
        };
        let ms = ms_as_f64(i64::try_from(run.ms).unwrap_or(i64::MAX));
        day.insert(ms);
        all.insert(ms);
        failed += u64::from(!run.ok);
    }
    Automated {
        id: of.id,
        name: of.name,
        form: of.form,
        state: of.state,
        scope: of.scope,
        runs: all.len() as u64,
        failed,
        median_ms: all.median(),
        baseline_ms: None,
        saved_ms: None,
        saved_ever_ms: None,
        roi: None,
        paid_back_at: None,
        series: days.iter().map(Sorted::median).collect(),
        anomalies: Vec::new(),
        said: Vec::new(),
    }
}

/// How many days before today it was, in the user's time.
fn days_ago(at: i64, now: Timestamp, zone: &TimeZone) -> Option<usize> {
    let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let at = Timestamp::from_millisecond(at).ok()?;
    usize::try_from((date(now) - date(at)).get_days()).ok()
}

fn add(totals: &mut Totals, it: &Automated) {
    totals.live += u64::from(it.state.is_live());
    totals.runs += it.runs;
    totals.failed += it.failed;
}
