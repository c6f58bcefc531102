//! What is kept of the syntax of one file.

use serde::{Deserialize, Serialize};

use super::complexity::Function;
use super::naming::Cases;

/// What the syntax tree of one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Syntax {
    /// Functions with a body.
    pub functions: u32,
    /// The sum of their cyclomatic complexities.
    pub cyclomatic: u32,
    /// The sum of their cognitive complexities.
    pub cognitive: u32,
    /// Those above a limit, in the order of their lines.
    pub complex: Vec<Function>,
    /// Functions with a documentation comment or string.
    pub documented: u32,
    /// Names of functions and methods.
    pub function_names: Cases,
    /// Names of classes, structs, traits, interfaces and other types.
    pub type_names: Cases,
    /// Names of variables and parameters.
    pub variable_names: Cases,
    /// Names of constants, where the language has such.
    pub constant_names: Cases,
    /// Comments.
    pub comments: Comments,
    /// Strings in single and in double quotes, where the language has both for the same thing.
    pub quotes: Quotes,
    /// How errors are handled.
    pub errors: Errors,
    /// Places that the grammar did not understand.
    pub unparsed: u32,
}

/// Comments by form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comments {
    /// To the end of the line.
    pub line: u32,
    /// Between marks.
    pub block: u32,
    /// Of either form, or a string, that documents: `///`, `/** */`, a docstring.
    pub doc: u32,
}

impl Comments {
    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.line = self.line.saturating_add(other.line);
        self.block = self.block.saturating_add(other.block);
        self.doc = self.doc.saturating_add(other.doc);
    }
}

/// Strings by quote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotes {
    /// `'…'`
    pub single: u32,
    /// `"…"`
    pub double: u32,
}

impl Quotes {
    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.single = self.single.saturating_add(other.single);
        self.double = self.double.saturating_add(other.double);
    }
}

/// How errors are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errors {
    /// `try` statements.
    pub tries: u32,
    /// `except`, `catch`, `rescue`.
    pub handlers: u32,
    /// Of the handlers, those that catch whatever comes: a bare `except:`, `except Exception`, `catch (Throwable`.
    pub broad: u32,
    /// Of the handlers, those that do nothing.
    pub silent: u32,
    /// `raise`, `throw`.
    pub raises: u32,
    /// Comparisons with nothing: `is None`, `== null`, `!= nil`.
    pub null_checks: u32,
    /// Errors passed on as values: Rust's `?`, Go's `err != nil`.
    pub values: u32,
    /// Calls that end the program instead: `panic`, `unwrap`, `expect`.
    pub panics: u32,
}

impl Errors {
    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in [
            (&mut self.tries, other.tries),
            (&mut self.handlers, other.handlers),
            (&mut self.broad, other.broad),
            (&mut self.silent, other.silent),
            (&mut self.raises, other.raises),
            (&mut self.null_checks, other.null_checks),
            (&mut self.values, other.values),
            (&mut self.panics, other.panics),
        ] {
            *count = count.saturating_add(more);
        }
    }
}
