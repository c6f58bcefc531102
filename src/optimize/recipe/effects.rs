//! What a step reads and writes, where that is certain.

use crate::optimize::command::{Anatomy, anatomy};

use super::shape::{Piece, Shape, Simple, Word};

/// Files and folders, as words of a step or of a recipe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// What is read.
    pub reads: Vec<Word>,
    /// What is made, changed or removed.
    pub writes: Vec<Word>,
}

/// Programs all of whose arguments are written.
const WRITERS: &[&str] = &[
    "touch", "mkdir", "rm", "rmdir", "unlink", "tee", "truncate", "shred", "mktemp", "patch",
    "gzip", "gunzip", "xz", "bzip2",
];

/// Programs all of whose arguments are read.
const READERS: &[&str] = &[
    "cat",
    "head",
    "tail",
    "sort",
    "wc",
    "uniq",
    "cut",
    "md5sum",
    "sha256sum",
    "shasum",
    "diff",
    "cmp",
    "less",
    "more",
    "bat",
    "source",
    ".",
];

/// Programs whose first argument says what to do, and whose others are read.
const FILTERS: &[&str] = &["grep", "rg", "sed", "awk", "gawk", "jq", "yq"];

/// Programs whose last argument is made of the ones before.
const COPIERS: &[&str] = &["cp", "ln", "install", "rsync", "scp", "mv"];

/// Flags of programs whose value is written.
const OUTPUTS: &[(&str, &[&str])] = &[
    ("curl", &["-o", "--output"]),
    ("wget", &["-O", "--output-document"]),
    ("gcc", &["-o"]),
    ("g++", &["-o"]),
    ("cc", &["-o"]),
    ("clang", &["-o"]),
    ("clang++", &["-o"]),
    ("rustc", &["-o"]),
    ("go", &["-o"]),
    ("sort", &["-o"]),
    ("pandoc", &["-o", "--output"]),
    ("docker", &["-o", "--output"]),
    ("pg_dump", &["-f", "--file"]),
    ("git", &["-o", "--output"]),
];

/// What a step reads and writes. Nothing is said of what is unsure: code, scripts, and programs that are not known.
pub fn effects(shape: &Shape) -> Effects {
    let mut effects = Effects::default();
    if let Shape::Pipeline(commands) = shape {
        for command in commands {
            of(command, &mut effects);
        }
    }
    effects
}

/// Programs that touch no file but through redirections.
const SILENT: &[&str] = &[
    "[", "basename", "date", "dirname", "echo", "false", "nproc", "printf", "pwd", "seq", "sleep",
    "test", "true", "uname", "whoami",
];

/// All that a step reads and writes, if that is certain: every program of it is known, and no word of it is code of a shell,
/// which may run another.
pub fn certain(shape: &Shape) -> Option<Effects> {
    let Shape::Pipeline(commands) = shape else {
        return None;
    };
    let all_known = commands.iter().all(|command| {
        let words = || {
            command
                .words
                .iter()
                .chain(command.redirects.iter().map(|it| &it.target))
        };
        let anatomy = anatomy(command);
        let program = anatomy.path.split(' ').next().unwrap_or_default();
        let lists = [WRITERS, READERS, FILTERS, COPIERS, SILENT];
        let known = lists.iter().any(|list| list.contains(&program));
        // A program of awk's or sed's own may write and run what it likes; others reach for other machines or for code.
        let unsure = [
            "awk", "gawk", "rsync", "scp", "source", ".", "mktemp", "patch",
        ]
        .contains(&program)
            || COPIERS.contains(&program) && has(&anatomy, &["-t", "--target-directory"])
            || FILTERS.contains(&program)
                && has(
                    &anatomy,
                    &[
                        "-e",
                        "-f",
                        "-r",
                        "-R",
                        "--expression",
                        "--from-file",
                        "--recursive",
                    ],
                );
        let code = words().any(|word| word.0.iter().any(|it| matches!(it, Piece::Code(_))));
        known && !unsure && !code && !command.words.is_empty()
    });
    all_known.then(|| effects(shape))
}

fn of(command: &Simple, effects: &mut Effects) {
    for redirect in &command.redirects {
        match redirect.operator.as_str() {
            "<" => add(&mut effects.reads, &redirect.target),
            ">" | ">>" | ">|" | "&>" | "&>>" => add(&mut effects.writes, &redirect.target),
            _ => {}
        }
    }
    let anatomy = anatomy(command);
    let program = anatomy.path.split(' ').next().unwrap_or_default();
    let arguments: Vec<&Word> = anatomy
        .arguments
        .iter()
        .filter_map(|at| command.words.get(*at))
        .collect();
    for (at, flag) in &anatomy.values {
        let output = OUTPUTS
            .iter()
            .any(|(of, flags)| *of == program && flags.contains(&flag.as_str()));
        if let (true, Some(word)) = (output, command.words.get(*at)) {
            add(&mut effects.writes, word);
        }
    }
    if WRITERS.contains(&program) {
        extend(&mut effects.writes, &arguments);
    } else if READERS.contains(&program) {
        extend(&mut effects.reads, &arguments);
    } else if FILTERS.contains(&program) {
        let files = arguments.get(1..).unwrap_or_default();
        let explicit = has(&anatomy, &["-e", "-f", "--expression", "--from-file"]);
        if program == "sed" && has(&anatomy, &["-i", "--in-place"]) && !explicit {
            extend(&mut effects.writes, files);
        } else if !explicit {
            extend(&mut effects.reads, files);
        }
    } else if COPIERS.contains(&program) && !has(&anatomy, &["-t", "--target-directory"]) {
        if let Some((last, before)) = arguments
            .split_last()
            .filter(|(_, before)| !before.is_empty())
        {
            add(&mut effects.writes, last);
            if program == "mv" {
                extend(&mut effects.writes, before);
            }
            if program != "ln" {
                extend(&mut effects.reads, before);
            }
        }
    } else if program == "tar" {
        archive(&anatomy, command, effects);
    }
}

/// `tar -czf out.tgz dir`, `tar xzf in.tgz`
fn archive(anatomy: &Anatomy, command: &Simple, effects: &mut Effects) {
    let letters: String = anatomy
        .flags
        .iter()
        .filter(|flag| !flag.starts_with("--"))
        .map(String::as_str)
        .chain(anatomy.path.split(' ').skip(1))
        .collect();
    let named = anatomy
        .values
        .iter()
        .find(|(_, flag)| flag.as_str() == "-f")
        .map(|(at, _)| *at);
    let first = anatomy.arguments.first().copied();
    let Some(archive) = named.or_else(|| first.filter(|_| anatomy.path.contains(' '))) else {
        return;
    };
    let Some(word) = command.words.get(archive) else {
        return;
    };
    if letters.contains('c') {
        add(&mut effects.writes, word);
        for at in anatomy.arguments.iter().filter(|at| **at != archive) {
            if let Some(word) = command.words.get(*at) {
                add(&mut effects.reads, word);
            }
        }
    } else if letters.contains('x') || letters.contains('t') {
        add(&mut effects.reads, word);
    }
}

fn has(anatomy: &Anatomy, flags: &[&str]) -> bool {
    anatomy.flags.iter().any(|given| {
        flags.iter().any(|flag| {
            given == flag
                || flag.len() == 2
                    && !given.starts_with("--")
                    && flag
                        .chars()
                        .nth(1)
                        .is_some_and(|letter| given.contains(letter))
        })
    })
}

fn extend(words: &mut Vec<Word>, more: &[&Word]) {
    for word in more {
        add(words, word);
    }
}

/// Code says too little, and devices keep nothing.
fn add(words: &mut Vec<Word>, word: &Word) {
    let unsure = word.0.is_empty() || word.0.iter().any(|piece| matches!(piece, Piece::Code(_)));
    let nothing = matches!(word.0.as_slice(), [Piece::Text(text)] if text == "-" || text.starts_with("/dev/") || text.is_empty());
    if !unsure && !nothing && !words.contains(word) {
        words.push(word.clone());
    }
}
