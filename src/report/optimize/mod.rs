//! What the optimiser knows, for people and for programs: the words that the terminal and the page share, and the JSON.

mod json;
mod repository;
#[cfg(test)]
pub mod sample;
mod words;

pub use json::{cycle, document};
pub use repository::of_repository;
pub use words::{
    besides, came_of, did, duration, is_good, lead, next, paid_back, potential, repeated, roi,
    saved, searched, weekly,
};
