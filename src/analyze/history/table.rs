//! Distinct byte strings in order, each with a number: its rank.

use super::codec::{Reader, Writer};

/// Distinct byte strings, ascending. One allocation for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, rank: u32) -> Option<&[u8]> {
        let rank = rank as usize;
        let from = match rank.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(from..*self.ends.get(rank)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let string = self.bytes.get(from..*end).unwrap_or_default();
            from = *end;
            string
        })
    }

    /// The rank of a string.
    pub(super) fn find(&self, string: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (0, u32::try_from(self.len()).ok()?);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)?.cmp(string) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Adds the next one; the caller keeps the order.
    pub(super) fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.ends.push(self.bytes.len());
    }

    /// Neighbours share their beginning: only its length is written.
    pub(super) fn write(&self, to: &mut Writer) {
        to.length(self.len());
        to.length(self.bytes.len());
        let mut before: &[u8] = &[];
        for string in self.iter() {
            let shared = shared(before, string);
            to.length(shared);
            to.bytes(string.get(shared..).unwrap_or_default());
            before = string;
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Option<Self> {
        let count = from.count(2)?;
        let total = usize::try_from(from.number()?).ok()?;
        let mut table = Self {
            // What was written is there, but what it says of its size may be wrong.
            bytes: Vec::with_capacity(total.min(64 << 20)),
            ends: Vec::with_capacity(count),
        };
        let (mut begin, mut end) = (0_usize, 0_usize);
        for nth in 0..count {
            let shared = usize::try_from(from.number()?).ok()?;
            let rest = from.bytes()?;
            // Ascending: it goes on where the one before ended, or differs there upwards.
            let next = table.bytes.get(begin.checked_add(shared)?..end)?.first();
            if nth > 0 && rest.first()? <= next.unwrap_or(&0) && next.is_some() {
                return None;
            }
            if table
                .bytes
                .len()
                .checked_add(shared)?
                .checked_add(rest.len())?
                > total
            {
                return None;
            }
            table.bytes.extend_from_within(begin..begin + shared);
            table.bytes.extend_from_slice(rest);
            (begin, end) = (end, table.bytes.len());
            table.ends.push(end);
        }
        Some(table)
    }
}

/// How many bytes two strings have in common at their beginning. Eight at a time: most paths share a long one.
fn shared(one: &[u8], other: &[u8]) -> usize {
    let (words, _) = one.as_chunks::<8>();
    let (others, _) = other.as_chunks::<8>();
    let whole = words.iter().zip(others).take_while(|(a, b)| a == b).count() * 8;
    let rest = one.iter().zip(other).skip(whole);
    whole + rest.take_while(|(a, b)| a == b).count()
}

/// Numbers that strings had in other tables, to their ranks in a new one. `None` for strings that are not in it.
pub(super) type Ranks = Vec<Option<u32>>;

/// Goes through several ascending lists of strings at once: each distinct string with its place in every list.
///
/// `keep` is called once for each string, ascending, with its places; those it wants make the new table. Returned with
/// it: for each list, the new ranks.
pub(super) fn merge<const N: usize>(
    lists: [&Table; N],
    mut keep: impl FnMut(&[u8], [Option<u32>; N]) -> bool,
) -> (Table, [Ranks; N]) {
    let mut at = [0_u32; N];
    let mut ranks: [Ranks; N] = lists.map(|list| Vec::with_capacity(list.len()));
    let mut merged = Table::default();
    loop {
        let heads: [Option<&[u8]>; N] = std::array::from_fn(|list| {
            let (table, place) = (lists.get(list)?, at.get(list)?);
            table.get(*place)
        });
        let Some(least) = heads.iter().flatten().min().copied() else {
            return (merged, ranks);
        };
        let places: [Option<u32>; N] = std::array::from_fn(|list| {
            let head = heads.get(list).copied().flatten();
            head.filter(|head| *head == least)
                .and_then(|_| at.get(list).copied())
        });
        let rank = keep(least, places).then(|| {
            merged.push(least);
            // Fewer than 2³² strings go in.
            u32::try_from(merged.len() - 1).unwrap_or(u32::MAX)
        });
        for ((place, at), ranks) in places.iter().zip(&mut at).zip(&mut ranks) {
            if place.is_some() {
                *at += 1;
                ranks.push(rank);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn table(strings: &BTreeSet<Vec<u8>>) -> Table {
        let mut table = Table::default();
        for string in strings {
            table.push(string);
        }
        table
    }

    proptest! {
        #[test]
        fn tables_come_back_and_are_searched(strings: BTreeSet<Vec<u8>>, other: Vec<u8>) {
            let table = table(&strings);
            let mut writer = Writer::default();
            table.write(&mut writer);
            let kept = writer.finish();
            let read = Table::read(&mut Reader::new(&kept).unwrap());
            prop_assert_eq!(read.as_ref(), Some(&table));
            for (rank, string) in (0_u32..).zip(&strings) {
                prop_assert_eq!(table.get(rank), Some(&**string));
                prop_assert_eq!(table.find(string), Some(rank));
            }
            prop_assert_eq!(table.find(&other).is_some(), strings.contains(&other));
        }

        #[test]
        fn merging_is_a_union(one: BTreeSet<Vec<u8>>, other: BTreeSet<Vec<u8>>) {
            let tables = [table(&one), table(&other)];
            let (merged, ranks) = merge([&tables[0], &tables[1]], |string, _| string.len() != 3);
            let union: BTreeSet<_> = one.union(&other).filter(|s| s.len() != 3).cloned().collect();
            prop_assert_eq!(&merged, &table(&union));
            for (table, ranks) in tables.iter().zip(&ranks) {
                for (string, rank) in table.iter().zip(ranks) {
                    prop_assert_eq!(merged.find(string), *rank);
                }
            }
        }
    }

    #[test]
    fn what_is_not_ascending_is_refused() {
        for strings in [[&b"b"[..], b"a"], [b"a", b"a"], [b"ab", b"a"]] {
            let mut table = Table::default();
            for string in strings {
                table.push(string);
            }
            let mut writer = Writer::default();
            table.write(&mut writer);
            let kept = writer.finish();
            assert_eq!(
                Table::read(&mut Reader::new(&kept).unwrap()),
                None,
                "{strings:?}"
            );
        }
    }
}
