//! When two contents of a node are the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::schema::Node;
use crate::sessions::draft::DRAFTED;

/// A digest of what makes one version of a node another than the next.
pub type Digest = [u8; 32];

/// A value whose objects have their keys in order, so that equal values are equal texts.
pub fn canonical(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.sort_keys();
            fields.values_mut().for_each(canonical);
        }
        Value::Array(items) => items.iter_mut().for_each(canonical),
        _ => {}
    }
}

impl Node {
    /// Brings unknown fields into one order; the known ones have theirs.
    pub(in crate::graph) fn canonical(mut self) -> Self {
        let sort = |extra: &mut BTreeMap<String, Value>| {
            extra.values_mut().for_each(canonical);
        };
        sort(&mut self.extra);
        sort(&mut self.source.extra);
        sort(&mut self.source.segment.extra);
        sort(&mut self.classification.extra);
        sort(&mut self.content.extra);
        for it in &mut self.content.key_decisions {
            sort(&mut it.extra);
        }
        for it in &mut self.content.errors_seen {
            sort(&mut it.extra);
        }
        let lessons = &mut self.lessons;
        sort(&mut lessons.extra);
        let lists = [
            &mut lessons.project,
            &mut lessons.task,
            &mut lessons.user,
            &mut lessons.model,
            &mut lessons.tool,
            &mut lessons.skill,
            &mut lessons.subagent,
        ];
        for it in lists.into_iter().flatten() {
            sort(&mut it.extra);
        }
        let observations = &mut self.observations;
        sort(&mut observations.extra);
        for it in &mut observations.models_used {
            sort(&mut it.extra);
        }
        for it in &mut observations.model_quirks {
            sort(&mut it.extra);
        }
        for it in &mut observations.tool_use_errors {
            sort(&mut it.extra);
        }
        sort(&mut self.metadata.extra);
        sort(&mut self.semantic.extra);
        sort(&mut self.daemon_meta.extra);
        for it in &mut self.daemon_meta.decisions {
            sort(&mut it.extra);
        }
        if let Some(signals) = &mut self.signals {
            sort(&mut signals.extra);
            sort(&mut signals.friction.extra);
            sort(&mut signals.delight.extra);
            for it in &mut signals.manual_flags {
                sort(&mut it.extra);
            }
        }
        self
    }

    /// What says whether this is another version: everything but when it was made, and where the session lay by then. A
    /// session that is read again, from another machine's copy too, says nothing new.
    pub(in crate::graph) fn digest(&self) -> Result<Digest, serde_json::Error> {
        let mut content = self.clone();
        content.version = 0;
        content.previous_versions = Vec::new();
        content.metadata.analyzed_at = Timestamp::UNIX_EPOCH;
        content.source.session_file = String::new();
        content.source.computer = String::new();
        Ok(*blake3::hash(&serde_json::to_vec(&content)?).as_bytes())
    }

    /// Which of two equal contents is kept: the one that was there first.
    pub(in crate::graph) fn precedence(&self) -> (Timestamp, &str, &str) {
        (
            self.metadata.analyzed_at,
            &self.source.session_file,
            &self.source.computer,
        )
    }

    /// Whether nobody has judged it: its words are the session's own.
    pub fn is_draft(&self) -> bool {
        self.metadata.analyzer_version == DRAFTED
    }

    /// Which of two drafts of one segment was made of more of the session: what comes after a segment's last entry, such as
    /// the end of a sub-agent's work, or that the session went on, is told by the greater.
    pub(in crate::graph) fn fullness(&self) -> (u64, bool) {
        let goes_on = self
            .signals
            .as_ref()
            .is_some_and(|signals| !signals.friction.silent_termination);
        (self.metadata.tokens_used, goes_on)
    }
}
