//! One answer of several: what was said of the parts of a segment is put together by rules, without another call.
//!
//! Merging some of the answers first comes to the same as merging all at once, but for the kind, which is a matter of
//! numbers, and for summaries that are too long together.

mod lists;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use lists::{Joined, append, decisions, errors, lessons, models, names, quirks, tool_errors};

use crate::graph::node::{
    Answer, Classification, Content, DaemonMeta, Extra, MOST_SUMMARY, MOST_TAGS, NodeKind,
    Observations, Semantic,
};

/// The answer that those to the parts of a segment, in their order, make together; none if there is none. One answer stays
/// as it is.
///
/// The kind is the one that most parts have, the first of those; the outcome is that of the last part, for it is how things
/// stood in the end: a part that failed and was mended later is no failure. Lists are joined, and what is the same is one:
/// the surer lesson, the more severe and more frequent oddity. Tokens are added.
pub fn merge(answers: Vec<Answer>) -> Option<Answer> {
    let mut answers = answers;
    let kind = kind_of(&answers);
    let summary = summary_of(&answers);
    let first = if answers.is_empty() {
        return None;
    } else {
        answers.remove(0)
    };
    if answers.is_empty() {
        return Some(first);
    }
    let mut merged = answers.into_iter().fold(first, joined);
    merged.classification.kind = kind;
    merged.content.summary = summary;
    Some(merged)
}

/// What nobody can name counts only if nobody names anything.
fn kind_of(answers: &[Answer]) -> NodeKind {
    let mut counts: BTreeMap<NodeKind, usize> = BTreeMap::new();
    for answer in answers {
        *counts.entry(answer.classification.kind).or_default() += 1;
    }
    let named = answers
        .iter()
        .map(|answer| answer.classification.kind)
        .filter(|kind| *kind != NodeKind::Other);
    // Of several the last is the greatest, so the first comes last.
    let first: Vec<NodeKind> = named.collect();
    first
        .into_iter()
        .rev()
        .max_by_key(|kind| counts.get(kind).copied())
        .unwrap_or(NodeKind::Other)
}

/// All summaries one after another, each once. Where that is too long, the first and the last stay, and of those between as
/// many as fit; those two are shortened to half the room at most.
fn summary_of(answers: &[Answer]) -> String {
    let mut summaries: Vec<String> = Vec::new();
    for answer in answers {
        let summary = answer.content.summary.trim();
        let is_known = summaries.iter().any(|known| lists::same(known, summary));
        if !summary.is_empty() && !is_known {
            summaries.push(summary.to_owned());
        }
    }
    let length = |texts: &[String]| {
        let characters: usize = texts.iter().map(|text| text.chars().count() + 1).sum();
        characters.saturating_sub(1)
    };
    if length(&summaries) <= MOST_SUMMARY || summaries.len() < 2 {
        return summaries.join(" ");
    }
    let half = (MOST_SUMMARY - 1) / 2;
    let last = summaries.pop().unwrap_or_default();
    let mut kept: Vec<String> = Vec::new();
    let mut room = MOST_SUMMARY - 1;
    let last = crate::system::plain::shortened(&last, half).into_owned();
    room -= last.chars().count();
    for (index, summary) in summaries.into_iter().enumerate() {
        let summary = if index == 0 {
            crate::system::plain::shortened(&summary, half).into_owned()
        } else {
            summary
        };
        let needed = summary.chars().count() + usize::from(index > 0);
        if needed <= room {
            room -= needed;
            kept.push(summary);
        }
    }
    kept.push(last);
    kept.join(" ")
}

fn joined(earlier: Answer, later: Answer) -> Answer {
    Answer {
        classification: classification(earlier.classification, later.classification),
        content: content(earlier.content, later.content),
        lessons: lessons(earlier.lessons, later.lessons),
        observations: observations(earlier.observations, later.observations),
        semantic: semantic(earlier.semantic, later.semantic),
        daemon_meta: daemon_meta(earlier.daemon_meta, later.daemon_meta),
    }
}

/// Of unknown fields with one name, the first counts.
pub(super) fn extra(mut earlier: Extra, later: Extra) -> Extra {
    for (name, value) in later {
        earlier.entry(name).or_insert(value);
    }
    earlier
}

fn classification(earlier: Classification, later: Classification) -> Classification {
    Classification {
        kind: earlier.kind,
        project: if earlier.project.is_empty() {
            later.project
        } else {
            earlier.project
        },
        is_new_project: earlier.is_new_project || later.is_new_project,
        // Whoever began knew what was wanted.
        had_clear_goal: earlier.had_clear_goal,
        language: earlier.language.or(later.language),
        frameworks: names(earlier.frameworks, later.frameworks, MOST_TAGS),
        extra: extra(earlier.extra, later.extra),
    }
}

fn content(earlier: Content, later: Content) -> Content {
    Content {
        title: earlier.title.or(later.title),
        summary: earlier.summary,
        outcome: later.outcome,
        key_decisions: decisions(earlier.key_decisions, later.key_decisions),
        files_touched: append(earlier.files_touched, later.files_touched),
        tools_used: append(earlier.tools_used, later.tools_used),
        errors_seen: errors(earlier.errors_seen, later.errors_seen),
        extra: extra(earlier.extra, later.extra),
    }
}

fn observations(earlier: Observations, later: Observations) -> Observations {
    Observations {
        models_used: models(earlier.models_used, later.models_used),
        prompting_wins: names(earlier.prompting_wins, later.prompting_wins, usize::MAX),
        prompting_failures: names(
            earlier.prompting_failures,
            later.prompting_failures,
            usize::MAX,
        ),
        model_quirks: quirks(earlier.model_quirks, later.model_quirks),
        tool_use_errors: tool_errors(earlier.tool_use_errors, later.tool_use_errors),
        extra: extra(earlier.extra, later.extra),
    }
}

fn semantic(earlier: Semantic, later: Semantic) -> Semantic {
    Semantic {
        tags: names(earlier.tags, later.tags, MOST_TAGS),
        topics: names(earlier.topics, later.topics, MOST_TAGS),
        related_projects: append(earlier.related_projects, later.related_projects),
        concepts: names(earlier.concepts, later.concepts, MOST_TAGS),
        extra: extra(earlier.extra, later.extra),
    }
}

fn daemon_meta(earlier: DaemonMeta, later: DaemonMeta) -> DaemonMeta {
    let tokens = [earlier.segment_token_count, later.segment_token_count];
    DaemonMeta {
        decisions: earlier.decisions.joined(later.decisions),
        analysis_log: earlier.analysis_log.or(later.analysis_log),
        rlm_used: earlier.rlm_used || later.rlm_used,
        codemap_available: earlier.codemap_available.or(later.codemap_available),
        segment_token_count: tokens.into_iter().flatten().reduce(u64::saturating_add),
        extra: extra(earlier.extra, later.extra),
    }
}
