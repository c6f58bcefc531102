//! What holds for every chart, and what small ones look like.

mod any_value;
mod colours;
mod markup;
mod snapshots;

/// The looks of all charts and legends.
const STYLE: &str = include_str!("../charts.css");
