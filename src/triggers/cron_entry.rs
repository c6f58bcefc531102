//! The one line that a user's crontab has for us: how often, and the command.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::config::units::Period;

/// The longest command that Vixie cron, from which most descend, reads: one byte more and it refuses the crontab.
const LONGEST_COMMAND: usize = 998;

const HOUR: u64 = 60;
const DAY: u64 = 24 * HOUR;

/// A longer log is put away, in place of the one that was put away before.
pub const LARGEST_LOG: u64 = 1 << 20;

/// Where an entry's output goes, in the user's state folder.
pub fn log_file(state: &Path) -> PathBuf {
    state.join("tick.log")
}

/// How often cron runs us: a span that divides the hour, or the day in whole hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Every {
    minutes: u64,
}

/// The spans that a cron expression has at equal distances, in minutes.
fn expressible() -> impl Iterator<Item = u64> {
    let divisors = |of: u64| (1..=of).filter(move |span| of.is_multiple_of(*span));
    divisors(HOUR).chain(divisors(24).skip(1).map(|hours| hours * HOUR))
}

impl Every {
    /// Five minutes.
    pub const DEFAULT: Self = Self { minutes: 5 };

    /// As a span of time.
    pub const fn get(self) -> Duration {
        Duration::from_secs(self.minutes * 60)
    }

    /// The five fields of the cron expression. `seed` spreads the users and machines that share something over the
    /// span, and gives each the same place whenever it is asked.
    pub fn expression(self, seed: u64) -> String {
        let span = self.minutes;
        if span == 1 {
            return "* * * * *".to_owned();
        }
        let minute = seed % span.min(HOUR);
        if span < HOUR {
            return format!("{minute}-59/{span} * * * *");
        }
        let hours = span / HOUR;
        let hour = seed / HOUR % hours;
        match hours {
            1 => format!("{minute} * * * *"),
            24 => format!("{minute} {hour} * * *"),
            _ => format!("{minute} {hour}-23/{hours} * * *"),
        }
    }

    /// The span of an entry's expression, if it is one of ours.
    pub fn of_entry(entry: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(entry);
        let mut fields = text.split_ascii_whitespace();
        let (minute, hour) = (fields.next()?, fields.next()?);
        let step = |field: &str| -> Option<u64> { field.split_once('/')?.1.parse().ok() };
        let minutes = match (minute, hour) {
            ("*", "*") => 1,
            (_, "*") => step(minute).unwrap_or(HOUR),
            _ => step(hour).unwrap_or(24) * HOUR,
        };
        expressible()
            .find(|known| *known == minutes)
            .map(|minutes| Self { minutes })
    }
}

impl fmt::Display for Every {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.minutes < HOUR {
            write!(f, "{}m", self.minutes)
        } else {
            write!(f, "{}h", self.minutes / HOUR)
        }
    }
}

impl FromStr for Every {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = text
            .parse::<Period>()
            .map_err(|error| error.to_string())?
            .get();
        let wanted = span.as_secs();
        if let Some(minutes) = expressible().find(|known| known * 60 == wanted)
            && span.subsec_nanos() == 0
        {
            return Ok(Self { minutes });
        }
        // The smaller of two that are equally far.
        let nearest = expressible()
            .min_by_key(|known| (known * 60).abs_diff(wanted))
            .map_or(Self::DEFAULT, |minutes| Self { minutes });
        let why = if wanted > DAY * 60 {
            "a day is the longest"
        } else {
            "it takes minutes that divide an hour, or hours that divide a day"
        };
        Err(format!(
            "cron cannot run something every {text}: {why}; the nearest is {nearest}"
        ))
    }
}

/// Why a command cannot stand in a crontab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Crons differ in what they make of these.
    #[error("write {what} into a crontab: `{value}` contains a {character}")]
    Unwritable {
        /// What it is.
        what: String,
        /// The value.
        value: String,
        /// What is in it.
        character: &'static str,
    },
    /// Too long.
    #[error("write the entry: its command has {length} bytes, and cron reads {LONGEST_COMMAND}")]
    TooLong {
        /// How long it would be.
        length: usize,
    },
}

/// What an entry runs.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// This program, absolute.
    pub program: &'a Path,
    /// Variables that cron would not have.
    pub variables: &'a [(&'a str, OsString)],
    /// Where its output goes, absolute.
    pub log: &'a Path,
}

/// The whole entry, one line without its end.
pub fn entry(every: Every, seed: u64, command: Command<'_>) -> Result<Vec<u8>, EntryError> {
    let mut text = Vec::new();
    for (name, value) in command.variables {
        text.extend_from_slice(name.as_bytes());
        text.push(b'=');
        text.extend(quoted(name, value)?);
        text.push(b' ');
    }
    text.extend(quoted("the path of git-tend", command.program.as_os_str())?);
    text.extend_from_slice(b" tick --quiet >>");
    text.extend(quoted("the path of the log", command.log.as_os_str())?);
    text.extend_from_slice(b" 2>&1");
    if text.len() > LONGEST_COMMAND {
        return Err(EntryError::TooLong { length: text.len() });
    }
    let mut line = every.expression(seed).into_bytes();
    line.push(b' ');
    line.extend(text);
    Ok(line)
}

/// A word for `/bin/sh`, behind cron's own reading, which turns `%` into a newline and `\%` into `%`.
fn quoted(what: &str, value: &OsStr) -> Result<Vec<u8>, EntryError> {
    let mut out = vec![b'\''];
    for byte in value.as_bytes() {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            b'%' => out.extend_from_slice(b"\\%"),
            // Some crons take `\\` for one backslash, others for two.
            b'\\' | b'\n' | b'\0' => {
                return Err(EntryError::Unwritable {
                    what: what.to_owned(),
                    value: value.to_string_lossy().into_owned(),
                    character: match byte {
                        b'\\' => "backslash",
                        b'\n' => "newline",
                        _ => "NUL",
                    },
                });
            }
            byte => out.push(*byte),
        }
    }
    out.push(b'\'');
    Ok(out)
}

/// The program of an entry that [`entry`] wrote: the word before `tick`.
pub fn program(entry: &[u8]) -> Option<OsString> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = false;
    let mut bytes = entry.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' => {
                quote = !quote;
                word.get_or_insert_default();
            }
            b'\\' if quote && bytes.peek() != Some(&b'%') => {
                word.get_or_insert_default().push(byte);
            }
            b'\\' => word.get_or_insert_default().extend(bytes.next()),
            byte if byte.is_ascii_whitespace() && !quote => words.extend(word.take()),
            byte => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    let tick = words.iter().position(|word| word == b"tick")?;
    words
        .get(tick.checked_sub(1)?)
        .cloned()
        .map(OsString::from_vec)
}

/// The seed of a user on a machine.
pub fn seed(host: &str, uid: u32) -> u64 {
    let hash = blake3::hash(format!("{host}\0{uid}").as_bytes());
    hash.as_bytes()
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::collections::BTreeSet;

    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::triggers::cron::next_occurrence;

    fn every(text: &str) -> Result<Every, String> {
        text.parse()
    }

    #[test]
    fn spans_are_taken_if_cron_has_them_and_refused_with_the_nearest() {
        for (text, expression) in [
            ("1m", "* * * * *"),
            ("60s", "* * * * *"),
            ("5m", "2-59/5 * * * *"),
            ("30m", "2-59/30 * * * *"),
            ("1h", "2 * * * *"),
            ("60m", "2 * * * *"),
            ("2h", "2 0-23/2 * * *"),
            ("12h", "2 4-23/12 * * *"),
            ("24h", "2 16 * * *"),
            ("1d", "2 16 * * *"),
        ] {
            assert_eq!(
                every(text).unwrap().expression(2 + 60 * 40),
                expression,
                "{text}"
            );
        }
        for (text, nearest) in [
            ("7m", "6m"),
            ("45s", "1m"),
            ("45m", "30m"),
            ("5h", "4h"),
            ("90m", "1h"),
            ("2d", "24h"),
            ("1m 30s", "1m"),
        ] {
            let error = every(text).unwrap_err();
            assert!(
                error.ends_with(&format!("the nearest is {nearest}")),
                "{text}: {error}"
            );
        }
        assert!(every("soon").is_err());
        assert!(every("0m").is_err());
    }

    #[test]
    fn the_entry_is_one_line_that_a_shell_reads_as_meant() {
        let line = entry(
            Every::DEFAULT,
            13,
            Command {
                program: Path::new("/opt/a b/it's 100%/git-tend"),
                variables: &[("XDG_STATE_HOME", "/s".into())],
                log: Path::new("/s/git-tend/tick.log"),
            },
        )
        .unwrap();
        insta::assert_snapshot!(String::from_utf8(line.clone()).unwrap(), @r"3-59/5 * * * * XDG_STATE_HOME='/s' '/opt/a b/it'\''s 100\%/git-tend' tick --quiet >>'/s/git-tend/tick.log' 2>&1");
        assert_eq!(program(&line).unwrap(), "/opt/a b/it's 100%/git-tend");
        assert_eq!(Every::of_entry(&line), Some(Every::DEFAULT));
    }

    #[test]
    fn what_cron_would_misread_is_refused() {
        let with = |program: &str| {
            let command = Command {
                program: Path::new(program),
                variables: &[],
                log: Path::new("/l"),
            };
            entry(Every::DEFAULT, 0, command).unwrap_err().to_string()
        };
        assert_eq!(
            with("/a\nb"),
            "write the path of git-tend into a crontab: `/a\nb` contains a newline"
        );
        assert!(with("/a\\b").ends_with("contains a backslash"));
        assert!(with(&format!("/{}", "x".repeat(1000))).contains("cron reads 998"));
    }

    #[test]
    fn the_seed_tells_hosts_and_users_apart_and_stays() {
        let seeds: BTreeSet<u64> = [("a", 0), ("a", 1), ("b", 0)]
            .map(|(host, uid)| seed(host, uid))
            .into();
        assert_eq!(seeds.len(), 3);
        assert_eq!(seed("a", 1000) % 5, seed("a", 1000) % 5);
    }

    proptest! {
        #[test]
        fn every_expression_fires_at_equal_distances(seed in any::<u64>(), which in any::<prop::sample::Index>()) {
            let spans: Vec<u64> = expressible().collect();
            let every = Every { minutes: *which.get(&spans) };
            let text = every.expression(seed);
            let cron: croner::Cron = text.parse().unwrap();
            let mut at = Timestamp::UNIX_EPOCH;
            let mut fires = Vec::new();
            for _ in 0..50 {
                at = next_occurrence(&cron, at, &TimeZone::UTC).unwrap();
                fires.push(at);
            }
            for pair in fires.windows(2) {
                prop_assert_eq!(u64::try_from(pair[1].duration_since(pair[0]).as_secs()).unwrap(), every.get().as_secs(), "{}", text);
            }
            prop_assert_eq!(Every::of_entry(text.as_bytes()), Some(every));
            prop_assert_eq!(every.to_string().parse::<Every>(), Ok(every));
        }

        #[test]
        fn the_program_is_found_in_its_entry(name in prop::collection::vec(any::<u8>().prop_filter("unwritable", |byte| ![0, b'\n', b'\\'].contains(byte)), 1..30)) {
            let path = PathBuf::from(OsString::from_vec([b"/".to_vec(), name].concat()));
            let command = Command { program: &path, variables: &[("XDG_DATA_HOME", "/x tick y".into())], log: Path::new("/l") };
            let line = entry(Every::DEFAULT, 0, command).unwrap();
            prop_assert_eq!(program(&line).unwrap(), path.into_os_string());
        }
    }
}
