//! A hard bound on the time that sending takes.
//!
//! The library's time-outs are for one read each, and asking for the address of a name has none: a server that sends a
//! byte a second, or a name server that is gone, could hold a drain for hours. So the conversation is had in a thread of
//! its own, and waited for no longer than its time. Past it the thread begins nothing new; what it waits for then it
//! stops waiting for with the process, which is a drain and short-lived.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::notify::Refusal;

/// How long one may take to say goodbye once all is done.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// When an attempt must be over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    limit: Duration,
    end: Instant,
}

impl Deadline {
    pub fn after(limit: Duration) -> Self {
        let now = Instant::now();
        // A limit that the clock cannot express is as good as a year.
        let end = now
            .checked_add(limit)
            .unwrap_or(now + Duration::from_secs(31_536_000));
        Self { limit, end }
    }

    /// What is left of the time; `None` when it is over.
    pub fn left(&self) -> Option<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// What an attempt that took too long comes to.
    pub fn passed(&self, doing: &str) -> Refusal {
        Refusal::Later(format!(
            "{doing}: not done in {} s",
            self.limit.as_secs_f32()
        ))
    }
}

/// How the thread tells what it does, and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Teller(Sender<Told>);

#[derive(Debug)]
enum Told {
    Doing(String),
    Done(Result<(), Refusal>),
}

impl Teller {
    /// What is done from now on, as the beginning of an error.
    pub fn doing(&self, what: String) {
        // Nobody listens any more: the deadline passed.
        let _ = self.0.send(Told::Doing(what));
    }

    /// What came of it.
    pub fn done(&self, outcome: Result<(), Refusal>) {
        let _ = self.0.send(Told::Done(outcome));
    }
}

/// What `work` tells of its outcome, which is at least once; later than the deadline nothing is heard.
pub(super) fn bounded(
    deadline: Deadline,
    work: impl FnOnce(&Teller) + Send + 'static,
) -> Result<(), Refusal> {
    let (sender, told) = mpsc::channel();
    let started = thread::Builder::new()
        .name("e-mail".to_owned())
        .spawn(move || work(&Teller(sender)));
    if let Err(error) = started {
        return Err(Refusal::Later(format!("start a thread: {error}")));
    }
    let mut doing = "begin".to_owned();
    loop {
        let left = deadline.left().unwrap_or_default();
        match told.recv_timeout(left) {
            Ok(Told::Doing(what)) => doing = what,
            Ok(Told::Done(outcome)) => {
                // What a process leaves without a goodbye, servers log as trouble.
                let farewell = FAREWELL.min(deadline.left().unwrap_or_default());
                let _ = told.recv_timeout(farewell);
                return outcome;
            }
            Err(RecvTimeoutError::Timeout) => return Err(deadline.passed(&doing)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Refusal::Later(format!("{doing}: ended without an outcome")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_in_time_counts_though_the_goodbye_hangs() {
        let begun = Instant::now();
        let outcome = bounded(Deadline::after(Duration::from_secs(60)), |teller| {
            teller.doing("talk".to_owned());
            teller.done(Ok(()));
            thread::park_timeout(Duration::from_secs(50));
        });
        assert_eq!(outcome, Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(40));
    }

    #[test]
    fn what_takes_too_long_is_told_with_what_was_done() {
        let begun = Instant::now();
        let outcome = bounded(Deadline::after(Duration::from_millis(50)), |teller| {
            teller.doing("talk".to_owned());
            thread::park_timeout(Duration::from_secs(50));
        });
        assert_eq!(
            outcome,
            Err(Refusal::Later("talk: not done in 0.05 s".to_owned()))
        );
        let outcome = bounded(Deadline::after(Duration::from_secs(60)), |_| ());
        assert!(matches!(outcome, Err(Refusal::Later(_))));
        assert!(bounded(Deadline::after(Duration::MAX), |teller| teller.done(Ok(()))).is_ok());
        assert!(begun.elapsed() < Duration::from_secs(40));
    }
}
