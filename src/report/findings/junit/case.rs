//! One case: how it ended, and what it is called.

use std::collections::HashMap;
use std::io::{self, Write};

use super::FailOn;
use super::seconds;
use super::xml::Xml;
use crate::findings::{Case, CaseOutcome, Finding, Subject};
use crate::report::findings::document::{Entry, State, label, position};
use crate::system::plain::{first_line, lines};

/// So much of a message is part of a case's name.
const NAME: usize = 80;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    Failed,
    Error,
    Skipped,
}

/// Why an entry does not fail, if it does not.
pub(super) fn excuse(entry: &Entry, fail_on: FailOn) -> Option<String> {
    if let Some(suppressed) = &entry.suppressed {
        return Some(match suppressed.reason.as_str() {
            "" => format!("suppressed by {}", suppressed.by),
            reason => format!("suppressed by {}: {reason}", suppressed.by),
        });
    }
    let is_known = fail_on == FailOn::New && entry.state == State::Unchanged;
    is_known.then(|| "not new".to_owned())
}

/// How the case of an entry ends.
pub(super) fn end_of(entry: &Entry, fail_on: FailOn) -> End {
    if excuse(entry, fail_on).is_some() {
        End::Skipped
    } else {
        End::Failed
    }
}

/// How the case of a test ends. `entry` is the finding about it.
pub(super) fn end_of_test(test: &Case, entry: Option<&Entry>, fail_on: FailOn) -> End {
    let end = match test.outcome {
        CaseOutcome::Passed | CaseOutcome::Flaky => End::Passed,
        CaseOutcome::Failed => End::Failed,
        CaseOutcome::Error => End::Error,
        CaseOutcome::Skipped => End::Skipped,
    };
    let fails = matches!(end, End::Failed | End::Error);
    if fails && entry.is_some_and(|entry| excuse(entry, fail_on).is_some()) {
        End::Skipped
    } else {
        end
    }
}

/// Names that were given, so that each is given once: readers take two cases of one name for one case.
#[derive(Default)]
pub(super) struct Names(HashMap<(String, String), u32>);

impl Names {
    pub(super) fn unique(&mut self, class: &str, name: String) -> String {
        let times = self.0.entry((class.to_owned(), name.clone())).or_insert(0);
        *times += 1;
        match *times {
            1 => name,
            times => format!("{name} ({times})"),
        }
    }
}

/// The case of a finding.
pub(super) fn of_entry<W: Write>(
    xml: &mut Xml<W>,
    names: &mut Names,
    entry: &Entry,
    fail_on: FailOn,
) -> io::Result<()> {
    let finding = &entry.finding;
    let (class, name) = match (&finding.subject, &finding.place) {
        (Subject::Test { name }, _) => split(name, &finding.tool),
        (_, place) => {
            let class = place.as_ref().map_or(&finding.tool, |place| &place.path);
            (class.as_str(), "")
        }
    };
    let name = match (name, finding.rule.as_str()) {
        ("", "") => first_line(&finding.message, NAME),
        ("", rule) => format!("{rule}: {}", first_line(&finding.message, NAME)),
        (name, _) => name.to_owned(),
    };
    let name = names.unique(class, name);
    let attributes = [("name", name.as_str()), ("classname", class)];
    xml.element("testcase", &attributes, |xml| {
        match excuse(entry, fail_on) {
            Some(excuse) => xml.text("skipped", &[("message", &excuse)], &details(finding)),
            None => failure(xml, "failure", finding),
        }
    })
}

/// The case of a test that did not just pass, or that is among the slowest.
pub(super) fn of_test<W: Write>(
    xml: &mut Xml<W>,
    names: &mut Names,
    (tool, test): (&str, &Case),
    entry: Option<&Entry>,
    fail_on: FailOn,
) -> io::Result<()> {
    let (class, name) = split(&test.name, tool);
    let name = names.unique(class, name.to_owned());
    let time = test.seconds.map(seconds);
    let mut attributes = vec![("name", name.as_str()), ("classname", class)];
    attributes.extend(time.as_deref().map(|time| ("time", time)));
    let end = end_of_test(test, entry, fail_on);
    if end == End::Passed && test.outcome == CaseOutcome::Passed {
        return xml.empty("testcase", &attributes);
    }
    xml.element("testcase", &attributes, |xml| match (end, entry) {
        (End::Passed, _) => xml.empty(
            "flakyFailure",
            &[
                (
                    "message",
                    "it failed first and passed when it was run again",
                ),
                ("type", "flaky"),
            ],
        ),
        (End::Skipped, Some(entry)) => {
            let excuse = excuse(entry, fail_on).unwrap_or_default();
            xml.text("skipped", &[("message", &excuse)], &details(&entry.finding))
        }
        (End::Skipped, None) => xml.empty("skipped", &[]),
        (End::Failed, Some(entry)) => failure(xml, "failure", &entry.finding),
        (End::Error, Some(entry)) => failure(xml, "error", &entry.finding),
        (End::Failed, None) => xml.empty("failure", &[("message", "it failed")]),
        (End::Error, None) => xml.empty("error", &[("message", "it could not be run")]),
    })
}

fn failure<W: Write>(xml: &mut Xml<W>, element: &str, finding: &Finding) -> io::Result<()> {
    let message = first_line(&finding.message, 500);
    let attributes = [
        ("message", message.as_str()),
        ("type", finding.severity.name()),
    ];
    xml.text(element, &attributes, &details(finding))
}

/// Where it is, all of the message, what would mend it and where to read more.
fn details(finding: &Finding) -> String {
    let mut text = String::new();
    if let Some(place) = &finding.place {
        text.push_str(&format!("{}: ", position(place)));
    }
    text.push_str(&label(finding));
    for line in lines(&finding.message) {
        text.push('\n');
        text.push_str(&line);
    }
    for more in [&finding.fix, &finding.url].into_iter().flatten() {
        text.push('\n');
        text.push_str(more);
    }
    text
}

/// A test's class and its name within that; the tool for those that have no class.
fn split<'a>(name: &'a str, tool: &'a str) -> (&'a str, &'a str) {
    match name.rsplit_once("::") {
        Some((class, name)) if !class.is_empty() && !name.is_empty() => (class, name),
        _ => (tool, name),
    }
}
