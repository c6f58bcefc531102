//! The grammars, and what the kinds of their nodes mean to us.
//!
//! The table of a language is data: names of node kinds with the [`Role`]s they play. It is turned into an array by
//! kind number when the first file of that language is read.

mod roles;
mod tables;

use std::sync::OnceLock;

pub use roles::{Kind, Role, Roles};

/// A grammar that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the names are the languages'
pub enum Grammar {
    C,
    #[cfg(feature = "cpp")]
    Cpp,
    #[cfg(feature = "csharp")]
    CSharp,
    Go,
    Java,
    JavaScript,
    #[cfg(feature = "php")]
    Php,
    Python,
    #[cfg(feature = "ruby")]
    Ruby,
    Rust,
    Tsx,
    TypeScript,
}

impl Grammar {
    /// Every grammar of this build.
    pub const ALL: &[Self] = &[
        Self::C,
        #[cfg(feature = "cpp")]
        Self::Cpp,
        #[cfg(feature = "csharp")]
        Self::CSharp,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        #[cfg(feature = "php")]
        Self::Php,
        Self::Python,
        #[cfg(feature = "ruby")]
        Self::Ruby,
        Self::Rust,
        Self::Tsx,
        Self::TypeScript,
    ];

    /// The grammar of a language, by linguist's name for it.
    pub fn of(language: &str) -> Option<Self> {
        Some(match language {
            "C" => Self::C,
            #[cfg(feature = "cpp")]
            "C++" => Self::Cpp,
            #[cfg(feature = "csharp")]
            "C#" => Self::CSharp,
            "Go" => Self::Go,
            "Java" => Self::Java,
            "JavaScript" => Self::JavaScript,
            #[cfg(feature = "php")]
            "PHP" => Self::Php,
            "Python" => Self::Python,
            #[cfg(feature = "ruby")]
            "Ruby" => Self::Ruby,
            "Rust" => Self::Rust,
            "TSX" => Self::Tsx,
            "TypeScript" => Self::TypeScript,
            _ => return None,
        })
    }

    /// The language, as linguist names it.
    pub const fn language(self) -> &'static str {
        match self {
            Self::C => "C",
            #[cfg(feature = "cpp")]
            Self::Cpp => "C++",
            #[cfg(feature = "csharp")]
            Self::CSharp => "C#",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::JavaScript => "JavaScript",
            #[cfg(feature = "php")]
            Self::Php => "PHP",
            Self::Python => "Python",
            #[cfg(feature = "ruby")]
            Self::Ruby => "Ruby",
            Self::Rust => "Rust",
            Self::Tsx => "TSX",
            Self::TypeScript => "TypeScript",
        }
    }

    pub(super) fn parser(self) -> tree_sitter::Language {
        match self {
            Self::C => tree_sitter_c::LANGUAGE.into(),
            #[cfg(feature = "cpp")]
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            #[cfg(feature = "csharp")]
            Self::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            #[cfg(feature = "php")]
            Self::Php => tree_sitter_php::LANGUAGE_PHP.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            #[cfg(feature = "ruby")]
            Self::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        }
    }

    fn table(self) -> &'static [Kind] {
        match self {
            Self::C => tables::C,
            #[cfg(feature = "cpp")]
            Self::Cpp => tables::CPP,
            #[cfg(feature = "csharp")]
            Self::CSharp => tables::CSHARP,
            Self::Go => tables::GO,
            Self::Java => tables::JAVA,
            Self::JavaScript => tables::JAVASCRIPT,
            #[cfg(feature = "php")]
            Self::Php => tables::PHP,
            Self::Python => tables::PYTHON,
            #[cfg(feature = "ruby")]
            Self::Ruby => tables::RUBY,
            Self::Rust => tables::RUST,
            Self::Tsx | Self::TypeScript => tables::TYPESCRIPT,
        }
    }

    /// Whether names in capitals are the language's only sign of a constant.
    pub(super) fn has_constants_by_name_only(self) -> bool {
        matches!(
            self,
            Self::Python | Self::JavaScript | Self::TypeScript | Self::Tsx | Self::Java
        )
    }

    /// The roles of its kinds of nodes.
    pub(super) fn roles(self) -> &'static Roles {
        static ROLES: [OnceLock<Roles>; 12] = [const { OnceLock::new() }; 12];
        static NONE: OnceLock<Roles> = OnceLock::new();
        ROLES
            .get(self as usize)
            .unwrap_or(&NONE)
            .get_or_init(|| Roles::new(&self.parser(), self.table()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn every_kind_and_field_of_a_table_exists_in_its_grammar() {
        let mut wrong = Vec::new();
        for grammar in Grammar::ALL {
            let language = grammar.parser();
            for kind in grammar.table() {
                let named = language.id_for_node_kind(kind.name, true) != 0;
                let token = language.id_for_node_kind(kind.name, false) != 0;
                if !named && !token {
                    wrong.push(format!("{grammar:?}: no kind {}", kind.name));
                }
                for field in kind.fields {
                    if language.field_id_for_name(field).is_none() {
                        wrong.push(format!("{grammar:?}: no field {field}"));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// A grammar of another version may see other nodes, and the same function get another value: whoever changes this
    /// list grows [`super::super::DEFINITION`] or has compared the values.
    const VERSIONS: [&str; 12] = [
        " 0.27.1",
        "c 0.24.2",
        "c-sharp 0.23.5",
        "cpp 0.23.4",
        "go 0.25.0",
        "java 0.23.5",
        "javascript 0.25.0",
        "php 0.25.1",
        "python 0.25.0",
        "ruby 0.23.1",
        "rust 0.24.2",
        "typescript 0.23.2",
    ];

    #[test]
    fn the_definition_is_about_these_versions_of_the_grammars() {
        let lock = include_str!("../../../../Cargo.lock");
        let mut locked = Vec::new();
        let mut lines = lock.lines();
        while let Some(line) = lines.next() {
            let Some(name) = line.strip_prefix("name = \"tree-sitter") else {
                continue;
            };
            let version = lines.next().unwrap().trim_start_matches("version = ");
            let name = name.trim_start_matches('-').trim_end_matches('"');
            // Shells are read elsewhere, and nothing that is kept depends on how.
            if !["language", "bash"].contains(&name) {
                locked.push(format!("{name} {}", version.trim_matches('"')));
            }
        }
        assert_eq!(locked, VERSIONS);
    }

    #[test]
    fn languages_have_their_grammars_back() {
        for grammar in Grammar::ALL {
            assert_eq!(Grammar::of(grammar.language()), Some(*grammar));
        }
        assert_eq!(Grammar::of("COBOL"), None);
    }
}
