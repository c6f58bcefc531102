//! What jobs of the user's own queue have in common.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::config::output::Output;
use crate::config::{Priority, Workspace};
use crate::queue::enqueue::unique_key;
use crate::queue::{Enqueued, How, Input, Lane, NewJob, Trigger};
use crate::tasks::spec::{Action, Limits, OwnWork, RunSpec};

/// What a call of the agent takes, before there is history: pi starts for four seconds.
const EXPECTED: Duration = Duration::from_secs(30);

/// How many of them are new.
pub fn new(entered: &[Enqueued]) -> usize {
    entered.iter().filter(|one| one.how == How::New).count()
}

/// A job of this machine's, of which there is one at a time.
pub fn job(work: OwnWork, priority: Priority, now: Timestamp) -> NewJob {
    let task = work.task();
    let spec = RunSpec {
        action: Action::Own { work },
        workspace: Workspace::None,
        staged: None,
        judges: None,
        root: String::new(),
        files: None,
        output: Output::None,
        env: BTreeMap::new(),
        link: Vec::new(),
        limits: Limits::default(),
        retry_on: Vec::new(),
        interruptible: true,
        expect: Some(EXPECTED),
        fingerprint: None,
    };
    NewJob {
        task: task.to_owned(),
        name: None,
        lane: Lane::Local,
        priority,
        user_triggered: false,
        trigger: Trigger::Schedule,
        trigger_data: Value::Null,
        unique_key: Some(unique_key::<&[u8]>(task, &[])),
        input: Input::default(),
        input_key: None,
        spec: spec.payload(),
        run_at: now,
        deadline: None,
        timeout: Duration::from_secs(3600),
        max_retries: 3,
        retry_delay: Duration::from_secs(60),
        acknowledged: false,
        held: None,
        needs: Vec::new(),
    }
}
