//! The file that git calls: a few lines of shell that start us, made from one template.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};

use crate::config::HookName;

/// The newest form of the template. Raised whenever the template changes.
pub const VERSION: u32 = 2;

const TEMPLATE: &str = include_str!("../../../hooks/shim.sh");

/// What every form of it has in its second line.
const MARK: &str = "# git-tend hook ";

/// What a hook does when there is no git-tend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// Says so and lets git go on.
    #[default]
    Open,
    /// Says so and stops git.
    Closed,
}

impl Missing {
    /// The word in the shim.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// What a shim is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shim {
    /// The hook.
    pub hook: HookName,
    /// The absolute path of git-tend.
    pub program: PathBuf,
    /// What happens without it.
    pub missing: Missing,
}

impl Shim {
    /// The bytes of the file.
    pub fn text(&self) -> Vec<u8> {
        let template = TEMPLATE
            .replace("@VERSION@", &VERSION.to_string())
            .replace("@EVENT@", self.hook.name())
            .replace("@MISSING@", self.missing.name());
        template
            .as_bytes()
            .replace("@PROGRAM@", quoted(self.program.as_os_str()))
    }

    /// What a file of today's form was made for; `None` for any other file, one of ours that was edited included.
    pub fn parse(text: &[u8], hook: HookName) -> Option<Self> {
        let line = |start: &[u8]| {
            let from = text.find(start)? + start.len();
            text.get(from..)
        };
        let program = unquoted(line(b"\n_tend_program=")?)?;
        let missing = line(b"\n_tend_missing=")?;
        let missing = [Missing::Open, Missing::Closed]
            .into_iter()
            .find(|it| missing.starts_with(it.name().as_bytes()))?;
        let shim = Self {
            hook,
            program,
            missing,
        };
        (shim.text() == text).then_some(shim)
    }
}

/// Whether a file is one of ours: of any form, edited or not.
pub fn is_ours(text: &[u8]) -> bool {
    text.lines()
        .nth(1)
        .is_some_and(|line| line.starts_with(MARK.as_bytes()))
}

/// A word that any shell reads as these bytes.
fn quoted(word: &OsStr) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in word.as_bytes() {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            _ => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// The path at the beginning of `text`, quoted as above.
fn unquoted(text: &[u8]) -> Option<PathBuf> {
    let mut rest = text.strip_prefix(b"'")?;
    let mut word = Vec::new();
    loop {
        let end = rest.find_byte(b'\'')?;
        word.extend_from_slice(rest.get(..end)?);
        rest = rest.get(end..)?;
        match rest.strip_prefix(b"'\\''") {
            Some(more) => {
                word.push(b'\'');
                rest = more;
            }
            None => return Some(Path::new(OsStr::from_bytes(&word)).to_path_buf()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shim_tells_what_it_was_made_for(
            path in proptest::collection::vec(1_u8..=255, 1..40),
            hook in proptest::sample::select(HookName::ALL.to_vec()),
            closed: bool,
        ) {
            let shim = Shim {
                hook,
                program: OsString::from_vec(path).into(),
                missing: if closed { Missing::Closed } else { Missing::Open },
            };
            let text = shim.text();
            prop_assert!(is_ours(&text));
            prop_assert_eq!(Shim::parse(&text, hook), Some(shim));
            let mut edited = text;
            edited.extend_from_slice(b"echo more\n");
            prop_assert!(is_ours(&edited));
            prop_assert_eq!(Shim::parse(&edited, hook), None);
        }

        #[test]
        fn no_file_makes_it_fail(text in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = Shim::parse(&text, HookName::PostCommit);
            let _ = is_ours(&text);
        }
    }

    #[test]
    fn it_starts_no_process_but_us() {
        assert!(
            !TEMPLATE.contains("$(") && !TEMPLATE.contains(" | "),
            "{TEMPLATE}"
        );
    }
}
