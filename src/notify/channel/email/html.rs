//! A letter as HTML.
//!
//! The template has no style sheet, since half of the mail programs drop it, and gives neither a background nor a colour
//! to its text: a program that shows mails dark then has nothing to repaint. The severity's colour is in bars and dots,
//! where it need not be read.

use askama::Template as _;

use super::letter::{Entry, Group, Letter};
use super::text::in_a_row;
use crate::config::notify::Severity;

#[derive(askama::Template)]
#[template(path = "notify/channel/email/mail.html", config = "src/askama.toml")]
struct Page<'a> {
    letter: &'a Letter,
}

/// The HTML of a mail.
pub(super) fn html(letter: &Letter) -> Result<String, String> {
    Page { letter }.render().map_err(|error| error.to_string())
}

impl Page<'_> {
    fn row(entry: &Entry) -> String {
        in_a_row(entry)
    }
}

impl Letter {
    fn colour(&self) -> &'static str {
        colour(self.severity)
    }

    fn word(&self) -> String {
        self.severity.name().to_uppercase()
    }
}

impl Group {
    fn colour(&self) -> &'static str {
        colour(self.severity)
    }

    fn word(&self) -> String {
        self.severity.name().to_uppercase()
    }
}

/// How serious something is, as a colour.
const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "#3498db",
        Severity::Warning => "#f39c12",
        Severity::Error => "#e74c3c",
        Severity::Critical => "#c0392b",
    }
}
