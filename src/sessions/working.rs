//! The sessions that a process works for, as agents tell those whom they start.
//!
//! Seen of Claude Code 2.1.197 and Codex CLI 0.169.0, and in the source of pi 0.87. Where one agent starts another, both
//! are told.

use std::ffi::OsString;

use super::model::Agent;
use crate::system::env::{CLAUDE_CODE_SESSION_ID, CODEX_THREAD_ID, PI_SESSION_FILE, PI_SESSION_ID};

/// No agent's ids are longer; most are UUIDs.
const LONGEST: usize = 128;

impl Agent {
    /// The name that stands in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pi => "pi",
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }
}

/// The sessions that this process works for, by its variables. What can be no id is nobody's.
pub fn working(variable: impl Fn(&str) -> Option<OsString>) -> Vec<(Agent, String)> {
    let id = |name| variable(name).and_then(|value| id(value.to_str()?));
    let pi = id(PI_SESSION_ID).or_else(|| {
        // `<time>_<id>.jsonl`
        let file = variable(PI_SESSION_FILE)?;
        let name = file.to_str()?.rsplit('/').next()?;
        self::id(name.strip_suffix(".jsonl")?.rsplit_once('_')?.1)
    });
    [
        (Agent::Pi, pi),
        (Agent::ClaudeCode, id(CLAUDE_CODE_SESSION_ID)),
        (Agent::Codex, id(CODEX_THREAD_ID)),
    ]
    .into_iter()
    .filter_map(|(agent, session)| Some((agent, session?)))
    .collect()
}

/// Letters, digits, and what stands between them in names.
fn id(text: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_id = (1..=LONGEST).contains(&text.len()) && text.bytes().all(fits);
    is_id.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    const ID: &str = "3b836888-9f8f-47fd-ad05-a882ace594c6";

    fn of(variables: &[(&str, &[u8])]) -> Vec<(Agent, String)> {
        working(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from_vec(value.to_vec()))
        })
    }

    #[test]
    fn each_agent_says_it_in_its_own_way() {
        let id = || ID.to_owned();
        assert_eq!(of(&[]), []);
        for (name, agent) in [
            ("PI_SESSION_ID", Agent::Pi),
            ("CLAUDE_CODE_SESSION_ID", Agent::ClaudeCode),
            ("CODEX_THREAD_ID", Agent::Codex),
        ] {
            assert_eq!(of(&[(name, ID.as_bytes())]), [(agent, id())]);
        }
        let file = format!("/h/.pi/agent/sessions/--p--/2026-01-01T00-00-00-000Z_{ID}.jsonl");
        assert_eq!(
            of(&[("PI_SESSION_FILE", file.as_bytes())]),
            [(Agent::Pi, id())]
        );
        let both = of(&[("CODEX_THREAD_ID", b"c"), ("PI_SESSION_ID", b"p")]);
        assert_eq!(
            both,
            [(Agent::Pi, "p".to_owned()), (Agent::Codex, "c".to_owned())]
        );
    }

    #[test]
    fn what_can_be_no_id_is_nobodys() {
        let long = "a".repeat(LONGEST + 1);
        for value in [
            "",
            " ",
            "a b",
            "a\nb",
            "\u{1b}[31m",
            "größe",
            "../x",
            "a'--",
            &long,
        ] {
            assert_eq!(of(&[("PI_SESSION_ID", value.as_bytes())]), [], "{value:?}");
            assert_eq!(
                of(&[("PI_SESSION_FILE", value.as_bytes())]),
                [],
                "{value:?}"
            );
        }
        assert_eq!(of(&[("CODEX_THREAD_ID", b"\xff\xfe")]), []);
        assert_eq!(of(&[("PI_SESSION_FILE", b"/x/_.jsonl")]), []);
    }
}
