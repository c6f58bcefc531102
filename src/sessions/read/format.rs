//! Which agent's format a file has: its lines tell.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::claude::{self, ClaudeCode};
use super::codex::{self, Codex};
use super::entry::{At, Sink};
use super::lax::{Object, Text};
use super::pi::Pi;
use crate::sessions::model::Agent;

/// A format, with what has to be known of earlier lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    Pi(Pi),
    ClaudeCode(Box<ClaudeCode>),
    Codex(Box<Codex>),
}

impl Format {
    /// As a file begins.
    pub fn of(agent: Agent) -> Self {
        match agent {
            Agent::Pi => Self::Pi(Pi::default()),
            Agent::ClaudeCode => Self::ClaudeCode(Box::default()),
            Agent::Codex => Self::Codex(Box::default()),
        }
    }

    /// Reads a line, which is an object.
    pub fn line(&mut self, at: At, line: &[u8], into: &mut Sink<'_>) -> serde_json::Result<()> {
        match self {
            Self::Pi(pi) => pi.line(at, line, into),
            Self::ClaudeCode(claude) => claude.line(at, line, into),
            Self::Codex(codex) => codex.line(at, line, into),
        }
    }
}

/// Whose a line is, if it tells. `line` is an object.
pub fn agent_of_line(line: &[u8]) -> serde_json::Result<Option<Agent>> {
    serde_json::from_slice(line).map(|probe: Probe<'_>| probe.agent())
}

/// What tells whose a line is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Probe<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    uuid: Text<'a>,
    #[serde(borrow, rename = "sessionId")]
    session_id: Text<'a>,
    payload: Object<Anything>,
    instructions: Option<IgnoredAny>,
    git: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
struct Anything {}

impl Probe<'_> {
    fn agent(&self) -> Option<Agent> {
        let kind = self.kind.str();
        let bare_head =
            self.id.filled().is_some() && (self.instructions.is_some() || self.git.is_some());
        if kind == "session" && self.id.filled().is_some() {
            Some(Agent::Pi)
        } else if codex::is_line(kind, self.payload.0.is_some(), bare_head) {
            Some(Agent::Codex)
        } else if claude::is_line(
            kind,
            self.session_id.filled().or(self.uuid.filled()).is_some(),
        ) {
            Some(Agent::ClaudeCode)
        } else {
            None
        }
    }
}
