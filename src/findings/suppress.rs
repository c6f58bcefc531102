//! Which findings are not to count, because the configuration or a comment in the source says so, and which of these
//! words say nothing any more.

use std::collections::{BTreeSet, HashMap};

use globset::GlobMatcher;
use jiff::civil::Date;

use super::{Finding, Markers};

/// What the configuration says about findings. All that it names must fit; if it names nothing, nothing fits.
#[derive(Clone, Debug, Default)]
pub struct Suppression {
    /// The tool.
    pub tool: Option<String>,
    /// The tool's name of what is wrong.
    pub rule: Option<String>,
    /// Where the finding is.
    pub path: Option<GlobMatcher>,
    /// The finding's id.
    pub id: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day that it holds.
    pub until: Option<Date>,
    /// Where it is written.
    pub written: Written,
}

/// A place in a file that a person can go to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Written {
    /// Relative to the repository's top, or absolute outside of it.
    pub file: String,
    /// The first is 1.
    pub line: u32,
}

/// What the scan has looked at: only there, a word that fits nothing is stale.
pub struct Checked<'a> {
    /// Tools whose verdict is clean or findings.
    pub tools: &'a BTreeSet<String>,
    /// Whether these are all tools of the project: a rule without its tool may be any tool's.
    pub has_all_tools: bool,
    /// Whether a file was looked at.
    pub has_file: &'a dyn Fn(&str) -> bool,
    /// Whether these are all files of the project.
    pub has_all_files: bool,
}

/// Whether a finding counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It does.
    Active,
    /// It does not.
    Suppressed {
        /// Where that is written.
        by: Written,
        /// Why.
        reason: String,
    },
}

/// What is wrong with a suppression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// It fits no finding.
    #[error("{what} is not found any more")]
    Stale {
        /// What it names.
        what: String,
    },
    /// Its last day is over.
    #[error("it held until {until}")]
    Expired {
        /// Its last day.
        until: Date,
    },
    /// It names no rule in brackets.
    #[error("it names no rule: write tend: ignore[RULE] reason")]
    NoRule,
}

/// Which findings count, and what is wrong with the suppressions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// In the order of the findings.
    pub states: Vec<State>,
    /// Sorted.
    pub faults: Vec<(Written, Fault)>,
}

/// Applies suppressions to findings. `markers` are those of files by their paths; a comment is stronger than the
/// configuration.
pub fn apply<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    suppressions: &[Suppression],
    markers: &[(String, Markers)],
    checked: &Checked<'_>,
    today: Date,
) -> Applied {
    let mut comments = Comments::of(markers);
    let mut settings = Settings::of(suppressions, today);
    let states = findings
        .into_iter()
        .map(|finding| {
            let comment = comments.find(finding);
            // Both are asked, so that neither is stale for the other's sake.
            let setting = settings.find(finding);
            let found = comment.or(setting);
            found.map_or(State::Active, |(by, reason)| State::Suppressed {
                by,
                reason: reason.to_owned(),
            })
        })
        .collect();
    let mut faults = comments.faults(checked);
    faults.extend(settings.faults(checked));
    faults.sort_unstable();
    faults.dedup();
    Applied { states, faults }
}

/// Comments by what they ignore, and where.
struct Comments<'m> {
    files: &'m [(String, Markers)],
    by_place: HashMap<&'m str, HashMap<u32, HashMap<&'m str, Comment<'m>>>>,
}

struct Comment<'m> {
    line: u32,
    reason: &'m str,
    is_used: bool,
}

impl<'m> Comments<'m> {
    fn of(files: &'m [(String, Markers)]) -> Self {
        let mut by_place: HashMap<&str, HashMap<u32, HashMap<&str, Comment<'_>>>> = HashMap::new();
        for (path, found) in files {
            let by_line = by_place.entry(path).or_default();
            for marker in &found.markers {
                for line in marker.lines() {
                    let by_rule = by_line.entry(line).or_default();
                    for rule in &marker.rules {
                        by_rule.entry(rule).or_insert(Comment {
                            line: marker.line,
                            reason: &marker.reason,
                            is_used: false,
                        });
                    }
                }
            }
        }
        Self { files, by_place }
    }

    fn find(&mut self, finding: &Finding) -> Option<(Written, &'m str)> {
        let place = finding.place.as_ref()?;
        let by_line = self.by_place.get_mut(place.path.as_str())?;
        let by_rule = by_line.get_mut(&place.line?)?;
        let with_tool = format!("{}:{}", finding.tool, finding.rule);
        let mut found = None;
        for rule in [with_tool.as_str(), finding.rule.as_str()] {
            if let Some(comment) = by_rule.get_mut(rule) {
                comment.is_used = true;
                found.get_or_insert((comment.line, comment.reason));
            }
        }
        let (line, reason) = found?;
        let file = place.path.clone();
        Some((Written { file, line }, reason))
    }

    fn faults(&self, checked: &Checked<'_>) -> Vec<(Written, Fault)> {
        let mut faults = Vec::new();
        let files = self.files.iter();
        for (path, found) in files.filter(|(path, _)| (checked.has_file)(path)) {
            let mut report = |line: u32, fault: Fault| {
                let file = path.clone();
                faults.push((Written { file, line }, fault));
            };
            for line in &found.without_rules {
                report(*line, Fault::NoRule);
            }
            for marker in &found.markers {
                let is_used = |rule: &&String| {
                    let by_line = self.by_place.get(path.as_str());
                    let by_rule = |line| by_line?.get(&line)?.get(rule.as_str());
                    let mut comments = marker.lines().filter_map(by_rule);
                    comments.any(|comment| comment.is_used)
                };
                let unused = marker.rules.iter().filter(|rule| !is_used(rule));
                for rule in unused.filter(|rule| checked.has_rule(rule)) {
                    let what = rule.clone();
                    report(marker.line, Fault::Stale { what });
                }
            }
        }
        faults
    }
}

impl Checked<'_> {
    /// Whether the tool that a rule of a comment belongs to has looked.
    fn has_rule(&self, rule: &str) -> bool {
        match rule.split_once(':') {
            // Clippy's rules have two colons in their names.
            Some((tool, rest)) if !rest.starts_with(':') => self.tools.contains(tool),
            _ => self.has_all_tools,
        }
    }
}

/// The configuration's suppressions, with whether they fit anything.
struct Settings<'s> {
    all: Vec<Setting<'s>>,
    /// By their rules; those without one are asked each time.
    by_rule: HashMap<Option<&'s str>, Vec<usize>>,
}

struct Setting<'s> {
    suppression: &'s Suppression,
    expired: Option<Date>,
    is_used: bool,
}

impl<'s> Settings<'s> {
    fn of(suppressions: &'s [Suppression], today: Date) -> Self {
        let mut by_rule: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
        for (number, suppression) in suppressions.iter().enumerate() {
            let rule = suppression.rule.as_deref();
            by_rule.entry(rule).or_default().push(number);
        }
        let setting = |suppression: &'s Suppression| Setting {
            suppression,
            expired: suppression.until.filter(|until| *until < today),
            is_used: false,
        };
        Self {
            all: suppressions.iter().map(setting).collect(),
            by_rule,
        }
    }

    /// The first that fits; all that fit are used.
    fn find(&mut self, finding: &Finding) -> Option<(Written, &'s str)> {
        let mut first: Option<usize> = None;
        for rule in [Some(finding.rule.as_str()), None] {
            let numbers = self.by_rule.get(&rule).map_or(&[][..], Vec::as_slice);
            for number in numbers {
                if let Some(setting) = self.all.get_mut(*number)
                    && setting.expired.is_none()
                    // What is used already and not the first needs no look.
                    && (!setting.is_used || first.is_none_or(|first| *number < first))
                    && setting.suppression.fits(finding)
                {
                    setting.is_used = true;
                    first = Some(first.map_or(*number, |first| first.min(*number)));
                }
            }
        }
        let suppression = self.all.get(first?)?.suppression;
        Some((suppression.written.clone(), &suppression.reason))
    }

    fn faults(&self, checked: &Checked<'_>) -> impl Iterator<Item = (Written, Fault)> {
        self.all.iter().filter_map(move |setting| {
            let suppression = setting.suppression;
            let fault = match setting.expired {
                Some(until) => Fault::Expired { until },
                None if !setting.is_used && suppression.was_looked_for(checked) => Fault::Stale {
                    what: suppression.what(),
                },
                None => return None,
            };
            Some((suppression.written.clone(), fault))
        })
    }
}

impl Suppression {
    fn fits(&self, finding: &Finding) -> bool {
        let names_something =
            self.tool.is_some() || self.rule.is_some() || self.path.is_some() || self.id.is_some();
        let path = finding.place.as_ref().map(|place| place.path.as_str());
        names_something
            && self.tool.as_ref().is_none_or(|tool| *tool == finding.tool)
            && self.rule.as_ref().is_none_or(|rule| *rule == finding.rule)
            && self.id.as_ref().is_none_or(|id| *id == finding.id)
            && self
                .path
                .as_ref()
                .is_none_or(|glob| path.is_some_and(|path| glob.is_match(path)))
    }

    /// Whether it would have fitted if there were something. A glob may fit files that were not looked at.
    fn was_looked_for(&self, checked: &Checked<'_>) -> bool {
        let tool = match &self.tool {
            Some(tool) => checked.tools.contains(tool),
            None => checked.has_all_tools,
        };
        let path = self.path.as_ref().map(|glob| glob.glob().glob());
        let file = path.is_some_and(|path| (checked.has_file)(path));
        tool && (checked.has_all_files || file)
    }

    /// What it names.
    fn what(&self) -> String {
        let named = [
            self.tool.clone(),
            self.rule.clone(),
            self.path.as_ref().map(|glob| glob.glob().to_string()),
            self.id.clone(),
        ];
        let named: Vec<String> = named.into_iter().flatten().collect();
        match named.as_slice() {
            [] => "nothing".to_owned(),
            _ => named.join(" "),
        }
    }
}

#[cfg(test)]
mod tests;
