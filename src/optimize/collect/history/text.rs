//! The text of an entry while its lines come.

use super::LONGEST;

/// Lines put together, as long as they are not too many.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    is_too_long: bool,
}

impl Text {
    /// Of its first line.
    pub(super) fn new(line: &[u8]) -> Self {
        let mut text = Self::default();
        text.push(line);
        text
    }

    /// One of which nothing is known but that it is too long.
    pub(super) const fn too_long() -> Self {
        Self {
            bytes: Vec::new(),
            is_too_long: true,
        }
    }

    /// Appends some bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.is_too_long || self.bytes.len().saturating_add(bytes.len()) > LONGEST {
            *self = Self::too_long();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Appends a line end and what follows.
    pub(super) fn next_line(&mut self, line: Self) {
        match line.bytes() {
            Some(bytes) => {
                self.push(b"\n");
                self.push(&bytes);
            }
            None => *self = Self::too_long(),
        }
    }

    /// The bytes; none if there are too many.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        (!self.is_too_long).then_some(self.bytes)
    }
}

/// As UTF-8, with U+FFFD for what is none.
pub(super) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
