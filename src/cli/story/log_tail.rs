//! The last lines of what a job wrote, where that did not go well.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::Told;
use crate::cli::screen::Text;
use crate::cli::ui::Role;
use crate::queue::StateKind;

/// So many lines are shown.
const LINES: usize = 10;
/// No more than this is read for them.
const READ: u64 = 16 << 10;

/// The last lines of the newest run's log.
pub(super) fn lines(told: &Told, width: usize) -> Vec<Text> {
    let Some(run) = told.runs.last() else {
        return Vec::new();
    };
    let went_well = run.outcome == "succeeded" && told.job.state.kind() != StateKind::Failed;
    let Some(log) = run.log.as_deref().filter(|_| !went_well) else {
        return Vec::new();
    };
    let Ok(tail) = tail(log) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&tail);
    let all: Vec<&str> = text.trim_end().lines().collect();
    let last = all.iter().skip(all.len().saturating_sub(LINES));
    let mut lines: Vec<Text> = last
        .map(|line| {
            // What a progress bar wrote over is not shown.
            let line = line.rsplit('\r').next().unwrap_or_default();
            Text::of(Role::Faint, "│ ").and(line).cut(width)
        })
        .collect();
    if !lines.is_empty() {
        lines.push(Text::of(Role::Faint, log.to_string_lossy()).cut(width));
    }
    lines
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(READ);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    if start > 0 {
        // The first line is cut.
        let end = bytes.iter().position(|byte| *byte == b'\n');
        bytes.drain(..end.map_or(0, |end| end + 1));
    }
    Ok(bytes)
}
