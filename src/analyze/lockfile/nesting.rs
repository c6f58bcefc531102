//! Folders in folders: how Node.js, and with it npm and Bun, find what a package needs.
//!
//! A package stands at a place and may have packages installed below it. What it needs is looked for below itself, then
//! below the place above, and so on up to the top.

use std::collections::HashMap;

use serde_json::Value;

use super::locked::{LockedScope, Need};

/// The place of the top.
pub(super) const TOP: usize = 0;

/// A search climbs at most so many places; real trees have about ten.
pub(super) const HIGHEST: usize = 64;

/// The places of an installation.
#[derive(Debug)]
pub(super) struct Places<'t> {
    /// By a place's number: the place above it.
    above: Vec<usize>,
    /// By the place and the name installed below it: the place it has, and its package.
    below: HashMap<(usize, &'t str), usize>,
    /// By a place's number: its package.
    package: Vec<Option<usize>>,
}

impl<'t> Places<'t> {
    pub(super) fn new() -> Self {
        Self {
            above: vec![TOP],
            below: HashMap::new(),
            package: vec![None],
        }
    }

    /// The place of a name below another place, new if need be.
    pub(super) fn enter(&mut self, place: usize, name: &'t str) -> usize {
        if let Some(found) = self.below.get(&(place, name)) {
            return *found;
        }
        let new = self.apart(place);
        self.below.insert((place, name), new);
        new
    }

    /// A new place below another that no search finds: a project's own folder.
    pub(super) fn apart(&mut self, above: usize) -> usize {
        self.above.push(above);
        self.package.push(None);
        self.above.len() - 1
    }

    /// Says what is installed at a place.
    pub(super) fn install(&mut self, place: usize, package: usize) {
        if let Some(slot) = self.package.get_mut(place) {
            *slot = Some(package);
        }
    }

    /// The package that a name means when it is asked for from a place.
    pub(super) fn find(&self, from: usize, name: &'t str) -> Option<usize> {
        let mut place = from;
        for _ in 0..HIGHEST {
            let found = self.below.get(&(place, name));
            if let Some(package) = found.and_then(|found| *self.package.get(*found)?) {
                return Some(package);
            }
            if place == TOP {
                return None;
            }
            place = *self.above.get(place)?;
        }
        None
    }

    /// What a project at a place asks for in the sections of its manifest, and what it gets.
    pub(super) fn needs<'n>(
        &self,
        place: usize,
        sections: impl IntoIterator<
            Item = (
                impl IntoIterator<Item = (&'n String, &'n Value)>,
                LockedScope,
            ),
        >,
    ) -> Vec<Need> {
        let mut needs = Vec::new();
        for (section, scope) in sections {
            needs.extend(section.into_iter().map(|(name, spec)| Need {
                name: name.clone(),
                spec: spec.as_str().map(str::to_owned),
                scope,
                to: self.find(place, name).into_iter().collect(),
                extras: Vec::new(),
            }));
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found() {
        let mut places = Places::new();
        let a = places.enter(TOP, "a");
        let b = places.enter(TOP, "b");
        let inner = places.enter(a, "b");
        for (package, place) in [a, b, inner].into_iter().enumerate() {
            places.install(place, package);
        }
        let member = places.apart(TOP);
        assert_eq!(places.find(inner, "b"), Some(2));
        assert_eq!(places.find(inner, "a"), Some(0));
        assert_eq!(places.find(b, "b"), Some(1));
        assert_eq!(places.find(member, "b"), Some(1));
        assert_eq!(places.find(a, "c"), None);
    }
}
