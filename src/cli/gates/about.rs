//! How gates stand about one subject: what is known of it, of its base, and which findings are new.

use std::cell::OnceCell;

use serde_json::json;

use super::gate::{Failure, Found, Gate, State};
use super::judge::{Judge, Known, Looked, Pass, spec_of};
use super::subject::{Subject, What};
use crate::cli::error::{CommandError, Context as _};
use crate::cli::scans;
use crate::config::task::FailOn;
use crate::drain::files;
use crate::findings::stored::changes;
use crate::findings::{Changes, Finding, Looked as LookedAt, Scan, baseline};
use crate::gates::compare::{Before, Compared, compare};
use crate::gates::known::{Answer, Question, ask};
use crate::gates::{Evidence, Scope};
use crate::git::Oid;
use crate::queue::{Input, NewJob, Paths, Queue, Trigger, Verdict};
use crate::tasks::jobs::{self, Occasion};
use crate::tasks::spec;

/// What the findings of a subject are compared with.
type Chosen = Option<baseline::Base<Oid, ()>>;

/// One subject, and what it is compared with.
pub(super) struct About<'a> {
    judge: &'a Judge<'a>,
    subject: &'a Subject,
    base: OnceCell<Chosen>,
}

impl<'a> About<'a> {
    /// Nothing is looked for yet.
    pub(super) const fn new(judge: &'a Judge<'a>, subject: &'a Subject) -> Self {
        Self {
            judge,
            subject,
            base: OnceCell::new(),
        }
    }

    /// How one gate stands; `passed` is what may be remembered.
    pub(super) fn one(
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
            if has_passed(&[""])? || has_passed(&[&self.vantage()?])? {
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
            let mut pass = |against| {
                passed.push(Pass {
                    definition: definition.to_owned(),
                    tree: tree.as_str().to_owned(),
                    against,
                    gate: gate.title(),
                });
            };
            if !against.is_empty() {
                pass(self.vantage()?);
            }
            pass(against);
        }
        Ok(looked)
    }

    /// What is known of a gate about a tree.
    pub(super) fn ask(
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
    fn vantage(&self) -> Result<String, CommandError> {
        let exceptions = self.judge.exceptions()?;
        let Some(commit) = &self.subject.commit else {
            let head = self.subject.parents.first().map_or("", Oid::as_str);
            return Ok(format!("on {head}{exceptions}"));
        };
        let standpoint = match &self.judge.base {
            Some(named) => format!("named {named}"),
            None => self.judge.standpoint()?.to_string(),
        };
        Ok(format!("of {commit} by {standpoint}{exceptions}"))
    }

    /// What a pass holds against: empty if against everything.
    fn against(&self, known: &Known) -> Result<String, CommandError> {
        if known.judges.fail_on == FailOn::All {
            return Ok(String::new());
        }
        let base = match self.base()? {
            None => "nothing".to_owned(),
            // Which one, the exceptions say.
            Some(baseline::Base::File(())) => "the file".to_owned(),
            Some(base) => base.commit().map(ToString::to_string).unwrap_or_default(),
        };
        Ok(format!("{base}{}", self.judge.exceptions()?))
    }

    /// The files that a gate is called with which looks at each by itself.
    pub(super) fn changed(&self, known: &Known) -> Result<Paths, CommandError> {
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
        let chosen = self.subject.commit.as_ref().filter(|_| !judge.typed);
        let chosen = Input {
            commit: chosen.map(|it| it.as_str().to_owned()),
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
