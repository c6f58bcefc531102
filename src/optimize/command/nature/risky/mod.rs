//! Commands that destroy something, or send it out where it cannot be taken back.

mod tables;

use std::sync::OnceLock;

use crate::optimize::recipe::{Piece, Redirect};

use super::super::parse::Command;
use super::super::usage;
use super::Judged;
use super::rule::Rules;
use tables::{CONTAINERS, DATABASES, FILES, GIT, NETWORK, PACKAGES, SYSTEM};

/// Clients of databases, which run what they are given.
const CLIENTS: &[&str] = &[
    "psql",
    "mysql",
    "sqlite3",
    "sqlcmd",
    "duckdb",
    "clickhouse-client",
    "mongosh",
    "cqlsh",
    "bq",
];

/// Statements that destroy; in any case.
const STATEMENTS: &[&str] = &[
    "drop ",
    "truncate ",
    "delete from",
    "dropdatabase",
    "flushall",
];

/// Words of subcommands and of the names of scripts and targets that say that something goes out or away.
const WORDS: &[&str] = &[
    "deploy",
    "deploys",
    "deployment",
    "undeploy",
    "redeploy",
    "publish",
    "unpublish",
    "destroy",
    "purge",
    "wipe",
    "nuke",
    "teardown",
    "rollback",
];

/// Commands of clouds that change nothing, by how their last subcommand begins.
const CLOUDS: &[&str] = &["aws", "gcloud", "az"];
const CHANGES: &[&str] = &[
    "delete",
    "create",
    "put",
    "update",
    "terminate",
    "run",
    "start",
    "stop",
    "reboot",
    "remove",
    "rm",
    "cp",
    "mv",
    "sync",
    "deploy",
    "set",
    "modify",
    "detach",
    "attach",
    "disable",
    "enable",
    "add",
    "mb",
    "rb",
    "invoke",
    "send",
    "publish",
];

/// Programs that run the text of an argument.
const RUN_TEXT: &[&str] = &[
    "sh",
    "eval",
    "ssh",
    "su",
    "watch",
    "xargs",
    "parallel",
    "nix-shell",
    "hyperfine",
    "script",
    "tmux",
    "entr",
    "watchexec",
    "nodemon",
    "concurrently",
    "adb",
    "vagrant",
    "expect",
    "npx",
];

/// Programs that run what they read.
const RUN_INPUT: &[&str] = &["sh", "ssh", "at", "batch"];

pub(super) fn is(command: &Command) -> bool {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules = RULES
        .get_or_init(|| Rules::of(&[FILES, GIT, PACKAGES, CONTAINERS, NETWORK, SYSTEM, DATABASES]));
    let tries = command
        .flags
        .iter()
        .any(|flag| matches!(flag.as_str(), "--help" | "--version" | "-help"));
    !tries
        && (rules.hold(command)
            || formats(command)
            || says_so(command)
            || changes_cloud(command)
            || destroys_data(command))
}

/// `mkfs.ext4` and its kin.
fn formats(command: &Command) -> bool {
    command.path.starts_with("mkfs.")
}

/// A subcommand, a script or a target with such a name, as in `make deploy` and `./scripts/publish.sh`.
fn says_so(command: &Command) -> bool {
    let dry = command
        .flags
        .iter()
        .any(|flag| matches!(flag.as_str(), "--dry-run" | "-n" | "--check"));
    let known = usage::of(program(command)).is_some();
    let said = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
    };
    !dry && (said(&command.path)
        || !known
            && command
                .arguments
                .iter()
                .any(|argument| WORDS.contains(&argument.as_str())))
}

fn changes_cloud(command: &Command) -> bool {
    let mut words = command.path.split(' ');
    words
        .next()
        .is_some_and(|program| CLOUDS.contains(&program))
        && words
            .chain(command.arguments.iter().map(String::as_str))
            .any(|word| {
                CHANGES.iter().any(|verb| {
                    word.strip_prefix(verb)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
                })
            })
}

fn destroys_data(command: &Command) -> bool {
    is_client(command) && command.arguments.iter().any(|argument| destroys(argument))
}

fn is_client(command: &Command) -> bool {
    CLIENTS.contains(&program(command))
}

fn destroys(text: &str) -> bool {
    let text = text.to_lowercase();
    STATEMENTS.iter().any(|statement| text.contains(statement))
}

/// A statement that is printed into a client.
pub(super) fn feeds_database(stages: &[Judged<'_>]) -> bool {
    let mut commands = stages.iter().flat_map(|stage| stage.commands);
    let fed = stages
        .iter()
        .flat_map(|stage| stage.commands)
        .any(is_client);
    let given = stages
        .iter()
        .flat_map(|stage| stage.given)
        .any(|text| destroys(text));
    fed && (given
        || commands.any(|command| command.arguments.iter().any(|argument| destroys(argument))))
}

/// A deletion by a program that chooses what: one file less is a matter of course, all that match are not.
pub(super) fn in_bulk(outer: &Command, inner: &Command) -> bool {
    matches!(program(outer), "xargs" | "find" | "fd" | "parallel")
        && matches!(program(inner), "rm" | "rmdir" | "unlink")
}

pub(super) fn runs_text(command: &Command) -> bool {
    RUN_TEXT.contains(&program(command))
}

/// A shell that is fed, and was given no script of its own.
pub(super) fn runs_input(command: &Command) -> bool {
    RUN_INPUT.contains(&program(command))
        && (program(command) != "sh"
            || command.path == "sh" && !command.flags.iter().any(|flag| flag == "-c"))
}

/// Writing over a disk.
pub(super) fn overwrites_device(redirect: &Redirect) -> bool {
    const DISKS: &[&str] = &[
        "sd", "nvme", "hd", "vd", "xvd", "mmcblk", "disk", "rdisk", "mapper", "md", "dm-", "loop",
    ];
    redirect.operator.contains('>')
        && matches!(redirect.target.0.as_slice(), [Piece::Text(text)] if text
            .strip_prefix("/dev/")
            .is_some_and(|device| DISKS.iter().any(|disk| device.starts_with(disk))))
}

fn program(command: &Command) -> &str {
    command.path.split(' ').next().unwrap_or_default()
}
