//! Commands of somebody who looks around. They stand between the steps of a piece of work and are none of it.

use std::sync::OnceLock;

use super::super::parse::Command;
use super::Judged;
use super::rule::{Rule, Rules};

const NOISE: &[Rule] = &[
    // The specification's: where am I, and what is here.
    ("ls", &[]),
    ("cd", &[]),
    ("pwd", &[]),
    ("clear", &[]),
    ("history", &[]),
    // Their relatives, and what people call them.
    ("l", &[]),
    ("ll", &[]),
    ("la", &[]),
    ("lsd", &[]),
    ("eza", &[]),
    ("exa", &[]),
    ("dir", &[]),
    ("tree", &["!-o"]),
    ("pushd", &[]),
    ("popd", &[]),
    ("dirs", &[]),
    ("z", &[]),
    ("zi", &[]),
    ("j", &[]),
    ("reset", &[]),
    ("cls", &[]),
    // The shell itself: a new process would know nothing of it.
    ("exit", &[]),
    ("logout", &[]),
    ("fg", &[]),
    ("bg", &[]),
    ("jobs", &[]),
    ("disown", &[]),
    ("wait", &[]),
    ("alias", &[]),
    ("unalias", &[]),
    ("set", &[]),
    ("unset", &[]),
    ("shopt", &[]),
    ("setopt", &[]),
    ("unsetopt", &[]),
    ("umask", &[]),
    ("ulimit", &[]),
    ("export", &[]),
    ("source", &[]),
    (".", &[]),
    ("hash", &[]),
    ("rehash", &[]),
    ("bindkey", &[]),
    ("trap", &[]),
    ("fc", &[]),
    ("true", &[]),
    ("false", &[]),
    (":", &[]),
    // Questions about programs and the machine.
    ("man", &[]),
    ("info", &[]),
    ("tldr", &[]),
    ("help", &[]),
    ("which", &[]),
    ("type", &[]),
    ("whereis", &[]),
    ("whence", &[]),
    ("command", &["-v", "-V"]),
    ("whoami", &[]),
    ("id", &[]),
    ("hostname", &["0"]),
    ("uname", &[]),
    ("uptime", &[]),
    ("date", &["!-s", "!--set"]),
    ("cal", &[]),
    ("w", &[]),
    ("who", &[]),
    ("df", &[]),
    ("free", &[]),
    ("top", &[]),
    ("htop", &[]),
    ("btop", &[]),
    ("env", &["0"]),
    ("printenv", &[]),
    ("tty", &[]),
    ("stty", &[]),
    ("neofetch", &[]),
    // Text that goes nowhere, and one file that is looked at.
    ("echo", &[]),
    ("printf", &[]),
    ("sleep", &[]),
    ("cat", &["1"]),
    ("bat", &["1"]),
    ("less", &["1"]),
    ("more", &["1"]),
    ("head", &["1"]),
    ("tail", &["1"]),
    ("file", &[]),
    ("stat", &[]),
    ("wc", &["1"]),
    ("realpath", &[]),
    ("readlink", &[]),
    ("basename", &[]),
    ("dirname", &[]),
];

/// What the words of somebody who looks around go through.
const FILTERS: &[&str] = &[
    "grep", "rg", "ag", "head", "tail", "less", "more", "wc", "sort", "uniq", "cat", "bat", "cut",
    "tr", "column", "awk", "sed", "jq", "nl", "fzf",
];

pub(super) fn is(stages: &[Judged<'_>]) -> bool {
    let Some((first, filters)) = stages.split_first() else {
        return false;
    };
    let writes = stages
        .iter()
        .flat_map(|stage| stage.redirects)
        .any(|redirect| redirect.operator.contains('>') && !to_nowhere(redirect));
    let filtered = filters.iter().all(|stage| {
        stage.commands.first().is_some_and(|command| {
            FILTERS.contains(&program(command))
                && !command
                    .flags
                    .iter()
                    .any(|flag| flag == "-i" && program(command) == "sed")
        })
    });
    // What is printed for another program is work.
    let printed = !filters.is_empty()
        && first
            .commands
            .first()
            .is_some_and(|command| matches!(program(command), "echo" | "printf" | "cat"));
    !writes
        && filtered
        && !printed
        && first.commands.len() == 1
        && first.commands.first().is_some_and(looks)
}

fn looks(command: &Command) -> bool {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let asks = command
        .flags
        .iter()
        .any(|flag| matches!(flag.as_str(), "--help" | "--version" | "-help" | "-version"));
    asks || RULES.get_or_init(|| Rules::of(&[NOISE])).hold(command)
}

fn program(command: &Command) -> &str {
    command.path.split(' ').next().unwrap_or_default()
}

fn to_nowhere(redirect: &crate::optimize::recipe::Redirect) -> bool {
    use crate::optimize::recipe::Piece;
    match redirect.target.0.as_slice() {
        [Piece::Text(text)] => text == "/dev/null" || text.chars().all(|c| c.is_ascii_digit()),
        _ => false,
    }
}
