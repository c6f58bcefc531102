//! What the agent's failures come to: the state, the category and the number of tries of each.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{LOCK, Stage};
use crate::sessions::files::{MORNING, Pi, at};

/// Until nothing waits any more, or so many drains were made; the job.
fn to_the_end(stage: &Stage) -> Value {
    stage.tend(&["sessions", "scan"]).code(0);
    for _ in 0..12 {
        let ran = stage.tend(&["drain", "--user"]);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        if !matches!(stage.job()["state"].as_str(), Some("queued" | "running")) {
            break;
        }
        stage.later(SignedDuration::from_mins(90));
    }
    stage.job()
}

/// One line for each: what it plays, and the state, the category, the tries and the words that it comes to.
const TABLE: [(&str, &str, &str, usize, &str); 14] = [
    ("ok", "done", "-", 1, ""),
    (
        "error 401 bad key",
        "failed",
        "permanent",
        1,
        "authentication",
    ),
    (
        "error 429 Too many requests",
        "failed",
        "max_retries",
        6,
        "rate_limit",
    ),
    (
        "error Connection error. ECONNREFUSED",
        "failed",
        "max_retries",
        4,
        "network",
    ),
    (
        "error overloaded_error: Overloaded",
        "failed",
        "max_retries",
        6,
        "overloaded",
    ),
    (
        "error 500 Internal Server Error",
        "failed",
        "max_retries",
        4,
        "server_error",
    ),
    (
        "error Model not found: 4295 tokens",
        "failed",
        "permanent",
        1,
        "settings",
    ),
    (
        "error it did 429 things at line 500",
        "failed",
        "max_retries",
        3,
        "unknown",
    ),
    (
        "answer I would rather not answer in JSON.",
        "failed",
        "permanent",
        2,
        "schema",
    ),
    ("cut 30", "failed", "max_retries", 3, "truncated"),
    ("die 9", "failed", "max_retries", 3, "crashed"),
    ("die 11", "failed", "max_retries", 3, "crashed"),
    ("exit 1", "failed", "permanent", 1, "settings"),
    ("exit 0", "failed", "max_retries", 3, "no_answer"),
];

#[test]
fn each_failure_is_tried_as_often_as_it_is_worth() {
    let worlds = TABLE.map(|row| {
        std::thread::spawn(move || {
            let (play, state, category, tries, words) = row;
            let it = Stage::new(play)?;
            it.session();
            let job = to_the_end(&it);
            let told = format!("{play}: {job}");
            assert_eq!(job["state"], state, "{told}");
            assert_eq!(job["category"].as_str().unwrap_or("-"), category, "{told}");
            assert_eq!(it.called(), tries, "{told}");
            let error = job["error"].as_str().unwrap_or_default();
            assert!(error.contains(words), "{told}");
            // What failed is not paid for again by itself.
            it.tend(&["sessions", "scan"]).code(0);
            it.tend(&["tick"]).code(0);
            it.tend(&["drain", "--user"]);
            assert_eq!(it.called(), tries, "{told}");
            Some(())
        })
    });
    for world in worlds {
        world.join().unwrap();
    }
}

#[test]
fn one_failure_that_concerns_all_is_not_met_by_each_of_them() {
    let Some(stage) = Stage::new("error 401 bad key\nerror 401 bad key\nok") else {
        return;
    };
    for nth in 0..5 {
        let mut pi = Pi::new(
            &format!("0198c0de-{nth:04}-7000-8000-000000000001"),
            at(MORNING),
        );
        pi.works("the lock");
        pi.lay(&stage.world);
    }
    stage.tend(&["sessions", "scan"]).code(0);
    let states = |stage: &Stage, wanted: &str| {
        stage
            .jobs()
            .iter()
            .filter(|job| job["state"] == wanted)
            .count()
    };
    stage.tend(&["drain", "--user"]).code(1);
    assert_eq!(
        (
            stage.called(),
            states(&stage, "failed"),
            states(&stage, "queued")
        ),
        (1, 1, 4)
    );
    for job in stage.jobs() {
        assert!(job["attempt"].as_u64().unwrap() <= 1, "{job}");
    }
    // One more tries after a while, and then the rest when it goes well.
    stage.later(SignedDuration::from_mins(2));
    stage.tend(&["drain", "--user"]);
    assert_eq!((stage.called(), states(&stage, "failed")), (2, 2));
    stage.later(SignedDuration::from_mins(5));
    stage.tend(&["drain", "--user"]);
    assert_eq!((stage.called(), states(&stage, "done")), (5, 3));
    // What failed is judged when somebody says that the key is right now.
    stage.tend(&["retry", "--user", "--failed"]);
    stage.tend(&["drain", "--user"]);
    assert_eq!(states(&stage, "done"), 5);
}

#[test]
fn another_attempt_after_a_useless_answer_asks_anew() {
    let Some(stage) = Stage::new("answer no\nanswer no\nok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "analyze", LOCK]).code(1);
    assert_eq!(stage.called(), 2);
    stage.tend(&["retry", "--user", "--failed"]);
    stage.tend(&["drain", "--user"]).code(0);
    assert_eq!((stage.called(), &stage.job()["state"]), (3, &json!("done")));
}

#[test]
fn a_failure_that_ends_is_forgotten() {
    let Some(stage) = Stage::new("error 429 Too many requests\nerror 503\nok") else {
        return;
    };
    stage.session();
    let job = to_the_end(&stage);
    assert_eq!(job["state"], "done");
    assert_eq!(stage.called(), 3);
    assert_eq!(stage.node()["version"], 2);
}

#[test]
fn an_answer_of_another_form_is_asked_for_once_more_with_what_is_wrong() {
    let Some(stage) = Stage::new("short\nok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    let prompts = stage.kept("prompt");
    assert_eq!(prompts.len(), 2);
    assert!(prompts[1].contains("semantic"), "{}", prompts[1]);
    assert!(
        prompts[1].contains("Please work on the lock"),
        "{}",
        prompts[1]
    );
    assert_eq!(stage.node()["semantic"]["tags"][0], "locks");
}

#[test]
fn what_can_be_kept_of_a_partial_answer_is_kept_and_marked() {
    let Some(stage) = Stage::new("short") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "analyze", LOCK]).code(0);
    assert_eq!(stage.called(), 2);
    let node = stage.node();
    assert_eq!(node["content"]["outcome"], "partial");
    assert_eq!(
        node["content"]["summary"],
        "The lock of the queue was made fair, as somebody had asked."
    );
    assert_eq!(node["daemonMeta"]["decisions"][0]["needsReview"], true);
}

#[test]
fn a_call_that_takes_too_long_is_stopped_and_gets_half_as_much_time_again() {
    let Some(stage) = Stage::with("hang", "timeout = \"400ms\"") else {
        return;
    };
    stage.session();
    let job = to_the_end(&stage);
    assert_eq!(job["state"], "failed");
    assert_eq!(job["category"], "timeout");
    assert_eq!(stage.called(), 4);
    let walls =
        crate::sessions::files::rows(&stage.world, "SELECT wall_ms FROM agent_call ORDER BY seq");
    let walls: Vec<u64> = walls.iter().map(|it| it.parse().unwrap()).collect();
    for (wall, least) in walls.iter().zip([400, 600, 900, 1350]) {
        assert!(*wall >= least, "{walls:?}");
    }
}

#[test]
fn a_program_that_is_missing_is_waited_for() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    crate::sessions::files::configure(
        &stage.world,
        "[agent]\nenabled = true\ncommand = [\"no-such-agent\"]\n",
    );
    stage.session();
    stage.tend(&["sessions", "scan"]).code(0);
    stage.tend(&["drain", "--user"]).code(0);
    let job = stage.job();
    assert_eq!(job["state"], "queued");
    assert_eq!(job["attempt"], 0);
    assert!(
        job["error"].as_str().unwrap().contains("no-such-agent"),
        "{job}"
    );
}

#[test]
fn a_session_that_is_gone_or_another_one_fails_at_once_and_costs_nothing() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    let pi = stage.session();
    stage.tend(&["sessions", "scan"]).code(0);
    let file = stage.world.home().join(pi.path());
    std::fs::write(&file, "not a session\n").unwrap();
    stage.tend(&["drain", "--user"]);
    assert_eq!(stage.job()["category"], "permanent");
    std::fs::remove_file(&file).unwrap();
    stage.tend(&["retry", "--user", "--failed"]);
    stage.tend(&["drain", "--user"]);
    let job = stage.job();
    assert_eq!(job["category"], "permanent", "{job}");
    assert_eq!(stage.called(), 0);
}
