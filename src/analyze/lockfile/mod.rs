//! What package managers wrote down: which packages in which versions, from where, and what each of them needs.
//!
//! Every parser is a function of bytes: nothing is run and nothing is resolved anew. A parser never fails; what it could
//! not read is a problem of the [`LockFile`] that it returns. How large a file may be is the caller's business.

mod berry;
mod bun;
mod cargo;
mod compiled;
mod composer;
mod format;
mod gemfile;
mod go;
mod gradle;
mod hash;
mod indented;
mod jsonc;
mod linker;
mod locked;
mod nesting;
mod npm;
mod npm_source;
mod pdm;
mod pipfile;
mod pnpm;
mod poetry;
mod pylock;
mod python;
#[cfg(test)]
mod tests;
mod uv;
mod yarn;

pub use format::LockFormat;
pub use hash::{Algorithm, Hash};
pub use locked::{Edge, LockFile, Locked, LockedScope, Member, Need, Source};
