//! How the user names branches. Only the form is kept: a prefix may be somebody's name.

use std::collections::BTreeMap;

use super::attribute::Observation;
use super::behaviour::{preferred, usual};

/// Branches that projects have, whoever works on them.
const COMMON: [&str; 12] = [
    "HEAD",
    "dev",
    "develop",
    "development",
    "gh-pages",
    "main",
    "master",
    "next",
    "production",
    "stable",
    "staging",
    "trunk",
];

/// First parts that say of what kind the work is.
const TYPES: [&str; 26] = [
    "bug",
    "bugfix",
    "build",
    "chore",
    "ci",
    "doc",
    "docs",
    "enhancement",
    "experiment",
    "feat",
    "feature",
    "fix",
    "hotfix",
    "improvement",
    "issue",
    "perf",
    "poc",
    "refactor",
    "release",
    "spike",
    "style",
    "task",
    "test",
    "tests",
    "topic",
    "wip",
];

/// Fewer branches show no convention.
const LEAST: u64 = 3;

/// What names of the user's own branches show, without `refs/heads/`.
pub fn observe<T: AsRef<str>>(branches: &[T]) -> Vec<Observation> {
    let mut forms: BTreeMap<String, u64> = BTreeMap::new();
    let (mut with_issue, mut all) = (0, 0);
    for name in branches.iter().map(AsRef::as_ref) {
        if COMMON.contains(&name) || name.is_empty() {
            continue;
        }
        all += 1;
        let issue = names_an_issue(name);
        with_issue += u64::from(issue);
        *forms.entry(form(name)).or_default() += 1;
    }
    if all < LEAST {
        return Vec::new();
    }
    let naming = preferred("branch.naming", forms, "branches");
    naming
        .into_iter()
        .chain(usual("branch.issues", with_issue, all, "branches"))
        .collect()
}

/// `type/kebab-case`, `prefix/snake_case`, `kebab-case`, …
fn form(name: &str) -> String {
    let (prefix, rest) = match name.split_once('/') {
        Some((prefix, rest)) if TYPES.contains(&prefix.to_ascii_lowercase().as_str()) => {
            ("type/", rest)
        }
        Some((_, rest)) => ("prefix/", rest),
        None => ("", name),
    };
    let has = |wanted: fn(char) -> bool| rest.contains(wanted);
    let case = match (
        has(|c| c == '-'),
        has(|c| c == '_'),
        has(char::is_uppercase),
    ) {
        (true, true, _) => "mixed",
        (true, false, _) => "kebab-case",
        (false, true, _) => "snake_case",
        (false, false, true) => "camelCase",
        (false, false, false) => "word",
    };
    format!("{prefix}{case}")
}

/// `PROJ-12`, `#12`, or a part that begins with a number of its own: `12-fix-it`.
fn names_an_issue(name: &str) -> bool {
    let parts: Vec<&str> = name.split(['/', '-', '_', '.']).collect();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_project = |part: &str| {
        let length = part.len();
        (2..=10).contains(&length) && part.bytes().all(|byte| byte.is_ascii_uppercase())
    };
    let follows_a_project = parts.windows(2).any(|pair| match pair {
        [project, number] => is_project(project) && is_number(number),
        _ => false,
    });
    let leads = name.split('/').any(|part| {
        let first = part.split(['-', '_']).next().unwrap_or_default();
        // A version is no issue: `release/1.2`.
        is_number(first.strip_prefix('#').unwrap_or(first))
    });
    let hash = name
        .split('#')
        .skip(1)
        .any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    follows_a_project || leads || hash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forms_of_names() {
        for (name, expected) in [
            ("feature/add-it", "type/kebab-case"),
            ("Fix/add_it", "type/snake_case"),
            ("jane/addIt", "prefix/camelCase"),
            ("add-it", "kebab-case"),
            ("parser", "word"),
            ("feat/a-b_c", "type/mixed"),
        ] {
            assert_eq!(form(name), expected, "{name}");
        }
    }

    #[test]
    fn issues_in_names() {
        for name in ["feature/ABC-12-x", "12-fix", "fix/#3", "jane/77_x", "gh#4"] {
            assert!(names_an_issue(name), "{name}");
        }
        for name in ["release/1.2", "utf-8", "v2-parser", "fix", "a-12"] {
            assert!(!names_an_issue(name), "{name}");
        }
    }

    #[test]
    fn what_most_branches_show() {
        let told = observe(&["main", "feat/a-b", "fix/c-d", "x", "fix/e-f"]);
        let told: Vec<_> = told
            .iter()
            .map(|seen| format!("{} {} {:.2}", seen.key, seen.value, seen.confidence))
            .collect();
        assert_eq!(
            told,
            [
                "branch.naming type/kebab-case 0.75",
                "branch.issues rare 0.95"
            ]
        );
        assert_eq!(observe(&["main", "master", "develop", "a", "b"]), []);
    }

    proptest! {
        #[test]
        fn no_name_is_kept(names in proptest::collection::vec("[a-z]{5,8}/[a-z-]{5,20}", 0..9)) {
            for seen in observe(&names) {
                prop_assert!(!names.iter().any(|name| seen.value.to_string().contains(name)));
            }
        }

        #[test]
        fn any_name_is_read(names: Vec<String>) {
            observe(&names);
        }
    }
}
