//! How Python code deals with what may be missing: it asks first, or it catches.

use serde::{Deserialize, Serialize};

use super::pattern::{Kind, Pattern};

/// What was counted in Python files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorHandling {
    /// `try:`
    pub try_blocks: u64,
    /// `if x is None:`
    pub none_checks: u64,
    /// In how many files.
    pub files: u64,
}

/// `exceptions` where there are more `try` blocks than checks for `None`, else `conditionals`; nothing where there is
/// neither.
pub fn error_handling(counts: ErrorHandling) -> Option<Pattern> {
    #[derive(Serialize)]
    struct Data {
        preference: &'static str,
        #[serde(flatten)]
        counts: ErrorHandling,
    }
    if counts.try_blocks == 0 && counts.none_checks == 0 {
        return None;
    }
    let (preference, description) = if counts.try_blocks > counts.none_checks {
        (
            "exceptions",
            "Errors are handled with exceptions more often than with conditions.",
        )
    } else {
        (
            "conditionals",
            "Errors are handled with conditions at least as often as with exceptions.",
        )
    };
    let data = Data { preference, counts };
    Some(Pattern::new(
        "error_handling",
        Kind::Code,
        description,
        &data,
        0.7,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_more_frequent_is_preferred() {
        let of = |try_blocks, none_checks| {
            let files = 2;
            error_handling(ErrorHandling {
                try_blocks,
                none_checks,
                files,
            })
            .map(|pattern| pattern.data["preference"].clone())
        };
        assert_eq!(of(0, 0), None);
        assert_eq!(of(2, 1).unwrap(), "exceptions");
        assert_eq!(of(1, 1).unwrap(), "conditionals");
    }
}
