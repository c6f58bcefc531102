//! The built-in analysers: they read blobs and need no tool.
//!
//! [`codebase`] chooses the files of a commit, takes the facts about each blob from the [`cache`] or from its bytes, and
//! puts them together. Facts are functions of bytes, everything after them is a function of facts: the same commit
//! gives the same result, with a warm cache or a cold one.

pub mod areas;
pub mod as_findings;
mod as_json;

pub mod breakdown;
pub mod builtin;
pub mod cache;
pub mod codebase;
pub mod complexity;
pub mod connections;
pub mod conversation;
pub mod cyclonedx;
pub mod databases;
pub mod debt;
pub mod deep;
pub mod dependency_map;
pub mod digest_key;
pub mod evidence;
pub mod exposure;
pub mod facts;
pub mod files;
pub mod frameworks;
mod ground;
pub mod habits;
pub mod history;
pub mod introduced;
pub mod languages;
pub mod layout;
pub mod linguist;
pub mod lockfile;
pub mod manifest;
pub mod markers;
pub mod patterns;
pub mod profile;
pub mod projects;
pub mod purl;
pub mod python;
pub mod rules;
pub mod secrets;
pub mod style;
pub mod summary;
pub mod survey;
pub mod syntax;
#[cfg(test)]
mod tests;
pub mod text;
