//! What parameters and recipes are called.

use std::collections::{HashMap, HashSet};

use crate::optimize::command::{Anatomy, anatomy};

use super::infer::StepSeen;
use super::shape::{Piece, Shape, Simple, SlotKind, Word};

/// The longest name of a recipe, in bytes.
const LONGEST: usize = 40;
/// The longest name of a parameter, in bytes.
const LONGEST_PARAMETER: usize = 30;
/// Words in the name of a recipe.
const WORDS: usize = 3;

/// Options that every generated script has.
const TAKEN: &[&str] = &["help", "dry-run", "version", "verbose"];

/// What flags of one letter mean: the command, or what it begins with, and the flag.
#[rustfmt::skip]
const FLAGS: &[(&str, &str, &str)] = &[
    ("git", "-m", "message"), ("git", "-b", "branch"), ("git", "-c", "branch"), ("git", "-B", "branch"), ("git", "-C", "branch"),
    ("git", "-n", "number"), ("git", "-F", "file"), ("git", "-x", "command"), ("git", "-s", "source"),
    ("gh", "-t", "title"), ("gh", "-b", "body"), ("gh", "-B", "base"), ("gh", "-R", "repository"), ("gh", "-l", "label"), ("gh", "-L", "limit"),
    ("docker", "-t", "tag"), ("docker", "-f", "file"), ("docker", "-p", "port"), ("docker", "-v", "volume"), ("docker", "-w", "folder"), ("docker", "-u", "user"),
    ("kubectl", "-n", "namespace"), ("kubectl", "-f", "file"), ("kubectl", "-l", "selector"), ("kubectl", "-c", "container"), ("kubectl", "-o", "output"),
    ("helm", "-n", "namespace"), ("helm", "-f", "values"),
    ("cargo", "-p", "package"), ("cargo", "-j", "jobs"), ("cargo", "-F", "features"), ("make", "-j", "jobs"), ("make", "-C", "folder"), ("ninja", "-j", "jobs"),
    ("npm", "-w", "workspace"), ("pnpm", "-F", "filter"), ("pip", "-r", "requirements"), ("pytest", "-k", "expression"), ("pytest", "-m", "marker"),
    ("go", "-run", "test"), ("go", "-o", "output"), ("curl", "-H", "header"), ("curl", "-d", "data"), ("curl", "-o", "output"), ("curl", "-u", "user"),
    ("wget", "-O", "output"), ("tar", "-f", "archive"), ("tar", "-C", "folder"), ("psql", "-c", "query"), ("psql", "-d", "database"),
    ("psql", "-U", "user"), ("psql", "-h", "host"), ("mysql", "-e", "query"), ("find", "-name", "pattern"), ("find", "-iname", "pattern"),
    ("grep", "-e", "pattern"), ("ssh", "-i", "key"), ("ssh", "-p", "port"), ("scp", "-P", "port"), ("ffmpeg", "-i", "input"),
    ("ffmpeg", "-ss", "start"), ("ffmpeg", "-t", "duration"), ("head", "-n", "lines"), ("tail", "-n", "lines"), ("journalctl", "-u", "unit"),
    ("gcc", "-o", "output"), ("cc", "-o", "output"), ("clang", "-o", "output"), ("sh", "-c", "code"), ("python", "-c", "code"),
];

/// What arguments of a kind are: the command, or what it begins with, and the kind.
#[rustfmt::skip]
const ARGUMENTS: &[(&str, SlotKind, &str)] = &[
    ("git push", SlotKind::Str, "remote"), ("git pull", SlotKind::Str, "remote"), ("git fetch", SlotKind::Str, "remote"), ("git remote", SlotKind::Str, "remote"),
    ("git tag", SlotKind::Branch, "tag"), ("git reset", SlotKind::Branch, "revision"), ("git show", SlotKind::Branch, "revision"),
    ("git diff", SlotKind::Branch, "revision"), ("git log", SlotKind::Branch, "revision"), ("git cherry-pick", SlotKind::Oid, "commit"), ("git", SlotKind::Oid, "commit"),
    ("gh pr", SlotKind::Num, "pull-request"), ("gh issue", SlotKind::Num, "issue"), ("gh release", SlotKind::Str, "tag"),
    ("npm", SlotKind::Str, "package"), ("pnpm", SlotKind::Str, "package"), ("yarn", SlotKind::Str, "package"), ("pip install", SlotKind::Str, "package"),
    ("cargo add", SlotKind::Str, "crate"), ("cargo install", SlotKind::Str, "crate"), ("cargo test", SlotKind::Str, "filter"),
    ("apt install", SlotKind::Str, "package"), ("brew install", SlotKind::Str, "package"), ("docker build", SlotKind::Path, "context"), ("docker run", SlotKind::Str, "image"),
    ("docker pull", SlotKind::Str, "image"), ("docker push", SlotKind::Str, "image"), ("docker exec", SlotKind::Str, "container"),
    ("docker compose", SlotKind::Str, "service"), ("docker", SlotKind::Str, "name"), ("kubectl logs", SlotKind::Str, "pod"), ("kubectl exec", SlotKind::Str, "pod"),
    ("kubectl", SlotKind::Str, "name"), ("systemctl", SlotKind::Str, "service"), ("ssh", SlotKind::Str, "host"), ("ping", SlotKind::Str, "host"),
    ("grep", SlotKind::Str, "pattern"), ("rg", SlotKind::Str, "pattern"), ("jq", SlotKind::Str, "filter"), ("sed", SlotKind::Str, "script"), ("awk", SlotKind::Str, "script"),
    ("echo", SlotKind::Str, "text"), ("printf", SlotKind::Str, "text"),
];

/// Names that are given once.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// The name, with a number if it is taken.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let mut unique = name.to_owned();
        let mut number = 2;
        while TAKEN.contains(&unique.as_str()) || !self.0.insert(unique.clone()) {
            unique = format!("{name}-{number}");
            number += 1;
        }
        unique
    }
}

/// What the slots of a step are called, by their numbers. What has no better name is called after its kind.
pub(super) fn slots(step: &StepSeen) -> HashMap<usize, String> {
    let mut names = HashMap::new();
    let Shape::Pipeline(commands) = &step.shape else {
        return names;
    };
    for command in commands {
        let anatomy = anatomy(command);
        for (at, word) in command.words.iter().enumerate() {
            for (slot, before) in word_slots(word) {
                let kind = step.kinds.get(slot).copied().unwrap_or(SlotKind::Str);
                let flag = before.or_else(|| anatomy.values.get(&at).cloned());
                let name = match flag {
                    Some(flag) => of_flag(&anatomy.path, &flag),
                    None => of_argument(&anatomy.path, kind),
                };
                names.insert(slot, name.unwrap_or_else(|| kind.name().to_owned()));
            }
        }
        for redirect in &command.redirects {
            for (slot, _) in word_slots(&redirect.target) {
                let name = if redirect.operator.contains('>') {
                    "output"
                } else {
                    "input"
                };
                names.insert(slot, name.to_owned());
            }
        }
    }
    names
}

/// The slots of a word, with the text before them.
fn word_slots(word: &Word) -> Vec<(usize, Option<String>)> {
    let mut before = None;
    let mut slots = Vec::new();
    for piece in &word.0 {
        match piece {
            Piece::Text(text) | Piece::Code(text) => before = Some(text.clone()),
            Piece::Slot(slot) => slots.push((*slot, before.take())),
        }
    }
    slots
}

/// `--message=`, `-m`, `PREFIX=`, `-DCMAKE_BUILD_TYPE=`
fn of_flag(path: &str, flag: &str) -> Option<String> {
    let bare = flag.trim_end_matches('=');
    let named = FLAGS
        .iter()
        .find(|(command, letter, _)| *letter == bare && begins(path, command))
        .map(|(_, _, name)| (*name).to_owned());
    named.or_else(|| {
        let name = bare.trim_start_matches('-');
        let name = name.rsplit('=').next().unwrap_or(name);
        let name = name
            .strip_prefix('D')
            .filter(|rest| flag.starts_with("-D") && !rest.is_empty())
            .unwrap_or(name);
        let short = name.chars().count() < 2;
        (!short).then(|| clean(name, LONGEST_PARAMETER)).flatten()
    })
}

fn of_argument(path: &str, kind: SlotKind) -> Option<String> {
    ARGUMENTS
        .iter()
        .find(|(command, of, _)| *of == kind && begins(path, command))
        .map(|(_, _, name)| (*name).to_owned())
}

fn begins(path: &str, command: &str) -> bool {
    path.strip_prefix(command)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Lower case letters, digits and `-`, beginning with a letter.
fn clean(text: &str, longest: usize) -> Option<String> {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
    let name = name.get(..longest.min(name.len()))?.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// A name of up to three words for what steps do: what they do last, or of one step, the program with it.
pub(super) fn recipe(steps: &[Shape]) -> String {
    let mut words: Vec<String> = Vec::new();
    for step in steps {
        let word = verb(step);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if let [word] = words.as_slice()
        && let Some(Shape::Pipeline(commands)) = steps.first()
        && let Some(program) = commands.first().and_then(program)
        && program != *word
    {
        words.insert(0, program);
    }
    if words.len() > WORDS {
        words.drain(WORDS - 1..words.len() - 1);
    }
    clean(&words.join("-"), LONGEST).unwrap_or_else(|| "steps".to_owned())
}

fn verb(step: &Shape) -> String {
    let word = match step {
        Shape::Pipeline(commands) => commands.first().and_then(|command| {
            let Anatomy { path, .. } = anatomy(command);
            let last = path.rsplit(' ').find(|word| !word.starts_with('-'))?;
            clean(stem(last), LONGEST)
        }),
        Shape::Script(code) => code
            .split_whitespace()
            .find_map(|word| clean(stem(word), LONGEST)),
    };
    word.unwrap_or_else(|| "run".to_owned())
}

fn program(command: &Simple) -> Option<String> {
    clean(stem(anatomy(command).path.split(' ').next()?), LONGEST)
}

/// A file's name without its folder and extension.
fn stem(word: &str) -> &str {
    let name = word
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(word);
    match name.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
