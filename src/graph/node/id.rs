//! What names a node, and a version of one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A node's identity: 64 bits, written as 16 lower-case hexadecimal digits. It is the same for all versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u64);

/// A text that names no node, or no version of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no node: 16 lower-case hexadecimal digits are needed, and `-v1` for a version")]
pub struct NotANode(String);

impl NodeId {
    /// The node of a segment: of the session and the ids of its first and last entry, so that reading the segment again,
    /// from wherever its file lies by then, finds the same node.
    pub fn of_segment(session: &str, first_entry: &str, last_entry: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [session, first_entry, last_entry] {
            // Lengths keep the parts apart.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut first = [0; 8];
        hasher.finalize_xof().fill(&mut first);
        Self(u64::from_be_bytes(first))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for NodeId {
    type Err = NotANode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 16
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        match u64::from_str_radix(text, 16) {
            Ok(id) if digits => Ok(Self(id)),
            _ => Err(NotANode(text.chars().take(40).collect())),
        }
    }
}

impl Serialize for NodeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A version of a node: `<id>-v<n>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeRef {
    /// The node.
    pub id: NodeId,
    /// From 1.
    pub version: u32,
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-v{}", self.id, self.version)
    }
}

impl FromStr for NodeRef {
    type Err = NotANode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotANode(text.chars().take(40).collect());
        let (id, version) = text.split_once("-v").ok_or_else(wrong)?;
        let id = id.parse()?;
        // `parse` would take a sign and leading zeros.
        let plain = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
        match version.parse() {
            Ok(version) if plain => Ok(Self { id, version }),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for NodeRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_segment_has_one_id_wherever_it_lies() {
        let id = NodeId::of_segment("s", "a", "b");
        assert_eq!(id, NodeId::of_segment("s", "a", "b"));
        assert_ne!(id, NodeId::of_segment("sa", "", "b"));
        assert_ne!(id, NodeId::of_segment("s", "ab", ""));
        assert_eq!(id.to_string().parse::<NodeId>().unwrap(), id);
        // Stored graphs depend on it.
        assert_eq!(id.to_string(), "4e23c049bc159e39");
    }

    #[test]
    fn references_are_read_as_they_are_written() {
        let reference: NodeRef = "00000000000000ff-v12".parse().unwrap();
        assert_eq!(
            reference,
            NodeRef {
                id: NodeId(255),
                version: 12
            }
        );
        assert_eq!(reference.to_string(), "00000000000000ff-v12");
        for wrong in [
            "",
            "ff",
            "00000000000000FF",
            "00000000000000ff-v",
            "00000000000000ff-v0",
            "00000000000000ff-v+1",
            "00000000000000ff-v01",
            "+0000000000000ff-v1",
            "00000000000000ffé",
        ] {
            assert!(wrong.parse::<NodeRef>().is_err(), "{wrong}");
        }
        assert!("+00000000000000f".parse::<NodeId>().is_err());
    }
}
