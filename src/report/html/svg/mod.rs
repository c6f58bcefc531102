//! Charts as SVG, drawn as functions of their values.
//!
//! A chart has neither scripts nor inline styles, which the page's policy forbids: it names classes that `charts.css` knows,
//! so that it is light or dark as the page is, and has its geometry in attributes.
//!
//! A chart is as wide as what it stands in, while its letters keep their size: the outer `<svg>` has no `viewBox`, texts stand
//! at percentages of its width and height, and only lines and areas, in an `<svg>` with a `viewBox`
//! within, are stretched, with strokes that are not.

pub mod bars;
pub mod caption;
mod labels;
pub mod legend;
pub mod line;
pub mod map;
pub mod meter;
pub(super) mod number;
mod plot;
mod points;
mod scale;
mod series;
pub mod share;
pub mod stack;
pub mod strip;
#[cfg(test)]
mod tests;
pub mod tone;

pub use bars::{Bar, Bars, bars};
pub use caption::Caption;
pub use legend::legend;
pub use line::{Base, Line, Series, line};
pub use map::{Map, Spot, map};
pub use meter::meter;
pub use points::Points;
pub use share::{Part, Share, share};
pub use stack::{Layer, Stack, stack};
pub use strip::{Cell, Mark, Strip, marks, strip};
pub use tone::Tone;
