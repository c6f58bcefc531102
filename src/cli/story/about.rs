//! What a job is, and why it exists.

use bstr::ByteSlice as _;

use super::{Neighbour, Told};
use crate::cli::app::App;
use crate::cli::audit::trigger;
use crate::cli::error::CommandError;
use crate::cli::progress::look;
use crate::cli::screen::{Text, fields, flow};
use crate::cli::sessions::made_by_lines;
use crate::cli::status::Looker;
use crate::cli::ui::Role;
use crate::cli::{format, tables};
use crate::drain::Estimate;
use crate::queue::{Job, Paths, Queue, StateKind};
use crate::tasks::spec::{self, RunSpec};

/// So many files are named.
const FILES: usize = 5;
/// So many of the sessions that made its commit.
const SESSIONS: usize = 3;

/// The job's first lines.
pub(super) fn lines(
    told: &Told,
    queue: &Queue,
    width: usize,
    app: &App,
) -> Result<Vec<Text>, CommandError> {
    let job = &told.job;
    let (now, zone) = (app.now(), app.zone());
    let kind = job.state.kind();
    let (role, mark) = look(kind);
    let heading = [
        Text::of(role, mark)
            .and(" ")
            .and_of(Role::Name, &job.id)
            .and(" ")
            .and_of(Role::Heading, tables::title(job)),
        Text::of(role, kind),
        Text::new(tables::when(job, now, &zone)),
    ];
    let mut lines = flow(heading, width, 2);
    let seen = Looker::new(queue, app.state_dir()?).look(job.clone())?;
    let asked = trigger(job.trigger.name(), &job.trigger_data, now, &zone);
    let spec = RunSpec::of(&job.spec).ok();
    let title = tables::title(job);
    let mut said = vec![
        ("why", crate::cli::status::why(&seen)),
        (
            "asked",
            Text::new(asked).and_of(
                Role::Faint,
                format!(" · {}", format::moment(job.queued_at, now, &zone)),
            ),
        ),
    ];
    if title != job.task {
        said.push(("task", Text::new(&job.task)));
    }
    said.extend([
        (
            "command",
            Text::new(spec::command_line(&job.spec).unwrap_or_default()),
        ),
        ("commit", commit(job.input.commit.as_deref(), app)),
    ]);
    said.extend(made_by(told, app));
    said.extend([
        ("against", commit(job.input.base.as_deref(), app)),
        ("files", files(&job.input.paths)),
        ("priority", priority(job)),
        ("limits", limits(job, spec.as_ref())),
        ("takes", takes(seen.expected.as_ref())),
    ]);
    said.extend(neighbours("waits for", &told.needs));
    said.extend(neighbours("needed by", &told.needed_by));
    lines.extend(fields(&said, width));
    Ok(lines)
}

/// A commit with its subject, where it is still there.
fn commit(commit: Option<&str>, app: &App) -> Text {
    let Some(commit) = commit else {
        return Text::default();
    };
    let short = Text::of(Role::Name, tables::short_commit(Some(commit)));
    let found = commit.parse().ok().and_then(|oid| {
        let repo = app.repo().ok()?;
        repo.commit(&oid).ok()
    });
    match found {
        Some(found) => short
            .and(" ")
            .and(format::shortened(&found.subject.to_str_lossy(), 72)),
        None => short.and_of(Role::Warning, " (gone)"),
    }
}

/// Whose the commit is.
fn made_by(told: &Told, app: &App) -> Vec<(&'static str, Text)> {
    let Some(commit) = &told.job.input.commit else {
        return Vec::new();
    };
    let lines = told.made_by.iter().take(SESSIONS).enumerate();
    lines
        .map(|(at, one)| {
            let name = if at == 0 { "made by" } else { "" };
            (name, made_by_lines::line(one, commit, app))
        })
        .collect()
}

fn files(paths: &Paths) -> Text {
    let Paths::Some(paths) = paths else {
        return Text::default();
    };
    // What begins with a slash stands for a span of commits.
    let names: Vec<String> = paths
        .iter()
        .filter(|path| !path.starts_with(b"/"))
        .map(|path| path.to_str_lossy().into_owned())
        .collect();
    if names.is_empty() {
        return Text::default();
    }
    let shown = names.iter().take(FILES).map(Text::new);
    let text = Text::joined(shown, ", ");
    match names.len().saturating_sub(FILES) {
        0 => text,
        more => text.and(format!(" and {more} more")),
    }
}

fn priority(job: &Job) -> Text {
    let mut parts = vec![Text::new(job.priority.name())];
    if job.user_triggered {
        parts.push(Text::of(Role::Faint, "somebody waits for it"));
    }
    if let Some(deadline) = job.deadline {
        parts.push(Text::new(format!("expires at {deadline}")));
    }
    Text::joined(parts, " · ")
}

fn limits(job: &Job, spec: Option<&RunSpec>) -> Text {
    let mut parts = vec![Text::new(format!("time-out {}", format::span(job.timeout)))];
    if let Some(limits) = spec.map(|spec| spec.limits) {
        let size = |bytes| bytesize::ByteSize::b(bytes).display().iec().to_string();
        let seconds = |seconds| format::span(std::time::Duration::from_secs(seconds));
        let said = [
            limits.memory.map(|bytes| format!("memory {}", size(bytes))),
            limits
                .cpu_seconds
                .map(|cpu| format!("CPU {}", seconds(cpu))),
            limits
                .file_size
                .map(|bytes| format!("files {}", size(bytes))),
            limits.nice.map(|nice| format!("nice {nice}")),
            limits
                .cpu_percent
                .map(|share| format!("{share} % of the machine")),
        ];
        parts.extend(said.into_iter().flatten().map(Text::new));
    }
    let retries = format::count(job.max_retries as usize, "retry", "retries");
    parts.push(Text::new(match job.max_retries {
        0 => "no retries".to_owned(),
        _ => format!(
            "{retries}, the first after {}",
            format::span(job.retry_delay)
        ),
    }));
    Text::joined(parts, " · ")
}

fn takes(expected: Option<&Estimate>) -> Text {
    expected.map_or_else(Text::default, |expected| {
        Text::new(format!("~{}", format::span(expected.q50))).and_of(
            Role::Faint,
            format!(
                ", nine of ten within {} ({})",
                format::span(expected.q90),
                expected.source
            ),
        )
    })
}

fn neighbours<'a>(name: &'a str, jobs: &[Neighbour]) -> impl Iterator<Item = (&'a str, Text)> {
    let named = jobs.iter().enumerate().map(move |(at, one)| {
        let state = one.state.map_or_else(
            || Text::of(Role::Faint, "gone"),
            |state: StateKind| Text::of(look(state).0, state),
        );
        let task = one.task.as_deref().unwrap_or_default();
        let parts = [Text::of(Role::Name, &one.id), Text::new(task), state];
        (if at == 0 { name } else { "" }, Text::joined(parts, " "))
    });
    named.collect::<Vec<_>>().into_iter()
}
