//! How tests went from run to run, and which waver.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::escape::Markup;
use super::page::{Page, TestedRun, TestedTask};
use super::svg::number::float;
use super::svg::{self, Bar, Bars, Cell, Mark, Strip, bars, strip};
use super::words::{moment, short};
use crate::findings::{Case, CaseOutcome, Tests};
use crate::report::format;
use crate::system::plain::shortened;

/// So many tests are shown with their history.
const TESTS: usize = 60;
/// So much of a test's name is shown.
const NAME: usize = 160;

#[derive(Template)]
#[template(path = "tested.html", config = "src/report/html/askama.toml")]
pub(super) struct Tested {
    tasks: Vec<Task>,
    marks: Markup,
}

struct Task {
    name: String,
    number: usize,
    last: String,
    runs: usize,
    history: Markup,
    rows: Vec<Row>,
    more: usize,
    slowest: Vec<(String, String)>,
}

struct Row {
    name: String,
    kind: Kind,
    told: String,
    strip: Markup,
}

/// What a test's history says about it, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Failing,
    Flaky,
    Mended,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Flaky => "flaky",
            Self::Mended => "mended",
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Failing => "bad",
            Self::Flaky => "look",
            Self::Mended => "good",
        }
    }
}

/// The history of a test that did not always pass.
#[derive(Clone, Debug, PartialEq)]
struct History<'a> {
    name: &'a str,
    kind: Kind,
    /// One for each run, oldest first.
    outcomes: Vec<CaseOutcome>,
    failed: usize,
    is_flaky: bool,
}

/// Runs as bars: how many tests there were, and how many of them failed.
pub(super) fn run_bars(runs: &[TestedRun]) -> Vec<Option<Bar>> {
    let each = runs.iter().map(|run| {
        let failed = run.tests.failed + run.tests.errors;
        let total = run.tests.passed + failed;
        (total > 0).then(|| Bar {
            value: float(total),
            failed: float(failed),
        })
    });
    each.collect()
}

/// Tests that failed or wavered at least once, those that fail now first. What a run does not name passed in it.
fn histories(task: &TestedTask) -> Vec<History<'_>> {
    let flaky: BTreeSet<&str> = task.flaky.iter().map(String::as_str).collect();
    let mut by_test: BTreeMap<&str, BTreeMap<usize, CaseOutcome>> = BTreeMap::new();
    for (number, run) in task.runs.iter().enumerate() {
        for Case { name, outcome, .. } in &run.tests.cases {
            by_test.entry(name).or_default().insert(number, *outcome);
        }
    }
    let is_bad =
        |outcome: &CaseOutcome| matches!(outcome, CaseOutcome::Failed | CaseOutcome::Error);
    let mut found: Vec<History<'_>> = by_test
        .into_iter()
        .filter_map(|(name, known)| {
            let outcomes: Vec<CaseOutcome> = (0..task.runs.len())
                .map(|number| known.get(&number).copied().unwrap_or(CaseOutcome::Passed))
                .collect();
            let failed = outcomes.iter().filter(|outcome| is_bad(outcome)).count();
            let is_flaky = flaky.contains(name) || outcomes.contains(&CaseOutcome::Flaky);
            let kind = if outcomes.last().is_some_and(&is_bad) {
                Kind::Failing
            } else if is_flaky {
                Kind::Flaky
            } else if failed > 0 {
                Kind::Mended
            } else {
                return None;
            };
            Some(History {
                name,
                kind,
                outcomes,
                failed,
                is_flaky,
            })
        })
        .collect();
    found.sort_by(|one, two| {
        let most = two.failed.cmp(&one.failed);
        one.kind
            .cmp(&two.kind)
            .then(most)
            .then(one.name.cmp(two.name))
    });
    found
}

/// Puts the section together; nothing where no test has run.
pub(super) fn tested(page: &Page<'_>) -> Option<Tested> {
    let tasks: Vec<Task> = (page.tests.iter().enumerate())
        .filter_map(|(number, tested)| task(page, number, tested))
        .collect();
    let is_shown = |task: &Task| !task.rows.is_empty();
    let marks = if tasks.iter().any(is_shown) {
        svg::marks(&[
            (Mark::Passed, "passed"),
            (Mark::Failed, "failed"),
            (Mark::Error, "could not run"),
            (Mark::Flaky, "flaky"),
            (Mark::Skipped, "skipped"),
        ])
    } else {
        Markup::new()
    };
    (!tasks.is_empty()).then_some(Tested { tasks, marks })
}

fn task(page: &Page<'_>, number: usize, tested: &TestedTask) -> Option<Task> {
    let last = tested.runs.last()?;
    let titles: Vec<String> = tested
        .runs
        .iter()
        .map(|run| format!("{} · {}", at(page, run), counts(&run.tests)))
        .collect();
    let histories = histories(tested);
    let rows = histories.iter().take(TESTS).map(|it| row(page, tested, it));
    let rows: Vec<Row> = rows.collect();
    let slowest = last.tests.slowest.iter().filter_map(|case| {
        let took = format::milliseconds(case.seconds? * 1000.0);
        Some((shortened(&case.name, NAME).into_owned(), took))
    });
    Some(Task {
        name: tested.task.clone(),
        number,
        last: format!("{} · {}", counts(&last.tests), at(page, last)),
        runs: tested.runs.len(),
        history: if tested.runs.len() > 1 {
            bars(&Bars {
                caption: None,
                bars: &run_bars(&tested.runs),
                titles: &titles,
            })
        } else {
            Markup::new()
        },
        more: histories.len() - rows.len(),
        rows,
        slowest: slowest.take(10).collect(),
    })
}

/// When a run was, and of which commit.
fn at(page: &Page<'_>, run: &TestedRun) -> String {
    let commit = run
        .commit
        .as_deref()
        .map_or_else(|| "changed files".to_owned(), short);
    format!("{} · {commit}", moment(run.at, page))
}

fn counts(tests: &Tests) -> String {
    let mut parts = vec![format!("{} passed", tests.passed)];
    for (count, what) in [
        (tests.failed, "failed"),
        (tests.errors, "could not run"),
        (tests.flaky, "flaky"),
        (tests.skipped, "skipped"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.push(format::milliseconds(tests.seconds * 1000.0));
    parts.join(", ")
}

fn row(page: &Page<'_>, tested: &TestedTask, history: &History<'_>) -> Row {
    let titles: Vec<String> = tested
        .runs
        .iter()
        .zip(&history.outcomes)
        .map(|(run, outcome)| format!("{} · {}", word(*outcome), at(page, run)))
        .collect();
    let cells: Vec<Cell<'_>> = history
        .outcomes
        .iter()
        .zip(&titles)
        .map(|(outcome, title)| Cell {
            mark: mark(*outcome),
            title,
        })
        .collect();
    Row {
        name: shortened(history.name, NAME).into_owned(),
        kind: history.kind,
        told: match history.failed {
            0 => "passed when it was run again".to_owned(),
            failed => {
                let wavers = history.kind == Kind::Failing && history.is_flaky;
                let of = history.outcomes.len();
                let end = if wavers { ", and is flaky" } else { "" };
                format!("failed in {failed} of {of} runs{end}")
            }
        },
        strip: strip(&Strip {
            caption: None,
            cells: &cells,
        }),
    }
}

const fn word(outcome: CaseOutcome) -> &'static str {
    match outcome {
        CaseOutcome::Passed => "passed",
        CaseOutcome::Failed => "failed",
        CaseOutcome::Error => "could not run",
        CaseOutcome::Skipped => "skipped",
        CaseOutcome::Flaky => "flaky",
    }
}

const fn mark(outcome: CaseOutcome) -> Mark {
    match outcome {
        CaseOutcome::Passed => Mark::Passed,
        CaseOutcome::Failed => Mark::Failed,
        CaseOutcome::Error => Mark::Error,
        CaseOutcome::Skipped => Mark::Skipped,
        CaseOutcome::Flaky => Mark::Flaky,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn run(cases: &[(&str, CaseOutcome)]) -> TestedRun {
        let cases = cases.iter().map(|(name, outcome)| Case {
            name: (*name).to_owned(),
            outcome: *outcome,
            seconds: None,
        });
        TestedRun {
            commit: None,
            at: Timestamp::UNIX_EPOCH,
            tests: Tests {
                passed: 9,
                cases: cases.collect(),
                ..Tests::default()
            },
        }
    }

    #[test]
    fn tests_that_fail_come_first_and_those_that_always_passed_not_at_all() {
        use CaseOutcome::{Error, Failed, Flaky, Skipped};
        let task = TestedTask {
            task: "test_runner".to_owned(),
            runs: vec![
                run(&[("mended", Failed), ("skipped", Skipped), ("wavers", Failed)]),
                run(&[("fails", Error), ("skipped", Skipped), ("again", Flaky)]),
                run(&[("fails", Failed), ("skipped", Skipped)]),
            ],
            flaky: vec!["wavers".to_owned()],
        };
        let found = histories(&task);
        let kinds: Vec<(&str, Kind, usize)> = found
            .iter()
            .map(|it| (it.name, it.kind, it.failed))
            .collect();
        assert_eq!(
            kinds,
            [
                ("fails", Kind::Failing, 2),
                ("wavers", Kind::Flaky, 1),
                ("again", Kind::Flaky, 0),
                ("mended", Kind::Mended, 1),
            ]
        );
    }
}
