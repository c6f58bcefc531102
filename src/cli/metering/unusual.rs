//! What is unusual, in sentences.

use std::collections::BTreeSet;

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use crate::cli::format;
use crate::cli::ui::{Role, paint, plain};
use crate::metrics::Anomaly;

/// So many anomalies are listed.
const LISTED: usize = 10;

/// What is said of an anomaly.
#[derive(Clone, Debug)]
pub struct Remark<'a> {
    /// What it is about, as it is shown.
    pub name: String,
    /// What is unusual.
    pub anomaly: &'a Anomaly,
    /// The command that tells more of it.
    pub next: String,
    /// The command that tells all of them.
    pub all: &'static str,
}

/// The list, under a title; nothing where there is none.
pub fn unusual(title: &str, remarks: &[Remark], now: Timestamp, width: usize) -> String {
    let Some(first) = remarks.first() else {
        return String::new();
    };
    let hosts: BTreeSet<&str> = remarks
        .iter()
        .map(|it| it.anomaly.host.as_str())
        .filter(|host| !host.is_empty())
        .collect();
    let mut text = format!("\n{}\n", paint(Role::Heading, title));
    for remark in remarks.iter().take(LISTED) {
        let anomaly = remark.anomaly;
        let (role, mark) = if anomaly.ongoing {
            (Role::Warning, "!")
        } else {
            (Role::Faint, "·")
        };
        let mut name = remark.name.clone();
        if hosts.len() > 1 && !anomaly.host.is_empty() {
            name.push_str(&format!(" on {}", plain(&anomaly.host)));
        }
        let at = Timestamp::from_millisecond(anomaly.noticed.at).unwrap_or(now);
        let begin = format!("{name}: {}", anomaly.sentence());
        let ago = format::ago(at, now);
        let next = &remark.next;
        let end = format!("{} · {next}", paint(Role::Faint, &ago));
        let length = mark.width() + 1 + begin.width() + 3 + ago.width() + 3 + next.width();
        let between = if length <= width { " · " } else { "\n  " };
        text.push_str(&format!("{} {begin}{between}{end}\n", paint(role, mark)));
    }
    if remarks.len() > LISTED {
        let (more, all) = (remarks.len() - LISTED, first.all);
        text.push_str(&format!("… {more} more · {all}\n"));
    }
    text
}
