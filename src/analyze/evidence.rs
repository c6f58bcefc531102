//! Why something is reported: where it was seen, and how much that says.

use std::collections::BTreeMap;

use bstr::BString;
use serde::Serialize;

use super::files::depth;
use super::text::as_text;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A manifest asks for a package.
    Dependency,
    /// A Python file imports a module.
    Import,
    /// A manifest of this kind exists.
    Manifest,
    /// A YAML file names a container image.
    Image,
    /// A connection string.
    Connection,
}

/// One place where something was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// What.
    pub kind: Kind,
    /// The package, module, image or scheme.
    pub what: String,
    /// Where.
    #[serde(serialize_with = "as_text")]
    pub path: BString,
    /// How likely it is that the project uses the thing, from 0 to 1: see the constants of this module.
    pub confidence: f64,
}

/// The product asks for the package.
pub const DEPENDENCY: f64 = 0.9;
/// A file of the product imports the module.
pub const IMPORT: f64 = 0.8;
/// A container is started from the image.
pub const IMAGE: f64 = 0.7;
/// A configuration file connects to it.
pub const SETTING: f64 = 0.7;
/// Only development or tests ask for the package.
pub const DEVELOPMENT: f64 = 0.6;
/// Source code contains a connection string, which may be an example.
pub const SOURCE: f64 = 0.5;

/// How many places are kept for each thing.
const KEPT: usize = 5;

/// Everything that speaks for one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Case {
    /// That of the strongest evidence.
    pub confidence: f64,
    /// In how many places it was seen.
    pub seen: u64,
    /// The strongest places, at most five.
    pub evidence: Vec<Evidence>,
}

/// Cases by what they are about, in the order of the keys.
#[derive(Debug)]
pub struct Cases<K>(BTreeMap<K, Vec<Evidence>>);

impl<K: Ord> Default for Cases<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Cases<K> {
    /// Adds a place.
    pub fn add(&mut self, key: K, evidence: Evidence) {
        self.0.entry(key).or_default().push(evidence);
    }

    /// The cases, each with its evidence in an order that depends on nothing but the evidence.
    pub fn close(self) -> impl Iterator<Item = (K, Case)> {
        self.0.into_iter().map(|(key, mut evidence)| {
            evidence.sort_by(|one, other| {
                other
                    .confidence
                    .total_cmp(&one.confidence)
                    .then_with(|| one.kind.cmp(&other.kind))
                    // What is nearer to the top says more about the whole.
                    .then_with(|| depth(one.path.as_ref()).cmp(&depth(other.path.as_ref())))
                    .then_with(|| one.path.cmp(&other.path))
                    .then_with(|| one.what.cmp(&other.what))
            });
            evidence.dedup();
            let seen = evidence.len() as u64;
            evidence.truncate(KEPT);
            let confidence = evidence.first().map_or(0.0, |first| first.confidence);
            let case = Case {
                confidence,
                seen,
                evidence,
            };
            (key, case)
        })
    }
}
