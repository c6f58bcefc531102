//! The queue while somebody looks on: opened once, and again only if it is another one.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use super::app::App;
use super::error::CommandError;
use crate::queue::Queue;

/// A queue that is looked at again and again.
#[derive(Default)]
pub struct Watched {
    /// With its file's number: a queue that was damaged, or removed, is followed by another one.
    open: Option<(u64, Queue)>,
}

impl Watched {
    /// The queue, once there is one.
    pub fn queue(&mut self, app: &App) -> Result<Option<&Queue>, CommandError> {
        let file = fs::metadata(app.state_dir()?.join("queue.db"));
        let Ok(number) = file.map(|found| found.ino()) else {
            self.open = None;
            return Ok(None);
        };
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            self.open = None;
            self.open = app.existing_queue()?.map(|queue| (number, queue));
        }
        Ok(self.open.as_ref().map(|(_, queue)| queue))
    }
}
