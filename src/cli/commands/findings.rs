//! `git tend findings`.

use globset::GlobBuilder;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::scans::{self, Files};
use crate::cli::ui::plain;
use crate::findings::Severity;
use crate::report::findings::{Document, Entry, json, text};

/// Show what tools and tests found
///
/// The newest findings of each task about HEAD, compared with the merge-base with the upstream, else with origin/HEAD,
/// else with tend.baseline.json, else with the first parent. What is suppressed (`[suppress.NAME]` in tend.toml, or a
/// comment `tend: ignore[RULE] reason`) is left out.
#[derive(Debug, clap::Args)]
pub struct FindingsArgs {
    /// Only those that the base does not have
    #[arg(long, conflicts_with = "all")]
    pub new: bool,
    /// Suppressed ones too
    #[arg(long)]
    pub all: bool,
    /// Only of TASK
    #[arg(long, value_name = "TASK")]
    pub task: Vec<String>,
    /// Only in this file or folder, or in what this glob selects
    #[arg(long, value_name = "PATH")]
    pub path: Vec<String>,
    /// Only those that are as bad as this, or worse
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub severity: Option<Severity>,
    /// About REV instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// One line for each, without its source
    #[arg(long)]
    pub compact: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn severity(word: &str) -> Result<Severity, String> {
    let known = Severity::ALL.into_iter().find(|it| it.name() == word);
    known.ok_or_else(|| {
        let names = Severity::ALL.map(Severity::name);
        format!("the severities are {}", names.join(", "))
    })
}

/// Shows findings.
pub fn findings(args: &FindingsArgs, app: &App) -> Result<Exit, CommandError> {
    let mut document = scans::document(app, args.commit.as_deref(), &args.task)?;
    if document.tasks.is_empty() {
        app.ui
            .say("nothing has looked for findings yet · git tend run-all");
        if !args.json {
            return Ok(Exit::Fine);
        }
    }
    narrow(&mut document, args)?;
    if args.json {
        app.ui.write_data(|out| json::write(out, &document))?;
        return Ok(Exit::Fine);
    }
    let files = Files::new(app)?;
    let shown = match (args.new, args.all) {
        (true, _) => text::Shown::New,
        (_, true) => text::Shown::All,
        _ => text::Shown::Open,
    };
    let options = text::Options {
        colour: app.ui.colours_data(),
        width: app.ui.width(),
        form: if args.compact {
            text::Form::Compact
        } else {
            text::Form::Full
        },
        shown,
        source: &|finding| files.excerpt(finding),
    };
    app.ui
        .write_data(|out| text::write(out, &document, &options))?;
    Ok(Exit::Fine)
}

/// Leaves only what was asked for.
fn narrow(document: &mut Document, args: &FindingsArgs) -> Result<(), CommandError> {
    let mut globs = Vec::new();
    for path in &args.path {
        let below = path.trim_start_matches("./").trim_end_matches('/');
        let glob = GlobBuilder::new(below)
            .literal_separator(true)
            .build()
            .context(&format!("read the glob {}", plain(path)))?;
        globs.push((below, glob.compile_matcher()));
    }
    let is_wanted = |entry: &Entry| {
        let path = entry
            .finding
            .place
            .as_ref()
            .map_or("", |place| place.path.as_str());
        let below = |folder: &str| {
            let is_top = matches!(folder, "" | ".");
            is_top
                || path
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_there = globs.is_empty()
            || globs
                .iter()
                .any(|(folder, glob)| below(folder) || glob.is_match(path));
        is_there
            && args
                .severity
                .is_none_or(|least| entry.finding.severity >= least)
    };
    document.entries.retain(is_wanted);
    document.fixed.retain(is_wanted);
    if args.new {
        document
            .entries
            .retain(|entry| entry.state != crate::report::findings::State::Unchanged);
    }
    if !args.all {
        document.entries.retain(Entry::is_open);
    }
    Ok(())
}
