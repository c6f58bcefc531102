//! Nights: what an older prompt judged is judged again, within limits, and whatever happens in between.

use git_tend::graph::db::NewNode;
use git_tend::graph::node::Cause;
use git_tend::graph::{Clean, Graph, Node};
use git_tend::store::{Access, OpenOptions};
use jiff::SignedDuration;
use serde_json::json;

use super::Stage;
use crate::sessions::files::{MORNING, Pi, at, rows, scan};
use crate::support::until;

/// So many sessions, each judged by an older prompt.
fn judged(stage: &Stage, count: usize) {
    for nth in 0..count {
        let mut pi = Pi::new(
            &format!("0198c0de-{nth:04}-7000-8000-000000000001"),
            at("2026-11-20T08:00:00Z"),
        );
        pi.rests(i64::try_from(nth).unwrap());
        pi.works(&format!("part {nth}"));
        crate::sessions::files::lay(&stage.world, &pi.path(), pi.bytes(), at(MORNING));
    }
    // Nobody is to judge them first.
    let config = stage.world.home().join(".config/git-tend/config.toml");
    let enabled = std::fs::read(&config).unwrap();
    std::fs::write(&config, "").unwrap();
    crate::sessions::files::tend_at(&stage.world, stage.now.get(), &["sessions", "scan", "-q"])
        .code(0);
    std::fs::write(&config, enabled).unwrap();
    let dir = stage.world.home().join(".data/git-tend");
    let mut graph = Graph::open(&dir, &OpenOptions::new(Access::ReadWrite)).unwrap();
    let nodes: Vec<Node> = graph.drafts(count + 1).unwrap();
    assert_eq!(nodes.len(), count);
    let versions = nodes.into_iter().map(|mut node| {
        "v1-00000000".clone_into(&mut node.metadata.analyzer_version);
        node.metadata.analyzed_at = at(MORNING);
        node.content.summary = format!("Judged by an older prompt: {}", node.source.session_id);
        node.semantic.tags = vec!["old".to_owned()];
        NewNode {
            node,
            cause: Cause::Initial,
            entries: Vec::new(),
        }
    });
    graph
        .put(
            &Clean::promise(versions.collect()),
            &Clean::promise(Vec::new()),
        )
        .unwrap();
    graph
        .add_prompt_version(1, "00000000", "an older prompt", "", at(MORNING))
        .unwrap();
}

fn of_version(stage: &Stage, version: &str) -> usize {
    rows(
        &stage.world,
        &format!("SELECT id FROM node WHERE analyzer LIKE '{version}-%'"),
    )
    .len()
}

#[test]
fn a_night_judges_a_hundred_of_a_thousand_again_the_newest_first_and_goes_on_the_next() {
    let Some(stage) = Stage::with(
        "ok",
        "slots = 2\nmax_jobs_per_run = 1000\nmax_jobs_per_day = 150\nmax_cost_per_day = 9.0\nmax_cost_per_run = 9.0",
    ) else {
        return;
    };
    judged(&stage, 1000);
    let planned = stage.tend(&["nightly", "-n", "--json"]).code(0).json();
    assert_eq!(planned["parts"][0]["jobs"], 100);
    assert_eq!(stage.called(), 0);
    // The first night is cut off in the middle, by force.
    let mut night = stage.command(&["nightly", "-q"]).spawn().unwrap();
    until(60, "some are judged", || {
        (stage.called() >= 20).then_some(())
    });
    night.kill().unwrap();
    night.wait().unwrap();
    // Whoever comes next goes on with what was left.
    stage.tend(&["drain", "--user", "-q"]);
    stage.later(SignedDuration::from_mins(5));
    stage.tend(&["drain", "--user", "-q"]);
    assert_eq!(of_version(&stage, "v2"), 100);
    let called = stage.called();
    assert!((100..=102).contains(&called), "{called}");
    // The newest were first, each has both its versions, and the edges are as they were.
    let newest = rows(
        &stage.world,
        "SELECT analyzer FROM node ORDER BY at DESC, id DESC LIMIT 100",
    );
    assert!(newest.iter().all(|it| it.starts_with("v2-")), "{newest:?}");
    assert_eq!(
        rows(
            &stage.world,
            "SELECT count(*), count(DISTINCT node) FROM node_version WHERE cause = 'prompt_update'"
        ),
        ["100|100"]
    );
    assert_eq!(
        rows(
            &stage.world,
            "SELECT count(*) FROM node_version WHERE body LIKE '%Judged by an older prompt%'"
        ),
        ["1000"]
    );
    // The second night stops at what a day may begin.
    stage.tend(&["nightly", "reanalysis", "-q"]);
    assert!(stage.called() <= 152, "{}", stage.called());
    assert!(of_version(&stage, "v2") <= 150);
    stage.later(SignedDuration::from_hours(24));
    stage.tend(&["drain", "--user", "-q"]);
    assert_eq!(of_version(&stage, "v2"), 200);
}

#[test]
fn ticks_do_each_part_at_its_time_and_once() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    judged(&stage, 3);
    let tick = |stage: &Stage| stage.tend(&["tick", "--json"]).code(0).json();
    // Noon: nothing is due, and the times are planned.
    assert_eq!(tick(&stage)["nights"], json!([]));
    stage.later(SignedDuration::from_hours(15));
    let night = tick(&stage);
    let parts: Vec<&str> = night["nights"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["part"].as_str().unwrap())
        .collect();
    assert_eq!(
        parts,
        ["reanalysis", "connections", "aggregation"],
        "{night}"
    );
    assert_eq!(night["own_queue_drains"], true);
    until(60, "the night is over", || {
        // Processes of a stage begin at its time, so that what was just entered is due in the next one.
        stage.tend(&["tick", "-q"]);
        stage
            .jobs()
            .iter()
            .all(|job| job["state"] == "done")
            .then_some(())
    });
    assert_eq!(of_version(&stage, "v2"), 3);
    assert_eq!(tick(&stage)["nights"], json!([]));
    assert_eq!(stage.called(), 3);
}

#[test]
fn without_an_agent_a_night_connects_and_draws_together() {
    let Some(stage) = Stage::new("ok") else {
        return;
    };
    judged(&stage, 3);
    crate::sessions::files::configure(&stage.world, "");
    let ran = stage.tend(&["nightly", "--json"]).code(0).json();
    assert_eq!(ran["parts"][0]["why"], "the agent is switched off");
    assert_eq!(
        (&ran["parts"][1]["jobs"], &ran["parts"][2]["jobs"]),
        (&json!(1), &json!(1))
    );
    assert!(
        stage.jobs().iter().all(|job| job["state"] == "done"),
        "{:?}",
        stage.jobs()
    );
    assert_ne!(
        rows(
            &stage.world,
            "SELECT count(*) FROM edge WHERE kind = 'semantic' OR kind = 'project_related'"
        ),
        ["0"]
    );
    assert_eq!(stage.called(), 0);
    let _ = scan(&stage.world);
}
