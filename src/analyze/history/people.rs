//! Who is who, and who is a program.

use std::collections::{BTreeSet, HashMap};

use bstr::{BString, ByteSlice};

use super::state::State;
use crate::git::Repo;

/// Names of programs that commit and do not say `[bot]`.
const BOTS: [&str; 25] = [
    "allcontributors",
    "bors",
    "codecov",
    "copybara-service",
    "dependabot",
    "dependabot-preview",
    "depfu",
    "github actions",
    "github-actions",
    "gitlab-bot",
    "greenkeeper",
    "greenkeeperio-bot",
    "imgbot",
    "jenkins",
    "mergify",
    "pre-commit-ci",
    "pyup-bot",
    "pyup.io",
    "renovate",
    "renovate bot",
    "renovate-bot",
    "restyled.io",
    "semantic-release-bot",
    "snyk-bot",
    "weblate",
];

/// Somebody who commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    /// The name most commits carry.
    pub(super) name: BString,
    /// The address, in lower case.
    pub(super) email: BString,
    pub(super) bot: bool,
}

/// Everybody in a history. Recorded authors are the same person if the mailmap gives them the same address, in
/// whatever case; without an address, the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    pub(super) all: Vec<Person>,
    /// Whose each author is, by the author's rank.
    of_author: Vec<u32>,
    /// Every address that an author recorded, in lower case, and the person.
    addresses: Vec<(BString, u32)>,
}

impl State {
    /// Name and address of every author, as recorded.
    pub fn authors(&self) -> Vec<(BString, BString)> {
        let split = |author: &[u8]| {
            let (name, email) = author.split_once_str("\0").unwrap_or((author, b""));
            (name.into(), email.into())
        };
        self.sums.authors.iter().map(split).collect()
    }
}

impl People {
    /// As the repository's mailmap has it; where git cannot apply it, as recorded.
    pub fn read(repo: &Repo, state: &State) -> Self {
        let recorded = state.authors();
        match repo.mailmapped(&recorded) {
            Ok(mapped) => Self::new(state, &mapped),
            Err(error) => {
                tracing::debug!("no mailmap: {error}");
                Self::new(state, &recorded)
            }
        }
    }

    /// From the mapped name and address of every author, in the order of [`State::authors`].
    pub fn new(state: &State, mapped: &[(BString, BString)]) -> Self {
        let mut numbers: HashMap<BString, u32> = HashMap::new();
        let mut names: Vec<HashMap<&BString, u64>> = Vec::new();
        let mut everybody = Self::default();
        for ((author, counts), recorded) in mapped
            .iter()
            .zip(&state.sums.by_author)
            .zip(state.authors())
        {
            let (name, email) = author;
            let email = BString::from(email.trim().to_ascii_lowercase());
            let key = if email.is_empty() {
                name.clone()
            } else {
                email.clone()
            };
            let number = *numbers.entry(key).or_insert_with(|| {
                names.push(HashMap::new());
                let bot = is_bot(name, &email);
                let name = name.clone();
                everybody.all.push(Person {
                    name,
                    email: email.clone(),
                    bot,
                });
                u32::try_from(everybody.all.len() - 1).unwrap_or(u32::MAX)
            });
            everybody.of_author.push(number);
            let recorded = recorded.1.to_ascii_lowercase();
            everybody
                .addresses
                .extend([(email, number), (recorded.into(), number)]);
            if let (Some(names), Some(person)) = (
                names.get_mut(number as usize),
                everybody.all.get_mut(number as usize),
            ) {
                *names.entry(name).or_default() += u64::from(counts.commits);
                person.bot |= is_bot(name, &person.email);
            }
        }
        for (person, names) in everybody.all.iter_mut().zip(names) {
            let most = names.into_iter().max_by(|one, other| {
                (one.1, std::cmp::Reverse(one.0)).cmp(&(other.1, std::cmp::Reverse(other.0)))
            });
            if let Some((name, _)) = most {
                person.name = name.clone();
            }
        }
        everybody.addresses.sort_unstable();
        everybody.addresses.dedup();
        everybody
    }

    /// Whose an author is.
    pub(super) fn of_author(&self, author: u32) -> u32 {
        self.of_author
            .get(author as usize)
            .copied()
            .unwrap_or(u32::MAX)
    }

    pub(super) fn get(&self, person: u32) -> Option<&Person> {
        self.all.get(person as usize)
    }

    pub(super) fn is_bot(&self, person: u32) -> bool {
        self.get(person).is_some_and(|person| person.bot)
    }

    /// The persons with one of these addresses, recorded or mapped, in any case.
    pub(super) fn with_addresses(&self, emails: &[&str]) -> BTreeSet<u32> {
        let wanted: BTreeSet<BString> = emails
            .iter()
            .map(|email| email.trim().to_ascii_lowercase().into())
            .filter(|email: &BString| !email.is_empty())
            .collect();
        let known = self.addresses.iter();
        known
            .filter(|(email, _)| wanted.contains(email))
            .map(|(_, person)| *person)
            .collect()
    }
}

/// `name[bot]`, `12345+name[bot]@users.noreply.github.com`, or a name of the table.
fn is_bot(name: &[u8], email: &[u8]) -> bool {
    let name = name.trim().to_ascii_lowercase();
    let local = email.split_once_str("@").map_or(email, |(local, _)| local);
    name.ends_with(b"[bot]")
        || local.to_ascii_lowercase().ends_with(b"[bot]")
        || BOTS.iter().any(|bot| bot.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_by_their_names() {
        for (name, email) in [
            ("dependabot[bot]", ""),
            ("x", "1+x[bot]@users.noreply.github.com"),
            ("Renovate Bot", "a@b"),
            ("x", "x[bot]"),
        ] {
            assert!(is_bot(name.as_bytes(), email.as_bytes()), "{name} {email}");
        }
        for (name, email) in [("Abbot", "abbot@b.org"), ("[bot] x", "x@[bot]"), ("", "")] {
            assert!(!is_bot(name.as_bytes(), email.as_bytes()), "{name} {email}");
        }
    }
}
