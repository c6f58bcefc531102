//! How a search stands, for people and for programs.

use serde_json::{Value, json};

use super::inquiry::Broken;
use super::search::Search;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::format;
use crate::cli::tables::why;
use crate::cli::ui::{Role, paint, plain};
use crate::git::Written;
use crate::queue::{Bisection, BisectionEnd, BisectionStep, Job, Queue, State, StepCame};
use crate::report::findings::one_line;

/// So many findings are shown.
const SHOWN: usize = 10;
/// So many lines of a command's output are shown.
const LINES: usize = 15;

/// A search with everything that is said of it.
pub struct Report {
    bisection: Bisection,
    steps: Vec<BisectionStep>,
    /// How many commits may still have brought it.
    suspects: Option<usize>,
    /// The job that is waited for.
    job: Option<Job>,
    /// Who wrote the commit that was found, if that is still here.
    written: Option<Written>,
    broken: Option<Broken>,
}

impl Report {
    /// Looks everything up.
    pub fn of(app: &App, queue: &Queue, bisection: Bisection) -> Result<Self, CommandError> {
        let steps = queue
            .bisection_steps(bisection.id)
            .context("read what was learned")?;
        let mut report = Self {
            suspects: None,
            job: None,
            written: None,
            broken: None,
            steps,
            bisection,
        };
        match &report.bisection.ended {
            None => {
                report.suspects = Search::suspects(app, queue, &report.bisection);
                let open = report.steps.iter().find(|step| step.came.is_none());
                if let Some(id) = open.and_then(|step| step.job.as_ref()) {
                    report.job = queue.job(id).context("read the job")?;
                }
            }
            Some((_, BisectionEnd::Found { commit, evidence })) => {
                report.broken = evidence
                    .as_deref()
                    .and_then(|text| serde_json::from_str(text).ok());
                let oid = commit.parse().ok();
                report.written = oid.and_then(|oid| app.repo().ok()?.written(&oid).ok());
            }
            Some(_) => {}
        }
        Ok(report)
    }

    /// How many runs it took.
    fn runs(&self) -> usize {
        let ran = |step: &&BisectionStep| step.job.is_some() && step.came.is_some();
        self.steps.iter().filter(ran).count()
    }

    /// How many verdicts were known.
    fn reused(&self) -> usize {
        let known = |step: &&BisectionStep| {
            step.job.is_none() && matches!(step.came, Some(StepCame::Good | StepCame::Bad))
        };
        self.steps.iter().filter(known).count()
    }

    /// Whether the job that is waited for waits for the user's approval.
    pub fn is_held(&self) -> bool {
        self.job
            .as_ref()
            .is_some_and(|job| matches!(job.state, State::Held { .. }))
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let Bisection {
            id,
            asked,
            started_at,
            ended,
            ..
        } = &self.bisection;
        let end = ended.as_ref().map(|(_, end)| end);
        let (commit, reason) = match end {
            Some(BisectionEnd::Found { commit, .. }) => (Some(commit), None),
            Some(BisectionEnd::None { reason } | BisectionEnd::Stopped { reason }) => {
                (None, Some(reason))
            }
            None => (None, None),
        };
        let steps = self.steps.iter().map(|step| {
            json!({
                "commit": step.commit,
                "came": step.came.map(StepCame::name),
                "job": step.job,
                "said": step.said,
            })
        });
        let found = commit.map(|commit| {
            json!({
                "id": commit,
                "author": self.written.as_ref().map(|it| &it.author),
                "email": self.written.as_ref().map(|it| &it.email),
                "date": self.written.as_ref().map(|it| it.at),
                "subject": self.written.as_ref().map(|it| &it.subject),
            })
        });
        let job = self
            .job
            .as_ref()
            .map(|job| json!({ "id": job.id, "state": job.state.kind().name(), "why": why(job) }));
        json!({
            "id": id,
            "task": asked.task,
            "folder": asked.folder,
            "good": asked.good,
            "bad": asked.bad,
            "state": end.map_or("under-way", BisectionEnd::name),
            "commit": found,
            "broken": self.broken,
            "reason": reason,
            "suspects": self.suspects,
            "job": job,
            "runs": self.runs(),
            "reused": self.reused(),
            "steps": steps.collect::<Vec<_>>(),
            "started_at": started_at,
            "ended_at": ended.as_ref().map(|(at, _)| at),
        })
    }

    fn lines(&self) -> Vec<String> {
        let asked = &self.bisection.asked;
        let mut title = plain(&asked.task);
        if !asked.folder.is_empty() {
            title.push_str(&format!(" ({})", plain(&asked.folder)));
        }
        let range = format!("{}..{}", short(&asked.good), short(&asked.bad));
        let mut counts = vec![format::count(self.runs(), "run", "runs")];
        if self.reused() > 0 {
            let known = format::count(self.reused(), "verdict was known", "verdicts were known");
            counts.push(known);
        }
        let counts = format!("{} · {range}", counts.join(" · "));
        match &self.bisection.ended {
            None => {
                let suspects = self.suspects.map_or_else(
                    || "looking".to_owned(),
                    |count| {
                        format!(
                            "{} to choose from",
                            format::count(count, "commit", "commits")
                        )
                    },
                );
                let mark = paint(Role::Active, "…");
                let mut lines = vec![
                    format!("{mark} {title}: {suspects}"),
                    paint(Role::Faint, format!("  {counts}")),
                ];
                lines.extend(self.job.as_ref().map(waiting));
                lines
            }
            Some((_, BisectionEnd::Found { commit, .. })) => {
                let mut lines = vec![format!(
                    "{} {title}: {} is the first bad commit",
                    paint(Role::Bad, "✗"),
                    paint(Role::Name, short(commit)),
                )];
                lines.push(match &self.written {
                    Some(it) => format!(
                        "  {} · {} · {}",
                        plain(&it.subject),
                        plain(&it.author),
                        it.at.strftime("%Y-%m-%d")
                    ),
                    None => "  it is gone since".to_owned(),
                });
                lines.extend(self.broken());
                lines.push(paint(Role::Faint, format!("  {counts}")));
                lines
            }
            Some((_, end @ (BisectionEnd::None { reason } | BisectionEnd::Stopped { reason }))) => {
                let what = match end {
                    BisectionEnd::Stopped { .. } => "stopped",
                    _ => "not found",
                };
                vec![
                    format!(
                        "{} {title}: {what} · {}",
                        paint(Role::Warning, "?"),
                        plain(reason)
                    ),
                    paint(Role::Faint, format!("  {counts}")),
                ]
            }
        }
    }

    fn broken(&self) -> Vec<String> {
        match &self.broken {
            None => Vec::new(),
            Some(Broken::Findings { findings, count }) => {
                let shown = findings.iter().take(SHOWN);
                let mut lines: Vec<String> = shown
                    .map(|finding| format!("  {}", one_line(finding)))
                    .collect();
                match count.saturating_sub(lines.len()) {
                    0 => {}
                    more => lines.push(format!("  and {more} more")),
                }
                lines
            }
            Some(Broken::Output { code, tail }) => {
                let all: Vec<&str> = tail.lines().collect();
                let said = all.iter().skip(all.len().saturating_sub(LINES));
                let mut lines = vec![format!("  exits with code {code}")];
                lines.extend(said.map(|line| format!("  | {}", plain(line))));
                lines
            }
        }
    }
}

fn waiting(job: &Job) -> String {
    let id = paint(Role::Name, &job.id);
    match &job.state {
        State::Held { reason } => format!(
            "  {} {id} is held: {}",
            paint(Role::Warning, "⏸"),
            plain(reason)
        ),
        State::Running(_) => format!("  {id} is running"),
        _ => format!("  {id} waits for a drain · git tend explain {}", job.id),
    }
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}

/// Says how searches stand.
pub fn say(app: &App, reports: &[Report]) -> Result<(), CommandError> {
    for line in reports.iter().flat_map(Report::lines) {
        app.ui.out(line)?;
    }
    Ok(())
}
