//! What the agent may cost today, as the user's configuration says, and whether there is anything left.

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::config::user::Agent;
use crate::graph::ledger::{Cap, Caps, Wanted};
use crate::graph::patterns::nano;

/// Whether the agent may be called at all.
#[derive(Clone, Debug, Default)]
pub struct Allowance {
    /// Why not.
    pub refused: Option<String>,
}

impl Allowance {
    /// As things stand.
    pub fn of(app: &App) -> Result<Self, CommandError> {
        let agent = &app.loaded()?.config.agent;
        if !agent.enabled {
            return Ok(Self {
                refused: Some("it is switched off".to_owned()),
            });
        }
        let Some(graph) = app.existing_graph()? else {
            return Ok(Self::default());
        };
        let spent = graph
            .spent(app.day_start(), "")
            .context("read what the agent has cost")?;
        let wanted = Wanted {
            expected_cost: 0,
            is_first_today: true,
            is_first_of_run: true,
        };
        let reached = caps(agent).reached(&spent, &wanted);
        Ok(Self {
            refused: reached.map(|cap| reached_words(cap, agent)),
        })
    }
}

/// The caps of a configuration.
pub fn caps(agent: &Agent) -> Caps {
    Caps {
        cost_per_day: nano(agent.max_cost_per_day.get()),
        cost_per_run: nano(agent.max_cost_per_run.get()),
        jobs_per_day: u64::from(agent.max_jobs_per_day),
        jobs_per_run: u64::from(agent.max_jobs_per_run),
    }
}

/// That a cap is reached, and which setting it is.
pub fn reached_words(cap: Cap, agent: &Agent) -> String {
    match cap {
        Cap::CostPerDay => format!(
            "what a day may cost is spent (max_cost_per_day = {})",
            agent.max_cost_per_day.get()
        ),
        Cap::CostPerRun => format!(
            "what a run may cost is spent (max_cost_per_run = {})",
            agent.max_cost_per_run.get()
        ),
        Cap::JobsPerDay => format!(
            "a day's analyses are done (max_jobs_per_day = {})",
            agent.max_jobs_per_day
        ),
        Cap::JobsPerRun => format!(
            "a run's analyses are done (max_jobs_per_run = {})",
            agent.max_jobs_per_run
        ),
    }
}

/// Whether it ends with the run, rather than with the day.
pub const fn is_of_run(cap: Cap) -> bool {
    matches!(cap, Cap::CostPerRun | Cap::JobsPerRun)
}
