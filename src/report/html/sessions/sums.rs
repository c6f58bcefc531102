//! What all pieces of work come to: by outcome, by kind, week by week.

use askama::Template;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::piece::class;
use crate::analyze::summary::{counted, grouped};
use crate::graph::node::NodeKind;
use crate::graph::work::{Sum, by_kind, by_outcome, by_week};
use crate::report::agents;
use crate::report::html::escape::Markup;
use crate::report::html::page::AgentWork;
use crate::report::html::svg::{
    Base, Caption, Layer, Line, Points, Series, Stack, Tone, line, stack,
};
use crate::report::spending::dollars;

/// Half a year.
const WEEKS: usize = 26;

#[derive(Template)]
#[template(path = "sessions/sums.html", config = "src/report/html/askama.toml")]
pub(super) struct Sums {
    outcomes: Vec<Outcomes>,
    kinds: Vec<Kinds>,
    charts: Vec<(&'static str, Markup)>,
    weeks: Vec<Week>,
}

struct Outcomes {
    word: &'static str,
    class: &'static str,
    judged: String,
    guessed: String,
    tokens: String,
    cost: String,
}

struct Kinds {
    word: &'static str,
    pieces: String,
    tokens: String,
    cost: String,
}

struct Week {
    begins: String,
    pieces: String,
    tokens: String,
    cost: String,
}

impl Sums {
    pub(super) fn of(work: &AgentWork, zone: &TimeZone) -> Self {
        let outcomes = by_outcome(&work.taken).into_iter();
        let outcomes = outcomes.map(|(outcome, sum)| Outcomes {
            word: outcome.as_str(),
            class: class(outcome),
            judged: grouped(sum.judged),
            guessed: grouped(sum.guessed()),
            tokens: grouped(sum.tokens),
            cost: cost(&sum),
        });
        let sums = by_kind(&work.taken);
        // What nobody judged stands last, and tells nothing alone.
        let judged = sums.iter().filter(|(kind, _)| kind.is_some());
        let guessed = sums.get(&None).filter(|_| sums.len() > 1);
        let kinds = judged
            .map(|(kind, sum)| (kind.map_or("", NodeKind::as_str), sum))
            .chain(guessed.map(|sum| ("not judged", sum)))
            .map(|(word, sum)| Kinds {
                word,
                pieces: grouped(sum.pieces),
                tokens: grouped(sum.tokens),
                cost: cost(sum),
            });
        let weeks = by_week(&work.taken, zone, WEEKS);
        Self {
            outcomes: outcomes.collect(),
            kinds: kinds.collect(),
            charts: charts(&weeks),
            weeks: weeks.iter().rev().map(week).collect(),
        }
    }
}

fn cost(sum: &Sum) -> String {
    agents::cost(dollars(sum.cost)).unwrap_or_default()
}

fn week((begins, sum): &(Date, Sum)) -> Week {
    Week {
        begins: begins.to_string(),
        pieces: grouped(sum.pieces),
        tokens: grouped(sum.tokens),
        cost: cost(sum),
    }
}

/// Tokens, and what they cost as far as agents tell; nothing of a single week.
fn charts(weeks: &[(Date, Sum)]) -> Vec<(&'static str, Markup)> {
    let (Some((first, from)), Some((last, to)), true) =
        (weeks.first(), weeks.last(), weeks.len() > 1)
    else {
        return Vec::new();
    };
    let ends = [first, last].map(|week| week.strftime("%-d %b %Y").to_string());
    let titles: Vec<String> = weeks.iter().map(title).collect();
    let points = Points {
        first: &ends[0],
        last: &ends[1],
        titles: &titles,
    };
    let counts: Vec<u64> = weeks.iter().map(|(_, sum)| sum.tokens).collect();
    let tokens = stack(&Stack {
        caption: Caption {
            id: "sessions-tokens",
            title: "Tokens, week by week",
            description: &format!(
                "From {} in the first of {} weeks to {} in the last.",
                grouped(from.tokens),
                weeks.len(),
                grouped(to.tokens)
            ),
        },
        unit: "",
        layers: &[Layer {
            tone: Tone::Accent,
            counts: &counts,
        }],
        points,
    });
    let mut charts = vec![("Tokens, week by week", tokens)];
    if weeks.iter().any(|(_, sum)| sum.cost > 0) {
        let costs: Vec<Option<f64>> = weeks
            .iter()
            .map(|(_, sum)| Some(dollars(sum.cost)))
            .collect();
        let told = |sum: &Sum| agents::cost(dollars(sum.cost)).unwrap_or_else(|| "$0".to_owned());
        let drawing = line(&Line {
            caption: Caption {
                id: "sessions-cost",
                title: "Cost in US dollars, week by week",
                description: &format!(
                    "From {} in the first of {} weeks to {} in the last.",
                    told(from),
                    weeks.len(),
                    told(to)
                ),
            },
            unit: "US$",
            base: Base::Zero,
            series: &[Series {
                tone: Tone::Accent,
                values: &costs,
            }],
            points,
        });
        charts.push(("Cost, week by week", drawing));
    }
    charts
}

fn title((begins, sum): &(Date, Sum)) -> String {
    let parts = [
        agents::cost(dollars(sum.cost)),
        Some(counted(sum.tokens, "token")),
        Some(counted(sum.pieces, "piece")),
        Some(format!("week of {begins}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
