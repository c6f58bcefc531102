//! Writing a recipe out: as a script of the shell or of Python, as what git, make, just or git-tend run, or as text.
//!
//! Whatever the form, nothing is ever put into code but constants, which are quoted, and what the person typed as code,
//! which stands as it was typed. Values reach commands in variables and as arguments alone. What cannot be written so is
//! refused ([`Refusal`]): a parameter in the code of `sh -c` or of awk, a line break in a Makefile.

mod apple;
mod check;
mod code;
mod command;
mod dash;
mod entry;
mod given;
mod inline;
mod jq_filter;
mod just;
mod make;
mod name;
mod plan;
mod python;
mod quote;
mod refusal;
mod shell;
mod shell_step;
mod step;
mod template;
mod written;

pub use entry::run_command;
pub use given::{Given, Invocation, WrongArgument, arguments, invocation};
pub use just::ordered;
pub use name::name;
pub use quote::shell as shell_word;
pub use refusal::Refusal;
pub use template::template;
pub use written::{Argument, Entry, Generated, Guard, Language, Options, Template};

use super::automation::{Form, identity};
use super::recipe::Recipe;
use plan::Plan;

#[cfg(test)]
mod tests;

/// Writes a recipe out in a form.
pub fn generate(recipe: &Recipe, form: Form, options: &Options) -> Result<Generated, Refusal> {
    check::check(recipe)?;
    let template = template(recipe);
    if let Some((step, program)) = template::client(recipe)
        && !options.allow_network
    {
        let step = step + 1;
        return Err(Refusal::Network { step, program });
    }
    let plan = plan(recipe, form, template, options)?;
    let mut notes = notes(&plan);
    let (text, entry) = match form {
        Form::Python => (python::script(&plan)?, None),
        Form::AppleScript => (apple::script(&plan)?, None),
        Form::ShellScript | Form::Jq => (shell::script(&plan), None),
        Form::GitAlias => {
            let entry = entry::alias(&plan);
            if matches!(&entry, Entry::GitAlias { value } if !value.starts_with('!')) {
                notes.push("git runs the alias itself, so its runs are not counted".to_owned());
            }
            (shell::script(&plan), Some(entry))
        }
        Form::Task | Form::Hook | Form::Schedule => {
            let entry = entry::task(&plan, form, options)?;
            (shell::script(&plan), Some(entry))
        }
        Form::MakeTarget => {
            let block = make::block(&plan)?;
            notes.push(
                "make runs the target itself, so only its runs by `optimize exec` are counted"
                    .to_owned(),
            );
            (block.clone(), Some(Entry::Makefile { block }))
        }
        Form::JustTarget => {
            let block = just::block(&plan);
            notes.push(
                "just runs the recipe itself, so only its runs by `optimize exec` are counted"
                    .to_owned(),
            );
            (block.clone(), Some(Entry::Justfile { block }))
        }
    };
    let filters = match form {
        Form::Jq => jq_filter::filters(&plan.recipe),
        _ => Vec::new(),
    };
    Ok(Generated {
        id: plan.id,
        name: plan.name,
        form,
        template,
        language: written_in(form, plan.language),
        text,
        parameters: plan.arguments,
        entry,
        filters,
        notes,
    })
}

fn plan(
    recipe: &Recipe,
    form: Form,
    template: Template,
    options: &Options,
) -> Result<Plan, Refusal> {
    let bound = jq_filter::with_variables(recipe).map_err(|(step, slot)| Refusal::ValueInCode {
        step,
        program: "jq".to_owned(),
        parameter: recipe
            .parameters
            .get(slot)
            .map_or_else(String::new, |it| it.name.clone()),
    })?;
    code::no_value_is_code(&bound)?;
    if form == Form::Jq
        && let Some(other) = recipe.steps.iter().position(|step| {
            !command::commands(step)
                .iter()
                .any(|it| command::program(it) == Some("jq"))
        })
    {
        return Err(Refusal::NotJq { step: other + 1 });
    }
    let bound = dash::with_dashes(bound);
    let language = language(&bound, form, template);
    let names = plan::option_names(&recipe.parameters);
    let arguments = recipe
        .parameters
        .iter()
        .zip(names)
        .zip(dash::guards(&bound))
        .map(|((parameter, name), guards)| Argument {
            variable: match form {
                Form::MakeTarget => make::variable(&name),
                _ => format!("arg_{}", name.replace('-', "_")),
            },
            name,
            kind: parameter.kind,
            // What a guard is against cannot be what is done when nobody says anything; nor what no line of make holds.
            default: parameter.default.clone().filter(|it| {
                dash::fault(&guards, parameter.kind, it.as_bytes()).is_none()
                    && !(form == Form::MakeTarget && it.contains(['\n', '\r']))
            }),
            observed: parameter.observed.clone(),
            guards,
        })
        .collect();
    // The steps as they were given: how they are written out may become better, and they stay what they are.
    let id = identity(
        template.name(),
        form,
        written_in(form, language).name(),
        &recipe.steps,
    );
    Ok(Plan {
        id,
        name: name(&recipe.name, form, &options.taken),
        template,
        language,
        recipe: bound,
        arguments,
    })
}

/// What a form is written in, if its steps need this shell.
const fn written_in(form: Form, shell: Language) -> Language {
    match form {
        Form::Python => Language::Python,
        Form::AppleScript => Language::AppleScript,
        Form::MakeTarget => Language::Make,
        Form::JustTarget => Language::Just,
        _ => shell,
    }
}

/// The shell that the steps need; what they are then written in depends on the form.
fn language(recipe: &Recipe, form: Form, template: Template) -> Language {
    let strict = matches!(template, Template::ApiCall | Template::DataProcessing);
    let pipes = recipe
        .steps
        .iter()
        .any(|step| command::commands(step).len() > 1);
    if command::needs_bash(recipe) || strict && pipes {
        Language::Bash
    } else if form == Form::Jq {
        Language::Jq
    } else {
        Language::Sh
    }
}

/// What differs from what was typed.
fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for argument in &plan.arguments {
        if argument.guards.contains(&Guard::Dash) {
            notes.push(format!(
                "--{} may not begin with `-`: it would be an option",
                argument.name
            ));
        }
        if argument.guards.contains(&Guard::Dollar) {
            notes.push(format!(
                "--{} may have no `$`: make would expand it",
                argument.name
            ));
        }
    }
    let pipes = plan
        .recipe
        .steps
        .iter()
        .any(|step| command::commands(step).len() > 1);
    if pipes && plan.strict_pipes() {
        notes.push("a pipeline fails if any of its commands does".to_owned());
    } else if pipes {
        notes.push("a pipeline fails if its last command does, as when it was typed".to_owned());
    }
    if plan.has_force() {
        notes.push("files that are there are written over with --force alone".to_owned());
    }
    notes
}
