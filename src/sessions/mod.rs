//! Sessions of coding agents: read from the files that the agents write, in one model, without any of the agents running.
//!
//! The readers (pi, Claude Code, Codex CLI) turn lines into [`Event`]s; everything after them (boundaries, segments, signals,
//! figures) is a function of events and knows no agent.

pub mod boundary;
pub mod commands;
pub mod commits;
pub mod digest;
pub mod draft;
pub mod entry;
pub mod facts;
pub mod figures;
pub mod find;
pub mod follow;
pub mod lineage;
pub mod model;
pub mod read;
pub mod ready;
pub mod redact;
pub mod segment;
pub mod signals;
#[cfg(test)]
mod testing;
pub mod working;

pub use model::{
    Agent, Assistant, Event, Kind, Lineage, Link, Model, Session, Stop, ToolCall, ToolResult, Usage,
};
