//! What to type next.

use super::Told;
use crate::cli::screen::{Give, Grid, Text};
use crate::cli::ui::Role;
use crate::queue::{Lane, StateKind};

/// The commands that are of use in a job's state.
pub(super) fn lines(told: &Told, width: usize) -> Vec<Text> {
    let job = &told.job;
    let id = &job.id;
    let has_log = told.runs.last().is_some_and(|run| run.log.is_some());
    let mut commands: Vec<(String, &str)> = Vec::new();
    // Jobs of agents are in the user's own queue.
    let is_users = job.lane == Lane::Agent;
    let user = if is_users { " --user" } else { "" };
    let mut add = |command: String, what| commands.push((command, what));
    match job.state.kind() {
        StateKind::Running => {
            add(format!("git tend log{user} {id} -f"), "what it writes");
            add(format!("git tend cancel{user} {id}"), "end it");
        }
        StateKind::Queued => {
            if !is_users {
                add(format!("git tend explain {id}"), "when it starts");
                add("git tend drain".to_owned(), "run what is ready");
            }
            add(format!("git tend cancel{user} {id}"), "take it out");
        }
        StateKind::Blocked => {
            for need in told.needs.iter().take(3) {
                let over = need.state.is_none_or(StateKind::is_terminal);
                if !over {
                    add(
                        format!("git tend show{user} {}", need.id),
                        "what it waits for",
                    );
                }
            }
        }
        StateKind::Held => add(format!("git tend trust {}", job.task), "see and approve it"),
        StateKind::Done => {}
        _ => add(format!("git tend retry{user} {id}"), "queue it again"),
    }
    if has_log && job.state.kind() != StateKind::Running {
        add(format!("git tend log{user} {id}"), "all that it wrote");
    }
    let mut grid = Grid::new(&["", ""]).gives(&[(1, Give::Leave), (0, Give::Shrink(4))]);
    for (command, what) in commands {
        grid.row([Text::of(Role::Name, command), Text::of(Role::Faint, what)]);
    }
    grid.lines(width)
}
