//! Cron expressions, and the table that lets one be switched off.

use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text::{FromText, Invalid, text_schema, text_value};

/// A cron expression in local time, checked when it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cron(String);

impl Cron {
    /// A default, which the tests check instead of every start.
    pub(super) fn literal(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The expression as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed expression; `None` cannot happen for a value that was read, since reading parses it.
    pub fn parsed(&self) -> Option<croner::Cron> {
        croner::Cron::from_str(&self.0).ok()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Longer texts are no schedules, and parsing them costs time.
const LONGEST: usize = 200;

impl FromText for Cron {
    const EXPECTED: &'static str = "a cron expression such as \"0 2 * * *\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        if text.len() > LONGEST {
            return Err(Invalid::new("a cron expression cannot be that long"));
        }
        match croner::Cron::from_str(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(Invalid::new(format!(
                "`{text}` is not a cron expression: {}",
                error.to_string().trim_end_matches('.')
            ))
            .hint("write minute, hour, day of month, month and day of week: \"0 2 * * *\" is every day at 02:00")),
        }
    }
}

text_value!(Cron);
text_schema!(Cron, "Cron", {
    "type": "string",
    "description": "A cron expression in local time: minute, hour, day of month, month, day of week.",
    "minLength": 1,
    "maxLength": 200,
});

/// A schedule: `"0 2 * * *"`, or `{ cron = "0 2 * * *", enabled = false }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// When.
    pub cron: Cron,
    /// Whether it fires.
    pub enabled: bool,
}

impl From<Cron> for Schedule {
    fn from(cron: Cron) -> Self {
        Self {
            cron,
            enabled: true,
        }
    }
}

/// The long form of a [`Schedule`].
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ScheduleTable")]
struct Table {
    /// The cron expression, in local time.
    cron: Cron,
    /// Whether it fires.
    #[serde(default = "super::schema::yes")]
    enabled: bool,
}

impl Serialize for Schedule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.enabled {
            self.cron.serialize(serializer)
        } else {
            Table {
                cron: self.cron.clone(),
                enabled: false,
            }
            .serialize(serializer)
        }
    }
}

struct ScheduleVisitor;

impl<'de> Visitor<'de> for ScheduleVisitor {
    type Value = Schedule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Cron::EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Schedule, E> {
        Cron::from_text(text).map(Schedule::from).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
        let Table { cron, enabled } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Schedule { cron, enabled })
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScheduleVisitor)
    }
}

impl schemars::JsonSchema for Schedule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Schedule".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let cron = generator.subschema_for::<Cron>();
        let table = generator.subschema_for::<Table>();
        schemars::json_schema!({
            "description": "A cron expression, or a table with `cron` and `enabled`.",
            "anyOf": [cron, table],
        })
    }
}
