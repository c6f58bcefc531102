//! In which case a name is written.

use serde::{Deserialize, Serialize};

/// The case of a name that has one: a single lower-case word could be of several and counts for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// `read_file`
    Snake,
    /// `readFile`
    Camel,
    /// `ReadFile`, and `Reader`
    Pascal,
    /// `READ_FILE`, and `READ` with at least two letters
    Screaming,
    /// `Read_File`, `readFile_now`
    Mixed,
}

impl Case {
    /// Every case, in the order in which equals are reported.
    pub const ALL: [Self; 5] = [
        Self::Snake,
        Self::Camel,
        Self::Pascal,
        Self::Screaming,
        Self::Mixed,
    ];

    /// Its name as it is written in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Snake => "snake_case",
            Self::Camel => "camelCase",
            Self::Pascal => "PascalCase",
            Self::Screaming => "SCREAMING_SNAKE_CASE",
            Self::Mixed => "mixed",
        }
    }

    /// The case of an identifier; `None` where it shows none: one lower-case word, no letters, `__dunder__`.
    ///
    /// Underscores and sigils at the ends say something about privacy and nothing about case.
    pub fn of(name: &str) -> Option<Self> {
        if name.len() > 4 && name.starts_with("__") && name.ends_with("__") {
            return None;
        }
        let name = name
            .trim_start_matches(['_', '$', '#', '@'])
            .trim_end_matches(['_', '?', '!', '=']);
        let first = name.chars().next()?;
        let upper = name.chars().any(char::is_uppercase);
        let lower = name.chars().any(char::is_lowercase);
        let joined = name.contains('_');
        match (upper, lower, joined) {
            (false, true, true) => Some(Self::Snake),
            (true, false, _) if name.chars().filter(|c| c.is_alphabetic()).count() > 1 => {
                Some(Self::Screaming)
            }
            (true, true, false) if first.is_uppercase() => Some(Self::Pascal),
            (true, true, false) => Some(Self::Camel),
            (true, true, true) => Some(Self::Mixed),
            _ => None,
        }
    }
}

/// How many names are in each case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cases([u32; Case::ALL.len()]);

impl Cases {
    /// Counts a name.
    pub fn add(&mut self, name: &str) {
        if let Some(case) = Case::of(name)
            && let Some(count) = self.0.get_mut(case as usize)
        {
            *count = count.saturating_add(1);
        }
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }

    /// Names with a case.
    pub fn total(&self) -> u32 {
        self.0
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Names in one case.
    pub fn count(&self, case: Case) -> u32 {
        self.0.get(case as usize).copied().unwrap_or_default()
    }

    /// The case of most names; of equals the first of [`Case::ALL`].
    pub fn dominant(&self) -> Option<Case> {
        let most = Case::ALL
            .into_iter()
            .rev()
            .max_by_key(|case| self.count(*case))?;
        (self.count(most) > 0).then_some(most)
    }

    /// Whether nothing was counted.
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_case_is_told_and_a_lone_word_is_not() {
        for (name, expected) in [
            ("read_file", Some(Case::Snake)),
            ("_read_file2", Some(Case::Snake)),
            ("readFile", Some(Case::Camel)),
            ("$readFile", Some(Case::Camel)),
            ("ReadFile", Some(Case::Pascal)),
            ("Reader", Some(Case::Pascal)),
            ("HTTPServer", Some(Case::Pascal)),
            ("READ_FILE", Some(Case::Screaming)),
            ("MAX", Some(Case::Screaming)),
            ("Read_File", Some(Case::Mixed)),
            ("read", None),
            ("__init__", None),
            ("_", None),
            ("T", None),
            ("x1", None),
            ("", None),
            ("empty?", None),
            ("überGröße", Some(Case::Camel)),
        ] {
            assert_eq!(Case::of(name), expected, "{name}");
        }
    }

    #[test]
    fn most_names_decide_and_of_equals_the_first() {
        let mut cases = Cases::default();
        assert_eq!(cases.dominant(), None);
        cases.add("aB");
        cases.add("a_b");
        assert_eq!(cases.dominant(), Some(Case::Snake));
        cases.add("bC");
        assert_eq!((cases.dominant(), cases.total()), (Some(Case::Camel), 3));
    }
}
