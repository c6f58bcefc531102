//! Values in filters of jq become variables of jq: what stands there is data whatever it says.

use super::command::{literal, program, program_index};
use crate::optimize::recipe::{Parameter, Piece, Recipe, Shape, Simple, SlotKind, Word};

/// What an option of jq takes: so many words behind it.
fn taken_words(option: &str) -> usize {
    match option {
        "--arg" | "--argjson" | "--slurpfile" | "--rawfile" => 2,
        "--indent" | "-L" => 1,
        _ => 0,
    }
}

/// Where jq's words are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct JqWords {
    /// The filter; none if it is in a file.
    pub filter: Option<usize>,
    /// The files that are read.
    pub files: Vec<usize>,
    /// Whether what is read must be JSON.
    pub reads_json: bool,
}

/// Where the words of a call of jq are.
pub(super) fn jq_words(command: &Simple) -> JqWords {
    let mut found = JqWords {
        reads_json: true,
        ..JqWords::default()
    };
    let mut wants_filter = true;
    let mut index = program_index(command) + 1;
    while let Some(word) = command.words.get(index) {
        let option = match word.0.first() {
            Some(Piece::Text(text)) if text.len() > 1 && text.starts_with('-') => {
                Some(text.as_str())
            }
            _ => None,
        };
        match option {
            Some("--args" | "--jsonargs") => break,
            Some("-f" | "--from-file") => {
                // jq reads the filter from the first word that is no option.
                wants_filter = false;
                index += 1;
            }
            Some(option) => {
                let short = !option.starts_with("--");
                if matches!(
                    option,
                    "--raw-input" | "--null-input" | "--seq" | "--stream"
                ) || short && option.contains(['R', 'n'])
                {
                    found.reads_json = false;
                }
                index += taken_words(option);
            }
            None if wants_filter => {
                found.filter = Some(index);
                wants_filter = false;
            }
            None => found.files.push(index),
        }
        index += 1;
    }
    found
}

/// A recipe whose filters of jq have variables where they had parameters; the number of a parameter that stands where
/// only code can stand, and of its step.
pub(super) fn with_variables(recipe: &Recipe) -> Result<Recipe, (usize, usize)> {
    let mut recipe = recipe.clone();
    let parameters = recipe.parameters.clone();
    for (number, step) in recipe.steps.iter_mut().enumerate() {
        let Shape::Pipeline(commands) = step else {
            continue;
        };
        for command in commands {
            if program(command) == Some("jq") {
                bind(command, &parameters).map_err(|slot| (number + 1, slot))?;
            }
        }
    }
    Ok(recipe)
}

fn bind(command: &mut Simple, parameters: &[Parameter]) -> Result<(), usize> {
    let Some(at) = jq_words(command).filter else {
        return Ok(());
    };
    let Some(word) = command.words.get(at) else {
        return Ok(());
    };
    let has_slot = word.0.iter().any(|piece| matches!(piece, Piece::Slot(_)));
    if !has_slot || word.0.len() == 1 {
        // A whole filter that differs is a filter that the caller says.
        return Ok(());
    }
    let mut reader = Reader::default();
    let mut filter = String::new();
    let mut bound: Vec<(String, usize)> = Vec::new();
    for (index, piece) in word.0.iter().enumerate() {
        let slot = match piece {
            Piece::Text(text) => {
                reader.read(text);
                filter.push_str(text);
                continue;
            }
            Piece::Slot(slot) => *slot,
            Piece::Code(_) => {
                return Err(word
                    .0
                    .iter()
                    .find_map(|it| match it {
                        Piece::Slot(slot) => Some(*slot),
                        _ => None,
                    })
                    .unwrap_or_default());
            }
        };
        let parameter = parameters.get(slot).ok_or(slot)?;
        let variable = format!("tend_{}", parameter.name.replace('-', "_"));
        if reader.in_string() {
            if reader.escaped {
                return Err(slot);
            }
            filter.push_str(&format!("\\(${variable})"));
        } else {
            let next = match word.0.get(index + 1) {
                Some(Piece::Text(text)) => text.chars().next(),
                None => None,
                Some(_) => return Err(slot),
            };
            let stands_alone = !filter.ends_with(|c: char| {
                c.is_alphanumeric() || matches!(c, '.' | '_' | '$' | '@' | ':')
            }) && !next
                .is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | ':' | '"' | '('));
            if reader.comment || !stands_alone || parameter.kind != SlotKind::Num {
                return Err(slot);
            }
            filter.push_str(&format!("(${variable}|tonumber)"));
        }
        if !bound.iter().any(|(known, _)| *known == variable) {
            bound.push((variable, slot));
        }
    }
    let text = |text: &str| Word(vec![Piece::Text(text.to_owned())]);
    if let Some(word) = command.words.get_mut(at) {
        *word = text(&filter);
    }
    let options = bound.into_iter().flat_map(|(variable, slot)| {
        [
            text("--arg"),
            text(&variable),
            Word(vec![Piece::Slot(slot)]),
        ]
    });
    command.words.splice(at..at, options);
    Ok(())
}

/// As much of jq's lexer as says whether a place is within a string.
#[derive(Debug, Default)]
struct Reader {
    /// For each string and each `\(` that is open: whether it is a string, and how many parentheses are open in it.
    open: Vec<(bool, u32)>,
    escaped: bool,
    comment: bool,
}

impl Reader {
    fn in_string(&self) -> bool {
        self.open.last().is_some_and(|(string, _)| *string)
    }

    fn read(&mut self, text: &str) {
        for c in text.chars() {
            if self.comment {
                self.comment = c != '\n';
            } else if self.in_string() {
                match (self.escaped, c) {
                    (true, '(') => {
                        self.escaped = false;
                        self.open.push((false, 0));
                    }
                    (true, _) => self.escaped = false,
                    (false, '\\') => self.escaped = true,
                    (false, '"') => {
                        self.open.pop();
                    }
                    (false, _) => {}
                }
            } else {
                self.outside(c);
            }
        }
    }

    fn outside(&mut self, c: char) {
        match (c, self.open.last_mut()) {
            ('"', _) => self.open.push((true, 0)),
            ('#', _) => self.comment = true,
            ('(', Some((_, depth))) => *depth += 1,
            (')', Some((_, 0))) => {
                self.open.pop();
            }
            (')', Some((_, depth))) => *depth -= 1,
            _ => {}
        }
    }
}

/// The filters of a recipe, in the order of its steps.
pub(super) fn filters(recipe: &Recipe) -> Vec<String> {
    let commands = recipe.steps.iter().flat_map(super::command::commands);
    commands
        .filter(|command| program(command) == Some("jq"))
        .filter_map(|command| {
            let at = jq_words(command).filter?;
            Some(literal(command.words.get(at)?)?.to_owned())
        })
        .collect()
}
