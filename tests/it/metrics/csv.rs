//! CSV, as Python reads it.

use serde_json::{Value, json};

use super::reference::python;
use super::{DAY, MINUTE, MadeUp, fill, run, tend, world};

/// The rows of a document as Python's csv module tells them, by their headings; it refuses what is not well-formed.
pub fn rows(text: &str) -> Option<Vec<Value>> {
    const READ: &str = "import csv, io, json, sys
text = sys.stdin.buffer.read().decode('utf-8')
assert text.count('\\n') == text.count('\\r\\n')
print(json.dumps(list(csv.DictReader(io.StringIO(text, newline=''), strict=True))))";
    let told = python("csv", &["-c", READ], text)?;
    Some(serde_json::from_str(&told).unwrap())
}

#[test]
fn a_row_for_each_part_of_the_period_and_each_task() {
    let world = world();
    let name = "=cmd|' /C calc'!A0, \"lint\"";
    fill(
        &world,
        &[
            run("docs", 2 * DAY + MINUTE).took(4000),
            run("docs", 50 * MINUTE).took(2000),
            run("docs", 40 * MINUTE).took(3000).failed(),
            MadeUp {
                cpu_ms: None,
                rss_kib: None,
                ..run(name, 30 * MINUTE)
            },
            run("-2+3", 20 * MINUTE),
            run("a\nb\u{1b}[31m", 10 * MINUTE),
        ],
        0,
    );
    let args = ["metrics", "--format", "csv", "--days", "3"];
    let text = tend(&world, &args).code(0).stdout;
    let Some(rows) = rows(&text) else { return };
    assert_eq!(rows.len(), 4 * 3);
    let of =
        |name: &str| -> Vec<&Value> { rows.iter().filter(|row| row["name"] == name).collect() };
    let docs = of("docs");
    assert_eq!(docs.len(), 3);
    // The clock goes on between the start of the program and its look at it.
    let start = docs[2]["start"].as_str().unwrap();
    assert!(
        start.starts_with("2026-03-30T12:00:0") && start.ends_with('Z'),
        "{start}"
    );
    assert_eq!(
        docs[2],
        &json!({
            "kind": "task", "name": "docs", "id": "", "start": start, "runs": "2", "failed": "1",
            "p50_ms": "2500", "p95_ms": "2950", "cpu_ms": "1600", "peak_rss_kib": "20480",
        })
    );
    assert_eq!(
        (
            &docs[1]["runs"],
            &docs[1]["p50_ms"],
            &docs[1]["peak_rss_kib"]
        ),
        (&json!("0"), &json!(""), &json!(""))
    );
    // A spreadsheet calculates nothing, and nothing steers a terminal.
    let harmless = of(&format!("'{name}"));
    assert_eq!(
        (&harmless[2]["cpu_ms"], &harmless[2]["peak_rss_kib"]),
        (&json!("0"), &json!(""))
    );
    assert_eq!(of("'-2+3").len(), 3);
    assert_eq!(of("a\\nb\\u{1b}[31m").len(), 3);
    // The same in a file, and nothing but the heading where nothing ran.
    let file = world.folder().join("figures.csv");
    let to = [&args[..], &["-o", file.to_str().unwrap()]].concat();
    assert_eq!(tend(&world, &to).code(0).stdout, "");
    let written = std::fs::read_to_string(file).unwrap();
    let without_start = |text: &str| -> Vec<String> {
        let lines = text.lines();
        lines
            .map(|line| {
                line.split(",2026-")
                    .map(|part| part.split_once('Z').map_or(part, |it| it.1))
                    .collect()
            })
            .collect()
    };
    assert_eq!(without_start(&written), without_start(&text));
    let none = tend(&world, &["metrics", "--format", "csv", "--task", "nothing"])
        .code(0)
        .stdout;
    assert_eq!(none.lines().count(), 1);
}
