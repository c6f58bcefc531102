//! Waiting for whatever happens first, and recording what ended.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Active, Drain, DrainError, LAST_WORD, PULSE, Stopped};
use crate::drain::estimate::{Sample, SampleKind};
use crate::drain::event::Event;
use crate::drain::finish::{self, Finished};
use crate::drain::protocol::ExecReport;
use crate::drain::supervise;
use crate::queue::{Job, Lease, Next, QueueError, Settled, Settlement, StateKind};
use crate::store::StoreError;
use crate::system::signals::Signals;
use crate::system::{clock, poll, random};
use crate::tasks::spec::history_key;

impl Drain<'_> {
    pub(super) fn wait(&mut self, signals: &Signals) -> Result<(), DrainError> {
        let now = Instant::now();
        let next = self
            .deadlines()
            .into_iter()
            .flat_map(|(term, end, _)| [term, end])
            .chain(
                self.active
                    .iter()
                    .filter_map(|active| Some(active.killed? + LAST_WORD)),
            )
            .filter(|at| *at > now)
            .map(|at| at - now)
            .min()
            .unwrap_or(PULSE)
            .min(PULSE);
        let mut fds: Vec<BorrowedFd<'_>> = vec![signals.fd()];
        fds.extend(
            self.active
                .iter()
                .map(|active| active.supervised.report_fd()),
        );
        poll::readable(&fds, Some(next)).map_err(DrainError::Wait)?;
        Ok(())
    }

    pub(super) fn collect(&mut self) -> Result<(), DrainError> {
        let mut index = 0;
        while let Some(active) = self.active.get_mut(index) {
            let report = match active.supervised.try_report() {
                Ok(Some(supervise::Finished::Reported(report))) => Some(Some(report)),
                Ok(Some(supervise::Finished::SupervisorDied(_))) | Err(_) => Some(None),
                // It was told to kill and is silent: its job is not waited for any longer.
                Ok(None) if active.killed.is_some_and(|at| at.elapsed() >= LAST_WORD) => {
                    active.supervised.abandon();
                    Some(None)
                }
                Ok(None) => None,
            };
            match report {
                Some(report) => {
                    let active = self.active.swap_remove(index);
                    // Its slot is free only when its end is recorded.
                    self.ended(&active, report.as_ref())?;
                }
                None => index += 1,
            }
        }
        Ok(())
    }

    fn ended(&mut self, active: &Active, report: Option<&ExecReport>) -> Result<(), DrainError> {
        let now = clock::now();
        let wall = report.map_or_else(
            || active.started.elapsed(),
            |report| Duration::from_millis(report.wall_ms),
        );
        let finished = Finished {
            job: &active.job,
            spec: &active.spec,
            lease: &active.lease,
            report,
            interrupted: active.interrupted,
            awaited: self.is_awaited(&active.job),
            started_at: active.started_at,
            wall,
            judging: active.judging.as_deref(),
        };
        self.seen_to_end += 1;
        let settlement = finish::settlement(&finished, self.place, now, random::jitter());
        if let Some(kind) = SampleKind::of(&finish::outcome(report, active.interrupted)) {
            self.histories
                .entry(history_key(&active.job.task, &active.spec))
                .or_default()
                .push(Sample {
                    ms: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
                    kind,
                    opportunity: self.opportunity,
                });
        }
        self.settle(&active.lease, &active.job, &active.title, &settlement, wall)
    }

    pub(super) fn settle(
        &mut self,
        lease: &Lease,
        job: &Job,
        title: &str,
        settlement: &Settlement,
        wall: Duration,
    ) -> Result<(), DrainError> {
        let now = clock::now();
        let settled = match self.queue.settle(lease, settlement, now) {
            Err(QueueError::Store(StoreError::Full)) => {
                // Not even the room that is kept for this was enough: the job is taken back by a later drain.
                self.listener.hear(&Event::Note(
                    "the disk is full: nothing more is started, and what ran is run again"
                        .to_owned(),
                ));
                self.shut_down(Stopped::Full, true, false);
                return Ok(());
            }
            other => other?,
        };
        let state = match &settled {
            Settled::Applied {
                state,
                rerun,
                released,
                ..
            } => {
                self.dirty |=
                    rerun.is_some() || !released.is_empty() || *state == StateKind::Queued;
                *state
            }
            Settled::Stale => StateKind::Cancelled,
        };
        *self.summary.ended.entry(state).or_default() += 1;
        let (reason, again) = why(&settlement.next);
        self.listener.hear(&Event::Finished {
            job: job.id.clone(),
            task: job.task.clone(),
            title: title.to_owned(),
            state,
            wall,
            reason: if settled == Settled::Stale {
                Some("cancelled".to_owned())
            } else {
                reason
            },
            again,
            logged: settlement.record.log.is_some(),
        });
        if state.is_terminal() && settled != Settled::Stale {
            // What this connection writes does not show as another's.
            self.dirty |= (self.follower)(self.queue, job);
        }
        Ok(())
    }
}

fn why(next: &Next) -> (Option<String>, Option<Timestamp>) {
    match next {
        Next::Done => (None, None),
        Next::Failed { error, .. } => (Some(error.clone()), None),
        Next::Retry { at, error } => (Some(error.clone()), Some(*at)),
        Next::Snooze { at, reason } => (Some(reason.clone()), Some(*at)),
        Next::Interrupted { reason } | Next::Hold { reason } | Next::Ended { reason, .. } => {
            (Some(reason.clone()), None)
        }
    }
}
