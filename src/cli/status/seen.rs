//! What the queue holds at one moment.

use jiff::Timestamp;

use super::Around;
use super::gates::GateSeen;
use super::jobs::{JobLook, Looker};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::queue::{Backlog, Counts, Filter, Job, Queue, ResultEntry, Schedule, StateKind, Which};

/// What there is to tell.
#[derive(Debug, Default)]
pub struct Seen {
    /// The numbers.
    pub counts: Counts,
    /// Jobs that run or wait.
    pub jobs: Vec<JobLook>,
    /// The newest failures of this day.
    pub failures: Vec<Job>,
    /// When what is due.
    pub schedules: Vec<Schedule>,
    /// Until when drains are held.
    pub paused: Option<Timestamp>,
    /// Gates that have not passed.
    pub gates: Vec<GateSeen>,
    /// What channels have not taken.
    pub untold: Vec<Backlog>,
    /// The newest result.
    pub last_result: Option<ResultEntry>,
    /// What is true besides.
    pub around: Around,
}

/// How many failures are named.
const FAILURES: usize = 5;

impl Seen {
    /// Without a queue.
    pub fn nothing(around: Around) -> Self {
        Self {
            around,
            ..Self::default()
        }
    }

    /// Whether anything is to begin at a certain time.
    pub fn has_schedules(&self) -> bool {
        self.schedules.iter().any(|it| it.next_fire.is_some())
    }

    /// At most `limit` jobs of those that run or wait.
    pub fn of(
        queue: &Queue,
        limit: Option<usize>,
        around: Around,
        gates: Vec<GateSeen>,
        app: &App,
    ) -> Result<Self, CommandError> {
        let filter = Filter {
            which: Which::Live,
            limit,
            ..Filter::default()
        };
        let failed = Filter {
            which: Which::In(StateKind::Failed),
            limit: Some(FAILURES),
            ..Filter::default()
        };
        let today = app.day_start();
        let (mut seen, jobs) = queue
            .at_one_moment(|queue| {
                let seen = Self {
                    gates,
                    counts: queue.counts(today)?,
                    failures: queue.list(&failed)?,
                    schedules: queue.schedules()?,
                    paused: queue.paused_until(app.now())?,
                    untold: queue.backlog()?,
                    last_result: queue.newest_result()?,
                    around,
                    ..Self::default()
                };
                Ok((seen, queue.list(&filter)?))
            })
            .context("read the queue")?;
        seen.jobs = Looker::new(queue, app.state_dir()?).all(jobs)?;
        seen.failures.retain(|job| match job.state {
            crate::queue::State::Failed { finished_at, .. } => finished_at >= today,
            _ => false,
        });
        seen.schedules
            .sort_by(|one, other| (one.next_fire, &one.name).cmp(&(other.next_fire, &other.name)));
        Ok(seen)
    }

    /// How many jobs are in a state.
    pub fn count(&self, state: StateKind) -> u64 {
        self.counts.by_state.get(&state).copied().unwrap_or(0)
    }

    /// How many jobs wait or run.
    pub fn live(&self) -> u64 {
        let states = StateKind::ALL.iter().filter(|state| !state.is_terminal());
        states.map(|state| self.count(*state)).sum()
    }
}
