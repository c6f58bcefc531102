//! What stands before a command and does not make another one of it.

use super::parse::Arg;

/// What was before a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    /// Words that are left out altogether: they tell the shell how to find or to time the program.
    pub dropped: usize,
    /// Words, the dropped ones included, before the one that names the program.
    pub length: usize,
}

/// Words that only mean something to the shell in which they were typed.
const SHELL_WORDS: &[&str] = &["command", "builtin", "exec", "time", "noglob", "nocorrect"];

/// Flags of `sudo` and `doas` that take a value.
const SUDO_VALUES: &[&str] = &[
    "-u", "-g", "-p", "-C", "-h", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group",
    "--prompt", "--host", "--chdir", "--chroot",
];

/// Finds where a command begins. What is nothing but a prefix, such as `sudo -i` or `env`, is a command itself.
pub(super) fn of(args: &[Arg]) -> Prefix {
    let mut at = 0;
    let mut dropped = 0;
    while let Some(text) = text(args, at) {
        let next = match text {
            // `command -v x` asks, and `exec` with flags renames.
            _ if SHELL_WORDS.contains(&text) && at == dropped => {
                let mut next = at + 1;
                if text == "time" && self::text(args, next) == Some("-p") {
                    next += 1;
                }
                if !is_program(args, next) {
                    break;
                }
                dropped = next;
                next
            }
            "sudo" | "doas" => after_flags(args, at + 1, SUDO_VALUES),
            "env" => after_flags(args, at + 1, &["-u", "--unset", "-C", "--chdir"]),
            "nohup" => at + 1,
            _ => break,
        };
        if !is_program(args, next) {
            break;
        }
        at = next;
    }
    Prefix {
        dropped,
        length: at,
    }
}

fn text(args: &[Arg], at: usize) -> Option<&str> {
    args.get(at)?.text.as_deref()
}

fn is_program(args: &[Arg], at: usize) -> bool {
    args.get(at).is_some_and(|arg| {
        !arg.text
            .as_deref()
            .is_some_and(|text| text.is_empty() || text.starts_with('-'))
    })
}

/// The first word that is neither a flag, nor its value, nor a variable.
fn after_flags(args: &[Arg], mut at: usize, values: &[&str]) -> usize {
    while let Some(arg) = args.get(at) {
        let Some(text) = arg.text.as_deref() else {
            // A variable of which the shell makes the value; anything else may be the program.
            if matches!(
                arg.word.0.as_slice(),
                [crate::optimize::recipe::Piece::Text(_), ..]
            ) {
                at += 1;
                continue;
            }
            break;
        };
        if text == "--" {
            return at + 1;
        }
        if values.contains(&text) {
            at += 2;
        } else if is_flag(text) || is_variable(text) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// A shell for somebody else, or a string to split, is the command itself.
fn is_flag(text: &str) -> bool {
    text.starts_with('-')
        && !matches!(
            text,
            "-i" | "-s" | "-S" | "--login" | "--shell" | "--split-string" | "-l" | "-v" | "-e"
        )
}

fn is_variable(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
