//! What the user types and reads: arguments in, domain calls, text out.

pub mod app;
pub mod args;
pub mod arguments;
pub mod audit;
pub mod background;
pub mod bisecting;
pub mod commands;
pub mod conversations;
pub mod cron_checks;
pub mod digest;
pub mod draining;
pub mod edited_file;
pub mod error;
pub mod estimating;
pub mod exit_code;
pub mod fast_path;
pub mod fix_runner;
pub mod gates;
pub mod hook;
pub mod insights;
pub mod known;
pub mod leaving;
pub mod metering;
pub mod notifying;
pub mod optimizing;
pub mod own_queue;
pub mod own_runner;
pub mod page;
pub mod patches;
pub mod performance;
pub mod permission;
pub mod progress;
pub mod prompting;
pub mod rounds;
pub mod scans;
pub mod screen;
pub mod sessions;
pub mod sessions_view;
pub mod status;
pub mod story;
pub mod tables;
pub mod threads;
pub mod tool_runner;
pub mod trusting;
pub mod ui;
pub mod watching;

use std::ffi::OsString;
use std::process::ExitCode;

use self::app::App;
use self::args::Verb;
use self::commands as c;
use self::error::CommandError;
use self::exit_code::Exit;
use self::ui::Ui;
pub use crate::report::format;

/// Runs one invocation: hidden verbs at once, everything else through the command tree.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = fast_path::dispatch(&args) {
        return code;
    }
    let cli = match args::parse(&args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors; clap knows which stream each belongs on.
            let failed = error.use_stderr();
            let _ = error.print();
            return if failed { Exit::Usage } else { Exit::Fine }.into();
        }
    };
    let ui = Ui::new(cli.global.color, cli.global.quiet);
    trace::start();
    let app = App::new(cli.global, ui);
    let is_typed = !matches!(
        cli.verb,
        Some(Verb::Hook(_) | Verb::Completions(_) | Verb::Man(_))
    );
    let exit = dispatch(cli.verb, &app).unwrap_or_else(|error| {
        app.ui.error(&error);
        error.exit
    });
    if is_typed {
        notifying::console::show(&app);
    }
    exit.into()
}

/// Whether a verb is about jobs alone, whosever queue they are in.
const fn takes_user(verb: Option<&Verb>) -> bool {
    matches!(
        verb,
        Some(
            Verb::Queue(_)
                | Verb::Show(_)
                | Verb::Log(_)
                | Verb::Cancel(_)
                | Verb::Retry(_)
                | Verb::Drain(_)
                | Verb::Doctor(_)
                | Verb::Results(_)
        )
    )
}

fn dispatch(verb: Option<Verb>, app: &App) -> Result<Exit, CommandError> {
    if app.global.user && !takes_user(verb.as_ref()) {
        return Err(
            CommandError::usage("--user is about jobs of your own queue").hint(
                "git tend queue --user; show, log, results, cancel, retry, drain and doctor take it too",
            ),
        );
    }
    match verb.unwrap_or_else(|| Verb::Status(c::status::StatusArgs::default())) {
        Verb::Init(args) => c::init::init(&args, app),
        Verb::InstallCron(args) => c::install_cron::install_cron(&args, app),
        Verb::UninstallCron(args) => c::uninstall_cron::uninstall_cron(&args, app),
        Verb::Run(args) => c::run::run(&args, app),
        Verb::RunAll(args) => c::run_all::run_all(&args, app),
        Verb::Status(args) => c::status::status(&args, app),
        Verb::Queue(args) => c::queue::queue(&args, app),
        Verb::Show(args) => c::show::show(&args, app),
        Verb::Log(args) => c::log::log(&args, app),
        Verb::Digest(args) => c::digest::digest(&args, app),
        Verb::Explain(args) => c::explain::run(&args, app),
        Verb::Results(args) => c::results::results(&args, app),
        Verb::Metrics(args) => c::metrics::metrics(&args, app),
        Verb::Wait(args) => c::wait::wait(&args, app),
        Verb::Ci(args) => c::ci::ci(&args, app),
        Verb::Findings(args) => c::findings::findings(&args, app),
        Verb::Fix(args) => c::fix::fix(&args, app),
        Verb::Baseline(args) => c::baseline::baseline(&args, app),
        Verb::Report(args) => c::report::report(&args, app),
        Verb::Sessions(args) => c::sessions::sessions(&args, app),
        Verb::Graph(args) => c::graph::graph(&args, app),
        Verb::Insights(args) => c::insights::insights(&args, app),
        Verb::Nightly(args) => c::nightly::nightly(&args, app),
        Verb::Optimize(args) => c::optimize::optimize(&args, app),
        Verb::Prompt(args) => c::prompt::prompt(&args, app),
        Verb::Profile(args) => c::profile::profile(&args, app),
        Verb::Sbom(args) => c::sbom::sbom(&args, app),
        Verb::Retry(args) => c::retry::retry(&args, app),
        Verb::Bisect(args) => c::bisect::bisect(&args, app),
        Verb::Cancel(args) => c::cancel::cancel(&args, app),
        Verb::Drain(args) => c::drain::drain(&args, app),
        Verb::Tick(args) => c::tick::tick(&args, app),
        Verb::InstallHooks(args) => c::install_hooks::install_hooks(&args, app),
        Verb::UninstallHooks(args) => c::uninstall_hooks::uninstall_hooks(&args, app),
        Verb::Hooks(args) => c::hooks::hooks(&args, app),
        Verb::Hook(args) => Ok(c::hook::hook(&args, app)),
        Verb::Stop(args) => c::stop::stop(&args, app),
        Verb::Pause(args) => c::pause::pause(&args, app),
        Verb::Trust(args) => c::trust::trust(&args, app),
        Verb::Notify(args) => c::notify::notify(&args, app),
        Verb::Doctor(args) => c::doctor::doctor(&args, app),
        Verb::Config(args) => c::config::config(&args, app),
        Verb::Completions(args) => c::shell::completions(&args, app),
        Verb::Man(args) => c::shell::man(&args, app),
    }
}

/// The trace on standard error that `TEND_LOG` asks for.
mod trace {
    use tracing::level_filters::LevelFilter;

    use crate::system::env;

    pub(super) fn start() {
        let Some(level) = env::text(env::LOG).and_then(|text| text.parse::<LevelFilter>().ok())
        else {
            return;
        };
        tracing_subscriber::fmt()
            .with_max_level(level)
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .init();
    }
}
