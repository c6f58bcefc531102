//! What a scan makes of sessions that the real agents wrote: see `fixtures/sessions/README.md`.

use git_tend::sessions::Agent;
use serde_json::{Value, json};

use super::files::{
    ALL_PIECES, FORK, MORNING, NOON, TREE, at, claude_path, configure, edges, exported, graph, lay,
    nodes_of, numbers, pi_path, recorded, recorded_below, rows, scan, tend_at, world_with_recorded,
};
use crate::support::World;

/// The first and the last entry of each piece of a session, and how many entries it has.
fn pieces(graph: &Value, session: &str) -> Vec<(String, String, u64)> {
    let piece = |node: &&Value| {
        let segment = &node["source"]["segment"];
        let text = |name: &str| segment[name].as_str().unwrap().to_owned();
        (
            text("startEntryId"),
            text("endEntryId"),
            segment["entryCount"].as_u64().unwrap(),
        )
    };
    nodes_of(graph, session).iter().map(piece).collect()
}

fn piece(first: &str, last: &str, entries: u64) -> (String, String, u64) {
    (first.to_owned(), last.to_owned(), entries)
}

fn edge(kind: &str, from: &str, to: &str) -> (String, String, String) {
    (kind.to_owned(), from.to_owned(), to.to_owned())
}

/// A world in which every piece of the tree is a node.
fn of_pi(files: &[(&str, &str)]) -> World {
    let world = World::bare_folder();
    configure(&world, ALL_PIECES);
    for (path, fixture) in files {
        lay(&world, path, recorded(fixture), at(MORNING));
    }
    world
}

#[test]
fn the_tree_has_exactly_its_four_boundaries() {
    let world = of_pi(&[(&pi_path(TREE), "pi/tree.jsonl")]);
    assert_eq!(
        numbers(&scan(&world)),
        json!({"files": 1, "nodes": 5, "edges": 4, "messages": 16})
    );
    let graph = graph(&world);
    assert_eq!(
        edges(&graph),
        [
            edge("branch", "6586cc66", "21c1c397"),
            edge("compaction", "21c1c397", "107529eb"),
            edge("tree_jump", "0967ad4d", "6586cc66"),
            edge("tree_jump", "107529eb", "97151f79"),
        ]
    );
    let shown = tend_at(&world, at(NOON), &["sessions", "show", "--json", TREE]);
    let shown = shown.code(0).json();
    let nodes = shown["nodes"].as_array().unwrap();
    let first = |node: &Value| {
        node["source"]["segment"]["startEntryId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // The library wrote all of it within three milliseconds: some begin at the same moment, and their order is not told.
    let mut firsts: Vec<_> = nodes.iter().map(first).collect();
    firsts.sort();
    assert_eq!(
        firsts,
        ["0967ad4d", "107529eb", "21c1c397", "6586cc66", "97151f79"]
    );
    assert_eq!(shown["session"]["tokens"], 7 * 15);
    let flagged = nodes.iter().find(|node| first(node) == "107529eb").unwrap();
    let flags = &flagged["signals"]["manualFlags"];
    assert_eq!(
        (&flags[0]["type"], &flags[0]["message"]),
        (&json!("note"), &json!("flag me"))
    );
}

#[test]
fn of_a_fork_only_the_new_entries_are_its_own() {
    let world = of_pi(&[
        (&pi_path(TREE), "pi/tree.jsonl"),
        (&pi_path(FORK), "pi/fork-of-tree.jsonl"),
    ]);
    scan(&world);
    let graph = graph(&world);
    assert_eq!(pieces(&graph, FORK), [piece("0bb8bfea", "a915b6ff", 2)]);
    // It left after `e801ed6c`, in the piece that begins with the branch's summary, and not where the parent ended.
    let forks: Vec<_> = edges(&graph)
        .into_iter()
        .filter(|(kind, ..)| kind == "fork")
        .collect();
    assert_eq!(forks, [edge("fork", "21c1c397", "0bb8bfea")]);
    let said = rows(
        &world,
        "SELECT text FROM message JOIN session_file f ON f.seq = file WHERE path LIKE '%ff6d%' ORDER BY message.seq",
    );
    assert_eq!(said, ["in fork", "fork ok"]);
}

#[test]
fn without_its_parent_a_fork_has_everything_until_the_parent_comes() {
    for parent in [
        pi_path(TREE),
        ".pi/agent/sessions/--home-dev-proj--/moved.jsonl".to_owned(),
    ] {
        let both = of_pi(&[
            (&parent, "pi/tree.jsonl"),
            (&pi_path(FORK), "pi/fork-of-tree.jsonl"),
        ]);
        scan(&both);
        let later = of_pi(&[(&pi_path(FORK), "pi/fork-of-tree.jsonl")]);
        scan(&later);
        let alone = graph(&later);
        assert!(pieces(&alone, FORK).len() > 1, "{alone:#}");
        assert_eq!(pieces(&alone, FORK)[0].0, "0967ad4d");
        assert!(edges(&alone).iter().all(|(kind, ..)| kind != "fork"));
        lay(&later, &parent, recorded("pi/tree.jsonl"), at(MORNING));
        scan(&later);
        assert_eq!(
            pieces(&graph(&both), FORK),
            [piece("0bb8bfea", "a915b6ff", 2)],
            "{parent}"
        );
        assert_eq!(
            later.scrub(&exported(&later)),
            both.scrub(&exported(&both)),
            "{parent}"
        );
    }
}

/// What each piece took: its tools, and its models with input, output, what was read from and written to a cache.
fn took(graph: &Value, session: &str) -> Value {
    let of = |node: &&Value| {
        let models = node["observations"]["modelsUsed"].as_array().unwrap();
        let models: Vec<Value> = models
            .iter()
            .map(|it| {
                let number = |name: &str| it[name].as_u64().unwrap_or(0);
                json!([
                    it["model"],
                    number("tokensInput"),
                    number("tokensOutput"),
                    number("cacheRead"),
                    number("cacheWrite")
                ])
            })
            .collect();
        json!([
            node["metadata"]["tokensUsed"],
            node["content"]["toolsUsed"],
            models
        ])
    };
    nodes_of(graph, session).iter().map(of).collect()
}

/// The numbers are sums over the answers in the files, each answer once, by hand.
#[test]
fn claude_codes_tokens_tools_and_models_are_exact() {
    const MAIN: &str = "0f708cd4-6637-4ae1-af82-8650e756b074";
    let world = world_with_recorded(&[Agent::ClaudeCode]);
    scan(&world);
    let graph = graph(&world);
    let model = "claude-opus-4-8";
    assert_eq!(
        took(&graph, MAIN),
        json!([
            [422, ["Agent", "Bash", "Write"], [[model, 220, 142, 18, 42]]],
            [129, [], [[model, 90, 29, 3, 7]]],
        ])
    );
    assert_eq!(edges(&graph)[0].0, "compaction", "{:?}", edges(&graph));
    let sub_agents: Vec<&Value> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["source"]["parentSession"] == MAIN)
        .collect();
    assert!(sub_agents.len() <= 1);
}

#[test]
fn codex_tokens_tools_and_models_are_exact() {
    let world = world_with_recorded(&[Agent::Codex]);
    configure(&world, ALL_PIECES);
    scan(&world);
    let graph = graph(&world);
    let model = "gpt-5.2-codex";
    let (main, below, fork) = (
        "01a1fffb-407c-7d42-9505-a4e72d9fe16a",
        "01a1fffb-45b3-75b1-80f6-0085b9a6bc09",
        "01a1fffb-4c92-7073-b06b-4d34f6ff1047",
    );
    // Totals in the file count on; what was read from the cache is part of its input there and is not here.
    assert_eq!(
        took(&graph, main),
        json!([
            [
                14_028,
                ["exec_command", "spawn_agent", "wait_agent"],
                [[model, 13_440, 228, 360, 0]]
            ],
            [18_391 - 14_028, [], [[model, 4_220, 63, 80, 0]]],
        ])
    );
    assert_eq!(
        took(&graph, below),
        json!([[1_727, [], [[model, 1_660, 27, 40, 0]]]])
    );
    // The fork goes on from its parent's total.
    assert_eq!(
        took(&graph, fork),
        json!([[20_724 - 18_391, [], [[model, 2_260, 33, 40, 0]]]])
    );
    let kinds: Vec<String> = edges(&graph).into_iter().map(|it| it.0).collect();
    assert_eq!(kinds, ["compaction", "fork"]);
}

/// Copies that Claude Code made when sessions were resumed or forked: with the ids of the originals, or with others.
#[test]
fn every_answer_is_owned_by_one_session() {
    for (folder, sessions) in [("lineage/forked", 4), ("lineage/resumed", 4)] {
        let world = World::bare_folder();
        configure(&world, ALL_PIECES);
        let mut texts = Vec::new();
        for (name, bytes) in recorded_below(folder) {
            texts.push(String::from_utf8(bytes.clone()).unwrap());
            let id = name.strip_suffix(".jsonl").unwrap();
            lay(&world, &claude_path(id), bytes, at(MORNING));
        }
        scan(&world);
        let graph = graph(&world);
        // By their ids of the API, which are the same in copies.
        let mut answers = std::collections::BTreeMap::new();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let line: Value = serde_json::from_str(line).unwrap();
            let message = &line["message"];
            let count = |name: &str| message["usage"][name].as_u64().unwrap_or(0);
            let tokens = [
                "input_tokens",
                "output_tokens",
                "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ]
            .map(count);
            if let Some(id) = message["id"]
                .as_str()
                .filter(|_| line["type"] == "assistant")
            {
                let known = answers.entry(id.to_owned()).or_insert(0);
                *known = tokens.iter().sum::<u64>().max(*known);
            }
        }
        let nodes = graph["nodes"].as_array().unwrap();
        let counted: u64 = nodes
            .iter()
            .map(|node| node["metadata"]["tokensUsed"].as_u64().unwrap())
            .sum();
        assert_eq!(counted, answers.values().sum::<u64>(), "{folder}");
        let ids: std::collections::BTreeSet<_> = nodes
            .iter()
            .map(|node| node["source"]["sessionId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), sessions, "{folder}: {ids:?}");
        let forks = edges(&graph)
            .into_iter()
            .filter(|(kind, ..)| kind == "fork")
            .count();
        assert_eq!(forks, sessions - 1, "{folder}: {:?}", edges(&graph));
    }
}

#[test]
fn the_beginning_of_an_id_means_a_session_rather_than_its_sub_agents() {
    let world = world_with_recorded(&[Agent::ClaudeCode]);
    scan(&world);
    let run = |args: &[&str]| tend_at(&world, at(NOON), args).code(0).json();
    let listed = run(&["sessions", "list", "--all", "--json"]);
    let ids = listed["sessions"].as_array().unwrap().iter();
    let below = ids
        .filter_map(|it| it["id"].as_str())
        .find(|id| id.contains('/'))
        .unwrap();
    let (session, _) = below.split_once('/').unwrap();
    let shown = run(&["sessions", "show", &session[..8], "--json"]);
    assert_eq!(shown["session"]["id"], session);
    let shown = run(&["sessions", "show", below, "--json"]);
    assert_eq!(shown["session"]["id"], below);
}
