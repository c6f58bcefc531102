//! Bytes that are shown: paths and names.

use bstr::{BStr, BString, ByteSlice};
use serde::{Serialize, Serializer};

/// A path or a name as git has it. In JSON, what is not UTF-8 becomes U+FFFD.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(pub BString);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_str_lossy())
    }
}

impl From<&BStr> for Text {
    fn from(text: &BStr) -> Self {
        Self(text.to_owned())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// For `#[serde(serialize_with)]`: as [`Text`].
pub(super) fn as_text<S: Serializer>(text: &BString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text.to_str_lossy())
}

/// The same for a list.
pub(super) fn as_texts<S: Serializer>(texts: &[BString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(texts.iter().map(|text| text.to_str_lossy()))
}
