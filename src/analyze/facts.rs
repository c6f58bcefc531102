//! Facts about one blob: a function of its bytes and of how it is read, so that they hold for ever.

use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

use super::connections;
use super::files::Reading;
use super::manifest::Manifest;
use super::python;

/// Grows whenever the same bytes give other facts: what was kept under an older version is then computed anew.
pub const VERSION: i64 = 2;

/// Blobs larger than this are counted and not read.
pub const CAP: u64 = 1 << 20;

/// What is known of one blob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Its size.
    #[serde(rename = "b")]
    pub bytes: u64,
    /// Its physical lines: line feeds, and one more when the last line has none.
    #[serde(rename = "l", skip_serializing_if = "is_zero")]
    pub lines: u64,
    /// Why there is no more to say.
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
    /// The interesting modules that a Python file imports.
    #[serde(rename = "i", skip_serializing_if = "Vec::is_empty")]
    pub imports: Vec<String>,
    /// The databases that connection strings name.
    #[serde(rename = "c", skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<String>,
    /// Container images, without registry and tag.
    #[serde(rename = "g", skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// What a manifest says.
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
}

/// Why a blob was counted and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// Larger than [`CAP`].
    TooLarge,
    /// Not text.
    Binary,
    /// Not in this repository: a partial clone, or a damaged one.
    Missing,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Facts {
    /// Reads one blob.
    pub fn of(bytes: &[u8], reading: Reading) -> Self {
        let mut facts = Self {
            bytes: bytes.len() as u64,
            ..Self::default()
        };
        if is_binary(bytes) {
            facts.unread = Some(Unread::Binary);
            return facts;
        }
        facts.lines = lines(bytes);
        match reading {
            Reading::Source => facts.connections = connections::found_in(bytes),
            Reading::Python => {
                facts.connections = connections::found_in(bytes);
                facts.imports = python::imports(bytes);
            }
            Reading::Settings => {
                facts.connections = connections::found_in(bytes);
                facts.images = connections::images(bytes);
            }
            Reading::Manifest(format) => {
                facts.manifest = Some(format.parse(bytes));
                if format.is_python_code() {
                    facts.imports = python::imports(bytes);
                }
            }
        }
        facts
    }

    /// A blob too large to be read.
    pub fn too_large(size: u64) -> Self {
        Self {
            bytes: size,
            unread: Some(Unread::TooLarge),
            ..Self::default()
        }
    }

    /// A blob that is not here.
    pub fn missing() -> Self {
        Self {
            unread: Some(Unread::Missing),
            ..Self::default()
        }
    }

    /// Lines and bytes, if the blob was read.
    pub fn size(&self) -> super::languages::Size {
        self.unread.is_none().then_some((self.lines, self.bytes))
    }
}

/// Git's own rule: a NUL among the first 8000 bytes.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|byte| *byte == 0)
}

fn lines(bytes: &[u8]) -> u64 {
    let ends = bytes.find_iter("\n").count() as u64;
    ends + u64::from(bytes.last().is_some_and(|last| *last != b'\n'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_give_facts_that_can_be_kept(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for reading in [Reading::Source, Reading::Python, Reading::Settings] {
                let facts = Facts::of(&bytes, reading);
                let kept = serde_json::to_string(&facts).unwrap();
                prop_assert_eq!(serde_json::from_str::<Facts>(&kept).unwrap(), facts);
            }
        }
    }

    #[test]
    fn the_last_line_counts_without_its_line_feed() {
        for (text, expected) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\r\nb", 2)] {
            assert_eq!(
                Facts::of(text.as_bytes(), Reading::Source).lines,
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_binary_is_not_read() {
        let facts = Facts::of(b"import sqlalchemy\n\0", Reading::Python);
        assert_eq!((facts.unread, facts.size()), (Some(Unread::Binary), None));
        assert!(facts.imports.is_empty());
    }

    #[test]
    fn facts_are_kept_in_few_bytes() {
        let facts = Facts::of(b"fn main() {}\n", Reading::Source);
        let kept = serde_json::to_string(&facts).unwrap();
        assert_eq!(kept, r#"{"b":13,"l":1}"#);
        assert_eq!(serde_json::from_str::<Facts>(&kept).unwrap(), facts);
    }
}
