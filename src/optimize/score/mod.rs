//! How much a pattern is worth automating, from 0 to 100, in parts that can be read.
//!
//! frequency 30·min(1, times per week / 10) + time 25·min(1, minutes per week / 30) + consistency 20·(1 − entropy of what
//! stands in the slots) + reliability 15·success rate + recency 10·2^(−days since / 14) − risk 40 if a step destroys or
//! publishes something − 15 if one waits for a person; never below 0 or above 100. [`vy`] has the formula of the original.
//!
//! What is not known is said to be unknown, and counted thus: minutes as none; success as one half, as of a coin; the last
//! time as one half-life ago. See [`Facts`] for what is measured and what estimated.

pub mod entropy;
pub mod facts;
mod rank;
pub mod vy;

use serde::{Deserialize, Serialize};

pub use facts::Facts;
pub use rank::{Candidate, candidates};

/// From here on something is proposed, unless the configuration says otherwise: the original engine's 0.7.
pub const PROPOSED: f64 = 70.0;
/// Below this it is hidden.
pub const LISTED: f64 = 40.0;

/// Days after which a pattern is worth half of the points for having been done lately.
const HALF_LIFE_DAYS: f64 = 14.0;

/// The parts of a pattern's potential, and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Potential {
    /// How often, 0 to 30.
    pub frequency: f64,
    /// How long it takes, 0 to 25.
    pub time: f64,
    /// How alike it is from one time to the next, 0 to 20.
    pub consistency: f64,
    /// How often it succeeds, 0 to 15.
    pub reliability: f64,
    /// How lately, 0 to 10.
    pub recency: f64,
    /// −40 if a step destroys or publishes something.
    pub risk: f64,
    /// −15 if a step waits for a person.
    pub interactive: f64,
    /// The sum, 0 to 100.
    pub total: f64,
}

impl Potential {
    /// Of what is known of a pattern.
    pub fn of(facts: &Facts) -> Self {
        let frequency = 30.0 * (facts.per_week / 10.0).clamp(0.0, 1.0);
        let minutes = facts.minutes_per_week.unwrap_or(0.0);
        let time = 25.0 * (minutes / 30.0).clamp(0.0, 1.0);
        let consistency = 20.0 * (1.0 - facts.entropy).clamp(0.0, 1.0);
        let reliability = 15.0 * facts.success.unwrap_or(0.5).clamp(0.0, 1.0);
        let since = facts.days_since.unwrap_or(HALF_LIFE_DAYS).max(0.0);
        let recency = 10.0 * libm::exp2(-since / HALF_LIFE_DAYS);
        let risk = if facts.risky { -40.0 } else { 0.0 };
        let interactive = if facts.interactive { -15.0 } else { 0.0 };
        let sum = frequency + time + consistency + reliability + recency + risk + interactive;
        Self {
            frequency,
            time,
            consistency,
            reliability,
            recency,
            risk,
            interactive,
            total: sum.clamp(0.0, 100.0),
        }
    }

    /// What is done with it, if what reaches `threshold` is proposed ([`PROPOSED`]).
    pub fn band(&self, threshold: f64) -> Band {
        if self.total >= threshold {
            Band::Propose
        } else if self.total >= LISTED {
            Band::List
        } else {
            Band::Hide
        }
    }
}

/// What is done with a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// Below 40: it is not shown unless everything is.
    Hide,
    /// From 40 on: it is listed.
    List,
    /// From 70 on: an automation is proposed.
    Propose,
}

impl Band {
    /// The word in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hide => "hide",
            Self::List => "list",
            Self::Propose => "propose",
        }
    }
}

/// How much work a pattern is, as the original said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// Anything less.
    Low,
    /// Times × steps of a sequence from 10 on; a single step from 5 times on.
    Medium,
    /// Times × steps of a sequence from 20 on; a single step from 10 times on.
    High,
}

impl Priority {
    /// Of so many steps, done so often.
    pub const fn of(support: u32, steps: usize) -> Self {
        let (work, high, medium) = match steps {
            0 | 1 => (support as u64, 10, 5),
            _ => (support as u64 * steps as u64, 20, 10),
        };
        if work >= high {
            Self::High
        } else if work >= medium {
            Self::Medium
        } else {
            Self::Low
        }
    }

    /// The word in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

#[cfg(test)]
mod tests;
