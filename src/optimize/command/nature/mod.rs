//! Whether a step can do harm, waits for a person, or is only somebody looking around.
//!
//! The tables are rows of a command and what must be among its words ([`Rule`]). A command that runs others (`xargs`,
//! `sh -c '…'`, `$(…)`) is as risky as they are. What is guessed is guessed to be risky.

mod interactive;
mod noise;
mod risky;
mod rule;

use crate::optimize::recipe::{Piece, Redirect, Shape, Word};

use super::parse::{self, Arg, Command};
use super::{prefix, scan};

/// Code in code is followed this deep.
const DEEPEST: usize = 4;

/// What a step is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Nature {
    pub noise: bool,
    pub risky: bool,
    pub interactive: bool,
}

/// One command of a pipeline, as its nature is judged.
pub(super) struct Judged<'a> {
    pub commands: &'a [Command],
    pub redirects: &'a [Redirect],
    /// Text it is given to read (`<<<`).
    pub given: &'a [String],
}

/// The nature of a pipeline.
pub(super) fn of_pipeline(stages: &[Judged<'_>]) -> Nature {
    of_stages(stages, 0)
}

/// The nature of code, of which no more than its commands can be seen.
pub(super) fn of_code(text: &str) -> Nature {
    Nature {
        noise: false,
        ..inside(text, 0)
    }
}

/// What the code in a shape's words does before the shape itself is run.
pub(super) fn of_words(shape: &Shape) -> Nature {
    let Shape::Pipeline(stages) = shape else {
        return Nature::default();
    };
    let mut nature = Nature::default();
    let words = stages.iter().flat_map(|stage| {
        stage
            .words
            .iter()
            .chain(stage.redirects.iter().map(|redirect| &redirect.target))
    });
    for code in words
        .flat_map(|word| &word.0)
        .filter_map(|piece| match piece {
            Piece::Code(code) if code.contains('(') || code.contains('`') => Some(code),
            _ => None,
        })
    {
        let inner = inside(&format!("\"{code}\""), 1);
        let bare = inside(code, 1);
        nature.risky |= inner.risky || bare.risky;
        nature.interactive |= inner.interactive || bare.interactive;
    }
    nature
}

fn of_stages(stages: &[Judged<'_>], depth: usize) -> Nature {
    let mut nature = Nature::default();
    for (number, stage) in stages.iter().enumerate() {
        let fed = number > 0
            || stage
                .redirects
                .iter()
                .any(|redirect| redirect.operator.starts_with('<'));
        if let Some((outer, inner)) = stage.commands.split_first() {
            nature.risky |= inner.iter().any(|inner| risky::in_bulk(outer, inner));
        }
        for command in stage.commands {
            nature.risky |= risky::is(command);
            nature.interactive |= interactive::is(command, fed);
            if let Some(code) = command.code.as_deref().filter(|_| depth < DEEPEST) {
                let inner = inside(code, depth + 1);
                nature.risky |= inner.risky;
                nature.interactive |= inner.interactive;
            }
            if depth < DEEPEST && risky::runs_text(command) {
                for text in command
                    .arguments
                    .iter()
                    .filter(|text| text.contains([' ', ';']))
                {
                    let inner = inside(text, depth + 1);
                    nature.risky |= inner.risky;
                    nature.interactive |= inner.interactive;
                }
            }
        }
        nature.risky |= stage.redirects.iter().any(risky::overwrites_device);
        if depth < DEEPEST && stage.commands.first().is_some_and(risky::runs_input) {
            nature.risky |= stage.given.iter().any(|code| inside(code, depth + 1).risky);
        }
        // Code that comes down the pipe.
        nature.risky |= number > 0 && stage.commands.first().is_some_and(risky::runs_input);
    }
    nature.risky |= risky::feeds_database(stages);
    nature.noise = noise::is(stages);
    nature
}

fn inside(text: &str, depth: usize) -> Nature {
    let mut nature = Nature::default();
    for words in scan::commands(text) {
        let args: Vec<Arg> = words.iter().map(|word| Arg::plain(word)).collect();
        let program = prefix::of(&args).length;
        let parsed = parse::parse(&args, program);
        let redirects: Vec<Redirect> = words
            .iter()
            .zip(words.iter().skip(1).map(Some).chain([None]))
            .filter(|(word, _)| {
                word.trim_start_matches(|c: char| c.is_ascii_digit())
                    .starts_with('>')
            })
            .map(|(word, next)| Redirect {
                fd: None,
                operator: ">".to_owned(),
                target: Word(vec![Piece::Text(
                    match word.trim_start_matches(|c: char| c.is_ascii_digit() || ">|&".contains(c))
                    {
                        "" => next.cloned().unwrap_or_default(),
                        target => target.to_owned(),
                    },
                )]),
            })
            .collect();
        let inner = of_stages(
            &[Judged {
                commands: &parsed.commands,
                redirects: &redirects,
                given: &[],
            }],
            depth,
        );
        nature.risky |= inner.risky;
        nature.interactive |= inner.interactive;
    }
    nature
}
