//! The rules that were broken.

use std::collections::HashMap;

use crate::findings::{Finding, Severity};
use crate::report::findings::{Entry, State};
use crate::report::html::link::web;
use crate::system::plain::{first_line, shortened};

/// A rule, and how often it was broken.
pub(super) struct RuleRow {
    pub(super) number: usize,
    pub(super) tool: String,
    pub(super) rule: String,
    pub(super) url: Option<String>,
    pub(super) severity: Severity,
    pub(super) count: u64,
    pub(super) new: u64,
    pub(super) what: String,
}

/// Rules by their tool and name.
pub(super) struct Rules<'a> {
    pub(super) rows: Vec<RuleRow>,
    numbers: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Rules<'a> {
    pub(super) fn of(entries: impl Iterator<Item = &'a Entry>) -> Self {
        let mut rules = Self {
            rows: Vec::new(),
            numbers: HashMap::new(),
        };
        for entry in entries {
            let finding = &entry.finding;
            let number = rules.rows.len();
            let key = (finding.tool.as_str(), finding.rule.as_str());
            let number = *rules.numbers.entry(key).or_insert(number);
            if number == rules.rows.len() {
                rules.rows.push(RuleRow {
                    number,
                    tool: shortened(&finding.tool, 80).into_owned(),
                    rule: shortened(&finding.rule, 80).into_owned(),
                    url: web(finding.url.as_deref()),
                    severity: finding.severity,
                    count: 0,
                    new: 0,
                    what: first_line(&finding.message, 120),
                });
            }
            if let Some(row) = rules.rows.get_mut(number) {
                row.count += 1;
                row.new += u64::from(entry.state == State::New);
                row.severity = row.severity.max(finding.severity);
            }
        }
        rules
    }

    pub(super) fn number(&self, finding: &Finding) -> usize {
        let key = (finding.tool.as_str(), finding.rule.as_str());
        self.numbers.get(&key).copied().unwrap_or_default()
    }
}
