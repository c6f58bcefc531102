//! UTF-16: what PowerShell makes of a report that is redirected into a file.

use std::io::{self, BufRead, Read};

/// Whether a report begins with a byte order mark of UTF-16.
pub(super) fn is_utf16(report: &mut dyn BufRead) -> io::Result<bool> {
    let start = report.fill_buf()?;
    Ok(start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff"))
}

/// UTF-16 read as UTF-8. Halves of pairs become replacement characters.
pub(super) struct Utf16<'a> {
    report: &'a mut dyn BufRead,
    is_big: Option<bool>,
    /// A unit that was read and belongs to what comes next.
    held: Option<u16>,
    /// UTF-8 that did not fit.
    left: Vec<u8>,
}

impl<'a> Utf16<'a> {
    pub(super) fn new(report: &'a mut dyn BufRead) -> Self {
        Self {
            report,
            is_big: None,
            held: None,
            left: Vec::new(),
        }
    }

    fn byte(&mut self) -> io::Result<Option<u8>> {
        let byte = self.report.fill_buf()?.first().copied();
        if byte.is_some() {
            self.report.consume(1);
        }
        Ok(byte)
    }

    fn unit(&mut self) -> io::Result<Option<u16>> {
        if let Some(unit) = self.held.take() {
            return Ok(Some(unit));
        }
        let (Some(one), Some(two)) = (self.byte()?, self.byte()?) else {
            return Ok(None);
        };
        let Some(is_big) = self.is_big else {
            // The mark itself.
            self.is_big = Some(one == 0xfe);
            return self.unit();
        };
        Ok(Some(if is_big {
            u16::from_be_bytes([one, two])
        } else {
            u16::from_le_bytes([one, two])
        }))
    }

    fn next_char(&mut self) -> io::Result<Option<char>> {
        let Some(first) = self.unit()? else {
            return Ok(None);
        };
        let is_first_half = (0xd800..0xdc00).contains(&first);
        let second = if is_first_half { self.unit()? } else { None };
        let units = std::iter::once(first).chain(second);
        let mut decoded = char::decode_utf16(units);
        let char = decoded.next().and_then(Result::ok);
        // A half that has no other leaves the unit behind it to itself.
        if is_first_half && char.is_none() {
            self.held = second;
        }
        Ok(Some(char.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left.len() < buffer.len() {
            let Some(char) = self.next_char()? else {
                break;
            };
            let mut utf8 = [0; 4];
            self.left
                .extend_from_slice(char.encode_utf8(&mut utf8).as_bytes());
        }
        let length = self.left.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.left.drain(..length)) {
            *to = from;
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut bytes = bytes;
        assert!(is_utf16(&mut bytes).unwrap());
        let mut text = String::new();
        Utf16::new(&mut bytes).read_to_string(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn both_orders_are_read(text in any::<String>()) {
            let units = || std::iter::once(0xfeff).chain(text.encode_utf16());
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            prop_assert_eq!(read(&little), text.clone());
            prop_assert_eq!(read(&big), text.clone());
        }

        #[test]
        fn any_units_are_read(units in proptest::collection::vec(any::<u16>(), 0..50), odd in any::<bool>()) {
            let mut bytes: Vec<u8> = std::iter::once(0xfeff).chain(units.iter().copied()).flat_map(u16::to_le_bytes).collect();
            if odd { bytes.push(7); }
            prop_assert_eq!(read(&bytes), String::from_utf16_lossy(&units));
        }
    }
}
