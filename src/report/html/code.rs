//! What the repository is made of: languages, technologies, databases, dependencies, and what is marked as to be done.

use askama::Template;
use serde_json::Value;

use super::escape::Markup;
use super::page::Page;
use super::svg::number::float;
use super::svg::{Caption, Part, Share, Tone, share};
use super::words::day;
use crate::analyze::summary::{counted, grouped};
use crate::report::analysis::{count, list, number, pairs, text};
use crate::system::plain::shortened;

/// So many languages have a colour of their own.
const LANGUAGES: usize = 11;
/// So many rows of a list are shown.
const ROWS: usize = 300;
/// So many markers are listed, the oldest first.
const MARKERS: usize = 40;

#[derive(Template)]
#[template(path = "code.html", config = "src/report/html/askama.toml")]
pub(super) struct Code {
    languages: Option<Languages>,
    used: Vec<(&'static str, Vec<String>)>,
    dependencies: Option<Dependencies>,
    debt: Option<Debt>,
}

struct Languages {
    bar: Markup,
    rows: Vec<Language>,
    total: String,
}

struct Language {
    tone: &'static str,
    name: String,
    share: String,
    files: String,
    code: String,
    comments: String,
}

struct Dependencies {
    lead: String,
    drift: Vec<String>,
    duplicates: Vec<(String, String)>,
    rows: Vec<Needed>,
    more: usize,
}

struct Needed {
    name: String,
    asked: String,
    has: String,
    standing: &'static str,
    word: String,
    scope: String,
    manifest: String,
}

struct Debt {
    words: Vec<(String, u64)>,
    ages: Vec<(&'static str, u64)>,
    bar: Markup,
    advice: Vec<String>,
    markers: Vec<Marker>,
    count: usize,
    large: Vec<(String, String, String)>,
}

struct Marker {
    word: String,
    what: String,
    path: String,
    line: u64,
    link: Option<String>,
    since: String,
}

/// Puts the section together; nothing where it was not looked at.
pub(super) fn code(page: &Page<'_>) -> Option<Code> {
    let body = |kind: &str| page.analyses.get(kind).map(|it| &it.body);
    let code = Code {
        languages: body("codebase_analysis").and_then(languages),
        used: body("codebase_analysis").map(used).unwrap_or_default(),
        dependencies: body("dependencies_analysis").and_then(dependencies),
        debt: body("technical_debt_analysis")
            .map(|debt| self::debt(page, debt, body("complexity_analysis"))),
    };
    let is_there = code.languages.is_some()
        || !code.used.is_empty()
        || code.dependencies.is_some()
        || code.debt.is_some();
    is_there.then_some(code)
}

fn languages(body: &Value) -> Option<Languages> {
    let all = list(body, "/breakdown/languages");
    if all.is_empty() {
        return None;
    }
    let tone = |at: usize| match u8::try_from(at) {
        Ok(number) if at < LANGUAGES => Tone::Part(number),
        _ => Tone::Quiet,
    };
    let titles: Vec<String> = all
        .iter()
        .map(|it| format!("{} {:.1} %", text(it, "/name"), number(it, "/share")))
        .collect();
    let parts: Vec<Part<'_>> = all
        .iter()
        .zip(&titles)
        .enumerate()
        .map(|(at, (it, title))| Part {
            tone: tone(at),
            amount: number(it, "/share"),
            title,
        })
        .collect();
    let most: Vec<&str> = titles.iter().take(3).map(String::as_str).collect();
    let rows = all.iter().enumerate().map(|(at, it)| Language {
        tone: tone(at).class(),
        name: text(it, "/name").to_owned(),
        share: format!("{:.1} %", number(it, "/share")),
        files: grouped(count(it, "/files")),
        code: grouped(count(it, "/code")),
        comments: grouped(count(it, "/comments")),
    });
    Some(Languages {
        bar: share(&Share {
            caption: Caption {
                id: "languages",
                title: "Languages by bytes",
                description: &most.join(", "),
            },
            parts: &parts,
        }),
        rows: rows.take(ROWS).collect(),
        total: format!(
            "{} of code, {} of comments",
            counted(count(body, "/breakdown/lines/code"), "line"),
            grouped(count(body, "/breakdown/lines/comments"))
        ),
    })
}

fn used(body: &Value) -> Vec<(&'static str, Vec<String>)> {
    let strings = |pointer: &str| -> Vec<String> {
        let all = list(body, pointer).iter().filter_map(Value::as_str);
        all.map(|it| shortened(it, 60).into_owned()).collect()
    };
    let databases = list(body, "/databases").iter();
    let likely = databases.filter(|it| number(it, "/confidence") > 0.5);
    let databases = likely.map(|it| text(it, "/name").to_owned()).collect();
    let all = [
        ("Databases", databases),
        ("Web", strings("/frameworks/web")),
        ("Testing", strings("/frameworks/testing")),
        ("Build", strings("/frameworks/build")),
        ("Other", strings("/frameworks/other")),
    ];
    all.into_iter()
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

fn dependencies(body: &Value) -> Option<Dependencies> {
    let of = |name: &str| count(body, &format!("/totals/{name}"));
    let transitive = of("transitive") + of("transitive_dev");
    if of("total_count") + transitive == 0 {
        return None;
    }
    let projects = list(body, "/projects");
    let mut rows = Vec::new();
    let mut drift = Vec::new();
    for project in projects {
        drift.extend(list(project, "/drift").iter().map(drifted));
        rows.extend(list(project, "/direct").iter().map(needed));
    }
    rows.sort_by(|one, two| {
        let well = |row: &Needed| row.standing == "good" || row.standing == "none";
        (well(one), &one.name, &one.manifest).cmp(&(well(two), &two.name, &two.manifest))
    });
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let locks = list(body, "/locks").iter();
    let duplicates = locks.flat_map(|lock| list(lock, "/duplicates")).map(|it| {
        let versions = list(it, "/versions").iter().filter_map(Value::as_str);
        let versions: Vec<&str> = versions.take(8).collect();
        (text(it, "/name").to_owned(), versions.join(", "))
    });
    drift.truncate(ROWS);
    Some(Dependencies {
        lead: format!(
            "{} for the product and {} for development, which need {} more.",
            counted(of("direct"), "package"),
            grouped(of("dev")),
            grouped(transitive)
        ),
        drift,
        duplicates: duplicates.take(ROWS).collect(),
        rows,
        more,
    })
}

fn drifted(it: &Value) -> String {
    let (name, lock) = (text(it, "/name"), text(it, "/lock"));
    match text(it, "/kind") {
        "missing" => format!("{name} is asked for and {lock} does not have it"),
        "changed" => format!(
            "{name} is asked for as {}, and {lock} was made for {}",
            text(it, "/manifest"),
            text(it, "/made_for")
        ),
        "surplus" => format!("{name} is in {lock} and nobody asks for it any more"),
        "unverified" => format!("{name} has no hash in {lock}"),
        other => format!("{name}: {other}"),
    }
}

fn needed(it: &Value) -> Needed {
    let versions = list(it, "/versions").iter().filter_map(Value::as_str);
    let versions: Vec<&str> = versions.take(4).collect();
    let status = text(it, "/status");
    Needed {
        name: shortened(text(it, "/name"), 120).into_owned(),
        asked: shortened(text(it, "/constraint"), 60).into_owned(),
        has: shortened(&versions.join(", "), 60).into_owned(),
        standing: match status {
            "missing" => "bad",
            "locked" | "pinned" => "good",
            "unlocked" => "look",
            _ => "none",
        },
        word: status.replace('_', " "),
        scope: text(it, "/scope").to_owned(),
        manifest: shortened(text(it, "/manifest"), 160).into_owned(),
    }
}

fn debt(page: &Page<'_>, body: &Value, complexity: Option<&Value>) -> Debt {
    let all = list(body, "/markers");
    let mut oldest: Vec<&Value> = all.iter().collect();
    oldest.sort_by_key(|it| {
        let since = text(it, "/since");
        (since.is_empty(), since.to_owned())
    });
    let ages = [
        ("up to a month", "month"),
        ("to half a year", "half_year"),
        ("to a year", "year"),
        ("older", "older"),
        ("of unknown age", "unknown"),
    ]
    .map(|(words, name)| (words, count(body, &format!("/by_age/{name}"))));
    let titles = ages.map(|(words, count)| format!("{count} {words}"));
    let tones = [
        Tone::Part(0),
        Tone::Part(1),
        Tone::Part(2),
        Tone::Bad,
        Tone::Quiet,
    ];
    let parts: Vec<Part<'_>> = ages
        .iter()
        .zip(&titles)
        .zip(tones)
        .map(|(((_, count), title), tone)| Part {
            tone,
            amount: float(*count),
            title,
        })
        .collect();
    let large = complexity.map_or(&[][..], |body| list(body, "/large_files"));
    Debt {
        words: pairs(body, "/by_word")
            .map(|(word, count)| (word.clone(), count.as_u64().unwrap_or(0)))
            .collect(),
        bar: if all.is_empty() {
            Markup::new()
        } else {
            share(&Share {
                caption: Caption {
                    id: "debt-ages",
                    title: "How old what is to be done is",
                    description: &titles.join(", "),
                },
                parts: &parts,
            })
        },
        ages: ages.into_iter().filter(|(_, count)| *count > 0).collect(),
        advice: list(body, "/recommendations")
            .iter()
            .filter_map(Value::as_str)
            .take(5)
            .map(|it| shortened(it, 300).into_owned())
            .collect(),
        markers: oldest
            .iter()
            .take(MARKERS)
            .map(|it| marker(page, it))
            .collect(),
        count: all.len(),
        large: large
            .iter()
            .take(20)
            .map(|it| {
                let lines = grouped(count(it, "/lines"));
                let advice = shortened(text(it, "/recommendation"), 200).into_owned();
                (
                    shortened(text(it, "/path"), 300).into_owned(),
                    lines,
                    advice,
                )
            })
            .collect(),
    }
}

fn marker(page: &Page<'_>, it: &Value) -> Marker {
    let path = text(it, "/path");
    let line = count(it, "/line");
    let since = text(it, "/since").parse().map(|at| day(at, page));
    Marker {
        word: shortened(text(it, "/word"), 20).into_owned(),
        what: shortened(text(it, "/text"), 160).into_owned(),
        path: shortened(path, 300).into_owned(),
        line,
        link: page.file_link(path, u32::try_from(line).ok()),
        since: since.unwrap_or_default(),
    }
}
