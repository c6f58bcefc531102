//! What is known of a gate, and what has to be run to know it.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde_json::json;

use super::gate::{Failure, Found, Gate, State};
use super::subject::{Subject, What};
use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::permission::Permission;
use crate::cli::scans;
use crate::config::task::FailOn;
use crate::config::{HookName, Workspace};
use crate::drain::files;
use crate::findings::stored::changes;
use crate::findings::{Baseline, Changes, Finding, Looked as LookedAt, Scan, ScanHead, baseline};
use crate::gates::compare::{Before, Compared, compare};
use crate::gates::known::{Answer, Question, ask};
use crate::gates::{Definer, Definition, Evidence, Ground, Scope, exchange};
use crate::git::Oid;
use crate::queue::{
    Input, JobId, NewJob, Paths, Queue, Source, State as JobState, Trigger, Verdict,
};
use crate::tasks::jobs::{self, Occasion};
use crate::tasks::spec::{self, Judges, RunSpec, Staged};

/// What was looked up, before anything is run.
#[derive(Debug)]
pub enum Looked {
    /// This is how it stands.
    Settled(State),
    /// This job has to be run first.
    Open(Box<NewJob>),
}

/// A definition that is content with a tree, and against what.
#[derive(Debug)]
pub struct Pass(String, String, String);

/// What the findings of a subject are compared with.
type Chosen = Option<baseline::Base<Oid, ()>>;

/// Looks up and compares.
pub struct Judge<'a> {
    app: &'a App,
    /// The hook that asks, if one does.
    hook: Option<HookName>,
    /// Whether a person has chosen the commits: then it does not matter where they came from.
    typed: bool,
    /// What findings are compared with, if a person said it.
    base: Option<Oid>,
    permission: Permission<'a>,
    worktree: Option<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    baseline: OnceCell<Option<Baseline>>,
    standpoint: OnceCell<baseline::Standpoint>,
    /// By task, folder, and whether a message is judged: the same for every tree.
    definitions: RefCell<BTreeMap<(String, String, bool), Definition>>,
}

/// What a gate is, apart from the files.
struct Known {
    spec: RunSpec,
    judges: Judges,
    definition: Definition,
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
            definitions: RefCell::default(),
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
        let about = self.about(subject);
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
                let mut definer = Definer::open(self.app.state_dir()?, self.ground());
                let definition = definer.definition(&gate.task.key, &spec);
                definer.save();
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

    const fn about<'j>(&'j self, subject: &'j Subject) -> About<'j> {
        About {
            judge: self,
            subject,
            base: OnceCell::new(),
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
        let passed: Vec<(&str, &str, &str)> = passed
            .iter()
            .map(|Pass(definition, tree, against)| {
                (definition.as_str(), tree.as_str(), against.as_str())
            })
            .collect();
        // That it cannot be written costs time only.
        let _ = queue.remember_passed(&passed, self.app.now());
        Ok(found)
    }

    /// How each of these gates stands, as far as that is known here. Nothing is written; `passed` is what may be.
    pub fn see(
        &self,
        queue: &Queue,
        subject: &Subject,
        gates: &[Gate<'_>],
        passed: &mut Vec<Pass>,
    ) -> Result<Vec<Looked>, CommandError> {
        let about = self.about(subject);
        let mut found = Vec::new();
        for gate in gates {
            let known = self.known(gate, subject)?;
            found.push(about.one(queue, gate, &known, passed)?);
        }
        Ok(found)
    }

    /// How a gate stands whose job was run, or is waiting: what the job says.
    pub fn of_job(queue: &Queue, job: &JobId) -> Result<State, CommandError> {
        let Some(job) = queue.job(job).context("read the job")? else {
            return Ok(State::Unjudged {
                job: None,
                why: "its job is gone".to_owned(),
            });
        };
        let id = Some(job.id.clone());
        Ok(match &job.state {
            JobState::Held { reason } => State::Held {
                job: id,
                why: reason.clone(),
            },
            JobState::Running(_) => State::Pending {
                job: job.id,
                why: "it is running".to_owned(),
            },
            JobState::Queued { .. } | JobState::Blocked { .. } => State::Pending {
                job: job.id,
                why: job.error.unwrap_or_else(|| "it waits".to_owned()),
            },
            JobState::Failed { error, .. } => State::Unjudged {
                job: id,
                why: error.clone(),
            },
            JobState::Ended { reason, .. } => State::Unjudged {
                job: id,
                why: reason.clone(),
            },
            JobState::Done { .. } => State::Unjudged {
                job: id,
                why: Self::of_scan(queue, &job.id)?
                    .unwrap_or_else(|| "what it looked at has changed meanwhile".to_owned()),
            },
        })
    }

    /// What a scan says that came to no verdict.
    fn of_scan(queue: &Queue, job: &JobId) -> Result<Option<String>, CommandError> {
        let entries = queue.results_of_job(job).context("read the results")?;
        let Some(entry) = entries
            .iter()
            .rfind(|entry| entry.kind.ends_with("findings"))
        else {
            return Ok(None);
        };
        let text = queue.result_text(entry.id).context("read the result")?;
        let head = text.and_then(|text| serde_json::from_str::<ScanHead>(&text).ok());
        Ok(head.filter(|head| !head.dirty).map(|head| head.summary))
    }

    fn standpoint(&self) -> Result<&baseline::Standpoint, CommandError> {
        if let Some(known) = self.standpoint.get() {
            return Ok(known);
        }
        let found = baseline::Standpoint::of(self.app.repo()?).context("find the upstream")?;
        Ok(self.standpoint.get_or_init(|| found))
    }

    fn baseline(&self) -> Result<Option<&Baseline>, CommandError> {
        if let Some(known) = self.baseline.get() {
            return Ok(known.as_ref());
        }
        let read = scans::read_baseline(self.app)?;
        Ok(self.baseline.get_or_init(|| read).as_ref())
    }
}

/// What a gate runs for a subject.
fn spec_of(gate: &Gate<'_>, subject: &Subject) -> (RunSpec, Judges) {
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

/// One subject.
struct About<'a> {
    judge: &'a Judge<'a>,
    subject: &'a Subject,
    base: OnceCell<Chosen>,
}

impl About<'_> {
    fn one(
        &self,
        queue: &Queue,
        gate: &Gate<'_>,
        known: &Known,
        passed: &mut Vec<Pass>,
    ) -> Result<Looked, CommandError> {
        if gate.nowhere {
            return Ok(Looked::Settled(State::Unjudged {
                job: None,
                why: "none of the folders is there in which it would run".to_owned(),
            }));
        }
        let definition = known.definition.digest.as_str();
        let tree = self.subject.tree();
        let mut against = String::new();
        if let Some(tree) = tree {
            let has_passed = |against: &[&str]| {
                queue
                    .has_passed(definition, tree.as_str(), against)
                    .context("look for verdicts")
            };
            if has_passed(&[""])? || has_passed(&[&self.place()?])? {
                return Ok(Looked::Settled(State::Passed));
            }
            against = self.against(known)?;
            if !against.is_empty() && has_passed(&[&against])? {
                return Ok(Looked::Settled(State::Passed));
            }
        }
        let changed = self.changed(known)?;
        let answer = self.ask(queue, known, tree, &changed, false)?;
        let is_whole = Scope::of(&known.spec, &known.judges) != Scope::Each;
        let looked = match answer {
            Answer::Known(verdict) if verdict.is_clean() => {
                if is_whole {
                    against.clear();
                }
                Looked::Settled(State::Passed)
            }
            Answer::Known(verdict) => self.failed(queue, gate, known, &changed, &verdict)?,
            Answer::Content => Looked::Settled(State::Passed),
            Answer::Nothing => Looked::Settled(State::Unjudged {
                job: None,
                why: "its globs select no file".to_owned(),
            }),
            Answer::Open(_) => Looked::Open(Box::new(self.job(gate, known, self.subject)?)),
        };
        if let (Looked::Settled(State::Passed), Some(tree)) = (&looked, tree) {
            let mut pass = |against: String| {
                passed.push(Pass(
                    definition.to_owned(),
                    tree.as_str().to_owned(),
                    against,
                ));
            };
            if !against.is_empty() {
                pass(self.place()?);
            }
            pass(against);
        }
        Ok(looked)
    }

    fn ask(
        &self,
        queue: &Queue,
        known: &Known,
        tree: Option<&Oid>,
        changed: &Paths,
        anew: bool,
    ) -> Result<Answer, CommandError> {
        let question = Question {
            definition: &known.definition,
            spec: &known.spec,
            judges: &known.judges,
            tree,
            changed,
            anew,
        };
        ask(queue, self.judge.app.repo()?, question).context("look for a verdict")
    }

    fn base(&self) -> Result<&Chosen, CommandError> {
        if let Some(base) = self.base.get() {
            return Ok(base);
        }
        if let Some(named) = &self.judge.base {
            let base = Some(baseline::Base::Upstream(named.clone()));
            return Ok(self.base.get_or_init(|| base));
        }
        let has_file = self.judge.baseline()?.is_some();
        let is_parent = self.subject.commit.is_none();
        let repo = self.judge.app.repo()?;
        let base = self
            .judge
            .standpoint()?
            .base(repo, self.subject.standpoint(), is_parent, has_file)
            .context("find what to compare with")?;
        Ok(self.base.get_or_init(|| base))
    }

    /// The commit whose files are the old ones.
    fn base_commit(&self) -> Result<Option<&Oid>, CommandError> {
        let base = self.base()?.as_ref();
        // The file says which findings are accepted, not which files are old.
        let parent = self.subject.parents.first();
        Ok(base.and_then(baseline::Base::commit).or(parent))
    }

    /// What a pass holds against, told without looking for the base: from where it is looked for. What is staged is asked
    /// about by its HEAD alone: what others have grows, so that the base of what is on top of a commit only comes nearer,
    /// and less is new. A push asks about its own base.
    fn place(&self) -> Result<String, CommandError> {
        let words = self.words()?;
        let Some(commit) = &self.subject.commit else {
            let head = self.subject.parents.first().map_or("", Oid::as_str);
            return Ok(format!("on {head}{words}"));
        };
        let standpoint = match &self.judge.base {
            Some(named) => format!("named {named}"),
            None => self.judge.standpoint()?.to_string(),
        };
        Ok(format!("of {commit} by {standpoint}{words}"))
    }

    /// What is suppressed and accepted, as far as that decides: empty if nothing is.
    fn words(&self) -> Result<String, CommandError> {
        let app = self.judge.app;
        let mut words = String::new();
        let suppressed = &app.loaded()?.config.suppress;
        if !suppressed.is_empty() {
            let text = serde_json::to_string(suppressed).unwrap_or_default();
            let text = blake3::hash(text.as_bytes()).to_hex();
            words = format!(" {text} {}", scans::today(app));
        }
        let accepted = scans::baseline_path(app)
            .ok()
            .and_then(|it| std::fs::read(it).ok());
        if let Some(accepted) = accepted {
            words.push_str(&format!(" {}", blake3::hash(&accepted).to_hex()));
        }
        Ok(words)
    }

    /// What a pass holds against: empty if against everything.
    fn against(&self, known: &Known) -> Result<String, CommandError> {
        if known.judges.fail_on == FailOn::All {
            return Ok(String::new());
        }
        let base = match self.base()? {
            None => "nothing".to_owned(),
            // Which one, the words say.
            Some(baseline::Base::File(())) => "the file".to_owned(),
            Some(base) => base.commit().map(ToString::to_string).unwrap_or_default(),
        };
        Ok(format!("{base}{}", self.words()?))
    }

    /// The files that a gate is called with which looks at each by itself.
    fn changed(&self, known: &Known) -> Result<Paths, CommandError> {
        Ok(files::listed(
            &self.span(known)?,
            &self.judge.app.located()?.git_dir,
        ))
    }

    fn span(&self, known: &Known) -> Result<Paths, CommandError> {
        if known.judges.fail_on == FailOn::All {
            return Ok(Paths::All);
        }
        let commit = self.subject.commit.as_ref().or(self.subject.tree());
        Ok(match (self.base_commit()?, commit) {
            (Some(base), Some(commit)) => Paths::of_span(Some(base.as_str()), commit.as_str()),
            _ => Paths::All,
        })
    }

    /// The job that judges a subject for a gate: this one, or its base.
    fn job(
        &self,
        gate: &Gate<'_>,
        known: &Known,
        subject: &Subject,
    ) -> Result<NewJob, CommandError> {
        let judge = self.judge;
        let base = match subject.what {
            What::Tree(_) => self.base_commit()?,
            What::Message(_) => None,
        };
        let input = Input {
            commit: subject.commit.as_ref().map(|it| it.as_str().to_owned()),
            base: base.map(|it| it.as_str().to_owned()),
            paths: self.span(known)?,
            worktree: judge.worktree.clone(),
        };
        // The base is looked at for what is built on it.
        let is_base = subject != self.subject;
        let chosen = self
            .subject
            .commit
            .as_ref()
            .map(|it| it.as_str().to_owned());
        let chosen = Input {
            commit: chosen.clone().filter(|_| !judge.typed),
            ..input.clone()
        };
        let held = judge.permission.held(gate.task, &chosen);
        let held = held.or_else(|| self.subject.held.clone());
        let occasion = Occasion {
            trigger: Trigger::Hook,
            trigger_data: match judge.hook {
                Some(hook) => json!({ "hook": hook.name(), "gate": true }),
                None => json!({ "gate": true }),
            },
            input,
            user_triggered: judge.typed,
            run_at: judge.app.now(),
            acknowledged: false,
        };
        let (mut spec, _) = spec_of(gate, subject);
        if let Some(judges) = spec.judges.as_mut().filter(|_| is_base) {
            judges.base_of = Some(match &self.subject.commit {
                Some(commit) => spec::Compared::Commit(commit.as_str().to_owned()),
                None => spec::Compared::Staged,
            });
        }
        let (title, what) = (gate.title(), subject.key());
        let job = jobs::judging(gate.task, gate.root(), &title, &occasion, (&spec, what));
        Ok(NewJob { held, ..job })
    }

    /// A verdict with findings: a failure, unless the base has all of them.
    fn failed(
        &self,
        queue: &Queue,
        gate: &Gate<'_>,
        known: &Known,
        changed: &Paths,
        verdict: &Verdict,
    ) -> Result<Looked, CommandError> {
        let body = verdict.body.as_deref().unwrap_or_default();
        // What another version wrote is judged anew.
        let Ok(evidence) = Evidence::read(body) else {
            return Ok(Looked::Open(Box::new(self.job(
                gate,
                known,
                self.subject,
            )?)));
        };
        let failure = |found, known| {
            Looked::Settled(State::Failed(Box::new(Failure {
                summary: verdict.summary.clone(),
                found,
                known,
                source: verdict.source.clone(),
            })))
        };
        let scan = match evidence {
            Evidence::Scan { scan } => scan,
            Evidence::Output { tail, .. } => return Ok(failure(Found::Output { tail }, 0)),
        };
        let compared = if known.judges.fail_on == FailOn::All {
            compare(scan.findings, &Before::Nothing)
        } else {
            match self.compared(queue, gate, known, changed, *scan)? {
                Ok(compared) => compared,
                Err(open) => return Ok(open),
            }
        };
        let compared = self.without_suppressed(compared)?;
        Ok(if compared.new.is_empty() {
            Looked::Settled(State::Passed)
        } else {
            failure(Found::Findings(compared.new), compared.known)
        })
    }

    /// The findings that the base does not have; or the job that looks at the base.
    fn compared(
        &self,
        queue: &Queue,
        gate: &Gate<'_>,
        known: &Known,
        changed: &Paths,
        scan: Scan,
    ) -> Result<Result<Compared, Looked>, CommandError> {
        let Some(base) = self.base()? else {
            return Ok(Ok(compare(scan.findings, &Before::Nothing)));
        };
        let Some(commit) = base.commit() else {
            let before = match self.judge.baseline()? {
                Some(file) => Before::Accepted(file),
                None => Before::Nothing,
            };
            return Ok(Ok(compare(scan.findings, &before)));
        };
        let repo = self.judge.app.repo()?;
        let tree = repo.resolve_tree(commit).context("find the base's files")?;
        let subject = Subject::of_commit(commit.clone(), tree.clone());
        let (spec, judges) = spec_of(gate, &subject);
        let at_base = Known {
            spec,
            judges,
            definition: known.definition.clone(),
        };
        let before: Vec<Finding> = match self.ask(queue, &at_base, Some(&tree), changed, false)? {
            Answer::Known(verdict) => match verdict.body.as_deref().map(Evidence::read) {
                Some(Ok(Evidence::Scan { scan })) => scan.findings,
                _ => Vec::new(),
            },
            Answer::Content | Answer::Nothing => Vec::new(),
            Answer::Open(_) => {
                let job = self.job(gate, known, &subject)?;
                return Ok(Err(Looked::Open(Box::new(job))));
            }
        };
        let difference = self.difference(commit);
        Ok(Ok(compare(
            scan.findings,
            &Before::Findings(&before, difference.as_ref()),
        )))
    }

    fn difference(&self, from: &Oid) -> Option<Changes> {
        let to = self.subject.commit.as_ref().or(self.subject.tree())?;
        changes(self.judge.app.repo().ok()?, from, LookedAt::Commit(to))
    }

    fn without_suppressed(&self, compared: Compared) -> Result<Compared, CommandError> {
        scans::without_suppressed(self.judge.app, self.judge.worktree.as_deref(), compared)
    }
}
