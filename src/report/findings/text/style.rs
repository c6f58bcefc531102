//! Colours, as the rest of the terminal's text has them.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::findings::{Severity, Verdict};

/// How the text is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) colour: bool,
    pub(super) width: usize,
}

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();
pub(super) const NEW: Style = AnsiColor::Magenta.on_default().bold();

/// The look of a severity.
pub(super) const fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => AnsiColor::Red.on_default().bold(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Blue.on_default(),
        Severity::Info => Style::new(),
    }
}

/// The look of a verdict.
pub(super) const fn verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Clean => AnsiColor::Green.on_default(),
        Verdict::NotChecked => AnsiColor::Yellow.on_default(),
        Verdict::Findings | Verdict::ToolError => AnsiColor::Red.on_default().bold(),
    }
}

/// Text in a style; as it is where there is no colour.
pub(super) fn paint(look: Look, style: Style, text: impl Display) -> String {
    if look.colour {
        format!("{style}{text}{style:#}")
    } else {
        text.to_string()
    }
}
