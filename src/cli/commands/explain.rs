//! `git tend explain`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::ui::{Role, paint, plain};
use crate::cli::{arguments, estimating, format, gates, tables};
use crate::drain::admission::Running as Beside;
use crate::drain::{Budget, Detaching, Explanation, LoadGate, Rules, Situation, explain};
use crate::queue::{Job, Queue, State, StateKind};
use crate::report::json as documents;
use crate::system::{battery, process};

/// Why a job runs now, or why not
///
/// The parts of its rank, the estimate of its duration, and whether a drain with the given budget would start it. Of one
/// whose verdict is asked for, the key of its inputs, and why a verdict is known or not.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The job's id, or an unambiguous beginning of it
    #[arg(value_name = "JOB")]
    pub job: String,
    /// Of a drain with this budget; without it, of one that may take as long as it takes
    #[arg(long, value_name = "DURATION", value_parser = arguments::duration)]
    pub budget: Option<Duration>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Explains a job.
pub fn run(args: &ExplainArgs, app: &App) -> Result<Exit, CommandError> {
    let (queue, job) = app.find_job(&args.job)?;
    let explanation = explanation(&queue, &job, args.budget, app)?;
    let judged = gates::explain::fields(&queue, &job, app)?;
    if args.json {
        app.ui.json(&json!({
            "schema": documents::SCHEMA,
            "job": documents::JobLine::from(&job),
            "explanation": explanation,
            "verdict": judged.iter().cloned().collect::<BTreeMap<_, _>>(),
        }))?;
        return Ok(Exit::Fine);
    }
    app.ui.out(format!(
        "{} {} {}{}",
        paint(Role::Name, &job.id),
        tables::title(&job),
        stands(job.state.kind()),
        match tables::why(&job) {
            why if why.is_empty() => String::new(),
            why => format!(": {}", plain(&why)),
        },
    ))?;
    match explanation {
        Some(explanation) => app.ui.write_out(&text(&explanation, args.budget)),
        None => app.ui.out(elsewhere(&queue, &job)?),
    }?;
    for (name, value) in judged {
        let name = paint(Role::Faint, format!("{name:<10}"));
        app.ui.out(format!("  {name} {value}"))?;
    }
    Ok(Exit::Fine)
}

/// A state as the end of a sentence about a job.
fn stands(state: StateKind) -> String {
    match state {
        StateKind::Failed | StateKind::Expired => state.to_string(),
        StateKind::Cancelled | StateKind::Superseded | StateKind::Dropped | StateKind::Skipped => {
            format!("was {state}")
        }
        StateKind::Queued
        | StateKind::Blocked
        | StateKind::Held
        | StateKind::Running
        | StateKind::Done => format!("is {state}"),
    }
}

/// What decides about a job that the planner does not look at.
fn elsewhere(queue: &Queue, job: &Job) -> Result<String, CommandError> {
    Ok(match &job.state {
        State::Blocked { .. } => {
            let waits: Vec<String> = queue
                .needs(&job.id)
                .context("read what the job needs")?
                .into_iter()
                .map(|(id, state)| format!("{id} ({})", state.map_or("gone", |state| state.name())))
                .collect();
            format!("  it starts when these are done: {}", waits.join(", "))
        }
        State::Held { .. } => "  it is queued as soon as its command is approved".to_owned(),
        State::Running(_) => format!("  git tend log {} -f", job.id),
        _ => format!("  it has ended · git tend show {}", job.id),
    })
}

fn explanation(
    queue: &Queue,
    job: &Job,
    budget: Option<Duration>,
    app: &App,
) -> Result<Option<Explanation>, CommandError> {
    let rules = Rules::default();
    let Some((candidate, record)) = estimating::candidate(queue, job, &rules)? else {
        return Ok(None);
    };
    let config = &app.loaded()?.config.queue;
    let slots = config.slots(process::processors() as usize);
    let gate = LoadGate::new(slots);
    let defers = config.on_battery == crate::config::schema::OnBattery::Defer;
    let situation = Situation {
        now: app.now(),
        budget: Budget { total: budget },
        elapsed: Duration::ZERO,
        largest: None,
        dedicated: false,
        eager: false,
        detaching: Detaching::Allowed,
        gate: &gate,
        saves_battery: defers && battery::discharging(),
        running: Beside::default(),
        free_slots: slots,
    };
    Ok(Some(explain(&candidate, &record, &situation, &rules)))
}

fn text(explanation: &Explanation, budget: Option<Duration>) -> String {
    let mut lines = Vec::new();
    let mut field = |name: &str, value: String| {
        lines.push(format!(
            "  {} {value}",
            paint(Role::Faint, format!("{name:<10}"))
        ));
    };
    field("rank", explanation.rank.to_string());
    field(
        "missed",
        format!("{} drains since it was enqueued", explanation.missed),
    );
    let estimate = &explanation.estimate;
    field(
        "estimate",
        format!(
            "half of the runs within {}, nine of ten within {} ({})",
            format::span(estimate.q50),
            format::span(estimate.q90),
            estimate.source
        ),
    );
    let window = budget.map_or("as long as it takes".to_owned(), format::span);
    field("window", window);
    let verdict = match (
        explanation.verdict,
        &explanation.reason,
        explanation.detached_budget,
    ) {
        ("start", ..) => "starts now".to_owned(),
        ("probe", ..) => "is tried: nobody knows whether it ends in time".to_owned(),
        ("detach", _, Some(budget)) => {
            format!(
                "gets a detached drain of its own, with {}",
                format::span(budget)
            )
        }
        (verdict, Some(reason), _) => format!("{verdict}s: {reason}"),
        (verdict, None, _) => verdict.to_owned(),
    };
    field("a drain", verdict);
    lines.join("\n") + "\n"
}
