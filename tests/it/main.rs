//! Behaviour through the real binary; one file a command or behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

mod agent;
mod analysis;
mod architecture;
mod bad_input;
mod bisect;
mod commit_sessions;
mod cron;
mod cron_daemon;
mod cron_rounds;
mod day;
mod doctor;
mod exec;
mod faults;
mod files;
mod fix;
mod gates;
mod hooks;
mod insights;
mod install;
mod limits;
mod listings;
mod metrics;
mod mining;
mod notify;
mod optimize;
mod peers;
mod report;
mod run;
mod schedules;
mod sessions;
mod sessions_conversation;
mod statistics;
mod support;
mod terminal;
mod tools;
mod trust;
