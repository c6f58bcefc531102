//! What Makefiles and justfiles say already.

use std::collections::BTreeSet;

use super::file::PlaceError;

/// The targets that a Makefile names itself: those of included files and of patterns are not seen.
pub fn make_targets(file: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(file);
    let rules = text
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']));
    let named = rules.filter_map(|line| {
        let (targets, rest) = line.split_once(':')?;
        let assigns = rest.trim_start_matches(':').starts_with('=') || targets.contains('=');
        (!assigns).then_some(targets)
    });
    named
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

/// The recipes and aliases that a justfile names itself.
pub fn just_recipes(file: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(file);
    let mut names = BTreeSet::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '[']))
    {
        if let Some(alias) = line.strip_prefix("alias ") {
            names.extend(alias.split_whitespace().next().map(str::to_owned));
        } else if line.contains(':') && !line.starts_with("set ") {
            let head = line.trim_start_matches('@');
            let end = head.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')));
            let name = head.get(..end.unwrap_or(head.len())).unwrap_or_default();
            let is_variable = head
                .get(name.len()..)
                .is_some_and(|rest| rest.trim_start().starts_with(":="));
            if !name.is_empty() && !is_variable {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// Whether lines at the end of a Makefile would be lines of their own, and tabs begin a recipe.
pub(super) fn makefile_takes(file: &[u8]) -> Result<(), PlaceError> {
    let says = |needle: &str| {
        let needle = needle.as_bytes();
        file.split(|c| *c == b'\n')
            .any(|line| line.starts_with(needle))
    };
    if says(".RECIPEPREFIX") {
        return Err(PlaceError::RecipePrefix);
    }
    ends_whole(file)
}

/// Whether what follows a file is no part of its last line.
pub(super) fn ends_whole(file: &[u8]) -> Result<(), PlaceError> {
    if file.trim_ascii_end().ends_with(b"\\") {
        return Err(PlaceError::Continued);
    }
    Ok(())
}
