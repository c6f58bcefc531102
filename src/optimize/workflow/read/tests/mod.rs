//! What files of each kind come to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::format_collect
)]

mod bounds;
mod github;
mod gitlab;
mod just;
mod make;
mod times;

use super::{Read, ReadError, Reading};
use crate::optimize::workflow::Touched;

/// The workflow of a name.
fn named<'r>(reading: &'r Reading, name: &str) -> &'r Read {
    let found = reading.workflows.iter().find(|it| it.workflow.name == name);
    found.unwrap_or_else(|| {
        let names: Vec<&str> = reading
            .workflows
            .iter()
            .map(|it| it.workflow.name.as_str())
            .collect();
        panic!("{name} is not in {names:?}")
    })
}

/// The steps with the names of what they need, a line each.
fn order(read: &Read) -> Vec<String> {
    let steps = &read.workflow.steps;
    steps
        .iter()
        .map(|step| {
            let needs: Vec<&str> = step
                .needs
                .iter()
                .map(|at| steps[*at].name.as_str())
                .collect();
            format!("{} <- {}", step.name, needs.join(", "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

/// The steps that stand for all that they need.
fn gathering(read: &Read) -> Vec<&str> {
    let steps = read.workflow.steps.iter();
    steps
        .filter(|step| step.gathers)
        .map(|step| step.name.as_str())
        .collect()
}

/// What a step reads and writes.
fn touched(read: &Read, name: &str) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let step = read
        .workflow
        .steps
        .iter()
        .find(|it| it.name == name)
        .unwrap();
    let known = |touched: &Touched| match touched {
        Touched::Known(paths) => Some(paths.clone()),
        Touched::Unknown => None,
    };
    (known(&step.reads), known(&step.writes))
}

fn refused(reading: Result<Reading, ReadError>) -> String {
    reading.unwrap_err().to_string()
}
