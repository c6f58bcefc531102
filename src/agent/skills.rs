//! skills.
