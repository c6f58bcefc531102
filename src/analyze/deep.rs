//! What costs more to find out about a blob than its language and its lines.

use serde::{Deserialize, Serialize};

use super::as_json;
use super::facts::{self, Facts, Unread};
use super::files::Place;
use super::layout::Layout;
use super::linguist::Kind;
use super::lockfile::LockFile;
use super::markers::{self, Marker};
use super::secrets::{self, Secret};
use super::syntax::{self, Grammar, Syntax};

/// Grows whenever the same bytes give other facts.
const FORM: i64 = 1;

/// The version of deep facts that depend on a key for digests of secrets.
pub fn version(key: &[u8; 32]) -> i64 {
    // Not the key itself: its digest.
    let key = blake3::hash(key);
    facts::version_of(&[
        &FORM.to_le_bytes(),
        &facts::version().to_le_bytes(),
        &syntax::DEFINITION.to_le_bytes(),
        key.as_bytes(),
    ])
}

/// What is known of one blob besides its [`Facts`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deep {
    /// What its syntax tree says, where there is a grammar.
    pub syntax: Option<Syntax>,
    /// Whether there is a grammar and the tree could not be had within reasonable effort.
    pub given_up: bool,
    /// How its lines are laid out, where there is a grammar.
    pub layout: Layout,
    /// Markers of debt.
    pub markers: Vec<Marker>,
    /// Secrets.
    pub secrets: Vec<Secret>,
    /// What a lock file says.
    #[serde(with = "as_json")]
    pub lock: Option<LockFile>,
}

/// Whether there is more to find out about a file.
pub fn is_wanted(place: &Place, facts: &Facts) -> bool {
    match facts.unread {
        None | Some(Unread::Missing) => !place.vendored,
        // A lock file is read when it is too large for other things to be.
        Some(Unread::TooLarge) => place.lock.is_some() && !place.vendored,
        Some(Unread::Binary) => false,
    }
}

impl Deep {
    /// Reads one blob.
    pub fn of(bytes: &[u8], place: &Place, facts: &Facts, key: &[u8; 32]) -> Self {
        let mut deep = Self::default();
        if let Some(format) = place.lock {
            deep.lock = Some(format.parse(bytes))
                .filter(|lock| !lock.is_empty() || !lock.problems.is_empty());
        }
        if place.generated || facts.generated || facts.unread.is_some() {
            return deep;
        }
        deep.secrets = secrets::scan(bytes, key);
        let Some(language) = facts.language else {
            return deep;
        };
        if matches!(language.kind, Kind::Programming | Kind::Markup) {
            deep.markers = markers::scan(bytes);
        }
        if let Some(grammar) = Grammar::of(language.name) {
            deep.syntax = syntax::read(bytes, grammar);
            deep.given_up = deep.syntax.is_none();
            deep.layout = Layout::of(bytes);
        }
        deep
    }
}
