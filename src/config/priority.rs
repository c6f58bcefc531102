//! The priority bands, and the ways to write them.

use serde::Serialize;

/// The five priority bands. The number is what is stored; lower runs sooner.
///
/// The values unite the three scales of the seeds (`spec/REQUIREMENTS.md` §1.2): MIRA's 1–5, the framework's
/// 1000/100/10/1 and pi-brain's 10–300.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// 10: what a person asked for, security problems.
    Critical,
    /// 50: tests, important analysis.
    High,
    /// 100: everything else. `medium` in the framework's words.
    #[default]
    Normal,
    /// 200: documentation, technical debt, retries.
    Low,
    /// 300: deep mining, backlogs.
    Deferred,
}

impl Priority {
    /// Every band, soonest first.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::High,
        Self::Normal,
        Self::Low,
        Self::Deferred,
    ];

    /// The stored number; lower runs sooner.
    pub const fn value(self) -> i64 {
        match self {
            Self::Critical => 10,
            Self::High => 50,
            Self::Normal => 100,
            Self::Low => 200,
            Self::Deferred => 300,
        }
    }

    /// The band that a stored number belongs to: the first whose value is not below it.
    pub fn from_value(value: i64) -> Self {
        Self::ALL
            .into_iter()
            .find(|band| value <= band.value())
            .unwrap_or(Self::Deferred)
    }

    /// The name used in configuration and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
            Self::Deferred => "deferred",
        }
    }

    /// The band `steps` sooner, never past `critical`.
    #[must_use]
    pub fn raised(self, steps: u32) -> Self {
        let index = Self::ALL.iter().position(|band| *band == self).unwrap_or(0);
        Self::ALL[index.saturating_sub(steps as usize)]
    }
}
