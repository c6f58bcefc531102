//! How much of a workflow's time could be saved, from 0 to 100.

use serde::{Deserialize, Serialize};

/// 100·(time − achievable)/time, and what it is made of. The parts are points of the same scale; their sum is the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// What it takes now, in ms.
    pub time_ms: f64,
    /// What it would take, in ms.
    pub achievable_ms: f64,
    /// By having more steps at work at once.
    pub at_once: f64,
    /// By dropping needless edges.
    pub dropped: f64,
    /// By beginning with other steps.
    pub first: f64,
    /// The sum.
    pub total: f64,
}

impl Score {
    /// Of what it takes now, with more workers, without needless edges too, and with the best step first too. Each is at
    /// most the one before. Nothing can be saved of nothing.
    pub fn of(now: f64, at_once: f64, dropped: f64, first: f64) -> Self {
        let points = |from: f64, to: f64| {
            if now > 0.0 {
                (100.0 * (from - to) / now).clamp(0.0, 100.0)
            } else {
                0.0
            }
        };
        Self {
            time_ms: now,
            achievable_ms: first,
            at_once: points(now, at_once),
            dropped: points(at_once, dropped),
            first: points(dropped, first),
            total: points(now, first),
        }
    }
}
