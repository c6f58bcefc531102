//! One file a verb: its arguments, whose doc comments are the help text, and the function that does it.

pub mod cancel;
pub mod config;
pub mod doctor;
pub mod drain;
pub mod explain;
pub mod hook;
pub mod hooks;
pub mod init;
pub mod install_cron;
pub mod install_hooks;
pub mod log;
pub mod pause;
pub mod queue;
pub mod results;
pub mod retry;
pub mod run;
pub mod run_all;
pub mod sbom;
pub mod shell;
pub mod show;
pub mod status;
pub mod stop;
pub mod tick;
pub mod trust;
pub mod uninstall_cron;
pub mod uninstall_hooks;
