//! A process that is killed leaves each file as it was or as it is to be.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::graph::search::Weights;

/// Names the folder of the graph to the process that is to be killed.
const FOLDER: &str = "TEND_TEST_GRAPH";

/// What step `n` of a file says: one node and two messages more.
fn step(n: i64) -> FileUpdate {
    let mut update = session("a", vec![node("a", n, &format!("Segment number {n}"))]);
    update.state = json!({ "steps": n }).to_string();
    update.messages = Some(
        (0..2)
            .map(|nth| Message {
                entry: format!("{n}.{nth}"),
                role: Role::User,
                at: Some(day(1)),
                text: "some words that take some time to index ".repeat(50),
            })
            .collect(),
    );
    update
}

fn steps(graph: &Graph) -> i64 {
    let state = graph.file_state(Path::new("/sessions/a.jsonl")).unwrap();
    state.map_or(0, |state| state["steps"].as_i64().unwrap())
}

/// Not a test of its own: the process that is killed.
#[test]
fn writes_until_it_is_killed() {
    let Some(folder) = crate::system::env::raw(FOLDER) else {
        return;
    };
    let mut graph = open(Path::new(&folder));
    let first = steps(&graph) + 1;
    for n in first..first + 100_000 {
        graph.apply(&[Clean::promise(step(n))], day(1)).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_no_half() {
    let dir = tempfile::tempdir().unwrap();
    // The path of the test within its crate.
    let (_, module) = module_path!().split_once("::").unwrap();
    let name = format!("{module}::writes_until_it_is_killed");
    let mut last = 0;
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name.as_str()])
            .env(FOLDER, dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It is killed wherever it is by then, once it has written something.
        let start = Instant::now();
        let extra = Duration::from_micros(1_700 * round);
        let mut seen_at = None;
        while start.elapsed() < Duration::from_mins(1) {
            let written = Graph::open(dir.path(), &OpenOptions::new(Access::ReadOnly))
                .ok()
                .is_some_and(|graph| steps(&graph) > last);
            if written {
                let seen: Instant = *seen_at.get_or_insert_with(Instant::now);
                if seen.elapsed() >= extra {
                    break;
                }
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let graph = open(dir.path());
        assert_eq!(graph.replaced(), None);
        let now = steps(&graph);
        assert!(now > last, "round {round} wrote nothing");
        last = now;
        let counts = graph.counts().unwrap();
        let written = u64::try_from(now).unwrap();
        assert_eq!((counts.nodes, counts.messages), (written, 2 * written));
        assert_eq!(counts.versions, written);
        let used = graph.model_stats().unwrap();
        assert_eq!(used[0].total_tokens, 15 * written);
        let query = search::parse("number");
        let found = graph.search(&query, Some(500), day(1), &Weights::default());
        assert_eq!(
            found.unwrap().hits.len(),
            usize::try_from(now.min(500)).unwrap()
        );
    }
}
