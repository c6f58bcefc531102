//! How automations do: their runs as [`crate::metrics`] takes them.
