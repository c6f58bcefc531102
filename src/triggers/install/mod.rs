//! Installing hooks: which events, what is written and what is moved aside, and how all of it is undone.
//!
//! [`shim`] and [`plan`] decide, as functions of values; [`folder`] looks, and [`apply`] does what was planned, so that
//! a crash between any two steps is mended by doing it again.

pub mod apply;
pub mod events;
pub mod folder;
pub mod manager;
pub mod plan;
pub mod receipt;
pub mod shim;
