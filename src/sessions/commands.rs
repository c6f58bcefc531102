//! The commands that a session ran: what was asked of a shell, where, when, and how it ended.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde_json::Value;

use super::figures::shell_command;
use super::model::{Event, Kind, ToolCall, ToolResult};

/// So many calls may wait for their answers; the oldest are told without.
const WAITING: usize = 64;
/// An exit code is looked for in so many lines at the beginning of an answer, and at its end.
const LINES: usize = 5;

/// A command that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// As it was handed to the shell.
    pub command: String,
    /// The folder that was asked for, as it stands there; the session's own if there is none.
    pub folder: Option<String>,
    /// When it was asked for.
    pub at: Option<Timestamp>,
    /// When it was answered: the time until then may have been a person's, who had to allow it.
    pub answered_at: Option<Timestamp>,
    /// What it exited with; 1 if it failed and the answer does not tell, none if it was not answered.
    pub exit: Option<i32>,
    /// Whether a person typed it, within the agent.
    pub by_user: bool,
}

/// What a call asks of a shell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    /// The command.
    pub command: String,
    /// The folder that is asked for, as it stands there.
    pub folder: Option<&'a str>,
}

/// What a call asks of a shell, if it does.
pub(super) fn asked(call: &ToolCall) -> Option<Asked<'_>> {
    let command = shell_command(&call.tool, &call.arguments)?;
    let folder = ["workdir", "cwd"]
        .iter()
        .find_map(|name| call.arguments.get(*name).and_then(Value::as_str));
    Some(Asked { command, folder })
}

/// Calls that have no answer yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    waiting: VecDeque<(String, Ran)>,
}

impl Commands {
    /// Takes the session's next event in, and gives the commands that are over.
    pub fn next(&mut self, event: &Event) -> Vec<Ran> {
        let mut over = Vec::new();
        match &event.kind {
            Kind::Assistant(answer) => {
                for call in &answer.calls {
                    let Some(Asked { command, folder }) = asked(call) else {
                        continue;
                    };
                    if self.waiting.len() >= WAITING {
                        over.extend(self.waiting.pop_front().map(|(_, ran)| ran));
                    }
                    let ran = Ran {
                        command,
                        folder: folder.map(str::to_owned),
                        at: event.at,
                        answered_at: None,
                        exit: None,
                        by_user: false,
                    };
                    self.waiting.push_back((call.id.clone(), ran));
                }
            }
            Kind::ToolResult(result) => {
                let place = self.waiting.iter().position(|(id, _)| *id == result.call);
                if let Some((_, mut ran)) = place.and_then(|place| self.waiting.remove(place)) {
                    ran.answered_at = event.at;
                    ran.exit = Some(exit(result));
                    over.push(ran);
                }
            }
            Kind::Shell {
                command, exit_code, ..
            } => over.push(Ran {
                command: command.clone(),
                folder: None,
                at: event.at,
                answered_at: None,
                exit: exit_code.and_then(|code| i32::try_from(code).ok()),
                by_user: true,
            }),
            _ => {}
        }
        over
    }

    /// What was never answered.
    pub fn rest(self) -> impl Iterator<Item = Ran> {
        self.waiting.into_iter().map(|(_, ran)| ran)
    }
}

/// What a shell exited with: agents say it in words of their own, and say nothing of success.
fn exit(result: &ToolResult) -> i32 {
    if !result.is_error {
        return 0;
    }
    let first = result.text.lines().take(LINES);
    let last = result.text.lines().rev().take(LINES);
    first.chain(last).find_map(code).unwrap_or(1)
}

/// `Exit code 2` (Claude Code), `Command exited with code 2` (pi), `Exit code: 2`, `Process exited with code 2` (Codex).
fn code(line: &str) -> Option<i32> {
    let words = [
        "Exit code: ",
        "Exit code ",
        "Command exited with code ",
        "Process exited with code ",
    ];
    let line = line.trim();
    let rest = words.iter().find_map(|words| line.strip_prefix(words))?;
    let code = rest.parse().ok()?;
    (code != 0).then_some(code)
}

/// A path from a folder, without `.` and `..`; none if it is relative to nowhere.
pub fn within(here: Option<&str>, path: &str) -> Option<String> {
    let from = if path.starts_with('/') { "" } else { here? };
    let mut parts: Vec<&str> = Vec::new();
    for part in from.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::testing::{calls, event, result, to};
    use serde_json::json;

    #[test]
    fn commands_are_told_when_they_are_answered_and_at_the_end_when_they_are_not() {
        let mut commands = Commands::default();
        let two = calls(&[
            ("1", "Bash", json!({"command": "make"})),
            (
                "2",
                "shell",
                json!({"command": ["sh", "-c", "ls"], "workdir": "sub"}),
            ),
            ("3", "Read", json!({"path": "x"})),
        ]);
        assert_eq!(commands.next(&event("a", to("r"), 0, two)), []);
        let failed = Kind::ToolResult(Box::new(ToolResult {
            call: "1".to_owned(),
            tool: None,
            text: "Exit code 2\nno rule".to_owned(),
            is_error: true,
        }));
        let over = commands.next(&event("b", to("a"), 7, failed));
        assert_eq!(over.len(), 1);
        assert_eq!((over[0].command.as_str(), over[0].exit), ("make", Some(2)));
        let took = over[0]
            .answered_at
            .zip(over[0].at)
            .map(|(end, begin)| (end - begin).get_seconds());
        assert_eq!(took, Some(7));
        let _ = commands.next(&event(
            "c",
            to("b"),
            8,
            result("9", "Bash", "of nothing", false),
        ));
        let rest: Vec<Ran> = commands.rest().collect();
        assert_eq!(rest.len(), 1);
        assert_eq!(
            (
                rest[0].command.as_str(),
                rest[0].folder.as_deref(),
                rest[0].exit
            ),
            ("ls", Some("sub"), None)
        );
    }

    #[test]
    fn each_agent_tells_of_failure_in_its_own_words() {
        for (text, expected) in [
            ("Exit code 127\nx", 127),
            ("out\n\nCommand exited with code 3", 3),
            ("Chunk ID: 1\nProcess exited with code 4\nOutput:\nx", 4),
            ("Exit code: 5\nx", 5),
            ("Exit code 0", 1),
            ("no", 1),
        ] {
            let result = ToolResult {
                text: text.to_owned(),
                is_error: true,
                ..ToolResult::default()
            };
            assert_eq!(exit(&result), expected, "{text}");
        }
        assert_eq!(
            exit(&ToolResult {
                text: "Exit code 3".to_owned(),
                ..ToolResult::default()
            }),
            0
        );
    }

    #[test]
    fn relative_to_nowhere_is_nowhere() {
        assert_eq!(within(Some("/a"), "../../b/./c"), Some("/b/c".to_owned()));
        assert_eq!(within(None, "b"), None);
    }
}
