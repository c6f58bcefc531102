//! The user's browser.

use std::io;
use std::path::Path;

/// Shows a file in the browser that the desktop prefers, which goes on by itself.
pub fn show(path: &Path) -> io::Result<()> {
    open::that_detached(path)
}
