//! Signals, requests to stop, cancelled jobs, and the deadlines of a budget.

use std::time::{Duration, Instant};

use super::{Active, Drain, DrainError, SHUTDOWN_GRACE, Shutdown, Stopped};
use crate::drain::budget::MARGIN;
use crate::system::signals::Signals;
use crate::tasks::outcome::Interruption;

impl Drain<'_> {
    pub(super) fn obey(&mut self, signals: &Signals) -> Result<(), DrainError> {
        signals.drain();
        match signals.stop_count() {
            0 => {}
            1 => self.shut_down(Stopped::Signal, false, false),
            _ => self.shut_down(Stopped::Signal, false, true),
        }
        if self.queue.data_version()? != self.seen_version {
            if let Some(stop) = self.queue.stop_requested(self.stop_generation)? {
                self.shut_down(Stopped::Request, !stop.force, stop.force);
            }
            for active in &mut self.active {
                if !active.cancelled && !self.queue.still_mine(&active.lease)? {
                    active.cancelled = true;
                    kill(active);
                }
            }
        }
        self.enforce_deadlines();
        Ok(())
    }

    pub(super) fn shut_down(&mut self, why: Stopped, patient: bool, now: bool) {
        let shutdown = self.shutdown.get_or_insert(Shutdown {
            since: Instant::now(),
            why,
            patient,
            now,
        });
        shutdown.now |= now;
        shutdown.patient &= patient;
    }

    /// When running jobs are asked to end, when they are ended, and on whose account.
    pub(super) fn deadlines(&self) -> Vec<(Instant, Instant, Interruption)> {
        let mut deadlines = Vec::with_capacity(2);
        let budget = self.options.budget;
        if let (Some(term), Some(kill)) = (budget.term_at(), budget.kill_at()) {
            deadlines.push((
                self.started + term,
                // Ending takes a few milliseconds, but on a busy machine processes wait for their turn: of a thousand
                // drains beside four compilers, twelve ended up to a tenth of a second late without this.
                self.started + kill.saturating_sub(MARGIN),
                Interruption::Budget,
            ));
        }
        if let Some(shutdown) = self
            .shutdown
            .filter(|shutdown| !shutdown.patient || shutdown.now)
        {
            let by = match shutdown.why {
                Stopped::Request => Interruption::Stop,
                Stopped::Signal | Stopped::Paused | Stopped::Full => Interruption::Shutdown,
            };
            let grace = if shutdown.now {
                Duration::ZERO
            } else {
                budget.grace().unwrap_or(SHUTDOWN_GRACE)
            };
            deadlines.push((shutdown.since + grace / 2, shutdown.since + grace, by));
        }
        deadlines
    }

    fn enforce_deadlines(&mut self) {
        let now = Instant::now();
        for (term, end, by) in self.deadlines() {
            for active in self.active.iter_mut().filter(|active| !active.cancelled) {
                if now >= end && active.killed.is_none() {
                    active.interrupted.get_or_insert(by);
                    kill(active);
                } else if now >= term && active.interrupted.is_none() {
                    active.interrupted = Some(by);
                    // A supervisor that cannot be told is found dead by its report.
                    let _ = active.supervised.terminate();
                }
            }
        }
    }
}

fn kill(active: &mut Active) {
    active.killed = Some(Instant::now());
    // A supervisor that cannot be told is found dead by its report.
    let _ = active.supervised.kill();
}
