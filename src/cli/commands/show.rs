//! `git tend show`.

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{format, tables};
use crate::gates::Evidence;
use crate::queue::{Job, Queue, ResultFilter};
use crate::report::findings::one_line;
use crate::report::json as documents;

/// Show one job: its runs, what was enforced, its events and results
#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// The job's id, or an unambiguous beginning of it
    #[arg(value_name = "JOB")]
    pub job: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Shows a job.
pub fn show(args: &ShowArgs, app: &App) -> Result<Exit, CommandError> {
    let (queue, job) = app.find_job(&args.job)?;
    if args.json {
        app.ui.json(&document(&queue, &job)?)?;
    } else {
        app.ui.write_out(&story(&queue, &job, app)?)?;
    }
    Ok(Exit::Fine)
}

fn results_of(job: &Job) -> ResultFilter {
    ResultFilter {
        job: Some(job.id.clone()),
        ..ResultFilter::default()
    }
}

fn document(queue: &Queue, job: &Job) -> Result<serde_json::Value, CommandError> {
    let runs = queue.runs(&job.id).context("read the job's runs")?;
    let events = queue.events(&job.id).context("read the job's events")?;
    let needs = queue.needs(&job.id).context("read what the job needs")?;
    let results = queue
        .results(&results_of(job))
        .context("read the job's results")?;
    let events: Vec<_> = events
        .iter()
        .map(|event| json!({ "at": event.at, "event": event.kind, "state": event.to, "data": event.data }))
        .collect();
    let needs: Vec<_> = needs
        .iter()
        .map(|(id, state)| json!({ "id": id, "state": state }))
        .collect();
    Ok(json!({
        "schema": documents::SCHEMA,
        "job": documents::JobLine::from(job),
        "spec": job.spec,
        "trigger_data": job.trigger_data,
        "base": job.input.base,
        "worktree": job.input.worktree,
        "losses": job.losses,
        "needs": needs,
        "runs": runs.iter().map(documents::run).collect::<Vec<_>>(),
        "events": events,
        "results": results.iter().map(|result| result.id).collect::<Vec<_>>(),
    }))
}

fn story(queue: &Queue, job: &Job, app: &App) -> Result<String, CommandError> {
    let now = app.now();
    let zone = app.zone();
    let mut lines = Vec::new();
    let (role, mark) = crate::cli::progress::look(job.state.kind());
    lines.push(format!(
        "{} {} {} · {} · {}",
        paint(role, mark),
        paint(Role::Name, &job.id),
        paint(Role::Heading, tables::title(job)),
        paint(role, job.state.kind()),
        tables::when(job, now, &zone),
    ));
    let mut field = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!(
                "  {} {value}",
                paint(Role::Faint, format!("{name:<9}"))
            ));
        }
    };
    field("why", plain(&tables::why(job)));
    field("task", plain(&job.task));
    field("priority", job.priority.name().to_owned());
    field("trigger", trigger(job));
    field("commit", tables::short_commit(job.input.commit.as_deref()));
    field("enqueued", format::moment(job.queued_at, now, &zone));
    field(
        "command",
        crate::tasks::spec::command_line(&job.spec)
            .map(|line| plain(&line))
            .unwrap_or_default(),
    );
    for (id, state) in queue.needs(&job.id).context("read what the job needs")? {
        field(
            "needs",
            format!("{id} {}", state.map_or("gone", |state| state.name())),
        );
    }
    for (name, value) in runs(queue, job)? {
        field(&name, value);
    }
    for result in queue
        .results(&results_of(job))
        .context("read the job's results")?
    {
        field(
            "result",
            format!(
                "{} · git tend results show {}",
                plain(&result.kind),
                result.id
            ),
        );
    }
    for (name, value) in verdict(queue, job)? {
        field(name, value);
    }
    for event in queue.events(&job.id).context("read the job's events")? {
        // An event that is called like the state it leads to says it once.
        let state = event
            .to
            .filter(|state| state.name() != event.kind)
            .map(|state| format!(" → {state}"))
            .unwrap_or_default();
        field(
            "event",
            format!(
                "{} {}{state}",
                format::moment(event.at, now, &zone),
                plain(&event.kind)
            ),
        );
    }
    Ok(lines.join("\n") + "\n")
}

/// Each run of a job, and where its log is.
fn runs(queue: &Queue, job: &Job) -> Result<Vec<(String, String)>, CommandError> {
    let mut lines = Vec::new();
    for run in queue.runs(&job.id).context("read the job's runs")? {
        let mut parts = vec![
            run.outcome.clone(),
            format!(
                "after {}",
                format::span(format::between(run.started_at, run.finished_at))
            ),
            format!("slot {}", run.slot),
        ];
        if let Some(code) = run.exit_code.filter(|code| *code != 0) {
            parts.push(format!("exit code {code}"));
        }
        if let Some(cpu) = run.cpu_ms.and_then(|ms| u64::try_from(ms).ok()) {
            parts.push(format!(
                "cpu {}",
                format::span(std::time::Duration::from_millis(cpu))
            ));
        }
        if let Some(kib) = run.peak_rss_kib.and_then(|kib| u64::try_from(kib).ok()) {
            parts.push(format!(
                "peak {}",
                bytesize::ByteSize::kib(kib).display().iec()
            ));
        }
        lines.push((format!("run {}", run.fence), parts.join(" · ")));
        if let Some(log) = run.log {
            lines.push(("log".to_owned(), plain(&log.to_string_lossy())));
        }
    }
    Ok(lines)
}

/// What a job came to as a gate, and everything that it found.
fn verdict(queue: &Queue, job: &Job) -> Result<Vec<(&'static str, String)>, CommandError> {
    let verdict = queue.verdict_of_job(&job.id).context("read its verdict")?;
    let Some(verdict) = verdict else {
        return Ok(Vec::new());
    };
    let mut lines = vec![("verdict", plain(&verdict.summary))];
    let body = verdict.body.as_deref().map(Evidence::read);
    if let Some(Ok(Evidence::Scan { scan })) = body {
        lines.extend(scan.findings.iter().map(|finding| ("", one_line(finding))));
    }
    Ok(lines)
}

/// What made a job, and which hook that was.
fn trigger(job: &Job) -> String {
    let hook = job.trigger_data.get("hook").and_then(|hook| hook.as_str());
    match hook {
        Some(hook) => format!("{} ({})", job.trigger.name(), plain(hook)),
        None => job.trigger.name().to_owned(),
    }
}
