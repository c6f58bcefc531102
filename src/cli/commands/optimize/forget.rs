//! `git tend optimize forget`.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::optimizing::{existing, failed, open};
use crate::cli::ui::plain;
use crate::config::optimize::Source;
use crate::optimize::collect::JOURNAL;
use crate::system::rotate::numbered;

/// Forget what was read
///
/// It is gone from the database's file, too, and with the source `shell` from the journal that `shell-init` writes. It is not
/// read again, unless `--again` says so. Automations stay.
#[derive(Debug, clap::Args)]
pub struct ForgetArgs {
    /// What was read from these
    #[arg(value_name = "SOURCE", value_parser = super::sources::source, required_unless_present = "all")]
    pub sources: Vec<Source>,
    /// Everything that was read
    #[arg(long, conflicts_with = "sources")]
    pub all: bool,
    /// Read it again next time
    #[arg(long)]
    pub again: bool,
}

/// Forgets it.
pub fn forget(args: &ForgetArgs, app: &App) -> Result<Exit, CommandError> {
    if !args.again && (args.all || args.sources.contains(&Source::Shell)) {
        forget_journal(&app.dirs()?.data)?;
    }
    if existing(app)?.is_none() {
        app.ui.say("nothing was read yet");
        return Ok(Exit::Fine);
    }
    let mut db = open(app)?;
    let which: Vec<Option<Source>> = if args.all {
        vec![None]
    } else {
        args.sources.iter().copied().map(Some).collect()
    };
    let (mut events, mut wiped) = (0_u64, true);
    for source in which {
        let forgotten = db
            .forget(source, args.again)
            .map_err(|error| failed("forget what was read", &error))?;
        events = events.saturating_add(forgotten.events);
        wiped &= forgotten.wiped;
    }
    app.ui.say(format!(
        "forgot {}",
        format::count(
            usize::try_from(events).unwrap_or(usize::MAX),
            "step",
            "steps"
        )
    ));
    if !wiped {
        app.ui.warn(
            "another git tend is reading the database: until it has ended, its journal may still hold some of it",
        );
    }
    Ok(Exit::Fine)
}

/// Removes what shells wrote for us, and the older part of it: the histories are the user's, but this is ours.
fn forget_journal(data: &Path) -> Result<(), CommandError> {
    let journal = data.join(JOURNAL);
    for path in [numbered(&journal, 1), journal] {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let what = format!("failed to remove {}", plain(&path.to_string_lossy()));
                return Err(CommandError::failed(what).because(&error));
            }
            _ => {}
        }
    }
    Ok(())
}
