//! What the readers of all formats say events with.

use jiff::Timestamp;

use super::lax::{Count, Text};
use crate::sessions::model::{Event, Kind, Link, Session};

/// Where a line stands.
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// Which line, from 1.
    pub number: u64,
    /// Where it begins in the file, in bytes.
    pub offset: u64,
}

impl At {
    /// The id of an entry that has none of its own.
    pub fn id(self) -> String {
        format!("L{}", self.number)
    }

    /// Something that stands in this line.
    pub fn event(self, id: String, link: Link, at: Option<Timestamp>, kind: Kind) -> Event {
        Event {
            id,
            link,
            at,
            offset: self.offset,
            sidechain: false,
            kind,
        }
    }

    /// Something more that stands in the line of the entry `id`: it hangs beside the tree.
    pub fn more(self, id: &str, what: &str, at: Option<Timestamp>, kind: Kind) -> Event {
        self.event(format!("{id}#{what}"), Link::Aside, at, kind)
    }
}

/// Where events go, and what is known of the session so far.
pub struct Sink<'a> {
    /// Takes events.
    pub out: &'a mut dyn FnMut(Event),
    /// Of which they are.
    pub session: &'a mut Session,
}

/// A point in time as agents write it.
pub fn time(text: &Text<'_>) -> Option<Timestamp> {
    text.0.as_deref().and_then(|text| text.parse().ok())
}

/// A point in time in milliseconds since 1970.
pub fn milliseconds(count: Count) -> Option<Timestamp> {
    let since = i64::try_from(count.0?).ok()?;
    Timestamp::from_millisecond(since).ok()
}
