//! The original's score, for comparison (`--score vy`): min(5·steps, 30) + 20·bottlenecks + min(10·variance, 30), at most
//! 100. Its bottlenecks take more than 30 % of the sum of all steps' mean times (more than 50 % are great ones), whatever
//! waits for them; the variance is that of these means, in s².

use serde::{Deserialize, Serialize};

use super::Step;
use super::schedule::{count, total};

/// The original's score in its parts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vy {
    /// For the number of steps, 0 to 30.
    pub steps: f64,
    /// 20 for each bottleneck.
    pub bottlenecks: f64,
    /// For the variance, 0 to 30.
    pub variance: f64,
    /// The sum, at most 100.
    pub total: f64,
    /// The places of its bottlenecks.
    pub which: Vec<usize>,
    /// Those of the great ones.
    pub high: Vec<usize>,
}

impl Vy {
    /// Of steps; those of which no duration is known count as steps only.
    pub fn of(steps: &[Step]) -> Self {
        let means: Vec<(usize, f64)> = steps
            .iter()
            .enumerate()
            .filter_map(|(at, step)| Some((at, mean(step)?)))
            .collect();
        let sum = total(means.iter().map(|(_, mean)| *mean));
        let above = |share: f64| {
            let those = means.iter().filter(|(_, mean)| *mean > share * sum);
            those.map(|(at, _)| *at).collect::<Vec<usize>>()
        };
        let which = above(0.3);
        let middle = sum / count(means.len().max(1));
        let squares = means.iter().map(|(_, mean)| {
            let seconds = (mean - middle) / 1000.0;
            seconds * seconds
        });
        let variance = total(squares) / count(means.len().max(1));
        let many = (5.0 * count(steps.len())).min(30.0);
        let bottlenecks = 20.0 * count(which.len());
        let spread = (10.0 * variance).min(30.0);
        Self {
            steps: many,
            bottlenecks,
            variance: spread,
            total: (many + bottlenecks + spread).min(100.0),
            high: above(0.5),
            which,
        }
    }
}

/// The mean of a step's runs in ms; what was said where there are none.
fn mean(step: &Step) -> Option<f64> {
    if step.runs.is_empty() {
        return step.ms;
    }
    let sum: f64 = step.runs.iter().map(super::StepRun::took).sum();
    Some(sum / count(step.runs.len()))
}
