//! The only place that prints. Standard output is data, standard error is talk.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::Mutex;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::MultiProgress;
use serde::Serialize;

use super::error::CommandError;
use super::screen::Text;
use crate::system::{env, terminal};

/// The columns of what is no terminal.
const USUAL: usize = 100;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal that can, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The roles that text plays; each has one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Names of things the user can type.
    Name,
    /// Good news.
    Good,
    /// To be looked at.
    Warning,
    /// Bad news.
    Bad,
    /// Less important.
    Faint,
    /// Headings.
    Heading,
    /// In progress.
    Active,
    /// What was searched for.
    Match,
    /// Nothing special.
    Plain,
}

impl Role {
    const fn style(self) -> Style {
        match self {
            Self::Name => AnsiColor::Cyan.on_default(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Faint => Style::new().dimmed(),
            Self::Heading => Style::new().bold(),
            Self::Active => AnsiColor::Blue.on_default(),
            Self::Match => AnsiColor::Magenta.on_default().bold(),
            Self::Plain => Style::new(),
        }
    }
}

/// Text in the look of its role; the escapes are dropped where there is no colour.
pub fn paint(role: Role, text: impl std::fmt::Display) -> String {
    let style = role.style();
    format!("{style}{text}{style:#}")
}

/// Text from elsewhere (names, messages, paths) on one line, with what would steer the terminal made visible.
pub fn plain(text: &str) -> String {
    crate::system::plain::plain(text).into_owned()
}

/// Standard output and standard error as this invocation uses them.
pub struct Ui {
    choice: [ColorChoice; 2],
    quiet: bool,
    progress: Mutex<Option<MultiProgress>>,
}

impl Ui {
    /// `quiet` drops everything that is neither data nor an error.
    pub fn new(color: Option<Color>, quiet: bool) -> Self {
        let wanted = color.or_else(|| match env::text(env::COLOR)?.as_str() {
            "always" => Some(Color::Always),
            "never" => Some(Color::Never),
            _ => Some(Color::Auto),
        });
        let choice = match wanted {
            Some(Color::Always) => [ColorChoice::AlwaysAnsi; 2],
            Some(Color::Never) => [ColorChoice::Never; 2],
            Some(Color::Auto) | None => [
                AutoStream::choice(&io::stdout()),
                AutoStream::choice(&io::stderr()),
            ],
        };
        Self {
            choice,
            quiet,
            progress: Mutex::new(None),
        }
    }

    /// Whether standard error is a terminal on which progress can be drawn.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Whether the user sits at both ends and can be asked.
    pub fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether `--quiet` was given.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// From now on lines of talk are printed above these bars.
    pub fn set_progress(&self, bars: Option<MultiProgress>) {
        if let Ok(mut progress) = self.progress.lock() {
            *progress = bars;
        }
    }

    /// Data: one line on standard output.
    pub fn out(&self, line: impl AsRef<str>) -> Result<(), CommandError> {
        self.write_out(&format!("{}\n", line.as_ref()))
    }

    /// Data: text on standard output, as it is.
    pub fn write_out(&self, text: &str) -> Result<(), CommandError> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.choice[0]);
        finish(
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush()),
        )
    }

    /// Data: bytes on standard output, not interpreted.
    pub fn bytes_out(&self, bytes: &[u8]) -> Result<(), CommandError> {
        let mut stream = io::stdout().lock();
        finish(stream.write_all(bytes).and_then(|()| stream.flush()))
    }

    /// Data that is written piece by piece, as it is: whoever writes it knows whether there are colours.
    pub fn write_data(
        &self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CommandError> {
        let mut stream = BufWriter::with_capacity(64 << 10, io::stdout().lock());
        finish(write(&mut stream).and_then(|()| stream.flush()))
    }

    /// Whether data is in colour.
    pub fn colours_data(&self) -> bool {
        self.choice[0] != ColorChoice::Never
    }

    /// Whether standard output is a terminal.
    pub fn data_is_read_by_a_person(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// How many columns data has: those of `COLUMNS`, else of the terminal, else what is usual.
    pub fn width(&self) -> usize {
        self.columns().unwrap_or(USUAL)
    }

    /// How many columns a listing has; nothing where no line is too long, for a program reads it.
    pub fn columns(&self) -> Option<usize> {
        let asked = env::text(env::COLUMNS).and_then(|text| text.parse().ok());
        asked
            .filter(|columns| *columns > 0)
            .or_else(|| terminal::columns(io::stdout()))
    }

    /// Data: the lines of a listing, as it is told by [`Self::columns`] how wide they may be.
    pub fn lines(&self, lines: &[Text]) -> Result<(), CommandError> {
        self.write_out(&painted(lines))
    }

    /// Bytes for whoever reads standard output, terminal sequences included.
    pub fn raw_out(&self, text: &str) -> io::Result<()> {
        let mut stream = io::stdout().lock();
        stream
            .write_all(text.as_bytes())
            .and_then(|()| stream.flush())
    }

    /// How many columns talk has.
    pub fn talk_width(&self) -> usize {
        terminal::columns(io::stderr()).unwrap_or(USUAL)
    }

    /// Data: a JSON document on standard output.
    pub fn json(&self, value: &impl Serialize) -> Result<(), CommandError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CommandError::failed("failed to write JSON").because(&error))?;
        self.write_out(&format!("{text}\n"))
    }

    /// Talk: one line on standard error, dropped by `--quiet`.
    pub fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            self.write_err(line.as_ref());
        }
    }

    /// Talk that `--quiet` keeps.
    pub fn warn(&self, line: impl AsRef<str>) {
        self.write_err(&format!(
            "{} {}",
            paint(Role::Warning, "warning:"),
            line.as_ref()
        ));
    }

    /// Whether talk is in colour.
    pub fn colours_talk(&self) -> bool {
        self.choice[1] != ColorChoice::Never
    }

    /// Talk of several lines that `--quiet` keeps, such as the excerpt of a file with its mistake.
    pub fn block(&self, text: &str) {
        self.write_err(text.trim_end());
    }

    /// The end of a failed invocation.
    pub fn error(&self, error: &CommandError) {
        if let Some(excerpt) = &error.excerpt {
            self.block(excerpt);
        }
        self.write_err(&format!("{} {}", paint(Role::Bad, "error:"), error.message));
        for (number, cause) in error.causes.iter().enumerate() {
            self.write_err(&format!(
                "  {} {cause}",
                paint(Role::Faint, format!("{}:", number + 1))
            ));
        }
        for hint in &error.hints {
            self.write_err(&format!("{} {hint}", paint(Role::Name, "hint:")));
        }
    }

    /// Asks a yes-or-no question at the terminal; anything but yes is no.
    pub fn ask(&self, question: &str) -> bool {
        let mut stream = AutoStream::new(io::stderr().lock(), self.choice[1]);
        let asked = write!(stream, "{question} [y/N] ").and_then(|()| stream.flush());
        let mut answer = String::new();
        asked.is_ok()
            && io::stdin().read_line(&mut answer).is_ok()
            && matches!(answer.trim(), "y" | "Y" | "yes")
    }

    fn write_err(&self, line: &str) {
        let write = || {
            let mut stream = AutoStream::new(io::stderr().lock(), self.choice[1]);
            // Nobody is left to be told when standard error is gone.
            let _ = writeln!(stream, "{line}");
        };
        match self.progress.lock() {
            Ok(progress) => match progress.as_ref() {
                Some(bars) => bars.suspend(write),
                None => write(),
            },
            Err(_) => write(),
        }
    }
}

/// A line on standard error of a process that has no user: a job's log.
pub fn to_log(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Lines with their looks.
pub fn painted(lines: &[Text]) -> String {
    let lines = lines.iter().map(|line| line.painted() + "\n");
    lines.collect()
}

/// A reader that went away (`| head`) is no error.
fn finish(written: io::Result<()>) -> Result<(), CommandError> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| {
            CommandError::failed("failed to write to standard output").because(&error)
        }),
    }
}
