//! What changed from commit to commit.

use std::collections::BTreeSet;

use askama::Template;

use super::escape::Markup;
use super::page::{CodeSize, KnownCommit, Page};
use super::svg::number::float;
use super::svg::{Base, Caption, Layer, Line, Points, Series, Stack, Tone, legend, line, stack};
use super::words::{day, short};
use crate::analyze::summary::{counted, grouped};
use crate::findings::Severity;
use crate::report::findings::Severities;
use crate::system::plain::shortened;

#[derive(Template)]
#[template(path = "trends.html", config = "src/report/html/askama.toml")]
pub(super) struct Trends {
    commits: usize,
    charts: Vec<Chart>,
    rows: Vec<Row>,
}

struct Chart {
    title: String,
    drawing: Markup,
    legend: Markup,
}

/// A commit in the table that tells the same as the charts.
struct Row {
    commit: String,
    link: Option<String>,
    day: String,
    author: String,
    subject: String,
    figures: [String; 4],
}

/// A value at each commit: its own, else what was known last. What did not look at a commit says nothing about it, and not
/// that there is nothing.
fn handed_on<T: Copy>(values: impl Iterator<Item = Option<T>>) -> Vec<Option<T>> {
    let mut last = None;
    let each = values.map(|value| {
        last = value.or(last);
        last
    });
    each.collect()
}

/// Puts the section together; nothing with fewer than two commits.
pub(super) fn trends(page: &Page<'_>) -> Option<Trends> {
    let commits = &page.commits;
    if commits.len() < 2 {
        return None;
    }
    let tasks: BTreeSet<&String> = commits.iter().flat_map(|it| it.found.keys()).collect();
    let found: Vec<(&str, Vec<Option<Severities>>)> = tasks
        .into_iter()
        .map(|task| {
            let values = commits.iter().map(|it| it.found.get(task).copied());
            (task.as_str(), handed_on(values))
        })
        .collect();
    let mut charts: Vec<Chart> = found
        .iter()
        .enumerate()
        .filter_map(|(number, (task, found))| stacked(page, number, task, found))
        .collect();
    let of_code = |value: fn(&CodeSize) -> u64| -> Vec<Option<u64>> {
        handed_on(commits.iter().map(|it| it.code.as_ref().map(value)))
    };
    let lines = of_code(|code| code.lines);
    let functions = of_code(|code| code.functions);
    let complex = of_code(|code| code.complex);
    let markers = handed_on(commits.iter().map(|it| it.markers));
    for (id, title, noun, values, base) in [
        ("trend-lines", "Lines of code", "line", &lines, Base::Nice),
        (
            "trend-functions",
            "Functions",
            "function",
            &functions,
            Base::Nice,
        ),
        (
            "trend-complex",
            "Complex functions",
            "complex function",
            &complex,
            Base::Zero,
        ),
        ("trend-markers", "To do", "marker", &markers, Base::Zero),
    ] {
        charts.extend(single(page, id, title, noun, values, base));
    }
    let total = |at: usize| -> Option<u64> {
        let all = found
            .iter()
            .filter_map(|(_, found)| found.get(at).copied().flatten());
        all.map(|found| found.total()).reduce(|one, two| one + two)
    };
    let value = |values: &[Option<u64>], at: usize| values.get(at).copied().flatten();
    let rows = commits.iter().enumerate().rev().map(|(at, it)| {
        let figures = [
            total(at),
            value(&lines, at),
            value(&complex, at),
            value(&markers, at),
        ];
        row(page, it, figures)
    });
    let rows: Vec<Row> = rows.collect();
    (!charts.is_empty()).then_some(Trends {
        commits: commits.len(),
        charts,
        rows,
    })
}

fn titles(page: &Page<'_>, first: usize, told: impl Fn(usize) -> Option<String>) -> Vec<String> {
    let commits = page.commits.iter().skip(first).enumerate();
    let each = commits.map(|(number, it)| {
        let commit = &it.commit;
        let told = told(number).unwrap_or_else(|| "not known".to_owned());
        let subject = shortened(&commit.subject, 72);
        format!("{told} · {} {subject}", short(&commit.id))
    });
    each.collect()
}

/// The dates below the first and the last commit.
fn ends(page: &Page<'_>, first: usize) -> (String, String) {
    let of = |commit: Option<&KnownCommit>| {
        commit.map_or_else(String::new, |it| day(it.commit.at, page))
    };
    (of(page.commits.get(first)), of(page.commits.last()))
}

/// What a task found, from the first commit on that it looked at.
fn stacked(
    page: &Page<'_>,
    number: usize,
    task: &str,
    found: &[Option<Severities>],
) -> Option<Chart> {
    let looked = page.commits.iter().filter(|it| it.found.contains_key(task));
    if looked.count() < 2 {
        return None;
    }
    let first = found.iter().position(Option::is_some)?;
    let found: Vec<Severities> = found.iter().skip(first).copied().flatten().collect();
    let of = |severity| found.iter().map(|it| it.of(severity)).collect::<Vec<u64>>();
    let counts: Vec<(Severity, Vec<u64>)> = Severity::ALL
        .into_iter()
        .map(|severity| (severity, of(severity)))
        .filter(|(_, counts)| counts.iter().any(|count| *count > 0))
        .collect();
    let layers: Vec<Layer<'_>> = counts
        .iter()
        .map(|(severity, counts)| Layer {
            tone: Tone::Severity(*severity),
            counts,
        })
        .collect();
    let titles = titles(page, first, |at| {
        Some(counted(found.get(at)?.total(), "finding"))
    });
    let (from, to) = ends(page, first);
    let total = |it: Option<&Severities>| grouped(it.map_or(0, Severities::total));
    let names: Vec<(Tone, &str)> = counts
        .iter()
        .map(|(severity, _)| (Tone::Severity(*severity), severity.name()))
        .collect();
    let task = shortened(task, 60);
    Some(Chart {
        title: format!("Findings of {task}"),
        drawing: stack(&Stack {
            caption: Caption {
                id: &format!("trend-task-{number}"),
                title: &format!("Findings of {task}, commit by commit"),
                description: &format!(
                    "From {} at the first of {} commits to {} at the last.",
                    total(found.first()),
                    found.len(),
                    total(found.last())
                ),
            },
            unit: "",
            layers: &layers,
            points: Points {
                first: &from,
                last: &to,
                titles: &titles,
            },
        }),
        legend: legend(&names),
    })
}

fn single(
    page: &Page<'_>,
    id: &str,
    title: &str,
    noun: &str,
    values: &[Option<u64>],
    base: Base,
) -> Option<Chart> {
    let told: Vec<u64> = values.iter().flatten().copied().collect();
    let (Some(first_value), Some(last_value), true) = (told.first(), told.last(), told.len() > 1)
    else {
        return None;
    };
    let titles = titles(page, 0, |number| {
        let value = values.get(number).copied().flatten()?;
        Some(counted(value, noun))
    });
    let drawn: Vec<Option<f64>> = values.iter().map(|value| value.map(float)).collect();
    let (first, last) = ends(page, 0);
    Some(Chart {
        title: title.to_owned(),
        drawing: line(&Line {
            caption: Caption {
                id,
                title: &format!("{title}, commit by commit"),
                description: &format!(
                    "From {} to {}.",
                    grouped(*first_value),
                    grouped(*last_value)
                ),
            },
            unit: "",
            base,
            series: &[Series {
                tone: Tone::Accent,
                values: &drawn,
            }],
            points: Points {
                first: &first,
                last: &last,
                titles: &titles,
            },
        }),
        legend: Markup::new(),
    })
}

fn row(page: &Page<'_>, it: &KnownCommit, figures: [Option<u64>; 4]) -> Row {
    let commit = &it.commit;
    Row {
        commit: short(&commit.id),
        link: page.commit_link(&commit.id),
        day: day(commit.at, page),
        author: shortened(&commit.author, 60).into_owned(),
        subject: shortened(&commit.subject, 100).into_owned(),
        figures: figures.map(|value| value.map_or_else(|| "–".to_owned(), grouped)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_look_is_as_it_was_known_last() {
        let known = handed_on([None, Some(2), None, Some(0), None].into_iter());
        assert_eq!(known, [None, Some(2), Some(2), Some(0), Some(0)]);
    }
}
