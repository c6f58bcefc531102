//! Whether what a job of a CI service runs stays on the machine that it was given.
//!
//! Such a job has a machine of its own: two jobs disturb each other only through what they send elsewhere. That is judged by
//! lists of programs, and what is in none of them may do anything. Compilers, formatters, linters and the runners of tests are
//! in them although a test can do anything, too: it is not what tests are for.

use crate::optimize::command::Reader;
use crate::optimize::recipe::{Piece, Shape, Simple};

/// Programs that stay on the machine, whatever they are told.
const PROGRAMS: &[&str] = &[
    "[",
    "actionlint",
    "apt",
    "apt-get",
    "awk",
    "basename",
    "bat",
    "black",
    "cat",
    "cc",
    "cd",
    "chmod",
    "clang",
    "clang-format",
    "clang-tidy",
    "clang++",
    "cmake",
    "cmp",
    "codespell",
    "cp",
    "cspell",
    "ctest",
    "cut",
    "date",
    "df",
    "diff",
    "dirname",
    "du",
    "echo",
    "env",
    "eslint",
    "false",
    "file",
    "find",
    "flake8",
    "free",
    "g++",
    "gcc",
    "go-licenses",
    "gofmt",
    "golangci-lint",
    "grep",
    "head",
    "hlint",
    "isort",
    "jest",
    "jq",
    "ls",
    "lsblk",
    "lscpu",
    "md5sum",
    "mkdir",
    "mv",
    "mypy",
    "nextest",
    "ninja",
    "nproc",
    "prettier",
    "printf",
    "pwd",
    "pylint",
    "pyright",
    "pytest",
    "rg",
    "rm",
    "rmdir",
    "rspec",
    "rubocop",
    "ruff",
    "rustc",
    "rustfmt",
    "rustup",
    "sed",
    "sha256sum",
    "shellcheck",
    "shfmt",
    "sleep",
    "sort",
    "staticcheck",
    "tail",
    "taplo",
    "tar",
    "tee",
    "test",
    "touch",
    "tr",
    "tree",
    "true",
    "tsc",
    "typos",
    "uname",
    "uniq",
    "unzip",
    "vitest",
    "wc",
    "which",
    "yamllint",
    "zip",
];

/// Programs that do if they are told one of these.
const SUBCOMMANDS: &[(&str, &[&str])] = &[
    ("brew", &["install", "update"]),
    ("bundle", &["install", "config"]),
    (
        "cargo",
        &[
            "audit", "bench", "build", "check", "clippy", "deny", "doc", "fetch", "fmt", "hack",
            "install", "llvm-cov", "machete", "metadata", "miri", "nextest", "test", "tree",
            "udeps", "update", "vet",
        ],
    ),
    ("dotnet", &["build", "format", "restore", "test"]),
    (
        "git",
        &["config", "diff", "log", "rev-parse", "show", "status"],
    ),
    (
        "go",
        &[
            "build", "env", "fmt", "generate", "install", "mod", "test", "version", "vet",
        ],
    ),
    ("mvn", &["compile", "package", "test", "verify"]),
    ("npm", &["ci", "i", "install", "t", "test"]),
    ("pip", &["check", "freeze", "install", "list"]),
    ("pip3", &["check", "freeze", "install", "list"]),
    ("pnpm", &["i", "install", "test"]),
    ("poetry", &["check", "install", "lock"]),
    ("uv", &["lock", "pip", "sync", "venv"]),
    ("yarn", &["install", "test"]),
];

/// Judges texts of shells.
pub(super) struct Confined {
    /// None if the grammar cannot be loaded: then nothing is known.
    reader: Option<Reader>,
}

impl Confined {
    pub fn new() -> Self {
        Self {
            reader: Reader::new().ok(),
        }
    }

    /// Whether all that a text runs stays on its machine.
    pub fn stays(&mut self, text: &str) -> bool {
        let text = without_expressions(text).replace("\\\n", " ");
        text.lines().all(|line| self.line_stays(line.trim()))
    }

    fn line_stays(&mut self, line: &str) -> bool {
        let option = line.strip_prefix("set ").map(str::trim_start);
        if line.is_empty()
            || line.starts_with('#')
            || option.is_some_and(|rest| rest.starts_with('-') && !rest.contains(['&', ';', '|']))
        {
            return true;
        }
        let Some(reader) = &mut self.reader else {
            return false;
        };
        let steps = reader.read(line, None);
        !steps.is_empty()
            && steps.iter().all(|step| match &step.step.shape {
                Shape::Pipeline(commands) => commands.iter().all(command_stays),
                Shape::Script(_) => false,
            })
    }
}

fn command_stays(command: &Simple) -> bool {
    let mut words = command.words.iter().map(|word| match word.0.as_slice() {
        [Piece::Text(text)] => Some(text.as_str()),
        _ => None,
    });
    let runs_another = command.words.iter().any(|word| {
        word.0
            .iter()
            .any(|piece| matches!(piece, Piece::Code(code) if code.contains("$(") || code.contains('`') || code.contains("<(")))
    });
    let Some(Some(program)) = words.next() else {
        return false;
    };
    if runs_another {
        return false;
    }
    // What `find -exec` and `env` run is another program.
    let asks_another = match program {
        "env" => command.words.len() > 1,
        "find" => command.words.iter().any(|word| matches!(word.0.as_slice(), [Piece::Text(text)] if text.starts_with("-exec") || text.starts_with("-ok"))),
        _ => false,
    };
    if asks_another {
        return false;
    }
    if PROGRAMS.contains(&program) {
        return true;
    }
    let told = words
        .flatten()
        .find(|word| !word.starts_with('-') && !word.starts_with('+'));
    SUBCOMMANDS
        .iter()
        .any(|(name, known)| *name == program && told.is_some_and(|told| known.contains(&told)))
}

/// A text with a word in place of each `${{ … }}`, which no shell ever sees.
pub(super) fn without_expressions(text: &str) -> String {
    replaced(text, |_| None, "x")
}

/// A text with each `${{ … }}` replaced: by what the function makes of what is inside, and otherwise by `or`.
pub(super) fn replaced(text: &str, of: impl Fn(&str) -> Option<String>, or: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${{") {
        made.push_str(before);
        match behind.split_once("}}") {
            Some((inside, after)) => {
                match of(inside.trim()) {
                    Some(value) => made.push_str(&value),
                    None => made.push_str(or),
                }
                rest = after;
            }
            None => {
                made.push_str(or);
                rest = "";
            }
        }
    }
    made.push_str(rest);
    made
}
