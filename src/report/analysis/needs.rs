//! What projects depend on.

use serde_json::Value;

use super::draw::{Align, table};
use super::{count, list, summary, text};
use crate::analyze::summary::grouped;

/// How many rows are shown.
const SHOWN: usize = 20;

pub(super) fn dependencies(body: &Value) -> Vec<String> {
    let mut lines = summary(body);
    let mut projects: Vec<&Value> = list(body, "/projects").iter().collect();
    projects.sort_by_key(|project| {
        let own = count(project, "/totals/total_count");
        std::cmp::Reverse(own + count(project, "/totals/transitive"))
    });
    let mut rows = vec![
        ["project", "direct", "dev", "by way of others", "lock file"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for project in projects.iter().take(SHOWN) {
        let path = text(project, "/path");
        let locks: Vec<&str> = list(project, "/locks")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        rows.push(vec![
            if path.is_empty() {
                ".".to_owned()
            } else {
                path.to_owned()
            },
            grouped(count(project, "/totals/direct")),
            grouped(count(project, "/totals/dev")),
            grouped(
                count(project, "/totals/transitive") + count(project, "/totals/transitive_dev"),
            ),
            locks.join(", "),
        ]);
    }
    let right = Align::Right;
    if rows.len() > 1 {
        lines.push(String::new());
        lines.extend(table(
            &[Align::Left, right, right, right, Align::Left],
            &rows,
        ));
    }
    if projects.len() > SHOWN {
        lines.push(format!("  and {} more", projects.len() - SHOWN));
    }
    let duplicates: Vec<String> = list(body, "/locks")
        .iter()
        .flat_map(|lock| list(lock, "/duplicates"))
        .map(|found| {
            let versions: Vec<&str> = list(found, "/versions")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            format!("  {} {}", text(found, "/name"), versions.join(", "))
        })
        .collect();
    if !duplicates.is_empty() {
        lines.push(String::new());
        lines.push("in several versions".to_owned());
        lines.extend(duplicates.iter().take(SHOWN).cloned());
        if duplicates.len() > SHOWN {
            lines.push(format!("  and {} more", duplicates.len() - SHOWN));
        }
    }
    lines
}
