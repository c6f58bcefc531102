//! Whether a node, or what a model answered, has the form of one: every fault with its place.

use std::fmt;

use serde_json::Value;

use super::schema::Node;
use super::words::{Confidence, Frequency, NodeKind, Outcome, Severity};

/// A fault, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Such as `lessons.task[0].summary`; empty for the whole.
    pub path: String,
    /// Such as `is 4 characters long, at least 10 are needed`.
    pub problem: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "{} {}", self.path, self.problem)
        }
    }
}

/// How much is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// What every stored node has: a summary of 10 characters, one tag.
    Stored,
    /// What a model is asked for: a summary of 20 characters, too.
    Quality,
}

/// No field is reported after this many faults: an answer that is something else altogether has thousands.
const MOST: usize = 50;
/// Tokens of one model in one segment; more is a mistake, and sums must not overflow.
pub const MOST_TOKENS: u64 = 1_000_000_000_000;
/// US dollars of one model in one segment.
pub const MOST_COST: f64 = 1_000_000.0;

/// The form of a value.
enum Shape {
    /// A text of at least this many characters.
    Text(usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text with a `/` in it.
    ModelName,
    Bool,
    /// A number of this size at most, and not below zero.
    Number(f64),
    /// The same without a fraction.
    Count(u64),
    List(&'static Shape),
    Object(&'static [Field]),
}

struct Field {
    name: &'static str,
    required: bool,
    shape: Shape,
}

const fn must(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        required: true,
        shape,
    }
}

const fn may(name: &'static str, shape: Shape) -> Field {
    Field {
        name,
        required: false,
        shape,
    }
}

static TEXT: Shape = Shape::Text(0);

static CLASSIFICATION: &[Field] = &[
    must("type", Shape::Word(NodeKind::WORDS)),
    must("project", Shape::Text(0)),
    may("isNewProject", Shape::Bool),
    may("hadClearGoal", Shape::Bool),
    may("language", Shape::Text(0)),
    may("frameworks", Shape::List(&TEXT)),
];

static DECISION: Shape = Shape::Object(&[
    must("what", Shape::Text(1)),
    may("why", Shape::Text(0)),
    may("alternativesConsidered", Shape::List(&TEXT)),
]);

static SEEN_ERROR: Shape = Shape::Object(&[
    must("type", Shape::Text(1)),
    may("message", Shape::Text(0)),
    may("resolved", Shape::Bool),
]);

static CONTENT: &[Field] = &[
    must("summary", Shape::Text(10)),
    must("outcome", Shape::Word(Outcome::WORDS)),
    may("keyDecisions", Shape::List(&DECISION)),
    may("filesTouched", Shape::List(&TEXT)),
    may("toolsUsed", Shape::List(&TEXT)),
    may("errorsSeen", Shape::List(&SEEN_ERROR)),
];

static LESSON: Shape = Shape::Object(&[
    must("summary", Shape::Text(1)),
    may("details", Shape::Text(0)),
    must("confidence", Shape::Word(Confidence::WORDS)),
    may("tags", Shape::List(&TEXT)),
    may("actionable", Shape::Text(0)),
]);

static LESSONS: &[Field] = &[
    may("project", Shape::List(&LESSON)),
    may("task", Shape::List(&LESSON)),
    may("user", Shape::List(&LESSON)),
    may("model", Shape::List(&LESSON)),
    may("tool", Shape::List(&LESSON)),
    may("skill", Shape::List(&LESSON)),
    may("subagent", Shape::List(&LESSON)),
];

static MODEL_USE: Shape = Shape::Object(&[
    may("provider", Shape::Text(0)),
    must("model", Shape::Text(1)),
    may("tokensInput", Shape::Count(MOST_TOKENS)),
    may("tokensOutput", Shape::Count(MOST_TOKENS)),
    may("cacheRead", Shape::Count(MOST_TOKENS)),
    may("cacheWrite", Shape::Count(MOST_TOKENS)),
    may("cost", Shape::Number(MOST_COST)),
]);

static QUIRK: Shape = Shape::Object(&[
    must("model", Shape::ModelName),
    must("observation", Shape::Text(1)),
    must("frequency", Shape::Word(Frequency::WORDS)),
    may("workaround", Shape::Text(0)),
    may("severity", Shape::Word(Severity::WORDS)),
]);

static TOOL_USE_ERROR: Shape = Shape::Object(&[
    must("tool", Shape::Text(1)),
    must("errorType", Shape::Text(1)),
    may("context", Shape::Text(0)),
    may("model", Shape::Text(0)),
    may("wasRetried", Shape::Bool),
]);

static OBSERVATIONS: &[Field] = &[
    may("modelsUsed", Shape::List(&MODEL_USE)),
    may("promptingWins", Shape::List(&TEXT)),
    may("promptingFailures", Shape::List(&TEXT)),
    may("modelQuirks", Shape::List(&QUIRK)),
    may("toolUseErrors", Shape::List(&TOOL_USE_ERROR)),
];

static SEMANTIC: &[Field] = &[
    must("tags", Shape::List(&TEXT)),
    may("topics", Shape::List(&TEXT)),
    may("relatedProjects", Shape::List(&TEXT)),
    may("concepts", Shape::List(&TEXT)),
];

/// What a model answers: the six objects.
static ANSWER: Shape = Shape::Object(&[
    must("classification", Shape::Object(CLASSIFICATION)),
    must("content", Shape::Object(CONTENT)),
    must("lessons", Shape::Object(LESSONS)),
    must("observations", Shape::Object(OBSERVATIONS)),
    must("semantic", Shape::Object(SEMANTIC)),
    must("daemonMeta", Shape::Object(&[])),
]);

static METADATA: &[Field] = &[
    must("tokensUsed", Shape::Count(MOST_TOKENS)),
    must("cost", Shape::Number(MOST_COST)),
    must("durationMinutes", Shape::Number(1e9)),
    must("analyzerVersion", Shape::Text(1)),
];

static SEGMENT: &[Field] = &[
    must("startEntryId", Shape::Text(1)),
    must("endEntryId", Shape::Text(1)),
];

/// What a stored node has beyond that.
static NODE: Shape = Shape::Object(&[
    must(
        "source",
        Shape::Object(&[
            must("sessionId", Shape::Text(1)),
            must("segment", Shape::Object(SEGMENT)),
        ]),
    ),
    must("classification", Shape::Object(CLASSIFICATION)),
    must("content", Shape::Object(CONTENT)),
    must("lessons", Shape::Object(LESSONS)),
    must("observations", Shape::Object(OBSERVATIONS)),
    must("semantic", Shape::Object(SEMANTIC)),
    must("metadata", Shape::Object(METADATA)),
]);

impl Node {
    /// What is wrong with it, in the order of its fields; nothing if it may be stored.
    pub fn faults(&self, strictness: Strictness) -> Vec<Invalid> {
        match serde_json::to_value(self) {
            // A session's own words may be few, and nobody has thought of a tag.
            Ok(value) if self.is_draft() => {
                let mut faults = faults(&NODE, &value, strictness);
                faults.retain(|fault| {
                    fault.path != "content.summary" && fault.path != "semantic.tags"
                });
                faults
            }
            Ok(value) => faults(&NODE, &value, strictness),
            Err(error) => vec![Invalid {
                path: String::new(),
                problem: format!("is no JSON: {error}"),
            }],
        }
    }
}

/// What is wrong with a model's answer.
pub(super) fn faults_of_answer(answer: &Value, strictness: Strictness) -> Vec<Invalid> {
    faults(&ANSWER, answer, strictness)
}

fn faults(shape: &Shape, value: &Value, strictness: Strictness) -> Vec<Invalid> {
    let mut faults = Faults(Vec::new());
    faults.check(shape, value, "");
    if strictness == Strictness::Quality
        && let Some(summary) = value.pointer("/content/summary").and_then(Value::as_str)
        && (10..20).contains(&summary.chars().count())
    {
        faults.add(
            "content.summary",
            "is short: 20 characters or more say something",
        );
    }
    if let Some(tags) = value.pointer("/semantic/tags").and_then(Value::as_array)
        && !tags
            .iter()
            .any(|tag| tag.as_str().is_some_and(|tag| !tag.trim().is_empty()))
    {
        faults.add("semantic.tags", "is empty, at least one tag is needed");
    }
    faults.0
}

struct Faults(Vec<Invalid>);

impl Faults {
    fn add(&mut self, path: &str, problem: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Invalid {
                path: path.to_owned(),
                problem: problem.into(),
            });
        }
    }

    /// As deep as the shape, however deep the value.
    fn check(&mut self, shape: &Shape, value: &Value, path: &str) {
        match (shape, value) {
            (Shape::Text(least), Value::String(text)) => {
                let length = text.trim().chars().count();
                if length < *least {
                    self.add(
                        path,
                        format!("is {length} characters long, at least {least} are needed"),
                    );
                }
            }
            (Shape::Word(words), Value::String(word)) => {
                if !words.contains(&word.as_str()) {
                    let word: String = word.chars().take(40).collect();
                    self.add(
                        path,
                        format!("is `{word}`, not one of {}", words.join(", ")),
                    );
                }
            }
            (Shape::ModelName, Value::String(name)) => {
                if !name.contains('/') {
                    self.add(path, "has no `/`: `provider/model` is needed");
                }
            }
            (Shape::Bool, Value::Bool(_)) => {}
            (Shape::Number(most), Value::Number(number)) => {
                if !number
                    .as_f64()
                    .is_some_and(|number| (0.0..=*most).contains(&number))
                {
                    self.add(path, format!("is {number}, not between 0 and {most}"));
                }
            }
            (Shape::Count(most), Value::Number(number)) => {
                if number.as_u64().is_none_or(|number| number > *most) {
                    self.add(
                        path,
                        format!("is {number}, not a whole number up to {most}"),
                    );
                }
            }
            (Shape::List(shape), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if self.0.len() >= MOST {
                        return;
                    }
                    self.check(shape, item, &format!("{path}[{index}]"));
                }
            }
            (Shape::Object(fields), Value::Object(object)) => {
                for field in *fields {
                    let path = if path.is_empty() {
                        field.name.to_owned()
                    } else {
                        format!("{path}.{}", field.name)
                    };
                    match object.get(field.name) {
                        Some(value) => self.check(&field.shape, value, &path),
                        None if field.required => self.add(&path, "is missing"),
                        None => {}
                    }
                }
            }
            (shape, value) => {
                let problem = format!("is {}, not {}", kind_of(value), shape.name());
                self.add(path, problem);
            }
        }
    }
}

impl Shape {
    const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Word(_) | Self::ModelName => "a text",
            Self::Bool => "true or false",
            Self::Number(_) | Self::Count(_) => "a number",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
