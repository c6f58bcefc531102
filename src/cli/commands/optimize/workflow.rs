//! `git tend optimize workflow`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::identify::Formula;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::exit_code::Exit;
use crate::cli::optimizing::trying::usual;
use crate::cli::optimizing::workflow;
use crate::cli::optimizing::workflows::{Kind, Means, Source, measure, mined};
use crate::cli::screen::{Page, Text};
use crate::cli::sessions_view::document;
use crate::cli::ui::{Role, plain};
use crate::optimize::sandbox::Options;
use crate::optimize::workflow::{Analysis, Origin};
use crate::report::json::SCHEMA;

/// Say what would make a workflow faster: tasks, CI files, make, just, or a sequence that was found
///
/// A workflow is steps that need each other. What is said of it: the longest way through it and what the whole waits for, steps
/// that could run at the same time, order that nothing needs, results that could be kept, and what failures cost; each with
/// what it saves by what was measured. Tasks are measured by the queue, commands of make, just and CI files where
/// `git tend optimize` knows how long they took when you typed them, and all of them by `--times`. Nothing is run: a Makefile
/// is only read. With `--measure` the steps of make, just or a sequence are run in a throw-away copy of HEAD, without network, one
/// after the other, and once more in another order: so it is seen how long they take, what they read and write, and whether they
/// do the same in an order that this allows.
#[derive(Debug, clap::Args)]
pub struct WorkflowArgs {
    /// `tasks`, `make`, `just`, `ci`, a file, the name of a workflow in the list, or the beginning of the id of a proposal or
    /// an automation; without it all that is found here is listed
    #[arg(value_name = "WHAT")]
    pub what: Option<String>,
    /// If so many steps could be at work at once; `[queue] slots` if nothing is said
    #[arg(long, value_name = "N")]
    pub workers: Option<NonZeroUsize>,
    /// How long steps take: {"name": seconds}, what `gh run view RUN --json jobs` prints, or GitLab's list of a pipeline's jobs
    #[arg(long, value_name = "FILE")]
    pub times: Option<PathBuf>,
    /// Run the steps in the sandbox, and see what they take and touch
    #[arg(long, requires = "what", conflicts_with = "times")]
    pub measure: bool,
    /// With --measure, let steps run programs of this folder, too; may be given more than once
    #[arg(long, value_name = "DIR", requires = "measure")]
    pub tools: Vec<PathBuf>,
    /// With --measure, run them even if not everything can be kept from them here
    #[arg(long, requires = "measure")]
    pub weaker: bool,
    /// Look this many days back; 90 if nothing is said
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub days: Option<u16>,
    /// Show how much of the time could be saved, of 100, or the original design's score: 5 a step, at most 30; 20 for each
    /// bottleneck; the variance, at most 30
    #[arg(long, value_name = "FORMULA", value_enum, default_value_t)]
    pub score: Formula,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A workflow and what is said of it.
struct Seen {
    source: Source,
    analysis: Analysis,
}

impl Seen {
    /// Whether it is the steps of one job of a file.
    fn is_of_a_job(&self) -> bool {
        let workflow = &self.source.read.workflow;
        matches!(workflow.origin, Origin::GithubActions { .. }) && workflow.name.contains(':')
    }

    fn is_untimed(&self) -> bool {
        let steps = &self.source.read.workflow.steps;
        steps.iter().all(|step| step.ms.is_none())
    }
}

/// Shows workflows.
pub fn workflow(args: &WorkflowArgs, app: &App) -> Result<Exit, CommandError> {
    let workers = args.workers.map(NonZeroUsize::get);
    let means = Means::new(app, workers, args.days, args.times.as_deref())?;
    let (sources, whole) = match &args.what {
        None => (means.everything()?, false),
        Some(what) => wanted(what, args, &means, app)?,
    };
    let sources = if args.measure {
        measured(sources, args, app)?
    } else {
        sources
    };
    let seen = sources
        .into_iter()
        .map(|source| {
            let analysis = means.analysis(&source.read.workflow)?;
            Ok(Seen { source, analysis })
        })
        .collect::<Result<Vec<_>, CommandError>>()?;
    if args.json {
        let workflows: Vec<Value> = seen.iter().map(of).collect();
        document::print(&json!({ "schema": SCHEMA, "workflows": workflows }), app)?;
        return Ok(Exit::Fine);
    }
    if whole {
        shown(&seen, args, app)?;
    } else {
        listed(&seen, args, app)?;
    }
    Ok(Exit::Fine)
}

fn measured(
    sources: Vec<Source>,
    args: &WorkflowArgs,
    app: &App,
) -> Result<Vec<Source>, CommandError> {
    let folder = app.folder()?;
    let tools: Vec<PathBuf> = args.tools.iter().map(|it| folder.join(it)).collect();
    if let Some(none) = tools.iter().find(|it| !it.is_dir()) {
        let what = format!("{} is no folder", plain(&none.to_string_lossy()));
        return Err(CommandError::usage(what));
    }
    let options = Options {
        tools,
        require: !args.weaker,
        ..usual(app)?
    };
    let sources = sources.into_iter();
    sources.map(|it| measure(it, &options, app)).collect()
}

/// The workflows that a word names, and whether each is shown whole.
fn wanted(
    what: &str,
    args: &WorkflowArgs,
    means: &Means<'_>,
    app: &App,
) -> Result<(Vec<Source>, bool), CommandError> {
    if let Some(kind) = Kind::named(what) {
        let mut found = means.everything()?;
        found.retain(|it| Kind::of(&it.read.workflow.origin) == Some(kind));
        if found.is_empty() {
            return Err(nothing_of(kind));
        }
        return Ok((with_several_steps(found), true));
    }
    let path = app.folder()?.join(what);
    if path.exists() {
        return Ok((with_several_steps(means.of_file(&path)?), true));
    }
    let mut found = means.everything()?;
    let is_meant = |it: &Source| {
        let name = &it.read.workflow.name;
        name == what || name.rsplit_once(':').is_some_and(|(_, last)| last == what)
    };
    let exact = found.iter().any(|it| it.read.workflow.name == what);
    found.retain(|it| {
        if exact {
            it.read.workflow.name == what
        } else {
            is_meant(it)
        }
    });
    match found.len() {
        1 => return Ok((found, true)),
        0 => {}
        _ => {
            let names: Vec<String> = found
                .iter()
                .take(8)
                .map(|it| plain(&it.read.workflow.name))
                .collect();
            return Err(CommandError::usage(format!(
                "{} names more than one workflow: {}",
                plain(what),
                names.join(", ")
            )));
        }
    }
    if let Some(source) = mined(means, what, args.days)? {
        return Ok((vec![source], true));
    }
    Err(CommandError::usage(format!(
        "no file, workflow, proposal or automation {}",
        plain(what)
    ))
    .hint("git tend optimize workflow")
    .hint("git tend optimize identify --all"))
}

fn nothing_of(kind: Kind) -> CommandError {
    let (what, hint) = match kind {
        Kind::Tasks => (
            "no task has run here, and none needs another",
            "git tend run-all",
        ),
        Kind::Make => (
            "no Makefile with targets at the top of the repository",
            "name a file: git tend optimize workflow FILE",
        ),
        Kind::Just => (
            "no justfile with recipes at the top of the repository",
            "name a file: git tend optimize workflow FILE",
        ),
        Kind::Ci => (
            "neither .github/workflows nor .gitlab-ci.yml with jobs at the top of the repository",
            "name a file: git tend optimize workflow FILE",
        ),
    };
    CommandError::failed(what).hint(hint)
}

/// Without those of one step, of which there is little to say, unless there are no others.
fn with_several_steps(found: Vec<Source>) -> Vec<Source> {
    let several = |it: &Source| it.read.workflow.steps.len() > 1;
    if found.iter().any(several) {
        let mut notes: Vec<String> = Vec::new();
        let mut kept: Vec<Source> = Vec::new();
        for source in found {
            if several(&source) {
                kept.push(source);
            } else {
                notes.extend(source.notes);
            }
        }
        if let Some(first) = kept.first_mut() {
            first.notes.extend(notes);
        }
        return kept;
    }
    found
}

fn shown(seen: &[Seen], args: &WorkflowArgs, app: &App) -> Result<(), CommandError> {
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let mut page = Page::new(width);
    let (left, shown): (Vec<&Seen>, Vec<&Seen>) = seen
        .iter()
        .partition(|it| seen.len() > 1 && it.is_of_a_job() && it.is_untimed());
    for it in shown {
        let workflow = &it.source.read.workflow;
        page.add(workflow::lines(
            workflow,
            &it.analysis,
            args.score == Formula::Vy,
            width,
        ));
        if args.measure {
            page.section("What they touch", workflow::touches(workflow, page.room()));
        }
        let notes = it.source.notes.iter();
        page.add(
            notes
                .map(|note| Text::of(Role::Faint, plain(note)).cut(width))
                .collect(),
        );
    }
    app.ui.lines(&page.lines())?;
    if !left.is_empty() {
        app.ui.say(format!(
            "the steps of {} jobs, none of them timed, are left out: git tend optimize workflow FILE:JOB",
            left.len()
        ));
    }
    if seen.iter().all(Seen::is_untimed) {
        app.ui
            .say("nobody knows how long these steps take: --times FILE");
    }
    Ok(())
}

fn listed(seen: &[Seen], args: &WorkflowArgs, app: &App) -> Result<(), CommandError> {
    if seen.is_empty() {
        app.ui
            .say("no tasks that ran, no CI files, no Makefile and no justfile here");
        return Ok(());
    }
    let width = app.ui.columns().unwrap_or(usize::MAX);
    let several: Vec<&Seen> = seen
        .iter()
        .filter(|it| it.source.read.workflow.steps.len() > 1)
        .collect();
    let mut lines: Vec<Text> = several
        .iter()
        .map(|it| {
            workflow::line(
                &it.source.read.workflow,
                &it.analysis,
                args.score == Formula::Vy,
            )
            .cut(width)
        })
        .collect();
    let notes = several.iter().flat_map(|it| it.source.notes.iter());
    lines.extend(notes.map(|note| Text::of(Role::Faint, plain(note)).cut(width)));
    app.ui.lines(&lines)?;
    let alone = seen.len() - several.len();
    if alone > 0 {
        app.ui.say(format!("{alone} of one step each (--json)"));
    }
    app.ui.say("git tend optimize workflow NAME");
    Ok(())
}

/// A workflow with what is said of it, as JSON.
fn of(it: &Seen) -> Value {
    let mut all = workflow::document(&it.source.read.workflow, &it.analysis);
    if let Some(of) = all.as_object_mut() {
        of.insert("notes".to_owned(), json!(it.source.notes));
    }
    all
}
