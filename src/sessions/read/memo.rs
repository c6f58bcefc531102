//! What a reader remembers of earlier lines, in bounded memory.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The last pairs of a key and a value, at most so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recent<V, const MOST: usize>(VecDeque<(u64, V)>);

impl<V, const MOST: usize> Default for Recent<V, MOST> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<V, const MOST: usize> Recent<V, MOST> {
    /// What is remembered under `key`.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let key = digest(key);
        // What was said last is asked for most.
        self.0
            .iter_mut()
            .rev()
            .find(|(known, _)| *known == key)
            .map(|(_, value)| value)
    }

    /// What was remembered under `key`, which is forgotten.
    pub fn take(&mut self, key: &str) -> Option<V> {
        let key = digest(key);
        let at = self.0.iter().rposition(|(known, _)| *known == key)?;
        self.0.remove(at).map(|(_, value)| value)
    }

    /// Remembers `value`; the oldest is forgotten if there are too many.
    pub fn put(&mut self, key: &str, value: V) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((digest(key), value));
    }
}

/// The names of tools by the ids of their calls. Those that were answered are forgotten, so that there are few.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calls(Recent<String, 256>);

impl Calls {
    /// Longer names are no names.
    const LONGEST: usize = 256;

    /// A tool was called.
    pub fn called(&mut self, id: &str, tool: &str) {
        if tool.len() <= Self::LONGEST {
            self.0.put(id, tool.to_owned());
        }
    }

    /// The tool that was called with this id, if it has not answered before.
    pub fn answered(&mut self, id: &str) -> Option<String> {
        self.0.take(id)
    }
}

fn digest(key: &str) -> u64 {
    let mut head = [0; 8];
    let whole = blake3::hash(key.as_bytes());
    head.iter_mut()
        .zip(whole.as_bytes())
        .for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(head)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut recent = Recent::<_, 256>::default();
        for number in 0..1000 {
            recent.put(&number.to_string(), number);
        }
        assert_eq!(recent.0.len(), 256);
        assert_eq!(recent.get_mut("999"), Some(&mut 999));
        assert_eq!(recent.get_mut("1"), None);
        assert_eq!(recent.take("999"), Some(999));
        assert_eq!(recent.take("999"), None);
    }
}
