//! The result of one look at the user: what was observed, and what that changed in the profile.

use jiff::Timestamp;
use serde::Serialize;

use super::attribute::Observation;
use super::model::{Change, Profile};

/// The `type` of such a result.
pub const KIND: &str = "steward_analysis";
/// The version of the result's form.
pub const SCHEMA: u32 = 1;

/// What a look at the user gave. The same profile, observations and time give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Steward {
    /// The version of this form.
    pub schema: u32,
    /// When it was looked.
    pub timestamp: Timestamp,
    /// Whether the profile changed, and hence whether its version grew.
    pub changed: bool,
    /// The profile's version now.
    pub version: u64,
    /// What was observed, in the order of the keys. What the user has forgotten is not told here either.
    pub observed: Vec<Observation>,
    /// What that changed, in the order of the keys.
    pub changes: Vec<Change>,
}

impl Steward {
    /// Lets the profile hear what was observed in a repository.
    pub fn hear(
        profile: &mut Profile,
        repository: &str,
        mut observed: Vec<Observation>,
        now: Timestamp,
    ) -> Self {
        observed.retain(|seen| !profile.is_forgotten(seen.key));
        observed.sort_by(|one, other| (one.key, &one.source).cmp(&(other.key, &other.source)));
        let changes = profile.observe(repository, observed.clone(), now);
        Self {
            schema: SCHEMA,
            timestamp: now,
            changed: !changes.is_empty(),
            version: profile.version,
            observed,
            changes,
        }
    }
}
