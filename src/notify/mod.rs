//! Tells people what happened.
//!
//! A [`notice`] is about one thing that happened; a [`message`] is what a [`channel`] carries at once.

pub mod audience;
pub mod channel;
pub mod derive;
pub mod message;
pub mod notice;
pub mod timing;
pub mod wording;

pub use channel::{Channel, Refusal};
pub use message::Message;
pub use notice::Notice;
