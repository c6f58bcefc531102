//! Series as CSV (RFC 4180): a heading, then a row for each part of the period and each task or automation.
//!
//! Moments are in UTC, as ISO 8601 has them; times in milliseconds, memory in KiB; a field is empty where nothing is known.
//! A name that a spreadsheet would take for a formula has an apostrophe before it, and what steers a terminal is written as
//! Rust writes it.

use std::fmt::{Display, Write as _};

use jiff::Timestamp;

use super::series::Series;
use crate::metrics::Buckets;
use crate::system::plain::plain;

/// The columns.
const HEADINGS: [&str; 10] = [
    "kind",
    "name",
    "id",
    "start",
    "runs",
    "failed",
    "p50_ms",
    "p95_ms",
    "cpu_ms",
    "peak_rss_kib",
];
/// What makes a spreadsheet read on as a formula; tabs and carriage returns, which do so too, are written otherwise anyway.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

/// The document.
pub fn write(buckets: &Buckets, all: &[Series]) -> String {
    let mut text = String::new();
    row(&mut text, &HEADINGS.map(str::to_owned));
    for series in all {
        for (start, bucket) in buckets.starts().zip(&series.figures.buckets) {
            let start = Timestamp::from_millisecond(start).ok();
            let cells = [
                series.kind.name().to_owned(),
                word(&series.figures.task),
                word(series.id.as_deref().unwrap_or_default()),
                known(start),
                bucket.runs.to_string(),
                bucket.failed.to_string(),
                known(bucket.p50.map(rounded)),
                known(bucket.p95.map(rounded)),
                bucket.cpu_ms.to_string(),
                known(bucket.peak_rss_kib),
            ];
            row(&mut text, &cells);
        }
    }
    text
}

fn known(value: Option<impl Display>) -> String {
    value.map(|it| it.to_string()).unwrap_or_default()
}

/// To a thousandth: what is beyond that is the reckoning's and not the run's.
fn rounded(ms: f64) -> f64 {
    (ms * 1000.0).round() / 1000.0
}

/// Somebody else's word, as one that does nothing where it is read.
fn word(text: &str) -> String {
    let text = plain(text);
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text.into_owned()
    }
}

fn row(text: &mut String, cells: &[String]) {
    for (number, cell) in cells.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            // Writing to a string does not fail.
            let _ = write!(text, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            text.push_str(cell);
        }
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::{Bucket, TaskFigures};

    fn of(name: &str, buckets: Vec<Bucket>) -> Series {
        let figures = TaskFigures {
            task: name.to_owned(),
            buckets,
            ..TaskFigures::default()
        };
        Series::of_task(figures, Vec::new())
    }

    #[test]
    fn a_row_for_each_part_and_name() {
        let filled = Bucket {
            runs: 3,
            failed: 1,
            p50: Some(1_250.499_999_999_9),
            p95: Some(2000.0),
            cpu_ms: 900,
            peak_rss_kib: Some(51_200),
        };
        let buckets = Buckets::last_days(3, 1_774_958_400_000);
        let all = [
            of(
                "a, \"b\"",
                vec![Bucket::default(), filled, Bucket::default()],
            ),
            of("=1+1", vec![Bucket::default()]),
        ];
        assert_eq!(
            write(&buckets, &all),
            "kind,name,id,start,runs,failed,p50_ms,p95_ms,cpu_ms,peak_rss_kib\r\n\
             task,\"a, \"\"b\"\"\",,2026-03-28T12:00:00Z,0,0,,,0,\r\n\
             task,\"a, \"\"b\"\"\",,2026-03-29T12:00:00Z,3,1,1250.5,2000,900,51200\r\n\
             task,\"a, \"\"b\"\"\",,2026-03-30T12:00:00Z,0,0,,,0,\r\n\
             task,'=1+1,,2026-03-28T12:00:00Z,0,0,,,0,\r\n"
        );
    }

    /// The fields of a document, by the grammar of RFC 4180.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let mut quoted = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let Some(row) = rows.last_mut() else { continue };
            let Some(field) = row.last_mut() else {
                continue;
            };
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    field.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted && chars.peek() == Some(&'\n') => {
                    chars.next();
                    rows.push(vec![String::new()]);
                }
                c => field.push(c),
            }
        }
        rows.pop();
        rows
    }

    proptest! {
        #[test]
        fn any_name_is_one_field_that_is_no_formula(name in any::<String>()) {
            let buckets = Buckets::last_days(3, 0);
            let rows = read(&write(&buckets, &[of(&name, vec![Bucket::default(); 3])]));
            prop_assert_eq!(rows.len(), 4);
            for row in &rows {
                prop_assert_eq!(row.len(), HEADINGS.len());
            }
            let told = rows.last().and_then(|row| row.get(1)).cloned().unwrap_or_default();
            prop_assert!(!told.starts_with(['=', '+', '-', '@', '\t', '\r']));
            let told = if name.starts_with(FORMULA) { told.trim_start_matches('\'') } else { &told };
            prop_assert_eq!(told, plain(&name));
        }
    }
}
