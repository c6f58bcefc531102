//! What each form of the sample looks like.

#![allow(clippy::unwrap_used)]

use insta::assert_snapshot;
use serde_json::Value;

use super::api::{Counts, Document, Entry, Severities, State, Subject, Verdict};
use super::{Forms, markdown, no_source, sample, sarif_schema, written};

#[test]
fn text_with_source_lines() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).plain);
}

#[test]
fn text_with_a_line_each() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).compact);
}

#[test]
fn text_in_colour() {
    let text = Forms::of(&sample::document(), &sample::source).colour;
    assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn markdown_for_a_comment() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).markdown);
}

#[test]
fn json_for_scripts() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).json);
}

#[test]
fn annotations_of_github() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).github);
}

#[test]
fn junit_for_ci() {
    assert_snapshot!(Forms::of(&sample::document(), &sample::source).junit);
}

#[test]
fn sarif_for_any_reader() {
    let sarif = Forms::of(&sample::document(), &sample::source).sarif;
    let value: Value = serde_json::from_str(&sarif).unwrap();
    let text = serde_json::to_string_pretty(&value).unwrap();
    let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
    assert_snapshot!(text.replace(version, "\"version\": \"[version]\""));
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let schema = sarif_schema();
    let forms = Forms::of(&sample::document(), &sample::source);
    for sarif in [&forms.sarif, &forms.code_scanning] {
        let value: Value = serde_json::from_str(sarif).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0]);
    }
    // The schema is one that refuses.
    let broken = forms
        .sarif
        .replace("\"level\":\"note\"", "\"level\":\"low\"");
    assert!(!schema.is_valid(&serde_json::from_str(&broken).unwrap()));
}

#[test]
fn a_run_has_baseline_states_for_all_results_or_none() {
    let mut document = sample::document();
    for entry in &mut document.entries {
        if entry.finding.rule == "B301" {
            entry.state = State::Unknown;
        }
    }
    let sarif: Value = serde_json::from_str(&Forms::of(&document, &no_source).sarif).unwrap();
    for run in sarif["runs"].as_array().unwrap() {
        let results = run["results"].as_array().unwrap();
        let with = results
            .iter()
            .filter(|it| it.get("baselineState").is_some());
        let expected = if run["tool"]["driver"]["name"] == "bandit" {
            0
        } else {
            results.len()
        };
        assert_eq!(with.count(), expected);
    }
}

#[test]
fn code_scanning_gets_open_findings_at_files() {
    let mut document = sample::document();
    document.entries[0].finding.place = None;
    let sarif = Forms::of(&document, &no_source).code_scanning;
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let mut number = 0;
    for run in sarif["runs"].as_array().unwrap() {
        for result in run["results"].as_array().unwrap() {
            number += 1;
            assert!(result.get("suppressions").is_none());
            assert_ne!(result["baselineState"], "absent");
            let uri = result.pointer("/locations/0/physicalLocation/artifactLocation/uri");
            assert!(uri.is_some_and(Value::is_string), "{result}");
        }
    }
    assert_eq!(number, document.counts().open);
}

#[test]
fn no_form_shows_the_line_of_a_secret() {
    let mut document = sample::document();
    // The tool's own message tells it; this is about the source's lines.
    document
        .entries
        .retain(|entry| entry.finding.rule != "B105");
    for entry in &mut document.entries {
        if let (Subject::Code, Some(place)) = (&entry.finding.subject, &mut entry.finding.place) {
            place.line = Some(if entry.finding.tool == "ruff" { 2 } else { 1 });
            place.end_line = None;
        }
    }
    let forms = Forms::of(&document, &sample::source);
    for form in [
        &forms.plain,
        &forms.colour,
        &forms.sarif,
        &forms.markdown,
        &forms.junit,
    ] {
        assert!(!form.contains("hunter2"), "{form}");
    }
    assert!(forms.plain.contains("import os, subprocess, pickle"));
}

#[test]
fn suppressed_findings_are_counted_apart() {
    let document = sample::document();
    let severity = Severities {
        critical: 1,
        high: 4,
        medium: 5,
        low: 3,
        info: 0,
    };
    let counts = Counts {
        open: 13,
        new: 6,
        unchanged: 7,
        unknown: 0,
        fixed: 1,
        suppressed: 2,
        severity,
    };
    assert_eq!(document.counts(), counts);
}

/// Never a false clean: whatever is suppressed or not new, what was not looked at is said.
#[test]
fn nothing_hides_that_a_tool_did_not_look() {
    let mut document = sample::document();
    document.tasks.truncate(1);
    document.fixed.clear();
    document.entries.retain(|entry| !entry.is_open());
    assert_eq!(document.verdict(), Verdict::NotChecked);
    let forms = Forms::of(&document, &no_source);
    for form in [&forms.plain, &forms.markdown, &forms.github] {
        assert!(form.contains("not everything was checked"), "{form}");
    }
    assert!(
        forms
            .junit
            .contains("<skipped message=\"it is not installed\">")
    );
    assert!(forms.sarif.contains("\"executionSuccessful\":false"));
    document.tasks[0].tools.truncate(2);
    document.tasks[0].tools[0].unchecked.clear();
    assert_eq!(document.verdict(), Verdict::Clean);
    document.tasks.clear();
    assert_eq!(document.verdict(), Verdict::NotChecked);
    assert!(
        Forms::of(&document, &no_source)
            .plain
            .contains("nothing was checked")
    );
}

#[test]
fn new_findings_are_first_and_worst() {
    let document = sample::document();
    let states: Vec<(State, u8)> = document
        .ordered(Entry::is_open, Entry::new_first)
        .iter()
        .map(|entry| (entry.state, 9 - entry.finding.severity as u8))
        .collect();
    assert!(states.is_sorted());
}

fn many(number: usize) -> Document {
    let mut document = sample::document();
    let some = document.entries.clone();
    let more = some.iter().cycle().take(number).cloned();
    document.entries.extend(more);
    document
}

#[test]
fn markdown_says_how_much_it_leaves_out() {
    let document = many(5_000);
    for limit in [4_096, 10_000, markdown::COMMENT] {
        let text = written(|out| markdown::write(out, &document, limit));
        assert!(text.len() <= limit, "{} of {limit}", text.len());
        assert!(text.contains(" more\n"), "{text}");
        assert_eq!(
            text.matches("<details>").count(),
            text.matches("</details>").count()
        );
    }
}

#[test]
fn github_is_given_no_more_than_it_shows() {
    let text = Forms::of(&many(5_000), &no_source).github;
    for level in ["::error ", "::warning ", "::notice "] {
        let lines = text.lines().filter(|line| line.starts_with(level));
        assert_eq!(lines.count(), 10);
    }
    assert!(
        text.lines()
            .last()
            .unwrap()
            .contains("more without an annotation")
    );
}
