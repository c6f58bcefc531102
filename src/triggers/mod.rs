//! What notices that something is to be done.
