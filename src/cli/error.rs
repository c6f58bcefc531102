//! The one error a command returns: what kind it is decides the exit code, its causes and hints are printed once.

use std::error::Error;
use std::fmt;

use super::exit_code::Exit;

/// A command's failure, ready to be shown.
#[derive(Debug)]
pub struct CommandError {
    /// Decides the exit code.
    pub exit: Exit,
    /// What could not be done.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
    /// The lines of a file with the mistake in them, shown first.
    pub excerpt: Option<String>,
}

impl CommandError {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            excerpt: None,
        }
    }

    /// Wrong usage or configuration (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Refused for a reason the user can change (exit code 3).
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Something that should have worked did not (exit code 1).
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The same error with a line of advice.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same error with the lines of a file that it is about.
    #[must_use]
    pub fn excerpt(mut self, excerpt: String) -> Self {
        self.excerpt = Some(excerpt);
        self
    }

    /// The error in one line, for whoever has room for no more.
    pub fn one_line(&self) -> String {
        let mut line = self.message.clone();
        for cause in &self.causes {
            line.push_str(": ");
            line.push_str(cause);
        }
        for hint in &self.hints {
            line.push_str(" · ");
            line.push_str(hint);
        }
        line
    }

    /// Adds a cause in words.
    #[must_use]
    pub fn cause(mut self, text: &str) -> Self {
        self.causes.push(text.to_owned());
        self
    }

    /// The same error with its cause and the cause's causes.
    #[must_use]
    pub fn because(mut self, cause: &dyn Error) -> Self {
        let mut next = Some(cause);
        while let Some(error) = next {
            let text = error.to_string();
            if self.causes.last() != Some(&text) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

/// Says what was being done when a lower room failed.
pub trait Context<T> {
    /// Turns the error into a [`CommandError`] of the kind "failed to …".
    fn context(self, doing: &str) -> Result<T, CommandError>;
}

impl<T, E: Error> Context<T> for Result<T, E> {
    fn context(self, doing: &str) -> Result<T, CommandError> {
        self.map_err(|error| CommandError::failed(format!("failed to {doing}")).because(&error))
    }
}
