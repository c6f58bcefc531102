//! What an automation saves: what it took by hand, what it takes now, and what can be said about the difference.
//!
//! Pure functions of durations and counts. Where there is too little to say anything, [`Told::Insufficient`] says how much
//! there is and how much it takes.

use serde::{Deserialize, Serialize};

/// Where a baseline is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From the times of histories.
    History,
    /// Somebody said it.
    Said,
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
