//! Steps that name each other, put together.

use std::collections::{HashMap, HashSet};

use super::{MOST_STEPS, ReadError};
use crate::optimize::workflow::{Origin, Step, Touched, Workflow};

/// Workflows whose needs are more than this in number are refused.
const MOST_NEEDS: usize = 500_000;

/// A workflow as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// It; no durations are known.
    pub workflow: Workflow,
    /// What each step does, as lines of a shell, where the file says it; for each step of the workflow.
    pub commands: Vec<Vec<String>>,
    /// Other names by which a step may be measured, such as the one that a service shows; for each step of the workflow.
    pub titles: Vec<Vec<String>>,
}

/// What a file describes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// The workflows, that of the file itself first.
    pub workflows: Vec<Read>,
    /// What was left out, or could not be told, in a sentence each.
    pub notes: Vec<String>,
}

/// A step by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    pub name: String,
    pub line: usize,
    /// Names of steps that are there: whoever reads the file checks that.
    pub needs: Vec<String>,
    pub reads: Touched,
    pub writes: Touched,
    pub commands: Vec<String>,
    pub titles: Vec<String>,
    /// Whether it stands for all that it needs.
    pub gathers: bool,
}

/// Puts steps together; needs that are not there are dropped.
pub(super) fn assemble(
    name: String,
    origin: Origin,
    workers: Option<usize>,
    drafts: Vec<Draft>,
) -> Result<Read, ReadError> {
    if drafts.len() > MOST_STEPS {
        return Err(ReadError::TooMany);
    }
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        places.entry(&draft.name).or_insert(at);
    }
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(drafts.len());
    let mut count = 0;
    for draft in &drafts {
        let mut seen = HashSet::new();
        let found = draft.needs.iter();
        let found = found.filter_map(|need| places.get(need.as_str()).copied());
        let found: Vec<usize> = found.filter(|at| seen.insert(*at)).collect();
        count += found.len();
        if count > MOST_NEEDS {
            return Err(ReadError::TooMany);
        }
        needs.push(found);
    }
    if let Some(circle) = circle(&needs) {
        let at = |at: &usize| drafts.get(*at);
        return Err(ReadError::Circle {
            line: circle.first().and_then(at).map_or(1, |draft| draft.line),
            names: circle
                .iter()
                .filter_map(|place| Some(at(place)?.name.clone()))
                .collect(),
        });
    }
    let mut read = Read {
        workflow: Workflow {
            name,
            origin,
            steps: Vec::with_capacity(drafts.len()),
            workers,
        },
        commands: Vec::with_capacity(drafts.len()),
        titles: Vec::with_capacity(drafts.len()),
    };
    for (draft, needs) in drafts.into_iter().zip(needs) {
        read.workflow.steps.push(Step {
            name: draft.name,
            needs,
            ms: None,
            reads: draft.reads,
            writes: draft.writes,
            runs: Vec::new(),
            gathers: draft.gathers,
        });
        read.commands.push(draft.commands);
        read.titles.push(draft.titles);
    }
    Ok(read)
}

/// Places each of which needs the one behind it, and the last the first; none if there is no circle.
pub(super) fn circle(needs: &[Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Closed,
    }
    let mut marks = vec![Mark::New; needs.len()];
    for start in 0..needs.len() {
        // The way from the start, each with how many of its needs were looked at.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if marks.get(start) != Some(&Mark::New) {
            continue;
        }
        if let Some(mark) = marks.get_mut(start) {
            *mark = Mark::Open;
        }
        while let Some((at, looked)) = way.last_mut() {
            let next = needs.get(*at).and_then(|needs| needs.get(*looked)).copied();
            *looked += 1;
            match next {
                None => {
                    if let Some(mark) = marks.get_mut(*at) {
                        *mark = Mark::Closed;
                    }
                    way.pop();
                }
                Some(next) => match marks.get(next) {
                    Some(Mark::Open) => {
                        let from = way.iter().position(|(at, _)| *at == next)?;
                        let circle = way.get(from..)?.iter().map(|(at, _)| *at);
                        return Some(circle.collect());
                    }
                    Some(Mark::New) => {
                        if let Some(mark) = marks.get_mut(next) {
                            *mark = Mark::Open;
                        }
                        way.push((next, 0));
                    }
                    _ => {}
                },
            }
        }
    }
    None
}
