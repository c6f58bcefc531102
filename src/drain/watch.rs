//! What a supervisor decides: when to look, when to ask a job to end, when to kill it, and what to call the outcome.
//!
//! Pure: all moments are spans since the job's start, and what was seen is handed in.

use std::time::Duration;

use crate::system::process::Ending;

use super::protocol::Outcome;

/// The first look at a job's use of memory, CPU and disk. Most jobs are over by then and are never looked at.
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// Between two looks where memory is to be watched.
const LOOK_AT_MEMORY: Duration = Duration::from_millis(250);
/// Between two looks where only CPU time and the log are.
const LOOK: Duration = Duration::from_secs(1);
/// However fast a log grows.
const SHORTEST_LOOK: Duration = Duration::from_millis(10);

/// What a job may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The longest run.
    pub timeout: Duration,
    /// Between asking and killing.
    pub grace: Duration,
    /// Memory in bytes, where the supervisor watches it.
    pub memory: Option<u64>,
    /// CPU time.
    pub cpu: Option<Duration>,
    /// Bytes of log.
    pub log: u64,
}

/// What to do to the job now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask all its processes to end.
    Terminate,
    /// Kill them.
    Kill,
}

/// What somebody else wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// That the job ends, within the grace.
    Terminate,
    /// That it ends now.
    Kill,
}

/// What was seen of the job at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Resident memory of all its processes, in bytes.
    pub memory: u64,
    /// CPU time of all its processes, those that ended included.
    pub cpu: Duration,
    /// Bytes of log.
    pub log: u64,
}

/// Why it is made to end; the first reason stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Time,
    Memory,
    Cpu,
    Log,
    Request,
}

#[derive(Clone, Copy, Debug)]
struct Stop {
    cause: Cause,
    kill_at: Duration,
}

/// The course of one run.
#[derive(Clone, Debug)]
pub struct Watch {
    bounds: Bounds,
    stop: Option<Stop>,
    look_at: Duration,
    looked_at: Duration,
    last: Sample,
    peak: u64,
}

impl Watch {
    /// Starts with the job.
    pub const fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            stop: None,
            look_at: FIRST_LOOK,
            looked_at: Duration::ZERO,
            last: Sample {
                memory: 0,
                cpu: Duration::ZERO,
                log: 0,
            },
            peak: 0,
        }
    }

    /// When to come back at the latest.
    pub fn wake_at(&self) -> Duration {
        let end = self.stop.map_or(self.bounds.timeout, |stop| stop.kill_at);
        end.min(self.look_at)
    }

    /// Whether it is time to take a sample.
    pub fn wants_sample(&self, at: Duration) -> bool {
        at >= self.look_at
    }

    /// Whether the job has been asked to end, and what is left of it still has its grace.
    pub const fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// The most memory that was seen, in bytes.
    pub const fn peak_memory(&self) -> u64 {
        self.peak
    }

    /// Somebody wants the job to end.
    pub fn on_request(&mut self, request: Request, at: Duration) -> Option<Order> {
        match request {
            Request::Terminate => self.terminate(Cause::Request, at),
            Request::Kill => Some(self.kill(Cause::Request, at)),
        }
    }

    /// Time has passed.
    pub fn on_time(&mut self, at: Duration) -> Option<Order> {
        match self.stop {
            Some(stop) if at >= stop.kill_at => Some(Order::Kill),
            None if at >= self.bounds.timeout => self.terminate(Cause::Time, at),
            _ => None,
        }
    }

    /// A sample was taken.
    ///
    /// Memory and log are what other programs need as well: whoever takes too much of them is killed at once. A log is
    /// not cut instead, since an endless flood would then cost processor and disk until the time-out. A job that used
    /// up its CPU time harms nobody and gets its grace.
    pub fn on_sample(&mut self, sample: Sample, at: Duration) -> Option<Order> {
        self.peak = self.peak.max(sample.memory);
        self.look_at = at + self.pause(sample, at);
        self.looked_at = at;
        self.last = sample;
        if self.bounds.memory.is_some_and(|most| sample.memory > most) {
            Some(self.kill(Cause::Memory, at))
        } else if sample.log > self.bounds.log {
            Some(self.kill(Cause::Log, at))
        } else if self.bounds.cpu.is_some_and(|most| sample.cpu >= most) {
            self.terminate(Cause::Cpu, at)
        } else {
            None
        }
    }

    /// Until the next look: shorter when the log, growing as it did, would be full before it.
    fn pause(&self, sample: Sample, at: Duration) -> Duration {
        let usual = if self.bounds.memory.is_some() {
            LOOK_AT_MEMORY
        } else {
            LOOK
        };
        let grown = sample.log.saturating_sub(self.last.log);
        if grown == 0 {
            return usual;
        }
        let span = at.saturating_sub(self.looked_at).as_nanos();
        let room = u128::from(self.bounds.log.saturating_sub(sample.log));
        let full_in = span.saturating_mul(room) / u128::from(grown);
        let full_in = Duration::from_nanos(u64::try_from(full_in).unwrap_or(u64::MAX));
        full_in.clamp(SHORTEST_LOOK, usual)
    }

    /// The kernel killed in the job's control group, which held `peak` bytes at most.
    pub fn on_out_of_memory(&mut self, peak: Option<u64>, at: Duration) {
        self.peak = self.peak.max(peak.unwrap_or(0));
        self.kill(Cause::Memory, at);
    }

    fn terminate(&mut self, cause: Cause, at: Duration) -> Option<Order> {
        if self.stop.is_some() {
            return None;
        }
        self.stop = Some(Stop {
            cause,
            kill_at: at.saturating_add(self.bounds.grace),
        });
        Some(Order::Terminate)
    }

    fn kill(&mut self, cause: Cause, at: Duration) -> Order {
        let cause = self.stop.map_or(cause, |stop| stop.cause);
        self.stop = Some(Stop { cause, kill_at: at });
        Order::Kill
    }

    /// What to call it, now that the job's own process has ended and `cpu` is what all of them used.
    pub fn outcome(&self, ending: Option<Ending>, cpu: Duration) -> Outcome {
        match (self.stop.map(|stop| stop.cause), ending) {
            (Some(Cause::Time), _) => Outcome::TimedOut,
            (Some(Cause::Memory), _) => Outcome::MemoryExceeded { peak: self.peak },
            (Some(Cause::Cpu), _) => Outcome::CpuExceeded,
            (Some(Cause::Log), _) => Outcome::OutputExceeded,
            (Some(Cause::Request), _) | (None, None) => Outcome::Terminated,
            // The resource limit behind the samples struck first.
            (None, Some(Ending::Signalled(_)))
                if self.bounds.cpu.is_some_and(|most| cpu >= most) =>
            {
                Outcome::CpuExceeded
            }
            (None, Some(Ending::Exited(code))) => Outcome::Exited { code },
            (None, Some(Ending::Signalled(signal))) => Outcome::Signalled { signal },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        timeout: Duration::from_secs(60),
        grace: Duration::from_secs(5),
        memory: Some(1000),
        cpu: Some(Duration::from_secs(10)),
        log: 10_000,
    };
    const ZERO: Duration = Duration::ZERO;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_time_out_asks_and_then_kills() {
        let mut watch = Watch::new(BOUNDS);
        assert_eq!(watch.on_time(seconds(59)), None);
        assert_eq!(watch.on_time(seconds(60)), Some(Order::Terminate));
        assert_eq!(watch.on_time(seconds(64)), None);
        assert_eq!(watch.on_time(seconds(65)), Some(Order::Kill));
        let ending = Some(Ending::Exited(0));
        assert_eq!(watch.outcome(ending, ZERO), Outcome::TimedOut);
    }

    #[test]
    fn nothing_is_looked_at_before_a_tenth_of_a_second() {
        let watch = Watch::new(BOUNDS);
        assert!(!watch.wants_sample(Duration::from_millis(99)));
        assert!(watch.wants_sample(FIRST_LOOK));
        assert_eq!(watch.wake_at(), FIRST_LOOK);
    }

    #[test]
    fn too_much_memory_kills_at_once_and_reports_the_peak() {
        let mut watch = Watch::new(BOUNDS);
        let sample = |memory| Sample {
            memory,
            ..Sample::default()
        };
        assert_eq!(watch.on_sample(sample(1000), FIRST_LOOK), None);
        assert_eq!(watch.on_sample(sample(1001), seconds(1)), Some(Order::Kill));
        let ending = Some(Ending::Signalled(9));
        assert_eq!(
            watch.outcome(ending, ZERO),
            Outcome::MemoryExceeded { peak: 1001 }
        );
    }

    #[test]
    fn used_up_cpu_time_gets_a_grace() {
        let mut watch = Watch::new(BOUNDS);
        let sample = Sample {
            cpu: seconds(10),
            ..Sample::default()
        };
        assert_eq!(watch.on_sample(sample, seconds(6)), Some(Order::Terminate));
        assert_eq!(watch.on_sample(sample, seconds(7)), None);
        assert_eq!(watch.on_time(seconds(11)), Some(Order::Kill));
        assert_eq!(watch.outcome(None, seconds(12)), Outcome::CpuExceeded);
    }

    #[test]
    fn the_kernels_cpu_limit_is_told_from_a_stray_signal() {
        let watch = Watch::new(BOUNDS);
        let killed = Some(Ending::Signalled(9));
        assert_eq!(watch.outcome(killed, seconds(12)), Outcome::CpuExceeded);
        assert_eq!(
            watch.outcome(killed, seconds(1)),
            Outcome::Signalled { signal: 9 }
        );
    }

    #[test]
    fn the_first_reason_stays() {
        let mut watch = Watch::new(BOUNDS);
        assert_eq!(
            watch.on_request(Request::Terminate, seconds(1)),
            Some(Order::Terminate)
        );
        assert_eq!(watch.on_request(Request::Terminate, seconds(2)), None);
        assert_eq!(
            watch.on_request(Request::Kill, seconds(3)),
            Some(Order::Kill)
        );
        assert_eq!(watch.outcome(None, ZERO), Outcome::Terminated);

        let mut watch = Watch::new(BOUNDS);
        assert_eq!(watch.on_time(seconds(60)), Some(Order::Terminate));
        assert_eq!(
            watch.on_request(Request::Kill, seconds(61)),
            Some(Order::Kill)
        );
        assert_eq!(watch.outcome(None, ZERO), Outcome::TimedOut);
    }

    #[test]
    fn a_fast_log_is_looked_at_before_it_is_full() {
        let mut watch = Watch::new(BOUNDS);
        let sample = |log| Sample {
            log,
            ..Sample::default()
        };
        assert_eq!(watch.on_sample(sample(5_000), FIRST_LOOK), None);
        assert_eq!(watch.wake_at(), FIRST_LOOK * 2);
        assert_eq!(watch.on_sample(sample(10_000), FIRST_LOOK * 2), None);
        assert_eq!(watch.wake_at(), FIRST_LOOK * 2 + SHORTEST_LOOK);
        assert_eq!(
            watch.on_sample(sample(10_001), seconds(1)),
            Some(Order::Kill)
        );
        assert_eq!(watch.outcome(None, ZERO), Outcome::OutputExceeded);
    }

    #[derive(Clone, Copy, Debug)]
    enum Event {
        Time,
        Terminate,
        Kill,
        Sample(u64, u64, u64),
    }

    fn event() -> impl Strategy<Value = Event> {
        prop_oneof![
            Just(Event::Time),
            Just(Event::Terminate),
            Just(Event::Kill),
            (0_u64..2_000, 0_u64..20_000, 0_u64..20_000)
                .prop_map(|(memory, cpu, log)| Event::Sample(memory, cpu, log)),
        ]
    }

    proptest! {
        /// Whatever happens, somebody who comes back when told to has killed the job by time-out plus grace.
        #[test]
        fn no_job_outlives_its_time_and_grace(events in proptest::collection::vec((event(), 0_u64..10_000), 0..60)) {
            let mut watch = Watch::new(BOUNDS);
            let mut at = ZERO;
            let mut asked = 0;
            for (event, later) in events {
                at += Duration::from_millis(later).min(watch.wake_at().saturating_sub(at).max(SHORTEST_LOOK));
                let order = match event {
                    Event::Time => None,
                    Event::Terminate => watch.on_request(Request::Terminate, at),
                    Event::Kill => watch.on_request(Request::Kill, at),
                    Event::Sample(memory, cpu, log) => watch.on_sample(
                        Sample { memory, cpu: Duration::from_millis(cpu), log },
                        at,
                    ),
                };
                let order = order.or_else(|| watch.on_time(at));
                match order {
                    Some(Order::Terminate) => asked += 1,
                    Some(Order::Kill) => return Ok(()),
                    None => {}
                }
                prop_assert!(asked <= 1);
                prop_assert!(at <= BOUNDS.timeout + BOUNDS.grace + SHORTEST_LOOK * 2);
                prop_assert!(watch.wake_at() <= BOUNDS.timeout + BOUNDS.grace);
            }
        }
    }
}
