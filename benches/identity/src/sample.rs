//! Findings to check by hand: what was called new, and what was found again by a weaker sign than its line.

use std::fs::File;
use std::io::{BufWriter, Write};

use git_tend::findings::source::Lines;
use git_tend::findings::{Finding, Matching, Tier};
use serde_json::json;

use crate::Outcome;
use crate::compare::{Step, place};
use crate::repository::Clone;

/// A file of JSON lines. Sorted by `order`, the first are a sample that is the same each time.
pub struct Samples(BufWriter<File>);

impl Samples {
    pub fn create(path: &str) -> Outcome<Self> {
        Ok(Self(BufWriter::new(File::create(path)?)))
    }

    pub fn write(
        &mut self,
        clone: &Clone,
        parent: &str,
        commit: &str,
        step: &Step<'_>,
        matching: &Matching,
    ) -> Outcome<()> {
        for index in &matching.new {
            let new = &step.after[*index];
            self.line(clone, "new", None, Some((commit, new)), parent)?;
        }
        for (before, after, tier) in &matching.pairs {
            if matches!(tier, Tier::SameBlob | Tier::Subject) {
                continue;
            }
            let (old, new) = (&step.before[*before], &step.after[*after]);
            if *tier == Tier::SameLine && old.message == new.message {
                continue;
            }
            self.line(
                clone,
                tier.name(),
                Some((parent, old)),
                Some((commit, new)),
                parent,
            )?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        clone: &Clone,
        verdict: &str,
        old: Option<(&str, &Finding)>,
        new: Option<(&str, &Finding)>,
        parent: &str,
    ) -> Outcome<()> {
        let side = |side: Option<(&str, &Finding)>| {
            let (commit, finding) = side?;
            let (path, line) = place(finding);
            let text = clone.show(commit, path).unwrap_or_default();
            let text = Lines::of(&text)
                .get(line)
                .map(|text| String::from_utf8_lossy(text).into_owned());
            Some(json!({"at": format!("{path}:{line}"), "message": finding.message, "text": text}))
        };
        let rule = old.or(new).map(|(_, finding)| finding.rule.clone());
        let commit = new.map(|(commit, _)| commit);
        let mut record = json!({"verdict": verdict, "rule": rule, "parent": parent, "commit": commit, "old": side(old), "new": side(new)});
        let order = blake3::hash(record.to_string().as_bytes()).to_hex()[..8].to_owned();
        record["order"] = order.into();
        writeln!(self.0, "{record}")?;
        Ok(())
    }
}
