//! What the files show: languages, style, complexity, debt, secrets.

use serde_json::Value;

use super::draw::{Align, bar, table};
use super::{count, list, number, pairs, summary, text};
use crate::analyze::summary::{counted, grouped};

/// How many rows of a ranking are shown.
const SHOWN: usize = 10;

pub(super) fn codebase(body: &Value) -> Vec<String> {
    let mut lines = languages(body);
    let rest = summary(body).into_iter();
    lines.extend(rest.filter(|line| !line.starts_with("languages")));
    if body.get("coding_style").is_some_and(Value::is_object) {
        lines.push(String::new());
        lines.extend(style(body));
    }
    lines
}

fn languages(body: &Value) -> Vec<String> {
    let parts = list(body, "/breakdown/languages");
    let mut rows = Vec::new();
    if !parts.is_empty() {
        rows.push(
            ["", "", "share", "files", "code", "comments"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for part in parts.iter().take(SHOWN) {
        let share = number(part, "/share");
        rows.push(vec![
            text(part, "/name").to_owned(),
            bar(share / 100.0),
            format!("{share:.1} %"),
            grouped(count(part, "/files")),
            grouped(count(part, "/code")),
            grouped(count(part, "/comments")),
        ]);
    }
    let mut lines = vec!["languages".to_owned()];
    let align = [
        Align::Left,
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Right,
    ];
    if rows.is_empty() {
        return summary(body).into_iter().take(1).collect();
    }
    lines.extend(table(&align, &rows));
    if parts.len() > SHOWN {
        lines.push(format!("  and {} more", parts.len() - SHOWN));
    }
    lines
}

fn style(body: &Value) -> Vec<String> {
    let mut rows = vec![
        [
            "",
            "functions",
            "types",
            "variables",
            "indentation",
            "quotes",
            "documented",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for (language, naming) in pairs(body, "/coding_style/naming_conventions/languages") {
        let of = |what: &str| match naming.get(what) {
            Some(convention) => format!(
                "{} {:.0} % of {}",
                text(convention, "/case"),
                number(convention, "/share"),
                grouped(count(convention, "/sample"))
            ),
            None => "–".to_owned(),
        };
        let layout = &body["coding_style"]["layout"][language];
        let comments = &body["coding_style"]["comment_style"][language];
        let or_dash = |text: &str| {
            if text.is_empty() {
                "–".to_owned()
            } else {
                text.to_owned()
            }
        };
        rows.push(vec![
            language.clone(),
            of("functions"),
            of("types"),
            of("variables"),
            or_dash(text(layout, "/indentation")),
            or_dash(text(layout, "/quotes")),
            format!(
                "{:.0} % of {}",
                number(comments, "/documented_functions"),
                grouped(count(comments, "/functions"))
            ),
        ]);
    }
    let mut lines = vec!["style".to_owned()];
    lines.extend(table(&[Align::Left; 7], &rows));
    let remarks = list(body, "/coding_style/patterns").iter();
    lines.extend(
        remarks
            .filter_map(Value::as_str)
            .map(|remark| format!("  {remark}")),
    );
    lines
}

pub(super) fn complexity(body: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "{} functions in {} files, {} lines; cyclomatic complexity {:.2}, cognitive {:.2} on average",
        grouped(count(body, "/functions")),
        grouped(count(body, "/files")),
        grouped(count(body, "/lines_of_code")),
        number(body, "/mean_cyclomatic"),
        number(body, "/mean_cognitive"),
    )];
    let complex = list(body, "/complex");
    if !complex.is_empty() {
        lines.push(String::new());
        lines.push(format!(
            "{} above a limit (cyclomatic > {}, cognitive > {})",
            counted(complex.len() as u64, "function"),
            count(body, "/limits/cyclomatic"),
            count(body, "/limits/cognitive")
        ));
        let most = number(complex.first().unwrap_or(&Value::Null), "/cyclomatic");
        for function in complex.iter().take(SHOWN) {
            let cyclomatic = number(function, "/cyclomatic");
            lines.push(format!(
                "  {cyclomatic:>4} {:>4}  {:<20}  {}:{} {}",
                count(function, "/cognitive"),
                bar(cyclomatic / most),
                text(function, "/path"),
                count(function, "/line"),
                text(function, "/name"),
            ));
            lines.push(format!("{:34}{}", "", text(function, "/recommendation")));
        }
    }
    let large = list(body, "/large_files");
    if !large.is_empty() {
        lines.push(String::new());
        lines.push(format!(
            "{} of more than {} lines",
            counted(large.len() as u64, "file"),
            grouped(count(body, "/limits/lines"))
        ));
        for file in large.iter().take(SHOWN) {
            lines.push(format!(
                "  {:>7}  {}: {}",
                grouped(count(file, "/lines")),
                text(file, "/path"),
                text(file, "/recommendation"),
            ));
        }
    }
    lines.extend(areas(body));
    lines
}

fn areas(body: &Value) -> Vec<String> {
    let mut areas: Vec<(&String, &Value)> = pairs(body, "/areas").collect();
    if areas.len() < 2 {
        return Vec::new();
    }
    areas.sort_by_key(|(_, sums)| std::cmp::Reverse(count(sums, "/complex")));
    let mut rows = vec![
        ["", "files", "lines", "functions", "complex"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (area, sums) in areas.iter().take(SHOWN) {
        rows.push(vec![
            if area.is_empty() {
                ".".to_owned()
            } else {
                (*area).clone()
            },
            grouped(count(sums, "/files")),
            grouped(count(sums, "/lines")),
            grouped(count(sums, "/functions")),
            grouped(count(sums, "/complex")),
        ]);
    }
    let mut lines = vec![String::new(), "by folder".to_owned()];
    let right = Align::Right;
    lines.extend(table(&[Align::Left, right, right, right, right], &rows));
    lines
}

pub(super) fn debt(body: &Value) -> Vec<String> {
    let markers = list(body, "/markers");
    let mut lines = Vec::new();
    if markers.is_empty() {
        lines.push("no markers (TODO, FIXME, HACK, XXX, BUG, OPTIMIZE, REFACTOR)".to_owned());
    } else {
        lines.push(counted(markers.len() as u64, "marker"));
        let total = number(&Value::from(markers.len()), "");
        let mut rows: Vec<Vec<String>> = Vec::new();
        for (age, words) in [
            ("month", "up to a month"),
            ("half_year", "to half a year"),
            ("year", "to a year"),
            ("older", "older"),
            ("unknown", "age unknown"),
        ] {
            let found = count(body, &format!("/by_age/{age}"));
            if found > 0 {
                let share = number(body, &format!("/by_age/{age}")) / total;
                rows.push(vec![words.to_owned(), grouped(found), bar(share)]);
            }
        }
        lines.extend(table(&[Align::Left, Align::Right, Align::Left], &rows));
        lines.push(String::new());
        lines.push("the oldest".to_owned());
        for marker in markers.iter().take(SHOWN) {
            lines.push(format!(
                "  {:<10}  {}:{} {} {}",
                text(marker, "/since").get(..10).unwrap_or("–"),
                text(marker, "/path"),
                count(marker, "/line"),
                text(marker, "/word"),
                text(marker, "/text"),
            ));
        }
    }
    let advice = list(body, "/recommendations");
    if !advice.is_empty() {
        lines.push(String::new());
        lines.push("where to begin".to_owned());
        lines.extend(
            advice
                .iter()
                .filter_map(Value::as_str)
                .map(|line| format!("  {line}")),
        );
    }
    lines
}

pub(super) fn secrets(body: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, title) in [
        ("secrets", "in the files"),
        ("removed", "removed from the files, but in the history"),
    ] {
        let found = list(body, &format!("/{name}"));
        if found.is_empty() {
            continue;
        }
        lines.push(format!("{} {title}", grouped(found.len() as u64)));
        for secret in found.iter().take(2 * SHOWN) {
            lines.push(format!(
                "  {:<6}  {}:{} {}{}{}",
                text(secret, "/confidence"),
                text(secret, "/path"),
                count(secret, "/line"),
                text(secret, "/what"),
                Some(text(secret, "/preview"))
                    .filter(|preview| !preview.is_empty())
                    .map(|preview| format!(" ({preview}…)"))
                    .unwrap_or_default(),
                text(secret, "/since")
                    .get(..10)
                    .map(|day| format!(", since {day}"))
                    .unwrap_or_default(),
            ));
        }
    }
    if lines.is_empty() {
        lines.push("no secrets".to_owned());
    }
    lines.push(format!(
        "looked through {} files and the latest {} commits",
        grouped(count(body, "/files_checked")),
        grouped(count(body, "/commits_checked"))
    ));
    lines
}
