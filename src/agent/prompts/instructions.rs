//! Where instructions come from.

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::version::normalise;
use crate::system::filesystem::open_regular_linked;

/// What the agent is told that judges sessions.
pub const SESSION_ANALYZER: &str = include_str!("session-analyzer.md");
/// What the agent is told that answers questions.
pub const QUESTION: &str = include_str!("graph-question.md");

/// Longer instructions are a mistake, in bytes.
const LARGEST: u64 = 256 * 1024;

/// What the agent is told that judges sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructions {
    /// The words.
    pub text: Cow<'static, str>,
    /// The user's own file, if they are not built in.
    pub file: Option<PathBuf>,
}

/// Why the user's instructions cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The file is not there.
    #[error("prompt file not found: {}", .0.display())]
    NotFound(PathBuf),
    /// It cannot be read.
    #[error("cannot read the prompt file {}: {reason}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system says.
        #[source]
        reason: io::Error,
    },
    /// It is longer than any instructions.
    #[error("the prompt file {} is larger than {} KiB", .0.display(), LARGEST / 1024)]
    TooLarge(PathBuf),
    /// It is no text.
    #[error("the prompt file {} is not UTF-8", .0.display())]
    NotText(PathBuf),
    /// It says nothing.
    #[error("the prompt file {} is empty", .0.display())]
    Empty(PathBuf),
}

impl Instructions {
    /// Those that are built in.
    pub const fn built_in() -> Self {
        Self {
            text: Cow::Borrowed(SESSION_ANALYZER),
            file: None,
        }
    }

    /// Those in the user's own file, or else those that are built in.
    pub fn read(file: Option<&Path>) -> Result<Self, PromptError> {
        let Some(path) = file else {
            return Ok(Self::built_in());
        };
        let at = || path.to_owned();
        let failed = |reason| PromptError::Io { file: at(), reason };
        let source = open_regular_linked(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PromptError::NotFound(at()),
            _ => failed(error),
        })?;
        let mut bytes = Vec::new();
        source
            .take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if bytes.len() as u64 > LARGEST {
            return Err(PromptError::TooLarge(at()));
        }
        let text = String::from_utf8(bytes).map_err(|_| PromptError::NotText(at()))?;
        if normalise(&text).is_empty() {
            return Err(PromptError::Empty(at()));
        }
        Ok(Self {
            text: Cow::Owned(text),
            file: Some(at()),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use serde_json::Value;

    use super::*;
    use crate::graph::node::{
        Answer, Confidence, Frequency, Level, NodeKind, Outcome, Severity, Strictness,
    };

    #[test]
    fn the_form_that_is_asked_for_is_the_form_that_is_read() {
        let sets: [&[&str]; 6] = [
            NodeKind::WORDS,
            Outcome::WORDS,
            Confidence::WORDS,
            Frequency::WORDS,
            Severity::WORDS,
            Level::WORDS,
        ];
        for word in sets.concat() {
            assert!(SESSION_ANALYZER.contains(&format!("\"{word}\"")), "{word}");
        }
        let example = SESSION_ANALYZER.split("```json\n").nth(1).unwrap();
        let example = example.split("```").next().unwrap();
        let value: Value = serde_json::from_str(example).unwrap();
        let answer = Answer::read(&value, Strictness::Quality).unwrap();
        // Every name in the example is one that is known: nothing of it is kept as something unknown.
        assert!(answer.content.extra.is_empty() && answer.observations.extra.is_empty());
        for name in [
            "isNewProject",
            "hadClearGoal",
            "keyDecisions",
            "alternativesConsidered",
            "filesTouched",
            "toolsUsed",
            "errorsSeen",
            "promptingWins",
            "promptingFailures",
            "modelQuirks",
            "workaround",
            "toolUseErrors",
            "errorType",
            "wasRetried",
            "relatedProjects",
            "concepts",
            "daemonMeta",
            "needsReview",
            "actionable",
        ] {
            assert!(SESSION_ANALYZER.contains(&format!("\"{name}\"")), "{name}");
        }
        assert!(QUESTION.contains("\"nodeId\"") && QUESTION.contains("\"confidence\""));
    }

    #[test]
    fn a_file_of_the_users_own_takes_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.md");
        let read = || Instructions::read(Some(&path));
        assert!(matches!(read(), Err(PromptError::NotFound(_))));
        assert_eq!(
            read().unwrap_err().to_string(),
            format!("prompt file not found: {}", path.display())
        );
        fs::write(&path, "Judge it.").unwrap();
        assert_eq!(read().unwrap().text, "Judge it.");
        fs::write(&path, "<!-- later -->\n").unwrap();
        assert!(matches!(read(), Err(PromptError::Empty(_))));
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(matches!(read(), Err(PromptError::NotText(_))));
        fs::write(&path, " a".repeat(128 * 1024)).unwrap();
        assert!(read().is_ok());
        fs::write(&path, " a".repeat(128 * 1024) + "b").unwrap();
        assert!(matches!(read(), Err(PromptError::TooLarge(_))));
        assert!(matches!(
            Instructions::read(Some(folder.path())),
            Err(PromptError::Io { .. })
        ));
        assert_eq!(Instructions::read(None).unwrap(), Instructions::built_in());
    }
}
