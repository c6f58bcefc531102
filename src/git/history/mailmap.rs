//! Who is who: `.mailmap`, `mailmap.file` and `mailmap.blob`, as git reads them.
//!
//! The mailmap is applied to the distinct authors at the end and not by git to each commit: what is kept about a history
//! then never depends on a file that anybody can edit, and an edit costs one question instead of another pass.

use std::time::Duration;

use bstr::{BString, ByteSlice};

use super::super::error::GitError;
use super::super::repo::Repo;

/// A hundred thousand authors take well below a second.
const ALL_AUTHORS: Duration = Duration::from_secs(60);

impl Repo {
    /// The name and address that the mailmap gives to each recorded name and address, in their order.
    pub fn mailmapped(
        &self,
        recorded: &[(BString, BString)],
    ) -> Result<Vec<(BString, BString)>, GitError> {
        if recorded.is_empty() {
            return Ok(Vec::new());
        }
        let mut asked = Vec::new();
        for (name, email) in recorded {
            asked.extend_from_slice(name);
            asked.extend_from_slice(b" <");
            asked.extend_from_slice(email);
            asked.extend_from_slice(b">\n");
        }
        let said = self
            .git(["check-mailmap", "--stdin"])
            .stdin(asked)
            .timeout(ALL_AUTHORS)
            .run()?;
        let mapped: Option<Vec<_>> = said
            .split_str("\n")
            .filter(|line| !line.is_empty())
            .map(contact)
            .collect();
        mapped
            .filter(|mapped| mapped.len() == recorded.len())
            .ok_or_else(|| GitError::Unreadable {
                question: "check-mailmap".into(),
            })
    }
}

/// Git cuts a name at the first `<`, so that the first one ends it.
fn contact(line: &[u8]) -> Option<(BString, BString)> {
    let (name, rest) = line.split_once_str("<")?;
    let email = rest.strip_suffix(b">")?;
    Some((name.trim_end().into(), email.into()))
}
