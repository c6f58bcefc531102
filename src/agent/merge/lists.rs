//! Lists joined: what is the same is one.

use super::extra;
use crate::graph::node::{
    Decision, Lesson, Lessons, MOST_COST, MOST_TAGS, MOST_TOKENS, ModelUse, Quirk, SeenError,
    ToolUseError,
};

/// A sentence as it is compared: small letters, single blanks, no point at its end.
fn normalised(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    words
        .join(" ")
        .trim_end_matches(['.', '!', ';', ',', ' '])
        .to_owned()
}

/// Whether two sentences say the same.
pub fn same(one: &str, other: &str) -> bool {
    normalised(one) == normalised(other)
}

/// One list behind another.
pub trait Joined {
    /// Both, in their order.
    fn joined(self, later: Self) -> Self;
}

impl<T> Joined for Vec<T> {
    fn joined(mut self, later: Self) -> Self {
        self.extend(later);
        self
    }
}

/// Joins what has the same key, in the order in which keys come first.
fn united<T, K: PartialEq>(all: Vec<T>, key: impl Fn(&T) -> K, join: impl Fn(&mut T, T)) -> Vec<T> {
    let mut united: Vec<(K, T)> = Vec::with_capacity(all.len());
    for item in all {
        let of_item = key(&item);
        match united.iter_mut().find(|(known, _)| *known == of_item) {
            Some((_, known)) => join(known, item),
            None => united.push((of_item, item)),
        }
    }
    united.into_iter().map(|(_, item)| item).collect()
}

/// The first, but the later one if that says more.
fn longer(earlier: &mut String, later: String) {
    if later.chars().count() > earlier.chars().count() {
        *earlier = later;
    }
}

fn longer_option(earlier: &mut Option<String>, later: Option<String>) {
    match (earlier.as_mut(), later) {
        (Some(earlier), Some(later)) => longer(earlier, later),
        (None, later) => *earlier = later,
        (Some(_), None) => (),
    }
}

/// Words, each once whatever its case, at most so many.
pub fn names(earlier: Vec<String>, later: Vec<String>, most: usize) -> Vec<String> {
    let mut names = united(earlier.joined(later), |name| normalised(name), |_, _| ());
    names.truncate(most);
    names
}

/// Paths and tools, each once, letter by letter.
pub fn append(earlier: Vec<String>, later: Vec<String>) -> Vec<String> {
    united(earlier.joined(later), Clone::clone, |_, _| ())
}

/// Decisions by what was decided; the longer reason stays.
pub fn decisions(earlier: Vec<Decision>, later: Vec<Decision>) -> Vec<Decision> {
    united(
        earlier.joined(later),
        |it| normalised(&it.what),
        |known, it| {
            longer(&mut known.why, it.why);
            let known_others = std::mem::take(&mut known.alternatives_considered);
            known.alternatives_considered =
                names(known_others, it.alternatives_considered, usize::MAX);
            known.extra = extra(std::mem::take(&mut known.extra), it.extra);
        },
    )
}

/// Errors by type and message; one that was overcome in any part was overcome.
pub fn errors(earlier: Vec<SeenError>, later: Vec<SeenError>) -> Vec<SeenError> {
    united(
        earlier.joined(later),
        |it| (normalised(&it.kind), normalised(&it.message)),
        |known, it| {
            known.resolved |= it.resolved;
            known.extra = extra(std::mem::take(&mut known.extra), it.extra);
        },
    )
}

/// Lessons by level and summary: the surer one, all tags, the longest details.
pub fn lessons(earlier: Lessons, later: Lessons) -> Lessons {
    let level = |earlier: Vec<Lesson>, later: Vec<Lesson>| {
        united(
            earlier.joined(later),
            |it| normalised(&it.summary),
            |known, it| {
                // High comes first.
                known.confidence = known.confidence.min(it.confidence);
                longer(&mut known.details, it.details);
                longer_option(&mut known.actionable, it.actionable);
                known.tags = names(std::mem::take(&mut known.tags), it.tags, MOST_TAGS);
                known.level = known.level.or(it.level);
                known.extra = extra(std::mem::take(&mut known.extra), it.extra);
            },
        )
    };
    Lessons {
        project: level(earlier.project, later.project),
        task: level(earlier.task, later.task),
        user: level(earlier.user, later.user),
        model: level(earlier.model, later.model),
        tool: level(earlier.tool, later.tool),
        skill: level(earlier.skill, later.skill),
        subagent: level(earlier.subagent, later.subagent),
        extra: extra(earlier.extra, later.extra),
    }
}

/// Oddities by model and observation: the most severe, the most frequent.
pub fn quirks(earlier: Vec<Quirk>, later: Vec<Quirk>) -> Vec<Quirk> {
    united(
        earlier.joined(later),
        |it| (normalised(&it.model), normalised(&it.observation)),
        |known, it| {
            known.severity = known.severity.max(it.severity);
            known.frequency = known.frequency.max(it.frequency);
            longer_option(&mut known.workaround, it.workaround);
            known.extra = extra(std::mem::take(&mut known.extra), it.extra);
        },
    )
}

/// Failed calls by tool, error, model and what was tried.
pub fn tool_errors(earlier: Vec<ToolUseError>, later: Vec<ToolUseError>) -> Vec<ToolUseError> {
    let key = |it: &ToolUseError| {
        [&it.tool, &it.error_type, &it.model, &it.context].map(|text| normalised(text))
    };
    united(earlier.joined(later), key, |known, it| {
        known.was_retried |= it.was_retried;
        known.extra = extra(std::mem::take(&mut known.extra), it.extra);
    })
}

/// What each model took in all parts.
pub fn models(earlier: Vec<ModelUse>, later: Vec<ModelUse>) -> Vec<ModelUse> {
    let key = |it: &ModelUse| (it.provider.clone(), it.model.clone());
    let add = |known: &mut u64, more: u64| *known = known.saturating_add(more).min(MOST_TOKENS);
    united(earlier.joined(later), key, |known, it| {
        add(&mut known.tokens_input, it.tokens_input);
        add(&mut known.tokens_output, it.tokens_output);
        add(&mut known.cache_read, it.cache_read);
        add(&mut known.cache_write, it.cache_write);
        known.cost = (known.cost + it.cost).min(MOST_COST);
        known.extra = extra(std::mem::take(&mut known.extra), it.extra);
    })
}
