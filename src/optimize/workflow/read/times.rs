//! How long steps took, as somebody else tells it: a mapping of names to seconds, what `gh run view --json jobs` prints, or
//! what GitLab's API says of the jobs of a pipeline.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use super::{LARGEST, Read};
use crate::optimize::workflow::{Origin, StepRun};

/// Times of more jobs are not read.
const MOST: usize = 20_000;

/// Why no times are read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimesError {
    /// It is larger than eight times [`LARGEST`].
    #[error("it is larger than {} MiB", 8 * LARGEST / (1024 * 1024))]
    TooLarge,
    /// It is no JSON.
    #[error("{0}")]
    Json(String),
    /// It says something else.
    #[error(
        "it is neither a mapping of names to seconds, nor what `gh run view --json jobs` prints, nor GitLab's list of jobs: {0}"
    )]
    Shape(String),
}

/// How long something took.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed {
    /// What it is called there.
    pub name: String,
    /// In ms.
    pub ms: f64,
    /// Whether it succeeded.
    pub ok: bool,
    /// When it ended, in ms UTC, where that is said.
    pub at: Option<i64>,
    /// Which run it belongs to.
    run: usize,
    /// Its own steps, where they are said.
    steps: Vec<Timed>,
}

/// How long steps took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times(Vec<Timed>);

impl Times {
    /// Reads them.
    pub fn read(text: &str) -> Result<Self, TimesError> {
        if text.len() > 8 * LARGEST {
            return Err(TimesError::TooLarge);
        }
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| TimesError::Json(error.to_string()))?;
        let mut found = Vec::new();
        match &value {
            Value::Object(map) if map.get("jobs").is_some_and(Value::is_array) => {
                github(map, 0, &mut found);
            }
            Value::Object(map) => seconds(map, &mut found)?,
            Value::Array(list) => {
                for (run, item) in list.iter().enumerate() {
                    match item {
                        Value::Object(map) if map.get("jobs").is_some_and(Value::is_array) => {
                            github(map, run, &mut found);
                        }
                        Value::Object(map) => gitlab(map, &mut found)?,
                        other => {
                            return Err(TimesError::Shape(format!(
                                "{} is in the list",
                                kind(other)
                            )));
                        }
                    }
                }
            }
            other => return Err(TimesError::Shape(format!("it is {}", kind(other)))),
        }
        if found.len() > MOST {
            return Err(TimesError::Shape(format!(
                "it tells of more than {MOST} jobs"
            )));
        }
        Ok(Self(found))
    }

    /// Gives the steps of a workflow the times that are known for them; how many got one.
    pub fn apply(&self, read: &mut Read) -> usize {
        let of_job = match (&read.workflow.origin, read.workflow.name.split_once(':')) {
            (Origin::GithubActions { .. }, Some((_, job))) => Some(job.to_owned()),
            _ => None,
        };
        let mut given = 0;
        for (step, titles) in read.workflow.steps.iter_mut().zip(&read.titles) {
            let is_meant = |it: &&Timed| it.name == step.name || titles.contains(&it.name);
            let found: Vec<Timed> = match &of_job {
                Some(job) => {
                    let jobs = self.0.iter().filter(|it| is_of(&it.name, job));
                    jobs.flat_map(|it| it.steps.iter())
                        .filter(is_meant)
                        .cloned()
                        .collect()
                }
                None => {
                    let own = self.0.iter().filter(|it| it.name == step.name);
                    let mut direct: Vec<Timed> = own.cloned().collect();
                    if direct.is_empty() {
                        direct.extend(self.0.iter().filter(is_meant).cloned());
                    }
                    if direct.is_empty() {
                        self.called(&step.name, titles)
                    } else {
                        direct
                    }
                }
            };
            let good: Vec<f64> = found.iter().filter(|it| it.ok).map(|it| it.ms).collect();
            let all: Vec<f64> = found.iter().map(|it| it.ms).collect();
            let Some(ms) = median(if good.is_empty() { &all } else { &good }) else {
                continue;
            };
            step.ms = Some(ms);
            given += 1;
            step.runs = found
                .iter()
                .filter_map(|it| {
                    Some(StepRun {
                        at: it.at?,
                        ms: whole(it.ms),
                        ok: it.ok,
                        input: None,
                        about: Some(it.run.to_string()),
                    })
                })
                .collect();
            step.runs.sort_by_key(|run| run.at);
        }
        given
    }

    /// The jobs of a workflow that a step calls, as one for each run: from the first one's beginning to the last one's end.
    fn called(&self, name: &str, titles: &[String]) -> Vec<Timed> {
        let mut spans: Vec<(i64, Timed)> = Vec::new();
        let names = || std::iter::once(name).chain(titles.iter().map(String::as_str));
        for it in &self.0 {
            let is_called = names().any(|name| {
                it.name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(" / "))
            });
            let (true, Some(end)) = (is_called, it.at) else {
                continue;
            };
            let begin = end.saturating_sub(i64::try_from(whole(it.ms)).unwrap_or(i64::MAX));
            match spans.iter_mut().find(|(_, known)| known.run == it.run) {
                Some((first, known)) => {
                    *first = begin.min(*first);
                    known.ok &= it.ok;
                    known.at = known.at.max(Some(end));
                }
                None => spans.push((begin, it.clone())),
            }
        }
        spans
            .into_iter()
            .map(|(begin, mut it)| {
                let span = it.at.unwrap_or(begin).saturating_sub(begin).max(0);
                it.ms = from_ms(span);
                it
            })
            .collect()
    }
}

/// Whether a service calls a job of a matrix or not by the job's name in the file.
fn is_of(shown: &str, job: &str) -> bool {
    shown
        .strip_prefix(job)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
}

/// The median; of an even number the mean of the two in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|it| it.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    let upper = sorted.get(half)?;
    if sorted.len() % 2 == 1 {
        return Some(*upper);
    }
    Some(f64::midpoint(*sorted.get(half.checked_sub(1)?)?, *upper))
}

fn seconds(map: &Map<String, Value>, found: &mut Vec<Timed>) -> Result<(), TimesError> {
    for (name, value) in map {
        let values = match value {
            Value::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        for value in values {
            let taken = value.as_f64().filter(|it| it.is_finite() && *it >= 0.0);
            let taken = taken
                .ok_or_else(|| TimesError::Shape(format!("{name:?} is no number of seconds")))?;
            found.push(Timed {
                name: name.clone(),
                ms: taken * 1000.0,
                ok: true,
                at: None,
                run: 0,
                steps: Vec::new(),
            });
        }
    }
    Ok(())
}

fn github(run: &Map<String, Value>, number: usize, found: &mut Vec<Timed>) {
    let jobs = run
        .get("jobs")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for job in jobs {
        if let Some(mut timed) = between(job, number) {
            let steps = job
                .get("steps")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            timed.steps = steps.filter_map(|step| between(step, number)).collect();
            found.push(timed);
        }
    }
}

/// What began and ended; what was skipped, was cancelled or is under way says nothing.
fn between(job: &Value, run: usize) -> Option<Timed> {
    let text = |key: &str| job.get(key).and_then(Value::as_str);
    let moment = |key: &str| {
        text(key)?
            .parse::<Timestamp>()
            .ok()
            .map(Timestamp::as_millisecond)
    };
    let ok = match text("conclusion")? {
        "success" => true,
        "failure" | "timed_out" => false,
        _ => return None,
    };
    let begun = moment("startedAt").or_else(|| moment("started_at"))?;
    let ended = moment("completedAt").or_else(|| moment("completed_at"))?;
    Some(Timed {
        name: text("name")?.to_owned(),
        ms: from_ms(ended.checked_sub(begun).filter(|it| *it >= 0)?),
        ok,
        at: Some(ended),
        run,
        steps: Vec::new(),
    })
}

fn gitlab(job: &Map<String, Value>, found: &mut Vec<Timed>) -> Result<(), TimesError> {
    let text = |key: &str| job.get(key).and_then(Value::as_str);
    let Some(name) = text("name") else {
        return Err(TimesError::Shape("a job has no name".to_owned()));
    };
    let ok = match text("status") {
        Some("success") | None => true,
        Some("failed") => false,
        _ => return Ok(()),
    };
    let Some(taken) = job.get("duration").and_then(Value::as_f64) else {
        return Ok(());
    };
    let ended = text("finished_at").and_then(|it| it.parse::<Timestamp>().ok());
    let pipeline = job
        .get("pipeline")
        .and_then(|it| it.get("id"))
        .and_then(Value::as_u64);
    if taken.is_finite() && taken >= 0.0 {
        found.push(Timed {
            name: name.to_owned(),
            ms: taken * 1000.0,
            ok,
            at: ended.map(Timestamp::as_millisecond),
            run: pipeline
                .and_then(|it| usize::try_from(it).ok())
                .unwrap_or(0),
            steps: Vec::new(),
        });
    }
    Ok(())
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[allow(clippy::cast_precision_loss)] // spans of runs
pub(super) const fn from_ms(ms: i64) -> f64 {
    ms as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates; not negative
fn whole(ms: f64) -> u64 {
    ms.round() as u64
}
