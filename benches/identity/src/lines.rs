//! Whether the lines that are said to be the same have the same text.

use git_tend::findings::Mapped;
use git_tend::findings::source::{Lines, line_hash};

use crate::Outcome;
use crate::repository::Clone;

/// Maps every line of the old tree, and prints how many are there, with how many that have another text.
pub fn check(clone: &Clone, old: &str, new: &str) -> Outcome<()> {
    let changes = clone.changes(old, new)?;
    let (mut same, mut touched, mut deleted, mut wrong) = (0_u64, 0_u64, 0_u64, 0_u64);
    let listed = clone.git(&[
        "diff-tree",
        "-r",
        "--no-renames",
        "--diff-filter=MD",
        "--name-only",
        "-z",
        old,
        new,
    ])?;
    let names = listed
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    for path in names.filter_map(|name| std::str::from_utf8(name).ok()) {
        let Some(before) = clone.show(old, path) else {
            continue;
        };
        let lines = hashes(&before);
        let mut after: Option<(String, Vec<String>)> = None;
        for line in 1..=u32::try_from(lines.len())? {
            match changes.map_line(path, line) {
                Mapped::Line {
                    path: to,
                    line: there,
                } => {
                    if after.as_ref().is_none_or(|(known, _)| known != to) {
                        let bytes = clone.show(new, to).unwrap_or_default();
                        after = Some((to.to_owned(), hashes(&bytes)));
                    }
                    let text = after
                        .as_ref()
                        .and_then(|(_, lines)| lines.get(there as usize - 1));
                    same += 1;
                    wrong += u64::from(text != lines.get(line as usize - 1));
                }
                Mapped::Touched { .. } => touched += 1,
                Mapped::Deleted => deleted += 1,
            }
        }
    }
    println!(
        "{same} lines are there ({wrong} of them with another text), {touched} were touched, {deleted} deleted"
    );
    Ok(())
}

fn hashes(bytes: &[u8]) -> Vec<String> {
    let lines = Lines::of(bytes);
    let texts = (1..).map_while(|line| lines.get(line));
    texts.map(line_hash).collect()
}
