//! What is reached commit by commit says the same as what is read at once; and both say what git says.

#![allow(clippy::unwrap_used, clippy::panic)]

mod model;
mod real;
