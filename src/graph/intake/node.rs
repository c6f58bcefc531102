//! A node of a piece of work that nobody has judged: everything counted, and a draft of its words.

use std::path::Path;

use jiff::Timestamp;

use crate::graph::node::{
    AnalysisDecision, Classification, Content, DaemonMeta, Delight, Extra, Friction, Lessons,
    MOST_COST, MOST_TOKENS, ManualFlag, Metadata, ModelUse, Node, NodeId, NodeKind, Observations,
    Outcome, SeenError, Segment, Semantic, Signals, Source, ToolUseError,
};
use crate::sessions::digest::Piece;
use crate::sessions::draft::DRAFTED;
use crate::sessions::figures::{Figures, ToolError};
use crate::sessions::redact::excerpt;
use crate::sessions::segment::CHARACTERS_PER_TOKEN;
use crate::sessions::{Lineage, Model, Session, signals};

/// The same failure of a tool more often than this in one piece of work says nothing more.
const FAILURES: u64 = 100;
/// So many files are named; those that were changed come first.
const FILES: usize = 500;
/// Of a path, so many characters.
const PATH: usize = 1000;
/// What stands where a session does not tell its folder.
const NOWHERE: &str = "(unknown)";

/// Where a piece of work was found.
#[derive(Clone, Copy, Debug)]
pub struct Whereabouts<'a> {
    /// The session.
    pub session: &'a Session,
    /// Its file.
    pub file: &'a Path,
    /// The machine that it was on.
    pub computer: &'a str,
}

/// The id of a segment as a node's. Both are 16 hexadecimal digits.
pub fn node_id(segment: &str) -> Option<NodeId> {
    segment.parse().ok()
}

/// The node of a piece of work; none if its segment's id is none.
///
/// It was made when the piece of work ended: reading it again, at another time, makes the same.
pub fn drafted(piece: &Piece, at: &Whereabouts<'_>) -> Option<Node> {
    let figures = &piece.figures;
    let session = at.session;
    let signals = piece.signals(false);
    let began = piece
        .segment
        .began_at
        .or(figures.began_at)
        .or(session.started_at);
    let began = began.unwrap_or(Timestamp::UNIX_EPOCH);
    let ended = piece.segment.ended_at.or(figures.ended_at).unwrap_or(began);
    Some(Node {
        id: node_id(&piece.segment.id)?,
        version: 1,
        previous_versions: Vec::new(),
        source: source(piece, at),
        classification: Classification {
            kind: NodeKind::Other,
            project: session
                .folder
                .as_ref()
                .map_or_else(|| NOWHERE.to_owned(), |folder| excerpt(folder, PATH)),
            is_new_project: false,
            had_clear_goal: true,
            language: None,
            frameworks: Vec::new(),
            extra: Extra::default(),
        },
        content: Content {
            title: Some(piece.draft.title.clone()),
            summary: piece.draft.summary.clone(),
            outcome: outcome(figures, &signals),
            key_decisions: Vec::new(),
            files_touched: files(figures),
            tools_used: figures.tools.keys().cloned().collect(),
            errors_seen: errors_seen(figures),
            extra: Extra::default(),
        },
        lessons: Lessons::default(),
        observations: Observations {
            models_used: models(figures),
            tool_use_errors: tool_use_errors(figures),
            ..Observations::default()
        },
        metadata: Metadata {
            tokens_used: figures.usage.tokens().min(MOST_TOKENS),
            cost: dollars(figures.usage.cost()),
            duration_minutes: minutes(began, ended),
            timestamp: began,
            analyzed_at: ended,
            analyzer_version: DRAFTED.to_owned(),
            extra: Extra::default(),
        },
        semantic: Semantic::default(),
        daemon_meta: DaemonMeta {
            decisions: vec![AnalysisDecision {
                timestamp: ended,
                decision: "Drafted the words".to_owned(),
                reasoning: "Nobody has judged this piece of work: its words are the session's own, its outcome is guessed \
                            from how it ended, and its figures are counted"
                    .to_owned(),
                needs_review: None,
                extra: Extra::default(),
            }],
            segment_token_count: Some(tokens(piece)),
            ..DaemonMeta::default()
        },
        signals: Some(of_signals(signals)),
        extra: Extra::default(),
    })
}

/// As S3 counts them, by four characters of the file; the last entry, whose length nobody kept, is left out.
fn tokens(piece: &Piece) -> u64 {
    let segment = &piece.segment;
    segment.end_offset.saturating_sub(segment.start_offset) / CHARACTERS_PER_TOKEN
}

fn source(piece: &Piece, at: &Whereabouts<'_>) -> Source {
    let session = at.session;
    Source {
        session_file: at.file.to_string_lossy().into_owned(),
        segment: Segment {
            start_entry_id: piece.segment.start.clone(),
            end_entry_id: piece.segment.end.clone(),
            entry_count: piece.segment.entries,
            extra: Extra::default(),
        },
        computer: at.computer.to_owned(),
        session_id: session.id.clone(),
        agent: Some(session.agent),
        parent_session: session.parent.as_ref().map(|parent| match parent {
            Lineage::ForkOfFile(name) | Lineage::ForkOf(name) | Lineage::SubAgentOf(name) => {
                excerpt(name, PATH)
            }
        }),
        extra: Extra::default(),
    }
}

/// A guess from how the piece of work ended, until somebody judges it.
fn outcome(figures: &Figures, signals: &signals::Signals) -> Outcome {
    if figures.ended_stopped() {
        Outcome::Abandoned
    } else if figures.ended_failed() || signals.friction.silent_termination {
        Outcome::Failed
    } else if signals.delight.explicit_praise || signals.delight.one_shot_success {
        Outcome::Success
    } else {
        Outcome::Partial
    }
}

fn files(figures: &Figures) -> Vec<String> {
    let read = figures.files_read.difference(&figures.files_changed);
    figures
        .files_changed
        .iter()
        .chain(read)
        .take(FILES)
        .cloned()
        .collect()
}

fn errors_seen(figures: &Figures) -> Vec<SeenError> {
    let of_tools = figures.tools.iter().flat_map(|(tool, of)| {
        of.errors.iter().map(move |(message, error)| SeenError {
            kind: tool.clone(),
            message: message.clone(),
            resolved: error.was_retried,
            extra: Extra::default(),
        })
    });
    of_tools.collect()
}

fn tool_use_errors(figures: &Figures) -> Vec<ToolUseError> {
    let errors = figures.tools.iter().flat_map(|(tool, of)| {
        of.errors.iter().flat_map(move |(message, error)| {
            (0..error.occurrences.min(FAILURES)).map(move |_| tool_use_error(tool, message, error))
        })
    });
    errors.collect()
}

fn tool_use_error(tool: &str, message: &str, error: &ToolError) -> ToolUseError {
    ToolUseError {
        tool: tool.to_owned(),
        error_type: message.to_owned(),
        context: String::new(),
        model: error.model.as_ref().map(model_name).unwrap_or_default(),
        was_retried: error.was_retried,
        extra: Extra::default(),
    }
}

fn models(figures: &Figures) -> Vec<ModelUse> {
    let models = figures.models.iter().map(|of| ModelUse {
        provider: of.model.provider.clone(),
        model: of.model.name.clone(),
        tokens_input: of.usage.input.min(MOST_TOKENS),
        tokens_output: of.usage.output.min(MOST_TOKENS),
        cache_read: of.usage.cache_read.min(MOST_TOKENS),
        cache_write: of.usage.cache_write.min(MOST_TOKENS),
        cost: dollars(of.usage.cost()),
        extra: Extra::default(),
    });
    models.collect()
}

/// What nobody told is nothing; what nobody can have paid is as much as can be stored, so that one mad file does not keep all
/// others out.
fn dollars(cost: Option<f64>) -> f64 {
    cost.filter(|cost| !cost.is_nan())
        .map_or(0.0, |cost| cost.clamp(0.0, MOST_COST))
}

fn model_name(model: &Model) -> String {
    if model.provider.is_empty() {
        model.name.clone()
    } else {
        format!("{}/{}", model.provider, model.name)
    }
}

/// To two decimal places; none if the entries' times go backwards.
fn minutes(began: Timestamp, ended: Timestamp) -> f64 {
    let seconds = ended.duration_since(began).as_secs_f64().max(0.0);
    (seconds / 0.6).round() / 100.0
}

fn of_signals(signals: signals::Signals) -> Signals {
    let friction = signals.friction;
    let delight = signals.delight;
    let flags = signals.manual_flags.into_iter();
    Signals {
        friction: Friction {
            score: friction.score,
            rephrasing_count: friction.rephrasing_count,
            context_churn_count: friction.context_churn_count,
            abandoned_restart: friction.abandoned_restart,
            tool_loop_count: friction.tool_loop_count,
            model_switch_from: friction.model_switch_from.as_ref().map(model_name),
            silent_termination: friction.silent_termination,
            extra: Extra::default(),
        },
        delight: Delight {
            score: delight.score,
            resilient_recovery: delight.resilient_recovery,
            one_shot_success: delight.one_shot_success,
            explicit_praise: delight.explicit_praise,
            extra: Extra::default(),
        },
        manual_flags: flags
            .map(|flag| ManualFlag {
                kind: flag.kind,
                message: flag.message,
                timestamp: flag.timestamp,
                extra: Extra::default(),
            })
            .collect(),
        extra: Extra::default(),
    }
}
