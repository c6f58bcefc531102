//! Running parts of work one after the other in a copy, and seeing what each of them touches.
//!
//! Each part finds what those before it left. What it wrote is what differs afterwards; what it read is what the file
//! system noted ([`super::access`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::access;
use super::case;
use super::changes::{ChangeKind, Declared, compare};
use super::means::io_at;
use super::options::{Options, TrialError};
use super::programs;
use super::stage::{Call, Stage};
use super::subject::Interpreter;
use super::trial::context;
use crate::optimize::recipe::Parameter;
use crate::system::sandbox::{End, Means, Outcome, Tail};

/// What is run for one part: a script, with the values its parameters had.
#[derive(Clone, Debug)]
pub struct Part {
    /// What runs it.
    pub interpreter: Interpreter,
    /// The script.
    pub text: String,
    /// Its options, with the values that they get.
    pub parameters: Vec<Parameter>,
    /// Its further arguments.
    pub flags: Vec<String>,
}

/// What came of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// How it ended.
    pub end: End,
    /// How long it took in ms, without the time that its confinement takes.
    pub wall_ms: u64,
    /// What it read of the copy, in order; none if the file system does not note that.
    pub read: Option<Vec<String>>,
    /// What it wrote, and what it is now: a digest, or nothing for what is gone. Paths outside of the copy begin with `~/`
    /// or `/`. Caches are left out.
    pub written: BTreeMap<String, Option<String>>,
    /// What it said of errors, not screened.
    pub stderr: Tail,
}

impl Played {
    /// Whether it succeeded.
    pub fn ok(&self) -> bool {
        self.end == End::Exited(0)
    }
}

/// A place where parts are run.
pub struct Rehearsal<'a> {
    stage: Stage<'a>,
    parts: &'a [Part],
    repository: &'a Path,
    reads_are_noted: bool,
    confinement_ms: u64,
}

impl<'a> Rehearsal<'a> {
    /// Gets ready to run these parts in a copy of the repository.
    pub fn prepare(
        parts: &'a [Part],
        repository: &'a Path,
        options: &'a Options,
    ) -> Result<Self, TrialError> {
        let stage = Stage::open(Some(repository), options)?;
        let tmp = stage.place.tmp();
        let mut rehearsal = Self {
            reads_are_noted: access::are_noted(&tmp).map_err(io_at(&tmp))?,
            stage,
            parts,
            repository,
            confinement_ms: 0,
        };
        rehearsal.stage.begin_anew()?;
        let nothing = Part {
            interpreter: Interpreter::Sh,
            text: ":\n".to_owned(),
            parameters: Vec::new(),
            flags: Vec::new(),
        };
        if let Some(outcome) = rehearsal.start(&nothing)? {
            rehearsal.confinement_ms = outcome.wall_ms;
        }
        Ok(rehearsal)
    }

    /// What isolates the parts.
    pub const fn means(&self) -> Means {
        self.stage.means
    }

    /// Whether what parts read can be told.
    pub const fn reads_are_noted(&self) -> bool {
        self.reads_are_noted
    }

    /// What one should know of the copy.
    pub fn notes(&self) -> &[String] {
        &self.stage.copied.notes
    }

    /// Runs the parts in this order in a new copy, telling `told` of each before it begins. One that needs a part that did not
    /// succeed is not run, and has none; neither has one whose interpreter is not installed.
    pub fn run(
        &self,
        order: &[usize],
        needs: impl Fn(usize) -> Vec<usize>,
        mut told: impl FnMut(usize),
    ) -> Result<Vec<Option<Played>>, TrialError> {
        self.stage.begin_anew()?;
        let mut played: Vec<Option<Played>> = vec![None; self.parts.len()];
        for &at in order {
            let done = |need: &usize| matches!(played.get(*need), Some(Some(it)) if it.ok());
            if !needs(at).iter().all(done) {
                continue;
            }
            told(at);
            let (Some(part), Some(place)) = (self.parts.get(at), played.get_mut(at)) else {
                continue;
            };
            *place = self.play(part)?;
        }
        Ok(played)
    }

    fn play(&self, part: &Part) -> Result<Option<Played>, TrialError> {
        let tree = self.stage.place.tree();
        let before = self.stage.look_everywhere()?;
        if self.reads_are_noted {
            access::forget(&tree).map_err(io_at(&tree))?;
        }
        let Some(outcome) = self.start(part)? else {
            return Ok(None);
        };
        let mut read = None;
        if self.reads_are_noted {
            read = Some(access::read_since(&tree).map_err(io_at(&tree))?);
        }
        let after = self.stage.look_everywhere()?;
        let changes = compare(&before, &after, &Declared::new(&[])?);
        if let Some(read) = &mut read {
            // What a part made itself it may read.
            let made: BTreeSet<&str> = changes
                .iter()
                .filter(|it| it.kind == ChangeKind::Added)
                .map(|it| it.path.as_str())
                .collect();
            read.retain(|path| !made.contains(path.as_str()));
        }
        let written = changes
            .into_iter()
            // git's index means something: two programs cannot write it at once.
            .filter(|it| !it.volatile || it.path == ".git/index")
            // A new folder is there for what is in it.
            .filter(|it| it.kind == ChangeKind::Removed || it.digest.is_some())
            .map(|it| (it.path, it.digest))
            .collect();
        Ok(Some(Played {
            end: outcome.end,
            wall_ms: outcome.wall_ms.saturating_sub(self.confinement_ms),
            read,
            written,
            stderr: outcome.stderr,
        }))
    }

    /// Runs a script; nothing if there is no interpreter for it.
    fn start(&self, part: &Part) -> Result<Option<Outcome>, TrialError> {
        let program = part.interpreter.program();
        let Some(program) = programs::find(program, &self.stage.options.tools) else {
            return Ok(None);
        };
        let script = self.stage.keep(part.interpreter, &part.text)?;
        let context = context(&self.stage, Some(self.repository));
        let values: Vec<(String, String)> = part
            .parameters
            .iter()
            .map(|it| (it.name.clone(), context.value(it)))
            .collect();
        let mut args =
            case::arguments(part.interpreter, &script.to_string_lossy(), &values, |_| {
                false
            });
        args.extend(part.flags.iter().cloned());
        let outcome = self.stage.run(Call {
            program,
            args,
            executable: Vec::new(),
            frozen: false,
        })?;
        Ok(Some(outcome))
    }
}
