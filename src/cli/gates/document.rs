//! Gates as documents: JSON for programs, and the document that annotations are made from.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Found, Judged, State, Subject};
use crate::findings::{Finding, Severity, Status, Verdict};
use crate::queue::{JobId, Source};
use crate::report::findings::{Document, Entry, State as EntryState, TaskReport};
use crate::report::json as documents;

/// What several gates come to together: the worst of them.
pub fn together<'j>(judged: impl IntoIterator<Item = &'j Judged<'j>>) -> &'static str {
    let rank = |state: &State| match state {
        State::Passed => 0,
        State::Unjudged { .. } => 1,
        State::Held { .. } => 2,
        State::Pending { .. } => 3,
        State::Failed(_) => 4,
    };
    judged
        .into_iter()
        .max_by_key(|judged| rank(&judged.state))
        .map_or("passed", |judged| judged.state.name())
}

/// One object: what was judged, what it came to, and of each gate what is new.
pub fn json(subject: &Subject, judged: &[Judged<'_>]) -> Value {
    json!({
        "schema": documents::SCHEMA,
        "commit": subject.commit,
        "tree": subject.tree(),
        "verdict": together(judged),
        "gates": judged.iter().map(of_one).collect::<Vec<_>>(),
    })
}

fn of_one(judged: &Judged<'_>) -> Value {
    let mut one = json!({
        "task": judged.gate.task.key,
        "folder": judged.gate.folder,
        "verdict": judged.state.name(),
    });
    let mut set = |name: &str, value: Value| {
        if let Some(fields) = one.as_object_mut()
            && !value.is_null()
        {
            fields.insert(name.to_owned(), value);
        }
    };
    let job = |job: &Option<JobId>| json!(job);
    match &judged.state {
        State::Passed => {}
        State::Failed(failure) => {
            set("summary", json!(failure.summary));
            set("known", json!(failure.known));
            match &failure.source {
                Source::Job(job) => set("job", json!(job)),
                Source::Signer(signer) => set("signer", json!(signer)),
            }
            match &failure.found {
                Found::Findings(findings) => set("new", json!(findings)),
                Found::Output { tail } => set("output", json!(tail)),
            }
        }
        State::Pending { job, why } => {
            set("job", json!(job));
            set("why", json!(why));
        }
        State::Held { job: id, why } | State::Unjudged { job: id, why } => {
            set("job", job(id));
            set("why", json!(why));
        }
    }
    one
}

/// The document whose annotations a pull request shows.
pub fn document(
    repository: String,
    subject: &Subject,
    judged: &[Judged<'_>],
    now: Timestamp,
) -> Document {
    let mut entries = Vec::new();
    for one in judged {
        let title = one.gate.title();
        let findings: Vec<Finding> = match &one.state {
            State::Passed => Vec::new(),
            State::Failed(failure) => match &failure.found {
                Found::Findings(findings) => findings.clone(),
                Found::Output { tail } => {
                    let message = format!("{}\n{tail}", failure.summary);
                    vec![Finding::new(&title, "failed", Severity::High, message)]
                }
            },
            State::Pending { why, .. } | State::Held { why, .. } | State::Unjudged { why, .. } => {
                vec![Finding::new(
                    &title,
                    one.state.name(),
                    Severity::High,
                    why.clone(),
                )]
            }
        };
        entries.extend(findings.into_iter().map(|finding| Entry {
            task: one.gate.task.key.clone(),
            state: EntryState::New,
            suppressed: None,
            finding,
        }));
    }
    let tasks = judged.iter().map(|one| TaskReport {
        task: one.gate.title(),
        commit: subject.commit.as_ref().map(|it| it.as_str().to_owned()),
        dirty: false,
        at: now,
        status: match one.state {
            State::Passed => Status::Success,
            _ => Status::Error,
        },
        verdict: match one.state {
            State::Passed => Verdict::Clean,
            State::Failed(_) => Verdict::Findings,
            _ => Verdict::NotChecked,
        },
        summary: one.state.name().to_owned(),
        duration: 0.0,
        tools: Vec::new(),
    });
    Document {
        repository,
        commit: subject.commit.as_ref().map(|it| it.as_str().to_owned()),
        base: None,
        generated_at: now,
        tasks: tasks.collect(),
        entries,
        fixed: Vec::new(),
        stale: Vec::new(),
    }
}
