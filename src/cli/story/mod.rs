//! A job's whole story: why it exists, whom it waited for, each attempt, what came of it, and what to type next.

mod about;
mod attempts;
mod came_of_it;
mod document;
mod log_tail;
mod next;

use crate::cli::app::App;
use crate::cli::audit::{reason, state};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::screen::{Give, Grid, Page, Text};
use crate::cli::sessions::made_by::{MadeBy, made_by};
use crate::cli::ui::Role;
use crate::queue::{Event, Job, JobId, Queue, RunRow, StateKind};

pub use document::document;

/// What the queue tells about one job.
pub struct Told {
    /// The job.
    pub job: Job,
    /// Its runs, oldest first.
    pub runs: Vec<RunRow>,
    /// What happened to it, oldest first.
    pub events: Vec<Event>,
    /// The jobs that it waits or waited for: their tasks and states, where they are still known.
    pub needs: Vec<Neighbour>,
    /// The jobs that wait or waited for it.
    pub needed_by: Vec<Neighbour>,
    /// The sessions of coding agents that made its commit.
    pub made_by: Vec<MadeBy>,
}

/// A job beside the one that is told about.
pub struct Neighbour {
    /// Which.
    pub id: JobId,
    /// Its task; nothing if it is gone.
    pub task: Option<String>,
    /// Its state; nothing if it is gone.
    pub state: Option<StateKind>,
}

/// Reads what there is.
pub fn told(queue: &Queue, job: Job, app: &App) -> Result<Told, CommandError> {
    let needs = queue.needs(&job.id).context("read what the job needs")?;
    let needs = needs.into_iter().map(|(id, state)| {
        let needed = queue.job(&id).context("read what the job needs")?;
        Ok(Neighbour {
            task: needed.map(|job| job.task),
            state,
            id,
        })
    });
    let needed_by = queue
        .needed_by(&job.id)
        .context("read what needs the job")?;
    Ok(Told {
        runs: queue.runs(&job.id).context("read the job's runs")?,
        events: queue.events(&job.id).context("read the job's events")?,
        needs: needs.collect::<Result<_, CommandError>>()?,
        needed_by: needed_by
            .into_iter()
            .map(|(id, task, state)| Neighbour {
                id,
                task: Some(task),
                state: Some(state),
            })
            .collect(),
        made_by: match &job.input.commit {
            Some(commit) => made_by(app, Some(queue), commit)?,
            None => Vec::new(),
        },
        job,
    })
}

/// The story in lines of at most `width` columns.
pub fn story(
    told: &Told,
    queue: &Queue,
    width: usize,
    app: &App,
) -> Result<Vec<Text>, CommandError> {
    let mut page = Page::new(width);
    page.add(about::lines(told, queue, width, app)?);
    page.section(
        "attempts",
        attempts::lines(told, width.saturating_sub(2), app),
    );
    page.section(
        "came of it",
        came_of_it::lines(told, queue, width.saturating_sub(2), app)?,
    );
    page.section("last words", log_tail::lines(told, width.saturating_sub(2)));
    page.section("history", history(told, width.saturating_sub(2), app));
    page.section("next", next::lines(told, width.saturating_sub(2)));
    Ok(page.lines())
}

/// What happened to it, step by step.
fn history(told: &Told, width: usize, app: &App) -> Vec<Text> {
    let (now, zone) = (app.now(), app.zone());
    let mut grid = Grid::new(&["", "", "", ""]).gives(&[
        (3, Give::Shrink(30)),
        (2, Give::Leave),
        (3, Give::Shrink(8)),
        (0, Give::Leave),
    ]);
    for event in &told.events {
        let role = event
            .to
            .map_or(Role::Plain, |state| crate::cli::progress::look(state).0);
        grid.row([
            Text::of(Role::Faint, format::moment(event.at, now, &zone)),
            Text::of(role, &event.kind),
            Text::of(Role::Faint, state(event)),
            reason(event, now, &zone),
        ]);
    }
    grid.lines(width)
}
