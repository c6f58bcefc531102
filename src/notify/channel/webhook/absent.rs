//! What is left without the feature `webhook`: the settings are known, and refused.

use std::time::Duration;

use super::Webhook;
use crate::notify::{Channel, Message, Refusal};

impl Webhook {
    /// What a doctor would say about it.
    pub fn cautions(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Channel for Webhook {
    fn check(&self) -> Result<(), Refusal> {
        Err(Refusal::Final(
            "this git-tend was built without webhooks".to_owned(),
        ))
    }

    fn send(&self, _message: &Message, _limit: Duration) -> Result<(), Refusal> {
        self.check()
    }
}
