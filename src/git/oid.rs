//! Object ids: lower-case hexadecimal, 40 digits (SHA-1) or 64 (SHA-256).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid(String);

/// What is not an object id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {0:?} as an object id")]
pub struct NotAnOid(String);

impl Oid {
    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first digits, as git abbreviates for people.
    pub fn short(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }

    /// The bytes that the digits stand for: half as many.
    pub fn to_bytes(&self) -> Vec<u8> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte.wrapping_sub(b'a').wrapping_add(10),
        };
        let pairs = self.0.as_bytes().chunks_exact(2);
        pairs
            .map(|pair| pair.iter().fold(0, |value, byte| value << 4 | digit(*byte)))
            .collect()
    }

    /// The id of 20 or 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotAnOid> {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |value: u8| {
            DIGITS
                .get(usize::from(value))
                .map_or('0', |digit| char::from(*digit))
        };
        let mut text = String::with_capacity(2 * bytes.len());
        for byte in bytes {
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
        }
        if matches!(bytes.len(), 20 | 32) {
            Ok(Self(text))
        } else {
            Err(NotAnOid(text))
        }
    }

    /// Whether it is all zeroes, git's way to say "no object".
    pub fn is_null(&self) -> bool {
        self.0.bytes().all(|digit| digit == b'0')
    }

    /// Reads the digits as they stand in git's output.
    pub fn from_hex(digits: &[u8]) -> Result<Self, NotAnOid> {
        let fits = matches!(digits.len(), 40 | 64) && digits.iter().all(u8::is_ascii_hexdigit);
        let text = String::from_utf8_lossy(digits);
        if fits {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(NotAnOid(text.into_owned()))
        }
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Oid {
    type Err = NotAnOid;

    fn from_str(text: &str) -> Result<Self, NotAnOid> {
        Self::from_hex(text.as_bytes())
    }
}

impl TryFrom<String> for Oid {
    type Error = NotAnOid;

    fn try_from(text: String) -> Result<Self, NotAnOid> {
        Self::from_hex(text.as_bytes())
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.0
    }
}

impl From<git2::Oid> for Oid {
    fn from(oid: git2::Oid) -> Self {
        Self(oid.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn both_hash_kinds_and_nothing_else() {
        assert!("a".repeat(40).parse::<Oid>().is_ok());
        assert!("a".repeat(64).parse::<Oid>().is_ok());
        assert!("a".repeat(41).parse::<Oid>().is_err());
        assert!("g".repeat(40).parse::<Oid>().is_err());
        assert!("".parse::<Oid>().is_err());
        assert_eq!(
            "A".repeat(40).parse::<Oid>().unwrap().as_str(),
            "a".repeat(40)
        );
        assert!("0".repeat(64).parse::<Oid>().unwrap().is_null());
    }
}
