//! The promise that secrets were taken out.

/// Something whose words went through redaction.
///
/// Whatever comes out of a session may hold secrets that its user typed or a tool printed, and what is stored here is
/// searched, exported and shown. Nothing here redacts: to store, a caller must make this promise in so many words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clean<T>(T);

impl<T> Clean<T> {
    /// Promises that every text in `value` that was read from a session went through redaction.
    pub const fn promise(value: T) -> Self {
        Self(value)
    }

    /// What the promise is about.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// What the promise was about.
    pub fn into_inner(self) -> T {
        self.0
    }
}
