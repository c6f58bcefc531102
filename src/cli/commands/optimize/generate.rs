//! `git tend optimize generate`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::writing::{Writing, write_out};
use crate::cli::optimizing::{Found, open, proposals, registry};
use crate::cli::screen::{Page, Text};
use crate::cli::sessions_view::document;
use crate::cli::ui::{Role, plain};
use crate::config::schedule::Cron;
use crate::config::{HookName, Invalid};
use crate::optimize::automation::{Automation, Form};
use crate::report::json::SCHEMA;

/// Write a proposal out: as a script, or as what git, make, just or git-tend run
///
/// What differs from one time to the next becomes options; values reach commands as arguments and are never put into code. A
/// script stops at the first error, logs its steps, and has --dry-run and --help. It is registered and kept in your data folder;
/// nothing runs it until it was tested and you enable it.
#[derive(Debug, clap::Args)]
pub struct GenerateArgs {
    /// The proposal, by the beginning of its id
    #[arg(value_name = "PROPOSAL")]
    pub proposal: String,
    /// As what: git-alias, shell-script, make-target, just-target, task, hook, schedule, python, jq, apple-script; several may be
    /// said
    #[arg(short, long = "form", value_name = "FORM", value_parser = form, default_value = "shell-script", num_args = 1..)]
    pub forms: Vec<Form>,
    /// What it is called
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// Of the form hook: which; unless it is said, what `identify` found
    #[arg(long, value_name = "HOOK", value_parser = hook)]
    pub hook: Option<HookName>,
    /// Of the form hook: let a failure stop git
    #[arg(long)]
    pub gate: bool,
    /// Of the form schedule: when, as a cron expression; unless it is said, what `identify` found
    #[arg(long, value_name = "CRON", value_parser = cron)]
    pub schedule: Option<Cron>,
    /// Allow steps that ask something of a server
    #[arg(long)]
    pub allow_network: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn form(name: &str) -> Result<Form, String> {
    Form::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Form::ALL.into_iter().map(Form::name).collect();
        format!("it is one of {}", names.join(", "))
    })
}

fn hook(name: &str) -> Result<HookName, String> {
    name.parse().map_err(|error: Invalid| error.to_string())
}

fn cron(text: &str) -> Result<Cron, String> {
    text.parse().map_err(|error: Invalid| error.to_string())
}

/// What every form can be called.
fn name(text: &str) -> Result<String, String> {
    let is_name = text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err("at most 40 lower case letters, digits and `-`, beginning with a letter".to_owned())
    }
}

/// Writes a proposal out.
pub fn generate(args: &GenerateArgs, app: &App) -> Result<Exit, CommandError> {
    let found = Found::of(app, None)?;
    let proposal = found.find(&args.proposal)?;
    let mut db = open(app)?;
    let mut forms = args.forms.clone();
    forms.dedup();
    let mut made = Vec::new();
    for form in forms {
        let how = Writing {
            form,
            name: args.name.as_deref(),
            hook: args.hook,
            gate: args.gate,
            schedule: args.schedule.as_ref(),
            allow_network: args.allow_network,
        };
        made.push(write_out(&found, &proposal, &how, &mut db, app)?);
    }
    if args.json {
        let automations: Vec<_> = made
            .iter()
            .map(|(automation, notes)| {
                let mut document = registry::document(automation);
                if let Some(fields) = document.as_object_mut() {
                    fields.insert("notes".to_owned(), json!(notes));
                }
                document
            })
            .collect();
        let candidate = proposals::candidate(&found, &proposal);
        let all = json!({ "schema": SCHEMA, "proposal": candidate, "automations": automations });
        document::print(&all, app)?;
        return Ok(Exit::Fine);
    }
    for (automation, notes) in &made {
        show(automation, notes, app)?;
    }
    Ok(Exit::Fine)
}

fn show(automation: &Automation, notes: &[String], app: &App) -> Result<(), CommandError> {
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut page = Page::new(width);
    let head = Text::of(Role::Name, &automation.id)
        .and("  ")
        .and_of(Role::Heading, &automation.name)
        .and_of(
            Role::Faint,
            format!(
                "  {} ({})",
                automation.form.name(),
                automation.language.name()
            ),
        );
    page.add(vec![head.cut(width)]);
    page.add(registry::steps(automation));
    let options = automation.parameters.iter();
    page.add(
        options
            .map(|it| {
                let option = registry::option(&it.name, it.default.as_deref());
                Text::new("     ").then(option).cut(width)
            })
            .collect(),
    );
    let entry = registry::entry_lines(automation);
    page.add(
        entry
            .iter()
            .map(|line| Text::of(Role::Faint, format!("  + {line}")))
            .collect(),
    );
    app.ui.lines(&page.lines())?;
    for note in notes {
        app.ui.say(format!("note: {}", plain(note)));
    }
    app.ui.say(format!(
        "git tend optimize show {0} --text prints it, git tend optimize test {0} tries it in a sandbox",
        automation.id
    ));
    Ok(())
}
