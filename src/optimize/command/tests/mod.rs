//! What is read of lines.
