//! The cases in which a script is tried.
