//! Object ids as bytes: for tables of thousands of commits.

use std::fmt;

use super::super::oid::Oid;

/// The id of an object, as 20 (SHA-1) or 32 bytes (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    len: u8,
    bytes: [u8; 32],
}

impl Id {
    /// From 40 or 64 hexadecimal digits.
    pub fn from_hex(digits: &[u8]) -> Option<Self> {
        if !matches!(digits.len(), 40 | 64) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                *byte = *byte << 4 | value(*digit)?;
            }
        }
        let len = if digits.len() == 40 { 20 } else { 32 };
        Some(Self { len, bytes })
    }

    /// From 20 or 32 bytes.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        let len = u8::try_from(raw.len())
            .ok()
            .filter(|len| matches!(len, 20 | 32))?;
        let mut bytes = [0; 32];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { len, bytes })
    }

    /// Its 20 or 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&Oid> for Id {
    fn from(oid: &Oid) -> Self {
        // An `Oid` is nothing but 40 or 64 digits.
        Self::from_hex(oid.as_str().as_bytes()).unwrap_or(Self {
            len: 20,
            bytes: [0; 32],
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn digits_and_bytes_are_the_same_id() {
        for digits in ["0123456789abcdef0123456789abcdef01234567", &"7f".repeat(32)] {
            let id = Id::from_hex(digits.as_bytes()).unwrap();
            assert_eq!(id.to_string(), digits);
            assert_eq!(Id::from_bytes(id.as_bytes()), Some(id));
            assert_eq!(Id::from(&digits.parse::<Oid>().unwrap()), id);
        }
        assert_eq!(Id::from_hex(&[b'g'; 40]), None);
        assert_eq!(Id::from_hex(b"01"), None);
        assert_eq!(Id::from_bytes(&[0; 21]), None);
    }
}
