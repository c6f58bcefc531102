//! What is shown on a terminal: text whose columns are known, tables and lines that fit its width, and a screen that is
//! redrawn in place.
//!
//! Looks are put on last: whatever cuts, pads or breaks lines here handles text without terminal sequences, so that none
//! is ever cut in its middle. Text from elsewhere becomes harmless where it enters.

mod flow;
mod grid;
mod live;
mod page;
mod text;

pub use flow::{fields, flow, wrapped};
pub use grid::{Give, Grid};
pub use live::{Reader, watch};
pub use page::Page;
pub use text::Text;
