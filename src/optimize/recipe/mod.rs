//! A step without what differs, and steps with their parameters: what an automation is made from.

mod shape;

pub use shape::{Parameter, Piece, Recipe, Redirect, Shape, Simple, SlotKind, Word};
