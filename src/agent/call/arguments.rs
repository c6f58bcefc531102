//! The program and its arguments.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::agent::failure::{Failure, Reason};
use crate::config::user::Agent;
use crate::system::{env, resolve, tilde};

/// The value of a variable, as the program would see it.
pub fn variable<'a>(environment: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let mut all = environment.iter().rev();
    let found = all.find(|(known, _)| known.as_os_str() == name);
    found.map(|(_, value)| value.as_os_str())
}

/// Where the program is, along the search path of the environment.
pub fn program(settings: &Agent, environment: &[(OsString, OsString)]) -> Result<PathBuf, Failure> {
    let Some(name) = settings.command.first() else {
        let message = "`agent.command` is empty";
        return Err(Failure::new(Reason::Settings, message));
    };
    let home = variable(environment, env::HOME).map(Path::new);
    let name = tilde::below(name, home);
    let path = variable(environment, env::PATH).unwrap_or_default();
    let folders = resolve::folders(&[], path);
    resolve::resolve(
        name.as_os_str(),
        home.unwrap_or(Path::new("/")),
        &folders,
        resolve::look,
    )
    .map_err(|unresolved| Failure::new(Reason::MissingProgram, &format!("failed to {unresolved}")))
}

/// The arguments: the rest of the command, then the user's or pi's own.
pub fn arguments(settings: &Agent, skills: &[PathBuf], system_prompt: &Path) -> Vec<OsString> {
    let mut all: Vec<OsString> = settings.command.iter().skip(1).map(Into::into).collect();
    if let Some(own) = &settings.arguments {
        let fill = |argument: &String| filled(argument, settings, system_prompt);
        all.extend(own.iter().map(fill));
    } else {
        all.extend(of_pi(settings, skills, system_prompt));
    }
    all
}

/// A name in braces, and what it stands for. What is filled in is not looked at again.
fn filled(argument: &str, settings: &Agent, system_prompt: &Path) -> OsString {
    let names: [(&str, &OsStr); 3] = [
        ("{provider}", settings.provider.as_ref()),
        ("{model}", settings.model.as_ref()),
        ("{system_prompt}", system_prompt.as_os_str()),
    ];
    let mut out = OsString::new();
    let mut rest = argument;
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at);
        out.push(before);
        let known = names.iter().find(|(name, _)| after.starts_with(name));
        rest = match known {
            Some((name, value)) => {
                out.push(value);
                after.get(name.len()..).unwrap_or_default()
            }
            None => {
                out.push("{");
                after.get(1..).unwrap_or_default()
            }
        };
    }
    out.push(rest);
    out
}

/// What pi 0.73.1 is called with: no tools, no extensions, nothing from the folder it is in, and nothing kept.
fn of_pi(settings: &Agent, skills: &[PathBuf], system_prompt: &Path) -> Vec<OsString> {
    let mut all: Vec<OsString> = vec![
        "--provider".into(),
        settings.provider.as_str().into(),
        "--model".into(),
        settings.model.as_str().into(),
        "--system-prompt".into(),
        system_prompt.into(),
        "--no-session".into(),
        "--no-skills".into(),
    ];
    for skill in skills {
        all.push("--skill".into());
        all.push(skill.into());
    }
    let rest = [
        "--no-extensions",
        "--no-context-files",
        "--no-prompt-templates",
        "--no-tools",
        "--offline",
        "--mode",
        "json",
        "-p",
    ];
    all.extend(rest.map(OsString::from));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(settings: &Agent, skills: &[PathBuf]) -> String {
        let all = arguments(settings, skills, Path::new("/p"));
        let all: Vec<&str> = all.iter().filter_map(|word| word.to_str()).collect();
        all.join(" ")
    }

    #[test]
    fn pi_is_called_as_it_wants_to_be() {
        let settings = Agent {
            command: vec!["npx".into(), "pi".into()],
            ..Agent::default()
        };
        assert_eq!(
            words(&settings, &["/s/a".into(), "/s/b".into()]),
            "pi --provider zai --model glm-4.7 --system-prompt /p --no-session --no-skills --skill /s/a --skill /s/b --no-extensions --no-context-files --no-prompt-templates --no-tools --offline --mode json -p"
        );
    }

    #[test]
    fn names_in_braces_are_filled_in_once() {
        let settings = Agent {
            arguments: Some(vec![
                "{model}@{provider}".into(),
                "--file={system_prompt}".into(),
                "{other}{".into(),
            ]),
            provider: "{model}".into(),
            ..Agent::default()
        };
        assert_eq!(words(&settings, &[]), "glm-4.7@{model} --file=/p {other}{");
    }

    #[test]
    fn the_program_is_looked_for_along_the_path_of_the_environment() {
        let environment = [("PATH".into(), "/no/such:/bin".into())];
        let with = |command: &[&str]| Agent {
            command: command.iter().map(|word| (*word).to_owned()).collect(),
            ..Agent::default()
        };
        assert_eq!(program(&with(&["sh"]), &environment), Ok("/bin/sh".into()));
        let reason = |settings: &Agent, environment: &[_]| {
            program(settings, environment).map_err(|failure| failure.reason)
        };
        let missing = Err(Reason::MissingProgram);
        assert_eq!(reason(&with(&["sh"]), &[]), missing);
        assert_eq!(reason(&with(&["no-such-agent"]), &environment), missing);
        assert_eq!(reason(&with(&["/etc/passwd"]), &environment), missing);
        assert_eq!(reason(&with(&[]), &environment), Err(Reason::Settings));
    }
}
