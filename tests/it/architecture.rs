//! The house's rules that a compiler does not check: which room may use which, and that each foreign library has one
//! door.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, lowest first. Rooms of one level may use each other; nothing may use a room of a later level.
const LEVELS: [&[&str]; 8] = [
    &["system", "git", "store"],
    &["config", "trust"],
    &["queue"],
    &["tasks", "analyze", "tools", "findings", "triggers", "gates"],
    &["drain"],
    &[
        "metrics", "sessions", "graph", "optimize", "report", "notify",
    ],
    &["agent"],
    &["cli"],
];

/// What may be named only below one folder.
const DOORS: [(&str, &[&str]); 13] = [
    ("git2::", &["git/"]),
    (
        "rusqlite::",
        &[
            "store/",
            "queue/",
            "analyze/cache.rs",
            "graph/db/",
            "optimize/db/",
            "optimize/collect/atuin",
        ],
    ),
    ("Connection::open", &["store/"]),
    ("duct::", &["system/"]),
    ("rustix::", &["system/"]),
    ("landlock::", &["system/"]),
    ("toml_edit::", &["config/"]),
    ("env::var", &["system/"]),
    ("zbus::", &["notify/channel/desktop/"]),
    ("ureq::", &["notify/channel/webhook/"]),
    ("println!(", &["cli/ui.rs"]),
    ("lettre::", &["notify/channel/email/"]),
    ("granit_parser::", &["optimize/workflow/read/yaml.rs"]),
];

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.insert(path.clone(), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    walk(&root, &mut found);
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(&root).unwrap().to_owned(), text))
        .collect()
}

fn level_of(room: &str) -> Option<usize> {
    LEVELS.iter().position(|rooms| rooms.contains(&room))
}

fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn no_room_uses_a_later_one() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(room) = path.iter().next().and_then(|part| part.to_str()) else {
            continue;
        };
        let Some(level) = level_of(room) else {
            continue;
        };
        for (number, line) in code_lines(&text) {
            for used in line.split("crate::").skip(1) {
                let used: String = used
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if level_of(&used).is_some_and(|other| other > level) {
                    wrong.push(format!(
                        "src/{}:{number}: {room} uses {used}",
                        path.display()
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "upward dependencies:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn every_room_has_a_level() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(root).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let folder = entry.file_name().into_string().unwrap();
            assert!(
                level_of(&folder).is_some(),
                "src/{folder} has no place in the picture of this test"
            );
        }
    }
}

#[test]
fn foreign_libraries_have_one_door() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.to_str().unwrap();
        for (needle, doors) in DOORS {
            if doors.iter().any(|door| name.starts_with(door)) {
                continue;
            }
            for (number, line) in code_lines(&text) {
                if line.contains(needle) && !line.contains("crate::system::") {
                    wrong.push(format!("src/{name}:{number}: {needle} outside {doors:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "side doors:\n{}", wrong.join("\n"));
}
