//! The command line: one `Args` struct a verb, each declared beside its command.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::commands::{
    cancel, config, doctor, drain, explain, hook, hooks, init, install_cron, install_hooks, log,
    pause, queue, results, retry, run, run_all, shell, show, status, stop, tick, trust,
    uninstall_cron, uninstall_hooks,
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
}

/// What to do.
#[derive(Debug, Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum Verb {
    Init(init::InitArgs),
    Run(run::RunArgs),
    RunAll(run_all::RunAllArgs),
    Status(status::StatusArgs),
    Queue(queue::QueueArgs),
    Show(show::ShowArgs),
    Log(log::LogArgs),
    Explain(explain::ExplainArgs),
    Results(results::ResultsArgs),
    Retry(retry::RetryArgs),
    Cancel(cancel::CancelArgs),
    Drain(drain::DrainArgs),
    InstallHooks(install_hooks::InstallHooksArgs),
    UninstallHooks(uninstall_hooks::UninstallHooksArgs),
    Hooks(hooks::HooksArgs),
    InstallCron(install_cron::InstallCronArgs),
    UninstallCron(uninstall_cron::UninstallCronArgs),
    Tick(tick::TickArgs),
    Hook(hook::HookArgs),
    Stop(stop::StopArgs),
    Pause(pause::PauseArgs),
    Trust(trust::TrustArgs),
    Doctor(doctor::DoctorArgs),
    Config(config::ConfigArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}
