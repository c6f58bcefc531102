//! Values of options: spans of time as in `tend.toml`.

use std::time::Duration;

use crate::config::units::Period;

/// A span such as `90s`, `10m` or `1h 30m`.
pub fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Period>()
        .map(Period::get)
        .map_err(|error| error.to_string())
}
