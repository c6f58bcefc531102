//! Hashes of distributions, in the forms in which lock files write them.

use serde::{Deserialize, Serialize};

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // the names are the functions' own
pub enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    /// Go's `h1`: SHA-256 over the list of a module's files and their hashes, and so of no file.
    H1,
}

impl Algorithm {
    const fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 | Self::H1 => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            "h1" => Self::H1,
            _ => return None,
        })
    }
}

/// A hash of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hash {
    /// The function.
    pub algorithm: Algorithm,
    /// Its value, in lower-case hexadecimal digits.
    pub hex: String,
}

impl Hash {
    /// The value must have the function's length.
    pub(super) fn new(algorithm: Algorithm, hex: &str) -> Option<Self> {
        let sound =
            hex.len() == algorithm.digits() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        sound.then(|| Self {
            algorithm,
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// `sha256:…` or `sha256=…`, in hexadecimal digits.
    pub(super) fn prefixed(text: &str) -> Option<Self> {
        let (name, hex) = text.trim().split_once([':', '='])?;
        Self::new(Algorithm::named(name)?, hex)
    }

    /// Subresource integrity (W3C): `sha512-…` in base 64, several parted by white space, with options after `?`.
    pub(super) fn sri(text: &str) -> Vec<Self> {
        let mut hashes: Vec<Self> = text
            .split_whitespace()
            .filter_map(|one| {
                let (name, value) = one.split_once('-')?;
                let value = value.split('?').next().unwrap_or_default();
                Self::new(Algorithm::named(name)?, &hex_of_base64(value)?)
            })
            .collect();
        hashes.sort();
        hashes.dedup_by_key(|hash| hash.algorithm);
        hashes
    }

    /// Go's `h1:…=`.
    pub(super) fn h1(text: &str) -> Option<Self> {
        Self::new(Algorithm::H1, &hex_of_base64(text.strip_prefix("h1:")?)?)
    }
}

/// Base 64 (RFC 4648) as hexadecimal digits; none if it is longer than any hash or not base 64.
fn hex_of_base64(text: &str) -> Option<String> {
    let text = text.trim_end_matches('=');
    if text.len() > 128 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) & 0xff);
            bits &= (1 << held) - 1;
        }
    }
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(digit, 16)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn integrity_is_read_as_digits() {
        // The SHA-1 and SHA-256 of nothing.
        let both = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=?x";
        let digits: Vec<String> = Hash::sri(both).into_iter().map(|hash| hash.hex).collect();
        assert_eq!(
            digits,
            [
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ]
        );
        for bad in ["", "sha512-", "sha512-!!!!", "sha3-AAAA", "sha1-AAAA", "x"] {
            assert_eq!(Hash::sri(bad), [], "{bad}");
        }
    }

    #[test]
    fn other_forms() {
        let hex = "DA39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(
            Hash::prefixed(&format!("sha1:{hex}")).unwrap().hex,
            hex.to_lowercase()
        );
        assert_eq!(Hash::prefixed("sha1=da39"), None);
        assert_eq!(
            Hash::h1("h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
                .unwrap()
                .algorithm,
            Algorithm::H1
        );
    }
}
