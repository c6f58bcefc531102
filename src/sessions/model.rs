//! What all agents' sessions have in common.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A coding agent whose sessions are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agent {
    /// pi: `~/.pi/agent/sessions`.
    Pi,
    /// Claude Code: `~/.claude/projects`.
    ClaudeCode,
    /// Codex CLI: `~/.codex/sessions`.
    Codex,
}

impl Agent {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Pi, Self::ClaudeCode, Self::Codex];

    /// Its word: in JSON, in the database and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pi => "pi",
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// The one with this word, or with the short one that people use.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "claude" => Some(Self::ClaudeCode),
            word => Self::ALL.into_iter().find(|agent| agent.as_str() == word),
        }
    }
}

/// What a file's head says of its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub agent: Agent,
    /// The agent's own id of it, usually a UUID; never empty.
    pub id: String,
    /// Where the agent worked: an absolute path, as it stands there (it may be of another machine).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What it was forked from, or which session started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Lineage>,
    /// The version of the file's format, or of the agent, as it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The branch that was checked out when it began, if the agent tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit that was checked out when it began, if the agent tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// Where a session came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lineage {
    /// Forked from the session in this file, which may no longer exist (pi). Entries are copied with their ids.
    ForkOfFile(String),
    /// Forked from the session with this id (Codex; Claude Code, whose copies have the ids of what they are copies of).
    ForkOf(String),
    /// Started by another session as a sub-agent: that session's id.
    SubAgentOf(String),
}

/// What an event hangs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The format is linear: on the event before it.
    Previous,
    /// On nothing: a root, the first or a later one.
    Root,
    /// On the event with this id, which may not be in the file.
    To(String),
    /// Beside the tree: on nothing, and nothing hangs on it. What comes next goes on from the event before it.
    Aside,
}

/// One entry of a session, in the order of the file. Entries of unknown types are kept as [`Kind::Opaque`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its id; where the format has none (pi 1, Codex), `L` and the number of its line from 1. Where one line says more than
    /// one thing, the others have the id of the first, `#` and something.
    pub id: String,
    /// What it hangs on.
    pub link: Link,
    /// When.
    pub at: Option<Timestamp>,
    /// Where its line begins in the file, in bytes.
    pub offset: u64,
    /// Whether it is of a sub-agent written into the same file (Claude Code): no part of the main conversation.
    pub sidechain: bool,
    /// What it is.
    pub kind: Kind,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The user's words. What agents inject as a user's (environment, reminders, results of tools) is not.
    User {
        /// Text blocks, with line ends between them.
        text: String,
        /// How many pictures.
        images: u32,
    },
    /// An answer of a model, or a part of one.
    Assistant(Box<Assistant>),
    /// What a tool answered.
    ToolResult(Box<ToolResult>),
    /// A command that the user ran from within the agent (pi's `!`).
    Shell {
        /// The command.
        command: String,
        /// What it printed, as far as it was kept.
        output: String,
        /// Its exit code; none if it was cancelled.
        exit_code: Option<i64>,
    },
    /// The context was summarised, and what was before is not seen by the model any more.
    Compaction {
        /// The summary; may be empty.
        summary: String,
        /// How large the context was, in tokens.
        tokens_before: Option<u64>,
    },
    /// A branch of the conversation was left, and summarised.
    BranchSummary {
        /// The event at which it was left, as it stands there.
        from: Option<String>,
        /// The summary.
        summary: String,
    },
    /// The conversation was rolled back by so many turns (Codex).
    RolledBack {
        /// How many.
        turns: u64,
    },
    /// Another model from here on.
    ModelChange(Model),
    /// The session's name.
    Name {
        /// As the user or the agent wrote it.
        name: String,
    },
    /// An entry of an extension, such as pi's `brain_flag` and `handoff`.
    Custom {
        /// What it calls itself.
        name: String,
        /// What it holds.
        data: Value,
    },
    /// Tokens and cost told apart from any answer (Codex' totals are differences here; pi 0.87's `usage`).
    Spent {
        /// By which model, if that is told.
        model: Option<Model>,
        /// How much.
        usage: Usage,
    },
    /// Anything else, such as labels: it takes part in the tree, and nothing more.
    Opaque {
        /// Its type, as it stands there.
        name: String,
    },
}

/// An answer of a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Assistant {
    /// Text blocks, with line ends between them; thinking is left out.
    pub text: String,
    /// The tools it calls.
    pub calls: Vec<ToolCall>,
    /// Which model.
    pub model: Option<Model>,
    /// What it took. Where one answer spans several lines, the first that tells it has it, and the others have none; if a
    /// later one tells more, it has the difference.
    pub usage: Option<Usage>,
    /// Why it ended.
    pub stop: Option<Stop>,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// Which answer it is: the lines of one have the same, and its copies in other files (Claude Code).
    pub request: Option<String>,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Its id in the session.
    pub id: String,
    /// The tool, as the agent names it.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
}

/// What a tool answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call that it answers.
    pub call: String,
    /// The tool, if the entry or its call tells it.
    pub tool: Option<String>,
    /// Text blocks.
    pub text: String,
    /// Whether it failed.
    pub is_error: bool,
}

/// A model of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Model {
    /// Such as `anthropic`; empty if unknown.
    pub provider: String,
    /// Such as `claude-opus-4-5`.
    pub name: String,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It was finished.
    Done,
    /// It was cut off at a limit.
    Length,
    /// It waits for a tool.
    ToolUse,
    /// It failed.
    Error,
    /// The user stopped it.
    Aborted,
}

/// Tokens and cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Read that no cache had.
    pub input: u64,
    /// Written.
    pub output: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Written to a cache.
    pub cache_write: u64,
    /// In US dollars, if the agent tells it: never guessed from a price list.
    pub cost: Option<f64>,
}
