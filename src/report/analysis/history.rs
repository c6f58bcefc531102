//! What the history shows.

use serde_json::Value;

use super::draw::{Align, bar, columns, percent, table};
use super::{count, list, number, text};
use crate::analyze::summary::grouped;

/// How many rows of a ranking are shown.
const SHOWN: usize = 10;

pub(super) fn patterns(body: &Value) -> Vec<String> {
    let history = &body["history"];
    let mut lines = vec![format!(
        "{} commits, {} of them merges, {} by programs",
        grouped(count(history, "/commits")),
        grouped(count(history, "/merges")),
        grouped(count(history, "/bot_commits")),
    )];
    for section in [
        hot_spots(body),
        co_change(history),
        ownership(history),
        work(history),
        commits(history),
    ] {
        if !section.is_empty() {
            lines.push(String::new());
            lines.extend(section);
        }
    }
    lines
}

fn hot_spots(body: &Value) -> Vec<String> {
    let spots = list(body, "/hot_spots");
    let Some(first) = spots.first() else {
        return Vec::new();
    };
    let most = number(first, "/score").max(1.0);
    let mut rows = vec![
        ["changes", "complexity", "", "file", "worst function"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for spot in spots.iter().take(SHOWN) {
        rows.push(vec![
            grouped(count(spot, "/changes")),
            grouped(count(spot, "/cyclomatic")),
            bar(number(spot, "/score") / most),
            text(spot, "/path").to_owned(),
            text(spot, "/worst").to_owned(),
        ]);
    }
    let window = &body["history"]["hot_files"];
    let mut lines = vec![format!(
        "hot files × complexity, {} to {}",
        day(window, "/since"),
        day(window, "/until")
    )];
    let (left, right) = (Align::Left, Align::Right);
    lines.extend(table(&[right, right, left, left, left], &rows));
    lines
}

fn co_change(history: &Value) -> Vec<String> {
    let pairs = list(history, "/co_change/pairs");
    if pairs.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["files that change together".to_owned()];
    for pair in pairs.iter().take(SHOWN) {
        lines.push(format!(
            "  {:>7}  {} · {}",
            percent(number(pair, "/degree")),
            text(pair, "/file"),
            text(pair, "/with"),
        ));
    }
    lines
}

fn ownership(history: &Value) -> Vec<String> {
    let folders = list(history, "/ownership/folders");
    if folders.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![
        [
            "folder",
            "files",
            "authors",
            "of one author",
            "main share",
            "main author",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for folder in folders.iter().take(SHOWN) {
        rows.push(vec![
            text(folder, "/folder").to_owned(),
            grouped(count(folder, "/files")),
            grouped(count(folder, "/authors")),
            grouped(count(folder, "/single_author_files")),
            percent(number(folder, "/main_share")),
            text(folder, "/main_author").to_owned(),
        ]);
    }
    let mut lines = vec![format!(
        "ownership: {} authors; {} of them made more than half of the changes",
        grouped(count(history, "/ownership/authors")),
        grouped(count(history, "/ownership/bus_factor")),
    )];
    let (left, right) = (Align::Left, Align::Right);
    lines.extend(table(&[left, right, right, right, right, left], &rows));
    lines
}

fn work(history: &Value) -> Vec<String> {
    let hours: Vec<f64> = list(history, "/work_hours/hours")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    if hours.iter().all(|commits| *commits <= 0.0) {
        return Vec::new();
    }
    let weekdays: Vec<f64> = list(history, "/work_hours/weekdays")
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    let peaks = |pointer: &str| -> String {
        let peaks = list(history, pointer).iter();
        let words = peaks.map(|peak| match peak {
            Value::String(text) => text.clone(),
            other => format!("{other}:00"),
        });
        words.collect::<Vec<_>>().join(", ")
    };
    vec![
        format!(
            "work, {} commits from {} to {}, local time of each author",
            grouped(count(history, "/work_hours/commits")),
            day(history, "/work_hours/since"),
            day(history, "/work_hours/until"),
        ),
        format!(
            "  0 h {} 24 h  {}",
            columns(&hours),
            peaks("/work_hours/peak_hours")
        ),
        format!(
            "  Mon {} Sun{:18}{}",
            columns(&weekdays),
            "",
            peaks("/work_hours/peak_days")
        ),
    ]
}

fn commits(history: &Value) -> Vec<String> {
    let style = &history["commit_style"];
    if count(style, "/commits") == 0 {
        return Vec::new();
    }
    let mut lines = vec![format!(
        "commits, the latest {}",
        grouped(count(style, "/commits"))
    )];
    let rows: Vec<Vec<String>> = [
        ("conventional", "/conventional_share"),
        ("imperative", "/imperative_share"),
        ("with a body", "/body_share"),
        ("with an issue", "/issue_share"),
        ("tests with code", "/tests_with_code_share"),
    ]
    .into_iter()
    .filter_map(|(title, pointer)| {
        let share = style.pointer(pointer)?.as_f64()?;
        Some(vec![title.to_owned(), percent(share), bar(share)])
    })
    .collect();
    lines.extend(table(&[Align::Left, Align::Right, Align::Left], &rows));
    for practice in list(history, "/practices") {
        let sign = match text(practice, "/habit") {
            "anti_pattern" => '!',
            _ => '✓',
        };
        lines.push(format!(
            "  {sign} {} ({} of {}: {})",
            text(practice, "/description").trim_end_matches('.'),
            number(practice, "/value"),
            grouped(count(practice, "/sample")),
            text(practice, "/formula"),
        ));
    }
    lines
}

fn day<'v>(value: &'v Value, pointer: &str) -> &'v str {
    text(value, pointer).get(..10).unwrap_or("–")
}
