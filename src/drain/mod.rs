//! Chooses jobs within a budget and runs them.
