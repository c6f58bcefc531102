//! Copies that the real agents wrote: `fixtures/sessions/README.md` says how.

use super::*;
use crate::sessions::read::Reader;

fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/sessions")
        .join(path)
}

fn events(path: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let mut reader = Reader::new(path, None);
    reader
        .read_file(path, &mut |event| events.push(event))
        .unwrap();
    events
}

fn words(events: &[Event]) -> Vec<String> {
    let words = events.iter().filter_map(|event| match &event.kind {
        Kind::User { text, .. } => Some(text.clone()),
        _ => None,
    });
    words.collect()
}

/// What each of these files goes on from, by its place among them, and which of the user's words are its own.
fn told(files: &[PathBuf]) -> Vec<(Option<usize>, Vec<String>)> {
    let read: Vec<Prints> = files
        .iter()
        .map(|file| Prints::read(file, None).unwrap())
        .collect();
    let sessions: Vec<(&str, &Prints)> = read
        .iter()
        .map(|prints| (prints.session().unwrap().id.as_str(), prints))
        .collect();
    // Files of one family have a key in common.
    for (one, other) in read.iter().zip(read.iter().skip(1)) {
        assert!(one.keys().iter().any(|key| other.keys().contains(key)));
    }
    let found = families(&sessions);
    // Whatever the order.
    let last = files.len() - 1;
    let mut turned = sessions.clone();
    turned.reverse();
    let mut turned: Vec<_> = families(&turned)
        .into_iter()
        .map(|found| {
            found.map(|found| Descent {
                parent: last - found.parent,
                ..found
            })
        })
        .collect();
    turned.reverse();
    assert_eq!(found, turned);
    found
        .iter()
        .zip(files)
        .map(|(found, file)| {
            let copied = found.map_or(0, |found| found.point.copied);
            (
                found.map(|found| found.parent),
                words(&events(file)[copied..]),
            )
        })
        .collect()
}

fn family(folder: &str, ids: [&str; 4]) -> Vec<PathBuf> {
    ids.iter()
        .map(|id| path(&format!("lineage/{folder}/{id}.jsonl")))
        .collect()
}

fn all(list: &[(Option<usize>, &[&str])]) -> Vec<(Option<usize>, Vec<String>)> {
    list.iter()
        .map(|(parent, words)| (*parent, words.iter().map(|&word| word.to_owned()).collect()))
        .collect()
}

/// Claude Code 1.0.30: the first resumed, that one resumed, and the first once more. All of a copy's ids and times are new.
#[test]
fn resumed_sessions_with_new_ids() {
    let files = family(
        "resumed",
        [
            "d09027bc-2220-40a8-b4ad-81359ab5c338",
            "89cef251-e64a-4f89-bec4-b999cae9cc0d",
            "02d19a1e-1c6c-4f86-b2de-c7a9207d96b2",
            "d7caab70-68c4-4f5c-80e3-30868298dc06",
        ],
    );
    assert_eq!(
        told(&files),
        all(&[
            (None, &["Fix the greeting"]),
            (Some(0), &["Write the note"]),
            (Some(1), &["Third"]),
            (Some(0), &["Star of the first"]),
        ])
    );
}

/// Claude Code 2.1.197: a fork, its fork, another fork of the first, and then the first went on. Nothing names a parent.
#[test]
fn forks_with_the_ids_of_the_first_which_goes_on() {
    let files = family(
        "forked",
        [
            "639b164c-6964-43b1-b58f-5df7001e34dc",
            "a5287d3e-8582-4980-ae73-0dff4faedd43",
            "7eefcc10-cb5f-4e3c-8c70-0d04c4854d5d",
            "8d8b3622-85d1-475c-a7a1-309cc060e61e",
        ],
    );
    assert_eq!(
        told(&files),
        all(&[
            (None, &["Fix the greeting", "Later in the first"]),
            (Some(0), &["In a fork"]),
            (Some(1), &["In a fork of the fork"]),
            (Some(0), &["In another fork"]),
        ])
    );
}

/// Where copies have new ids, the parent's tells what was forked.
#[test]
fn the_entry_that_was_forked_has_its_id_in_the_parent() {
    let files = [
        "89cef251-e64a-4f89-bec4-b999cae9cc0d",
        "02d19a1e-1c6c-4f86-b2de-c7a9207d96b2",
    ];
    let [parent, child] = files.map(|id| path(&format!("lineage/resumed/{id}.jsonl")));
    let prints = Prints::read(&parent, None).unwrap();
    let point = fork_point(&Prints::read(&child, None).unwrap(), &prints);
    let at = point.in_parent.unwrap();
    let id = event_id(&parent, None, at).unwrap().unwrap();
    assert_eq!(id, events(&parent).last().unwrap().id);
    assert_eq!(
        prints.events()[at].entry(),
        crate::sessions::entry::entry_digest(&id)
    );
    assert_eq!(event_id(&parent, None, 1000).unwrap(), None);
}

#[test]
fn a_fork_that_begins_at_a_compaction() {
    let folder = "claude-code/projects/-home-dev-proj";
    let files = [
        path(&format!(
            "{folder}/0f708cd4-6637-4ae1-af82-8650e756b074.jsonl"
        )),
        path(&format!(
            "{folder}/d6dbd9d3-ed09-4030-8f5b-fe3fc498e271.jsonl"
        )),
    ];
    let first = [
        "Fix the greeting",
        "Write the note",
        "Delegate the hello",
        "And after the summary",
    ];
    assert_eq!(
        told(&files),
        all(&[(None, &first), (Some(0), &["In the fork"])])
    );
}

#[test]
fn a_fork_comes_after_the_parent_that_it_names() {
    let files = [path("pi/tree.jsonl"), path("pi/fork-of-tree.jsonl")];
    let told = told(&files);
    assert_eq!(told[1], (Some(0), vec!["in fork".to_owned()]));
    assert_eq!(told[0].0, None);
}

#[test]
fn codex_writes_into_a_fork_what_is_new_alone() {
    let folder = "codex/sessions/2026/11/21/rollout-2026-11-21T21-20";
    let read = |name: &str| Prints::read(&path(&format!("{folder}-{name}.jsonl")), None).unwrap();
    let parent = read("18-01a1fffb-407c-7d42-9505-a4e72d9fe16a");
    let fork = read("21-01a1fffb-4c92-7073-b06b-4d34f6ff1047");
    let agent = read("19-01a1fffb-45b3-75b1-80f6-0085b9a6bc09");
    let id = &parent.session().unwrap().id;
    assert_eq!(
        wanted(fork.session().unwrap()).unwrap().id.as_ref(),
        Some(id)
    );
    assert_eq!(wanted(agent.session().unwrap()), None);
    assert_eq!(fork_point(&fork, &parent), ForkPoint::default());
    assert_eq!(
        families(&[("a", &parent), ("b", &fork), ("c", &agent)]),
        [None; 3]
    );
}
