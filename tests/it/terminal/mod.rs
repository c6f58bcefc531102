//! What is shown on terminals: in their width, in place, and nothing of it steered by what others wrote.

mod digesting;
mod hostile;
mod trail;
mod watching;
mod widths;

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ran, World, tool};

/// Plays a script in a terminal of so many columns and rows; `None` where there is no Python with pyte.
pub(crate) fn play(
    world: &World,
    size: (u16, u16),
    steps: &[Value],
    args: &[&str],
) -> Option<Vec<Value>> {
    let python = tool("python3")?;
    let has_pyte = Command::new(&python).args(["-c", "import pyte"]).output();
    if !has_pyte.is_ok_and(|ran| ran.status.success()) {
        assert!(
            !crate::support::real_tools_required(),
            "pyte is missing: .ci/tools installs it"
        );
        eprintln!("not tested: pyte is missing");
        return None;
    }
    let mut script = vec![json!([size.0, size.1])];
    script.extend_from_slice(steps);
    let driver = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/terminal/screen.py");
    let output = world
        .command(python)
        .arg(driver)
        .arg(Value::from(script).to_string())
        .arg(env!("CARGO_BIN_EXE_git-tend"))
        .args(args)
        .env("TERM", "xterm-256color")
        .env("TEND_NOW", format!("2026-03-01T{NOW}Z"))
        .output()
        .unwrap();
    let ran = Ran::new(&output).code(0);
    Some(serde_json::from_str(&ran.stdout).unwrap())
}

/// Half a minute past, so that a slow start does not change the minutes.
const NOW: &str = "12:42:30";

fn at(world: &World, now: &str, args: &[&str]) -> Ran {
    world.tend_with(&[("TEND_NOW", &format!("2026-03-01T{now}Z"))], args)
}

/// In so many columns.
fn wide(world: &World, columns: usize, args: &[&str]) -> Ran {
    let columns = columns.to_string();
    let now = format!("2026-03-01T{NOW}Z");
    world.tend_with(&[("TEND_NOW", &now), ("COLUMNS", &columns)], args)
}

/// The columns of a line, as a terminal counts them.
fn columns(line: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(line)
}
