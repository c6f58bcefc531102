//! The wall clock. Everything that decides takes `now` as an argument; only the rim asks here.

use std::sync::OnceLock;
use std::time::Instant;

use jiff::Timestamp;

use super::env;

/// The present moment, to the millisecond.
///
/// `TEND_NOW` (RFC 3339) moves the start of this process to that moment; time then flows from there. It is the seam
/// through which tests see other days.
pub fn now() -> Timestamp {
    static ORIGIN: OnceLock<Option<(Timestamp, Instant)>> = OnceLock::new();
    let origin = ORIGIN.get_or_init(|| {
        let text = env::text(env::NOW)?;
        let start = text.parse().ok()?;
        Some((start, Instant::now()))
    });
    let now = match origin {
        Some((start, instant)) => start.checked_add(instant.elapsed()).unwrap_or(*start),
        None => Timestamp::now(),
    };
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The present moment in nanoseconds since the epoch, as the kernel stamps files with it.
///
/// `TEND_NOW` does not move it: what a file's stamps prove depends on the clock that made them.
pub fn file_stamp() -> i64 {
    i64::try_from(Timestamp::now().as_nanosecond()).unwrap_or(i64::MAX)
}
