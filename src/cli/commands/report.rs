//! `git tend report`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::page;
use crate::cli::scans::{self, Files};
use crate::findings::Finding;
use crate::report::findings::{Document, State, github, json, junit, markdown, sarif, text};
use crate::report::html;
use crate::system::browser;

/// Write what was found as one document
///
/// The same findings as `git tend findings`, in the form that a terminal, a pull request, or a program wants. As a page it
/// has what else is known of the repository: trends, tests, hot spots, languages, dependencies, debt, agents' sessions,
/// repeated work, tasks, gates and the queue.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// In which form; text, or html with --open
    #[arg(long, value_enum)]
    pub format: Option<Form>,
    /// Write to FILE
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show the page in a browser; it is written to FILE, or into the repository's .git/tend
    #[arg(long)]
    pub open: bool,
    /// Only of TASK
    #[arg(long, value_name = "TASK")]
    pub task: Vec<String>,
    /// About REV instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// Only findings that the base does not have are listed (text, html), failures (junit) and annotations (github)
    #[arg(long)]
    pub new: bool,
}

/// A form of report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// For a terminal.
    Text,
    /// For a pull request: fits its comments.
    Markdown,
    /// Everything, for programs.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// SARIF as GitHub's code scanning takes it: open findings only, within its limits.
    GithubSarif,
    /// The XML of `JUnit`.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// A page for a browser, in one file: findings with their source, trends, tests, hot spots, tasks and the queue.
    Html,
}

/// Where a page is written that is to be opened, below the state folder.
const PAGE: &str = "report.html";

/// Writes a report.
pub fn report(args: &ReportArgs, app: &App) -> Result<Exit, CommandError> {
    let form = match (args.format, args.open) {
        (Some(Form::Html), _) | (None, true) => Form::Html,
        (None, false) => Form::Text,
        (Some(form), false) => form,
        (Some(_), true) => {
            let error = CommandError::usage("only a page can be opened");
            return Err(error.hint("git tend report --format html --open"));
        }
    };
    let output = match &args.output {
        Some(path) => Some(app.folder()?.join(path)),
        None if args.open => Some(app.state_dir()?.join(PAGE)),
        None => None,
    };
    if form == Form::Html && output.is_none() && app.ui.data_is_read_by_a_person() {
        let error = CommandError::usage("a page is not for a terminal");
        return Err(
            error.hint("git tend report --format html -o report.html, or git tend report --open")
        );
    }
    let mut document = scans::document(app, args.commit.as_deref(), &args.task)?;
    let files = Files::new(app)?;
    if form == Form::Html {
        if args.new {
            document
                .entries
                .retain(|entry| entry.state != State::Unchanged);
        }
        page::with(app, &document, &files, |page| {
            write(app, output.as_deref(), |out, _| html::write(out, page))
        })??;
    } else {
        write(app, output.as_deref(), |out, look| {
            render(out, &document, &files, (form, args.new), look)
        })?;
    }
    if let Some(path) = output.filter(|_| args.open) {
        browser::show(&path).map_err(|error| {
            CommandError::failed("failed to open a browser")
                .because(&error)
                .hint(format!("the page is {}", path.display()))
        })?;
        app.ui.say(format!("opened {}", path.display()));
    }
    Ok(Exit::Fine)
}

/// Writes to a file, or to standard output; `render` is told whether it may use colours, and how wide it may be.
fn write(
    app: &App,
    output: Option<&Path>,
    render: impl FnOnce(&mut dyn Write, (bool, usize)) -> io::Result<()>,
) -> Result<(), CommandError> {
    let Some(path) = output else {
        let look = (app.ui.colours_data(), app.ui.width());
        return app.ui.write_data(|out| render(out, look));
    };
    let doing = format!("write {}", path.display());
    let mut file = BufWriter::new(File::create(path).context(&doing)?);
    render(&mut file, (false, 100))
        .and_then(|()| file.flush())
        .context(&doing)
}

fn render(
    out: &mut dyn Write,
    document: &Document,
    files: &Files<'_>,
    (form, new): (Form, bool),
    (colour, width): (bool, usize),
) -> io::Result<()> {
    let source = |finding: &Finding| files.excerpt(finding);
    match form {
        Form::Text => {
            let options = text::Options {
                colour,
                width,
                form: text::Form::Full,
                shown: if new {
                    text::Shown::New
                } else {
                    text::Shown::Open
                },
                source: &source,
            };
            text::write(out, document, &options)
        }
        Form::Markdown => markdown::write(out, document, markdown::COMMENT),
        Form::Json => json::write(out, document),
        Form::Sarif | Form::GithubSarif => {
            let options = sarif::Options {
                audience: match form {
                    Form::GithubSarif => sarif::Audience::CodeScanning,
                    _ => sarif::Audience::Any,
                },
                source: &source,
                line_hash: &|finding| files.line_hash(finding),
            };
            sarif::write(out, document, &options)
        }
        Form::Junit => {
            let fail_on = if new {
                junit::FailOn::New
            } else {
                junit::FailOn::All
            };
            junit::write(out, document, fail_on)
        }
        Form::Github => {
            let options = github::Options { unchanged: !new };
            github::write(out, document, options)
        }
        // A page is made of more than the document: see `page::with`.
        Form::Html => Ok(()),
    }
}
