//! HEAD from its files, for invocations that ask nothing else of the repository: opening it costs a millisecond.

use std::fs;
use std::path::Path;

use super::{Head, Located, Oid};

/// A larger file of packed refs is left to the library, which maps it.
const LARGEST: u64 = 1 << 20;

/// Where HEAD points, if plain files tell; `None` means that the repository has to be asked.
pub fn head_from_files(located: &Located) -> Option<Head> {
    let text = fs::read_to_string(located.git_dir.join("HEAD")).ok()?;
    let text = text.trim_end();
    match text.strip_prefix("ref: ") {
        None => Some(Head::Detached { oid: oid(text)? }),
        // Reftable repositories have a branch here that cannot exist.
        Some(name) if name.starts_with("refs/heads/") && !name.ends_with(".invalid") => {
            let oid =
                loose(&located.common_dir, name).or_else(|| packed(&located.common_dir, name))?;
            Some(Head::Branch {
                name: name.to_owned(),
                oid,
            })
        }
        Some(_) => None,
    }
}

fn oid(text: &str) -> Option<Oid> {
    Oid::from_hex(text.as_bytes()).ok()
}

fn loose(common_dir: &Path, name: &str) -> Option<Oid> {
    oid(fs::read_to_string(common_dir.join(name)).ok()?.trim_end())
}

fn packed(common_dir: &Path, name: &str) -> Option<Oid> {
    let path = common_dir.join("packed-refs");
    if fs::metadata(&path).ok()?.len() > LARGEST {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(_, found)| *found == name)
        .and_then(|(digits, _)| oid(digits))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::testing::TestRepo;
    use super::super::{GitEnv, Repo, discover};
    use super::*;

    #[track_caller]
    fn same(repo: &TestRepo, told: bool) {
        let located = discover(repo.top(), &GitEnv::default()).unwrap();
        let head = head_from_files(&located);
        assert_eq!(head.is_some(), told);
        if let Some(head) = head {
            assert_eq!(head, Repo::by_plumbing(&located).head().unwrap());
        }
    }

    #[test]
    fn files_say_what_the_repository_says_or_nothing() {
        let repo = TestRepo::new(&[]);
        same(&repo, false);
        repo.git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
        same(&repo, true);
        repo.git(&["pack-refs", "--all"]);
        same(&repo, true);
        repo.git(&["checkout", "--quiet", "--detach"]);
        same(&repo, true);
        let reftable = TestRepo::new(&["--ref-format=reftable"]);
        reftable.git(&["commit", "--quiet", "--allow-empty", "--message", "one"]);
        same(&reftable, false);
    }
}
