//! Facts about one blob: a function of its bytes and of how it is read, so that they hold for ever.

#![allow(clippy::ref_option_ref)] // in what serde derives for `with`

use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

use super::as_json;
use super::connections;
use super::files::Reading;
use super::linguist::{self, Language, Lines, PathTag};
use super::manifest::Manifest;
use super::python;

/// Grows whenever the same bytes give other facts: what was kept under an older version is then computed anew.
const FORM: i64 = 3;

/// The version of facts: of their form, and of linguist's tables.
pub fn version() -> i64 {
    version_of(&[&FORM.to_le_bytes(), linguist::VERSION.as_bytes()])
}

/// A number for a version that has several parts.
pub(super) fn version_of(parts: &[&[u8]]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut eight = [0; 8];
    hasher.finalize_xof().fill(&mut eight);
    i64::from_le_bytes(eight)
}

/// Blobs larger than this are counted and not read.
pub const CAP: u64 = 1 << 20;

/// What is known of one blob.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its size.
    pub bytes: u64,
    /// Its physical lines: line feeds, and one more when the last line has none.
    pub lines: u64,
    /// Why there is no more to say.
    pub unread: Option<Unread>,
    /// Its language, by linguist's rules.
    #[serde(with = "as_index")]
    pub language: Option<&'static Language>,
    /// Its lines by what is on them, where it has a language.
    pub kinds: Lines,
    /// Whether its content says that a tool wrote it.
    pub generated: bool,
    /// What a `.gitattributes` says about languages.
    pub attributes: Option<String>,
    /// The interesting modules that a Python file imports.
    pub imports: Vec<String>,
    /// The databases that connection strings name.
    pub connections: Vec<String>,
    /// Container images, without registry and tag.
    pub images: Vec<String>,
    /// What a manifest says.
    #[serde(with = "as_json")]
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

impl Facts {
    /// Reads one blob.
    pub fn of(bytes: &[u8], tag: PathTag, reading: Reading) -> Self {
        let mut facts = Self {
            bytes: bytes.len() as u64,
            ..Self::default()
        };
        if is_binary(bytes) {
            facts.unread = Some(Unread::Binary);
            return facts;
        }
        facts.language = linguist::detect_tagged(tag, bytes);
        facts.generated = linguist::is_generated_by_content(tag, bytes);
        facts.lines = lines(bytes);
        if let Some(language) = facts.language {
            facts.kinds = linguist::count(bytes, language);
        }
        match reading {
            Reading::Plain => {}
            Reading::Attributes => facts.attributes = linguist_lines(bytes),
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

/// The lines of a `.gitattributes` that linguist heeds.
fn linguist_lines(bytes: &[u8]) -> Option<String> {
    let lines: Vec<&str> = bytes
        .lines()
        .filter(|line| line.contains_str("linguist-"))
        .filter_map(|line| line.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Git's own rule: a NUL among the first 8000 bytes.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8000).any(|byte| *byte == 0)
}

fn lines(bytes: &[u8]) -> u64 {
    let ends = memchr::memchr_iter(b'\n', bytes).count() as u64;
    ends + u64::from(bytes.last().is_some_and(|last| *last != b'\n'))
}

/// A language as its place in linguist's table, which [`linguist::VERSION`] fixes.
mod as_index {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Language;

    #[allow(clippy::ref_option_ref, clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub fn serialize<S: Serializer>(
        language: &Option<&'static Language>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        language.map(Language::index).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<&'static Language>, D::Error> {
        let index = Option::<u16>::deserialize(deserializer)?;
        Ok(index.and_then(Language::at))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use bstr::BStr;
    use proptest::prelude::*;

    use super::*;

    fn of(path: &str, bytes: &[u8], reading: Reading) -> Facts {
        Facts::of(bytes, PathTag::of(BStr::new(path)), reading)
    }

    proptest! {
        #[test]
        fn any_bytes_give_facts_that_can_be_kept(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for (path, reading) in [
                ("a.c", Reading::Source),
                ("a.py", Reading::Python),
                ("a.yml", Reading::Settings),
                ("Makefile", Reading::Plain),
                ("package.json", Reading::Manifest(crate::analyze::manifest::Format::PackageJson)),
            ] {
                let facts = of(path, &bytes, reading);
                let kept = postcard::to_allocvec(&facts).unwrap();
                prop_assert_eq!(postcard::from_bytes::<Facts>(&kept).unwrap(), facts);
            }
        }
    }

    #[test]
    fn the_last_line_counts_without_its_line_feed() {
        for (text, expected) in [("", 0), ("\n", 1), ("a", 1), ("a\n", 1), ("a\r\nb", 2)] {
            assert_eq!(
                of("a.c", text.as_bytes(), Reading::Source).lines,
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn what_is_binary_is_not_read() {
        let facts = of("a.py", b"import sqlalchemy\n\0", Reading::Python);
        assert_eq!((facts.unread, facts.size()), (Some(Unread::Binary), None));
        assert!(facts.imports.is_empty());
    }

    #[test]
    fn facts_are_kept_in_few_bytes() {
        let facts = of("a.rs", b"fn main() {}\n", Reading::Source);
        assert_eq!(facts.language.map(|language| language.name), Some("Rust"));
        assert!(postcard::to_allocvec(&facts).unwrap().len() < 20);
    }
}
