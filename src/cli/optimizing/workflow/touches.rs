//! What steps read and write, for people.

use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::optimize::workflow::{Touched, Workflow};

/// So many steps are listed.
const STEPS: usize = 40;
/// So many paths of each.
const PATHS: usize = 3;

/// A line for each step.
pub fn touches(workflow: &Workflow, width: usize) -> Vec<Text> {
    let mut grid = Grid::new(&["step", "reads", "writes"]).gives(&[
        (0, Give::Shrink(24)),
        (1, Give::Shrink(24)),
        (2, Give::Shrink(16)),
        (0, Give::Shrink(8)),
        (1, Give::Shrink(8)),
        (2, Give::Shrink(8)),
    ]);
    for step in workflow.steps.iter().take(STEPS) {
        grid.row([
            Text::of(Role::Name, &step.name),
            paths(&step.reads),
            paths(&step.writes),
        ]);
    }
    let mut lines = grid.lines(width);
    let more = workflow.steps.len().saturating_sub(STEPS);
    if more > 0 {
        lines.push(Text::of(Role::Faint, format!("… {more} more")));
    }
    lines
}

fn paths(touched: &Touched) -> Text {
    let Touched::Known(paths) = touched else {
        return Text::of(Role::Warning, "?");
    };
    if paths.is_empty() {
        return Text::of(Role::Faint, "nothing");
    }
    let shown: Vec<&str> = paths.iter().take(PATHS).map(String::as_str).collect();
    let more = paths.len().saturating_sub(PATHS);
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    Text::new(format!("{}{rest}", shown.join(", ")))
}
