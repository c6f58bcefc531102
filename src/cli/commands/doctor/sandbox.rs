//! Where automations are tried, as the doctor sees it.

use super::{Check, Level, check};
use crate::cli::app::App;
use crate::cli::optimizing::trying::usual;
use crate::optimize::sandbox::survey;
use crate::store::OPTIMIZE;

/// What isolates scripts here, where repeated work is looked for; nothing elsewhere.
pub(super) fn sandbox(app: &App) -> Option<Check> {
    let (Ok(loaded), Ok(dirs)) = (app.loaded(), app.dirs()) else {
        return None;
    };
    let wanted = !loaded.config.optimize.sources.is_empty();
    if !wanted && !dirs.data.join(OPTIMIZE.file).exists() {
        return None;
    }
    let found = usual(app)
        .map_err(|error| error.one_line())
        .and_then(|options| {
            let found = survey(&options).map_err(|error| format!("failed to {error}"))?;
            Ok((options.level, found))
        });
    let (level, found) = match found {
        Ok(found) => found,
        Err(why) => return Some(check("sandbox", Level::Warning, why)),
    };
    let best = found
        .iter()
        .filter(|it| it.standings.is_ok())
        .min_by_key(|it| it.missing(level).len());
    let Some(best) = best else {
        let why: Vec<&str> = found
            .iter()
            .filter_map(|it| it.standings.as_ref().err().map(String::as_str))
            .collect();
        let says = format!("nothing isolates scripts here: {}", why.join("; "));
        return Some(check("sandbox", Level::Warning, says));
    };
    let missing = best.missing(level);
    if missing.is_empty() {
        let says = format!("{}: all that is promised is enforced", best.means.name());
        return Some(check("sandbox", Level::Good, says));
    }
    let words: Vec<&str> = missing.iter().map(|claim| claim.words()).collect();
    let says = format!(
        "the best there is, {}, cannot keep a script from being able to {} · apt install bubblewrap",
        best.means.name(),
        words.join(", ")
    );
    Some(check("sandbox", Level::Warning, says))
}
