//! The priority bands, and the ways to write them.

use std::fmt;

use super::text::{FromText, Invalid, listed, nearest, text_schema, text_value};

/// The five priority bands. The number is what is stored; lower runs sooner.
///
/// The values unite the three scales of the seeds (`spec/REQUIREMENTS.md` §1.2): MIRA's 1–5, the framework's
/// 1000/100/10/1 and pi-brain's 10–300.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The framework's scale, higher first: 1000, 100, 10, 1; other numbers belong to the nearest power of ten.
fn of_framework(number: f64) -> Option<Priority> {
    if !number.is_finite() || number <= 0.0 {
        return None;
    }
    let power = number.log10().round();
    Some(if power >= 3.0 {
        Priority::Critical
    } else if power >= 2.0 {
        Priority::High
    } else if power >= 1.0 {
        Priority::Normal
    } else {
        Priority::Low
    })
}

impl FromText for Priority {
    const EXPECTED: &'static str = "a priority such as \"high\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let word = text.trim().to_ascii_lowercase();
        if let Some(band) = Self::ALL.into_iter().find(|band| band.name() == word) {
            return Ok(band);
        }
        if word == "medium" {
            return Ok(Self::Normal);
        }
        if let Some(number) = word.strip_prefix("mira:") {
            return number
                .trim()
                .parse::<usize>()
                .ok()
                .and_then(|number| Self::ALL.get(number.checked_sub(1)?).copied())
                .ok_or_else(|| Invalid::new("MIRA's priorities are `mira:1` to `mira:5`"));
        }
        if let Some(number) = word.strip_prefix("framework:") {
            return number
                .trim()
                .parse()
                .ok()
                .and_then(of_framework)
                .ok_or_else(|| {
                    Invalid::new("the framework's priorities are `framework:1000`, `framework:100`, `framework:10` and `framework:1`")
                });
        }
        if let Ok(number) = word.parse() {
            return Self::from_number(number);
        }
        let names = Self::ALL.map(Self::name);
        let invalid = Invalid::new(format!("`{text}` is not a priority"));
        Err(match nearest(&word, names.into_iter().chain(["medium"])) {
            Some(name) => invalid.hint(format!("did you mean `{name}`?")),
            None => invalid.hint(format!("the priorities are {}", listed(names))),
        })
    }

    fn from_number(number: i64) -> Result<Self, Invalid> {
        if number < 0 {
            return Err(Invalid::new("a priority cannot be negative")
                .hint("10 is critical, 50 high, 100 normal, 200 low, 300 deferred"));
        }
        Ok(Self::from_value(number))
    }
}

text_value!(Priority);
text_schema!(Priority, "Priority", {
    "description": "How soon a job runs: a name, MIRA's `mira:1` to `mira:5`, the framework's `framework:1000` to `framework:1`, or a number (10 is critical, 50 high, 100 normal, 200 low, 300 deferred).",
    "anyOf": [
        { "type": "string", "enum": ["critical", "high", "normal", "medium", "low", "deferred"] },
        { "type": "string", "pattern": "^(mira:[1-5]|framework:[0-9]+(\\.[0-9]+)?|[0-9]+)$" },
        { "type": "integer", "minimum": 0 },
    ],
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_scales_of_all_three_seeds_are_understood() {
        for (text, band) in [
            ("critical", Priority::Critical),
            ("Medium", Priority::Normal),
            ("mira:1", Priority::Critical),
            ("mira:4", Priority::Low),
            ("mira:5", Priority::Deferred),
            ("framework:1000", Priority::Critical),
            ("framework:100", Priority::High),
            ("framework:10", Priority::Normal),
            ("framework:1", Priority::Low),
            ("framework:40", Priority::High),
            ("framework:30", Priority::Normal),
            ("framework:999999", Priority::Critical),
            ("framework:0.01", Priority::Low),
            ("50", Priority::High),
        ] {
            assert_eq!(text.parse(), Ok(band), "{text}");
        }
        assert_eq!(Priority::from_number(60), Ok(Priority::Normal));
        assert_eq!(Priority::from_number(9999), Ok(Priority::Deferred));
    }

    #[test]
    fn what_is_on_no_scale_is_refused() {
        for text in [
            "mira:0",
            "mira:6",
            "framework:0",
            "framework:-1",
            "framework:nan",
            "hgih",
            "-5",
            "",
        ] {
            assert!(text.parse::<Priority>().is_err(), "{text}");
        }
        let error = "hgih".parse::<Priority>().unwrap_err().to_string();
        assert_eq!(
            error,
            "`hgih` is not a priority\nhint: did you mean `high`?"
        );
    }

    #[test]
    fn names_are_read_back() {
        for band in Priority::ALL {
            assert_eq!(band.name().parse(), Ok(band));
            assert_eq!(Priority::from_value(band.value()), band);
        }
    }
}
