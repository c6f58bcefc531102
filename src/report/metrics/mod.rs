//! The figures of tasks and of the queue, as JSON, as `OpenMetrics`, and as lines of bars.

pub mod json;
pub mod openmetrics;
pub mod sparkline;
