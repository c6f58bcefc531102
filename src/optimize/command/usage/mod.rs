//! How the command lines of common tools are read: which words are subcommands, which flags take a value, and what
//! stands where.
//!
//! A table row is the command with its subcommands, its flags and its arguments.
//!
//! Flags are `-m=str`: takes a value of this kind; `-j=num?`: takes one only if it is a number; `-f=no`: takes
//! none, unlike the same flag of the command above. Flags that are not
//! named take none, unless `…` stands among them: then what follows an unknown flag, up to the next flag, is taken to be
//! its. With `long`, `-name` is one flag and not four. With `own`, flags before a subcommand belong to that place (`git -C x commit`);
//! otherwise they are the subcommand's as well (`kubectl -n x get`).
//!
//! Arguments are kinds in order, of which the last repeats. Beside the kinds of slots (`path num branch url str`, and `auto` by its looks,
//! `pair` for `name=value`): `sub` is a subcommand, `text` a word that stays in the key (a target), `script` one whose arguments are its own,
//! `letters` such a word only directly after the program (`tar xzf`), `cmd` another command to the end, `cmd;` to `;` or `+`.

mod build;
mod containers;
mod files;
mod git;
mod languages;
mod system;

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::optimize::recipe::SlotKind;

/// A row of a table: the command, its flags, its arguments.
type Row = (&'static str, &'static str, &'static str);

const TABLES: &[&[Row]] = &[
    git::ROWS,
    build::ROWS,
    containers::ROWS,
    files::ROWS,
    languages::ROWS,
    system::ROWS,
];

/// Other names of the same program.
const ALIASES: &[(&str, &str)] = &[
    ("docker-compose", "docker compose"),
    ("podman", "docker"),
    ("podman-compose", "docker compose"),
    ("nodejs", "node"),
    ("gmake", "make"),
    ("tofu", "terraform"),
    ("vi", "vim"),
    ("nvim", "vim"),
    ("view", "vim"),
    ("egrep", "grep"),
    ("fgrep", "grep"),
    ("zgrep", "grep"),
    ("ripgrep", "rg"),
    ("mariadb", "mysql"),
    ("apt-get", "apt"),
    ("fdfind", "fd"),
    ("pnpx", "npx"),
    ("bunx", "npx"),
    ("gsed", "sed"),
    ("gtar", "tar"),
    ("bsdtar", "tar"),
    ("dash", "sh"),
    ("bash", "sh"),
    ("zsh", "sh"),
    ("ksh", "sh"),
    ("fish", "sh"),
];

/// What a word in some place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A subcommand: it stays in the key, and decides how the rest is read.
    Sub,
    /// A word that stays in the key.
    Text,
    /// A word that stays in the key, and whose own arguments follow.
    Script,
    /// Letters that stay in the key if they stand directly after the program.
    Letters,
    /// Of a flag: it takes none, whatever the flag of the command above takes.
    Nothing,
    /// A value of a kind that is known.
    Kind(SlotKind),
    /// A value whose kind is seen from its looks.
    Auto,
    /// A value that may be `name=value`, of which the name stays.
    Pair,
    /// Another command, to the end.
    Command,
    /// Another command, to `;` or `+`.
    CommandToEnd,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Takes {
    pub place: Place,
    /// Only if the next word is a number.
    pub optional: bool,
}

/// How a command is read.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    flags: Vec<(&'static str, Takes)>,
    arguments: Vec<Place>,
    /// Unknown flags may take values.
    pub open: bool,
    /// Flags of one dash may have long names.
    pub long: bool,
    /// Flags before a subcommand stay there.
    pub own: bool,
    /// Nothing is known of this command.
    pub unknown: bool,
}

impl Usage {
    fn of(row: &Row) -> Self {
        let mut usage = Self::default();
        for flag in row.1.split_whitespace() {
            match flag {
                "…" => usage.open = true,
                "long" => usage.long = true,
                "own" => usage.own = true,
                _ => {
                    if let Some((name, place)) = flag.split_once('=') {
                        let optional = place.ends_with('?');
                        let place = place_of(place.trim_end_matches('?'));
                        usage.flags.push((name, Takes { place, optional }));
                    }
                }
            }
        }
        usage.arguments = row.2.split_whitespace().map(place_of).collect();
        usage
    }

    /// What a flag takes, if it takes something.
    pub fn flag(&self, name: &str) -> Option<Takes> {
        self.flags
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, takes)| *takes)
    }

    /// What the argument with this number is.
    pub fn argument(&self, number: usize) -> Place {
        self.arguments
            .get(number)
            .or_else(|| self.arguments.last().filter(|last| **last != Place::Sub))
            .copied()
            .unwrap_or(Place::Auto)
    }

    /// Whether another command may follow `--`.
    pub fn runs_another(&self) -> bool {
        self.arguments.contains(&Place::Command)
    }
}

fn place_of(word: &str) -> Place {
    match word {
        "sub" => Place::Sub,
        "text" => Place::Text,
        "script" => Place::Script,
        "letters" => Place::Letters,
        "no" => Place::Nothing,
        "cmd" => Place::Command,
        "cmd;" => Place::CommandToEnd,
        "pair" => Place::Pair,
        "path" => Place::Kind(SlotKind::Path),
        "num" => Place::Kind(SlotKind::Num),
        "oid" => Place::Kind(SlotKind::Oid),
        "branch" => Place::Kind(SlotKind::Branch),
        "url" => Place::Kind(SlotKind::Url),
        "str" => Place::Kind(SlotKind::Str),
        _ => Place::Auto,
    }
}

/// The usage of a command, by its program and subcommands.
pub(super) fn of(command: &str) -> Option<&'static Usage> {
    table().get(command)
}

/// How a command is read of which the tables know nothing.
pub(super) fn unknown() -> &'static Usage {
    static UNKNOWN: OnceLock<Usage> = OnceLock::new();
    UNKNOWN.get_or_init(|| Usage {
        open: true,
        unknown: true,
        ..Usage::default()
    })
}

/// How the arguments of a script are read, and of a subcommand that is unknown.
pub(super) fn open() -> &'static Usage {
    static OPEN: OnceLock<Usage> = OnceLock::new();
    OPEN.get_or_init(|| Usage {
        open: true,
        ..Usage::default()
    })
}

/// The name by which the tables know a program.
pub(super) fn canonical(program: &str) -> &str {
    if let Some((_, name)) = ALIASES.iter().find(|(alias, _)| *alias == program) {
        return name;
    }
    // python3, python3.12, pip3
    let bare = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    match bare {
        "python" | "pip" => bare,
        _ => program,
    }
}

fn table() -> &'static HashMap<&'static str, Usage> {
    static TABLE: OnceLock<HashMap<&'static str, Usage>> = OnceLock::new();
    TABLE.get_or_init(|| {
        TABLES
            .iter()
            .flat_map(|rows| rows.iter())
            .map(|row| (row.0, Usage::of(row)))
            .collect()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]

    use super::*;

    #[test]
    fn every_word_of_the_tables_is_known_and_no_command_stands_twice() {
        let mut seen = std::collections::HashSet::new();
        for row in TABLES.iter().flat_map(|rows| rows.iter()) {
            assert!(seen.insert(row.0), "{} stands twice", row.0);
            let places = row
                .1
                .split_whitespace()
                .filter(|flag| !["…", "long", "own"].contains(flag))
                .map(|flag| {
                    assert!(flag.starts_with('-'), "{}: {flag}", row.0);
                    let (_, place) = flag.split_once('=').unwrap_or_else(|| {
                        panic!("{}: {flag} takes nothing and needs no mention", row.0)
                    });
                    place.trim_end_matches('?')
                })
                .chain(row.2.split_whitespace());
            for place in places {
                assert!(
                    place == "auto" || place_of(place) != Place::Auto,
                    "{}: {place}",
                    row.0
                );
            }
        }
    }
}
