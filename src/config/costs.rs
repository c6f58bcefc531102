//! What time is worth, and what an automation costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::Amount;

/// What time is worth and what an automation costs, in whatever money. The defaults are the original design's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Costs {
    /// What an hour is worth of whoever did by hand what is automated; 0 tells nothing in money.
    pub hourly_rate: Amount,
    /// How many hours it takes to make an automation.
    pub development_hours: Amount,
    /// What an hour of work on an automation costs.
    pub development_rate: Amount,
    /// How many hours of work on an automation each month takes.
    pub maintenance_hours: Amount,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            hourly_rate: Amount::whole(50),
            development_hours: Amount::whole(2),
            development_rate: Amount::whole(100),
            maintenance_hours: Amount::whole(0),
        }
    }
}
