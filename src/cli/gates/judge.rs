//! What is known of a gate, and what has to be run to know it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::about::About;
use super::gate::{Gate, State};
use super::subject::{Subject, What};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::permission::Permission;
use crate::cli::scans;
use crate::config::{HookName, Workspace};
use crate::findings::{Baseline, baseline};
use crate::gates::known::Answer;
use crate::gates::{Definition, Ground, define, exchange};
use crate::git::Oid;
use crate::queue::{NewJob, Queue, Source, Verdict};
use crate::tasks::spec::{Judges, RunSpec, Staged};

/// What was looked up, before anything is run.
#[derive(Debug)]
pub enum Looked {
    /// This is how it stands.
    Settled(State),
    /// This job has to be run first.
    Open(Box<NewJob>),
}

/// A task that is content with a tree.
#[derive(Debug)]
pub struct Pass {
    /// The digest of what the task is.
    pub(super) definition: String,
    /// The tree.
    pub(super) tree: String,
    /// What it was compared with; empty if that does not matter.
    pub(super) against: String,
    /// The gate, in this invocation.
    pub(super) gate: String,
}

/// Looks up and compares.
pub struct Judge<'a> {
    pub(super) app: &'a App,
    /// The hook that asks, if one does.
    pub(super) hook: Option<HookName>,
    /// Whether a person has chosen the commits: then it does not matter where they came from.
    pub(super) typed: bool,
    /// What findings are compared with, if a person said it.
    pub(super) base: Option<Oid>,
    pub(super) permission: Permission<'a>,
    pub(super) worktree: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    baseline: OnceCell<Option<Baseline>>,
    standpoint: OnceCell<baseline::Standpoint>,
    exceptions: OnceCell<String>,
    /// By task, folder, and whether a message is judged: the same for every tree.
    definitions: RefCell<BTreeMap<(String, String, bool), Definition>>,
    /// Gates and trees for which a job was needed: what is known of them afterwards is no lookup that hit.
    opened: RefCell<BTreeSet<(String, Option<String>)>>,
}

/// What a gate is, apart from the files.
pub(super) struct Known {
    pub(super) spec: RunSpec,
    pub(super) judges: Judges,
    pub(super) definition: Definition,
}

impl<'a> Judge<'a> {
    /// Nothing is read yet.
    pub fn new(app: &'a App, hook: Option<HookName>) -> Result<Self, CommandError> {
        Ok(Self {
            app,
            hook,
            typed: false,
            base: None,
            permission: Permission::new(app),
            worktree: app.located()?.worktree.clone(),
            environment: app.job_environment()?,
            baseline: OnceCell::new(),
            standpoint: OnceCell::new(),
            exceptions: OnceCell::new(),
            definitions: RefCell::default(),
            opened: RefCell::default(),
        })
    }

    /// For somebody who has chosen what is judged, and with what it is compared.
    #[must_use]
    pub fn typed(self, base: Option<Oid>) -> Self {
        Self {
            typed: true,
            base,
            ..self
        }
    }

    /// How each of these gates stands about a subject, as far as that is known, here or to somebody whose word is taken.
    pub fn look(
        &self,
        queue: &mut Queue,
        subject: &Subject,
        gates: &[Gate<'_>],
    ) -> Result<Vec<Looked>, CommandError> {
        let looked = self.look_here(queue, subject, gates)?;
        let is_open = |looked: &Looked| matches!(looked, Looked::Open(_));
        if looked.iter().any(is_open) && self.ask_others(queue, subject)? {
            return self.look_here(queue, subject, gates);
        }
        Ok(looked)
    }

    /// Takes over what others say about a commit; false if nobody says anything.
    fn ask_others(&self, queue: &mut Queue, subject: &Subject) -> Result<bool, CommandError> {
        let signers = &self.app.loaded()?.config.verdicts.signers;
        let (Some(commit), false) = (&subject.commit, signers.is_empty()) else {
            return Ok(false);
        };
        let told = match exchange::accepted(self.app.repo()?, commit, signers) {
            Ok(told) => told,
            // What is run here needs nobody's word.
            Err(error) => {
                self.app
                    .ui
                    .warn(format!("verdicts of others are not read: {error}"));
                return Ok(false);
            }
        };
        let verdicts: Vec<Verdict> = told
            .into_iter()
            .map(|(shared, signer)| Verdict {
                key: shared.key,
                task: shared.task,
                definition: shared.definition,
                tree: Some(shared.tree),
                commit: Some(commit.as_str().to_owned()),
                body: None,
                summary: shared.summary,
                source: Source::Signer(signer),
                made_at: shared.made_at,
            })
            .collect();
        queue
            .accept_verdicts(&verdicts, self.app.now())
            .context("keep the verdicts of others")?;
        Ok(!verdicts.is_empty())
    }

    /// The keys under which the verdicts of gates about a subject are kept, whole: not only of what was not judged before.
    pub fn keys(
        &self,
        queue: &Queue,
        subject: &Subject,
        gates: &[Gate<'_>],
    ) -> Result<Vec<Option<(String, String)>>, CommandError> {
        let about = About::new(self, subject);
        let mut keys = Vec::new();
        for gate in gates {
            let known = self.known(gate, subject)?;
            let changed = about.changed(&known)?;
            let answer = about.ask(queue, &known, subject.tree(), &changed, true)?;
            keys.push(match answer {
                Answer::Open(judging) => Some((judging.key, judging.definition.digest)),
                Answer::Known(_) | Answer::Content | Answer::Nothing => None,
            });
        }
        Ok(keys)
    }

    /// What a gate is for a subject.
    fn known(&self, gate: &Gate<'_>, subject: &Subject) -> Result<Known, CommandError> {
        let (spec, judges) = spec_of(gate, subject);
        let key = (
            gate.task.key.clone(),
            gate.root().to_owned(),
            judges.message.is_some(),
        );
        let known = self.definitions.borrow().get(&key).cloned();
        let definition = match known {
            Some(known) => known,
            None => {
                let state = self.app.state_dir()?;
                let definition = define(state, self.ground(), &gate.task.key, &spec);
                self.definitions
                    .borrow_mut()
                    .insert(key, definition.clone());
                definition
            }
        };
        Ok(Known {
            spec,
            judges,
            definition,
        })
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            worktree: self.worktree.as_deref(),
            environment: &self.environment,
            today: self.app.now().to_zoned(TimeZone::UTC).date(),
        }
    }

    fn look_here(
        &self,
        queue: &mut Queue,
        subject: &Subject,
        gates: &[Gate<'_>],
    ) -> Result<Vec<Looked>, CommandError> {
        let mut passed = Vec::new();
        let found = self.see(queue, subject, gates, &mut passed)?;
        let hits = self.hits(subject, gates, &found, &passed);
        let passed: Vec<(&str, &str, &str)> = passed
            .iter()
            .map(|it| {
                (
                    it.definition.as_str(),
                    it.tree.as_str(),
                    it.against.as_str(),
                )
            })
            .collect();
        // That it cannot be written costs time only.
        let _ = queue.remember_passed(&passed, hits, self.app.now());
        Ok(found)
    }

    /// How many of these passes are owed to a verdict that no job of this invocation was asked for.
    fn hits(
        &self,
        subject: &Subject,
        gates: &[Gate<'_>],
        found: &[Looked],
        passed: &[Pass],
    ) -> usize {
        let tree = subject.tree().map(|tree| tree.as_str().to_owned());
        let mut opened = self.opened.borrow_mut();
        for (gate, looked) in gates.iter().zip(found) {
            if matches!(looked, Looked::Open(_)) {
                opened.insert((gate.title(), tree.clone()));
            }
        }
        let hits: BTreeSet<&str> = passed
            .iter()
            .filter(|pass| !opened.contains(&(pass.gate.clone(), tree.clone())))
            .map(|pass| pass.gate.as_str())
            .collect();
        hits.len()
    }

    /// How each of these gates stands, as far as that is known here. Nothing is written; `passed` is what may be.
    pub fn see(
        &self,
        queue: &Queue,
        subject: &Subject,
        gates: &[Gate<'_>],
        passed: &mut Vec<Pass>,
    ) -> Result<Vec<Looked>, CommandError> {
        let about = About::new(self, subject);
        let mut found = Vec::new();
        for gate in gates {
            let known = self.known(gate, subject)?;
            found.push(about.one(queue, gate, &known, passed)?);
        }
        Ok(found)
    }

    /// What the bases of commits are told from.
    pub(super) fn standpoint(&self) -> Result<&baseline::Standpoint, CommandError> {
        if let Some(known) = self.standpoint.get() {
            return Ok(known);
        }
        let found = baseline::Standpoint::of(self.app.repo()?).context("find the upstream")?;
        Ok(self.standpoint.get_or_init(|| found))
    }

    /// What is suppressed and accepted, as far as that decides: empty if nothing is.
    pub(super) fn exceptions(&self) -> Result<&str, CommandError> {
        if let Some(known) = self.exceptions.get() {
            return Ok(known);
        }
        let mut exceptions = String::new();
        let suppressed = &self.app.loaded()?.config.suppress;
        if !suppressed.is_empty() {
            let text = serde_json::to_string(suppressed).unwrap_or_default();
            let text = blake3::hash(text.as_bytes()).to_hex();
            exceptions = format!(" {text} {}", scans::today(self.app));
        }
        let accepted = scans::baseline_path(self.app)
            .ok()
            .and_then(|it| std::fs::read(it).ok());
        if let Some(accepted) = accepted {
            exceptions.push_str(&format!(" {}", blake3::hash(&accepted).to_hex()));
        }
        Ok(self.exceptions.get_or_init(|| exceptions))
    }

    /// The accepted findings, if there is such a file.
    pub(super) fn baseline(&self) -> Result<Option<&Baseline>, CommandError> {
        if let Some(known) = self.baseline.get() {
            return Ok(known.as_ref());
        }
        let read = scans::read_baseline(self.app)?;
        Ok(self.baseline.get_or_init(|| read).as_ref())
    }
}

/// What a gate runs for a subject.
pub(super) fn spec_of(gate: &Gate<'_>, subject: &Subject) -> (RunSpec, Judges) {
    let mut spec = gate.task.run_spec_in(gate.root());
    let mut judges = gate.task.judges();
    match &subject.what {
        What::Tree(tree) if subject.commit.is_none() => {
            spec.staged = Some(Staged {
                tree: tree.as_str().to_owned(),
                parents: names(&subject.parents),
            });
        }
        What::Tree(_) => {}
        What::Message(digest) => {
            judges.message = Some(digest.clone());
            // There is no tree that it would be checked out from.
            spec.workspace = Workspace::Worktree;
        }
    }
    spec.judges = Some(judges.clone());
    (spec, judges)
}

fn names(commits: &[Oid]) -> Vec<String> {
    commits.iter().map(|it| it.as_str().to_owned()).collect()
}
