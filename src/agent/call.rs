//! One call of the agent.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::failure::Failure;
use crate::config::user::Agent;
use crate::sessions::{Model, Usage};

/// What the agent is called with.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The program, the model and its provider.
    pub settings: &'a Agent,
    /// What it is: its instructions, which never hold anything of a session.
    pub system_prompt: &'a str,
    /// What it is asked, on standard input.
    pub prompt: &'a str,
    /// Folders of skills.
    pub skills: &'a [PathBuf],
    /// When it is stopped.
    pub timeout: Duration,
    /// Its environment.
    pub environment: &'a [(OsString, OsString)],
    /// Where answers are kept from the moment they come in until they are used: an answer that was paid for is not paid for
    /// twice, whatever happens to this process.
    pub answers: &'a Path,
}

/// What the agent answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The text blocks of its last answer, with line ends between them.
    pub text: String,
    /// The model that wrote it, if it is told.
    pub model: Option<Model>,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Called {
    /// The answer, or why there is none.
    pub result: Result<Reply, Failure>,
    /// What it took, as far as it was told: failures cost money too.
    pub usage: Usage,
    /// How long it took.
    pub wall: Duration,
    /// Whether the answer was there already: nothing was called and `usage` is nothing.
    pub kept: bool,
}
