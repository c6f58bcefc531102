//! What sessions have in common.

use askama::Template;

use super::{UNFOLDED, WORDS};
use crate::analyze::summary::grouped;
use crate::report::html::page::InsightSeen;
use crate::report::insights;
use crate::system::plain::first_line;

/// So much of what an insight says, and of what helps.
const TEXT: usize = 300;

#[derive(Template)]
#[template(
    path = "sessions/insights.html",
    config = "src/report/html/askama.toml"
)]
pub(super) struct Insights {
    rows: Vec<Row>,
    more_rows: Vec<Row>,
}

struct Row {
    words: String,
    workaround: String,
    kind: &'static str,
    model: String,
    times: String,
    confidence: String,
    told: String,
    standing: &'static str,
    /// A word, its class, and figures.
    effect: Option<(String, &'static str, String)>,
}

impl Insights {
    /// Nothing where there is none.
    pub(super) fn of(seen: &[InsightSeen]) -> Option<Self> {
        let mut rows: Vec<Row> = seen.iter().map(row).collect();
        let more_rows = rows.split_off(rows.len().min(UNFOLDED));
        (!rows.is_empty()).then_some(Self { rows, more_rows })
    }
}

fn row(it: &InsightSeen) -> Row {
    let insight = &it.insight;
    let workaround = insight.workaround.as_deref().unwrap_or_default();
    Row {
        words: insights::words(insight, TEXT),
        workaround: first_line(workaround, TEXT),
        kind: insights::kind(insight.kind),
        model: first_line(&insight.model, WORDS),
        times: grouped(insight.frequency),
        confidence: format!("{:.0} %", insight.confidence.clamp(0.0, 1.0) * 100.0),
        told: first_line(&it.told_in.join(", "), WORDS),
        standing: it.standing.map_or("", insights::standing),
        effect: effect(it),
    }
}

fn effect(it: &InsightSeen) -> Option<(String, &'static str, String)> {
    let Some(effect) = &it.effect else {
        let told = !it.told_in.is_empty();
        return told.then(|| ("not measured yet".to_owned(), "none", String::new()));
    };
    let (word, is_good, figures) = insights::effect(effect);
    let class = match is_good {
        Some(true) => "good",
        Some(false) => "bad",
        None => "none",
    };
    Some((word, class, figures))
}
