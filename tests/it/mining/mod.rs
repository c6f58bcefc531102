//! Finding repeated work in histories of which the truth is known.

pub mod histories;
mod reference;
mod truth;
