//! Where automations are put when they are enabled, and taken away from when they are disabled.
//!
//! Files are edited as bytes: who has read one gives it to [`with`] or [`without`] and writes what comes back. Taking away
//! what was put there leaves the file as it was, byte for byte. Aliases are git's own business ([`alias`]); scripts have a
//! folder of their own ([`script`]).

pub mod alias;
mod blocks;
mod file;
pub mod script;

pub use blocks::{just_recipes, make_targets};
pub use file::{JUSTFILES, MAKEFILES, PlaceError, candidates, with, without};

#[cfg(test)]
mod tests;
