//! Text that keeps within a limit and says what it left out.

use std::io::{self, Write};

/// Kept for what a section ends with and for the line that says how much is missing.
const RESERVED: usize = 200;

/// A limited piece of text.
pub(super) struct Budget<'a> {
    out: &'a mut dyn Write,
    left: usize,
}

impl<'a> Budget<'a> {
    pub(super) fn new(out: &'a mut dyn Write, limit: usize) -> Self {
        Self { out, left: limit }
    }

    /// Writes what is short and always there.
    pub(super) fn must(&mut self, text: &str) -> io::Result<()> {
        self.left = self.left.saturating_sub(text.len());
        self.out.write_all(text.as_bytes())
    }

    fn fits(&self, text: &str) -> bool {
        text.len() + RESERVED <= self.left
    }

    /// Writes `parts` between `before` and `after`, as many as fit, and how many are missing. Writes nothing if there are
    /// no parts, or no room for the first: then what is missing is counted by the numbers at the top.
    pub(super) fn section(
        &mut self,
        before: &str,
        parts: impl Iterator<Item = String>,
        after: &str,
    ) -> io::Result<()> {
        let mut parts = parts.peekable();
        let Some(first) = parts.peek() else {
            return Ok(());
        };
        if !self.fits(&format!("{before}{first}{after}")) {
            return Ok(());
        }
        self.must(before)?;
        // The end has its room from the beginning.
        self.left = self.left.saturating_sub(after.len());
        let mut missing = 0_usize;
        for part in parts {
            if missing == 0 && self.fits(&part) {
                self.must(&part)?;
            } else {
                missing += 1;
            }
        }
        if missing > 0 {
            self.must(&format!("\nand {missing} more\n"))?;
        }
        self.out.write_all(after.as_bytes())
    }

    /// Ends the text.
    pub(super) fn end(self) -> io::Result<()> {
        self.out.flush()
    }
}
