//! Approvals are a person's: a coding agent that types `--trust` is refused, unless its user allows it.

/// Why an approval is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a coding agent cannot approve tasks; approve them in a terminal of your own, or set `allow_agents = true` in `[trust]` of your own configuration"
)]
pub struct AgentRefused;

/// Whether whoever types may approve. `allowed` comes from the user's own file, which no repository can write.
pub const fn may_approve(agent_is_typing: bool, allowed: bool) -> Result<(), AgentRefused> {
    if agent_is_typing && !allowed {
        Err(AgentRefused)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_agent_without_permission_is_refused() {
        assert_eq!(may_approve(false, false), Ok(()));
        assert_eq!(may_approve(false, true), Ok(()));
        assert_eq!(may_approve(true, true), Ok(()));
        assert_eq!(may_approve(true, false), Err(AgentRefused));
    }
}
