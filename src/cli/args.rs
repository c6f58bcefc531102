//! The command line: one `Args` struct a verb, each declared beside its command.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as _, Command, FromArgMatches as _, Parser, Subcommand};

use super::commands::{
    baseline, bisect, cancel, ci, config, digest, doctor, drain, explain, findings, fix, graph,
    hook, hooks, init, insights, install_cron, install_hooks, log, metrics, nightly, notify,
    optimize, pause, profile, prompt, queue, report, results, retry, run, run_all, sbom, sessions,
    shell, show, status, stop, tick, trust, uninstall_cron, uninstall_hooks, wait,
};
use super::ui::Color;

/// Everything slow that a repository needs, kept off the commit path, without a daemon.
///
/// Each invocation opens the repository's queue, enqueues what is called for, drains what fits in its time budget,
/// and exits.
#[derive(Debug, Parser)]
#[command(
    name = "git-tend",
    bin_name = "git tend",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100,
    after_help = "Without a verb: status. Exit codes: 0 fine, 1 a job failed, 2 wrong usage or configuration, \
                  3 refused, 130 interrupted."
)]
pub struct Cli {
    /// Options that every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do; `status` if nothing is said.
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Options that every verb takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Global {
    /// Run as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub directory: Option<PathBuf>,
    /// Read FILE instead of tend.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// When to colour the output
    #[arg(long, value_name = "WHEN", value_enum, global = true)]
    pub color: Option<Color>,
    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Your own queue, of no repository (queue, show, log, results, cancel, retry, drain, doctor)
    #[arg(long, global = true)]
    pub user: bool,
}

/// Declares the verbs: each with the `Args` of its command and the name by which one of them is found.
macro_rules! verbs {
    ($($variant:ident($module:ident::$args:ident) = $name:literal,)*) => {
        /// What to do.
        #[derive(Debug, Subcommand)]
        #[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
        pub enum Verb {
            $($variant($module::$args),)*
        }

        /// The options of one verb.
        fn options(name: &str) -> Option<Command> {
            match name {
                $($name => Some($module::$args::augment_args(Command::new($name))),)*
                _ => None,
            }
        }
    };
}

verbs! {
    Init(init::InitArgs) = "init",
    Run(run::RunArgs) = "run",
    RunAll(run_all::RunAllArgs) = "run-all",
    Status(status::StatusArgs) = "status",
    Queue(queue::QueueArgs) = "queue",
    Show(show::ShowArgs) = "show",
    Log(log::LogArgs) = "log",
    Digest(digest::DigestArgs) = "digest",
    Explain(explain::ExplainArgs) = "explain",
    Metrics(metrics::MetricsArgs) = "metrics",
    Wait(wait::WaitArgs) = "wait",
    Ci(ci::CiArgs) = "ci",
    Findings(findings::FindingsArgs) = "findings",
    Fix(fix::FixArgs) = "fix",
    Baseline(baseline::BaselineArgs) = "baseline",
    Report(report::ReportArgs) = "report",
    Results(results::ResultsArgs) = "results",
    Sbom(sbom::SbomArgs) = "sbom",
    Sessions(sessions::SessionsArgs) = "sessions",
    Graph(graph::GraphArgs) = "graph",
    Insights(insights::InsightsArgs) = "insights",
    Nightly(nightly::NightlyArgs) = "nightly",
    Optimize(optimize::OptimizeArgs) = "optimize",
    Prompt(prompt::PromptArgs) = "prompt",
    Profile(profile::ProfileArgs) = "profile",
    Retry(retry::RetryArgs) = "retry",
    Bisect(bisect::BisectArgs) = "bisect",
    Cancel(cancel::CancelArgs) = "cancel",
    Drain(drain::DrainArgs) = "drain",
    InstallHooks(install_hooks::InstallHooksArgs) = "install-hooks",
    UninstallHooks(uninstall_hooks::UninstallHooksArgs) = "uninstall-hooks",
    Hooks(hooks::HooksArgs) = "hooks",
    InstallCron(install_cron::InstallCronArgs) = "install-cron",
    UninstallCron(uninstall_cron::UninstallCronArgs) = "uninstall-cron",
    Tick(tick::TickArgs) = "tick",
    Hook(hook::HookArgs) = "hook",
    Stop(stop::StopArgs) = "stop",
    Pause(pause::PauseArgs) = "pause",
    Notify(notify::NotifyArgs) = "notify",
    Trust(trust::TrustArgs) = "trust",
    Doctor(doctor::DoctorArgs) = "doctor",
    Config(config::ConfigArgs) = "config",
    Completions(shell::CompletionsArgs) = "completions",
    Man(shell::ManArgs) = "man",
}

/// Reads the command line.
///
/// Building the options of every verb takes a quarter of a millisecond. Nearly always the first word is a verb, and its
/// own options are enough; help, and whatever is wrong, is said by the whole tree.
pub fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    parse_alone(args).map_or_else(|| Cli::try_parse_from(args), Ok)
}

fn parse_alone(args: &[OsString]) -> Option<Cli> {
    let mut command = Global::augment_args(Command::new("git-tend"));
    if let Some(verb) = args.get(1) {
        command = command.subcommand(options(verb.to_str()?)?);
    }
    let matches = command.try_get_matches_from(args).ok()?;
    Cli::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::CommandFactory as _;

    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn every_verb_is_found_by_its_name() {
        for verb in Cli::command().get_subcommands() {
            let alone = options(verb.get_name()).unwrap();
            let ids = |command: &Command| -> Vec<String> {
                command
                    .get_arguments()
                    .map(|it| it.get_id().to_string())
                    .collect()
            };
            assert_eq!(ids(&alone), ids(verb), "{}", verb.get_name());
        }
    }

    #[test]
    fn the_short_way_means_what_the_long_one_means() {
        for line in [
            "git-tend",
            "git-tend status",
            "git-tend status --short -C /tmp",
            "git-tend run lint docs --enqueue --json --config x.toml",
            "git-tend run -- make -j4 --help",
            "git-tend queue --all --color never -q",
            "git-tend trust --ref origin/main",
            "git-tend hook post-checkout a b 1",
        ] {
            let long = Cli::try_parse_from(words(line)).unwrap();
            let short = parse_alone(&words(line)).unwrap();
            assert_eq!(format!("{short:?}"), format!("{long:?}"), "{line}");
        }
    }

    #[test]
    fn help_and_mistakes_are_left_to_the_whole_tree() {
        for line in [
            "git-tend --help",
            "git-tend --version",
            "git-tend -C /tmp status",
            "git-tend status --help",
            "git-tend statsu",
            "git-tend status --nonsense",
            "git-tend run",
        ] {
            assert!(parse_alone(&words(line)).is_none(), "{line}");
        }
    }
}
