//! What is kept of the syntax of one file.

use serde::{Deserialize, Serialize};

use super::complexity::Function;
use super::naming::Cases;

/// What the syntax tree of one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Syntax {
    /// Functions with a body.
    #[serde(rename = "f", skip_serializing_if = "is_zero")]
    pub functions: u32,
    /// The sum of their cyclomatic complexities.
    #[serde(rename = "c", skip_serializing_if = "is_zero")]
    pub cyclomatic: u32,
    /// The sum of their cognitive complexities.
    #[serde(rename = "g", skip_serializing_if = "is_zero")]
    pub cognitive: u32,
    /// Those above a limit, in the order of their lines.
    #[serde(rename = "w", skip_serializing_if = "Vec::is_empty")]
    pub complex: Vec<Function>,
    /// Functions with a documentation comment or string.
    #[serde(rename = "d", skip_serializing_if = "is_zero")]
    pub documented: u32,
    /// Names of functions and methods.
    #[serde(rename = "nf", skip_serializing_if = "Cases::is_empty")]
    pub function_names: Cases,
    /// Names of classes, structs, traits, interfaces and other types.
    #[serde(rename = "nt", skip_serializing_if = "Cases::is_empty")]
    pub type_names: Cases,
    /// Names of variables and parameters.
    #[serde(rename = "nv", skip_serializing_if = "Cases::is_empty")]
    pub variable_names: Cases,
    /// Names of constants, where the language has such.
    #[serde(rename = "nc", skip_serializing_if = "Cases::is_empty")]
    pub constant_names: Cases,
    /// Comments.
    #[serde(rename = "k", skip_serializing_if = "Comments::is_empty")]
    pub comments: Comments,
    /// Strings in single and in double quotes, where the language has both for the same thing.
    #[serde(rename = "q", skip_serializing_if = "Quotes::is_empty")]
    pub quotes: Quotes,
    /// How errors are handled.
    #[serde(rename = "e", skip_serializing_if = "Errors::is_empty")]
    pub errors: Errors,
    /// Places that the grammar did not understand.
    #[serde(rename = "x", skip_serializing_if = "is_zero")]
    pub unparsed: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// Comments by form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comments {
    /// To the end of the line.
    #[serde(rename = "l", skip_serializing_if = "is_zero")]
    pub line: u32,
    /// Between marks.
    #[serde(rename = "b", skip_serializing_if = "is_zero")]
    pub block: u32,
    /// Of either form, or a string, that documents: `///`, `/** */`, a docstring.
    #[serde(rename = "d", skip_serializing_if = "is_zero")]
    pub doc: u32,
}

impl Comments {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.line = self.line.saturating_add(other.line);
        self.block = self.block.saturating_add(other.block);
        self.doc = self.doc.saturating_add(other.doc);
    }
}

/// Strings by quote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quotes {
    /// `'…'`
    #[serde(rename = "s", skip_serializing_if = "is_zero")]
    pub single: u32,
    /// `"…"`
    #[serde(rename = "d", skip_serializing_if = "is_zero")]
    pub double: u32,
}

impl Quotes {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Counts what another has counted.
    pub fn merge(&mut self, other: &Self) {
        self.single = self.single.saturating_add(other.single);
        self.double = self.double.saturating_add(other.double);
    }
}

/// How errors are handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Errors {
    /// `try` statements.
    #[serde(rename = "t", skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// `except`, `catch`, `rescue`.
    #[serde(rename = "h", skip_serializing_if = "is_zero")]
    pub handlers: u32,
    /// Of the handlers, those that catch whatever comes: a bare `except:`, `except Exception`, `catch (Throwable`.
    #[serde(rename = "b", skip_serializing_if = "is_zero")]
    pub broad: u32,
    /// Of the handlers, those that do nothing.
    #[serde(rename = "s", skip_serializing_if = "is_zero")]
    pub silent: u32,
    /// `raise`, `throw`.
    #[serde(rename = "r", skip_serializing_if = "is_zero")]
    pub raises: u32,
    /// Comparisons with nothing: `is None`, `== null`, `!= nil`.
    #[serde(rename = "n", skip_serializing_if = "is_zero")]
    pub null_checks: u32,
    /// Errors passed on as values: Rust's `?`, Go's `err != nil`.
    #[serde(rename = "v", skip_serializing_if = "is_zero")]
    pub values: u32,
    /// Calls that end the program instead: `panic`, `unwrap`, `expect`.
    #[serde(rename = "p", skip_serializing_if = "is_zero")]
    pub panics: u32,
}

impl Errors {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

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
