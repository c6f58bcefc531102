//! The configuration's suppressions, ready to be applied to findings.

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use crate::config::Loaded;
use crate::config::locate::Index;

use super::{Suppression, Written};

/// What the configuration says does not count, with where it says so: relative to `top` if it is below it.
pub fn suppressions(loaded: &Loaded, top: Option<&Path>) -> Vec<Suppression> {
    if loaded.config.suppress.is_empty() {
        return Vec::new();
    }
    let index = Index::of(loaded);
    let suppressions = loaded.config.suppress.iter().map(|(name, written)| {
        let place = index
            .origin(&["suppress".into(), name.as_str().into()])
            .place;
        let written_at = place.map_or_else(Written::default, |(document, position)| {
            let path = top
                .and_then(|top| document.path.strip_prefix(top).ok())
                .unwrap_or(&document.path);
            Written {
                file: path.to_string_lossy().into_owned(),
                line: u32::try_from(position.line).unwrap_or(u32::MAX),
            }
        });
        Suppression {
            tool: written.tool.clone(),
            rule: written.rule.clone(),
            // The glob was checked when it was read.
            path: written.path.as_ref().and_then(|path| glob(path.as_str())),
            id: written.id.clone(),
            reason: written.reason.clone(),
            until: written.until.map(crate::config::suppress::Day::date),
            written: written_at,
        }
    });
    suppressions.collect()
}

fn glob(text: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(text)
        .literal_separator(true)
        .backslash_escape(true)
        .build();
    glob.ok().map(|glob| glob.compile_matcher())
}
