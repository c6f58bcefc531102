//! How sessions, nodes and edges are found by what a person types, and how they are shown and written as JSON.

pub mod document;
pub mod find;
pub mod hits;
pub mod links;
pub mod node;
pub mod patterns;
pub mod session;
pub mod walks;
pub mod words;
