//! Writing a proposal out as an automation.

use std::collections::BTreeSet;

use super::efficiency::keep_by_hand;
use super::{Found, Proposal, check_syntax, failed_automation, registry};
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::ui::plain;
use crate::config::HookName;
use crate::config::schedule::Cron;
use crate::optimize::automation::{Automation, Form};
use crate::optimize::db::Optimize;
use crate::optimize::generate::{Options, generate};
use crate::optimize::place::script;
use crate::optimize::recipe::Recipe;

/// How a proposal is written out.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// As what.
    pub form: Form,
    /// What it is called, if not what its steps suggest.
    pub name: Option<&'a str>,
    /// Of the form hook: which, if not what was found.
    pub hook: Option<HookName>,
    /// Of the form hook: whether a failure stops git.
    pub gate: bool,
    /// Of the form schedule: when, if not what was found.
    pub schedule: Option<&'a Cron>,
    /// Whether steps may ask something of a server.
    pub allow_network: bool,
}

impl Writing<'_> {
    /// In a form, with nothing else said.
    pub const fn of(form: Form) -> Self {
        Self {
            form,
            name: None,
            hook: None,
            gate: false,
            schedule: None,
            allow_network: false,
        }
    }
}

/// Writes a proposal out, registers it and keeps its text; what there is to know about it comes with it. The app is that of
/// the repository where it will be put.
pub fn write_out(
    found: &Found,
    proposal: &Proposal,
    how: &Writing<'_>,
    db: &mut Optimize,
    app: &App,
) -> Result<(Automation, Vec<String>), CommandError> {
    let limit = app.loaded()?.config.optimize.max_automations as usize;
    let options = options(how, proposal, registry::taken(how.form, db, app)?)?;
    let recipe = recipe(how, found, proposal)?;
    let generated = generate(&recipe, how.form, &options).map_err(|refusal| {
        CommandError::refused(format!(
            "{} cannot be written as {}",
            plain(&recipe.name),
            how.form.name()
        ))
        .because(&refusal)
    })?;
    let notes = generated.notes.clone();
    let automation = Automation::new(generated, recipe, app.now().as_millisecond());
    check_syntax(&automation)?;
    let automation = db
        .put_automation(automation, limit)
        .map_err(|error| failed_automation("register it", &error))?;
    keep_by_hand(
        db,
        &automation,
        &found.corpus,
        &proposal.candidate,
        app.now().as_millisecond(),
    )?;
    script::write(&app.dirs()?.data, &automation).map_err(|error| {
        CommandError::failed("failed to keep the automation's text").because(&error)
    })?;
    Ok((automation, notes))
}

/// What is written out: of the form hook without the command of git that runs the hook.
fn recipe(how: &Writing<'_>, found: &Found, proposal: &Proposal) -> Result<Recipe, CommandError> {
    let candidate = &proposal.candidate;
    let mut recipe = match &candidate.pattern.hook {
        Some(hook) if how.form == Form::Hook => found.part(candidate, hook.steps.clone())?.recipe,
        _ => proposal.recipe.clone(),
    };
    if let Some(name) = how.name {
        name.clone_into(&mut recipe.name);
    }
    Ok(recipe)
}

fn options(
    how: &Writing<'_>,
    proposal: &Proposal,
    taken: BTreeSet<String>,
) -> Result<Options, CommandError> {
    let pattern = &proposal.candidate.pattern;
    let suggested = pattern.hook.as_ref().map(|it| it.hook);
    let schedule = match (how.schedule, &pattern.regularity) {
        (Some(cron), _) => Some(cron.clone()),
        (None, Some(habit)) => habit.cron.parse().ok(),
        (None, None) => None,
    };
    if how.form == Form::Schedule && schedule.is_none() {
        return Err(CommandError::usage(
            "it is done at no regular time, so the schedule must be said",
        )
        .hint("--schedule \"0 9 * * 1\" is every Monday at 09:00"));
    }
    let hook = how.hook.or(suggested);
    if how.form == Form::Hook && hook.is_none() {
        return Err(
            CommandError::usage("no hook suggests itself, so it must be said")
                .hint("--hook pre-push, for one"),
        );
    }
    Ok(Options {
        allow_network: how.allow_network,
        taken,
        hook,
        gate: how.gate,
        schedule,
    })
}
