//! GitLab's CI file, `.gitlab-ci.yml`.
//!
//! Jobs are at the top of the file, those whose names begin with a dot only to be extended. Without `needs` a job waits for
//! all jobs of earlier stages, and is handed what they leave; with it only for those that it names. What one job has of another
//! is written as a path such as `artifact:build`. Files that are included are left out, and so is what `rules` decide.

mod extends;
mod script;

use std::collections::{HashMap, HashSet};

use super::assemble::{Draft, Reading, assemble};
use super::confined::Confined;
use super::yaml::{Entry, Node, Twice, Value, documents};
use super::{LARGEST, MOST_STEPS, ReadError};
use crate::optimize::workflow::{Origin, Touched};
use extends::extended;
use script::commands;

/// Keys at the top that are no jobs.
const RESERVED: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "component",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];
/// What a job inherits from `default`, or from the top as it was written before there was `default`.
const INHERITED: &[&str] = &[
    "before_script",
    "after_script",
    "artifacts",
    "cache",
    "environment",
];
/// The stages of a file that names none.
const STAGES: &[&str] = &["build", "test", "deploy"];
/// GitLab makes no more jobs of one.
const MOST_PARALLEL: usize = 200;
struct Job<'n> {
    name: &'n str,
    line: usize,
    node: Node,
    stage: String,
    instances: Vec<String>,
    /// What `needs` names; none if the stage decides.
    needs: Option<Vec<Need>>,
    /// Whether it extends what is in another file.
    is_partial: bool,
}

struct Need {
    job: String,
    artifacts: bool,
}

/// Reads GitLab's CI file, `file` being its path relative to the top.
pub fn gitlab_ci(text: &str, file: &str) -> Result<Reading, ReadError> {
    if text.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let documents = documents(text, Twice::Last)?;
    // A file may begin with a document that says what it takes.
    let top = documents
        .iter()
        .find(|it| it.get("spec").is_none() || documents.len() == 1)
        .ok_or(ReadError::Nothing)?;
    let Some(entries) = top.map() else {
        return Err(if top.is_null() {
            ReadError::Nothing
        } else {
            ReadError::at(top.line, "a CI file of GitLab is a mapping")
        });
    };
    let mut reading = Reading::default();
    if let Some(include) = top.get("include") {
        reading.notes.push(format!(
            "line {}: what is included is not read",
            include.line
        ));
    }
    let stages = stages(top);
    let mut inherited = 0;
    let mut jobs = Vec::new();
    for entry in entries {
        if entry.key.starts_with('.') || RESERVED.contains(&entry.key.as_str()) {
            continue;
        }
        if entry.node.map().is_none() {
            let what = format!("the job {} is no mapping", entry.key);
            return Err(ReadError::at(entry.line, what));
        }
        jobs.push(job(
            top,
            entry,
            &stages,
            &mut inherited,
            &mut reading.notes,
        )?);
    }
    if jobs.is_empty() {
        return Err(ReadError::Nothing);
    }
    let drafts = drafts(top, &jobs, &stages, &mut reading.notes)?;
    let origin = Origin::GitlabCi {
        file: file.to_owned(),
    };
    let name = file.rsplit('/').next().unwrap_or(file).to_owned();
    reading
        .workflows
        .push(assemble(name, origin, None, drafts)?);
    Ok(reading)
}

fn stages(top: &Node) -> Vec<String> {
    let said = top.get("stages").or_else(|| top.get("types"));
    let mut stages = vec![".pre".to_owned()];
    match said {
        Some(said) => stages.extend(said.texts().into_iter().map(|(it, _)| it.to_owned())),
        None => stages.extend(STAGES.iter().map(|it| (*it).to_owned())),
    }
    stages.push(".post".to_owned());
    stages
}

fn job<'n>(
    top: &'n Node,
    entry: &'n Entry,
    stages: &[String],
    inherited: &mut usize,
    notes: &mut Vec<String>,
) -> Result<Job<'n>, ReadError> {
    let name = entry.key.as_str();
    let mut way = vec![name.to_owned()];
    let notes_before = notes.len();
    let mut node = extended(top, &entry.node, &mut way, inherited, notes)?;
    let is_partial = notes.len() > notes_before;
    if let Value::Map(own) = &mut node.value {
        for key in INHERITED {
            let from = top
                .get("default")
                .and_then(|it| it.get(key))
                .or_else(|| top.get(key));
            if let Some(from) = from
                && !own.iter().any(|entry| entry.key == *key)
            {
                *inherited += 1;
                own.push(Entry {
                    key: (*key).to_owned(),
                    line: from.line,
                    node: from.clone(),
                });
            }
        }
    }
    let stage = node.get("stage").and_then(Node::text).unwrap_or("test");
    if !stages.iter().any(|it| it == stage) {
        let what = format!("{name} is of the stage {stage}, and there is no such stage");
        if top.get("include").is_none() {
            return Err(ReadError::at(entry.line, what));
        }
        notes.push(format!(
            "line {}: {what}; it counts as the last",
            entry.line
        ));
    }
    Ok(Job {
        name,
        line: entry.line,
        stage: stage.to_owned(),
        instances: instances(name, &node, notes),
        needs: node.get("needs").map(needs),
        is_partial,
        node,
    })
}

/// The names of the jobs that GitLab makes of one.
fn instances(name: &str, node: &Node, notes: &mut Vec<String>) -> Vec<String> {
    let one = vec![name.to_owned()];
    let Some(parallel) = node.get("parallel") else {
        return one;
    };
    if let Some(count) = parallel.text() {
        return match count.parse::<usize>() {
            Ok(count @ 2..=MOST_PARALLEL) => (1..=count)
                .map(|at| format!("{name} {at}/{count}"))
                .collect(),
            _ => one,
        };
    }
    let mut made = Vec::new();
    for part in parallel
        .get("matrix")
        .and_then(Node::list)
        .unwrap_or_default()
    {
        let mut product: Vec<Vec<&str>> = vec![Vec::new()];
        for entry in part.map().unwrap_or_default() {
            let values = entry.node.texts();
            if values.is_empty() || product.len() * values.len() > MOST_PARALLEL {
                product.clear();
                break;
            }
            product = product
                .iter()
                .flat_map(|known| {
                    values
                        .iter()
                        .map(|(value, _)| known.iter().copied().chain([*value]).collect::<Vec<_>>())
                })
                .collect();
        }
        made.extend(
            product
                .iter()
                .map(|values| format!("{name}: [{}]", values.join(", "))),
        );
    }
    let mut seen = HashSet::new();
    made.retain(|it| seen.insert(it.clone()));
    if made.is_empty() || made.len() > MOST_PARALLEL {
        notes.push(format!(
            "line {}: only a run can tell how many jobs {name} becomes; it counts as one",
            parallel.line
        ));
        return one;
    }
    made
}

/// What `needs` names, of this pipeline.
fn needs(node: &Node) -> Vec<Need> {
    let nodes = node.list().unwrap_or(std::slice::from_ref(node));
    nodes
        .iter()
        .filter_map(|need| {
            if let Some(job) = need.text() {
                return Some(Need {
                    job: job.to_owned(),
                    artifacts: true,
                });
            }
            let elsewhere = need.get("pipeline").is_some() || need.get("project").is_some();
            let job = need
                .get("job")
                .and_then(Node::text)
                .filter(|_| !elsewhere)?;
            Some(Need {
                job: job.to_owned(),
                artifacts: need.get("artifacts").is_none_or(Node::is_true),
            })
        })
        .collect()
}

fn is_optional(node: &Node, job: &str) -> bool {
    let needs = node.get("needs").and_then(Node::list).unwrap_or_default();
    needs.iter().any(|need| {
        need.get("job").and_then(Node::text) == Some(job)
            && need.get("optional").is_some_and(Node::is_true)
    })
}

fn drafts(
    top: &Node,
    jobs: &[Job<'_>],
    stages: &[String],
    notes: &mut Vec<String>,
) -> Result<Vec<Draft>, ReadError> {
    let rank = |job: &Job<'_>| {
        stages
            .iter()
            .position(|it| *it == job.stage)
            .unwrap_or(stages.len())
    };
    let by_name: HashMap<&str, &Job<'_>> = jobs.iter().map(|job| (job.name, job)).collect();
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|at| jobs.get(*at).map_or(0, rank));
    // For each stage that has jobs: its place, the jobs that the next one waits for beside them, and whether one of it waits for
    // all that come before.
    let mut waits: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut before: Vec<&str> = Vec::new();
    let mut under_way: (Option<usize>, Vec<&Job<'_>>) = (None, Vec::new());
    for job in order.iter().filter_map(|at| jobs.get(*at)) {
        let place = rank(job);
        if under_way.0 != Some(place) {
            let ended = &under_way.1;
            if ended.iter().any(|it| it.needs.is_none()) {
                before.clear();
            }
            before.extend(ended.iter().map(|it| it.name));
            under_way = (Some(place), Vec::new());
        }
        under_way.1.push(job);
        if job.needs.is_none() {
            waits.insert(job.name, before.clone());
        }
    }
    let mut confined = Confined::new();
    let mut drafts = Vec::new();
    for job in jobs {
        let mut needed: Vec<&str> = Vec::new();
        match &job.needs {
            None => needed.extend(waits.get(job.name).into_iter().flatten()),
            Some(needs) => {
                for need in needs {
                    if by_name.contains_key(need.job.as_str()) {
                        needed.push(&need.job);
                    } else if !is_optional(&job.node, &need.job) {
                        let what =
                            format!("{} needs {}, and there is no such job", job.name, need.job);
                        if top.get("include").is_none() && !need.job.contains('[') {
                            return Err(ReadError::at(job.line, what));
                        }
                        notes.push(format!("line {}: {what} in this file", job.line));
                    }
                }
            }
        }
        let needs: Vec<String> = needed
            .iter()
            .filter_map(|name| by_name.get(name))
            .flat_map(|job| job.instances.iter().cloned())
            .collect();
        let earlier = || jobs.iter().filter(|it| rank(it) < rank(job));
        let handed: Vec<&Job<'_>> = match (job.node.get("dependencies"), &job.needs) {
            (Some(named), _) => {
                let texts = named.texts();
                let found = texts.iter().filter_map(|(name, _)| by_name.get(name));
                found.copied().collect()
            }
            (None, Some(needs)) => {
                let taken = needs.iter().filter(|need| need.artifacts);
                taken
                    .filter_map(|need| by_name.get(need.job.as_str()).copied())
                    .collect()
            }
            (None, None) => earlier().collect(),
        };
        let commands = commands(top, &job.node);
        let known = is_known(job, &needed, &by_name, &commands, &mut confined);
        for name in &job.instances {
            if drafts.len() >= MOST_STEPS {
                return Err(ReadError::TooMany);
            }
            let (reads, writes) = if known {
                touched(job, name, &handed)
            } else {
                (Touched::Unknown, Touched::Unknown)
            };
            drafts.push(Draft {
                name: name.clone(),
                line: job.line,
                needs: needs.clone(),
                reads,
                writes,
                gathers: false,
                commands: commands.clone(),
                titles: titles(job),
            });
        }
    }
    Ok(drafts)
}

/// The artifacts of the jobs whose results one is handed, and its own.
fn touched(job: &Job<'_>, instance: &str, handed: &[&Job<'_>]) -> (Touched, Touched) {
    let leaves = |job: &Job<'_>| job.node.get("artifacts").is_some();
    let reads = handed.iter().filter(|it| leaves(it));
    let reads = reads.flat_map(|it| it.instances.iter().map(|name| artifact(name)));
    let writes = leaves(job).then(|| artifact(instance));
    (
        Touched::Known(reads.collect()),
        Touched::Known(writes.into_iter().collect()),
    )
}

/// One time may be said for all that `parallel` makes of a job.
fn titles(job: &Job<'_>) -> Vec<String> {
    let several = job.instances.len() > 1;
    several.then(|| job.name.to_owned()).into_iter().collect()
}

/// As a path in which nothing is a glob.
fn artifact(job: &str) -> String {
    format!(
        "artifact:{}",
        job.replace(['[', ']', '{', '}', '*', '?', '/'], "_")
    )
}

fn is_known(
    job: &Job<'_>,
    needed: &[&str],
    by_name: &HashMap<&str, &Job<'_>>,
    commands: &[String],
    confined: &mut Confined,
) -> bool {
    let says = [
        "after_script",
        "environment",
        "id_tokens",
        "inherit",
        "pages",
        "release",
        "resource_group",
        "run",
        "secrets",
        "trigger",
        "when",
    ];
    if says.iter().any(|key| job.node.get(key).is_some()) || commands.is_empty() || job.is_partial {
        return false;
    }
    let warmed = job.node.get("cache").is_some()
        && needed
            .iter()
            .filter_map(|name| by_name.get(name))
            .any(|it| it.node.get("cache").is_some());
    !warmed && commands.iter().all(|text| confined.stays(text))
}
