//! What an automation saves: what it took by hand, what it takes now, and what can be said about the difference.
//!
//! Pure functions of durations and counts. Where there is too little to say anything, [`Told::Insufficient`] says how much
//! there is and how much it takes. [`Manual`] is what it took by hand, [`Course`] how runs went, and [`efficiency`] what
//! comes of both: [`Savings`] and [`Returns`].

pub mod compare;
pub mod course;
mod figures;
pub mod manual;
pub mod returns;
mod said;
pub mod saved;

use serde::{Deserialize, Serialize};

pub use compare::{Comparison, Drift, Successes};
pub use course::{Course, Trend};
pub use figures::{ByHand, Efficiency, Input, efficiency};
pub use manual::{Done, Manual};
pub use returns::{Payback, Returns};
pub use said::{course_said, said};
pub use saved::{Counted, Ran, Savings};

/// Where a baseline is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From the times of histories.
    History,
    /// Somebody said it.
    Said,
}

impl Origin {
    /// The word in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Said => "said",
        }
    }

    /// The origin of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::History, Self::Said]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// What it took by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Where it is from.
    pub origin: Origin,
    /// When it was taken, in ms UTC.
    pub at: i64,
    /// How long each time took, in ms, oldest first; one value if it was said.
    pub durations: Vec<u64>,
    /// How often it was done a week, if that is known.
    pub per_week: Option<f64>,
}

/// Something that can be said, or why not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Told<T> {
    /// There is enough to say it.
    Enough(T),
    /// There is too little.
    Insufficient {
        /// How many values there are.
        have: usize,
        /// How many it takes.
        need: usize,
    },
}

impl<T> Told<T> {
    /// What can be said.
    pub const fn enough(&self) -> Option<&T> {
        match self {
            Self::Enough(told) => Some(told),
            Self::Insufficient { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
