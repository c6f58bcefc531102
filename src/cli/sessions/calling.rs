//! Calls of the agent on the user's account: each is written down before it is made, with what it may cost, and none is made
//! past a cap.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::caps::{caps, reached_words};
use crate::agent::breaker;
use crate::agent::call::{self, Called, Request};
use crate::agent::failure::{Failure, Reason};
use crate::agent::skills;
use crate::agent::stream::added;
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::config::user::Agent;
use crate::graph::db::{Begun, EndedCall, NewCall, OK};
use crate::graph::ledger::{Cap, Caps, Purpose};
use crate::graph::{Graph, GraphError, NodeId};
use crate::sessions::Usage;
use crate::system::signals::Signals;
use crate::system::{clock, env};
use crate::triggers::search_path;

/// Where answers of the agent are kept until they are used, in the user's folder for data.
pub const ANSWERS: &str = "answers";

/// What an answer is expected to have, in tokens: the node of a segment has some 1500.
const ANSWER_TOKENS: u64 = 2000;

/// On whose account calls are made, and what for.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// The job; a command's own identity where there is none.
    pub job: &'a str,
    /// The run: a drain, or a command.
    pub run: &'a str,
    /// What for.
    pub purpose: Purpose,
    /// About which node.
    pub node: Option<NodeId>,
}

/// What all calls have in common.
struct Setting<'a> {
    agent: &'a Agent,
    skills: Vec<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    answers: PathBuf,
    timeout: Duration,
}

impl Setting<'_> {
    fn request<'b>(&'b self, system_prompt: &'b str, prompt: &'b str) -> Request<'b> {
        Request {
            settings: self.agent,
            system_prompt,
            prompt,
            skills: &self.skills,
            timeout: self.timeout,
            environment: &self.environment,
            answers: &self.answers,
        }
    }
}

/// Who calls the agent.
pub struct Caller<'a> {
    app: &'a App,
    agent: &'a Agent,
    account: Account<'a>,
    graph: Graph,
    setting: Setting<'a>,
    model: String,
    is_patient: bool,
    asked: Vec<(String, String)>,
    /// The cap that ended it.
    pub capped: Option<Cap>,
    /// Until when the agent is left alone, if that ended it.
    pub resting: Option<Timestamp>,
    /// What went wrong with the ledger.
    pub broken: Option<GraphError>,
    /// What was paid, all calls together.
    pub usage: Usage,
}

impl<'a> Caller<'a> {
    /// Opens the ledger and finds the skills.
    pub fn new(app: &'a App, account: Account<'a>) -> Result<Self, CommandError> {
        let agent = &app.loaded()?.config.agent;
        let dirs = app.dirs()?;
        let environment = environment(app)?;
        let skills = skills::skills(agent, &environment)
            .map_err(|missing| CommandError::failed(missing.to_string()))?;
        Ok(Self {
            app,
            agent,
            account,
            graph: app.graph()?,
            setting: Setting {
                agent,
                skills,
                environment,
                answers: dirs.data.join(ANSWERS),
                timeout: agent.timeout.get(),
            },
            model: format!("{}/{}", agent.provider, agent.model),
            is_patient: false,
            asked: Vec::new(),
            capped: None,
            resting: None,
            broken: None,
            usage: Usage::default(),
        })
    }

    /// The graph, with the ledger.
    pub const fn graph(&mut self) -> &mut Graph {
        &mut self.graph
    }

    /// As nobody waits for it: a call may take half as long again for each of the job's that took too long, and none is made
    /// while the agent is left alone.
    pub fn patient(&mut self) -> Result<(), CommandError> {
        self.is_patient = true;
        let before = self
            .graph
            .timeouts_of(self.account.job)
            .context("read the earlier calls")?;
        let factor = 1.5_f64.powi(i32::try_from(before.min(MOST_PATIENCE)).unwrap_or(0));
        self.setting.timeout = self.agent.timeout.get().mul_f64(factor);
        Ok(())
    }

    /// With this time-out, whatever is configured.
    pub const fn within(&mut self, timeout: Duration) {
        self.setting.timeout = timeout;
    }

    /// Forgets the answers that came: they were used, or are of no use. Until then they are there for another attempt.
    pub fn discard(&self) {
        for (system_prompt, prompt) in &self.asked {
            // One that stays is used by whoever asks the same, and goes by its age.
            let _ = call::discard(&self.setting.request(system_prompt, prompt));
        }
    }

    /// Asks once.
    pub fn ask(
        &mut self,
        system_prompt: &str,
        prompt: &str,
        signals: &Signals,
        log: &mut dyn Write,
    ) -> Called {
        let request = self.setting.request(system_prompt, prompt);
        let wanted = Wanted {
            account: self.account,
            model: &self.model,
            day_start: self.app.day_start(),
            now: self.app.now(),
        };
        self.asked
            .push((system_prompt.to_owned(), prompt.to_owned()));
        if self.is_patient {
            match rests(&self.graph, &self.model, self.agent) {
                Ok(Some(until)) if until > wanted.now => {
                    self.resting = Some(until);
                    return failed("it is left alone for a while");
                }
                Ok(_) => {}
                Err(error) => {
                    self.broken = Some(error);
                    return failed("the ledger cannot be read");
                }
            }
        }
        let called = match begin(&mut self.graph, &wanted, &request) {
            Err(error) => {
                let called = failed(&format!("the ledger: {error}"));
                self.broken = Some(error);
                called
            }
            Ok(Begun::CapReached(cap)) => {
                self.capped = Some(cap);
                failed(&reached_words(cap, self.agent))
            }
            Ok(Begun::Yes(id)) => {
                let mut called = call::call(&request, &|| signals.stop_count() > 0, log);
                if let Err(failure) = &called.result
                    && !failure.reason.was_asked()
                {
                    // What is not told counts as it was expected to; this is known.
                    called.usage.cost = Some(0.0);
                }
                let ended = EndedCall {
                    outcome: match &called.result {
                        Ok(_) => OK,
                        Err(failure) => failure.reason.word(),
                    },
                    usage: &called.usage,
                    wall: called.wall,
                    kept: called.kept,
                };
                if let Err(error) = self.graph.end_call(id, &ended, clock::now()) {
                    // The answer is kept: the next attempt uses it, and what it was expected to cost counts.
                    self.broken = Some(error);
                }
                called
            }
        };
        self.usage = added(self.usage, called.usage);
        called
    }
}

/// A call that is about to be made.
struct Wanted<'a> {
    account: Account<'a>,
    model: &'a str,
    day_start: Timestamp,
    now: Timestamp,
}

/// So many calls are looked back at: the rest is an hour long by then.
const LOOKED_AT: usize = 16;

fn rests(graph: &Graph, model: &str, agent: &Agent) -> Result<Option<Timestamp>, GraphError> {
    let latest: Vec<(Timestamp, Option<Reason>)> = graph
        .last_calls(model, LOOKED_AT)?
        .into_iter()
        .map(|(ended, outcome)| (ended, Reason::from_word(&outcome)))
        .collect();
    Ok(breaker::rests_until(&latest, agent.retry_delay.get()))
}

/// Writes it into the ledger.
fn begin(
    graph: &mut Graph,
    wanted: &Wanted<'_>,
    request: &Request<'_>,
) -> Result<Begun, GraphError> {
    let tokens = call::estimate_tokens(request.system_prompt)
        .saturating_add(call::estimate_tokens(request.prompt))
        .saturating_add(ANSWER_TOKENS);
    // Of a model that nobody called yet, nothing is known.
    let price = graph.price(wanted.model)?.unwrap_or(0);
    let is_kept = call::is_kept(request);
    let account = wanted.account;
    let call = NewCall {
        job: account.job,
        node: account.node,
        purpose: account.purpose,
        model: wanted.model,
        run: account.run,
        expected_cost: if is_kept {
            0
        } else {
            price.saturating_mul(tokens)
        },
    };
    let caps = if is_kept {
        // It was paid for.
        Caps {
            cost_per_day: u64::MAX,
            cost_per_run: u64::MAX,
            jobs_per_day: u64::MAX,
            jobs_per_run: u64::MAX,
        }
    } else {
        caps(request.settings)
    };
    graph.begin_call(&call, &caps, wanted.day_start, wanted.now)
}

/// So many time-outs give a call more time; the time grows eightfold.
const MOST_PATIENCE: u32 = 5;

/// The agent's environment: without git's variables and without those of a job, and with the search path of somebody who
/// typed one of our commands.
pub fn environment(app: &App) -> Result<Vec<(OsString, OsString)>, CommandError> {
    let path = env::raw(env::PATH).unwrap_or_default();
    let path = search_path::with_recorded(&path, &app.dirs()?.data);
    Ok(env::scrubbed(env::for_another_repository(env::all()))
        .into_iter()
        .filter(|(name, _)| name != env::PATH && name != env::CONFIG_FILE)
        .chain([(env::PATH.into(), path)])
        .collect())
}

fn failed(message: &str) -> Called {
    Called {
        result: Err(Failure::new(Reason::Unknown, message)),
        cut: None,
        usage: Usage::default(),
        wall: Duration::ZERO,
        kept: false,
    }
}
