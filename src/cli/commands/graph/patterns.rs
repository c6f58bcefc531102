//! `git tend graph patterns`.

use serde_json::{Map, json};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context as _};
use crate::cli::exit_code::Exit;
use crate::cli::format;
use crate::cli::screen::Page;
use crate::cli::sessions_view::{document, patterns as view};
use crate::cli::ui::plain;
use crate::graph::Graph;
use crate::report::json::SCHEMA;
use crate::sessions::redact::redact;

/// What comes back again and again: failures of tools, models, lessons
///
/// Counted in all nodes: how often each tool failed in the same way, what each model took, and lessons that were learned more
/// than once. Without an option all three.
#[derive(Debug, clap::Args)]
pub struct PatternsArgs {
    /// Ways in which tools fail
    #[arg(long)]
    pub failures: bool,
    /// What each model took
    #[arg(long)]
    pub models: bool,
    /// Lessons
    #[arg(long)]
    pub lessons: bool,
    /// Failures and lessons that occurred at least so often
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub at_least: u64,
    /// At most so many of each [default: 20; with --json all]
    #[arg(short = 'n', long, value_name = "N", conflicts_with = "json")]
    pub limit: Option<usize>,
    /// Write beside a failure what is to be learned from it; an empty TEXT takes it away
    #[arg(
        long,
        num_args = 2,
        value_names = ["ID", "TEXT"],
        conflicts_with_all = ["failures", "models", "lessons", "limit", "json"]
    )]
    pub note: Option<Vec<String>>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// So many of each are shown to a person.
const SHOWN: usize = 20;

/// Shows patterns, or notes what is to be learned from one.
pub fn patterns(args: &PatternsArgs, app: &App) -> Result<Exit, CommandError> {
    let graph = app.graph_to_read()?;
    if let Some([id, text]) = args.note.as_deref() {
        let id = failure(&graph, id)?;
        drop(graph);
        return note(&id, text, app);
    }
    let all = !(args.failures || args.models || args.lessons);
    let doing = "read the patterns";
    let failures = (all || args.failures)
        .then(|| graph.failure_patterns(args.at_least))
        .transpose()
        .context(doing)?;
    let models = (all || args.models)
        .then(|| graph.model_stats())
        .transpose()
        .context(doing)?;
    let lessons = (all || args.lessons)
        .then(|| graph.lesson_patterns(args.at_least))
        .transpose()
        .context(doing)?;
    if args.json {
        let mut shown = Map::new();
        shown.insert("schema".to_owned(), json!(SCHEMA));
        let parts = [
            ("failures", failures.map(|it| json!(it))),
            ("models", models.map(|it| json!(it))),
            ("lessons", lessons.map(|it| json!(it))),
        ];
        for (name, part) in parts {
            shown.extend(part.map(|part| (name.to_owned(), part)));
        }
        document::print(&shown, app)?;
        return Ok(Exit::Fine);
    }
    let (now, most) = (app.now(), args.limit.unwrap_or(SHOWN));
    let mut page = Page::new(app.ui.columns().unwrap_or(usize::MAX));
    let room = page.room();
    let failures = view::failures(&failures.unwrap_or_default(), most, now, room);
    let models = view::models(&models.unwrap_or_default(), most, now, room);
    let lessons = view::lessons(&lessons.unwrap_or_default(), most, now, room);
    page.section("failures", failures);
    page.section("models", models);
    page.section("lessons", lessons);
    let lines = page.lines();
    if lines.is_empty() {
        app.ui.say(format!(
            "nothing of that occurred {} or more",
            format::count(
                usize::try_from(args.at_least).unwrap_or(usize::MAX),
                "time",
                "times"
            )
        ));
    } else {
        app.ui.lines(&lines)?;
    }
    Ok(Exit::Fine)
}

/// The failure that a beginning of its id names.
fn failure(graph: &Graph, text: &str) -> Result<String, CommandError> {
    let known = graph.failure_patterns(1).context("read the failures")?;
    let mut found: Vec<String> = known.into_iter().map(|it| it.id).collect();
    found.retain(|id| !text.is_empty() && id.starts_with(text));
    match found.as_slice() {
        [id] => Ok(id.clone()),
        [] => Err(CommandError::usage(format!("no failure {}", plain(text)))
            .hint("git tend graph patterns --failures --at-least 1")),
        ids => Err(CommandError::usage(format!(
            "{} names more than one failure: {}",
            plain(text),
            ids.join(" ")
        ))),
    }
}

fn note(id: &str, text: &str, app: &App) -> Result<Exit, CommandError> {
    // Nothing with a secret in it is stored, whoever wrote it.
    let text = redact(text.trim());
    let text = (!text.is_empty()).then_some(&*text);
    let noted = app
        .graph()?
        .note_failure(id, text)
        .context("write the note")?;
    if !noted {
        return Err(CommandError::failed("the failure was just forgotten"));
    }
    app.ui.say(match text {
        Some(_) => "noted",
        None => "the note is gone",
    });
    Ok(Exit::Fine)
}
