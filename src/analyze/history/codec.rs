//! The bytes in which a state is kept: varints, lengths before contents, a checksum at the end.

/// Writes values one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }

    /// Small magnitudes of either sign are short: -1 is 1, 1 is 2.
    pub(super) fn signed(&mut self, value: i64) {
        self.number((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
    }

    pub(super) fn length(&mut self, length: usize) {
        self.number(length as u64);
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.raw(bytes);
    }

    /// Everything, with its checksum.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.0);
        self.0.extend_from_slice(&sum);
        self.0
    }
}

/// Reads them again. `None` wherever something else was written.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Of bytes whose checksum is right.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let (content, sum) = bytes.split_at_checked(bytes.len().checked_sub(SUM)?)?;
        (checksum(content) == sum).then_some(Self(content))
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        let value = self.number()?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    pub(super) fn small(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }

    /// How many things follow, of at least `size` bytes each: never more than there are bytes, so that nothing is
    /// reserved for what cannot be there.
    pub(super) fn count(&mut self, size: usize) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count.checked_mul(size)? <= self.0.len()).then_some(count)
    }

    pub(super) fn raw(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.count(1)?;
        self.raw(count)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

const SUM: usize = 16;

fn checksum(content: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    let mut hasher = blake3::Hasher::new();
    hasher.update(content);
    hasher.finalize_xof().fill(&mut sum);
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_back(number: u64, signed: i64, bytes: Vec<u8>) {
            let mut writer = Writer::default();
            writer.number(number);
            writer.signed(signed);
            writer.bytes(&bytes);
            let kept = writer.finish();
            let mut reader = Reader::new(&kept).unwrap();
            prop_assert_eq!(reader.number(), Some(number));
            prop_assert_eq!(reader.signed(), Some(signed));
            prop_assert_eq!(reader.bytes(), Some(&*bytes));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            prop_assert!(Reader::new(&bytes).is_none());
            let mut reader = Reader(&bytes);
            while reader.number().is_some() {}
        }
    }
}
