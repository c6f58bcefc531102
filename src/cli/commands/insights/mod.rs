//! `git tend insights`.

mod inject;
mod measure;
mod preview;
mod switch;

use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;

/// What sessions of coding agents have in common, told to coding agents again
///
/// Oddities of models, what goes well with them, and tools that fail again and again become lines of AGENTS.md, when you say
/// so and after you have seen them. What comes of that is measured, and what makes things worse is told no more.
#[derive(Debug, clap::Args)]
pub struct InsightsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub verb: InsightsVerb,
}

/// What to do with insights.
#[derive(Debug, clap::Subcommand)]
#[allow(missing_docs)] // a doc comment here would replace the help text of the verb's own `Args`
pub enum InsightsVerb {
    Preview(preview::PreviewArgs),
    Inject(inject::InjectArgs),
    Remove(inject::RemoveArgs),
    Measure(measure::MeasureArgs),
    Enable(switch::EnableArgs),
    Disable(switch::DisableArgs),
}

/// Does it.
pub fn insights(args: &InsightsArgs, app: &App) -> Result<Exit, CommandError> {
    match &args.verb {
        InsightsVerb::Preview(args) => preview::preview(args, app),
        InsightsVerb::Inject(args) => inject::inject(args, app),
        InsightsVerb::Remove(args) => inject::remove(args, app),
        InsightsVerb::Measure(args) => measure::measure(args, app),
        InsightsVerb::Enable(args) => switch::enable(args, app),
        InsightsVerb::Disable(args) => switch::disable(args, app),
    }
}
