//! What the user approved.
