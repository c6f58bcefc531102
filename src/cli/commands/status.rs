//! `git tend status`, and `git tend` alone.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::screen::{Text, flow, watch};
use crate::cli::status::{Around, Gates, Seen, document, lines, short};
use crate::cli::ui::Role;
use crate::cli::watching::Watched;
use crate::queue::Queue;

/// What runs, what waits, what is due
#[derive(Debug, Default, clap::Args)]
pub struct StatusArgs {
    /// One line, for a prompt
    #[arg(long, conflicts_with_all = ["json", "watch"])]
    pub short: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Drawn anew every second, until Ctrl-C or q
    #[arg(short, long, conflicts_with = "json")]
    pub watch: bool,
}

/// How many jobs are listed.
const LISTED: usize = 10;
/// How many are looked at for one who watches: as many as a tall terminal shows.
const WATCHED: usize = 100;

/// Shows the state of the queue.
pub fn status(args: &StatusArgs, app: &App) -> Result<Exit, CommandError> {
    let mut gates = Gates::default();
    if args.watch {
        return watch_status(&mut gates, app);
    }
    let queue = app.existing_queue()?;
    let limit = if args.json { None } else { Some(LISTED) };
    // A prompt has no time for what it does not show.
    let around = if args.short {
        Around::default()
    } else {
        Around::look(app)?
    };
    let mut seen = match &queue {
        Some(queue) => Seen::of(queue, limit, around, gates.see(queue, app)?, app)?,
        None => Seen::nothing(around),
    };
    if args.json || !args.short && seen.has_schedules() {
        seen.around.look_for_ticks(app);
    }
    if args.json {
        app.ui.json(&document(&seen, app.now()))?;
    } else if args.short {
        let line = short(&seen);
        if !line.is_empty() {
            app.ui.lines(&[line])?;
        }
    } else {
        let width = app.ui.columns();
        app.ui.lines(&text(queue.as_ref(), &seen, width, app))?;
    }
    Ok(Exit::Fine)
}

fn text(queue: Option<&Queue>, seen: &Seen, width: Option<usize>, app: &App) -> Vec<Text> {
    let width = width.unwrap_or(usize::MAX);
    if queue.is_some() {
        return lines(seen, width, app.now(), &app.zone());
    }
    let parts = [
        Text::new("nothing has been enqueued here yet"),
        Text::of(Role::Name, "git tend run-all"),
    ];
    flow(parts, width, 2)
}

fn watch_status(gates: &mut Gates, app: &App) -> Result<Exit, CommandError> {
    let mut watched = Watched::default();
    let mut around = Around::look(app)?;
    around.look_for_ticks(app);
    watch(&app.ui, |width| {
        let queue = watched.queue(app)?;
        around.look_again(app)?;
        let seen = match queue {
            Some(queue) => {
                let gates = gates.see(queue, app)?;
                Seen::of(queue, Some(WATCHED), around.clone(), gates, app)?
            }
            None => Seen::nothing(around.clone()),
        };
        let mut lines = vec![title("status", &around.name, width, app)];
        lines.extend(text(queue, &seen, width, app));
        Ok(lines)
    })
}

/// What is watched, where, and how late it is.
pub fn title(verb: &str, name: &str, width: Option<usize>, app: &App) -> Text {
    let now = app.now().to_zoned(app.zone());
    let title = Text::of(Role::Heading, name).and_of(
        Role::Faint,
        format!(" · {verb} · {} · q quits", now.strftime("%H:%M:%S")),
    );
    title.cut(width.unwrap_or(usize::MAX))
}
