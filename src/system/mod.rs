//! The doors to the machine: clock, environment, processes. The only place that names duct, rustix and libc.

pub mod battery;
pub mod capture;
pub mod cgroup;
pub mod chain;
pub mod clock;
pub mod detach;
pub mod dirs;
pub mod env;
pub mod errand;
pub mod filesystem;
pub mod git_command;
pub mod host;
pub mod poll;
pub mod pressure;
pub mod process;
pub mod process_tree;
pub mod random;
pub mod resolve;
pub mod rotate;
pub mod rusage;
pub mod signals;
pub mod state_file;
pub mod stored_path;
pub mod terminal;
pub mod user;
pub mod zone;
