//! A step without what differs, and steps with their parameters: what an automation is made from.
//!
//! [`recipe`] makes one from the occurrences of a pattern: what was always the same becomes text again, values that always
//! agree become one parameter, and the rest a parameter each.

mod describe;
mod effects;
mod entropy;
mod infer;
mod naming;
mod place;
mod shape;

#[cfg(test)]
mod tests;

pub use describe::describe;
pub use effects::{Effects, certain, effects};
pub use entropy::entropy;
pub use infer::{StepSeen, recipe};
pub use shape::{Parameter, Piece, Recipe, Redirect, Shape, Simple, SlotKind, Word};
