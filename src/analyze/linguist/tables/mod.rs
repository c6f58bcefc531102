//! Data of linguist and tokei, written by `.ci/linguist.py`: sorted, looked up by binary search, nothing of it built at
//! the start of a process.

#[rustfmt::skip]
pub mod heuristics;
#[rustfmt::skip]
pub mod languages;
#[rustfmt::skip]
pub mod paths;
#[rustfmt::skip]
pub mod syntaxes;
