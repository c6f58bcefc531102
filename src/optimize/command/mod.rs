//! From what was typed to steps without what differs from one time to the next.
//!
//! A text is parsed with tree-sitter's grammar of bash ([`Reader`]) and split where the shell would begin another command:
//! at `&&`, `;`, `&` and newlines. Operands of `||` stay one step: run one after the other they would mean something
//! else. So do lines that change the state of their shell (`export`, `source`, `set`) for what follows. A pipeline is one
//! step. Whatever is more than pipelines, and what has errors, is kept as it was typed, as a script.
//!
//! Of each command the program, its subcommands and the names of its flags stay ([`usage`] knows those of common tools);
//! values become slots by kind. The order of flags makes no other step: a flag and its values are a unit, and units are
//! sorted in the key. `sudo`, `nohup` and variables before a command are not in its key, but in its shape, which can be run.

mod anatomy;
mod digest;
mod key;
mod nature;
mod parse;
mod pipeline;
mod prefix;
mod read;
mod scan;
mod steps;
mod tokens;
mod usage;
mod values;
mod words;

#[cfg(test)]
mod tests;

pub use anatomy::{Anatomy, anatomy};
pub use read::{LONGEST, ReadError, Reader, Step, Typed, read};
