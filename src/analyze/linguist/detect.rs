//! The language of a file, by linguist's strategies in linguist's order.

use std::borrow::Cow;

use bstr::BStr;

use super::attributes::{Attributes, Override};
use super::language::{Language, at_index};
use super::tag::PathTag;
use super::text::{considered, first_lines, is_text};
use super::{heuristics, modeline, shebang};

/// What a path says about a file's language before its content is known.
///
/// A modeline in the content outdoes every path, and a `#!` outdoes an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidates {
    /// One language has this name or extension.
    Certain(&'static Language),
    /// Several have it, in linguist's order.
    Ambiguous(Vec<&'static Language>),
    /// The extension is too common to say anything, or is that of a manual page.
    NeedsContent,
    /// Nothing: only `#!`, a modeline or `<?xml` can tell.
    None,
}

/// What a path alone says.
pub fn by_path(path: &BStr) -> Candidates {
    let tag = PathTag::of(path);
    let extension = tag.extension();
    let generic = extension.is_some_and(|entry| entry.generic);
    let found = match (tag.by_filename(), extension) {
        ([], Some(entry)) if !generic => entry.languages,
        (named, _) => named,
    };
    let mut languages: Vec<_> = found.iter().copied().filter_map(at_index).collect();
    match languages.len() {
        0 if generic || tag.man_page() => Candidates::NeedsContent,
        0 => Candidates::None,
        1 => languages
            .pop()
            .map_or(Candidates::None, Candidates::Certain),
        _ => Candidates::Ambiguous(languages),
    }
}

/// The language of a file; none for a binary or an empty one, and where nothing speaks for any.
pub fn detect(path: &BStr, bytes: &[u8], attributes: &Attributes) -> Option<&'static Language> {
    match attributes.language {
        Override::None => detect_tagged(PathTag::of(path), bytes),
        Override::Language(language) => Some(language),
        Override::Unknown => None,
    }
}

/// The language of a file whose path has this tag, attributes left aside.
///
/// A modeline, the name, `#!`, the extension, `<?xml`, the form of a manual page's name and the heuristics are asked in
/// turn until one language is left. Where several are left, linguist asks a classifier trained on samples; here it is
/// the one whose first extension this is, else one of linguist's popular languages, else the first by name.
pub fn detect_tagged(tag: PathTag, bytes: &[u8]) -> Option<&'static Language> {
    if bytes.is_empty() || !is_text(bytes) {
        return None;
    }
    let bytes = considered(bytes);
    if let Some(language) = modeline::language(bytes) {
        return Some(language);
    }
    let extension = tag.extension();
    let mut found: Cow<'static, [u16]> = Cow::Borrowed(tag.by_filename());
    if found.len() != 1 {
        narrow(&mut found, shebang::languages(bytes));
    }
    if found.len() != 1
        && let Some(entry) = extension.filter(|entry| !entry.generic)
    {
        narrow(&mut found, entry.languages);
    }
    if found.is_empty() && has_xml_declaration(bytes) {
        return Language::named("XML");
    }
    if found.is_empty() && tag.man_page() {
        let names = ["Roff Manpage", "Roff"];
        return settle(
            names.into_iter().filter_map(Language::named),
            tag,
            heuristic(tag, bytes),
        );
    }
    let told = if found.len() == 1 {
        &[]
    } else {
        heuristic(tag, bytes)
    };
    settle(found.iter().copied().filter_map(at_index), tag, told)
}

fn heuristic(tag: PathTag, bytes: &[u8]) -> &'static [u16] {
    tag.extension()
        .and_then(|entry| entry.heuristic)
        .map_or(&[], |index| heuristics::languages(index, bytes))
}

/// Keeps what both name; a strategy that agrees with no candidate, or has none, changes nothing.
fn narrow(found: &mut Cow<'static, [u16]>, named: &'static [u16]) {
    if found.is_empty() {
        *found = Cow::Borrowed(named);
    } else if found.iter().any(|index| named.contains(index)) {
        found.to_mut().retain(|index| named.contains(index));
    }
}

/// The one language that is to be named: of those that a heuristic told, else of the candidates.
fn settle(
    candidates: impl Iterator<Item = &'static Language>,
    tag: PathTag,
    told: &[u16],
) -> Option<&'static Language> {
    let extension = tag
        .extension()
        .map_or("", |entry| entry.name.trim_start_matches('*'));
    let rank = |language: &&'static Language| {
        let primary = !extension.is_empty() && language.primary_extension == extension;
        (!primary, !language.popular, language.name)
    };
    if told.is_empty() {
        candidates.min_by_key(rank)
    } else {
        told.iter().copied().filter_map(at_index).min_by_key(rank)
    }
}

/// Linguist's pattern is `<?xml version=` without a backslash, so that the `<` may be missing.
fn has_xml_declaration(bytes: &[u8]) -> bool {
    first_lines(bytes, 2).any(|line| memchr::memmem::find(line, b"xml version=").is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(path: &str, text: &str) -> Option<&'static str> {
        detect(path.into(), text.as_bytes(), &Attributes::default()).map(|found| found.name)
    }

    #[test]
    fn files_are_in_the_language_that_linguist_says() {
        for (path, text, expected) in [
            // Name and extension.
            ("a.py", "x\n", "Python"),
            ("Makefile", "all:\n", "Makefile"),
            ("src/CMakeLists.txt", "x\n", "CMake"),
            ("package.json", "{}\n", "JSON"),
            ("Cargo.lock", "x\n", "TOML"),
            (".bashrc", "x\n", "Shell"),
            ("A.RS", "fn main() {}\n", "Rust"),
            // Modelines and first lines.
            ("a.py", "# vim: ft=ruby\n", "Ruby"),
            ("Makefile", "# -*- perl -*-\n", "Perl"),
            ("run", "#!/usr/bin/env python3\n", "Python"),
            ("run", "#!/bin/sh\nexec tclsh \"$0\" \"$@\"\n", "Tcl"),
            ("a.cgi", "#!/usr/bin/perl\n", "Perl"),
            ("a.js", "#!/bin/sh\n", "Shell"),
            // XML and manual pages.
            ("a.unknown", "<?xml version=\"1.0\"?>\n", "XML"),
            ("ls.1", ".TH LS 1\n.SH NAME\n", "Roff Manpage"),
            ("ls.1", "1.0 0.5\n", "Text"),
            ("ls.1ssl", "x\n", "Roff"),
            // Heuristics.
            ("a.h", "#include <stdio.h>\n", "C"),
            ("a.h", "namespace a {}\n", "C++"),
            ("a.h", "@interface A\n", "Objective-C"),
            ("a.m", "@end\n", "Objective-C"),
            ("a.m", "% comment\n", "MATLAB"),
            ("a.pl", "use strict;\n", "Perl"),
            ("a.pl", "a :- b.\n", "Prolog"),
            ("a.pl", "use v6;\n", "Raku"),
            ("a.ts", "let a = 1;\n", "TypeScript"),
            ("a.ts", "<TS version=\"2\">\n", "XML"),
            ("a.sql", "select 1;\n", "SQL"),
            ("a.sql", "$$ LANGUAGE plpgsql\n", "PLpgSQL"),
            ("a.md", "# a\n", "Markdown"),
            ("a.md", "(define_insn)\n", "GCC Machine Description"),
            ("a.txt", "127.0.0.1 localhost\n", "Hosts File"),
            ("a.txt", "[Adblock Plus 2.0]\n", "Adblock Filter List"),
            ("a.txt", "a\n vim:tw=78:ft=help:norl:\n", "Vim Help File"),
            ("a.txt", "words\n", "Text"),
            ("a.tpl", "{$name}\n", "Smarty"),
            ("a.pod", "=begin pod\n", "Pod 6"),
            ("a.pod", "=head1 A\n", "Pod"),
            ("a.yml", "openapi: '3.0.0'\n", "OASv3-yaml"),
            ("a.sol", "pragma solidity ^0.8;\n", "Solidity"),
            // Nothing decides: the first extension, then popularity, then the name.
            ("a.sch", "?\n", "Eagle"),
            ("a.cs", "?\n", "C#"),
            ("a.mod", "?\n", "Linux Kernel Module"),
        ] {
            assert_eq!(name(path, text), Some(expected), "{path} {text}");
        }
    }

    #[test]
    fn some_files_are_in_no_language() {
        for (path, text) in [
            ("a.py", ""),
            ("a.py", "a\0b"),
            ("a", "x\n"),
            ("a.png", "\u{89}PNG\0"),
            ("a.sol", "x\n"),
            ("a.unknown", "x\n"),
        ] {
            assert_eq!(name(path, text), None, "{path} {text}");
        }
    }

    #[test]
    fn attributes_have_the_last_word() {
        let attributes = |language| Attributes {
            language,
            ..Attributes::default()
        };
        let ruby = Language::named("Ruby").map_or(Override::None, Override::Language);
        let found = detect("a.py".into(), b"x", &attributes(ruby));
        assert_eq!(found.map(|found| found.name), Some("Ruby"));
        assert_eq!(
            detect("a.py".into(), b"x", &attributes(Override::Unknown)),
            None
        );
    }

    #[test]
    fn a_path_says_much_by_itself() {
        let certain = |path: &str| match by_path(path.into()) {
            Candidates::Certain(language) => Some(language.name),
            _ => None,
        };
        assert_eq!(certain("a.py"), Some("Python"));
        assert_eq!(certain("Dockerfile"), Some("Dockerfile"));
        assert!(matches!(by_path("a.h".into()), Candidates::Ambiguous(all) if all.len() == 3));
        assert_eq!(by_path("a.1".into()), Candidates::NeedsContent);
        assert_eq!(by_path("a.3ssl".into()), Candidates::NeedsContent);
        assert_eq!(by_path("a".into()), Candidates::None);
    }

    proptest! {
        #[test]
        fn any_file_is_looked_at(
            path in "[a-zA-Z./*\\PC]{0,20}",
            extension in prop::sample::select(vec!["", ".h", ".txt", ".pl", ".1", ".sql", ".m", ".inc", ".yml"]),
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let path = path + extension;
            let _ = by_path(path.as_str().into());
            let _ = detect(path.as_str().into(), &bytes, &Attributes::default());
        }

        #[test]
        fn folders_say_nothing_of_the_language(
            folder in "[a-z]{1,5}",
            extension in prop::sample::select(vec!["h", "txt", "pl", "m", "rs"]),
            text in "[a-z@#: \n]{1,40}",
        ) {
            let deep = format!("{folder}/x/{folder}.{extension}");
            prop_assert_eq!(name(&format!("a.{extension}"), &text), name(&deep, &text));
        }
    }
}
