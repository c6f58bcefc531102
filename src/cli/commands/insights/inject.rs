//! `git tend insights inject` and `remove`.

use std::path::PathBuf;

use crate::cli::app::{App, graph_error};
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::insights::{Known, Target};
use crate::cli::ui::Ui;
use crate::graph::db::NewNote;
use crate::graph::insights::Told;
use crate::graph::insights::marks::{self, MarkError, Without};
use crate::system::env;
use crate::trust::agent::may_approve;

/// Write what is worth being told into a file that coding agents read
///
/// Between two marks at its end, or where the marks are; all else in the file stays as it is. The change is shown first.
/// Insights that are switched off are left out. Nothing is written on behalf of a coding agent, unless `allow_agents` is set in
/// `[trust]` of your own configuration.
#[derive(Debug, clap::Args)]
pub struct InjectArgs {
    /// The file [default: AGENTS.md at the worktree's top]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Write what is shown without asking
    #[arg(short, long)]
    pub yes: bool,
}

/// Take it out again: the file is as it was before
///
/// A file that was made for it and has nothing else in it is removed.
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// The file [default: AGENTS.md at the worktree's top]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Writes insights into a file.
pub fn inject(args: &InjectArgs, app: &App) -> Result<Exit, CommandError> {
    check_who_types(app)?;
    let known = Known::of(&app.graph_to_read()?)?;
    let told = known.told();
    let target = Target::of(app, args.file.as_deref())?;
    let refused = |error| not_changed(&target, &error);
    let old = target.file.bytes.as_deref();
    let stood = old.map(marks::block).transpose().map_err(refused)?;
    let stood = stood.flatten().unwrap_or_default();
    let new = if told.text.is_empty() {
        match old.map(marks::without).transpose().map_err(refused)? {
            None | Some(Without::Nothing) => {
                app.ui.say("nothing was seen often enough to be told");
                return Ok(Exit::Fine);
            }
            Some(Without::Empty) => None,
            Some(Without::Rest(rest)) => Some(rest),
        }
    } else {
        Some(marks::with(old, &told.text).map_err(refused)?)
    };
    if new.as_deref() == old {
        app.ui.say(format!("{} stays as it is", target.file.name()));
    } else {
        target.file.show(new.as_deref(), app);
        let agreed = args.yes || (Ui::can_ask() && app.ui.ask("Write it?"));
        if !agreed {
            return Err(CommandError::refused("nothing was written")
                .hint("git tend insights inject --yes writes it without asking"));
        }
        target.file.write(new.as_deref())?;
        app.ui.say(format!("wrote {}", target.file.name()));
    }
    let left_out = known.left_out();
    if left_out > 0 {
        app.ui.say(format!(
            "{left_out} left out, for they are switched off · git tend insights preview"
        ));
    }
    note(&target, &known, &told, &stood, app)
}

/// Takes insights out of a file.
pub fn remove(args: &RemoveArgs, app: &App) -> Result<Exit, CommandError> {
    let target = Target::of(app, args.file.as_deref())?;
    let old = target.file.bytes.as_deref();
    let without = old.map(marks::without).transpose();
    let without = without.map_err(|error| not_changed(&target, &error))?;
    let new = match without {
        None | Some(Without::Nothing) => {
            app.ui
                .say(format!("{} has no insights in it", target.file.name()));
            return forget(&target, app);
        }
        Some(Without::Empty) => None,
        Some(Without::Rest(rest)) => Some(rest),
    };
    target.file.show(new.as_deref(), app);
    target.file.write(new.as_deref())?;
    app.ui.say(match new {
        Some(_) => format!("wrote {}", target.file.name()),
        None => format!("removed {}", target.file.name()),
    });
    forget(&target, app)
}

/// What coding agents obey is not written on their own behalf.
fn check_who_types(app: &App) -> Result<(), CommandError> {
    let allowed = app.loaded()?.config.trust.allow_agents;
    may_approve(env::agent_is_typing(), allowed).map_err(|_| {
        CommandError::refused(
            "a coding agent is typing, and what coding agents are told is not theirs to write",
        )
        .hint("run it in a terminal of your own, or set `allow_agents = true` in `[trust]` of your own configuration")
    })
}

fn not_changed(target: &Target, error: &MarkError) -> CommandError {
    CommandError::refused(format!("{} was not changed", target.file.name()))
        .because(error)
        .hint("put its marks in order by hand: one `<!-- git-tend-insights:begin -->` and, after it, one `<!-- git-tend-insights:end -->`, or neither")
}

/// Remembers what stands in the file, so that its effect can be measured.
fn note(
    target: &Target,
    known: &Known,
    told: &Told,
    stood: &[String],
    app: &App,
) -> Result<Exit, CommandError> {
    let before: Vec<&str> = known
        .notes
        .iter()
        .filter(|note| note.file == target.file.path && stood.contains(&note.text))
        .map(|note| note.insight.id.as_str())
        .collect();
    let notes: Vec<NewNote<'_>> = known
        .insights
        .iter()
        .filter_map(|insight| {
            Some(NewNote {
                text: told.lines.get(&insight.id)?,
                insight,
                stood: before.contains(&insight.id.as_str()),
            })
        })
        .collect();
    app.graph()?
        .set_insight_notes(&target.file.path, &target.scope, &notes, app.now())
        .map_err(|error| graph_error("remember what is told", &error))?;
    Ok(Exit::Fine)
}

fn forget(target: &Target, app: &App) -> Result<Exit, CommandError> {
    if app.existing_graph()?.is_some() {
        app.graph()?
            .set_insight_notes(&target.file.path, &target.scope, &[], app.now())
            .map_err(|error| graph_error("forget what was told", &error))?;
    }
    Ok(Exit::Fine)
}
