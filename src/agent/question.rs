//! question.
