//! A git-tend that was built without the desktop.

use std::time::Duration;

use super::address::Bus;
use super::bubble::Bubble;
use super::{APP, Refusal};

/// Refuses.
pub(super) fn show(_: Option<&Bus>, _: Bubble, _: Duration) -> Result<(), Refusal> {
    Err(refusal())
}

/// Refuses.
pub(super) fn identify(_: Option<&Bus>, _: Duration) -> Result<String, Refusal> {
    Err(refusal())
}

fn refusal() -> Refusal {
    Refusal::Final(format!(
        "this {APP} was built without the feature `desktop`"
    ))
}
