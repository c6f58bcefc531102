//! `git tend optimize test`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::trying::{attempt, usual};
use crate::cli::optimizing::{failed_automation, open, registry, trials};
use crate::cli::sessions_view::document;
use crate::optimize::automation::Automation;
use crate::optimize::place::script;
use crate::optimize::sandbox::{Level, Options};
use crate::report::json::SCHEMA;
use crate::system::sandbox::Means;

/// Try an automation where it can do no harm
///
/// In a throw-away copy of the repository as of HEAD, with a home folder of its own, without network, with limits of memory,
/// time, processes and disk: with the values that were seen, twice, without what it needs, with what is empty, where nothing can be
/// written. It passes if 90 % of the cases end as they should and a second run changes nothing more. What was really enforced is
/// reported. Exit code 0 when it passed, 1 when it did not.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// The automation, by its name or the beginning of its id
    #[arg(value_name = "AUTOMATION")]
    pub automation: String,
    /// full: it reads the copy and runs listed programs only; partial: it may write to the copy and run what the system has;
    /// minimal: limits and time only, it can do anything else
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t)]
    pub level: LevelArg,
    /// What isolates it [default: the best there is]
    #[arg(long, value_name = "MEANS", value_enum)]
    pub means: Option<MeansArg>,
    /// Run it even if not all that the level promises can be enforced here
    #[arg(long)]
    pub weaker: bool,
    /// You know that the level minimal isolates nothing
    #[arg(long)]
    pub i_understand: bool,
    /// Take in what you changed in its file
    #[arg(long)]
    pub edited: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// How much it may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)] // the help of `--level` says what they are
pub enum LevelArg {
    Full,
    #[default]
    Partial,
    Minimal,
}

/// What isolates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[allow(missing_docs)] // they are called as they are called
pub enum MeansArg {
    Bubblewrap,
    Namespaces,
    Landlock,
}

impl TestArgs {
    const fn level(&self) -> Level {
        match self.level {
            LevelArg::Full => Level::Full,
            LevelArg::Partial => Level::Partial,
            LevelArg::Minimal => Level::Minimal,
        }
    }

    fn means(&self) -> Option<Means> {
        self.means.map(|means| match means {
            MeansArg::Bubblewrap => Means::Bubblewrap,
            MeansArg::Namespaces => Means::Namespaces,
            MeansArg::Landlock => Means::Landlock,
        })
    }
}

/// Tries an automation.
pub fn test(args: &TestArgs, app: &App) -> Result<Exit, CommandError> {
    let mut db = open(app)?;
    let mut automation = registry::find(&db, &args.automation)?;
    let now = app.now().as_millisecond();
    if args.edited {
        let text = edited(&automation, app)?;
        automation = db
            .edit_automation(&automation.id, |it| it.rewrite(text.clone(), now))
            .map_err(|error| failed_automation("take the change in", &error))?;
    }
    let options = options(args, app)?;
    let (tried, report) = attempt(&mut db, automation, &options, app)?;
    automation = tried;
    if args.json {
        let all = json!({
            "schema": SCHEMA, "automation": automation.id, "state": automation.state, "report": trials::redacted(report.clone()),
        });
        document::print(&all, app)?;
    } else {
        let width = app.ui.columns().unwrap_or(usize::MAX);
        app.ui.lines(&trials::lines(&automation, &report, width))?;
        if report.passed {
            app.ui
                .say(format!("git tend optimize enable {}", automation.id));
        }
    }
    Ok(if report.passed {
        Exit::Fine
    } else {
        Exit::Failed
    })
}

fn edited(automation: &Automation, app: &App) -> Result<String, CommandError> {
    let bytes = script::read(&app.dirs()?.data, automation)
        .map_err(|error| CommandError::refused("failed to read its file").because(&error))?;
    String::from_utf8(bytes).context("read its file as text")
}

fn options(args: &TestArgs, app: &App) -> Result<Options, CommandError> {
    Ok(Options {
        level: args.level(),
        means: args.means(),
        require: !args.weaker,
        consent: args.i_understand,
        ..usual(app)?
    })
}
