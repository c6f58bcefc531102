//! `git tend metrics`: figures of made-up runs, checked by numpy, scipy and `prometheus_client`, and those of real ones.

pub mod csv;
mod exposition;
mod figures;
mod pages;
mod real;
pub mod reference;

use rusqlite::params;
use serde_json::{Value, json};

use crate::support::{Ran, World};

pub const NOW: &str = "2026-03-31T12:00:00Z";
pub const NOW_MS: i64 = 1_774_958_400_000;
pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

const NOTHING: &str = "[defaults]\nbuiltin = false\n";

/// A run as it is made up: one that worked, a second long, that ended so many milliseconds before now.
#[derive(Clone, Debug)]
pub struct MadeUp {
    task: String,
    before: i64,
    ms: i64,
    came: Option<&'static str>,
    outcome: &'static str,
    killed: bool,
    queue_ms: i64,
    cpu_ms: Option<i64>,
    rss_kib: Option<i64>,
    host: &'static str,
}

pub fn run(task: &str, before: i64) -> MadeUp {
    MadeUp {
        task: task.to_owned(),
        before,
        ms: 1000,
        came: Some("succeeded"),
        outcome: "succeeded",
        killed: false,
        queue_ms: 500,
        cpu_ms: Some(800),
        rss_kib: Some(20 << 10),
        host: "here",
    }
}

impl MadeUp {
    pub fn failed(self) -> Self {
        Self {
            came: Some("failed"),
            outcome: "exited",
            ..self
        }
    }

    pub fn took(self, ms: i64) -> Self {
        Self { ms, ..self }
    }
}

fn job(number: usize) -> String {
    format!("{number:08x}")
}

/// A repository whose queue is there, and holds nothing.
pub fn world() -> World {
    let world = World::with_config(NOTHING);
    at(&world, "2026-03-01T00:00:00Z", &["drain"]).code(0);
    world
}

pub fn at(world: &World, now: &str, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", now)], args)
}

pub fn tend(world: &World, args: &[&str]) -> Ran {
    at(world, NOW, args)
}

fn open(world: &World) -> rusqlite::Connection {
    rusqlite::Connection::open(world.state_dir().join("queue.db")).unwrap()
}

/// Puts runs into the queue; their jobs are numbered from `first`.
pub fn fill(world: &World, runs: &[MadeUp], first: usize) {
    let mut queue = open(world);
    let tx = queue.transaction().unwrap();
    for (number, run) in runs.iter().enumerate() {
        let end = NOW_MS - run.before;
        tx.execute(
            "INSERT INTO run (job, task, run_id, fence, attempt, slot, host, queue_ms, started_at, finished_at, outcome,
                              killed, cpu_ms, peak_rss_kib, enforced, history, came)
             VALUES (?1, ?2, 'drain', 1, 1, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'null', ?2, ?11)",
            params![
                job(first + number),
                run.task,
                run.host,
                run.queue_ms,
                end - run.ms,
                end,
                run.outcome,
                run.killed,
                run.cpu_ms,
                run.rss_kib,
                run.came
            ],
        )
        .unwrap();
    }
    tx.commit().unwrap();
}

/// What `metrics --json` says of a task.
fn task(document: &Value, name: &str) -> Value {
    let tasks = document["tasks"].as_array().unwrap();
    let found = tasks.iter().find(|task| task["task"] == name);
    found.cloned().unwrap_or_else(|| json!(null))
}
