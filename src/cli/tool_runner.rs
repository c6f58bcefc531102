//! `__tools`: the child process of a job that runs tools, below its supervisor.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use super::known::Known;
use super::leaving::{leave_what_came, listed};
use crate::drain::place::scratch_path;
use crate::findings::Scan;
use crate::system::clock;
use crate::tools::order::Order;
use crate::tools::run::{self, Command, Setting};

/// Runs what it is told to run and leaves what was found for the drain.
pub fn main(args: &[OsString]) -> ExitCode {
    let [order, git_dir, state, result, top, worktree, command @ ..] = args else {
        return ExitCode::from(2);
    };
    let Ok(order) = serde_json::from_slice::<Order>(order.as_encoded_bytes()) else {
        return ExitCode::from(2);
    };
    let result = Path::new(result);
    let left = command_of(command).and_then(|command| {
        let known = Known::open(git_dir, Path::new(state))?.configured(Path::new(worktree));
        run::run(&Setting {
            order: &order,
            command,
            top: Path::new(top),
            state: Path::new(state),
            scratch: scratch_path(result),
            now: clock::now(),
            secrets: &|| known.secrets(order.commit.as_deref(), Path::new(state)),
            memory: &known.remembered(),
        })
        .map_err(|error| format!("failed to {error}"))
    });
    leave_what_came(left, log_lines, result)
}

fn command_of(words: &[OsString]) -> Result<Option<Command>, String> {
    let [files, program, args @ ..] = words else {
        return Ok(None);
    };
    Ok(Some(Command {
        program: program.into(),
        args: args.to_vec(),
        // Without a list it is called with none.
        files: if files.is_empty() {
            None
        } else {
            Some(listed(files)?)
        },
    }))
}

/// What each tool came to, in a line of the log.
fn log_lines(scan: &Scan) -> Vec<String> {
    let tools = scan.tools.iter().map(|tool| {
        let version = tool
            .version
            .as_deref()
            .map_or_else(String::new, |it| format!(" {it}"));
        let place = match tool.folder.as_str() {
            "" => String::new(),
            folder => format!(" in {folder}"),
        };
        let reason = tool
            .reason
            .as_deref()
            .map_or_else(String::new, |it| format!(" · {it}"));
        format!("{}{version}{place}: {}{reason}", tool.tool, tool.verdict)
    });
    tools.chain([scan.summary.clone()]).collect()
}
