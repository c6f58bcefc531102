//! `git tend optimize identify`.

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::{Found, Reading, co_changes, existing, proposals};
use crate::cli::screen::Page;
use crate::cli::sessions_view::document;

/// Find what is repeated, and how much it would be worth to automate it
///
/// Reads what is new in the sources that `[optimize] sources` of your own configuration names, and looks for single commands
/// and sequences that recur, over the last 30 days (`look_back`). The potential is the sum of its parts: frequency (30), time
/// (25), consistency of the parameters (20), reliability (15), recency (10), minus 40 where something is destroyed or
/// published and 15 where somebody must answer. From 70 on it is proposed (`threshold`), below 40 it is hidden.
#[derive(Debug, clap::Args)]
pub struct IdentifyArgs {
    /// Only what is done in this repository
    #[arg(long)]
    pub here: bool,
    /// At most N
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// The hidden ones, too
    #[arg(long)]
    pub all: bool,
    /// Rank by the potential, or by the formula of the original design: 5 × times, at most 50; 20 more from 10 times on; 10 a
    /// step, at most 30
    #[arg(long, value_name = "FORMULA", value_enum, default_value_t)]
    pub score: Formula,
    /// Look this many days back
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: Option<u16>,
    /// Read nothing new
    #[arg(long)]
    pub offline: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What the list is ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Formula {
    /// The potential with its parts.
    #[default]
    Tend,
    /// The formula of the original design.
    Vy,
}

/// Shows what is repeated.
pub fn identify(args: &IdentifyArgs, app: &App) -> Result<Exit, CommandError> {
    let reading = if args.offline {
        Reading::default()
    } else {
        Reading::of(app)?
    };
    if existing(app)?.is_none() {
        if args.json {
            document::print(&proposals::nothing(&reading), app)?;
            return Ok(Exit::Fine);
        }
        reading.say(app);
        app.ui
            .say("nothing may be read yet · git tend optimize sources --on git bash");
        return Ok(Exit::Fine);
    }
    let mut found = Found::of(app, args.days)?;
    if args.here {
        found.keep_here(app)?;
    }
    if args.score == Formula::Vy {
        found.rank_by_vy();
    }
    let together = co_changes::of(app)?;
    let shown = found.shown(args.all, args.limit)?;
    if args.json {
        let document = proposals::document(&found, &shown, &together, &reading);
        document::print(&document, app)?;
        return Ok(Exit::Fine);
    }
    reading.say(app);
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut page = Page::new(width);
    page.add(proposals::lines(
        &found,
        &shown,
        args.score == Formula::Vy,
        app.now(),
        width,
    ));
    page.section(
        "Files that change together",
        co_changes::lines(&together, args.limit),
    );
    let lines = page.lines();
    if lines.is_empty() {
        app.ui.say(reading.why_nothing(app, &found)?);
        return Ok(Exit::Fine);
    }
    app.ui.lines(&lines)?;
    if !args.all {
        let worth = found.candidates.len().saturating_sub(found.hidden());
        let more = worth.saturating_sub(shown.len());
        let left = [
            (more, "more", "--limit N"),
            (found.hidden(), "of less worth", "--all"),
        ];
        let left = left.into_iter().filter(|(count, _, _)| *count > 0);
        let left: Vec<String> = left
            .map(|(count, what, option)| format!("{count} {what} ({option})"))
            .collect();
        if !left.is_empty() {
            app.ui.say(left.join(", "));
        }
    }
    Ok(Exit::Fine)
}
