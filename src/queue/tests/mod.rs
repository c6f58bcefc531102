//! The queue, tried through its public functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bisections;
mod bounds;
mod coalescing;
mod commit_sessions;
mod control;
mod dependencies;
mod fence;
mod measured;
mod model;
mod outbox;
mod plans;
mod query;
mod recovery;
mod remembering;
mod retention;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Enqueued, Input, Job, JobId, Lane, Lease, Need, NewJob, Next, Queue, RunRecord, Settled,
    Settlement, StateKind, Trigger, unique_key,
};
use crate::config::Priority;
use crate::store::{Access, OpenOptions, QUEUE, Schema, Store};

const LIMIT: usize = 1000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn open(dir: &TempDir) -> Queue {
    Queue::open(dir.path(), &OpenOptions::new(Access::ReadWrite)).unwrap()
}

fn queue() -> (TempDir, Queue) {
    let dir = tempfile::tempdir().unwrap();
    let queue = open(&dir);
    (dir, queue)
}

/// A queue as it was before the migration in which a text stands.
fn before(text: &str, dir: &TempDir) -> Store {
    let number = QUEUE.migrations.iter().position(|it| it.contains(text));
    let old: &'static Schema = Box::leak(Box::new(Schema {
        file: QUEUE.file,
        lock: QUEUE.lock,
        ballast: QUEUE.ballast,
        application_id: QUEUE.application_id,
        migrations: &QUEUE.migrations[..number.unwrap()],
    }));
    Store::open(dir.path(), old, &OpenOptions::new(Access::ReadWrite)).unwrap()
}

/// A job of a task that coalesces.
fn job(task: &str) -> NewJob {
    NewJob {
        task: task.to_owned(),
        name: None,
        lane: Lane::Local,
        priority: Priority::Normal,
        user_triggered: false,
        trigger: Trigger::Commit,
        trigger_data: Value::Null,
        unique_key: Some(unique_key::<&str>(task, &[])),
        input: Input {
            commit: Some("c1".to_owned()),
            ..Input::default()
        },
        input_key: None,
        spec: json!({ "task": task }),
        run_at: at(0),
        deadline: None,
        timeout: Duration::from_secs(60),
        max_retries: 3,
        retry_delay: Duration::from_secs(10),
        acknowledged: false,
        held: None,
        needs: Vec::new(),
    }
}

/// A job that needs the one at this index of its batch.
fn after(task: &str, index: usize) -> NewJob {
    NewJob {
        needs: vec![Need::Batch(index)],
        ..job(task)
    }
}

fn commit(job: NewJob, commit: &str) -> NewJob {
    NewJob {
        input: Input {
            commit: Some(commit.to_owned()),
            ..job.input
        },
        ..job
    }
}

fn add(queue: &mut Queue, job: NewJob) -> Enqueued {
    queue.enqueue(&[job], LIMIT, at(0)).unwrap().remove(0)
}

fn add_id(queue: &mut Queue, job: NewJob) -> JobId {
    add(queue, job).id.unwrap()
}

fn get(queue: &Queue, id: &JobId) -> Job {
    queue.job(id).unwrap().unwrap()
}

fn state(queue: &Queue, id: &JobId) -> StateKind {
    get(queue, id).state.kind()
}

fn claim(queue: &mut Queue, id: &JobId) -> Lease {
    queue.claim(id, "run", 0, at(10)).unwrap().unwrap()
}

fn settlement(next: Next) -> Settlement {
    settlement_of("a", next)
}

fn settlement_of(history: &str, next: Next) -> Settlement {
    Settlement {
        verdict: None,
        next,
        record: RunRecord {
            started_at: at(10),
            finished_at: at(12),
            history: history.to_owned(),
            host: "here".to_owned(),
            outcome: "ok".to_owned(),
            killed: false,
            exit_code: Some(0),
            signal: None,
            cpu_ms: Some(1500),
            peak_rss_kib: Some(4096),
            enforced: json!({ "nice": 10 }),
            log: Some(PathBuf::from("/logs/one.log")),
        },
        results: Vec::new(),
    }
}

fn finish(queue: &mut Queue, lease: &Lease, next: Next) -> Settled {
    let task = get(queue, &lease.job).task;
    queue
        .settle(lease, &settlement_of(&task, next), at(12))
        .unwrap()
}

fn run(queue: &mut Queue, id: &JobId, next: Next) -> Settled {
    let lease = claim(queue, id);
    finish(queue, &lease, next)
}

fn failed() -> Next {
    Next::Failed {
        category: super::Category::Permanent,
        error: "broken".to_owned(),
    }
}

fn retry() -> Next {
    Next::Retry {
        at: at(20),
        error: "died of signal 9".to_owned(),
    }
}
