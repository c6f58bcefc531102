//! Quantities as people write them: `10m`, `2GiB`, `50%`.

use std::fmt;
use std::time::Duration;

use super::text::{FromText, Invalid, text_schema, text_value};

/// A duration in words: `10m`, `1h 30m`, `250ms`, `7d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period(pub Duration);

impl Period {
    /// A number of seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// A number of minutes; saturates.
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes.saturating_mul(60)))
    }

    /// A number of hours; saturates.
    pub const fn hours(hours: u64) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    /// A number of days; saturates.
    pub const fn days(days: u64) -> Self {
        Self::hours(days.saturating_mul(24))
    }

    /// The standard library's type.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        period.0
    }
}

/// The longest duration that means something here; beyond it, sums of times could overflow.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 3600);

/// Milliseconds of a unit of time.
fn time_unit(name: &str) -> Option<u64> {
    Some(match name {
        "ms" | "msec" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        "w" | "week" | "weeks" => 604_800_000,
        _ => return None,
    })
}

/// Splits the first `number unit` off a text, blanks between them allowed.
fn number_and_unit(text: &str) -> (&str, &str, &str) {
    let text = text.trim_start();
    let digits = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let rest = rest.trim_start();
    let letters = rest
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(letters);
    (number, unit, rest)
}

/// `number × unit` in whole steps, with at most nine decimals; `None` if it is not a number or too large.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || decimals.len() > 9 || (decimals.is_empty() && number.contains('.')) {
        return None;
    }
    let whole = whole.parse::<u64>().ok()?.checked_mul(unit)?;
    if decimals.is_empty() {
        return Some(whole);
    }
    let scale = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    let part = u128::from(decimals.parse::<u64>().ok()?) * u128::from(unit) / scale;
    whole.checked_add(u64::try_from(part).ok()?)
}

impl FromText for Period {
    const EXPECTED: &'static str = "a duration such as \"10m\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(format!("`{text}` is not a duration"))
                .hint("write a number and a unit, such as \"90s\", \"10m\", \"1h 30m\" or \"7d\"")
        };
        if text.trim().is_empty() {
            return Err(invalid());
        }
        let mut rest = text;
        let mut milliseconds = 0_u64;
        while !rest.trim().is_empty() {
            let (number, unit, remaining) = number_and_unit(rest);
            if unit.is_empty() && remaining.trim().is_empty() && number.parse::<u64>().is_ok() {
                return Err(Invalid::new(format!("`{text}` has no unit"))
                    .hint(format!("write \"{}s\" for seconds", text.trim())));
            }
            let unit = time_unit(&unit.to_lowercase()).ok_or_else(invalid)?;
            let part = scaled(number, unit).ok_or_else(invalid)?;
            milliseconds = milliseconds.checked_add(part).ok_or_else(invalid)?;
            rest = remaining;
        }
        let duration = Duration::from_millis(milliseconds);
        if duration > LONGEST {
            return Err(Invalid::new(format!("`{text}` is longer than a century")));
        }
        Ok(Self(duration))
    }

    fn from_number(number: i64) -> Result<Self, Invalid> {
        let Ok(seconds) = u64::try_from(number) else {
            return Err(Invalid::new("a duration cannot be negative"));
        };
        let words = Self::seconds(seconds.min(LONGEST.as_secs()));
        Err(Invalid::new(format!("{number} has no unit"))
            .hint(format!("write \"{words}\" for {seconds} seconds")))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_millis();
        if rest == 0 {
            return f.write_str("0s");
        }
        let mut blank = "";
        for (name, size) in [
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1000),
            ("ms", 1),
        ] {
            let count = rest / size;
            if count > 0 {
                write!(f, "{blank}{count}{name}")?;
                blank = " ";
            }
            rest %= size;
        }
        Ok(())
    }
}

text_value!(Period);
text_schema!(Period, "Duration", {
    "type": "string",
    "description": "A duration in words, such as \"90s\", \"10m\", \"1h 30m\" or \"7d\".",
    "pattern": r"^\s*([0-9]+(\.[0-9]+)?\s*[A-Za-z]+\s*)+$",
});

/// A number of bytes: `2GiB`, `500MB`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(pub u64);

impl Size {
    /// A number of mebibytes; saturates.
    pub const fn mebibytes(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// A number of gibibytes; saturates.
    pub const fn gibibytes(count: u64) -> Self {
        Self(count.saturating_mul(1 << 30))
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// Bytes of a unit of size.
fn size_unit(name: &str) -> Option<u64> {
    Some(match name {
        "b" | "byte" | "bytes" => 1,
        "kb" => 1000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return None,
    })
}

impl FromText for Size {
    const EXPECTED: &'static str = "a size such as \"2GiB\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            Invalid::new(format!("`{text}` is not a size"))
                .hint("write a number and a unit, such as \"512MiB\" or \"2GiB\"")
        };
        let (number, unit, rest) = number_and_unit(text);
        if unit.is_empty() && rest.trim().is_empty() && number.parse::<u64>().is_ok() {
            return Err(Invalid::new(format!("`{text}` has no unit"))
                .hint(format!("write \"{}MiB\" or another unit", text.trim())));
        }
        if !rest.trim().is_empty() {
            return Err(invalid());
        }
        let unit = size_unit(&unit.to_lowercase()).ok_or_else(invalid)?;
        scaled(number, unit).map(Self).ok_or_else(invalid)
    }

    fn from_number(number: i64) -> Result<Self, Invalid> {
        if number < 0 {
            return Err(Invalid::new("a size cannot be negative"));
        }
        Err(Invalid::new(format!("{number} has no unit"))
            .hint(format!("write \"{number}MiB\" or another unit")))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, size) in [
            ("TiB", 1_u64 << 40),
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
        ] {
            if self.0 >= size && self.0.is_multiple_of(size) {
                return write!(f, "{}{name}", self.0 / size);
            }
        }
        write!(f, "{}B", self.0)
    }
}

text_value!(Size);
text_schema!(Size, "Size", {
    "type": "string",
    "description": "A number of bytes with its unit, such as \"512MiB\" or \"2GiB\".",
    "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*[A-Za-z]+\s*$",
});

/// A share of a hundred, 1 to 100: `50` or `"50%"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u8);

impl Percent {
    /// A share; `None` outside 1 to 100.
    pub const fn new(value: u8) -> Option<Self> {
        if 1 <= value && value <= 100 {
            Some(Self(value))
        } else {
            None
        }
    }

    /// Half.
    pub const HALF: Self = Self(50);

    /// Seven of ten.
    pub const SEVENTY: Self = Self(70);

    /// The number, 1 to 100.
    pub const fn get(self) -> u32 {
        self.0 as u32
    }
}

impl FromText for Percent {
    const EXPECTED: &'static str = "a percentage from 1 to 100";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        let number = text.trim();
        let number = number.strip_suffix('%').unwrap_or(number).trim_end();
        number
            .parse()
            .map_err(|_| Invalid::new(format!("`{text}` is not a percentage from 1 to 100")))
            .and_then(Self::from_number)
    }

    fn from_number(number: i64) -> Result<Self, Invalid> {
        u8::try_from(number)
            .ok()
            .and_then(Self::new)
            .ok_or_else(|| Invalid::new(format!("{number} is not a percentage from 1 to 100")))
    }
}

impl<'de> serde::Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::text::deserialize(deserializer)
    }
}

impl serde::Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.0)
    }
}

text_schema!(Percent, "Percent", {
    "description": "A percentage from 1 to 100.",
    "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": 100 },
        { "type": "string", "pattern": r"^\s*(100|[1-9][0-9]?)\s*%?\s*$" },
    ],
});

/// An amount of money in US dollars, not negative.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, serde::Serialize)]
#[serde(transparent)]
pub struct Dollars(f64);

impl Dollars {
    /// One dollar.
    pub const ONE: Self = Self(1.0);

    /// The amount.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Dollars {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_zero_on(deserializer, "an amount of dollars").map(Self)
    }
}

text_schema!(Dollars, "Dollars", {
    "type": "number",
    "description": "An amount in US dollars.",
    "minimum": 0,
});

/// A number that is not negative: hours, or money in whatever currency.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, serde::Serialize)]
#[serde(transparent)]
pub struct Amount(f64);

impl Amount {
    /// A whole number.
    pub const fn whole(number: u16) -> Self {
        Self(number as f64)
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> serde::Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_zero_on(deserializer, "a number from 0 on").map(Self)
    }
}

/// A number that is finite and not negative; what it would be is for the error.
fn from_zero_on<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
    what: &str,
) -> Result<f64, D::Error> {
    let number = <f64 as serde::Deserialize>::deserialize(deserializer)?;
    if number.is_finite() && number >= 0.0 {
        Ok(number)
    } else {
        let error = Invalid::new(format!("{number} is not {what}"));
        Err(serde::de::Error::custom(error))
    }
}

text_schema!(Amount, "Amount", {
    "type": "number",
    "description": "A number from 0 on.",
    "minimum": 0,
});

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, ms) in [
            ("10m", 600_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("250ms", 250),
            ("7d", 604_800_000),
            ("1.5h", 5_400_000),
            ("2 weeks", 1_209_600_000),
            (" 90 s ", 90_000),
            ("0s", 0),
        ] {
            assert_eq!(
                text.parse::<Period>(),
                Ok(Period(Duration::from_millis(ms))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_without_a_unit_is_refused_with_the_words_to_write() {
        let error = Period::from_number(600).unwrap_err().to_string();
        assert_eq!(
            error,
            "600 has no unit\nhint: write \"10m\" for 600 seconds"
        );
        for text in [
            "",
            " ",
            "m",
            "10",
            "10x",
            "-1m",
            "1.h",
            ".5h",
            "1h 30",
            "99999999999d",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn sizes_know_both_families_of_units() {
        assert_eq!("2GiB".parse(), Ok(Size::gibibytes(2)));
        assert_eq!("1.5 kB".parse(), Ok(Size(1500)));
        assert_eq!("512M".parse(), Ok(Size(512 << 20)));
        assert!("2".parse::<Size>().is_err());
        assert!("2GiB 1MiB".parse::<Size>().is_err());
        assert!("99999999999TiB".parse::<Size>().is_err());
    }

    #[test]
    fn percentages_are_numbers_or_words() {
        assert_eq!(Percent::from_text("50%"), Ok(Percent::HALF));
        assert_eq!(Percent::from_number(100), Ok(Percent(100)));
        assert!(Percent::from_number(0).is_err());
        assert!(Percent::from_number(101).is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(ms in 0..LONGEST.as_millis(), bytes: u64) {
            let period = Period(Duration::from_millis(u64::try_from(ms).unwrap()));
            prop_assert_eq!(period.to_string().parse(), Ok(period));
            let size = Size(bytes);
            prop_assert_eq!(size.to_string().parse(), Ok(size));
        }

        #[test]
        fn no_text_makes_a_quantity_panic(text in ".*") {
            let _ = text.parse::<Period>();
            let _ = text.parse::<Size>();
            let _ = Percent::from_text(&text);
        }
    }
}
