//! `git tend optimize exec`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{failed_automation, open, registry};
use crate::cli::ui::plain;
use crate::optimize::automation::{Automation, Run, RunKind, State, error_text};
use crate::optimize::generate::{Language, arguments, invocation};
use crate::optimize::place::script;
use crate::sessions::redact::redact;
use crate::system::chain::{self, Listened};

/// Run an automation that passed in the sandbox
///
/// With your environment, at the top of the worktree if it belongs to a repository; its options follow its name. How long it took,
/// what it used and how it ended is noted, and says from five runs on whether it is stable. Its exit code is passed on. What was edited since
/// it was tested is not run.
#[derive(Debug, clap::Args)]
pub struct ExecArgs {
    /// The automation, by its name or the beginning of its id
    #[arg(value_name = "AUTOMATION")]
    pub automation: String,
    /// Its options: --name VALUE, --dry-run, --help
    #[arg(
        value_name = "OPTION",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub options: Vec<OsString>,
}

/// Runs an automation.
pub fn exec(args: &ExecArgs, app: &App) -> Result<Exit, CommandError> {
    let mut db = open(app)?;
    let automation = registry::find(&db, &args.automation)?;
    let name = plain(&automation.name);
    match automation.state {
        State::Generated => {
            return Err(
                CommandError::refused(format!("{name} has not passed in the sandbox"))
                    .hint(format!("git tend optimize test {}", automation.id)),
            );
        }
        State::Retired => return Err(CommandError::refused(format!("{name} was removed"))),
        _ => {}
    }
    let file = script::checked(&app.dirs()?.data, &automation).map_err(|error| {
        CommandError::refused(format!("{name} is not run"))
            .because(&error)
            .hint(format!(
                "git tend optimize test {} --edited takes the change in",
                automation.id
            ))
    })?;
    let given = arguments(&automation.parameters, &args.options)
        .map_err(|error| CommandError::usage(format!("{name} is not run")).because(&error))?;
    let call = invocation(
        automation.language,
        &automation.name,
        &file,
        &automation.parameters,
        &given,
    );
    let Some((program, words)) = call.argv.split_first() else {
        return Err(CommandError::failed(format!("{name} has nothing to run")));
    };
    if automation.language == Language::AppleScript && !cfg!(target_os = "macos") {
        return Err(CommandError::refused(format!(
            "{name} is AppleScript, which only macOS runs"
        )));
    }
    let program = registry::on_path(program)?;
    let folder = folder(&automation, app)?;
    let at = app.now().as_millisecond();
    let began = Instant::now();
    let Listened { exit, said, used } = chain::run_and_listen(&program, words, &folder, &call.env)
        .context("start the automation's interpreter")?;
    let took = began.elapsed();
    let is_a_run = !given.help && !given.dry_run;
    if is_a_run {
        let run = Run {
            at,
            kind: RunKind::Live,
            case: None,
            ok: exit == 0,
            exit: Some(i32::from(exit)),
            ms: milliseconds(took),
            cpu_ms: Some(milliseconds(used.cpu)),
            peak_rss_kib: used.peak_resident.map(|bytes| bytes / 1024),
            error: if exit == 0 { None } else { error(exit, &said) },
        };
        // What was done is done: that it cannot be noted is said, and spoils nothing.
        if let Err(error) = db.note_run(&automation.id, &run) {
            let error = failed_automation("note the run", &error);
            app.ui.warn(error.message);
        }
    }
    Ok(match exit {
        0 => Exit::Fine,
        exit => Exit::Chained(exit),
    })
}

/// Where it runs: what belongs to a repository at the top of the worktree, anything else where the caller is.
fn folder(automation: &Automation, app: &App) -> Result<PathBuf, CommandError> {
    let top = match &automation.scope {
        Some(_) => app
            .located()
            .ok()
            .and_then(|located| located.worktree.clone()),
        None => None,
    };
    top.map_or_else(|| app.folder(), Ok)
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn error(exit: u8, said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    error_text(&redact(last.unwrap_or(&format!("exit code {exit}"))))
}
