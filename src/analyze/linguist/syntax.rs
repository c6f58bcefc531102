//! How a language writes comments and strings.

/// What a piece of text begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A string up to `end`, over any number of lines; where it `escapes`, a backslash keeps a quote from ending it.
    String {
        /// What ends it.
        end: &'static str,
        /// Whether a backslash has a meaning.
        escapes: bool,
    },
    /// A comment up to `end`; where it `nests`, comments inside are counted.
    Block {
        /// What ends it.
        end: &'static str,
        /// Whether comments lie in comments.
        nests: bool,
    },
    /// A comment up to the end of the line.
    Line,
}

/// A piece of text that begins something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter {
    /// The text; never empty.
    pub start: &'static str,
    /// What it begins.
    pub role: Role,
}

/// The comments and strings of a language.
#[derive(Debug, PartialEq, Eq)]
pub struct Syntax {
    /// In the order in which they are tried at one place.
    pub delimiters: &'static [Delimiter],
    /// Quotes that a backslash before them makes ordinary text.
    pub escapable: &'static [&'static str],
    /// The bytes that delimiters start with, ascending.
    pub firsts: &'static [u8],
    /// Whether every line that is not blank is a comment: Markdown.
    pub prose: bool,
    /// Whether a line comment is one in the first column only: old Fortran.
    pub fixed_columns: bool,
}

#[cfg(test)]
mod tests {
    use super::super::tables::syntaxes::SYNTAXES;
    use super::Role;

    #[test]
    fn delimiters_are_never_empty_and_all_their_first_bytes_are_known() {
        for syntax in &SYNTAXES {
            for delimiter in syntax.delimiters {
                let first = delimiter.start.as_bytes().first();
                assert!(first.is_some_and(|first| syntax.firsts.contains(first)));
                if let Role::String { end, .. } | Role::Block { end, .. } = delimiter.role {
                    assert!(!end.is_empty());
                }
            }
        }
    }
}
