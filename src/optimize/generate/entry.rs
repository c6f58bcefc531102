//! What is put where git, make, just or git-tend find an automation.

use super::command::{assignments, changes_shell, literal};
use super::plan::Plan;
use super::quote::git_alias;
use super::refusal::Refusal;
use super::written::{Entry, Options};
use crate::optimize::automation::Form;
use crate::optimize::recipe::Shape;

/// What an automation of this id is run by, wherever it is run from: so its runs are counted.
pub fn run_command(id: &str) -> Vec<String> {
    ["git-tend", "optimize", "exec", id]
        .map(str::to_owned)
        .to_vec()
}

/// The value of an alias. One command of git without parameters is what it says; everything else is run by its id.
pub(super) fn alias(plan: &Plan) -> Entry {
    let value =
        plain_alias(plan).unwrap_or_else(|| format!("!{}", run_command(&plan.id).join(" ")));
    Entry::GitAlias { value }
}

fn plain_alias(plan: &Plan) -> Option<String> {
    let [step @ Shape::Pipeline(commands)] = plan.recipe.steps.as_slice() else {
        return None;
    };
    let [command] = commands.as_slice() else {
        return None;
    };
    if !command.redirects.is_empty() || assignments(command) > 0 || changes_shell(step).is_some() {
        return None;
    }
    let words: Option<Vec<&str>> = command.words.iter().map(literal).collect();
    let words = words?;
    let ["git", rest @ ..] = words.as_slice() else {
        return None;
    };
    // git's own options change where an alias is looked up; and `git NAME` must not be itself.
    let subcommand = rest.first()?;
    if subcommand.starts_with(['-', '!']) || *subcommand == plan.name || subcommand.is_empty() {
        return None;
    }
    let words: Vec<String> = rest.iter().map(|word| git_alias(word)).collect();
    Some(words.join(" "))
}

/// A task, by itself or with what starts it.
pub(super) fn task(plan: &Plan, form: Form, options: &Options) -> Result<Entry, Refusal> {
    let called = match form {
        Form::Hook => "hook",
        Form::Schedule => "schedule",
        _ => "task",
    };
    if plan.recipe.interactive {
        return Err(Refusal::Interactive { form: called });
    }
    if let Some(argument) = plan.arguments.iter().find(|it| it.default.is_none()) {
        return Err(Refusal::NeedsValue {
            parameter: argument.name.clone(),
            form: called,
        });
    }
    let hook = match form {
        Form::Hook => Some(options.hook.ok_or(Refusal::NoHook)?),
        _ => None,
    };
    let gate = options.gate && hook.is_some();
    if let Some(hook) = hook.filter(|hook| gate && !hook.can_gate()) {
        return Err(Refusal::NoGate { hook: hook.name() });
    }
    let schedule = match form {
        Form::Schedule => Some(options.schedule.as_ref().ok_or(Refusal::NoSchedule)?),
        _ => None,
    };
    Ok(Entry::Task {
        run: run_command(&plan.id),
        schedule: schedule.map(|cron| cron.as_str().to_owned()),
        hook: hook.map(|hook| hook.name().to_owned()),
        gate,
    })
}
