//! What a channel carries at once: one notice, or several that happened since it was last used.

use jiff::Timestamp;

use super::Notice;
use crate::config::notify::Severity;

/// One or more notices, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its identity: that of its only notice, or one of its own, which stays the same however often it is sent.
    pub id: String,
    /// When it was put together.
    pub time: Timestamp,
    /// What it tells; never empty.
    pub notices: Vec<Notice>,
}

/// One notice, or several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content<'a> {
    /// Just this one.
    One(&'a Notice),
    /// These.
    Several(&'a [Notice]),
}

impl Message {
    /// What it tells; `None` if it tells nothing, which nobody makes.
    pub fn content(&self) -> Option<Content<'_>> {
        match self.notices.as_slice() {
            [] => None,
            [only] => Some(Content::One(only)),
            several => Some(Content::Several(several)),
        }
    }

    /// The most serious of its notices.
    pub fn severity(&self) -> Severity {
        let all = self.notices.iter().map(|notice| notice.severity);
        all.max().unwrap_or_default()
    }

    /// What it is about in a few words, as the subject of an e-mail without its severity: `docs failed in website`, `5
    /// notices from website: 2 errors, 3 warnings`.
    pub fn subject(&self) -> String {
        match self.content() {
            None => String::new(),
            Some(Content::One(notice)) => notice.title.clone(),
            Some(Content::Several(notices)) => {
                let mut repositories: Vec<&str> = notices
                    .iter()
                    .map(|notice| notice.repository.as_str())
                    .collect();
                repositories.sort_unstable();
                repositories.dedup();
                format!(
                    "{} notices from {}: {}",
                    notices.len(),
                    repositories.join(", "),
                    by_severity(notices)
                )
            }
        }
    }
}

/// `2 errors, 3 warnings`.
fn by_severity(notices: &[Notice]) -> String {
    let words = Severity::ALL.into_iter().rev().filter_map(|severity| {
        let count = notices
            .iter()
            .filter(|notice| notice.severity == severity)
            .count();
        let word = match (severity, count) {
            (_, 0) => return None,
            (Severity::Critical, _) => "critical",
            (Severity::Info, _) => "info",
            (Severity::Error, 1) => "error",
            (Severity::Error, _) => "errors",
            (Severity::Warning, 1) => "warning",
            (Severity::Warning, _) => "warnings",
        };
        Some(format!("{count} {word}"))
    });
    words.collect::<Vec<_>>().join(", ")
}
