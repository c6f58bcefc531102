//! Figures on standard output, or in a file.

use std::path::Path;

use crate::cli::app::App;
use crate::cli::error::{CommandError, Context};
use crate::cli::ui::plain;
use crate::system::filesystem;

/// How wide a table is in a file.
const IN_A_FILE: usize = 100;

/// What is written.
#[derive(Clone, Debug)]
pub enum Content {
    /// A page for people, which may have colours.
    Page(String),
    /// A document for programs.
    Document(String),
}

/// How wide a page may be that goes to standard output, or to a file.
pub fn width(app: &App, output: Option<&Path>) -> usize {
    match output {
        Some(_) => IN_A_FILE,
        None => app.ui.width(),
    }
}

/// Writes it to standard output, or in one step to a file.
pub fn deliver(app: &App, output: Option<&Path>, content: &Content) -> Result<(), CommandError> {
    let Some(path) = output else {
        return match content {
            Content::Page(text) => app.ui.write_out(text),
            // What programs read is not looked through for colours: a label may hold anything.
            Content::Document(text) => app.ui.bytes_out(text.as_bytes()),
        };
    };
    let path = app.folder()?.join(path);
    let doing = format!("write {}", plain(&path.to_string_lossy()));
    match content {
        Content::Page(text) => {
            let text = anstream::adapter::strip_str(text).to_string();
            filesystem::publish(&path, text.as_bytes()).context(&doing)
        }
        Content::Document(text) => filesystem::publish(&path, text.as_bytes()).context(&doing),
    }
}
