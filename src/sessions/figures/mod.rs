//! Exact figures of a segment: what it took, how long, with which models and tools, and which files.
//!
//! They are added up event by event; the sum so far is a value that can be stored and gone on with. Every text in it is
//! without secrets.

mod errors;
mod patch;
mod paths;
#[cfg(test)]
mod tests;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::boundary::{RESUME_GAP, is_note};
use super::model::{Assistant, Event, Kind, Model, Stop, ToolCall, ToolResult, Usage};
use super::redact::excerpt;
pub use errors::normalised;
use tools::Act;
pub(super) use tools::shell_command;

/// More files, folders or commands of one kind are counted but not kept.
const KEPT: usize = 5000;
/// More tools, and more errors of one tool, are not told apart.
const KINDS: usize = 200;
/// Of a command, its first line as far as this is kept, in characters.
const COMMAND: usize = 200;
/// Of a path, so many characters: as long as one can be.
const PATH: usize = 4096;
/// Of the name of a tool or a model, so many characters.
const NAME: usize = 100;

/// What a segment took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Tokens and cost of all models, sub-agents in the same file included.
    pub usage: Spending,
    /// The same by model, in the order of their names.
    pub models: Vec<ModelFigures>,
    /// The model of the first answer.
    pub first_model: Option<Model>,
    /// The user's messages.
    pub user_messages: u64,
    /// The models' answers, each counted once, however many lines it has.
    pub answers: u64,
    /// Answers that failed.
    pub failed_answers: u64,
    /// Answers that the user stopped.
    pub stopped_answers: u64,
    /// Pictures that the user showed.
    pub images: u64,
    /// Calls of tools, and what failed, by the tool as the agent names it.
    pub tools: BTreeMap<String, ToolFigures>,
    /// Files that tools were asked to read, relative to the session's folder; those elsewhere as they stand there.
    pub files_read: BTreeSet<String>,
    /// Files that tools were asked to change, likewise.
    pub files_changed: BTreeSet<String>,
    /// Folders that were listed, likewise.
    pub folders_listed: BTreeSet<String>,
    /// The first lines of commands that the agent ran, and how often.
    pub commands: BTreeMap<String, u64>,
    /// The same of commands that the user ran from within the agent.
    pub typed_commands: BTreeMap<String, u64>,
    /// When the first event was.
    pub began_at: Option<Timestamp>,
    /// When the last event was.
    pub ended_at: Option<Timestamp>,
    /// How long something went on, in milliseconds: gaps above ten minutes are left out.
    pub active_ms: u64,
    /// The model that answers now.
    current: Option<Model>,
    /// The request whose answer is being written.
    request: Option<String>,
    /// How the last answer ended that tells it.
    last_stop: Option<Stop>,
    /// Whether the answer before may go on: where requests have no names, it does until something else comes.
    goes_on: bool,
    /// When the event before was.
    previous_at: Option<Timestamp>,
}

/// What one model took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelFigures {
    /// Which model; without a name if nothing tells.
    pub model: Model,
    /// Its answers.
    pub answers: u64,
    /// Tokens and cost.
    pub usage: Spending,
}

/// Tokens and cost of many answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// Tokens read that no cache had.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
    /// Tokens read from a cache.
    pub cache_read: u64,
    /// Tokens written to a cache.
    pub cache_write: u64,
    /// What the answers cost that tell it, in billionths of a US dollar: sums of whole numbers are the same in any order.
    /// None if no answer tells.
    pub nano_dollars: Option<u64>,
}

impl Spending {
    /// All tokens: those read, written, and read from or written to caches.
    pub fn tokens(&self) -> u64 {
        [self.input, self.output, self.cache_read, self.cache_write]
            .iter()
            .fold(0, |sum, tokens| sum.saturating_add(*tokens))
    }

    /// What the answers cost that tell it, in US dollars.
    #[allow(clippy::cast_precision_loss)] // exact to nine million dollars
    pub fn cost(&self) -> Option<f64> {
        self.nano_dollars.map(|cost| cost as f64 / 1e9)
    }

    fn add(&mut self, usage: &Usage) {
        self.input = self.input.saturating_add(usage.input);
        self.output = self.output.saturating_add(usage.output);
        self.cache_read = self.cache_read.saturating_add(usage.cache_read);
        self.cache_write = self.cache_write.saturating_add(usage.cache_write);
        // The cast of a float keeps to the range of the integer.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let cost = usage
            .cost
            .filter(|cost| cost.is_finite())
            .map(|cost| (cost * 1e9).round() as u64);
        self.nano_dollars = match (self.nano_dollars, cost) {
            (Some(sum), Some(cost)) => Some(sum.saturating_add(cost)),
            (sum, cost) => sum.or(cost),
        };
    }
}

/// How a tool was used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolFigures {
    /// How often it was called.
    pub calls: u64,
    /// How often it failed.
    pub failures: u64,
    /// How it failed: see [`normalised`].
    pub errors: BTreeMap<String, ToolError>,
    /// Whether errors wait for another call of the tool.
    waits: bool,
}

/// A way in which a tool failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolError {
    /// How often.
    pub occurrences: u64,
    /// Which model had called it, the first time.
    pub model: Option<Model>,
    /// Whether the tool was called again afterwards.
    pub was_retried: bool,
}

impl Figures {
    /// Adds an event of a session that works in this folder.
    pub fn add(&mut self, event: &Event, folder: Option<&str>) {
        self.take_time(event);
        if !event.sidechain && !is_note(&event.kind) && !matches!(event.kind, Kind::Assistant(_)) {
            self.goes_on = false;
        }
        match &event.kind {
            Kind::User { images, .. } if !event.sidechain => {
                self.user_messages += 1;
                self.images += u64::from(*images);
            }
            Kind::Assistant(answer) => self.take_answer(answer, event.sidechain, folder),
            Kind::ToolResult(result) => self.take_result(result),
            Kind::Shell { command, .. } => count(&mut self.typed_commands, first_line(command)),
            Kind::ModelChange(model) if !event.sidechain => self.current = Some(named(model)),
            Kind::Spent { model, usage } => {
                let model = model.as_ref().map(named).or_else(|| self.current.clone());
                self.spend(&model.unwrap_or_default(), usage);
            }
            _ => (),
        }
    }

    /// Nothing yet, of what comes after: the model that answers now goes on.
    #[must_use]
    pub fn continued(&self) -> Self {
        Self {
            current: self.current.clone(),
            request: self.request.clone(),
            ..Self::default()
        }
    }

    /// From the first event to the last.
    pub fn wall(&self) -> SignedDuration {
        match (self.began_at, self.ended_at) {
            (Some(begin), Some(end)) => end.duration_since(begin),
            _ => SignedDuration::ZERO,
        }
    }

    /// Files that tools were asked to read or to change.
    pub fn files_touched(&self) -> BTreeSet<&str> {
        let files = self.files_read.iter().chain(&self.files_changed);
        files.map(String::as_str).collect()
    }

    /// Whether the user stopped the last answer.
    pub fn ended_stopped(&self) -> bool {
        self.last_stop == Some(Stop::Aborted)
    }

    /// Whether the last answer failed.
    pub fn ended_failed(&self) -> bool {
        self.last_stop == Some(Stop::Error)
    }

    /// How often tools were called.
    pub fn tool_calls(&self) -> u64 {
        self.tools.values().map(|tool| tool.calls).sum()
    }

    /// The model of most answers; of several, the first by name.
    pub fn main_model(&self) -> Option<&Model> {
        let answered = self.models.iter().rev().filter(|of| of.answers > 0);
        answered.max_by_key(|of| of.answers).map(|of| &of.model)
    }

    #[allow(clippy::cast_sign_loss)] // gaps below zero are left out
    fn take_time(&mut self, event: &Event) {
        let Some(at) = event.at.filter(|_| !is_note(&event.kind)) else {
            return;
        };
        if let Some(previous) = self.previous_at.replace(at) {
            let gap = at.duration_since(previous);
            if gap.is_positive() && gap <= RESUME_GAP {
                let gap = u64::try_from(gap.as_millis()).unwrap_or_default();
                self.active_ms = self.active_ms.saturating_add(gap);
            }
        }
        self.began_at = Some(self.began_at.map_or(at, |begin| begin.min(at)));
        self.ended_at = Some(self.ended_at.map_or(at, |end| end.max(at)));
    }

    fn take_answer(&mut self, answer: &Assistant, sidechain: bool, folder: Option<&str>) {
        let model = answer
            .model
            .as_ref()
            .map(named)
            .or_else(|| self.current.clone());
        if !sidechain {
            self.current.clone_from(&model);
        }
        let model = model.unwrap_or_default();
        if !sidechain && !self.is_same_answer(answer) {
            self.answers += 1;
            self.of(&model).answers += 1;
            if self.first_model.is_none() && model != Model::default() {
                self.first_model = Some(model.clone());
            }
        }
        if !sidechain {
            self.failed_answers += u64::from(answer.stop == Some(Stop::Error));
            self.stopped_answers += u64::from(answer.stop == Some(Stop::Aborted));
            self.last_stop = answer.stop.or(self.last_stop);
        }
        if let Some(usage) = &answer.usage {
            self.spend(&model, usage);
        }
        for call in &answer.calls {
            self.take_call(call, folder);
        }
    }

    /// Whether it goes on with the answer before, as lines of Claude Code and items of Codex do.
    fn is_same_answer(&mut self, answer: &Assistant) -> bool {
        let is_same = match &answer.request {
            Some(_) => answer.request == self.request,
            None => self.goes_on,
        };
        self.request.clone_from(&answer.request);
        let may_go_on = matches!(answer.stop, None | Some(Stop::ToolUse));
        self.goes_on = answer.request.is_none() && may_go_on;
        is_same
    }

    fn take_call(&mut self, call: &ToolCall, folder: Option<&str>) {
        if let Some(tool) = self.tool(&call.tool) {
            tool.calls += 1;
            if std::mem::take(&mut tool.waits) {
                for error in tool.errors.values_mut() {
                    error.was_retried = true;
                }
            }
        }
        let of_folder = |path: &str| paths::relative(path, folder);
        for act in tools::acts(&call.tool, &call.arguments) {
            match act {
                Act::Reads(path) => keep(&mut self.files_read, of_folder(&path)),
                Act::Changes(path) => keep(&mut self.files_changed, of_folder(&path)),
                Act::Lists(path) => keep(&mut self.folders_listed, of_folder(&path)),
                Act::Runs(command) => count(&mut self.commands, first_line(&command)),
            }
        }
    }

    fn take_result(&mut self, result: &ToolResult) {
        if !result.is_error {
            return;
        }
        let model = self.current.clone();
        let Some(tool) = self.tool(result.tool.as_deref().unwrap_or("unknown")) else {
            return;
        };
        tool.failures += 1;
        let error = normalised(&result.text);
        if tool.errors.len() >= KINDS && !tool.errors.contains_key(&error) {
            return;
        }
        tool.waits = true;
        let known = tool.errors.entry(error).or_default();
        known.occurrences += 1;
        known.model = known.model.take().or(model);
    }

    fn tool(&mut self, name: &str) -> Option<&mut ToolFigures> {
        let name = excerpt(name, NAME);
        if self.tools.len() >= KINDS && !self.tools.contains_key(&name) {
            return None;
        }
        Some(self.tools.entry(name).or_default())
    }

    fn of(&mut self, model: &Model) -> &mut ModelFigures {
        let at = match self.models.binary_search_by(|of| of.model.cmp(model)) {
            Ok(at) => at,
            Err(at) => {
                let model = model.clone();
                self.models.insert(
                    at,
                    ModelFigures {
                        model,
                        ..ModelFigures::default()
                    },
                );
                at
            }
        };
        // The index was just found or filled.
        #[allow(clippy::indexing_slicing)]
        &mut self.models[at]
    }

    fn spend(&mut self, model: &Model, usage: &Usage) {
        self.usage.add(usage);
        self.of(model).usage.add(usage);
    }
}

fn named(model: &Model) -> Model {
    Model {
        provider: excerpt(&model.provider, NAME),
        name: excerpt(&model.name, NAME),
    }
}

fn first_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty());
    excerpt(line.unwrap_or_default().trim(), COMMAND)
}

fn keep(all: &mut BTreeSet<String>, one: Option<String>) {
    if all.len() < KEPT {
        all.extend(one.map(|path| excerpt(&path, PATH)));
    }
}

fn count(all: &mut BTreeMap<String, u64>, one: String) {
    if one.is_empty() || (all.len() >= KEPT && !all.contains_key(&one)) {
        return;
    }
    *all.entry(one).or_default() += 1;
}
