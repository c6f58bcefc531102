//! Which files make up a project's languages.

use bstr::BStr;

use super::attributes::Attributes;
use super::generated::is_generated_by_path;
use super::language::{Kind, Language};
use super::paths::{is_documentation, is_vendored};

/// Whether linguist counts a file in this language towards the shares of a project's languages.
///
/// Other people's code, documentation and what tools write are left out, then data and prose; attributes come before
/// what the path says. `generated_by_content` is [`is_generated_by_content`](super::is_generated_by_content).
pub fn counts_towards_shares(
    path: &BStr,
    language: &Language,
    generated_by_content: bool,
    attributes: &Attributes,
) -> bool {
    let vendored = attributes.vendored.unwrap_or_else(|| is_vendored(path));
    let documentation = || {
        attributes
            .documentation
            .unwrap_or_else(|| is_documentation(path))
    };
    let generated = || {
        attributes
            .generated
            .unwrap_or_else(|| generated_by_content || is_generated_by_path(path))
    };
    let detectable = matches!(language.kind, Kind::Programming | Kind::Markup);
    !vendored && !documentation() && !generated() && attributes.detectable.unwrap_or(detectable)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn counts(path: &str, language: &str, attributes: Attributes) -> bool {
        let language = Language::named(language).unwrap();
        counts_towards_shares(path.into(), language, false, &attributes)
    }

    #[test]
    fn what_a_project_wrote_as_code_counts() {
        let none = Attributes::default();
        assert!(counts("src/a.rs", "Rust", none));
        assert!(counts("a.html", "HTML", none));
        assert!(!counts("a.json", "JSON", none));
        assert!(!counts("README.md", "Markdown", none));
        assert!(!counts("vendor/a.rs", "Rust", none));
        assert!(!counts("docs/a.rs", "Rust", none));
        assert!(!counts("node_modules/a.js", "JavaScript", none));
    }

    #[test]
    fn attributes_have_the_last_word() {
        let mine = Attributes {
            vendored: Some(false),
            ..Attributes::default()
        };
        assert!(counts("vendor/a.rs", "Rust", mine));
        let data = Attributes {
            detectable: Some(true),
            ..Attributes::default()
        };
        assert!(counts("a.json", "JSON", data));
        let made = Attributes {
            generated: Some(true),
            ..Attributes::default()
        };
        assert!(!counts("src/a.rs", "Rust", made));
        let written = Attributes {
            generated: Some(false),
            ..Attributes::default()
        };
        let rust = Language::named("Rust").unwrap();
        assert!(counts_towards_shares("a.rs".into(), rust, true, &written));
    }
}
