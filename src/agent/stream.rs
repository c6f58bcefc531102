//! What the agent writes: lines of JSON, one an event, read as they come.
//!
//! pi 0.73 ends every attempt with an `agent_end` and may begin another, so the last one counts; 0.87 says in it whether
//! another will follow, and ends with `agent_settled`. The code that it exits with says nothing: with 401, 429 and a refused
//! connection it is 0. What counts is why the last answer ended: only one that stopped by itself is an answer.

use serde::Deserialize;

use crate::sessions::read::lax::{Count, Flag, List, Object, Text};
use crate::sessions::read::pi::answer;
use crate::sessions::read::pi::line::Message;
use crate::sessions::{Assistant, Model, Stop, Usage};

use super::call::Reply;

/// The longest line that is read, in bytes.
pub const LONGEST_LINE: usize = 16 << 20;
/// The longest answer that is taken, in bytes of text.
pub const LONGEST_ANSWER: usize = 4 << 20;
/// The longest stream that is read, in bytes, without updates of messages: they hold the whole message each time, and an
/// answer of 16,000 tokens makes a gibibyte of them.
pub const LONGEST_STREAM: u64 = 1 << 30;

/// With what lines begin that are read over.
const UPDATE: &[u8] = br#"{"type":"message_update""#;

/// It wrote more than is taken: which limit, for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch(pub &'static str);

/// Bytes made lines: LF alone ends one. No more than one line is in memory, and of updates of messages nothing is.
#[derive(Debug)]
pub struct Lines {
    line: Vec<u8>,
    /// Of the line, what was read over included.
    length: usize,
    /// Of all lines that were not read over.
    total: u64,
    is_update: bool,
    longest_line: usize,
    longest_stream: u64,
}

impl Default for Lines {
    fn default() -> Self {
        Self::bounded(LONGEST_LINE, LONGEST_STREAM)
    }
}

impl Lines {
    fn bounded(longest_line: usize, longest_stream: u64) -> Self {
        Self {
            line: Vec::new(),
            length: 0,
            total: 0,
            is_update: false,
            longest_line,
            longest_stream,
        }
    }

    /// Takes bytes, and hands on every line that ends in them, without its LF.
    pub fn push(&mut self, bytes: &[u8], each: &mut dyn FnMut(&[u8])) -> Result<(), TooMuch> {
        let mut rest = bytes;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (piece, after) = rest.split_at(at);
            self.add(piece)?;
            self.end(each)?;
            rest = after.get(1..).unwrap_or_default();
        }
        self.add(rest)
    }

    /// Hands on a last line that nothing ended.
    pub fn finish(mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), TooMuch> {
        self.end(each)
    }

    fn add(&mut self, piece: &[u8]) -> Result<(), TooMuch> {
        self.length += piece.len();
        if self.length > self.longest_line {
            return Err(TooMuch("a line of more than 16 MiB"));
        }
        if !self.is_update {
            self.line.extend_from_slice(piece);
            if self.line.starts_with(UPDATE) {
                self.is_update = true;
                self.line.clear();
            }
        }
        Ok(())
    }

    fn end(&mut self, each: &mut dyn FnMut(&[u8])) -> Result<(), TooMuch> {
        if !self.is_update {
            if !self.line.is_empty() {
                each(&self.line);
            }
            self.total += self.length as u64 + 1;
        }
        self.line.clear();
        self.length = 0;
        self.is_update = false;
        if self.total > self.longest_stream {
            return Err(TooMuch("more than 1 GiB"));
        }
        Ok(())
    }
}

/// The fields of an event that count.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    message: Object<Message<'a>>,
    #[serde(borrow)]
    messages: List<Object<Message<'a>>>,
    will_retry: Flag,
    attempt: Count,
    max_attempts: Count,
    delay_ms: Count,
    #[serde(borrow)]
    error_message: Text<'a>,
}

/// What a line was about, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing that is worth a line of the log.
    Other,
    /// The agent tries again by itself.
    Retry {
        /// The how manyth retry.
        attempt: u64,
        /// Of how many.
        of: u64,
        /// After so many milliseconds.
        delay_ms: u64,
        /// What went wrong.
        error: String,
    },
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum NoAnswer {
    /// It was cut off at its longest; this is what there is of it.
    Truncated(Reply),
    /// Something went wrong, in these words, which may be empty.
    Failed(String),
    /// The run ended without one.
    Empty,
    /// It is longer than [`LONGEST_ANSWER`].
    TooLong,
    /// Nothing was recognised.
    Silent,
}

/// What was read so far.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Of answers as they ended.
    usage: Usage,
    is_usage_told: bool,
    /// Of the answers in the ends of runs, for agents that tell it there alone.
    usage_of_ends: Usage,
    /// The last answer of the last end of a run.
    last: Option<Assistant>,
    /// The last answer after that.
    open: Option<Assistant>,
    has_ended: bool,
    will_retry: bool,
}

impl Stream {
    /// Reads a line. What is no event, or none that is known, is passed over.
    pub fn line(&mut self, line: &[u8]) -> Seen {
        let lossy;
        let text = match std::str::from_utf8(line) {
            Ok(text) => text,
            Err(_) => {
                lossy = String::from_utf8_lossy(line);
                &lossy
            }
        };
        // A list would be taken for the fields of an event in their order.
        if !text.trim_start().starts_with('{') {
            return Seen::Other;
        }
        let Ok(line) = serde_json::from_str::<Line<'_>>(text) else {
            return Seen::Other;
        };
        match line.kind.str() {
            "message_end" => self.message_end(line.message),
            "agent_end" => {
                self.agent_end(line.messages);
                self.will_retry = line.will_retry.is_set();
            }
            "agent_start" => self.will_retry = false,
            "auto_retry_start" => {
                return Seen::Retry {
                    attempt: line.attempt.or_nought(),
                    of: line.max_attempts.or_nought(),
                    delay_ms: line.delay_ms.or_nought(),
                    error: line.error_message.owned(),
                };
            }
            _ => {}
        }
        Seen::Other
    }

    fn message_end(&mut self, message: Object<Message<'_>>) {
        if let Some(said) = message.0.and_then(of_assistant) {
            add(&mut self.usage, said.usage);
            self.is_usage_told |= said.usage.is_some();
            self.open = Some(said);
        }
    }

    fn agent_end(&mut self, messages: List<Object<Message<'_>>>) {
        let open = self.open.take();
        let mut last = None;
        for said in messages
            .0
            .into_iter()
            .filter_map(|message| of_assistant(message.0?))
        {
            add(&mut self.usage_of_ends, said.usage);
            last = Some(said);
        }
        self.has_ended = true;
        self.last = last.or(open);
    }

    /// The tokens and the cost of all answers, failed ones too.
    pub fn usage(&self) -> Usage {
        if self.is_usage_told {
            self.usage
        } else {
            self.usage_of_ends
        }
    }

    /// Whether the run is over with an answer: nothing that may follow is needed.
    pub fn is_content(&self) -> bool {
        let is_answer = |said: &Assistant| said.stop == Some(Stop::Done) && fault(said).is_none();
        self.has_ended
            && self.open.is_none()
            && !self.will_retry
            && self.last.as_ref().is_some_and(is_answer)
    }

    /// The answer, or why there is none. Where the stream breaks off after a whole answer, that is the answer.
    pub fn answer(&self) -> Result<Reply, NoAnswer> {
        let done = |said: &&Assistant| said.stop == Some(Stop::Done);
        let counts = self.open.as_ref().filter(done).or(self.last.as_ref());
        let Some(said) = counts.or(self.open.as_ref()) else {
            return Err(if self.has_ended {
                NoAnswer::Empty
            } else {
                NoAnswer::Silent
            });
        };
        match (said.stop, fault(said)) {
            (Some(Stop::Error | Stop::Aborted), _) => {
                Err(NoAnswer::Failed(said.error.clone().unwrap_or_default()))
            }
            (_, Some(fault)) => Err(fault),
            (Some(Stop::Done), None) => Ok(reply(said)),
            (Some(Stop::Length), None) => Err(NoAnswer::Truncated(reply(said))),
            // It waits for a tool, of which it has none; or it says nothing.
            (Some(Stop::ToolUse) | None, None) => Err(NoAnswer::Empty),
        }
    }
}

/// What keeps a text from being an answer.
fn fault(said: &Assistant) -> Option<NoAnswer> {
    if said.text.len() > LONGEST_ANSWER {
        Some(NoAnswer::TooLong)
    } else if said.text.trim().is_empty() {
        Some(NoAnswer::Empty)
    } else {
        None
    }
}

fn of_assistant(message: Message<'_>) -> Option<Assistant> {
    (message.role.str() == "assistant").then(|| answer(message))
}

fn reply(said: &Assistant) -> Reply {
    Reply {
        text: said.text.clone(),
        model: said
            .model
            .clone()
            .filter(|model| *model != Model::default()),
    }
}

/// Adds what was told. A cost below nothing is none.
fn add(sum: &mut Usage, told: Option<Usage>) {
    let Some(told) = told else { return };
    sum.input = sum.input.saturating_add(told.input);
    sum.output = sum.output.saturating_add(told.output);
    sum.cache_read = sum.cache_read.saturating_add(told.cache_read);
    sum.cache_write = sum.cache_write.saturating_add(told.cache_write);
    if let Some(cost) = told.cost.filter(|cost| cost.is_finite()) {
        let sum_of_costs = sum.cost.unwrap_or_default() + cost.max(0.0);
        sum.cost = Some(sum_of_costs.min(f64::MAX));
    }
}

/// Adds the usage of another call.
pub fn added(mut sum: Usage, other: Usage) -> Usage {
    add(&mut sum, Some(other));
    sum
}

#[cfg(test)]
mod tests;
