//! What the user's own commits touched, and who else commits. Of other people only their names are given, so that a
//! reader can leave them out.

use bstr::{BString, ByteSlice};

use super::people::People;
use super::state::State;

/// The user's share of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnCommits {
    /// Paths that the user's commits changed, gone ones included, and in how many commits; ascending.
    pub paths: Vec<(BString, u64)>,
    /// The user's names and addresses, as recorded in commits.
    pub recorded: Vec<(BString, BString)>,
    /// Names and addresses of everybody else, as recorded and as the mailmap has them; ascending. Programs too.
    pub others: Vec<(BString, BString)>,
}

/// Looks for the commits of one person: the user, named by their addresses as for [`super::describe_own`].
pub fn own_commits(state: &State, people: &People, emails: &[&str]) -> OwnCommits {
    let own = people.with_addresses(emails);
    let is_own = |author: u32| own.contains(&people.of_author(author));
    let paths = state.sums.rows().filter_map(|(path, row)| {
        let commits = row.iter().filter(|pair| is_own(pair.author));
        let commits: u64 = commits.map(|pair| u64::from(pair.commits)).sum();
        (commits > 0).then(|| (path.into(), commits))
    });
    let mut found = OwnCommits {
        paths: paths.collect(),
        ..OwnCommits::default()
    };
    for (author, recorded) in (0..).zip(state.authors()) {
        if is_own(author) {
            found.recorded.push(recorded);
            continue;
        }
        let mapped = people.get(people.of_author(author));
        found
            .others
            .extend(mapped.map(|person| (person.name.clone(), person.email.clone())));
        found.others.push(recorded);
    }
    found.others.sort_unstable();
    found.others.dedup();
    found
}

impl OwnCommits {
    /// Whether an address is one that the user's commits carry, in whatever case.
    pub fn has_address(&self, email: &[u8]) -> bool {
        let recorded = self.recorded.iter();
        recorded
            .into_iter()
            .any(|(_, own)| !own.is_empty() && own.eq_ignore_ascii_case(email.trim()))
    }
}
