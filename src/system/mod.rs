//! The doors to the machine: clock, environment, processes. The only place that names duct, rustix and libc.

pub mod clock;
pub mod env;
