//! What the shell does for a step, with the checks of its template.

use super::command::{arguments, assignments, has_code, is_option, literal, program};
use super::jq_filter::jq_words;
use super::plan::Plan;
use super::step::word;
use super::written::Template;
use crate::optimize::recipe::{Piece, Redirect, Simple, Word};

/// The lines for a step that is a pipeline.
pub(super) fn lines(plan: &Plan, commands: &[Simple]) -> Vec<String> {
    let code = |it: &Word| word(it).text(|slot| format!("\"${}\"", plan.variable(slot)));
    let run = |commands: &[Simple]| {
        super::inline::run(plan, commands).text(|slot| format!("\"${}\"", plan.variable(slot)))
    };
    match plan.template {
        Template::FileOperation => {
            let mut lines: Vec<String> = commands
                .first()
                .map(file_checks)
                .unwrap_or_default()
                .into_iter()
                .map(|check| {
                    let words: Vec<String> = check.words.iter().map(code).collect();
                    format!("{} {}", check.name, words.join(" "))
                })
                .collect();
            lines.push(run(commands));
            lines
        }
        Template::DataProcessing => {
            let inputs = json_inputs(commands).into_iter();
            let mut lines: Vec<String> = inputs
                .map(|input| format!("tend_json {}", code(&input)))
                .collect();
            match with_temporary(commands) {
                Some((commands, target)) => {
                    lines.push(format!("tend_output {}", code(&target)));
                    lines.push(run(&commands));
                    lines.push("tend_publish".to_owned());
                }
                None => lines.push(run(commands)),
            }
            lines
        }
        Template::WorkflowSequence | Template::ApiCall => vec![run(commands)],
    }
}

/// A check before files are touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileCheck {
    /// `tend_there` or `tend_free`.
    pub name: &'static str,
    /// What is looked at.
    pub words: Vec<Word>,
}

/// What is looked at before a command touches files.
pub(super) fn file_checks(command: &Simple) -> Vec<FileCheck> {
    let Some(program) = program(command) else {
        return Vec::new();
    };
    let mut ended = false;
    let mut options = String::new();
    let mut files = Vec::new();
    for word in arguments(command) {
        if !ended && literal(word) == Some("--") {
            ended = true;
        } else if !ended && is_option(word) {
            let text = literal(word).unwrap_or_default();
            options.push_str(match text {
                "--force" => "f",
                "--no-clobber" => "n",
                "--update" => "u",
                "--symbolic" => "s",
                _ if text.starts_with("--") => "",
                _ => text,
            });
        } else {
            files.push(word.clone());
        }
    }
    let there = |words: &[Word]| FileCheck {
        name: "tend_there",
        words: words.to_vec(),
    };
    match (program, files.split_last()) {
        ("cp" | "mv" | "ln", Some((to, from))) if !from.is_empty() => {
            let mut checks = Vec::new();
            // What a symbolic link says is read from where the link is.
            if program != "ln" || !options.contains('s') {
                checks.push(there(from));
            }
            // These look for themselves.
            if !options.contains(['n', 'u', 'i']) || program == "ln" {
                let mut words = vec![to.clone()];
                words.extend_from_slice(from);
                checks.push(FileCheck {
                    name: "tend_free",
                    words,
                });
            }
            checks
        }
        ("rm" | "rmdir", Some(_)) if !options.contains('f') => vec![there(&files)],
        _ => Vec::new(),
    }
}

/// The files that jq reads as JSON.
pub(super) fn json_inputs(commands: &[Simple]) -> Vec<Word> {
    let mut inputs = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        if program(command) != Some("jq") {
            continue;
        }
        let words = jq_words(command);
        if !words.reads_json {
            continue;
        }
        inputs.extend(
            words
                .files
                .iter()
                .filter_map(|at| command.words.get(*at))
                .cloned(),
        );
        if words.files.is_empty() {
            inputs.extend(read(command));
        }
        let before = index.checked_sub(1).and_then(|it| commands.get(it));
        if let Some(cat) = before.filter(|it| program(it) == Some("cat"))
            && assignments(cat) == 0
        {
            let files = arguments(cat).iter();
            inputs.extend(files.filter(|word| !is_option(word)).cloned());
            if index == 1 {
                inputs.extend(read(cat));
            }
        }
    }
    // What the shell would make several words of, or none, is left to jq.
    inputs.retain(|word| !has_code(word) && literal(word) != Some("-"));
    inputs
}

fn read(command: &Simple) -> impl Iterator<Item = Word> {
    let redirects = command.redirects.iter();
    redirects
        .filter(|it| it.operator == "<" && it.fd.unwrap_or(0) == 0)
        .map(|it| it.target.clone())
}

/// The commands, writing to `"$tend_temporary"` where they wrote to a file, and that file.
pub(super) fn with_temporary(commands: &[Simple]) -> Option<(Vec<Simple>, Word)> {
    let mut commands = commands.to_vec();
    let redirect = commands
        .last_mut()?
        .redirects
        .iter_mut()
        .rev()
        .find(|it| writes(it))?;
    if has_code(&redirect.target) {
        return None;
    }
    let temporary = Word(vec![Piece::Code("\"$tend_temporary\"".to_owned())]);
    let target = std::mem::replace(&mut redirect.target, temporary);
    Some((commands, target))
}

/// Whether a redirection writes a file anew from standard output.
pub(super) fn writes(redirect: &Redirect) -> bool {
    matches!(redirect.operator.as_str(), ">" | ">|") && redirect.fd.unwrap_or(1) == 1
}
