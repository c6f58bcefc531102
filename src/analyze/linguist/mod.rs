//! Which language a file is in, whether it is the project's own, and how many lines of it are code.
//!
//! Languages are detected by the rules of GitHub's linguist, lines are counted by those of tokei. Everything here is a
//! function of a path and of bytes. What of the path matters is its [`PathTag`]: [`detect_tagged`], [`count`] and
//! [`is_generated_by_content`] are functions of the tag and the bytes, so that what they say can be kept with a blob.
//! What a folder or an attribute says is added afterwards: [`is_vendored`], [`is_documentation`],
//!
//! Differences to linguist: its Bayes classifier is not here ([`detect_tagged`] says what takes its place), and a file
//! is text when its first 8000 bytes have no NUL or it starts with the byte order mark of UTF-16.

mod attribute_lines;
pub mod attributes;
pub mod detect;
pub mod generated;
mod generated_content;
mod generated_html;
pub mod heuristics;
pub mod language;
pub mod lines;
pub mod modeline;
pub mod paths;
mod pattern;
mod predicates;
pub mod shebang;
pub mod syntax;
mod tables;
pub mod tag;
mod text;

pub use attributes::{AttributeFiles, Attributes, Override};
pub use detect::{Candidates, by_path, detect, detect_tagged};
pub use generated::{is_generated, is_generated_by_content, is_generated_by_path};
pub use language::{Kind, Language};
pub use lines::{Lines, count};
pub use paths::{is_documentation, is_vendored};
pub use tables::languages::VERSION;
pub use tag::PathTag;
