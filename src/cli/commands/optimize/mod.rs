//! `git tend optimize`.

mod baseline;
mod disable;
mod efficiency;
mod enable;
mod exec;
mod forget;
mod generate;
mod identify;
mod list;
mod monitor;
mod remove;
mod report;
mod run;
mod shell_init;
mod show;
mod sources;
mod test;
mod workflow;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;

/// Work that is repeated: find it, write it out, try it in a sandbox, and enable it
///
/// What you, git and coding agents did again and again becomes proposals with a potential of 0 to 100. Nothing is read unless
/// your own configuration names it, nothing leaves this machine, lines with secrets and lines that begin with a space are never
/// stored, and nothing runs or enables itself.
#[derive(Debug, clap::Args)]
pub struct OptimizeArgs {
    /// What to do.
    #[command(subcommand)]
    pub verb: OptimizeVerb,
}

/// What to do about repeated work.
#[derive(Debug, clap::Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum OptimizeVerb {
    Sources(sources::SourcesArgs),
    ShellInit(shell_init::ShellInitArgs),
    Identify(identify::IdentifyArgs),
    Generate(generate::GenerateArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Test(test::TestArgs),
    Enable(enable::EnableArgs),
    Exec(exec::ExecArgs),
    Disable(disable::DisableArgs),
    Remove(remove::RemoveArgs),
    Run(run::RunArgs),
    Report(report::ReportArgs),
    Monitor(monitor::MonitorArgs),
    Efficiency(efficiency::EfficiencyArgs),
    Baseline(baseline::BaselineArgs),
    Workflow(workflow::WorkflowArgs),
    Forget(forget::ForgetArgs),
}

/// Does it.
pub fn optimize(args: &OptimizeArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        OptimizeVerb::Sources(args) => sources::sources(args, app),
        OptimizeVerb::ShellInit(args) => shell_init::shell_init(args, app),
        OptimizeVerb::Identify(args) => identify::identify(args, app),
        OptimizeVerb::Generate(args) => generate::generate(args, app),
        OptimizeVerb::List(args) => list::list(args, app),
        OptimizeVerb::Show(args) => show::show(args, app),
        OptimizeVerb::Test(args) => test::test(args, app),
        OptimizeVerb::Enable(args) => enable::enable(args, app),
        OptimizeVerb::Exec(args) => exec::exec(args, app),
        OptimizeVerb::Monitor(args) => monitor::monitor(args, app),
        OptimizeVerb::Efficiency(args) => efficiency::efficiency(args, app),
        OptimizeVerb::Baseline(args) => baseline::baseline(args, app),
        OptimizeVerb::Workflow(args) => workflow::workflow(args, app),
        OptimizeVerb::Disable(args) => disable::disable(args, app),
        OptimizeVerb::Remove(args) => remove::remove(args, app),
        OptimizeVerb::Forget(args) => forget::forget(args, app),
        OptimizeVerb::Run(args) => run::run(args, app),
        OptimizeVerb::Report(args) => report::report(args, app),
    }
}
