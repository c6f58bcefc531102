//! How long it takes with a hundred thousand nodes. Run by hand, in a build that is optimised:
//! `cargo test --release --lib -- --ignored --nocapture graph::db::tests::speed`.

use std::io::Write;
use std::time::Duration;

use super::*;
use crate::graph::connect::Policy;
use crate::graph::search::Weights;
use crate::graph::walk::{Walk, neighbours};

const NODES: usize = 100_000;

/// A word that is the rarer the greater its number.
fn word(state: &mut u64) -> String {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    let number = *state % 20_000;
    // About as words are: few often, many seldom.
    let rank = number * number / 20_000;
    format!("w{rank}")
}

fn words(state: &mut u64, count: usize) -> String {
    let words: Vec<String> = (0..count).map(|_| word(state)).collect();
    words.join(" ")
}

fn sample(nth: usize, state: &mut u64) -> Node {
    let name = format!("s{}", nth / 5);
    let mut it = node(&name, i64::try_from(nth).unwrap(), "");
    it.content.summary = format!("Worked on the queue {}", words(state, 25));
    it.content.tools_used = ["bash", "edit", "read"].map(str::to_owned).into();
    it.content.files_touched = (0..5).map(|_| format!("src/{}.rs", word(state))).collect();
    it.semantic.tags = (0..4).map(|_| word(state)).collect();
    it.semantic.topics = (0..2).map(|_| word(state)).collect();
    it.classification.project = format!("/home/u/p{}", nth % 40);
    let lesson = serde_json::json!({
        "summary": words(state, 10), "details": words(state, 20), "confidence": "low", "tags": [word(state)],
    });
    it.lessons.task = vec![serde_json::from_value(lesson).unwrap()];
    let error = serde_json::json!({"tool": "edit", "errorType": word(state), "model": "acme/m-1"});
    it.observations.tool_use_errors = vec![serde_json::from_value(error).unwrap()];
    it
}

/// Time of the processor, which other processes do not take from: what is told of this thread.
#[derive(Clone, Copy)]
struct Instant(Duration);

impl Instant {
    fn now() -> Self {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        let nanoseconds = told.split(' ').next().unwrap().parse().unwrap();
        Self(Duration::from_nanos(nanoseconds))
    }

    fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[test]
#[ignore = "takes a minute and tells figures"]
fn with_a_hundred_thousand_nodes() {
    let (it, nodes) = filled();
    ask(it, &nodes);
}

fn filled() -> (Temporary, Vec<Node>) {
    let mut it = Temporary::new();
    let mut state = 88_172_645_463_325_252;
    let nodes: Vec<Node> = (0..NODES).map(|nth| sample(nth, &mut state)).collect();
    let mut updates = Vec::new();
    for chunk in nodes.chunks(5) {
        let mut update = session(&chunk[0].source.session_id, chunk.to_vec());
        update.edges = chunk
            .windows(2)
            .map(|pair| edge(&pair[0], &pair[1], EdgeKind::Continuation))
            .collect();
        let far = usize::try_from(state % 100_000).unwrap();
        update.edges.extend((0..3).map(|nth| {
            edge(
                &chunk[0],
                &nodes[(far + nth * 7919) % NODES],
                EdgeKind::Semantic,
            )
        }));
        update.edges.retain(|it| it.fault().is_none());
        word(&mut state);
        updates.push(update);
    }
    let clean: Vec<Clean<FileUpdate>> = updates.into_iter().map(Clean::promise).collect();
    for (nth, batch) in clean.chunks(2_000).enumerate() {
        let start = Instant::now();
        // A file a transaction, as a scan of large files does, and all at once.
        if nth == 0 {
            for one in batch {
                it.graph.apply(std::slice::from_ref(one), day(1)).unwrap();
            }
            say(&format!(
                "10,000 nodes, a transaction a file of 5: {:?}",
                start.elapsed()
            ));
        } else {
            it.graph.apply(batch, day(1)).unwrap();
            if nth == 1 || nth == 9 {
                say(&format!(
                    "10,000 nodes in one transaction, {nth}: {:?}",
                    start.elapsed()
                ));
            }
        }
    }
    let size = std::fs::metadata(it.dir.path().join("graph.db"))
        .unwrap()
        .len();
    say(&format!("database: {} MB", size / 1_000_000));
    (it, nodes)
}

fn ask(mut it: Temporary, nodes: &[Node]) {
    let timed = |what: &str, work: &mut dyn FnMut() -> usize| {
        work();
        let start = Instant::now();
        let count = (0..5).map(|_| work()).next_back().unwrap();
        say(&format!("{what}: {:?} ({count})", start.elapsed() / 5));
    };
    let now = day(5_000);
    for text in [
        "queue",
        "queue w1",
        "w1 w2",
        "w17000",
        "w1*",
        "queue tool:bash",
        "w5 project:p7 since:2025-01-01",
        "project:p7",
        "model:m-1 type:coding",
        "tag:w19000",
        "",
    ] {
        let query = search::parse(text);
        timed(&format!("search `{text}`"), &mut || {
            let found = it.graph.search(&query, None, now, &Weights::default());
            found.unwrap().hits.len()
        });
    }
    let deep = |depth| Walk {
        depth,
        ..Walk::default()
    };
    timed("neighbours, depth 2", &mut || {
        neighbours(&it.graph, nodes[500].id, &deep(2))
            .unwrap()
            .nodes
            .len()
    });
    timed("neighbours, depth 5", &mut || {
        neighbours(&it.graph, nodes[500].id, &deep(5))
            .unwrap()
            .nodes
            .len()
    });
    timed("patterns that occur twice", &mut || {
        it.graph.patterns(2).unwrap().failures.len()
    });
    timed("failure patterns of 50", &mut || {
        it.graph.failure_patterns(50).unwrap().len()
    });
    timed("models", &mut || it.graph.model_stats().unwrap().len());
    timed("states of files", &mut || {
        it.graph.known_files().unwrap().len()
    });
    let start = Instant::now();
    let found: usize = (0..20)
        .map(|nth| {
            let id = nodes[NODES - 1 - nth].id;
            it.graph.discover_one(id, &Policy::default(), now).unwrap()
        })
        .sum();
    say(&format!(
        "connections of a node: {:?} ({found} in 20)",
        start.elapsed() / 20
    ));
    let start = Instant::now();
    it.graph
        .export(Selection::All, &mut Json::new(std::io::sink()))
        .unwrap();
    say(&format!("export of all: {:?}", start.elapsed()));
}
