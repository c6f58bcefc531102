//! The graph is the same in whatever order files arrive, and in whatever pieces they are written.

use std::collections::BTreeMap;

use git_tend::sessions::Agent;
use jiff::{SignedDuration, Timestamp};

use super::files::{
    ALL_PIECES, FORK, MORNING, NOON, Pi, TREE, at, claude_path, configure, exported, graph, lay,
    pi_path, recorded, recorded_below, scan_at,
};
use crate::support::World;

/// Numbers that look random, the same for the same seed (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    /// One below a bound.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap()
    }
}

/// Files by their paths in the home.
type Files = BTreeMap<String, Vec<u8>>;

/// Sessions of pi with forks of forks, and a session that lies here and comes from another machine too.
fn of_pi() -> Files {
    let mut files = Files::new();
    files.insert(pi_path(TREE), recorded("pi/tree.jsonl"));
    files.insert(pi_path(FORK), recorded("pi/fork-of-tree.jsonl"));
    let began = at("2026-11-21T10:00:00Z");
    let mut first = Pi::new("0a98c0de-1111-7000-8000-000000000001", began);
    first
        .works("the lock")
        .compacts("The lock.")
        .works("the key");
    let mut second = first.fork("0b98c0de-1111-7000-8000-000000000002");
    first
        .rests(30)
        .works("the door")
        .compacts("The door.")
        .asks("And now?");
    second
        .works("the window")
        .compacts("The window.")
        .works("the roof");
    let mut third = second.fork("0c98c0de-1111-7000-8000-000000000003");
    third.works("the chimney");
    second.rests(20).works("the wall");
    for session in [&first, &second, &third] {
        files.insert(session.path(), session.bytes());
    }
    files.insert(format!("synced/laptop/{}", second.path()), second.bytes());
    files
}

/// Sessions of Claude Code and Codex with copies of parts of them.
fn of_others() -> Files {
    let mut files = Files::new();
    for folder in ["lineage/forked", "lineage/resumed"] {
        for (name, bytes) in recorded_below(folder) {
            files.insert(claude_path(name.strip_suffix(".jsonl").unwrap()), bytes);
        }
    }
    for (path, bytes) in recorded_below("codex") {
        files.insert(format!(".codex/{path}"), bytes);
    }
    files
}

fn world() -> World {
    let world = World::bare_folder();
    let spokes = format!("{ALL_PIECES}spokes = [\"~/synced/laptop\"]\n");
    configure(&world, &spokes);
    world
}

/// What comes of all of it at once.
fn at_once(files: &Files) -> String {
    let world = world();
    for (path, bytes) in files {
        lay(&world, path, bytes, at(MORNING));
    }
    scan_at(&world, at(NOON));
    world.scrub(&exported(&world))
}

/// The ends of some of the file's lines, the last among them.
fn cuts(bytes: &[u8], numbers: &mut Numbers) -> Vec<usize> {
    let ends: Vec<usize> = (1..=bytes.len())
        .filter(|end| bytes[end - 1] == b'\n')
        .collect();
    let mut cuts: Vec<usize> = (0..numbers.below(4))
        .map(|_| ends[numbers.below(ends.len())])
        .collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    cuts.dedup();
    cuts
}

/// Before all entries: nothing is over until everything is there.
const BEFORE: &str = "2026-11-01T00:00:00Z";

/// Writes the files in pieces, one after the other in some order, with scans between, of which the first is at a moment; what
/// came of it, and what was done.
fn in_pieces(files: &Files, first: Timestamp, numbers: &mut Numbers) -> (String, Vec<String>) {
    let world = world();
    let mut to_come: Vec<(&String, Vec<usize>)> = files
        .iter()
        .map(|(path, bytes)| (path, cuts(bytes, numbers)))
        .collect();
    let mut now = first;
    let mut done = Vec::new();
    while !to_come.is_empty() {
        let next = numbers.below(to_come.len());
        let (path, cuts) = &mut to_come[next];
        let cut = cuts.remove(0);
        // Nobody writes to it any more for longer than other machines take to send.
        lay(
            &world,
            path,
            &files[*path][..cut],
            now - SignedDuration::from_secs(31),
        );
        done.push(format!("{path} to {cut}"));
        if cuts.is_empty() {
            to_come.remove(next);
        }
        if numbers.below(3) > 0 {
            scan_at(&world, now);
            done.push("scan".to_owned());
        }
        now += SignedDuration::from_secs(1);
    }
    scan_at(&world, at(NOON));
    (world.scrub(&exported(&world)), done)
}

/// The first lines that differ.
pub fn difference(one: &str, other: &str) -> String {
    let lines = |text: &str| {
        text.lines()
            .map(str::to_owned)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let (one, other) = (lines(one), lines(other));
    let shown = |lines: Vec<&String>| lines.into_iter().cloned().collect::<Vec<_>>().join("\n");
    format!(
        "--- at once\n{}\n--- in pieces\n{}",
        shown(one.difference(&other).collect()),
        shown(other.difference(&one).collect())
    )
}

#[track_caller]
fn check(files: &Files, first: &str, seeds: std::ops::Range<u64>) {
    let expected = at_once(files);
    for seed in seeds {
        let (found, done) = in_pieces(files, at(first), &mut Numbers(seed));
        assert!(
            found == expected,
            "seed {seed}\n{}\n{}",
            done.join("\n"),
            difference(&expected, &found)
        );
    }
}

#[test]
fn pis_sessions_that_are_over_at_the_end() {
    check(&of_pi(), BEFORE, 0..6);
}

#[test]
fn pis_sessions_that_seem_to_be_over_in_between() {
    check(&of_pi(), MORNING, 10..16);
}

#[test]
fn others_that_are_over_at_the_end() {
    check(&of_others(), BEFORE, 20..24);
}

#[test]
fn others_that_seem_to_be_over_in_between() {
    check(&of_others(), MORNING, 30..34);
}

/// So that the others mean something.
#[test]
fn the_sessions_are_many_and_have_forks_of_forks() {
    let mut files = of_pi();
    files.extend(of_others());
    assert!(files.len() >= 12, "{}", files.len());
    let world = world();
    for (path, bytes) in &files {
        lay(&world, path, bytes, at(MORNING));
    }
    scan_at(&world, at(NOON));
    let graph = graph(&world);
    let forks = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["type"] == "fork")
        .count();
    assert_eq!(forks, 10);
    let agents: std::collections::BTreeSet<&str> = graph["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["source"]["agent"].as_str().unwrap())
        .collect();
    assert_eq!(agents.len(), Agent::ALL.len());
}
