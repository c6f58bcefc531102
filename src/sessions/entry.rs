//! Digests of entries' ids: by them forks find what they left, and they are all that is kept of ids.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A digest of an entry's id: the first eight bytes of its BLAKE3.
pub type EntryDigest = [u8; 8];

/// The digest of an entry's id.
pub fn entry_digest(entry: &str) -> EntryDigest {
    let mut digest = EntryDigest::default();
    blake3::Hasher::new()
        .update(entry.as_bytes())
        .finalize_xof()
        .fill(&mut digest);
    digest
}

/// Digests of many entries; in JSON one string of hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(pub Vec<EntryDigest>);

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = |digest: &EntryDigest| format!("{:016x}", u64::from_be_bytes(*digest));
        serializer.serialize_str(&self.0.iter().map(digits).collect::<String>())
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digest = |digits: &[u8]| {
            let digits = std::str::from_utf8(digits).ok()?;
            let number = u64::from_str_radix(digits, 16).ok()?;
            Some(number.to_be_bytes())
        };
        let digests: Option<Vec<EntryDigest>> = text.as_bytes().chunks(16).map(digest).collect();
        digests
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("digests of entries are hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn digests_come_back_from_json() {
        let entries = Entries(vec![entry_digest("a"), entry_digest("b")]);
        let text = serde_json::to_string(&entries).unwrap();
        assert_eq!(text.len(), 34);
        assert_eq!(serde_json::from_str::<Entries>(&text).unwrap(), entries);
        assert!(serde_json::from_str::<Entries>("\"not hex\"").is_err());
        assert!(serde_json::from_str::<Entries>("\"ää\"").is_err());
    }
}
