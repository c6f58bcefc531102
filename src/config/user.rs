//! The sections that only the user's own file may have.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schedule::{Cron, Schedule};
use super::signer::Signer;
use super::units::{Dollars, Period};

/// What may run without being asked about again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// Refs whose commits are trusted like those made here, such as `origin/main`.
    pub refs: Vec<String>,
    /// Whether a coding agent may approve tasks.
    pub allow_agents: bool,
}

/// Whose verdicts count that were made on another machine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verdicts {
    /// Who may say in `refs/notes/tend` that a gate passed, by the key that signed it: `SHA256:…` of an SSH key, the
    /// whole fingerprint of an OpenPGP key, or a principal of the file that `gpg.ssh.allowedSignersFile` names. Nobody
    /// if it is empty. Git verifies the signatures, so an SSH key must be in that file too.
    pub signers: Vec<Signer>,
}

/// Where sessions of coding agents are found, and which of them are worth analysing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Whether `git tend tick` reads them; `git tend sessions scan` does in any case.
    pub enabled: bool,
    /// Folders of sessions of this machine; `~` is the home folder. Unless it is set, the agents' own variables
    /// (`PI_CODING_AGENT_DIR`, `CLAUDE_CONFIG_DIR`, `CODEX_HOME`) are followed too.
    pub dirs: Vec<String>,
    /// Folders that are synchronised from other machines.
    pub spokes: Vec<String>,
    /// A session is over when nothing was written to it for so long.
    pub idle: Period,
    /// Whether what was said is kept, without secrets, and can be searched: with it, the graph is several times larger.
    pub conversations: bool,
    /// Segments with fewer entries are left out.
    pub min_entries: u32,
    /// Segments with fewer messages are left out.
    pub min_messages: u32,
    /// Segments with fewer tokens are left out.
    pub min_tokens: u32,
}

/// Where pi, Claude Code and Codex CLI keep sessions.
const USUAL_SESSIONS: [&str; 5] = [
    "~/.pi/agent/sessions",
    "~/.claude/projects",
    "~/.config/claude/projects",
    "~/.codex/sessions",
    "~/.codex/archived_sessions",
];

impl Default for Sessions {
    fn default() -> Self {
        Self {
            enabled: true,
            dirs: USUAL_SESSIONS.map(str::to_owned).to_vec(),
            spokes: Vec::new(),
            idle: Period::minutes(10),
            conversations: true,
            min_entries: 3,
            min_messages: 2,
            min_tokens: 100,
        }
    }
}

/// The coding agent that analyses sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Agent {
    /// Whether it is called at all; it costs money.
    pub enabled: bool,
    /// The program and its first arguments: pi, or one that answers with the same JSON lines.
    pub command: Vec<String>,
    /// The arguments after those; pi's own unless they are set. `{provider}`, `{model}` and `{system_prompt}` (a file) stand
    /// for what they name. The prompt is on standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<String>>,
    /// The provider of the model.
    pub provider: String,
    /// The model.
    pub model: String,
    /// When a call is stopped; a call that is tried again after that gets half as much again.
    pub timeout: Period,
    /// How often an analysis is tried again. Unless it is set, that depends on what went wrong: up to five times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// The wait before the first retry; it doubles each time, up to an hour.
    pub retry_delay: Period,
    /// How many analyses run at once.
    pub slots: NonZeroU32,
    /// What a day may cost, in US dollars.
    pub max_cost_per_day: Dollars,
    /// What one run (a night, a tick, a command) may cost, in US dollars.
    pub max_cost_per_run: Dollars,
    /// How many analyses a day may begin.
    pub max_jobs_per_day: u32,
    /// How many analyses one run may begin.
    pub max_jobs_per_run: u32,
    /// The largest part of a session that one call is given, in tokens; longer ones are given in several parts.
    pub chunk_tokens: NonZeroU32,
    /// Into so many parts a session is divided at most: of what is longer, tools' outputs are shortened, and at last the
    /// middle is left out.
    pub max_chunks: NonZeroU32,
    /// Skills that the agent is given: folders, or names of folders in `~/skills`.
    pub skills: Vec<String>,
    /// A file with the instructions that the agent gets instead of the built-in ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_file: Option<String>,
}

impl Default for Agent {
    fn default() -> Self {
        let count = |count| NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self {
            enabled: false,
            command: vec!["pi".to_owned()],
            arguments: None,
            provider: "zai".to_owned(),
            model: "glm-4.7".to_owned(),
            timeout: Period::minutes(30),
            retries: None,
            retry_delay: Period::seconds(60),
            slots: NonZeroU32::MIN,
            max_cost_per_day: Dollars::ONE,
            max_cost_per_run: Dollars::ONE,
            max_jobs_per_day: 200,
            max_jobs_per_run: 100,
            chunk_tokens: count(50_000),
            max_chunks: count(8),
            skills: Vec::new(),
            prompt_file: None,
        }
    }
}

/// The nightly work on the knowledge graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Nightly {
    /// When sessions that an older prompt analysed are analysed again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reanalysis: Option<Schedule>,
    /// When connections between sessions are looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<Schedule>,
    /// When insights are drawn from what sessions have in common, and their effect is measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregation: Option<Schedule>,
    /// How many sessions a night analyses again, and for how many it looks for connections.
    pub limit: u32,
    /// For how long a night's run begins new work.
    pub budget: Period,
}

impl Default for Nightly {
    fn default() -> Self {
        let daily = |text| Some(Schedule::from(Cron::literal(text)));
        Self {
            reanalysis: daily("0 2 * * *"),
            connections: daily("0 3 * * *"),
            aggregation: daily("0 3 * * *"),
            limit: 100,
            budget: Period::hours(1),
        }
    }
}
