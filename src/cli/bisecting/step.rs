//! One commit of a search: what it comes to, and the job that tells.

use super::belongs_to;
use super::inquiry::{At, Known};
use super::search::{Search, Stop};
use crate::cli::error::Context as _;
use crate::cli::gates::{State as Standing, state_by_job};
use crate::drain::judging::JUDGED_BEFORE;
use crate::queue::{BisectionStep, Exit, Job, JobId, Queue, Source, State, StepCame};

/// What a commit comes to.
pub(super) enum Came {
    /// This.
    Known(StepCame),
    /// This job will tell.
    Waits(JobId),
    /// The job that would tell was refused.
    Full,
    /// Only a job could tell, and that was not wanted.
    Open,
}

/// What became of a job.
enum OfJob {
    Waits(JobId),
    Nothing(String),
    /// It says nothing about the commit.
    Anew,
}

impl Search<'_> {
    /// What a commit comes to; with `may_enter`, a job is entered that tells.
    pub(super) fn came(
        &mut self,
        queue: &mut Queue,
        at: At<'_>,
        may_enter: bool,
    ) -> Result<Came, Stop> {
        if let Some(came) = self.learned(at.0) {
            return Ok(Came::Known(came));
        }
        let job = self.steps.get(at.0.as_str()).and_then(|it| it.job.clone());
        let known = self.known(queue, at)?;
        let (came, said, job) = match known {
            Known::Verdict(verdict) => {
                let before = (&self.good, self.before.as_slice());
                let (came, said, _) = if at.0 == &self.good {
                    (StepCame::Good, verdict.summary.clone(), None)
                } else {
                    self.inquiry.meaning(&verdict, at.0, before)?
                };
                let own = job.filter(|job| verdict.source == Source::Job(job.clone()));
                (came, said, own)
            }
            Known::Content => (StepCame::Good, "each of its files is fine".to_owned(), None),
            Known::Nothing => {
                let said = "its globs select no file".to_owned();
                (StepCame::Skipped, said, None)
            }
            Known::Open if !may_enter => return Ok(Came::Open),
            Known::Open => match self.of_job(queue, job.as_ref())? {
                OfJob::Waits(job) => return Ok(Came::Waits(job)),
                OfJob::Nothing(why) => (StepCame::Skipped, why, job),
                OfJob::Anew => return self.enter(queue, at),
            },
        };
        let step = BisectionStep {
            commit: at.0.as_str().to_owned(),
            came: Some(came),
            job,
            said: Some(said),
        };
        self.learn(queue, step)?;
        Ok(Came::Known(came))
    }

    fn enter(&mut self, queue: &mut Queue, at: At<'_>) -> Result<Came, Stop> {
        let job = self.inquiry.job(&self.permission, self.id, at);
        let live = queue.live_judging().context("list what is under way")?;
        let twin = live.into_iter().find(|live| {
            live.task == job.task && live.input_key == job.input_key && live.spec == job.spec
        });
        if let Some(twin) = twin {
            let step = BisectionStep {
                commit: at.0.as_str().to_owned(),
                came: None,
                job: Some(twin.id.clone()),
                said: None,
            };
            self.learn(queue, step)?;
            return Ok(Came::Waits(twin.id));
        }
        let limit = self.app.loaded()?.config.queue.max_jobs.get() as usize;
        let turn = (self.id, self.turn);
        let entered = queue.enter_bisection_step(turn, at.0.as_str(), &job, limit, self.app.now());
        match entered.context("enter the next job")? {
            None => Err(Stop::Over),
            Some(None) => Ok(Came::Full),
            Some(Some(job)) => {
                self.turn += 1;
                Ok(Came::Waits(job))
            }
        }
    }

    fn learn(&mut self, queue: &mut Queue, step: BisectionStep) -> Result<(), Stop> {
        let learned = queue.learn_in_bisection((self.id, self.turn), &step);
        if !learned.context("keep what was learned")? {
            return Err(Stop::Over);
        }
        self.turn += 1;
        self.steps.insert(step.commit.clone(), step);
        Ok(())
    }

    /// What has become of the job that judges a commit for which there is no verdict.
    fn of_job(&self, queue: &Queue, job: Option<&JobId>) -> Result<OfJob, Stop> {
        let Some(id) = job else {
            return Ok(OfJob::Anew);
        };
        let Some(job) = queue.job(id).context("read the job")? else {
            return Ok(OfJob::Anew);
        };
        if !job.state.kind().is_terminal() {
            return Ok(OfJob::Waits(job.id));
        }
        if self.is_to_be_repeated(&job) {
            return Ok(OfJob::Anew);
        }
        Ok(OfJob::Nothing(match state_by_job(queue, id)? {
            Standing::Unjudged { why, .. } => why,
            _ => "it came to no verdict".to_owned(),
        }))
    }

    /// Whether a job ended for reasons that are none of its commit's.
    fn is_to_be_repeated(&self, job: &Job) -> bool {
        match &job.state {
            State::Ended { exit, reason, .. } => match exit {
                Exit::Expired | Exit::Superseded | Exit::Dropped => true,
                // By a process with another search path, and so by other programs perhaps.
                Exit::Skipped => reason.starts_with(JUDGED_BEFORE),
                // That of another search, which is over.
                Exit::Cancelled => belongs_to(job) != Some(self.id),
            },
            _ => false,
        }
    }

    pub(super) fn known(&self, queue: &Queue, at: At<'_>) -> Result<Known, Stop> {
        let step = self.steps.get(at.0.as_str());
        let job = step.and_then(|step| step.job.as_ref());
        Ok(self.inquiry.known(queue, at.1, job)?)
    }
}
