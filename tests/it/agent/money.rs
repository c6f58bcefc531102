//! What the agent may cost, and that nothing is paid for twice.

use jiff::SignedDuration;
use serde_json::json;

use super::{LOCK, Stage};
use crate::sessions::files::{MORNING, Pi, at, rows};

fn id(nth: usize) -> String {
    format!("0198c0de-{nth:04}-7000-8000-000000000001")
}

/// So many sessions, each of one piece of work.
fn sessions(stage: &Stage, count: usize) {
    for nth in 0..count {
        let mut pi = Pi::new(&id(nth), at(MORNING));
        pi.works(&format!("part {nth}"));
        pi.lay(&stage.world);
    }
    stage.tend(&["sessions", "scan"]).code(0);
}

fn done(stage: &Stage) -> usize {
    stage
        .jobs()
        .iter()
        .filter(|job| job["state"] == "done")
        .count()
}

#[test]
fn a_day_costs_no_more_than_it_may_and_the_next_one_goes_on() {
    let Some(mut stage) = Stage::with("ok", "max_cost_per_day = 0.04\nmax_cost_per_run = 1.0")
    else {
        return;
    };
    stage.variable("COST", "0.01");
    sessions(&stage, 8);
    // What a call costs is learned from the first; three of them are a day's money.
    for _ in 0..3 {
        let ran = stage.tend(&["drain", "--user"]).code(0);
        assert!(!ran.stderr.contains("panicked"));
    }
    assert_eq!((stage.called(), done(&stage)), (3, 3));
    let told = stage.tend(&["doctor", "--user"]);
    assert!(
        told.stdout.contains("$0.0300 of $0.04 today, 3 analyses"),
        "{}",
        told.stdout
    );
    let waiting = stage
        .jobs()
        .into_iter()
        .find(|job| job["state"] == "queued");
    let why = waiting.unwrap()["error"].to_string();
    assert!(why.contains("what a day may cost is spent"), "{why}");
    stage.later(SignedDuration::from_hours(24));
    stage.tend(&["drain", "--user"]).code(0);
    assert_eq!((stage.called(), done(&stage)), (6, 6));
    for job in stage.jobs() {
        assert!(
            job["attempt"].as_u64().unwrap() <= 1,
            "waiting is no attempt: {job}"
        );
    }
}

#[test]
fn a_run_begins_no_more_than_it_may() {
    let Some(stage) = Stage::with("ok", "max_jobs_per_run = 2\nmax_jobs_per_day = 5") else {
        return;
    };
    sessions(&stage, 8);
    stage.tend(&["drain", "--user"]).code(0);
    assert_eq!(stage.called(), 2);
    stage.later(SignedDuration::from_mins(61));
    stage.tend(&["drain", "--user"]).code(0);
    assert_eq!(stage.called(), 4);
    for _ in 0..3 {
        stage.later(SignedDuration::from_mins(61));
        stage.tend(&["drain", "--user"]).code(0);
    }
    assert_eq!(stage.called(), 5);
}

#[test]
fn several_drains_at_once_call_once_for_each_piece() {
    let Some(stage) = Stage::with("ok", "slots = 3") else {
        return;
    };
    sessions(&stage, 6);
    let drains: Vec<_> = (0..4)
        .map(|_| stage.command(&["drain", "--user"]).spawn().unwrap())
        .collect();
    for mut drain in drains {
        assert!(drain.wait().unwrap().success());
    }
    assert_eq!((stage.called(), done(&stage)), (6, 6));
}

#[test]
fn an_answer_that_is_there_costs_nothing_even_when_the_money_is_spent() {
    let Some(stage) = Stage::with(
        "ok\nerror 500 internal server error",
        "chunk_tokens = 2000\nmax_cost_per_day = 0.001",
    ) else {
        return;
    };
    let mut pi = Pi::new(LOCK, at(MORNING));
    for number in 0..20 {
        pi.works(&format!("part {number}"));
    }
    pi.lay(&stage.world);
    stage.tend(&["sessions", "scan"]).code(0);
    stage.tend(&["drain", "--user"]);
    // The first part was answered, and the money was spent by then.
    let calls = stage.called();
    assert_eq!(calls, 1);
    let kept = rows(
        &stage.world,
        "SELECT kept, cost FROM agent_call ORDER BY seq",
    );
    assert_eq!(kept, ["0|1000000"]);
    stage.tend(&["retry", "--user", "--failed"]);
    stage.tend(&["drain", "--user"]);
    assert_eq!(stage.called(), 1, "nothing is begun without money");
}

#[test]
fn what_the_calls_took_is_on_record() {
    let Some(stage) = Stage::new("error 500 internal server error\nok") else {
        return;
    };
    stage.session();
    stage.tend(&["sessions", "analyze", LOCK]);
    assert_eq!(
        rows(
            &stage.world,
            "SELECT purpose, model, outcome, kept, output, cost FROM agent_call ORDER BY seq"
        ),
        ["analysis|zai/glm-4.7|server_error|0|100|0"]
    );
    let log = stage
        .tend(&["log", "--user", stage.job()["id"].as_str().unwrap()])
        .code(0);
    assert!(
        log.stdout.contains("500 internal server error"),
        "{}",
        log.stdout
    );
    assert!(!log.stdout.contains("Please work on"), "{}", log.stdout);
}

#[test]
fn a_part_that_was_answered_is_not_asked_for_again() {
    let play = "ok The first part was done.\nerror 500 internal server error\nok The second part was done.";
    let Some(stage) = Stage::with(play, "chunk_tokens = 2000") else {
        return;
    };
    let mut pi = Pi::new(LOCK, at(MORNING));
    for number in 0..14 {
        pi.works(&format!("part {number}"));
    }
    pi.lay(&stage.world);
    stage.tend(&["sessions", "scan"]).code(0);
    stage.tend(&["drain", "--user"]);
    assert_eq!(
        (stage.called(), &stage.job()["state"]),
        (2, &json!("queued"))
    );
    stage.later(SignedDuration::from_mins(90));
    stage.tend(&["drain", "--user"]).code(0);
    assert_eq!(stage.job()["state"], "done");
    let prompt = stage.kept("prompt").remove(0);
    let parts = (2..9).find(|parts| prompt.contains(&format!("part 1 of {parts}.")));
    let parts = parts.unwrap();
    assert_eq!(
        stage.called(),
        parts + 1,
        "each part once, and one of them twice"
    );
    let calls = rows(
        &stage.world,
        "SELECT kept, outcome FROM agent_call ORDER BY seq LIMIT 4",
    );
    assert_eq!(calls, ["0|ok", "0|server_error", "1|ok", "0|ok"]);
    let summary = stage.node()["content"]["summary"].to_string();
    assert!(
        summary.contains("first part") && summary.contains("second part"),
        "{summary}"
    );
}

#[test]
fn what_was_never_asked_costs_nothing() {
    let Some(stage) = Stage::new("ok\nok") else {
        return;
    };
    // From the first it is known what a call costs.
    sessions(&stage, 2);
    stage.tend(&["drain", "--user"]).code(0);
    let config = stage.world.home().join(".config/git-tend/config.toml");
    std::fs::write(
        &config,
        "[agent]\nenabled = true\ncommand = [\"no-such-agent\"]\n",
    )
    .unwrap();
    stage.tend(&["sessions", "analyze", &id(0), "--force"]);
    let costs = rows(
        &stage.world,
        "SELECT outcome, cost FROM agent_call ORDER BY seq",
    );
    assert_eq!(costs, ["ok|1000000", "ok|1000000", "missing_program|0"]);
}
