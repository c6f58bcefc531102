//! Sets of places as bits: whether a step comes before another one is asked millions of times.

/// One set of places for each place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    words: usize,
    bits: Vec<u64>,
}

impl Matrix {
    /// For so many places, all sets empty: count²/8 bytes.
    pub fn new(count: usize) -> Self {
        let words = count.div_ceil(64);
        Self {
            words,
            bits: vec![0; words.saturating_mul(count)],
        }
    }

    /// The set of a place, as words.
    pub fn row(&self, row: usize) -> &[u64] {
        let from = row.saturating_mul(self.words);
        self.bits.get(from..from + self.words).unwrap_or_default()
    }

    /// Whether a place is in the set of another.
    pub fn has(&self, row: usize, place: usize) -> bool {
        has(self.row(row), place)
    }

    /// Adds a place to a set.
    pub fn add(&mut self, row: usize, place: usize) {
        let at = row.saturating_mul(self.words) + place / 64;
        if let Some(word) = self.bits.get_mut(at) {
            *word |= 1 << (place % 64);
        }
    }

    /// Adds the set of one place to that of another.
    pub fn unite(&mut self, row: usize, other: usize) {
        if row == other {
            return;
        }
        let (row, other) = (row * self.words, other * self.words);
        for at in 0..self.words {
            let more = self.bits.get(other + at).copied().unwrap_or(0);
            if let Some(word) = self.bits.get_mut(row + at) {
                *word |= more;
            }
        }
    }
}

/// Whether a place is in a set.
pub fn has(set: &[u64], place: usize) -> bool {
    set.get(place / 64)
        .is_some_and(|word| word >> (place % 64) & 1 == 1)
}

/// Takes a place out of a set.
pub fn remove(set: &mut [u64], place: usize) {
    if let Some(word) = set.get_mut(place / 64) {
        *word &= !(1 << (place % 64));
    }
}

/// The places of a set, ascending.
pub fn places(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(at, word)| {
        let mut left = *word;
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            Some(at * 64 + bit)
        })
    })
}
