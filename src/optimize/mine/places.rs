//! Where n-grams are.

use super::grams::NONE;

/// Where each n-gram of a level begins: a list for each, one after the other.
pub struct Places {
    begins: Vec<usize>,
    indices: Vec<u32>,
}

impl Places {
    /// Of what begins at each index of the sequence, and how many n-grams there are.
    pub fn of(at: &[u32], grams: usize) -> Self {
        let mut begins = vec![0; grams + 1];
        for number in at.iter().filter(|number| **number != NONE) {
            if let Some(count) = begins.get_mut(*number as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for begin in &mut begins {
            sum += *begin;
            *begin = sum;
        }
        let mut next = begins.clone();
        let mut indices = vec![0; sum];
        for (index, number) in (0_u32..).zip(at) {
            if let Some(next) = next.get_mut(*number as usize)
                && let Some(place) = indices.get_mut(*next)
            {
                *place = index;
                *next += 1;
            }
        }
        Self { begins, indices }
    }

    /// The indices at which an n-gram begins, ascending.
    pub fn get(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let (Some(begin), Some(end)) = (self.begins.get(number), self.begins.get(number + 1))
        else {
            return &[];
        };
        self.indices.get(*begin..*end).unwrap_or_default()
    }
}

/// As many as fit without overlap, from the left.
pub fn without_overlap(places: &[u32], length: usize) -> Vec<usize> {
    let mut free = 0;
    let mut starts = Vec::new();
    for index in places {
        let index = *index as usize;
        if index >= free {
            free = index + length;
            starts.push(index);
        }
    }
    starts
}
