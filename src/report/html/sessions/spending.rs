//! What it cost the user to have sessions judged.

use askama::Template;

use super::{UNFOLDED, WORDS};
use crate::analyze::summary::{counted, grouped};
use crate::graph::ledger::DaySpending;
use crate::report::agents;
use crate::report::html::page::SPENDING_DAYS;
use crate::report::spending::{Calls, by_day, dollars};
use crate::system::plain::first_line;

/// So many days and models are shown.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(
    path = "sessions/spending.html",
    config = "src/report/html/askama.toml"
)]
pub(super) struct Spending {
    days: i32,
    lead: String,
    untold: Option<String>,
    open: Option<String>,
    rows: Vec<Row>,
    more_rows: Vec<Row>,
    unlisted: usize,
}

struct Row {
    day: String,
    model: String,
    figures: [String; 5],
    cost: String,
}

impl Spending {
    /// Nothing where nothing was called.
    pub(super) fn of(spending: &[DaySpending]) -> Option<Self> {
        let all = Calls::of(spending);
        if all.is_empty() {
            return None;
        }
        let days = by_day(spending);
        let unlisted = days.len().saturating_sub(SHOWN);
        let rows = days.into_iter().take(SHOWN).map(|(day, model, it)| Row {
            day: day.to_string(),
            model: first_line(model, WORDS),
            figures: [it.calls, it.analyses, it.failed, it.kept, it.tokens].map(grouped),
            cost: agents::cost(dollars(it.cost)).unwrap_or_default(),
        });
        let mut rows: Vec<Row> = rows.collect();
        let more_rows = rows.split_off(rows.len().min(UNFOLDED));
        Some(Self {
            days: SPENDING_DAYS,
            lead: agents::calls(&all).join(" · "),
            untold: agents::cost(dollars(all.expected_cost)),
            open: (all.open > 0).then(|| counted(all.open, "call")),
            rows,
            more_rows,
            unlisted,
        })
    }
}
