//! What of an automation is tried in the sandbox: a script with options, what it says it writes and what it starts.

use std::path::Path;

use crate::optimize::automation::Automation;
use crate::optimize::generate::{Language, Template, ordered, shell_word};
use crate::optimize::recipe::{Parameter, Piece, Shape, Word, effects};
use crate::optimize::sandbox::{Interpreter, Subject};

/// What is tried of an automation, and what it holds on to.
pub struct Tried {
    text: String,
    parameters: Vec<Parameter>,
    interpreter: Interpreter,
    declared: Vec<String>,
    programs: Vec<String>,
}

impl Tried {
    /// Of an automation.
    pub fn of(automation: &Automation) -> Self {
        let (interpreter, text) = match automation.language {
            Language::Sh | Language::Jq => (Interpreter::Sh, automation.text.clone()),
            Language::Bash => (Interpreter::Bash, automation.text.clone()),
            Language::Python => (Interpreter::Python, automation.text.clone()),
            Language::AppleScript => (Interpreter::AppleScript, automation.text.clone()),
            Language::Make | Language::Just => (Interpreter::Sh, wrapped(automation)),
        };
        Self {
            interpreter,
            text,
            parameters: automation.parameters.iter().map(Parameter::from).collect(),
            declared: declared(automation),
            programs: programs(automation),
        }
    }

    /// What is tried.
    pub fn subject<'a>(&'a self, automation: &'a Automation) -> Subject<'a> {
        Subject {
            interpreter: self.interpreter,
            text: &self.text,
            parameters: &self.parameters,
            repository: automation.scope.as_deref().map(Path::new),
            declared: self.declared.clone(),
            programs: self.programs.clone(),
        }
    }
}

/// A target of make or just as a script that takes options and hands them on as `optimize exec` does.
fn wrapped(automation: &Automation) -> String {
    let is_make = automation.language == Language::Make;
    let end = format!("end-of-{}", automation.digest);
    let mut text = format!(
        "#!/bin/sh\nset -eu\nfile=$(mktemp)\ncat > \"$file\" <<'{end}'\n{}\n{end}\n",
        automation.text
    );
    for option in &automation.parameters {
        if let Some(default) = option.default.as_ref().filter(|_| !is_make) {
            text.push_str(&format!("{}={}\n", option.variable, shell_word(default)));
        }
    }
    text.push_str("while [ $# -gt 0 ]; do\n  case $1 in\n");
    for option in &automation.parameters {
        let (name, variable) = (&option.name, &option.variable);
        text.push_str(&format!(
            "    --{name}=*) {variable}=${{1#*=}}; export {variable}; shift ;;\n"
        ));
        text.push_str(&format!(
            "    --{name}) {variable}=$2; export {variable}; shift 2 ;;\n"
        ));
    }
    text.push_str("    *) exit 2 ;;\n  esac\ndone\n");
    let name = shell_word(&automation.name);
    if is_make {
        text.push_str(&format!(
            "exec make --no-print-directory -f \"$file\" {name}\n"
        ));
    } else {
        let values: Vec<String> = ordered(&automation.parameters)
            .iter()
            .map(|it| format!(" \"${{{}?}}\"", it.variable))
            .collect();
        text.push_str(&format!(
            "exec just --working-directory . --justfile \"$file\" -- {name}{}\n",
            values.concat()
        ));
    }
    text
}

/// What it says it writes. Of files and data that is known; what other programs write is not, and may be anything of the copy.
fn declared(automation: &Automation) -> Vec<String> {
    match automation.template {
        Template::WorkflowSequence | Template::ApiCall => vec!["**".to_owned()],
        Template::FileOperation | Template::DataProcessing => {
            let writes = automation
                .recipe
                .steps
                .iter()
                .flat_map(|step| effects(step).writes);
            writes.flat_map(|word| said(&word, automation)).collect()
        }
    }
}

/// What a word can say: with the values that are tried, as globs that match themselves, and what is below.
fn said(word: &Word, automation: &Automation) -> Vec<String> {
    let mut text = String::new();
    for piece in &word.0 {
        match piece {
            Piece::Text(part) => text.push_str(&globset::escape(part)),
            Piece::Slot(slot) => {
                let option = automation.parameters.get(*slot);
                let value = option.and_then(|it| it.default.as_ref().or(it.observed.first()));
                match value {
                    Some(value) => text.push_str(&globset::escape(value)),
                    None => text.push_str("**"),
                }
            }
            Piece::Code(_) => text.push_str("**"),
        }
    }
    let text = text
        .trim_start_matches("./")
        .trim_end_matches('/')
        .to_owned();
    vec![format!("{text}/**"), text]
}

/// The programs that its steps start, as far as they are certain.
fn programs(automation: &Automation) -> Vec<String> {
    let mut programs: Vec<String> = Vec::new();
    for step in &automation.recipe.steps {
        let Shape::Pipeline(commands) = step else {
            continue;
        };
        for command in commands {
            for word in &command.words {
                if let [Piece::Text(text)] = word.0.as_slice() {
                    let is_assignment = text.contains('=');
                    if is_assignment {
                        continue;
                    }
                    programs.push(text.clone());
                }
                break;
            }
        }
    }
    match automation.language {
        Language::Make => programs.push("make".to_owned()),
        Language::Just => programs.push("just".to_owned()),
        _ => {}
    }
    // What scripts of ours use themselves.
    programs.extend(["mktemp", "cat", "mv", "rm", "dirname", "basename"].map(str::to_owned));
    programs.sort();
    programs.dedup();
    programs
}
