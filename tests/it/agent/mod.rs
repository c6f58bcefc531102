//! The agent that judges sessions: how it is called, what its answers and failures come to, and what it may cost.

mod analyze;
mod failures;
mod hostile;
mod killed;
mod money;
mod nights;
mod real;

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::sessions::files::{MORNING, NOON, Pi, at, configure};
use crate::support::{Ran, World, tool};

const LOCK: &str = "0198c0de-1111-7000-8000-000000000001";

/// A world with a session and a program that answers as pi does, each call as a line of the play says.
pub struct Stage {
    pub world: World,
    /// Each process begins ten seconds after the one before: a job that one has entered is due in the next.
    pub now: Cell<Timestamp>,
    more: Vec<(String, String)>,
}

impl Stage {
    /// Nothing where there is no Python.
    pub fn new(play: &str) -> Option<Self> {
        Self::with(play, "")
    }

    /// With more settings of the agent.
    pub fn with(play: &str, settings: &str) -> Option<Self> {
        let python = tool("python3")?;
        let world = World::bare_folder();
        let stage = Self {
            world,
            now: Cell::new(at(NOON)),
            more: Vec::new(),
        };
        fs::create_dir_all(stage.calls()).unwrap();
        stage.plays(play);
        let program = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fixtures/agent/played_agent.py"
        );
        configure(
            &stage.world,
            &format!(
                "[agent]\nenabled = true\ncommand = [{:?}, {program:?}]\n{settings}\n",
                python.to_str().unwrap()
            ),
        );
        Some(stage)
    }

    pub fn calls(&self) -> PathBuf {
        self.world.home().join("calls")
    }

    pub fn plays(&self, play: &str) {
        fs::write(self.world.home().join("play"), play).unwrap();
    }

    /// Another variable for the program.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.more.push((name.to_owned(), value.to_owned()));
    }

    /// Runs the binary at the stage's time.
    pub fn tend(&self, args: &[&str]) -> Ran {
        self.command(args).output().map(|it| Ran::new(&it)).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> std::process::Command {
        self.later(SignedDuration::from_secs(10));
        let mut command = self.world.tend_command();
        command
            .env("TEND_NOW", self.now.get().to_string())
            .env("CALLS", self.calls())
            .env("PLAY", self.world.home().join("play"))
            .envs(self.more.iter().map(|(name, value)| (name, value)))
            .args(args);
        command
    }

    pub fn later(&self, by: SignedDuration) {
        self.now.set(self.now.get() + by);
    }

    /// How often the program was called.
    pub fn called(&self) -> usize {
        self.kept("args").len()
    }

    /// What it kept of its calls, in their order.
    pub fn kept(&self, what: &str) -> Vec<String> {
        (0..100_000)
            .map(|number| self.calls().join(format!("{number}.{what}")))
            .take_while(|path| path.exists())
            .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
            .collect()
    }

    /// The jobs of the user's own queue.
    #[track_caller]
    pub fn jobs(&self) -> Vec<Value> {
        let jobs = self
            .tend(&["queue", "--user", "--all", "--json"])
            .code(0)
            .json();
        jobs["jobs"].as_array().unwrap().clone()
    }

    /// The only job.
    #[track_caller]
    pub fn job(&self) -> Value {
        let jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        jobs[0].clone()
    }

    /// A session of one piece of work that ended in the morning.
    pub fn session(&self) -> Pi {
        let mut pi = Pi::new(LOCK, at(MORNING));
        pi.works("the lock");
        pi.lay(&self.world);
        pi
    }

    /// The current version of the node of the session that has one.
    #[track_caller]
    pub fn node(&self) -> Value {
        let graph = self
            .tend(&["graph", "export", "--format", "json"])
            .code(0)
            .json();
        let nodes = graph["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 1);
        nodes[0].clone()
    }
}
