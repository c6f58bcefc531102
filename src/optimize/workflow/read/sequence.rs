//! Steps that were done one after the other, as a workflow.

use super::assemble::Read;
use super::times::{from_ms, median};
use crate::optimize::recipe::{Piece, Recipe, Word, certain};
use crate::optimize::workflow::{Origin, Step, StepRun, Touched, Workflow};

/// A sequence that was mined: each step needs the one before. `texts` are its steps as people read them, and `runs` the runs
/// of each, oldest first.
pub fn sequence(id: &str, recipe: &Recipe, texts: &[String], runs: Vec<Vec<StepRun>>) -> Read {
    let mut runs = runs.into_iter();
    let mut steps: Vec<Step> = Vec::new();
    for (at, shape) in recipe.steps.iter().enumerate() {
        let text = texts.get(at).map_or("", String::as_str);
        let again = steps.iter().any(|it| it.name == text);
        let runs = runs.next().unwrap_or_default();
        let took = |ok: bool| -> Vec<f64> {
            let wanted = runs.iter().filter(|run| run.ok || !ok);
            wanted
                .map(|run| from_ms(i64::try_from(run.ms).unwrap_or(i64::MAX)))
                .collect()
        };
        let effects = certain(shape);
        let touched = |of: Option<&Vec<Word>>| match of {
            Some(words) => Touched::Known(words.iter().map(path).collect()),
            None => Touched::Unknown,
        };
        steps.push(Step {
            name: if again || text.is_empty() {
                format!("{text} #{}", at + 1)
            } else {
                text.to_owned()
            },
            needs: at.checked_sub(1).into_iter().collect(),
            ms: median(&took(true)).or_else(|| median(&took(false))),
            reads: touched(effects.as_ref().map(|it| &it.reads)),
            writes: touched(effects.as_ref().map(|it| &it.writes)),
            runs,
            gathers: false,
        });
    }
    let none = || vec![Vec::new(); steps.len()];
    Read {
        commands: none(),
        titles: none(),
        workflow: Workflow {
            name: recipe.name.clone(),
            origin: Origin::Mined { id: id.to_owned() },
            steps,
            workers: Some(1),
        },
    }
}

/// A word as a glob: what differs each time may be anything.
fn path(word: &Word) -> String {
    let pieces = word.0.iter().map(|piece| match piece {
        Piece::Text(text) => text.as_str(),
        Piece::Slot(_) | Piece::Code(_) => "*",
    });
    pieces.collect()
}
