//! `optimize report --json`: times as ISO 8601 in UTC, durations in milliseconds, rates from 0 to 1; `null` for what is not
//! known.
//!
//! ```json
//! { "schema": 1, "at": "2026-03-31T12:00:00Z", "days": 30,
//!   "totals": { "live", "runs", "failed", "saved_ms", "saved_ever_ms", "minutes_left_per_week", "roi" },
//!   "automations": [{ "id", "name", "form", "state", "repository", "runs", "failed", "median_ms", "baseline_ms", "saved_ms",
//!     "saved_ever_ms", "roi", "paid_back_at", "median_by_day_ms": [], "anomalies": [], "said": [] }],
//!   "proposals": [{ "id", "name", "steps": [], "repository", "potential", "support", "minutes_per_week", "automation",
//!     "sandbox_success", "why_not", "next" }],
//!   "cycles": [{ "at", "took_ms", "events", "candidates", "generated": [], "passed": [],
//!     "disabled": [{ "name", "reason" }], "regressions": [] }] }
//! ```
//!
//! The totals' savings are `null` where those of no automation are known; `roi` is 0.5 for half as much again as it cost;
//! `next` is the command that goes on with a proposal.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::words;
use crate::optimize::engine::{Automated, Cycle, Proposed, Summary};
use crate::report::json::SCHEMA;

/// What the optimiser knows, the best proposals, the automations that saved most and the newest cycles first.
pub fn document(summary: &Summary) -> Value {
    let totals = &summary.totals;
    let known = |ms: i64, of: fn(&Automated) -> Option<i64>| {
        let is_known = summary.automations.iter().any(|it| of(it).is_some());
        (is_known || ms != 0).then_some(ms)
    };
    json!({
        "schema": SCHEMA,
        "at": moment(summary.at),
        "days": summary.days,
        "totals": {
            "live": totals.live,
            "runs": totals.runs,
            "failed": totals.failed,
            "saved_ms": known(totals.saved_ms, |it| it.saved_ms),
            "saved_ever_ms": known(totals.saved_ever_ms, |it| it.saved_ever_ms),
            "minutes_left_per_week": totals.minutes_left_per_week,
            "roi": totals.roi,
        },
        "automations": summary.automations.iter().map(automated).collect::<Vec<_>>(),
        "proposals": summary.proposals.iter().map(|it| proposed(it, summary)).collect::<Vec<_>>(),
        "cycles": summary.cycles.iter().map(cycle).collect::<Vec<_>>(),
    })
}

/// A moment in ms UTC; none beyond what calendars tell.
fn moment(ms: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(ms).ok()
}

fn automated(it: &Automated) -> Value {
    json!({
        "id": it.id,
        "name": it.name,
        "form": it.form,
        "state": it.state,
        "repository": it.scope,
        "runs": it.runs,
        "failed": it.failed,
        "median_ms": it.median_ms,
        "baseline_ms": it.baseline_ms,
        "saved_ms": it.saved_ms,
        "saved_ever_ms": it.saved_ever_ms,
        "roi": it.roi,
        "paid_back_at": it.paid_back_at.and_then(moment),
        "median_by_day_ms": it.series,
        "anomalies": it.anomalies,
        "said": it.said,
    })
}

fn proposed(it: &Proposed, summary: &Summary) -> Value {
    json!({
        "id": it.id,
        "name": it.name,
        "steps": it.steps,
        "repository": it.scope,
        "potential": it.potential,
        "support": it.support,
        "minutes_per_week": it.minutes_per_week,
        "automation": it.automation,
        "sandbox_success": it.sandbox,
        "why_not": it.why_not,
        "next": words::next(it, summary),
    })
}

/// One cycle, as `optimize run --json` has it, too.
pub fn cycle(it: &Cycle) -> Value {
    let disabled = it.disabled.iter();
    json!({
        "at": moment(it.at),
        "took_ms": it.took_ms,
        "events": it.events,
        "candidates": it.candidates,
        "generated": it.generated,
        "passed": it.passed,
        "disabled": disabled.map(|(name, reason)| json!({ "name": name, "reason": reason })).collect::<Vec<_>>(),
        "regressions": it.regressions,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::report::optimize::sample;

    #[test]
    fn the_document_has_its_form() {
        let document = document(&sample::summary());
        assert_eq!(document["schema"], json!(SCHEMA));
        assert_eq!(document["at"], json!("2026-03-31T12:00:00Z"));
        assert_eq!(document["totals"]["saved_ms"], json!(7_800_000));
        let first = &document["automations"][0];
        assert_eq!(first["form"], json!("git-alias"));
        assert_eq!(first["state"], json!("stable"));
        assert_eq!(first["paid_back_at"], json!("2026-03-12T08:00:00Z"));
        assert_eq!(first["median_by_day_ms"][0], json!(null));
        assert_eq!(document["automations"][2]["saved_ms"], json!(null));
        let next = "git tend optimize enable run-tests-and-lint";
        assert_eq!(document["proposals"][0]["next"], json!(next));
        let cycle = &document["cycles"][0];
        assert_eq!(cycle["at"], json!("2026-03-29T03:00:00Z"));
        assert_eq!(cycle["disabled"][0]["name"], json!("nightly-dump"));
    }

    #[test]
    fn what_is_not_known_or_no_number_is_null() {
        let mut summary = sample::hostile();
        summary.totals.saved_ms = 0;
        for it in &mut summary.automations {
            it.saved_ms = None;
        }
        let document = document(&summary);
        assert_eq!(document["at"], json!(null), "beyond every calendar");
        assert_eq!(document["totals"]["saved_ms"], json!(null));
        assert_eq!(document["automations"][0]["median_ms"], json!(null));
        assert_eq!(document["proposals"][0]["potential"], json!(null));
        let text = document.to_string();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
        assert_eq!(
            super::document(&Summary::default())["automations"],
            json!([])
        );
    }
}
