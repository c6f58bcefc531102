//! The figures of tasks, of automations and of the queue, as JSON, as CSV, as `OpenMetrics`, and as lines of bars.

pub mod csv;
pub mod json;
pub mod openmetrics;
pub mod series;
pub mod sparkline;
