//! A step and the checks of its template on one line, for forms that have no functions.

use super::plan::Plan;
use super::shell_step::{file_checks, json_inputs, with_temporary};
use super::step::{Parts, pipeline, word};
use super::written::{Language, Template};
use crate::optimize::recipe::{Simple, Word};

/// What says no, and ends the step.
const END: &str = " >&2; exit 1; }";

/// A step that is a pipeline, with the checks before it. `FORCE=yes` in the environment writes over files.
pub(super) fn inline(plan: &Plan, commands: &[Simple]) -> Parts {
    let mut parts = Parts::default();
    match plan.template {
        Template::WorkflowSequence | Template::ApiCall => {
            parts.append(run(plan, commands));
        }
        Template::FileOperation => {
            for check in commands.first().map(file_checks).unwrap_or_default() {
                if check.name == "tend_there" {
                    there(&mut parts, &check.words);
                } else {
                    free(&mut parts, &check.words);
                }
            }
            parts.append(run(plan, commands));
        }
        Template::DataProcessing => {
            for input in json_inputs(commands) {
                parts.code("[ -s ");
                parts.append(word(&input));
                parts.code(" ] && jq empty < ");
                parts.append(word(&input));
                parts.code(" || { echo 'what is read is not there, or no JSON'");
                parts.code(END);
                parts.code("; ");
            }
            match with_temporary(commands) {
                Some((commands, target)) => {
                    parts.code("tend_target=");
                    parts.append(word(&target));
                    parts.code("; case $tend_target in -*) tend_target=./$tend_target ;; esac; ");
                    parts.code("tend_temporary=$(mktemp \"$tend_target.XXXXXX\") || exit 1; ");
                    parts
                        .code("chmod \"$(printf %o $((0666 & ~$(umask))))\" \"$tend_temporary\"; ");
                    parts.code("{ ");
                    parts.append(run(plan, &commands));
                    parts.code("; } && mv -f -- \"$tend_temporary\" \"$tend_target\"");
                    parts.code(
                        " || { tend_code=$?; rm -f -- \"$tend_temporary\"; exit $tend_code; }",
                    );
                }
                None => parts.append(run(plan, commands)),
            }
        }
    }
    parts
}

/// The commands; where an error anywhere in them counts, it does.
pub(super) fn run(plan: &Plan, commands: &[Simple]) -> Parts {
    let mut parts = Parts::default();
    let strict = plan.strict_pipes() && plan.language == Language::Bash && commands.len() > 1;
    if strict {
        parts.code("set -o pipefail; ");
    }
    parts.append(pipeline(commands));
    if strict {
        // Who stops listening, as head does, fails nobody.
        parts.code(" || { tend_code=$?; [ $tend_code -eq 141 ] || (exit $tend_code); }");
    }
    parts
}

fn listed(parts: &mut Parts, words: &[Word]) {
    for it in words {
        parts.code(" ");
        parts.append(word(it));
    }
}

fn there(parts: &mut Parts, words: &[Word]) {
    parts.code("for tend_file in");
    listed(parts, words);
    parts.code("; do [ -e \"$tend_file\" ] || [ -L \"$tend_file\" ] || ");
    parts.code("{ printf 'there is no %s\\n' \"$tend_file\"");
    parts.code(END);
    parts.code("; done; ");
}

fn free(parts: &mut Parts, words: &[Word]) {
    let Some((to, from)) = words.split_first() else {
        return;
    };
    parts.code("[ -n \"${FORCE-}\" ] || for tend_file in");
    listed(parts, from);
    parts.code("; do tend_to=");
    parts.append(word(to));
    parts.code("; tend_base=${tend_file%/}; ");
    parts.code("[ ! -d \"$tend_to\" ] || tend_to=${tend_to%/}/${tend_base##*/}; ");
    parts.code("if [ -e \"$tend_to\" ] || [ -L \"$tend_to\" ]; then cmp -s -- \"$tend_file\" \"$tend_to\" || ");
    parts.code("{ printf '%s is there already; FORCE=yes writes over it\\n' \"$tend_to\"");
    parts.code(END);
    parts.code("; fi; done; ");
}
