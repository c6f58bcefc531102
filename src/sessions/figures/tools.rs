//! What the tools of each agent are asked to do, by their names and arguments.
//!
//! Sources: pi's built-in tools (`read`, `bash`, `edit`, `write`, `grep`, `find`, `ls`), those of Claude Code (`Read`, `Bash`,
//! `Edit`, `MultiEdit`, `Write`, `NotebookEdit`, `LS`, …) and of Codex (`shell`, `exec_command`, `apply_patch`, `view_image`).

use serde_json::Value;

use super::patch;

/// What a tool does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Reads a file.
    Reads(String),
    /// Writes, changes or deletes a file.
    Changes(String),
    /// Lists a folder.
    Lists(String),
    /// Runs a command in a shell.
    Runs(String),
}

/// What a call does, as far as its arguments tell.
pub(super) fn acts(tool: &str, arguments: &Value) -> Vec<Act> {
    let path = || {
        ["file_path", "path", "notebook_path", "file", "filename"]
            .iter()
            .find_map(|name| arguments.get(*name)?.as_str())
            .map(str::to_owned)
    };
    match tool.to_ascii_lowercase().as_str() {
        "read" | "view" | "view_image" | "read_file" | "notebookread" => {
            path().map(Act::Reads).into_iter().collect()
        }
        "edit" | "write" | "multiedit" | "notebookedit" | "write_file" | "edit_file"
        | "str_replace_editor" => path().map(Act::Changes).into_iter().collect(),
        "ls" | "list_dir" => vec![Act::Lists(path().unwrap_or_else(|| ".".to_owned()))],
        "apply_patch" => texts(arguments).flat_map(changes).collect(),
        tool if is_shell(tool) => {
            command(arguments).map_or_else(Vec::new, |command| runs(&command))
        }
        _ => Vec::new(),
    }
}

/// Whether a tool, in lower case, is a shell.
fn is_shell(tool: &str) -> bool {
    [
        "bash",
        "shell",
        "exec_command",
        "local_shell",
        "shell_command",
        "container.exec",
        "unified_exec",
    ]
    .contains(&tool)
}

/// The command that a call runs in a shell, if it does that.
pub(in crate::sessions) fn shell_command(tool: &str, arguments: &Value) -> Option<String> {
    let is_shell = is_shell(&tool.to_ascii_lowercase());
    is_shell.then(|| command(arguments)).flatten()
}

/// The strings that an argument is, or has as its members.
fn texts(arguments: &Value) -> impl Iterator<Item = &str> {
    let own = arguments.as_str();
    let members = arguments
        .as_object()
        .into_iter()
        .flat_map(|members| members.values());
    own.into_iter().chain(members.filter_map(Value::as_str))
}

fn changes(text: &str) -> Vec<Act> {
    patch::files(text)
        .map(|file| Act::Changes(file.to_owned()))
        .collect()
}

/// The command of a shell: a text, or words, of which the last is the text if the first are a shell and its option.
fn command(arguments: &Value) -> Option<String> {
    if let Some(command) = arguments.as_str() {
        return Some(command.to_owned());
    }
    let command = ["command", "cmd"]
        .iter()
        .find_map(|name| arguments.get(*name))?;
    if let Some(command) = command.as_str() {
        return Some(command.to_owned());
    }
    let words: Vec<&str> = command
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    match words.as_slice() {
        [_, option, script] if option.starts_with('-') && option.ends_with('c') => {
            Some((*script).to_owned())
        }
        words => Some(words.join(" ")),
    }
}

fn runs(command: &str) -> Vec<Act> {
    let mut acts = Vec::new();
    if command.contains(patch::BEGIN) {
        acts.extend(changes(command));
    }
    acts.extend(listed(command).map(Act::Lists));
    acts.push(Act::Runs(command.to_owned()));
    acts
}

/// The folder that a command lists, if it does no more than that.
fn listed(command: &str) -> Option<String> {
    let mut words = command.lines().next()?.split_whitespace();
    if words.next()? != "ls" {
        return None;
    }
    let folder = words.find(|word| !word.starts_with('-')).unwrap_or(".");
    Some(folder.trim_matches(['"', '\'', ';']).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_agents_tools_are_known() {
        let patch = "*** Begin Patch\n*** Update File: a.rs\n*** End Patch";
        let reads = |path: &str| Act::Reads(path.to_owned());
        let changes = |path: &str| Act::Changes(path.to_owned());
        let lists = |path: &str| Act::Lists(path.to_owned());
        let run = |command: &str| Act::Runs(command.to_owned());
        for (tool, arguments, expected) in [
            ("read", json!({"path": "a"}), vec![reads("a")]),
            ("Read", json!({"file_path": "/a"}), vec![reads("/a")]),
            (
                "edit",
                json!({"path": "a", "oldText": "x"}),
                vec![changes("a")],
            ),
            ("MultiEdit", json!({"file_path": "a"}), vec![changes("a")]),
            (
                "NotebookEdit",
                json!({"notebook_path": "a"}),
                vec![changes("a")],
            ),
            ("Write", json!({"file_path": "a"}), vec![changes("a")]),
            ("view_image", json!({"path": "p.png"}), vec![reads("p.png")]),
            ("ls", json!({}), vec![lists(".")]),
            ("LS", json!({"path": "src"}), vec![lists("src")]),
            ("apply_patch", json!(patch), vec![changes("a.rs")]),
            (
                "apply_patch",
                json!({"input": patch}),
                vec![changes("a.rs")],
            ),
            (
                "bash",
                json!({"command": "ls -la \"src\""}),
                vec![lists("src"), run("ls -la \"src\"")],
            ),
            (
                "exec_command",
                json!({"cmd": "cargo test"}),
                vec![run("cargo test")],
            ),
            (
                "shell",
                json!({"command": ["bash", "-lc", "cat x"]}),
                vec![run("cat x")],
            ),
            (
                "shell",
                json!({"command": ["git", "status"]}),
                vec![run("git status")],
            ),
            (
                "shell",
                json!({"command": ["apply_patch", patch]}),
                vec![changes("a.rs"), run(&format!("apply_patch {patch}"))],
            ),
            ("read", json!({"path": 3}), vec![]),
            ("read", json!(null), vec![]),
            ("Grep", json!({"path": "src"}), vec![]),
            ("shell", json!({"command": {}}), vec![]),
        ] {
            assert_eq!(acts(tool, &arguments), expected, "{tool} {arguments}");
        }
    }
}
