//! How many findings are new by which rule.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use git_tend::findings::{Changes, Finding, Matching, Tier, match_findings};

/// Two scans and what lies between them.
pub struct Step<'f> {
    pub changes: Changes,
    /// With white space as a difference.
    pub plain: Changes,
    pub before: &'f [Finding],
    pub after: &'f [Finding],
}

/// The figures of a commit.
#[derive(Default)]
pub struct Row {
    before: usize,
    after: usize,
    /// New by tool, rule, path and line.
    exact: usize,
    /// In added or changed lines.
    added: usize,
    /// New by the tiers.
    new: usize,
    fixed: usize,
    /// New by the tiers without git's difference.
    blind: usize,
    /// As many are new at least: more of the same rule and message than before, wherever they are.
    least: usize,
    tiers: BTreeMap<Tier, usize>,
}

/// How many of a side are left when equal ones are paired.
fn unmatched<K: std::hash::Hash + Eq>(
    before: &[Finding],
    after: &[Finding],
    key: impl Fn(&Finding) -> K,
) -> usize {
    let mut counts: HashMap<K, usize> = HashMap::new();
    for finding in before {
        *counts.entry(key(finding)).or_default() += 1;
    }
    let mut left = 0;
    for finding in after {
        match counts.get_mut(&key(finding)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => left += 1,
        }
    }
    left
}

pub fn place(finding: &Finding) -> (&str, u32) {
    let place = finding.place.as_ref();
    (
        place.map_or("", |it| it.path.as_str()),
        place.and_then(|it| it.line).unwrap_or(0),
    )
}

fn shape(finding: &Finding) -> (String, String) {
    let letters = finding
        .message
        .chars()
        .filter(|letter| !letter.is_ascii_digit());
    (finding.rule.clone(), letters.collect())
}

impl Step<'_> {
    pub fn compare(&self) -> (Row, Matching) {
        let (before, after) = (self.before, self.after);
        let is_added = |finding: &&Finding| {
            let (path, line) = place(finding);
            self.plain.hunk_of_new(path, line).is_some()
        };
        let matching = match_findings(before, after, Some(&self.changes));
        let mut row = Row {
            before: before.len(),
            after: after.len(),
            exact: unmatched(before, after, |it| {
                let (path, line) = place(it);
                (it.rule.clone(), path.to_owned(), line)
            }),
            added: after.iter().filter(is_added).count(),
            new: matching.new.len(),
            fixed: matching.fixed.len(),
            blind: match_findings(before, after, None).new.len(),
            least: unmatched(before, after, shape),
            tiers: BTreeMap::new(),
        };
        for (_, _, tier) in &matching.pairs {
            *row.tiers.entry(*tier).or_default() += 1;
        }
        (row, matching)
    }

    /// Prints the rules of what is new, and what is new beyond what must be.
    pub fn show(&self, matching: &Matching) {
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for index in &matching.new {
            *rules.entry(&self.after[*index].rule).or_default() += 1;
        }
        println!("    {rules:?}");
        let mut fixed: HashMap<(String, String), Vec<usize>> = HashMap::new();
        for index in &matching.fixed {
            fixed
                .entry(shape(&self.before[*index]))
                .or_default()
                .push(*index);
        }
        for index in &matching.new {
            let new = &self.after[*index];
            if let Some(old) = fixed.get_mut(&shape(new)).and_then(Vec::pop) {
                let (path, line) = place(&self.before[old]);
                let (new_path, new_line) = place(new);
                println!(
                    "    {} {path}:{line} -> {new_path}:{new_line} {}",
                    new.rule, new.message
                );
            }
        }
    }
}

impl Row {
    pub const HEADER: &str = "commit\tbefore\tafter\trule+path+line\tadded lines\ttiers\ttiers without diff\tleast\tfixed";

    pub fn add(&mut self, other: &Self) {
        self.before = other.before;
        self.after = other.after;
        self.exact += other.exact;
        self.added += other.added;
        self.new += other.new;
        self.fixed += other.fixed;
        self.blind += other.blind;
        self.least += other.least;
        for (tier, count) in &other.tiers {
            *self.tiers.entry(*tier).or_default() += count;
        }
    }

    pub fn tiers(&self) -> String {
        let parts: Vec<String> = self
            .tiers
            .iter()
            .map(|(tier, count)| format!("{} {count}", tier.name()))
            .collect();
        parts.join(" · ")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            before,
            after,
            exact,
            added,
            new,
            blind,
            least,
            fixed,
            ..
        } = self;
        write!(
            f,
            "{before}\t{after}\t{exact}\t{added}\t{new}\t{blind}\t{least}\t{fixed}"
        )
    }
}
