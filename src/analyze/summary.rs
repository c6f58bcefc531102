//! The few lines that a person reads of an analysis.

use std::collections::BTreeSet;

use serde_json::Value;

use super::codebase::Codebase;
use super::complexity::Complexity;
use super::conversation::Conversation;
use super::debt::Debt;
use super::dependency_map::DependencyMap;
use super::exposure::Exposure;
use super::files::Role;
use super::habits::Habits;
use super::profile::Steward;
use super::secrets::Confidence;

/// How many languages are named before the rest is counted.
const NAMED: usize = 6;

/// The lines of a stored result, or of the error it holds.
pub fn of_result(body: &Value) -> Vec<String> {
    match body.get("summary").and_then(Value::as_array) {
        Some(lines) => lines
            .iter()
            .filter_map(|line| line.as_str().map(str::to_owned))
            .collect(),
        None => body
            .get("error")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .into_iter()
            .collect(),
    }
}

/// The lines, without colour and without what there is nothing to say about.
pub fn codebase(codebase: &Codebase) -> Vec<String> {
    let frameworks = &codebase.frameworks;
    let rows = [
        ("languages", languages(codebase)),
        ("web", frameworks.web.join(", ")),
        ("testing", frameworks.testing.join(", ")),
        ("build", frameworks.build.join(", ")),
        ("other", frameworks.other.join(", ")),
        ("databases", databases(codebase)),
        ("dependencies", ecosystems(codebase)),
        ("projects", projects(codebase)),
        ("problems", problems(codebase)),
        ("not checked", not_checked(codebase)),
    ];
    rows.into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(title, text)| format!("{title:<12}  {text}"))
        .collect()
}

fn languages(codebase: &Codebase) -> String {
    let languages = &codebase.languages.distribution;
    if languages.is_empty() {
        return "none of those that are counted".to_owned();
    }
    let mut parts: Vec<String> = languages
        .iter()
        .take(NAMED)
        .map(|(name, share)| {
            let lines = counted(share.lines, "line");
            format!(
                "{name} {:.1} % ({}, {lines})",
                share.percentage,
                counted(share.count, "file")
            )
        })
        .collect();
    if languages.len() > NAMED {
        parts.push(format!("{} more", languages.len() - NAMED));
    }
    parts.join(", ")
}

/// Those that are more likely than not; what only a connection string in source code hints at stays in the result.
fn databases(codebase: &Codebase) -> String {
    let likely = codebase
        .databases
        .iter()
        .filter(|database| database.case.confidence > 0.5);
    let names: Vec<&str> = likely.map(|database| database.name.as_str()).collect();
    names.join(", ")
}

fn ecosystems(codebase: &Codebase) -> String {
    let mut parts = Vec::new();
    for (ecosystem, counts) in &codebase.dependencies.by_ecosystem {
        let kinds = [
            (counts.direct, "direct"),
            (counts.dev, "dev"),
            (counts.indirect, "indirect"),
        ];
        let kinds: Vec<String> = kinds
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, kind)| format!("{} {kind}", grouped(count)))
            .collect();
        if !kinds.is_empty() {
            parts.push(format!("{} {}", ecosystem.name(), kinds.join(" + ")));
        }
    }
    parts.join(", ")
}

fn projects(codebase: &Codebase) -> String {
    let count = |role| {
        let matching = codebase
            .projects
            .iter()
            .filter(|project| project.role == role);
        matching.count() as u64
    };
    let main = count(Role::Main);
    if codebase.projects.len() < 2 {
        return String::new();
    }
    let mut text = counted(main, "project");
    for (role, words) in [
        (Role::Test, "for tests"),
        (Role::Docs, "for documentation"),
        (Role::Example, "as examples"),
    ] {
        let found = count(role);
        if found > 0 {
            text = format!("{text}, {} {words}", grouped(found));
        }
    }
    text
}

fn problems(codebase: &Codebase) -> String {
    let Some(first) = codebase.problems.first() else {
        return String::new();
    };
    let more = codebase.problems.len() - 1;
    let first = format!("{}: {}", first.path, first.reason);
    if more == 0 {
        first
    } else {
        format!("{first} (and {more} more)")
    }
}

fn not_checked(codebase: &Codebase) -> String {
    let parts: Vec<String> = codebase
        .not_checked
        .iter()
        .map(|entry| match entry.reason {
            "link" => counted(entry.count, "symbolic link"),
            "submodule" => counted(entry.count, "submodule"),
            _ => format!("{} {}", grouped(entry.count), entry.because),
        })
        .collect();
    parts.join(", ")
}

/// A number with its noun.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Digits in groups of three.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The lines about complexity.
pub fn complexity(found: &Complexity) -> Vec<String> {
    let mut rows = Vec::new();
    if found.functions == 0 {
        return Vec::new();
    }
    rows.push((
        "functions",
        format!(
            "{}, {} of them complex, {:.1} decisions on average",
            grouped(found.functions),
            grouped(found.complex.len() as u64),
            found.mean_cyclomatic - 1.0
        ),
    ));
    lined(rows)
}

/// The lines about technical debt.
pub fn debt(found: &Debt) -> Vec<String> {
    let mut rows = Vec::new();
    let words: Vec<String> = found
        .by_word
        .iter()
        .map(|(word, count)| format!("{} {word}", grouped(*count)))
        .collect();
    if words.is_empty() {
        rows.push(("markers", "none".to_owned()));
    } else {
        rows.push(("markers", words.join(", ")));
        let ages = &found.by_age;
        let parts = [
            (ages.month, "up to a month"),
            (ages.half_year, "to half a year"),
            (ages.year, "to a year"),
            (ages.older, "older than a year"),
            (ages.unknown, "of unknown age"),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{} {words}", grouped(count)))
            .collect();
        rows.push(("age", parts.join(", ")));
    }
    if found.complex_functions + found.large_files > 0 {
        let text = format!(
            "{}, {}",
            counted(found.complex_functions, "complex function"),
            counted(found.large_files, "large file")
        );
        rows.push(("hard spots", text));
    }
    if let Some(first) = found.recommendations.first() {
        rows.push(("begin with", first.clone()));
    }
    lined(rows)
}

/// The lines about secrets.
pub fn secrets(found: &Exposure) -> Vec<String> {
    if found.files_checked == 0 && found.removed.is_empty() {
        return Vec::new();
    }
    let mut rows = vec![(
        "secrets",
        if found.secrets.is_empty() {
            format!("none found in {}", counted(found.files_checked, "file"))
        } else {
            let sure = found
                .secrets
                .iter()
                .filter(|secret| secret.confidence == Confidence::High);
            format!(
                "{} in the files, {} of them certain",
                grouped(found.secrets.len() as u64),
                grouped(sure.count() as u64)
            )
        },
    )];
    if let Some(first) = found.secrets.first() {
        rows.push((
            "first",
            format!("{}:{} {}", first.path, first.line, first.what),
        ));
    }
    if !found.removed.is_empty() {
        rows.push((
            "removed",
            format!(
                "{} that the history still has, of the latest {}",
                grouped(found.removed.len() as u64),
                counted(found.commits_checked as u64, "commit")
            ),
        ));
    }
    lined(rows)
}

/// The lines about patterns.
pub fn patterns(found: &Habits) -> Vec<String> {
    let mut rows = vec![("history", counted(found.history.commits, "commit"))];
    if let Some(spot) = found.hot_spots.first() {
        rows.push((
            "hottest",
            format!(
                "{} ({}, complexity {})",
                spot.path,
                counted(spot.changes, "change"),
                spot.cyclomatic
            ),
        ));
    }
    let insights: Vec<&str> = found
        .patterns
        .iter()
        .filter(|pattern| pattern.name.starts_with("anti_pattern/"))
        .map(|pattern| pattern.description.trim_end_matches('.'))
        .collect();
    if !insights.is_empty() {
        rows.push(("to look at", insights.join("; ")));
    }
    lined(rows)
}

/// The lines about the user's profile.
pub fn steward(found: &Steward) -> Vec<String> {
    let observed: BTreeSet<&str> = found.observed.iter().map(|seen| seen.key).collect();
    let text = format!(
        "{} observed, {} · git tend profile",
        counted(observed.len() as u64, "attribute"),
        counted(found.changes.len() as u64, "change")
    );
    lined(vec![("your profile", text)])
}

/// The lines about what was said to coding agents.
pub fn conversation(found: &Conversation) -> Vec<String> {
    let mut rows = Vec::new();
    if found.sessions > 0 {
        let said = format!(
            "{}, {} of them yours",
            counted(found.messages.total, "message"),
            grouped(found.messages.user)
        );
        rows.push(("sessions", format!("{} · {said}", grouped(found.sessions))));
    }
    let words: Vec<&str> = found
        .words
        .iter()
        .take(NAMED)
        .map(|it| it.word.as_str())
        .collect();
    if !words.is_empty() {
        rows.push(("about", words.join(", ")));
    }
    let told = [
        (found.decisions.len(), "decision"),
        (found.solutions.len(), "solution"),
        (found.learnings.len(), "lesson"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count as u64, noun))
        .collect();
    if !told.is_empty() {
        rows.push(("told", told.join(", ")));
    }
    if let Some(worst) = found.errors.first() {
        rows.push((
            "fails most",
            format!(
                "{}: {}, {}",
                worst.tool,
                worst.error,
                counted(worst.times, "time")
            ),
        ));
    }
    if let Some(note) = found.note {
        rows.push(("note", note.to_owned()));
    }
    lined(rows)
}

/// The lines about dependencies.
pub fn dependencies(map: &DependencyMap) -> Vec<String> {
    let totals = &map.totals;
    if totals.total_count + totals.transitive + totals.transitive_dev == 0 {
        return Vec::new();
    }
    let mut rows = vec![(
        "needed",
        format!(
            "{} direct + {} dev, {} by way of others",
            grouped(totals.direct as u64),
            grouped(totals.dev as u64),
            grouped((totals.transitive + totals.transitive_dev) as u64)
        ),
    )];
    let drift: usize = map.projects.iter().map(|project| project.drift.len()).sum();
    if drift > 0 {
        rows.push((
            "drift",
            format!("{} not as locked", counted(drift as u64, "requirement")),
        ));
    }
    let duplicates: usize = map.locks.iter().map(|lock| lock.duplicates.len()).sum();
    if duplicates > 0 {
        rows.push((
            "duplicates",
            format!(
                "{} in several versions",
                counted(duplicates as u64, "package")
            ),
        ));
    }
    lined(rows)
}

fn lined(rows: Vec<(&'static str, String)>) -> Vec<String> {
    rows.into_iter()
        .map(|(title, text)| format!("{title:<12}  {text}"))
        .collect()
}
