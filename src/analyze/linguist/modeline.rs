//! What an editor's modeline says: `-*- mode: ruby -*-`, `vim: set ft=ruby:`.
//!
//! The patterns are those of linguist's `strategy/modeline.rb`, whose look-around is code here.

use std::sync::OnceLock;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

use super::language::Language;
use super::text::{first_lines, last_lines};

/// Lines looked at from either end.
const SCOPE: usize = 5;

/// A longer line is none of a person's making.
const LONGEST: usize = 4096;

/// The language that a modeline among the first or last lines names.
///
/// Emacs is asked first; a modeline that names no language ends the search, as with linguist.
pub fn language(bytes: &[u8]) -> Option<&'static Language> {
    let head: Vec<&[u8]> = first_lines(bytes, SCOPE).collect();
    // The first line of a Vimball speaks of a file inside.
    if head.iter().any(|line| contains(line, b"UseVimball")) {
        return None;
    }
    let mut tail: Vec<&[u8]> = last_lines(bytes, SCOPE).collect();
    tail.reverse();
    let lines = || {
        head.iter()
            .chain(&tail)
            .copied()
            .filter(|line| line.len() <= LONGEST)
    };
    let name = lines().find_map(emacs).or_else(|| lines().find_map(vim))?;
    Language::called(name)
}

/// The mode that a line sets for Emacs.
fn emacs(line: &[u8]) -> Option<&[u8]> {
    let mut loose = None;
    for open in memmem::find_iter(line, b"-*-") {
        let start = open + 3;
        let rest = line.get(start..).unwrap_or_default();
        let found = short_mode(rest)
            .or_else(|| mode_value(rest))
            .or_else(|| *loose.get_or_insert_with(|| later_mode(rest)));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// `-*- ruby -*-`, from behind the opening sign.
fn short_mode(rest: &[u8]) -> Option<&[u8]> {
    let text = skip_blanks(rest);
    let run = name_run(text);
    let (name, after) = text.split_at_checked(run)?;
    let closes = skip_blanks(after).starts_with(b"-*-");
    let inside = name.get(1..).is_some_and(|tail| contains(tail, b"-*-"));
    (run > 0 && (closes || inside))
        .then(|| mode_name(text))
        .flatten()
}

/// `mode: ruby` after other variables: behind a blank or a semicolon.
fn later_mode(rest: &[u8]) -> Option<&[u8]> {
    (1..rest.len()).find_map(|at| {
        let before = rest.get(at - 1)?;
        matches!(before, b' ' | b'\t' | b';')
            .then(|| mode_value(rest.get(at..)?))
            .flatten()
    })
}

/// `mode: ruby` right here.
fn mode_value(text: &[u8]) -> Option<&[u8]> {
    let text = skip_blanks(text);
    let (word, rest) = text.split_at_checked(4)?;
    if !word.eq_ignore_ascii_case(b"mode") {
        return None;
    }
    let rest = skip_blanks(rest).strip_prefix(b":")?;
    mode_name(skip_blanks(rest))
}

/// The name of a mode that is ended properly, with a closing sign somewhere after it.
fn mode_name(text: &[u8]) -> Option<&[u8]> {
    let run = name_run(text);
    let last_sign = memmem::rfind(text, b"-*-")?;
    (1..=run).rev().find_map(|end| {
        let (name, rest) = text.split_at_checked(end)?;
        let separated = matches!(rest.first(), Some(b' ' | b'\t' | b';'));
        let touching = rest.starts_with(b"-*-") && !matches!(name.last(), Some(b'-' | b'*'));
        (last_sign >= end && (separated || touching)).then_some(name)
    })
}

/// How many bytes a name could have.
fn name_run(text: &[u8]) -> usize {
    text.iter()
        .position(|byte| matches!(byte, b':' | b';') || is_space(*byte))
        .unwrap_or(text.len())
}

/// The file type that a line sets for Vim.
fn vim(line: &[u8]) -> Option<&[u8]> {
    static OPTIONS: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = OPTIONS.get_or_init(|| options(r"(\w+)")).as_ref()?;
    option_lists(line).find_map(|list| Some(pattern.captures(list)?.get(1)?.as_bytes()))
}

/// Whether a line is a modeline of Vim's that says `ft=help`.
pub(super) fn is_vim_help(line: &[u8]) -> bool {
    static OPTIONS: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = OPTIONS.get_or_init(|| options("help")).as_ref();
    line.len() <= LONGEST
        && pattern.is_some_and(|pattern| option_lists(line).any(|list| pattern.is_match(list)))
}

/// A list of options, from its colon, that sets the file type to `value`.
fn options(value: &str) -> Option<Regex> {
    let text = format!(
        r"\A(?:(?:[ \t]*:[ \t]*|[ \t])\w*(?:[ \t]*=(?:[^\\\s]|\\.)*)?)*[ \t:](?:filetype|ft|syntax)[ \t]*={value}(?:\z|\s|:)"
    );
    RegexBuilder::new(&text).unicode(false).build().ok()
}

/// What follows `vim`, `vi` or `ex` in a line, from the colon, where it can be a list of options.
fn option_lists(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memchr_iter(b':', line).filter_map(|colon| {
        let (before, list) = line.split_at_checked(colon)?;
        (introduces(before) && is_closed(list)).then_some(list)
    })
}

/// Whether the text before a colon ends in `vi`, `vim`, `Vim`, `vim>=700` at a word's start, or in ` ex`.
fn introduces(before: &[u8]) -> bool {
    let blank_before = |rest: &[u8]| matches!(rest.last(), Some(b' ' | b'\t'));
    if let Some(rest) = before.strip_suffix(b"ex") {
        return blank_before(rest);
    }
    let digits = before
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let unversioned = before.get(..before.len() - digits).unwrap_or_default();
    let compared = match unversioned {
        [rest @ .., b'<' | b'=' | b'>'] if digits > 0 => rest,
        _ => unversioned,
    };
    let rest = compared
        .strip_suffix(b"vim")
        .or_else(|| compared.strip_suffix(b"Vim"))
        .or_else(|| before.strip_suffix(b"vi"));
    rest.is_some_and(|rest| rest.is_empty() || blank_before(rest))
}

/// Vim's second form, `: set ft=ruby:`, needs its closing colon; the first has none.
fn is_closed(list: &[u8]) -> bool {
    let text = skip_blanks(list.get(1..).unwrap_or_default());
    let Some(rest) = text.strip_prefix(b"se") else {
        return true;
    };
    let rest = rest.strip_prefix(b"t").unwrap_or(rest);
    match rest {
        [b' ' | b'\t', options @ ..] => memchr::memchr(b':', options).is_some_and(|at| at > 0),
        _ => true,
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memmem::find(text, part).is_some()
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    text.get(blanks..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        language(format!("{text}\n").as_bytes()).map(|language| language.name)
    }

    #[test]
    fn emacs_says_its_mode_in_many_ways() {
        for text in [
            "-*- ruby -*-",
            "/* -*- Ruby -*- */",
            "-*-ruby-*-",
            "-*- mode: ruby -*-",
            "-*- foo: bar; mode: ruby; -*-",
            "-*-mode:ruby-*-",
            "-*- foo-bar mode: ruby -*-",
            "-*- MODE : ruby;foo:bar -*-",
            "a\nb\nc\nd\n-*- ruby -*-\nf",
        ] {
            assert_eq!(name(text), Some("Ruby"), "{text}");
        }
        for text in [
            "-*- ruby",
            "ruby -*-",
            "-*- mode:  -*-",
            "-*- foo:bar; -*-",
            "-*- ruby--*-",
            "-*- ruby --*-",
            "1\n2\n3\n4\n5\n-*- ruby -*-\n7\n8\n9\n10\n11\n",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn vim_says_its_file_type_in_many_ways() {
        for text in [
            "# vim: ft=ruby",
            "vi:ft=ruby",
            "// Vim: noai ts=4 ft=ruby",
            "vim: set ft=ruby:",
            "vim: se foldlevel=3 filetype=ruby ts=8:",
            "vim600: syntax=ruby",
            "vim>600: ft =ruby",
            " ex: ft=ruby",
            r"vim: titlestring=a\ b ft=ruby",
            "vim: ts=4:ft=ruby:noexpandtab",
            "x\n1\n2\n3\n4\n5\n6\n7\n# vim: ft=ruby\n",
        ] {
            assert_eq!(name(text), Some("Ruby"), "{text}");
        }
        for text in [
            "vim: set ft=ruby",
            "evim: ft=ruby",
            "ex: ft=ruby",
            "Vi: ft=ruby",
            r"vim: titlestring=\ ft=ruby",
            "vim ft=ruby",
            "vim: ft=ruby-foo",
            "vim: foo-bar ft=ruby",
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn a_vimball_speaks_of_other_files() {
        assert_eq!(name("\" Vimball\nUseVimball\nvim: ft=ruby"), None);
    }

    #[test]
    fn vims_help_is_told_by_its_last_option_list() {
        assert!(is_vim_help(b" vim:tw=78:ts=8:ft=help:norl:"));
        assert!(!is_vim_help(b" vim:tw=78:ts=8:ft=helpful:norl:"));
    }

    proptest! {
        #[test]
        fn any_line_is_read(text in "[-* \t:;=aemodviftx\\\\\n]{0,60}") {
            let _ = language(text.as_bytes());
        }
    }
}
