//! What the steps of a workflow take and touch, seen by running them in a copy of the repository.

use std::path::{Component, Path};

use super::Source;
use crate::cli::app::App;
use crate::cli::error::CommandError;
use crate::cli::format::count;
use crate::cli::optimizing::trials;
use crate::cli::progress::Steps;
use crate::cli::ui::plain;
use crate::optimize::automation::Form;
use crate::optimize::generate::{Language, Options as Writing, Template, generate, shell_word};
use crate::optimize::recipe::{Parameter, Recipe};
use crate::optimize::sandbox::{Interpreter, Options, Part, Played, Rehearsal, TrialError, ending};
use crate::optimize::workflow::graph::Graph;
use crate::optimize::workflow::order::Order;
use crate::optimize::workflow::seen::{Seen, differing, distrust, learn, other_orders};
use crate::optimize::workflow::touch::Touch;
use crate::optimize::workflow::{Origin, Workflow};
use crate::sessions::redact::redact;
use crate::system::sandbox::End;

/// So many other orders are tried.
const ORDERS: usize = 3;
/// So many steps that failed are told.
const TOLD: usize = 5;

/// Runs the steps of a workflow of make, of just, or that was mined, one after the other in a copy of `HEAD`, and once more
/// in another order if what was seen allows one.
pub fn measure(mut source: Source, options: &Options, app: &App) -> Result<Source, CommandError> {
    let top =
        app.located()?.worktree.clone().ok_or_else(|| {
            CommandError::usage("a bare repository has no files to run anything in")
        })?;
    let parts = parts(&source)?;
    let workflow = &mut source.read.workflow;
    let name = workflow.name.clone();
    let failed = |error: TrialError| {
        let refused = CommandError::refused(format!("failed to measure {}", plain(&name)));
        trials::hint(refused.because(&error), &error)
    };
    let graph = graph(workflow)?;
    let rehearsal = Rehearsal::prepare(&parts, &top, options).map_err(failed)?;
    let now = app.now().as_millisecond();
    let pass = |order: &[usize], needed: &Graph, title: &str| {
        let bar = Steps::new(&app.ui, order.len());
        let told = |at: usize| {
            let name = workflow.steps.get(at).map_or("", |it| it.name.as_str());
            bar.next(&format!("{title}{}", plain(name)));
        };
        let played = rehearsal.run(order, |at| needed.before(at).to_vec(), told);
        bar.finish(&app.ui);
        played
    };
    let first = pass(graph.order(), &graph, "").map_err(failed)?;
    let mut passes = vec![seen(&first)];
    let mut learnt = workflow.clone();
    learn(&mut learnt, &passes, now);
    let needed = Order::of(&graph, &Touch::of(&learnt)).needed;
    let (orders, left) = other_orders(&graph, &needed, ORDERS);
    for (number, order) in orders.iter().enumerate() {
        let title = format!("another order ({} of {}): ", number + 1, orders.len());
        passes.push(seen(&pass(order, &needed, &title).map_err(failed)?));
    }
    let mut doubted = Vec::new();
    if let Some((first, others)) = passes.split_first() {
        doubted.extend(others.iter().flat_map(|it| differing(first, it)));
        doubted.sort_unstable();
        doubted.dedup();
    }
    learnt = workflow.clone();
    learn(&mut learnt, &passes, now);
    distrust(&mut learnt, &doubted);
    let mut notes = vec![how(&rehearsal, &first, orders.len())];
    notes.extend(rehearsal.notes().iter().cloned());
    if !rehearsal.reads_are_noted() {
        notes.push(
            "the file system does not note what is read: only what is written was seen".to_owned(),
        );
    }
    notes.extend(failures(&learnt, &first));
    if left > 0 {
        let pairs = count(left, "pair of steps was", "pairs of steps were");
        notes.push(format!(
            "{pairs} not tried in the other order: {ORDERS} orders were"
        ));
    }
    notes.extend(differences(&learnt, &passes));
    source.read.workflow = learnt;
    source.notes.extend(notes);
    Ok(source)
}

fn graph(workflow: &Workflow) -> Result<Graph, CommandError> {
    Graph::of(workflow).map_err(|error| {
        CommandError::failed(format!("failed to look through {}", plain(&workflow.name)))
            .because(&error)
    })
}

fn seen(played: &[Option<Played>]) -> Vec<Option<Seen>> {
    let seen = played.iter().map(|it| {
        it.as_ref().map(|it| Seen {
            ms: it.wall_ms,
            ok: it.ok(),
            reads: it.read.clone(),
            writes: it.written.clone(),
        })
    });
    seen.collect()
}

fn how(rehearsal: &Rehearsal<'_>, first: &[Option<Played>], others: usize) -> String {
    let good = first.iter().flatten().filter(|it| it.ok()).count();
    let orders = match others {
        0 => String::new(),
        others => format!(
            ", in the stated order and in {}",
            count(others, "other order", "other orders")
        ),
    };
    format!(
        "measured in a copy of HEAD without network, isolated by {}{orders}: {good} of {}",
        rehearsal.means().name(),
        count(first.len(), "step", "steps")
    )
}

/// Which steps came to something else in another order.
fn differences(workflow: &Workflow, passes: &[Vec<Option<Seen>>]) -> Option<String> {
    let (first, others) = passes.split_first()?;
    let differs = |at: usize| {
        let of = |pass: &Vec<Option<Seen>>| pass.get(at).cloned().flatten();
        let Some(first) = of(first).filter(|it| it.ok) else {
            return false;
        };
        others
            .iter()
            .filter_map(of)
            .any(|again| first.differs(&again))
    };
    let all: Vec<String> = (0..workflow.steps.len())
        .filter(|at| differs(*at))
        .filter_map(|at| workflow.steps.get(at))
        .map(|it| plain(&it.name))
        .collect();
    let named = all
        .iter()
        .take(TOLD)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = match all.len().saturating_sub(TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (!all.is_empty()).then(|| {
        format!("{named}{more} did something else in another order: more is needed than was seen, or it differs each time")
    })
}

/// Why steps were not measured.
fn failures(workflow: &Workflow, played: &[Option<Played>]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut left = 0;
    for (step, played) in workflow.steps.iter().zip(played) {
        let Some(played) = played else {
            left += 1;
            continue;
        };
        if played.ok() || notes.len() >= TOLD {
            continue;
        }
        let why = match &played.end {
            End::TimedOut => "it took longer than `timeout` under [optimize] allows".to_owned(),
            end => ending(end).unwrap_or_else(|| "it failed".to_owned()),
        };
        let said = redact(&played.stderr.text).into_owned();
        let last = said.lines().rfind(|line| !line.trim().is_empty());
        let last = last.map_or_else(String::new, |line| format!(" ({})", plain(line.trim())));
        notes.push(format!("{}: {why}{last}", plain(&step.name)));
    }
    if left > 0 {
        notes.push(if left == 1 {
            "1 step was not run: what it needs did not succeed".to_owned()
        } else {
            format!("{left} steps were not run: what they need did not succeed")
        });
    }
    notes
}

/// What is run for each step.
fn parts(source: &Source) -> Result<Vec<Part>, CommandError> {
    let workflow = &source.read.workflow;
    let steps = 0..workflow.steps.len();
    match &workflow.origin {
        Origin::Make { file } => {
            let (folder, file) = inside(file)?;
            Ok(steps.map(|at| make(workflow, at, &folder, &file)).collect())
        }
        Origin::Just { file } => {
            let (folder, file) = inside(file)?;
            steps.map(|at| just(source, at, &folder, &file)).collect()
        }
        Origin::Mined { .. } => {
            let recipe = source.recipe.as_ref();
            steps
                .map(|at| mined(recipe, at))
                .collect::<Option<Vec<Part>>>()
                .ok_or_else(|| {
                    CommandError::refused(
                        "some of its steps cannot be run by themselves, so they cannot be measured",
                    )
                })
        }
        Origin::Tasks => Err(
            CommandError::usage("tasks are measured by the queue when they run")
                .hint("git tend run-all"),
        ),
        Origin::GithubActions { .. } | Origin::GitlabCi { .. } => Err(CommandError::usage(
            "jobs of a CI service can be measured where they run alone",
        )
        .hint("--times FILE takes what gh and GitLab tell of a run")),
    }
}

/// The folder of a file of the repository, relative to the top, and its name.
fn inside(file: &str) -> Result<(String, String), CommandError> {
    let path = Path::new(file);
    let stays = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let name = path.file_name().filter(|_| stays);
    let name = name.ok_or_else(|| {
        CommandError::usage(format!("{} is no file of the repository", plain(file)))
    })?;
    let folder = path.parent().map(|it| it.to_string_lossy().into_owned());
    let folder = folder.filter(|it| !it.is_empty());
    Ok((
        folder.unwrap_or_else(|| ".".to_owned()),
        name.to_string_lossy().into_owned(),
    ))
}

fn script(text: String) -> Part {
    Part {
        interpreter: Interpreter::Sh,
        text,
        parameters: Vec::new(),
        flags: Vec::new(),
    }
}

/// A target alone: what it needs is there, and make takes it for old whatever it is.
fn make(workflow: &Workflow, at: usize, folder: &str, file: &str) -> Part {
    let step = workflow.steps.get(at);
    let needs = step.iter().flat_map(|it| it.needs.iter());
    let mut old = String::new();
    for need in needs.filter_map(|need| workflow.steps.get(*need)) {
        old.push_str(" -o ");
        old.push_str(&shell_word(&need.name));
    }
    script(format!(
        "exec make --no-print-directory -C {} -f {}{old} -- {}\n",
        shell_word(folder),
        shell_word(file),
        shell_word(step.map_or("", |it| it.name.as_str())),
    ))
}

/// A recipe alone.
fn just(source: &Source, at: usize, folder: &str, file: &str) -> Result<Part, CommandError> {
    let titles = source.read.titles.get(at).into_iter().flatten();
    let mut calls = titles.filter_map(|title| title.strip_prefix("just "));
    let recipe = calls.next().unwrap_or_default();
    if recipe.is_empty() || recipe.contains(char::is_whitespace) {
        return Err(CommandError::refused(format!(
            "{} gets arguments, and cannot be measured by itself",
            plain(recipe)
        )));
    }
    let path = format!("{folder}/{file}");
    Ok(script(format!(
        "exec just --no-deps --working-directory {} --justfile {} -- {}\n",
        shell_word(folder),
        shell_word(&path),
        shell_word(recipe),
    )))
}

/// A step of a recipe as a script of its own, with what its values were.
fn mined(recipe: Option<&Recipe>, at: usize) -> Option<Part> {
    let recipe = recipe?;
    let alone = Recipe {
        steps: vec![recipe.steps.get(at)?.clone()],
        ..recipe.clone()
    };
    let written = generate(&alone, Form::ShellScript, &Writing::default()).ok()?;
    let interpreter = match written.language {
        Language::Sh => Interpreter::Sh,
        Language::Bash => Interpreter::Bash,
        _ => return None,
    };
    // The copy is there to be written over.
    let force = written.template == Template::FileOperation;
    Some(Part {
        interpreter,
        text: written.text,
        parameters: written.parameters.iter().map(Parameter::from).collect(),
        flags: force.then(|| "--force".to_owned()).into_iter().collect(),
    })
}
