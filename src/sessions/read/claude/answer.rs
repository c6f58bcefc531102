//! Answers of a model, and what they took. One answer spans several lines.

use serde::{Deserialize, Serialize};

use super::line::{Line, Message};
use crate::sessions::model::{Assistant, Kind, Model, Stop, ToolCall, Usage};
use crate::sessions::read::content::value;
use crate::sessions::read::memo::{Calls, Recent};

/// Stands for the model where Claude Code speaks itself.
const SYNTHETIC: &str = "<synthetic>";

/// What was counted for the answers seen last, by their ids: input, output, read from a cache and written to it. More
/// than are ever written in turns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(Recent<[u64; 4], 32>);

/// Whether no model said it, and it tells of no failure either.
pub fn is_made_up(line: &Line<'_>) -> bool {
    line.message.model.str() == SYNTHETIC && !line.is_api_error_message.is_set()
}

impl Answers {
    /// What a model said in one line of its answer. Which tools it calls is remembered in `calls`.
    pub fn answer(&mut self, calls: &mut Calls, line: Line<'_>) -> Kind {
        let usage = self.usage(&line);
        let failed = line.is_api_error_message.is_set();
        let message = line.message;
        let blocks = message.content.blocks().iter();
        let called =
            blocks.filter(|block| matches!(block.kind.str(), "tool_use" | "server_tool_use"));
        let called = called
            .map(|block| {
                calls.called(block.id.str(), block.name.str());
                ToolCall {
                    id: block.id.str().to_owned(),
                    tool: block.name.str().to_owned(),
                    arguments: value(block.input),
                }
            })
            .collect();
        let name = message
            .model
            .owned_if_filled()
            .filter(|name| name != SYNTHETIC);
        let answer = Assistant {
            calls: called,
            model: name.map(|name| Model {
                provider: "anthropic".to_owned(),
                name,
            }),
            usage,
            // Copies keep the id of the answer, and lose that of the request (1.0).
            request: message
                .id
                .owned_if_filled()
                .or(line.request_id.owned_if_filled()),
            ..Assistant::default()
        };
        let text = message.content.into_text();
        Kind::Assistant(Box::new(if failed {
            Assistant {
                stop: Some(Stop::Error),
                error: Some(text),
                ..answer
            }
        } else {
            Assistant {
                stop: stop(message.stop_reason.str()),
                text,
                ..answer
            }
        }))
    }

    /// What this line adds to what was counted for its answer: each of an answer's lines tells all of it, or, while it
    /// was being written, what there was of it.
    fn usage(&mut self, line: &Line<'_>) -> Option<Usage> {
        let Message { id, usage, .. } = &line.message;
        let told = usage.0.as_ref()?;
        let told = Usage {
            input: told.input.or_nought(),
            output: told.output.or_nought(),
            cache_read: told.cache_read.or_nought(),
            cache_write: told.cache_creation.or_nought(),
            cost: None,
        };
        // Copies of answers in forks, and failures, tell nothing but noughts.
        if told == Usage::default() {
            return None;
        }
        let first = Usage {
            cost: line.cost_usd.0,
            ..told
        };
        let Some(key) = id.filled().or(line.request_id.filled()) else {
            return Some(first);
        };
        let all = [told.input, told.output, told.cache_read, told.cache_write];
        let Some(counted) = self.0.get_mut(key) else {
            self.0.put(key, all);
            return Some(first);
        };
        let mut more = all;
        for (more, counted) in more.iter_mut().zip(counted) {
            *more = more.saturating_sub(*counted);
            *counted += *more;
        }
        let [input, output, cache_read, cache_write] = more;
        let more = Usage {
            input,
            output,
            cache_read,
            cache_write,
            cost: None,
        };
        (more != Usage::default()).then_some(more)
    }
}

fn stop(reason: &str) -> Option<Stop> {
    match reason {
        "end_turn" | "stop_sequence" => Some(Stop::Done),
        "max_tokens" | "model_context_window_exceeded" => Some(Stop::Length),
        "tool_use" => Some(Stop::ToolUse),
        "refusal" => Some(Stop::Error),
        _ => None,
    }
}
