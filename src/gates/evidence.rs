//! What a failing verdict rests on, and whether a run comes to a verdict at all.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::findings::{Scan, Verdict};

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Evidence {
    /// Findings that were read.
    Scan {
        /// The scan.
        scan: Box<Scan>,
    },
    /// A command failed whose output nobody reads.
    Output {
        /// Its exit code.
        code: i32,
        /// The end of what it said.
        tail: String,
    },
}

impl Evidence {
    /// Reads what [`body_of_scan`] or [`body_of_output`] wrote.
    pub fn read(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }
}

/// The body of a failing verdict with findings.
pub fn body_of_scan(scan: &RawValue) -> String {
    // As it was left: it may be large, and is not read to be written again.
    format!("{{\"kind\":\"scan\",\"scan\":{}}}", scan.get())
}

/// The body of a failing verdict of a command whose output is not read.
pub fn body_of_output(code: i32, tail: String) -> String {
    // A number and a text: nothing in here can fail to become JSON.
    serde_json::to_string(&Evidence::Output { code, tail }).unwrap_or_default()
}

/// What a run came to, as far as a verdict is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Its findings were read.
    Scan {
        /// What they come to.
        verdict: Verdict,
        /// Whether what was looked at is what the verdict would be about.
        is_about_it: bool,
    },
    /// It exited by itself, and nobody reads what it said.
    Exited {
        /// Its exit code.
        code: i32,
        /// Whether that code means that another attempt may go better.
        may_pass: bool,
    },
    /// It was ended, or never started, or lost.
    Nothing,
}

/// Whether a run that came to this is content; `None` if it says nothing. What was not checked, what failed and what was
/// cut off is never kept: it is no answer.
pub const fn is_content(came: Came) -> Option<bool> {
    match came {
        Came::Scan {
            verdict: Verdict::Clean,
            is_about_it: true,
        }
        | Came::Exited { code: 0, .. } => Some(true),
        Came::Scan {
            verdict: Verdict::Findings,
            is_about_it: true,
        }
        | Came::Exited {
            may_pass: false, ..
        } => Some(false),
        Came::Scan { .. } | Came::Exited { may_pass: true, .. } | Came::Nothing => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_clean_and_found_are_answers() {
        let scan = |verdict, is_about_it| {
            is_content(Came::Scan {
                verdict,
                is_about_it,
            })
        };
        assert_eq!(scan(Verdict::Clean, true), Some(true));
        assert_eq!(scan(Verdict::Findings, true), Some(false));
        for verdict in [Verdict::NotChecked, Verdict::ToolError] {
            assert_eq!(scan(verdict, true), None);
        }
        assert_eq!(scan(Verdict::Clean, false), None);
        let exited = |code, may_pass| is_content(Came::Exited { code, may_pass });
        assert_eq!(exited(0, false), Some(true));
        assert_eq!(exited(3, false), Some(false));
        assert_eq!(exited(3, true), None);
        assert_eq!(is_content(Came::Nothing), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let body = body_of_output(3, "bad\n\"x\"".to_owned());
        let tail = "bad\n\"x\"".to_owned();
        assert_eq!(
            Evidence::read(&body).unwrap(),
            Evidence::Output { code: 3, tail }
        );
        let raw = RawValue::from_string("{\"x\":1}".to_owned()).unwrap();
        assert_eq!(body_of_scan(&raw), "{\"kind\":\"scan\",\"scan\":{\"x\":1}}");
        assert!(Evidence::read(&body_of_scan(&raw)).is_err());
    }
}
