//! Suites: the runs of a tool in a folder, and which findings are theirs.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::io::{self, Write};

use jiff::Timestamp;

use super::case::{self, End, Names};
use super::xml::Xml;
use super::{FailOn, moment, seconds};
use crate::findings::{Case, CaseOutcome, Subject, ToolReport, Verdict};
use crate::report::findings::document::{Document, Entry};
use crate::report::findings::words::counted;
use crate::system::plain::plain;
use crate::tools::project::is_within;

/// So many things that were not looked at are named.
const NAMED: usize = 100;

/// What a tool came to in a folder, over all its runs there.
pub(super) struct Suite<'a> {
    tool: &'a str,
    folder: &'a str,
    at: Option<Timestamp>,
    runs: Vec<&'a ToolReport>,
    /// By place.
    entries: Vec<&'a Entry>,
}

/// What becomes a case.
enum Row<'a> {
    /// A run as a whole: clean, not checked, or failed.
    Run(&'a ToolReport),
    /// A test, and the finding about it.
    Test(&'a Case, Option<&'a Entry>),
    /// So many tests that passed and have no names.
    Passed(u64),
    /// A finding.
    Entry(&'a Entry),
    /// The tool found something that the document does not have.
    Elsewhere,
}

/// The numbers of a suite.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) cases: u64,
    pub(super) failures: u64,
    pub(super) errors: u64,
    pub(super) skipped: u64,
}

impl Totals {
    pub(super) fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn count(&mut self, end: End) {
        self.cases += 1;
        match end {
            End::Passed => {}
            End::Failed => self.failures += 1,
            End::Error => self.errors += 1,
            End::Skipped => self.skipped += 1,
        }
    }
}

/// A suite for each tool and folder, by name.
pub(super) fn of(document: &Document) -> Vec<Suite<'_>> {
    let mut suites: BTreeMap<(&str, &str), Suite<'_>> = BTreeMap::new();
    let mut folders: HashMap<&str, Vec<&str>> = HashMap::new();
    for task in &document.tasks {
        for run in &task.tools {
            let suite = suites
                .entry((&run.tool, &run.folder))
                .or_insert_with(|| Suite::new(&run.tool, &run.folder));
            suite.at = suite.at.max(Some(task.at));
            suite.runs.push(run);
            folders.entry(&run.tool).or_default().push(&run.folder);
        }
    }
    for known in folders.values_mut() {
        // The deepest first: a finding belongs to the nearest folder around it.
        known.sort_unstable_by_key(|folder| (std::cmp::Reverse(folder.len()), *folder));
        known.dedup();
    }
    for entry in document.ordered(|_| true, Entry::by_place) {
        let tool = entry.finding.tool.as_str();
        let known = folders.get(tool).map_or(&[][..], Vec::as_slice);
        let path = entry.finding.place.as_ref().map(|place| &*place.path);
        let around = path.and_then(|path| known.iter().find(|folder| is_within(path, folder)));
        let folder = around.or(known.last()).copied().unwrap_or_default();
        suites
            .entry((tool, folder))
            .or_insert_with(|| Suite::new(tool, folder))
            .entries
            .push(entry);
    }
    suites.into_values().collect()
}

impl<'a> Suite<'a> {
    fn new(tool: &'a str, folder: &'a str) -> Self {
        Self {
            tool,
            folder,
            at: None,
            runs: Vec::new(),
            entries: Vec::new(),
        }
    }

    /// How long its runs took together, in seconds.
    pub(super) fn seconds(&self) -> f64 {
        self.runs.iter().map(|run| run.seconds).sum()
    }

    /// Its cases; at least one. A finding about a test that a run names is told with that test.
    fn rows(&self) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut about: HashMap<&str, VecDeque<&'a Entry>> = HashMap::new();
        for entry in &self.entries {
            if let Subject::Test { name } = &entry.finding.subject {
                about.entry(name).or_default().push_back(entry);
            }
        }
        for run in &self.runs {
            let has_case = match run.verdict {
                Verdict::Clean => run.tests.is_none(),
                Verdict::Findings => false,
                Verdict::NotChecked | Verdict::ToolError => true,
            };
            if has_case {
                rows.push(Row::Run(run));
            }
            let Some(tests) = &run.tests else { continue };
            let mut nameless = tests.passed.saturating_sub(tests.flaky);
            for test in &tests.cases {
                let entry = about
                    .get_mut(test.name.as_str())
                    .filter(|_| matches!(test.outcome, CaseOutcome::Failed | CaseOutcome::Error))
                    .and_then(VecDeque::pop_front);
                rows.push(Row::Test(test, entry));
            }
            for test in &tests.slowest {
                if test.outcome == CaseOutcome::Passed {
                    nameless = nameless.saturating_sub(1);
                    rows.push(Row::Test(test, None));
                }
            }
            if nameless > 0 {
                rows.push(Row::Passed(nameless));
            }
        }
        for entry in &self.entries {
            // Those about tests come in the order of their queues: whatever is left of a queue is its end.
            let is_left = match &entry.finding.subject {
                Subject::Test { name } => {
                    about
                        .get_mut(name.as_str())
                        .is_some_and(|left| match left.front() {
                            Some(next) if std::ptr::eq(*next, *entry) => left.pop_front().is_some(),
                            _ => false,
                        })
                }
                _ => true,
            };
            if is_left {
                rows.push(Row::Entry(entry));
            }
        }
        if rows.is_empty() {
            rows.push(Row::Elsewhere);
        }
        rows
    }

    /// Its numbers.
    pub(super) fn totals(&self, fail_on: FailOn) -> Totals {
        Self::count(&self.rows(), fail_on)
    }

    fn count(rows: &[Row<'_>], fail_on: FailOn) -> Totals {
        let mut totals = Totals::default();
        for row in rows {
            totals.count(match row {
                Row::Run(run) => match run.verdict {
                    Verdict::Clean | Verdict::Findings => End::Passed,
                    Verdict::NotChecked => End::Skipped,
                    Verdict::ToolError => End::Error,
                },
                Row::Test(test, entry) => case::end_of_test(test, *entry, fail_on),
                Row::Passed(_) => End::Passed,
                Row::Entry(entry) => case::end_of(entry, fail_on),
                Row::Elsewhere => End::Skipped,
            });
        }
        totals
    }

    /// Writes it with all its cases.
    pub(super) fn write<W: Write>(&self, xml: &mut Xml<W>, fail_on: FailOn) -> io::Result<()> {
        let rows = self.rows();
        let totals = Self::count(&rows, fail_on);
        let name = match self.folder {
            "" => self.tool.to_owned(),
            folder => format!("{} {folder}", self.tool),
        };
        let numbers = [totals.cases, totals.failures, totals.errors, totals.skipped]
            .map(|number| number.to_string());
        let [cases, failures, errors, skipped] = &numbers;
        let (time, at) = (seconds(self.seconds()), self.at.map(moment));
        let mut attributes = vec![
            ("name", name.as_str()),
            ("tests", cases),
            ("failures", failures),
            ("errors", errors),
            ("skipped", skipped),
            ("time", &time),
        ];
        attributes.extend(at.as_deref().map(|at| ("timestamp", at)));
        xml.element("testsuite", &attributes, |xml| {
            let versions = self.runs.iter().filter_map(|run| run.version.as_deref());
            if let Some(version) = versions.max() {
                xml.element("properties", &[], |xml| {
                    xml.empty("property", &[("name", "version"), ("value", version)])
                })?;
            }
            let mut names = Names::default();
            rows.iter()
                .try_for_each(|row| self.case(xml, &mut names, row, fail_on))
        })
    }

    fn case<W: Write>(
        &self,
        xml: &mut Xml<W>,
        names: &mut Names,
        row: &Row<'a>,
        fail_on: FailOn,
    ) -> io::Result<()> {
        match row {
            Row::Run(run) => self.run(xml, names, run),
            Row::Test(test, entry) => case::of_test(xml, names, (self.tool, test), *entry, fail_on),
            Row::Entry(entry) => case::of_entry(xml, names, entry, fail_on),
            Row::Passed(number) => {
                let name = format!("{} that passed", counted(*number, "other test"));
                xml.empty("testcase", &[("name", &name), ("classname", self.tool)])
            }
            Row::Elsewhere => {
                let attributes = [("name", self.tool), ("classname", self.tool)];
                xml.element("testcase", &attributes, |xml| {
                    let message = "its findings are not part of this report";
                    xml.empty("skipped", &[("message", message)])
                })
            }
        }
    }

    /// The case of a run as a whole.
    fn run<W: Write>(
        &self,
        xml: &mut Xml<W>,
        names: &mut Names,
        run: &ToolReport,
    ) -> io::Result<()> {
        let name = names.unique(self.tool, self.tool.to_owned());
        let time = seconds(run.seconds);
        let attributes = [
            ("name", name.as_str()),
            ("classname", self.tool),
            ("time", &time),
        ];
        let element = match run.verdict {
            Verdict::Clean | Verdict::Findings => return xml.empty("testcase", &attributes),
            Verdict::NotChecked => "skipped",
            Verdict::ToolError => "error",
        };
        let message = plain(run.reason.as_deref().unwrap_or(run.verdict.name()));
        let mut details = String::new();
        if let Some(install) = &run.install {
            details.push_str(&format!("install it: {install}\n"));
        }
        for unchecked in run.unchecked.iter().take(NAMED) {
            details.push_str(&format!("{}: {}\n", unchecked.what, unchecked.reason));
        }
        if let Some(more) = run.unchecked.len().checked_sub(NAMED + 1) {
            details.push_str(&format!("and {} more\n", more + 1));
        }
        xml.element("testcase", &attributes, |xml| {
            xml.text(element, &[("message", &message)], details.trim_end())
        })
    }
}
