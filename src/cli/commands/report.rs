//! `git tend report`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::exit_code::Exit;
use crate::cli::scans::{self, Files};
use crate::findings::Finding;
use crate::report::findings::{Document, github, json, junit, markdown, sarif, text};

/// Write what was found as one document
///
/// The same findings as `git tend findings`, in the form that a terminal, a pull request, or a program wants.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// In which form
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
    /// Write to FILE
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Only of TASK
    #[arg(long, value_name = "TASK")]
    pub task: Vec<String>,
    /// About REV instead of HEAD
    #[arg(long, value_name = "REV")]
    pub commit: Option<String>,
    /// Only findings that the base does not have are failures (junit) and annotations (github)
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
}

/// Writes a report.
pub fn report(args: &ReportArgs, app: &App) -> Result<Exit, CommandError> {
    let document = scans::document(app, args.commit.as_deref(), &args.task)?;
    let files = Files::new(app)?;
    match &args.output {
        None => {
            let look = (app.ui.colours_data(), app.ui.width());
            app.ui
                .write_data(|out| render(out, &document, &files, args, look))?;
        }
        Some(path) => {
            let path = app.folder()?.join(path);
            let doing = format!("write {}", path.display());
            let mut file = BufWriter::new(File::create(&path).context(&doing)?);
            render(&mut file, &document, &files, args, (false, 100))
                .and_then(|()| file.flush())
                .context(&doing)?;
        }
    }
    Ok(Exit::Fine)
}

fn render(
    out: &mut dyn Write,
    document: &Document,
    files: &Files<'_>,
    args: &ReportArgs,
    (colour, width): (bool, usize),
) -> io::Result<()> {
    let source = |finding: &Finding| files.excerpt(finding);
    match args.format {
        Form::Text => {
            let options = text::Options {
                colour,
                width,
                form: text::Form::Full,
                shown: if args.new {
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
                audience: match args.format {
                    Form::GithubSarif => sarif::Audience::CodeScanning,
                    _ => sarif::Audience::Any,
                },
                source: &source,
                line_hash: &|finding| files.line_hash(finding),
            };
            sarif::write(out, document, &options)
        }
        Form::Junit => {
            let fail_on = if args.new {
                junit::FailOn::New
            } else {
                junit::FailOn::All
            };
            junit::write(out, document, fail_on)
        }
        Form::Github => {
            let options = github::Options {
                unchanged: !args.new,
            };
            github::write(out, document, options)
        }
    }
}
