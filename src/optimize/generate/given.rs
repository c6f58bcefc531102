//! What a caller says to an automation, and how it is run with that.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::dash::fault;
use super::just::ordered;
use super::written::{Argument, Language};

/// What a caller says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// A value for each parameter, in their order; none where nothing was said and its default holds.
    pub values: Vec<Option<OsString>>,
    /// Whether the steps are only printed.
    pub dry_run: bool,
    /// Whether files are written over.
    pub force: bool,
    /// Whether only what can be said is asked for.
    pub help: bool,
}

/// Why words are not the arguments of an automation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongArgument {
    /// No option is called so.
    #[error("there is no option `{}`{}", word.to_string_lossy(), known(.options))]
    Unknown {
        /// What was said.
        word: OsString,
        /// What there is.
        options: Vec<String>,
    },
    /// It is no option at all.
    #[error("nothing takes the word `{}`; values are said as --name VALUE", .0.to_string_lossy())]
    Word(OsString),
    /// The value is missing.
    #[error("--{0} needs a value")]
    NoValue(String),
    /// It must be said.
    #[error("--{0} must be said: it was something else each time")]
    Missing(String),
    /// The command would take it for something else.
    #[error("--{name}: {fault}")]
    Refused {
        /// The option.
        name: String,
        /// What is wrong with the value.
        fault: &'static str,
    },
    /// No program can be given one.
    #[error("--{0} has a NUL, which no command can be given")]
    Nul(String),
}

fn known(options: &[String]) -> String {
    if options.is_empty() {
        return "; it takes none but --dry-run".to_owned();
    }
    let options: Vec<String> = options.iter().map(|it| format!("--{it}")).collect();
    format!("; it takes {}", options.join(", "))
}

/// Reads what a caller says, as the scripts themselves do: `--name VALUE`, `--name=VALUE`, `--dry-run`, `--force`,
/// `--help`, and nothing behind `--`. What must be said and what a value must not be is checked here too, so that nothing is
/// started in vain.
pub fn arguments(parameters: &[Argument], given: &[OsString]) -> Result<Given, WrongArgument> {
    let mut found = Given {
        values: vec![None; parameters.len()],
        ..Given::default()
    };
    let mut words = given.iter();
    while let Some(word) = words.next() {
        let Some(option) = word.as_bytes().strip_prefix(b"--") else {
            match word.as_bytes() {
                b"-h" => found.help = true,
                _ => return Err(WrongArgument::Word(word.clone())),
            }
            continue;
        };
        match option {
            b"" => {
                if let Some(word) = words.next() {
                    return Err(WrongArgument::Word(word.clone()));
                }
                break;
            }
            b"dry-run" => found.dry_run = true,
            b"force" => found.force = true,
            b"help" => found.help = true,
            _ => {
                let at = option.iter().position(|c| *c == b'=');
                let (name, joined) = match at {
                    Some(at) => (option.get(..at), option.get(at + 1..)),
                    None => (Some(option), None),
                };
                let slot = parameters
                    .iter()
                    .position(|it| Some(it.name.as_bytes()) == name)
                    .ok_or_else(|| WrongArgument::Unknown {
                        word: word.clone(),
                        options: parameters.iter().map(|it| it.name.clone()).collect(),
                    })?;
                let value = match joined {
                    Some(value) => OsString::from_vec(value.to_vec()),
                    None => words.next().cloned().ok_or_else(|| {
                        let name = parameters.get(slot).map(|it| it.name.clone());
                        WrongArgument::NoValue(name.unwrap_or_default())
                    })?,
                };
                if let Some(place) = found.values.get_mut(slot) {
                    *place = Some(value);
                }
            }
        }
    }
    if !found.help {
        check(parameters, &found)?;
    }
    Ok(found)
}

fn check(parameters: &[Argument], given: &Given) -> Result<(), WrongArgument> {
    for (parameter, value) in parameters.iter().zip(&given.values) {
        let name = || parameter.name.clone();
        match value {
            None if parameter.default.is_none() => return Err(WrongArgument::Missing(name())),
            None => {}
            Some(value) if value.as_bytes().contains(&0) => return Err(WrongArgument::Nul(name())),
            Some(value) => {
                if let Some(fault) = fault(&parameter.guards, parameter.kind, value.as_bytes()) {
                    let name = name();
                    return Err(WrongArgument::Refused { name, fault });
                }
            }
        }
    }
    Ok(())
}

/// How a file with an automation's text is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The program and its arguments.
    pub argv: Vec<OsString>,
    /// Variables that are added to its environment.
    pub env: Vec<(String, OsString)>,
}

/// How the file of an automation is run with what was given; none if nothing here can run it: AppleScript elsewhere than on
/// macOS is for the caller to know.
///
/// Scripts are run by their interpreter, not by their mode, for a data folder may be mounted without the right to execute.
pub fn invocation(
    language: Language,
    name: &str,
    file: &Path,
    parameters: &[Argument],
    given: &Given,
) -> Invocation {
    let mut argv: Vec<OsString> = Vec::new();
    let mut env = Vec::new();
    let values = || parameters.iter().zip(&given.values);
    let mut words = |texts: &[&str]| argv.extend(texts.iter().map(OsString::from));
    match language {
        Language::Make => {
            words(&["make", "--no-print-directory"]);
            if given.dry_run {
                words(&["--dry-run"]);
            }
            words(&["-f"]);
            argv.push(file.into());
            argv.push(name.into());
            for (parameter, value) in values() {
                if let Some(value) = value {
                    env.push((parameter.variable.clone(), value.clone()));
                }
            }
        }
        Language::Just => {
            words(&["just"]);
            if given.dry_run {
                words(&["--dry-run"]);
            }
            words(&["--working-directory", ".", "--justfile"]);
            argv.push(file.into());
            argv.push("--".into());
            argv.push(name.into());
            // Positions: all are said, or a value would take the place of one that was not.
            for wanted in ordered(parameters) {
                let said = values()
                    .find(|(parameter, _)| parameter.name == wanted.name)
                    .and_then(|(_, value)| value.clone());
                let default = || wanted.default.clone().unwrap_or_default().into();
                argv.push(said.unwrap_or_else(default));
            }
        }
        Language::Sh | Language::Jq | Language::Bash | Language::Python | Language::AppleScript => {
            words(&[match language {
                Language::Bash => "bash",
                Language::Python => "python3",
                Language::AppleScript => "osascript",
                _ => "sh",
            }]);
            argv.push(file.into());
            for (parameter, value) in values() {
                if let Some(value) = value {
                    let mut word = OsString::from(format!("--{}=", parameter.name));
                    word.push(value);
                    argv.push(word);
                }
            }
            for (said, option) in [
                (given.dry_run, "--dry-run"),
                (given.force, "--force"),
                (given.help, "--help"),
            ] {
                if said {
                    argv.push(OsStr::new(option).into());
                }
            }
        }
    }
    if given.force && matches!(language, Language::Make | Language::Just) {
        env.push(("FORCE".to_owned(), "yes".into()));
    }
    Invocation { argv, env }
}
