//! Health at a glance: a card for each thing that can be well or not, which leads to its section.

use askama::Template;

use super::escape::Markup;
use super::page::Page;
use super::svg::number::float;
use super::svg::{Bar, Bars, bars};
use super::words::{day, severity_bar};
use crate::analyze::summary::{counted, grouped};
use crate::findings::{Severity, Subject, Tests};
use crate::report::analysis::{count, list, number};
use crate::report::findings::{Entry, Outcome};
use crate::report::format;

/// How something stands. Never told by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// Nothing is known.
    Unknown,
    /// Well.
    Good,
    /// Worth a look.
    Look,
    /// Worth a look now.
    Bad,
}

impl Standing {
    const fn class(self) -> &'static str {
        match self {
            Self::Unknown => "none",
            Self::Good => "good",
            Self::Look => "look",
            Self::Bad => "bad",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "not known",
            Self::Good => "good",
            Self::Look => "worth a look",
            Self::Bad => "needs attention",
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Unknown => "–",
            Self::Good => "✓",
            Self::Look => "!",
            Self::Bad => "✗",
        }
    }
}

/// One thing.
struct Card {
    title: &'static str,
    target: &'static str,
    standing: Standing,
    value: String,
    unit: &'static str,
    lines: Vec<String>,
    chart: Markup,
}

#[derive(Template)]
#[template(path = "health.html", config = "src/report/html/askama.toml")]
pub(super) struct Health {
    standing: Standing,
    sentence: String,
    cards: Vec<Card>,
}

/// Puts the section together.
pub(super) fn health(page: &Page<'_>) -> Health {
    let cards: Vec<Card> = [
        Some(findings(page)),
        security(page),
        tests(page),
        gates(page),
        complexity(page),
        debt(page),
        tasks(page),
        Some(queue(page)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let (outcome, sentence) = crate::report::findings::heading(page.findings);
    Health {
        standing: match outcome {
            Outcome::Good => Standing::Good,
            Outcome::Unsure if page.findings.tasks.is_empty() => Standing::Unknown,
            Outcome::Unsure => Standing::Look,
            Outcome::Bad => Standing::Bad,
        },
        sentence,
        cards,
    }
}

fn findings(page: &Page<'_>) -> Card {
    let counts = page.findings.counts();
    let severe = counts.severity.critical + counts.severity.high;
    let mut lines = Vec::new();
    let is_compared = page.findings.base.is_some() && counts.unknown < counts.open.max(1);
    if is_compared && !page.findings.tasks.is_empty() {
        lines.push(format!(
            "{} new · {} fixed",
            grouped(counts.new),
            grouped(counts.fixed)
        ));
    }
    if severe > 0 {
        lines.push(format!("{} high or critical", grouped(severe)));
    }
    if counts.suppressed > 0 {
        lines.push(format!("{} suppressed", grouped(counts.suppressed)));
    }
    Card {
        title: "Findings",
        target: "findings",
        standing: if page.findings.tasks.is_empty() {
            Standing::Unknown
        } else if counts.new > 0 {
            Standing::Bad
        } else if counts.open > 0 {
            Standing::Look
        } else {
            Standing::Good
        },
        value: grouped(counts.open),
        unit: "open",
        lines,
        chart: if counts.open > 0 {
            severity_bar("health", &counts.severity)
        } else {
            Markup::new()
        },
    }
}

/// What others can make use of: known faults of dependencies, secrets, and what tools call severe.
fn security(page: &Page<'_>) -> Option<Card> {
    let is_about_it = |task: &str| matches!(task, "security_scan" | "dependency_audit");
    let mut tasks = page.findings.tasks.iter();
    let has_run = tasks.any(|task| is_about_it(&task.task));
    let open = || page.findings.entries.iter().filter(|entry| entry.is_open());
    let of = |wanted: &dyn Fn(&Entry) -> bool| open().filter(|entry| wanted(entry)).count() as u64;
    let advisories = of(&|it| matches!(it.finding.subject, Subject::Dependency(_)));
    let secrets = of(&|it| matches!(it.finding.subject, Subject::Secret { .. }));
    let others = of(&|it| {
        is_about_it(&it.task)
            && it.finding.severity >= Severity::High
            && matches!(it.finding.subject, Subject::Code | Subject::Function { .. })
    });
    let severe = |it: &Entry| {
        it.finding.severity >= Severity::High
            && matches!(
                it.finding.subject,
                Subject::Dependency(_) | Subject::Secret { .. }
            )
    };
    let total = advisories + secrets + others;
    if !has_run && total == 0 {
        return None;
    }
    Some(Card {
        title: "Security",
        target: "findings",
        standing: if others > 0 || of(&severe) > 0 {
            Standing::Bad
        } else if total > 0 {
            Standing::Look
        } else {
            Standing::Good
        },
        value: grouped(total),
        unit: "to look at",
        lines: vec![
            format!("{} in dependencies", grouped(advisories)),
            format!(
                "{} · {} in code",
                counted(secrets, "secret"),
                grouped(others)
            ),
        ],
        chart: Markup::new(),
    })
}

fn tests(page: &Page<'_>) -> Option<Card> {
    let last: Vec<_> = page
        .tests
        .iter()
        .filter_map(|task| task.runs.last())
        .collect();
    if last.is_empty() {
        return None;
    }
    let sum = |value: fn(&Tests) -> u64| last.iter().map(|run| value(&run.tests)).sum::<u64>();
    let bad = sum(|run| run.failed + run.errors);
    let flaky: usize = page.tests.iter().map(|task| task.flaky.len()).sum();
    let seconds: f64 = last.iter().map(|run| run.tests.seconds).sum();
    let mut lines = vec![format!("{} failed · {flaky} flaky", grouped(bad))];
    let took = format::milliseconds(seconds * 1000.0);
    lines.push(format!(
        "{} skipped · {took}",
        grouped(sum(|run| run.skipped))
    ));
    let history: Vec<Option<Bar>> = page
        .tests
        .iter()
        .max_by_key(|task| task.runs.len())
        .map(|task| super::tested::run_bars(&task.runs))
        .unwrap_or_default();
    Some(Card {
        title: "Tests",
        target: "tests",
        standing: if bad > 0 {
            Standing::Bad
        } else if flaky > 0 {
            Standing::Look
        } else if sum(|run| run.passed) > 0 {
            Standing::Good
        } else {
            Standing::Unknown
        },
        value: grouped(sum(|run| run.passed)),
        unit: "passed",
        lines,
        chart: if history.len() > 1 {
            bars(&Bars {
                caption: None,
                bars: &history,
                titles: &[],
            })
        } else {
            Markup::new()
        },
    })
}

fn gates(page: &Page<'_>) -> Option<Card> {
    if page.gates.is_empty() {
        return None;
    }
    let of = |state: &str| page.gates.iter().filter(|gate| gate.state == state).count();
    let (passed, failed) = (of("passed"), of("failed"));
    let others = page.gates.len() - passed - failed;
    Some(Card {
        title: "Gates",
        target: "tasks",
        standing: match (failed, others) {
            (0, 0) => Standing::Good,
            (0, _) => Standing::Look,
            _ => Standing::Bad,
        },
        value: format!("{passed}/{}", page.gates.len()),
        unit: "passed",
        lines: vec![format!("{failed} failed · {others} undecided")],
        chart: Markup::new(),
    })
}

fn complexity(page: &Page<'_>) -> Option<Card> {
    let body = &page.analyses.get("complexity_analysis")?.body;
    let functions = count(body, "/functions");
    let complex = list(body, "/complex");
    let worst = complex.iter().map(|it| count(it, "/cyclomatic")).max();
    let few = complex.len() as u64 * 50 <= functions;
    let mut lines = vec![format!("of {}", counted(functions, "function"))];
    if let Some(worst) = worst {
        lines.push(format!(
            "mean {:.1} · worst {worst}",
            number(body, "/mean_cyclomatic")
        ));
    }
    Some(Card {
        title: "Complexity",
        target: "hot",
        standing: match (functions, complex.len()) {
            (0, _) => Standing::Unknown,
            (_, 0) => Standing::Good,
            // Measured: Express 0.1 %, Wagtail 0.7 %, Flask 0.8 %, gin 1.4 %, ripgrep 1.8 %.
            _ if few => Standing::Good,
            _ => Standing::Look,
        },
        value: grouped(complex.len() as u64),
        unit: "complex",
        lines,
        chart: Markup::new(),
    })
}

fn debt(page: &Page<'_>) -> Option<Card> {
    let body = &page.analyses.get("technical_debt_analysis")?.body;
    let markers = list(body, "/markers").len() as u64;
    let old = count(body, "/by_age/older");
    let large = count(body, "/large_files");
    Some(Card {
        title: "Debt",
        target: "code",
        standing: if old > 0 {
            Standing::Look
        } else {
            Standing::Good
        },
        value: grouped(markers),
        unit: "to do",
        lines: vec![
            format!("{} older than a year", grouped(old)),
            counted(large, "large file"),
        ],
        chart: Markup::new(),
    })
}

fn tasks(page: &Page<'_>) -> Option<Card> {
    let overall = &page.metrics.overall;
    let rate = overall.success_rate()?;
    let anomalies = page
        .metrics
        .anomalies
        .iter()
        .filter(|it| it.ongoing)
        .count();
    let days = page.metrics.buckets.count();
    let history: Vec<Option<Bar>> = (0..days)
        .map(|part| {
            let of = |value: fn(&crate::metrics::Bucket) -> u64| -> u64 {
                let tasks = page.metrics.tasks.iter();
                tasks
                    .filter_map(|task| task.buckets.get(part))
                    .map(value)
                    .sum()
            };
            let runs = of(|bucket| bucket.runs);
            (runs > 0).then(|| Bar {
                value: float(runs),
                failed: float(of(|bucket| bucket.failed)),
            })
        })
        .collect();
    Some(Card {
        title: "Tasks",
        target: "tasks",
        standing: if rate < 0.7 {
            Standing::Bad
        } else if rate < 0.95 || anomalies > 0 {
            Standing::Look
        } else {
            Standing::Good
        },
        value: format::percent(rate),
        unit: "succeeded",
        lines: vec![format!(
            "{} · {}",
            counted(overall.runs, "run"),
            match anomalies {
                0 => "nothing unusual".to_owned(),
                1 => "1 anomaly".to_owned(),
                more => format!("{more} anomalies"),
            }
        )],
        chart: bars(&Bars {
            caption: None,
            bars: &history,
            titles: &[],
        }),
    })
}

fn queue(page: &Page<'_>) -> Card {
    let queue = &page.queue;
    let of = |state: &str| {
        let found = queue.states.iter().find(|(name, _)| *name == state);
        found.map_or(0, |(_, count)| *count)
    };
    let waiting = of("queued") + of("blocked") + of("held");
    let mut lines = vec![format!(
        "{} running · {} done today",
        of("running"),
        queue.done_today
    )];
    if of("held") > 0 {
        lines.push(format!("{} wait for approval", of("held")));
    }
    if of("failed") > 0 {
        lines.push(format!("{} failed", of("failed")));
    }
    if let Some(until) = queue.paused {
        lines.push(format!("paused until {}", day(until, page)));
    }
    Card {
        title: "Queue",
        target: "queue",
        standing: if of("failed") > 0 {
            Standing::Bad
        } else if of("held") > 0 || queue.paused.is_some() || !queue.untold.is_empty() {
            Standing::Look
        } else {
            Standing::Good
        },
        value: grouped(waiting),
        unit: "waiting",
        lines,
        chart: Markup::new(),
    }
}
