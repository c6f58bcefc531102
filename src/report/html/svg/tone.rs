//! The colours of charts, by what they mean.

use crate::findings::finding::Severity;

/// How many colours there are that mean nothing but "another part".
pub const PARTS: u8 = 12;

/// What a line, an area or a part is about, and so which colour it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The only line of a chart, or the one it is about.
    Accent,
    /// What should be: passed, fixed.
    Good,
    /// What should not be: failed, new.
    Bad,
    /// What is to be seen least: the rest, the other.
    Quiet,
    /// Findings of the severity.
    Severity(Severity),
    /// One of [`PARTS`] colours, counted from 0 and again from 0 after the last; neighbours differ most.
    Part(u8),
}

impl Tone {
    /// The class that gives `fill`, `stroke` and `background` of what it is put on through `--tone`.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Accent => "t-accent",
            Self::Good => "t-good",
            Self::Bad => "t-bad",
            Self::Quiet => "t-quiet",
            Self::Severity(Severity::Critical) => "t-critical",
            Self::Severity(Severity::High) => "t-high",
            Self::Severity(Severity::Medium) => "t-medium",
            Self::Severity(Severity::Low) => "t-low",
            Self::Severity(Severity::Info) => "t-info",
            Self::Part(number) => match number % PARTS {
                0 => "t-0",
                1 => "t-1",
                2 => "t-2",
                3 => "t-3",
                4 => "t-4",
                5 => "t-5",
                6 => "t-6",
                7 => "t-7",
                8 => "t-8",
                9 => "t-9",
                10 => "t-10",
                _ => "t-11",
            },
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        Self::Severity(severity)
    }
}
