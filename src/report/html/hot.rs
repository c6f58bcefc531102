//! Where change and complexity meet: a map of files, and the functions that are hardest to change.

use askama::Template;
use serde_json::Value;

use super::escape::Markup;
use super::page::Page;
use super::svg::number::float;
use super::svg::{Caption, Map, Spot, map};
use crate::analyze::summary::{counted, grouped};
use crate::report::analysis::{count, list, text};
use crate::system::plain::shortened;

/// So many files stand in the table: each circle of the map leads to its row.
const FILES: usize = 120;
/// So many are shown before the rest is folded.
const UNFOLDED: usize = 10;
/// So many functions are listed.
const FUNCTIONS: usize = 40;

#[derive(Template)]
#[template(path = "hot.html", config = "src/report/html/askama.toml")]
pub(super) struct Hot {
    lead: String,
    map: Markup,
    files: Vec<File>,
    more_files: Vec<File>,
    functions: Vec<Function>,
    more_functions: Vec<Function>,
    function_count: usize,
}

struct File {
    number: usize,
    path: String,
    link: Option<String>,
    changes: u64,
    complexity: u64,
    lines: String,
    score: u64,
    grouped_score: String,
    worst: String,
}

struct Function {
    name: String,
    path: String,
    line: u64,
    link: Option<String>,
    cyclomatic: u64,
    cognitive: u64,
    advice: String,
}

/// Puts the section together; nothing where neither was looked at.
pub(super) fn hot(page: &Page<'_>) -> Option<Hot> {
    let patterns = page.analyses.get("pattern_analysis").map(|it| &it.body);
    let complexity = page.analyses.get("complexity_analysis").map(|it| &it.body);
    let mut files = patterns.map(|body| files(page, body)).unwrap_or_default();
    let mut functions = complexity
        .map(|body| functions(page, body))
        .unwrap_or_default();
    if files.is_empty() && functions.is_empty() {
        return None;
    }
    let map = drawn(&files);
    let shown = count_of(patterns);
    let lead = if files.is_empty() {
        String::new()
    } else {
        format!(
            "{} with functions changed in the last year; the worst are both changed often and complex.",
            counted(shown.max(files.len() as u64), "file")
        )
    };
    let more_files = files.split_off(files.len().min(UNFOLDED));
    let function_count = complexity.map_or(0, |body| list(body, "/complex").len());
    let more_functions = functions.split_off(functions.len().min(UNFOLDED));
    Some(Hot {
        lead,
        map,
        files,
        more_files,
        functions,
        more_functions,
        function_count,
    })
}

fn count_of(patterns: Option<&Value>) -> u64 {
    patterns.map_or(0, |body| count(body, "/map/count"))
}

fn files(page: &Page<'_>, body: &Value) -> Vec<File> {
    let spots = list(body, "/map/files").iter().enumerate().take(FILES);
    spots
        .map(|(number, spot)| {
            let path = text(spot, "/path");
            File {
                number,
                path: shortened(path, 300).into_owned(),
                link: page.file_link(path, None),
                changes: count(spot, "/changes"),
                complexity: count(spot, "/cyclomatic"),
                lines: grouped(count(spot, "/lines")),
                score: count(spot, "/score"),
                grouped_score: grouped(count(spot, "/score")),
                worst: shortened(text(spot, "/worst"), 120).into_owned(),
            }
        })
        .collect()
}

fn drawn(files: &[File]) -> Markup {
    if files.len() < 2 {
        return Markup::new();
    }
    let words: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            let title = format!(
                "{}: {}, complexity {}, {} lines",
                file.path,
                counted(file.changes, "change"),
                file.complexity,
                file.lines
            );
            (title, format!("hot-{}", file.number))
        })
        .collect();
    let spots: Vec<Spot<'_>> = files
        .iter()
        .zip(&words)
        .map(|(file, (title, target))| Spot {
            label: file.path.rsplit('/').next().unwrap_or(&file.path),
            title,
            target,
            changes: float(file.changes),
            complexity: float(file.complexity),
            lines: file.lines.replace(' ', "").parse().unwrap_or(0),
            score: float(file.score),
        })
        .collect();
    let worst = files.first().map_or("", |file| file.path.as_str());
    map(&Map {
        caption: Caption {
            id: "hot-map",
            title: "Files by how often they change and how complex they are",
            description: &format!("The worst is {worst}. The table below tells the same."),
        },
        changes: "changes in a year",
        complexity: "complexity",
        spots: &spots,
    })
}

fn functions(page: &Page<'_>, body: &Value) -> Vec<Function> {
    let complex = list(body, "/complex").iter().take(FUNCTIONS);
    complex
        .map(|it| {
            let path = text(it, "/path");
            let line = count(it, "/line");
            Function {
                name: shortened(text(it, "/name"), 120).into_owned(),
                path: shortened(path, 300).into_owned(),
                line,
                link: page.file_link(path, u32::try_from(line).ok()),
                cyclomatic: count(it, "/cyclomatic"),
                cognitive: count(it, "/cognitive"),
                advice: shortened(text(it, "/recommendation"), 200).into_owned(),
            }
        })
        .collect()
}
