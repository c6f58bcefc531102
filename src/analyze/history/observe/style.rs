//! How commits are made: their messages and their size. Of the repository, or of the user's own commits.

use std::collections::HashMap;

use bstr::{BStr, ByteSlice};
use serde::Serialize;

use super::super::message::Mood;
use super::super::people::People;
use super::super::recent::Row;
use super::super::state::State;
use super::super::window::{median, share};
use super::Whose;
use crate::analyze::files::{Role, file_name, role};
use crate::analyze::languages::Language;

/// A commit of more files is a large one.
pub(super) const LARGE: u32 = 30;

/// The style of the latest commits, without merges.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommitStyle {
    /// How many commits were looked at.
    pub commits: u64,
    /// `feat(scope): …`, of all; the types are those of commitlint's conventional configuration.
    pub conventional_share: f64,
    /// Characters of the median subject.
    pub subject_median: Option<u16>,
    /// "Add", of the subjects that begin with a known verb in any form.
    pub imperative_share: f64,
    /// How many do.
    pub verbs: u64,
    /// With more than a subject and trailers, of all.
    pub body_share: f64,
    /// That name an issue (`#1`, `ABC-1`), of all.
    pub issue_share: f64,
    /// With a `Co-authored-by` trailer, of all.
    pub co_author_share: f64,
    /// As `git revert` words them, of all.
    pub revert_share: f64,
    /// Files of the median commit.
    pub files_median: Option<u32>,
    /// Of more than 30 files, of all.
    pub large_share: f64,
    /// That change code.
    pub code_commits: u64,
    /// That change tests too, of those that change code.
    pub tests_with_code_share: f64,
}

/// What a path is, as far as tests go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Test,
    Other,
}

/// Of code that [`Language`] does not count.
const MORE_CODE: [&[u8]; 17] = [
    b"cc", b"cjs", b"cs", b"dart", b"erl", b"ex", b"exs", b"h", b"hpp", b"hs", b"jsx", b"lua",
    b"mjs", b"sh", b"svelte", b"tsx", b"vue",
];

fn part(path: &BStr) -> Part {
    let name = file_name(path);
    let Some((stem, extension)) = name.rsplit_once_str(".") else {
        return Part::Other;
    };
    if Language::of(path).is_none() && !MORE_CODE.contains(&extension) {
        return Part::Other;
    }
    // Tests that stand beside the code: `a_test.go`, `test_a.py`, `a.spec.ts`, `ATest.java`.
    let is_named = [
        &b"_test"[..],
        b"_spec",
        b".test",
        b".spec",
        b"Test",
        b"Tests",
        b"-test",
    ]
    .iter()
    .any(|end| stem.ends_with(end) && stem.len() > end.len())
        || stem.starts_with(b"test_");
    match role(path) {
        Role::Test | Role::Fixture => Part::Test,
        _ if is_named => Part::Test,
        Role::Main => Part::Code,
        Role::Docs | Role::Example => Part::Other,
    }
}

pub(in super::super) fn observe(state: &State, people: &People, whose: &Whose) -> CommitStyle {
    let rows: Vec<&Row> = state
        .recent
        .latest()
        .iter()
        .filter(|row| !row.is_merge() && !row.border)
        .filter(|row| whose.includes(people.of_author(row.author), people))
        .collect();
    let all = rows.len() as u64;
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count() as u64;
    let share_of = |is: &dyn Fn(&Row) -> bool| share(count(is), all);
    let verbs = count(&|row| row.message.mood().is_some());
    let imperative = count(&|row| row.message.mood() == Some(Mood::Imperative));
    let mut subjects: Vec<u16> = rows.iter().map(|row| row.message.subject_chars).collect();
    let mut files: Vec<u32> = rows.iter().map(|row| row.changed).collect();
    let (code_commits, with_tests) = tests_with_code(state, &rows);
    CommitStyle {
        commits: all,
        conventional_share: share_of(&|row| row.message.is_conventional()),
        subject_median: median(&mut subjects),
        imperative_share: share(imperative, verbs),
        verbs,
        body_share: share_of(&|row| row.message.has_body()),
        issue_share: share_of(&|row| row.message.names_an_issue()),
        co_author_share: share_of(&|row| row.message.is_co_authored()),
        revert_share: share_of(&|row| row.message.is_revert()),
        files_median: median(&mut files),
        large_share: share_of(&|row| row.changed > LARGE),
        code_commits,
        tests_with_code_share: share(with_tests, code_commits),
    }
}

/// How many commits change code, and how many of them tests too.
fn tests_with_code(state: &State, rows: &[&Row]) -> (u64, u64) {
    let mut parts: HashMap<u32, Part> = HashMap::new();
    let (mut with_code, mut with_both) = (0, 0);
    for row in rows {
        let (mut code, mut test) = (false, false);
        for path in state.recent.paths_of(row) {
            let part = *parts.entry(*path).or_insert_with(|| {
                let path = state.sums.paths.get(*path).unwrap_or_default();
                part(path.as_bstr())
            });
            code |= part == Part::Code;
            test |= part == Part::Test;
        }
        with_code += u64::from(code);
        with_both += u64::from(code && test);
    }
    (with_code, with_both)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_by_folder_and_by_name() {
        for path in [
            "tests/a.py",
            "src/a_test.go",
            "a.spec.ts",
            "b/test_a.py",
            "x/ATest.java",
        ] {
            assert!(part(path.into()) == Part::Test, "{path}");
        }
        for path in ["src/a.rs", "contest.py", "test.py", "a.tsx", "Test.java"] {
            assert!(part(path.into()) == Part::Code, "{path}");
        }
        for path in [
            "README.md",
            "docs/a.py",
            "Makefile",
            "tests/a.txt",
            "a.json",
        ] {
            assert!(part(path.into()) == Part::Other, "{path}");
        }
    }
}
