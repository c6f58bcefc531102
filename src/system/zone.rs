//! The user's time zone, without a walk through the whole database of zones.

use std::fs;

use jiff::tz::TimeZone;

use super::env;

/// What `TZ` says, else what `/etc/localtime` is.
///
/// `TimeZone::system` looks the zone's name up, and for that reads some six hundred directory entries: a millisecond
/// that every `status` would pay.
pub fn local() -> TimeZone {
    match env::text(env::TZ).as_deref() {
        Some("UTC") => TimeZone::UTC,
        Some(_) => TimeZone::system(),
        None => fs::read("/etc/localtime")
            .ok()
            .and_then(|rules| TimeZone::tzif("local", &rules).ok())
            .unwrap_or_else(TimeZone::system),
    }
}
