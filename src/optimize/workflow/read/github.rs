//! GitHub Actions: `.github/workflows/*.yml`.
//!
//! The jobs of a file are one workflow, and the steps of each job that has several are another, one after the other. Each job
//! has a machine of its own: what one has of another are artifacts, outputs and caches, written here as paths such as
//! `artifact:dist`. A job is only known to touch nothing else if all of its steps are known to stay on its machine and nothing
//! about it says that its order is meant: secrets, an environment, rights to write, a concurrency group, a condition on how
//! other jobs came out.

use std::collections::{HashMap, HashSet};

use super::assemble::{Draft, Read, Reading, assemble};
use super::confined::{Confined, replaced};
use super::matrix::{Combination, combinations};
use super::yaml::{Entry, Node, Twice, documents};
use super::{LARGEST, MOST_STEPS, ReadError};
use crate::optimize::workflow::{Origin, Touched};

/// Actions that stay on the machine of their job: by name, or by what the name begins with.
const CONFINED: &[&str] = &[
    "actions/checkout@",
    "actions/setup-",
    "actions/cache@",
    "actions/cache/restore@",
    "actions/cache/save@",
    "actions/upload-artifact@",
    "actions/download-artifact@",
    "actions-rs/toolchain@",
    "actions-rust-lang/setup-rust-toolchain@",
    "arduino/setup-protoc@",
    "astral-sh/setup-uv@",
    "denoland/setup-deno@",
    "dtolnay/rust-toolchain@",
    "erlef/setup-beam@",
    "ilammy/msvc-dev-cmd@",
    "mozilla-actions/sccache-action@",
    "oven-sh/setup-bun@",
    "pnpm/action-setup@",
    "ruby/setup-ruby@",
    "rui314/setup-mold@",
    "shivammathur/setup-php@",
    "Swatinem/rust-cache@",
    "taiki-e/install-action@",
];

/// A job of the file.
struct Job<'n> {
    id: &'n str,
    line: usize,
    node: &'n Node,
    needs: Vec<String>,
    combinations: Vec<Option<Combination>>,
    caches: HashSet<String>,
}

/// Reads a file of GitHub Actions, `file` being its path relative to the top.
pub fn github_actions(text: &str, file: &str) -> Result<Reading, ReadError> {
    if text.len() > LARGEST {
        return Err(ReadError::TooLarge);
    }
    let documents = documents(text, Twice::Refused)?;
    let top = documents.first().ok_or(ReadError::Nothing)?;
    if top.map().is_none() {
        return Err(if top.is_null() {
            ReadError::Nothing
        } else {
            ReadError::at(top.line, "a workflow is a mapping with `jobs`")
        });
    }
    let jobs = top.get("jobs").ok_or(ReadError::Nothing)?;
    let entries = jobs
        .map()
        .ok_or_else(|| ReadError::at(jobs.line, "`jobs` is no mapping"))?;
    if entries.is_empty() {
        return Err(ReadError::Nothing);
    }
    let mut reading = Reading::default();
    let ids: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let jobs = entries
        .iter()
        .map(|entry| job(entry, &ids, &mut reading.notes))
        .collect::<Result<Vec<_>, _>>()?;
    let mut confined = Confined::new();
    let drafts = drafts(top, &jobs, &mut confined)?;
    let origin = Origin::GithubActions {
        file: file.to_owned(),
    };
    let short = file.rsplit('/').next().unwrap_or(file);
    let whole = assemble(short.to_owned(), origin.clone(), None, drafts)?;
    reading.workflows.push(whole);
    for job in &jobs {
        if let Some(read) = steps_of(job, short, &origin)? {
            reading.workflows.push(read);
        }
    }
    Ok(reading)
}

fn job<'n>(
    entry: &'n Entry,
    ids: &HashSet<&str>,
    notes: &mut Vec<String>,
) -> Result<Job<'n>, ReadError> {
    let (id, node) = (entry.key.as_str(), &entry.node);
    if node.map().is_none() {
        return Err(ReadError::at(
            entry.line,
            format!("the job {id} is no mapping"),
        ));
    }
    let mut needs = Vec::new();
    for (needed, line) in node.get("needs").map(Node::texts).unwrap_or_default() {
        if !ids.contains(needed) {
            let what = format!("{id} needs {needed}, and there is no such job");
            return Err(ReadError::at(line, what));
        }
        needs.push(needed.to_owned());
    }
    let strategy = node.get("strategy");
    let matrix = strategy.and_then(|strategy| strategy.get("matrix"));
    let made = match matrix {
        None => vec![None],
        Some(matrix) => match combinations(matrix) {
            Some(made) => made.into_iter().map(Some).collect(),
            None => {
                notes.push(format!(
                    "line {}: only a run can tell how many jobs {id} becomes; it counts as one",
                    matrix.line
                ));
                vec![None]
            }
        },
    };
    if let Some(limit) = strategy.and_then(|strategy| strategy.get("max-parallel"))
        && made.len() > 1
    {
        let limit = limit.text().unwrap_or_default();
        notes.push(format!(
            "of the {} jobs of {id}, {limit} run at once (max-parallel): each needs one before it",
            made.len()
        ));
    }
    if node.get("uses").is_some() {
        let what = node.get("uses").and_then(Node::text).unwrap_or_default();
        notes.push(format!(
            "{id} is a workflow of its own, {what}; it counts as one step"
        ));
    }
    let mut caches = HashSet::new();
    for step in steps(node) {
        caches.extend(cache(id, step));
    }
    Ok(Job {
        id,
        line: entry.line,
        node,
        needs,
        combinations: made,
        caches,
    })
}

fn steps(job: &Node) -> &[Node] {
    job.get("steps").and_then(Node::list).unwrap_or_default()
}

/// The name of a cache that a step uses.
fn cache(job: &str, step: &Node) -> Option<String> {
    let uses = step.get("uses").and_then(Node::text)?;
    let with = |name: &str| step.get("with")?.get(name)?.text();
    if uses.starts_with("actions/cache") {
        let key = with("key").unwrap_or_default();
        let key = key.split("${{").next().unwrap_or_default();
        return Some(key.to_owned());
    }
    if uses.starts_with("Swatinem/rust-cache@") {
        return Some(match with("shared-key") {
            Some(shared) => format!("rust {shared}"),
            None => format!("rust of {job}"),
        });
    }
    None
}

fn drafts(top: &Node, jobs: &[Job<'_>], confined: &mut Confined) -> Result<Vec<Draft>, ReadError> {
    let mut names: HashSet<String> = HashSet::new();
    let mut instances: HashMap<&str, Vec<String>> = HashMap::new();
    for job in jobs {
        for combination in &job.combinations {
            let name = match combination {
                None => job.id.to_owned(),
                Some(made) => format!("{} ({})", job.id, made.shown()),
            };
            let mut unique = name.clone();
            let mut number = 2;
            while !names.insert(unique.clone()) {
                unique = format!("{name} #{number}");
                number += 1;
            }
            instances.entry(job.id).or_default().push(unique);
            if names.len() > MOST_STEPS {
                return Err(ReadError::TooMany);
            }
        }
    }
    let caches: HashMap<&str, &HashSet<String>> =
        jobs.iter().map(|job| (job.id, &job.caches)).collect();
    let mut drafts = Vec::with_capacity(names.len());
    for job in jobs {
        let known = is_known(top, job, &caches, confined);
        let at_once = job
            .node
            .get("strategy")
            .and_then(|it| it.get("max-parallel"));
        let at_once = at_once.and_then(|it| it.text()?.parse::<usize>().ok());
        let own = instances.get(job.id).map_or(&[][..], Vec::as_slice);
        for (at, (combination, name)) in job.combinations.iter().zip(own).enumerate() {
            let before = at_once
                .filter(|it| *it > 0)
                .and_then(|it| at.checked_sub(it));
            let needs = job
                .needs
                .iter()
                .filter_map(|need| instances.get(need.as_str()));
            let needs = needs.flatten().chain(before.and_then(|at| own.get(at)));
            let (reads, writes) = if known {
                touched(job, combination.as_ref())
            } else {
                (Touched::Unknown, Touched::Unknown)
            };
            drafts.push(Draft {
                name: name.clone(),
                line: job.line,
                needs: needs.cloned().collect(),
                reads,
                writes,
                commands: steps(job.node)
                    .iter()
                    .filter_map(|step| step.get("run")?.text())
                    .map(|run| filled(run, combination.as_ref(), "x"))
                    .collect(),
                titles: titles(job, combination.as_ref()),
                gathers: false,
            });
        }
    }
    Ok(drafts)
}

/// A text with what is known of the matrix, and otherwise `or`, in place of expressions.
fn filled(text: &str, combination: Option<&Combination>, or: &str) -> String {
    let value = |inside: &str| {
        let name = inside.strip_prefix("matrix.")?;
        combination?.value(name).map(str::to_owned)
    };
    replaced(text, value, or)
}

/// What GitHub calls a job.
fn titles(job: &Job<'_>, combination: Option<&Combination>) -> Vec<String> {
    let mut titles = Vec::new();
    if let Some(name) = job.node.get("name").and_then(Node::text) {
        // What cannot be told would match anything.
        let name = filled(name, combination, "\0");
        if !name.contains('\0') {
            if let Some(made) = combination {
                titles.push(format!("{name} ({})", made.shown()));
            }
            titles.push(name);
        }
    }
    // One time may be said for all that a matrix makes of a job.
    if combination.is_some() {
        titles.push(job.id.to_owned());
    }
    titles
}

/// Whether all that a job touches is known.
fn is_known(
    top: &Node,
    job: &Job<'_>,
    caches: &HashMap<&str, &HashSet<String>>,
    confined: &mut Confined,
) -> bool {
    let node = job.node;
    let says = ["environment", "concurrency", "uses", "if"];
    if says.iter().any(|key| node.get(key).is_some()) || steps(node).is_empty() {
        return false;
    }
    let rights = node.get("permissions").or_else(|| top.get("permissions"));
    if rights.is_some_and(may_write) {
        return false;
    }
    let mut secret = false;
    let mut look = |text: &str| {
        secret |=
            text.contains("secrets.") || text.contains("secrets[") || text.contains("github.token");
    };
    node.each_text(&mut look);
    for key in ["env", "defaults"] {
        if let Some(node) = top.get(key) {
            node.each_text(&mut look);
        }
    }
    if secret {
        return false;
    }
    let warmed = job.needs.iter().any(|need| {
        let theirs = caches.get(need.as_str());
        theirs.is_some_and(|theirs| {
            job.caches.iter().any(|own| {
                theirs
                    .iter()
                    .any(|other| own.starts_with(other.as_str()) || other.starts_with(own.as_str()))
            })
        })
    });
    !warmed
        && steps(node).iter().all(|step| {
            match (
                step.get("uses").and_then(Node::text),
                step.get("run").and_then(Node::text),
            ) {
                (Some(uses), None) => CONFINED.iter().any(|known| uses.starts_with(known)),
                (None, Some(run)) => {
                    let shell = step.get("shell").and_then(Node::text);
                    shell.is_none_or(|shell| shell.starts_with("bash") || shell.starts_with("sh"))
                        && confined.stays(run)
                }
                _ => false,
            }
        })
}

fn may_write(rights: &Node) -> bool {
    match rights.map() {
        Some(entries) => entries
            .iter()
            .any(|entry| entry.node.text() == Some("write")),
        None => rights.text().is_some_and(|text| text.contains("write")),
    }
}

/// The artifacts and outputs that a job takes and leaves.
fn touched(job: &Job<'_>, combination: Option<&Combination>) -> (Touched, Touched) {
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for step in steps(job.node) {
        let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
        let with = |name: &str| {
            let text = step.get("with")?.get(name)?.text()?;
            Some(filled(text, combination, "*"))
        };
        if uses.starts_with("actions/upload-artifact@") {
            let name = with("name").unwrap_or_else(|| "artifact".to_owned());
            writes.push(format!("artifact:{name}"));
        } else if uses.starts_with("actions/download-artifact@") {
            let name = with("name").or_else(|| with("pattern"));
            reads.push(format!("artifact:{}", name.as_deref().unwrap_or("*")));
        }
    }
    let mut all = false;
    let mut of: HashSet<String> = HashSet::new();
    job.node.each_text(&mut |text| {
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once("needs") {
            let name = behind.strip_prefix('.').map(|behind| {
                let name = behind.chars();
                name.take_while(|it| it.is_alphanumeric() || *it == '_' || *it == '-')
                    .collect::<String>()
            });
            match name {
                Some(name) if job.needs.contains(&name) => {
                    of.insert(name);
                }
                // `toJSON(needs)`, `needs.*.result`, `needs['x']`; the word in other text does no harm.
                _ => all |= text.contains("${{"),
            }
            rest = behind;
        }
    });
    for need in &job.needs {
        if all || of.contains(need) {
            reads.push(format!("output:{need}"));
        }
    }
    // Whoever asks how a job came out reads something of it, too.
    writes.push(format!("output:{}", job.id));
    (Touched::Known(reads), Touched::Known(writes))
}

/// The steps of a job, one after the other, if there are several.
fn steps_of(job: &Job<'_>, file: &str, origin: &Origin) -> Result<Option<Read>, ReadError> {
    let steps = steps(job.node);
    if steps.len() < 2 {
        return Ok(None);
    }
    let mut drafts: Vec<Draft> = Vec::with_capacity(steps.len());
    let mut names = HashSet::new();
    for (at, step) in steps.iter().enumerate() {
        let text = |key: &str| step.get(key).and_then(Node::text);
        let run =
            text("run").and_then(|run| run.lines().map(str::trim).find(|line| !line.is_empty()));
        let title = match (text("name"), text("uses"), run) {
            (Some(name), ..) => name.to_owned(),
            (None, Some(uses), _) => format!("Run {uses}"),
            (None, None, Some(run)) => format!("Run {run}"),
            (None, None, None) => format!("step {}", at + 1),
        };
        let mut name = title.clone();
        if !names.insert(name.clone()) {
            name = format!("{title} #{}", at + 1);
            names.insert(name.clone());
        }
        drafts.push(Draft {
            name,
            line: step.line,
            needs: drafts
                .last()
                .map(|last| last.name.clone())
                .into_iter()
                .collect(),
            commands: text("run").map(str::to_owned).into_iter().collect(),
            titles: vec![title],
            ..Draft::default()
        });
    }
    let name = format!("{file}:{}", job.id);
    assemble(name, origin.clone(), Some(1), drafts).map(Some)
}
