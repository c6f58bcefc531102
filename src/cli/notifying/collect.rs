//! From the audit trail to the outbox.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use jiff::Timestamp;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::scans;
use crate::config::notify::{Audience, NoticeKind, Notify, Severity};
use crate::drain::Load;
use crate::findings::{self, Finding, Scan};
use crate::gates::compare::Compared;
use crate::metrics::{Anomaly, anomaly};
use crate::notify::audience::wants;
use crate::notify::derive::{self, Draft, Found, Happening, Ledger, Ran, What};
use crate::notify::wording::Writer;
use crate::queue::{Event, Job, JobId, Memory, NewNotice, Queue, State, StateKind};
use crate::system::{host, random};
use crate::tasks::outcome::Outcome;
use crate::tasks::spec::{AD_HOC, Action, RunSpec};
use crate::tasks::task::Notices;

use super::routes;

/// So many events are looked at in one transaction.
const AT_ONCE: usize = 500;
/// Rounds that another collector may spoil.
const ROUNDS: usize = 20;
/// So many of the new findings are named.
const EXAMPLES: usize = 3;

/// Makes notices of everything that happened since this was done last.
pub fn collect(app: &App, queue: &mut Queue, load: Option<Load>) -> Result<(), CommandError> {
    let mut load = load;
    for _ in 0..ROUNDS {
        let from = queue.noticed().context("read the outbox")?;
        let events = queue
            .events_since(from, AT_ONCE)
            .context("read the audit trail")?;
        if events.is_empty() && load.is_none() {
            return Ok(());
        }
        let to = events.last().map_or(from, |event| event.seq);
        let (notices, memory) = if app.loaded()?.config.notify.enabled {
            Collector { app, queue }.notices(&events, load, to)?
        } else {
            Default::default()
        };
        let is_last = events.len() < AT_ONCE;
        let is_ours = queue
            .post((from, to), &notices, &memory, app.now())
            .context("write the outbox")?;
        if is_ours {
            load = None;
            if is_last {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A notice as it goes into the outbox, with the channels that carry it.
pub fn posted(app: &App, draft: &Draft) -> Result<NewNotice, CommandError> {
    let located = app.located()?;
    let config = &app.loaded()?.config.notify;
    let writer = Writer {
        config,
        repository: &scans::name(app),
        identity: located.common_dir.as_os_str().as_bytes(),
        host: &host::name(),
        zone: &app.zone(),
    };
    let notice = writer.write(draft);
    let body = serde_json::to_string(&notice)
        .map_err(|error| CommandError::failed("failed to write a notice").because(&error))?;
    let channels = audiences(config)
        .into_iter()
        .filter(|(name, audience)| {
            wants(
                audience,
                notice.event,
                notice.severity,
                notice.task.as_deref(),
            ) && routes::is_reachable(name)
        })
        .map(|(name, _)| name.into_owned());
    Ok(NewNotice {
        channels: channels.collect(),
        id: notice.id,
        at: notice.time,
        event: notice.event,
        severity: notice.severity,
        task: notice.task,
        job: notice.job.map(JobId),
        body,
    })
}

/// The channels there are, and which notices they carry.
pub fn audiences(config: &Notify) -> Vec<(Cow<'static, str>, Audience<'_>)> {
    let mut all = vec![
        (Cow::Borrowed(routes::CONSOLE), config.console.audience()),
        (Cow::Borrowed(routes::FILE), config.file.audience()),
        (Cow::Borrowed(routes::DESKTOP), config.desktop.audience()),
        (Cow::Borrowed(routes::EMAIL), config.email.audience()),
    ];
    for (name, webhook) in &config.webhook {
        all.push((Cow::Owned(routes::webhook(name)), webhook.audience()));
    }
    for (name, command) in &config.command {
        all.push((Cow::Owned(routes::command(name)), command.audience()));
    }
    all
}

struct Collector<'a> {
    app: &'a App,
    queue: &'a Queue,
}

impl Collector<'_> {
    fn notices(
        &self,
        events: &[Event],
        load: Option<Load>,
        to: i64,
    ) -> Result<(Vec<NewNotice>, Memory), CommandError> {
        let mut memory = Memory::default();
        let mut happenings = Vec::new();
        for event in events {
            happenings.extend(self.happening(event, &mut memory)?);
        }
        let mut known = Vec::new();
        let anomalies = self.anomalies(&happenings)?;
        let mut subjects = derive::subjects(&happenings);
        subjects.extend(anomalies.iter().map(derive::subject_of_anomaly));
        for subject in subjects {
            if let Some(told) = self.queue.told_about(&subject).context("read the outbox")? {
                known.push((subject, told));
            }
        }
        let mut ledger = Ledger::new(known);
        let tasks = self.app.tasks()?;
        let wanted = |key: &str| {
            let task = tasks.iter().find(|task| task.key == key);
            task.map_or(
                // A task that is gone, or a command that somebody typed and left to the queue.
                Notices {
                    start: false,
                    complete: key == AD_HOC,
                    issues: true,
                },
                |task| task.notify,
            )
        };
        let mut drafts = derive::derive(&happenings, wanted, &mut ledger);
        for anomaly in &anomalies {
            drafts.extend(derive::unusual(anomaly, &mut ledger));
        }
        if let Some(load) = load {
            let now = (to, self.app.now());
            drafts.extend(derive::busy_machine(load.worst(), now, &mut ledger));
        }
        memory.subjects = ledger.changes();
        let notices = drafts.iter().map(|draft| posted(self.app, draft));
        Ok((notices.collect::<Result<_, _>>()?, memory))
    }

    /// What is unusual about the runs that have ended.
    fn anomalies(&self, happenings: &[Happening]) -> Result<Vec<Anomaly>, CommandError> {
        let ended: BTreeSet<&str> = happenings
            .iter()
            .filter(|it| it.run.is_some())
            .map(|it| it.job.as_str())
            .collect();
        if ended.is_empty() {
            return Ok(Vec::new());
        }
        let runs = self
            .queue
            .measured_runs(Timestamp::UNIX_EPOCH)
            .context("read the runs")?;
        let mut found = anomaly::find(&runs);
        found.retain(|it| it.ongoing && ended.contains(it.noticed.job.as_str()));
        Ok(found)
    }

    /// What an event says, if it is one that somebody may want to be told about.
    fn happening(
        &self,
        event: &Event,
        memory: &mut Memory,
    ) -> Result<Option<Happening>, CommandError> {
        let is_of_interest = matches!(
            (event.kind.as_str(), event.to),
            ("claimed" | "done" | "failed" | "retry", _) | (_, Some(StateKind::Held))
        );
        let Some(id) = event.job.as_ref().filter(|_| is_of_interest) else {
            return Ok(None);
        };
        let Some(job) = self.queue.job(id).context("read a job")? else {
            return Ok(None);
        };
        let spec = RunSpec::of(&job.spec).ok();
        let is_fixer = spec
            .as_ref()
            .is_some_and(|spec| matches!(spec.action, Action::Fix { .. }));
        // Somebody waits for the fixer; what a search looks at is meant to fail now and then.
        if is_fixer || self.queue.is_of_a_bisection(id).context("read a search")? {
            return Ok(None);
        }
        let why = || {
            let text = event.data.get("why").and_then(serde_json::Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let what = match (event.kind.as_str(), event.to) {
            (_, Some(StateKind::Held)) => What::Held {
                reason: match &job.state {
                    State::Held { reason } => reason.clone(),
                    _ => why(),
                },
            },
            ("claimed", _) => What::Started,
            ("done", _) => What::Done {
                found: self.found(&job, memory)?,
            },
            ("retry", _) => What::TriedAgain { error: why() },
            _ => What::Failed {
                category: event
                    .data
                    .get("category")
                    .and_then(|it| serde_json::from_value(it.clone()).ok())
                    .unwrap_or(crate::queue::Category::Permanent),
                error: why(),
            },
        };
        let run = match what {
            What::Started | What::Held { .. } => None,
            _ => self.run(&job, event, spec.as_ref())?,
        };
        Ok(Some(Happening {
            seq: event.seq,
            at: event.at,
            title: job.name.clone().unwrap_or_else(|| job.task.clone()),
            task: job.task,
            job: job.id.0,
            commit: job.input.commit,
            what,
            run,
        }))
    }

    /// The run that ended with an event.
    fn run(
        &self,
        job: &Job,
        event: &Event,
        spec: Option<&RunSpec>,
    ) -> Result<Option<Ran>, CommandError> {
        let runs = self.queue.runs(&job.id).context("read a job's runs")?;
        let run = runs
            .into_iter()
            .filter(|run| run.finished_at <= event.at)
            .max_by_key(|run| run.finished_at);
        let limits = spec.map(|spec| &spec.limits);
        Ok(run.map(|run| {
            let timed_out = run.outcome == Outcome::TimedOut.name();
            let kib = run.peak_rss_kib.and_then(|kib| u64::try_from(kib).ok());
            let cpu = run.cpu_ms.and_then(|ms| u64::try_from(ms).ok());
            let wall = run.finished_at.duration_since(run.started_at);
            Ran {
                wall: Duration::try_from(wall).unwrap_or_default(),
                timeout: job.timeout,
                timed_out,
                stopped: run.killed || timed_out || run.outcome.ends_with("-exceeded"),
                attempt: run.attempt,
                memory: kib
                    .zip(limits.and_then(|limits| limits.memory))
                    .map(|(kib, limit)| (kib.saturating_mul(1024), limit)),
                cpu: cpu
                    .zip(limits.and_then(|limits| limits.cpu_seconds))
                    .map(|(ms, limit)| (Duration::from_millis(ms), Duration::from_secs(limit))),
            }
        }))
    }

    /// What a job found, and what of it was never there before.
    fn found(&self, job: &Job, memory: &mut Memory) -> Result<Option<Found>, CommandError> {
        let results = self.queue.results_of_job(&job.id).context("list results")?;
        let scan = results
            .iter()
            .rev()
            .find(|entry| entry.kind == findings::stored::KIND);
        let Some(entry) = scan else { return Ok(None) };
        let text = self.queue.result_text(entry.id).context("read a result")?;
        // What another version wrote, or what is damaged, is told where findings are listed.
        let Some(scan) = text.and_then(|text| serde_json::from_str::<Scan>(&text).ok()) else {
            return Ok(None);
        };
        let total = scan.findings.len();
        let ids: Vec<String> = scan.findings.iter().map(|it| it.id.clone()).collect();
        let unknown = self
            .queue
            .never_told(&job.task, ids.iter().map(String::as_str))
            .context("read the outbox")?;
        let mut new: Vec<Finding> = unknown
            .into_iter()
            .filter_map(|index| scan.findings.get(index).cloned())
            .collect();
        // What is wrong with a baseline or a suppression is said where findings are listed.
        if let Ok(Some(baseline)) = scans::read_baseline(self.app) {
            let mut accepted = baseline.matches(&new).covered.into_iter();
            new.retain(|_| accepted.next().flatten().is_none());
        }
        let worktree = job.input.worktree.as_deref();
        let compared = Compared {
            new: new.clone(),
            known: 0,
        };
        if let Ok(counting) = scans::without_suppressed(self.app, worktree, compared) {
            new = counting.new;
        }
        memory.findings.push((job.task.clone(), ids));
        Ok(Some(found(scan.summary, total, &new)))
    }
}

fn found(summary: String, total: usize, new: &[Finding]) -> Found {
    let by_severity = findings::Severity::ALL.into_iter().filter_map(|severity| {
        let count = new.iter().filter(|it| it.severity == severity).count();
        (count > 0).then(|| (severity.name(), count))
    });
    let mut worst: Vec<&Finding> = new.iter().collect();
    worst.sort_by_key(|finding| Reverse(finding.severity));
    Found {
        summary,
        total,
        worst: worst
            .first()
            .map_or(Severity::Info, |finding| seriousness(finding.severity)),
        new: by_severity.collect(),
        examples: worst.iter().take(EXAMPLES).map(|it| example(it)).collect(),
    }
}

/// `src/a.py:12: message (rule)`.
fn example(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or_else(String::new, |place| {
        let line = place
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line}: ", place.path)
    });
    let message = finding.message.lines().next().unwrap_or_default();
    format!("{place}{message} ({})", finding.rule)
}

/// S1: critical are vulnerabilities, errors are failures, warnings are concerns.
const fn seriousness(severity: findings::Severity) -> Severity {
    match severity {
        findings::Severity::Critical => Severity::Critical,
        findings::Severity::High => Severity::Error,
        findings::Severity::Medium => Severity::Warning,
        findings::Severity::Low | findings::Severity::Info => Severity::Info,
    }
}

/// A notice that somebody sends by hand.
pub fn custom(
    app: &App,
    severity: Severity,
    values: serde_json::Map<String, serde_json::Value>,
    task: Option<String>,
) -> Draft {
    Draft {
        // About no event: a number that no other has.
        seq: i64::from_ne_bytes(random::bytes()),
        at: app.now(),
        event: NoticeKind::Custom,
        severity,
        task,
        job: None,
        values,
    }
}
