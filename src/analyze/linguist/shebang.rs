//! The program that a first line `#!` names, as linguist's `shebang.rb` reads it.

use std::sync::OnceLock;

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};

use super::language;

/// The languages of the interpreter that the first line names.
pub fn languages(bytes: &[u8]) -> &'static [u16] {
    interpreter(bytes).map_or(&[], language::of_interpreter)
}

fn interpreter(bytes: &[u8]) -> Option<&[u8]> {
    if !bytes.starts_with(b"#!") {
        return None;
    }
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let mut words = line
        .get(2..)?
        .split(|byte| is_space(*byte))
        .filter(|word| !word.is_empty());
    let mut program = base(words.next()?);
    if program == b"env" {
        program = words.find(|word| !is_option(word) && !is_assignment(word))?;
    }
    let program = base(without_minor_version(program));
    if program == b"sh" {
        return Some(executed(bytes).unwrap_or(program));
    }
    // Its language is an option, and none that an interpreter has.
    if program == b"osascript" && memmem::find(line, b"-l").is_some() {
        return None;
    }
    Some(program)
}

/// `-i`, `-vS`, `--split-string`.
fn is_option(word: &[u8]) -> bool {
    match word {
        [b'-', b'-', rest @ ..] => !rest.is_empty(),
        [b'-', flags @ ..] => flags.iter().all(|flag| b"i0uCSv*".contains(flag)),
        _ => false,
    }
}

/// `PATH=/bin`.
fn is_assignment(word: &[u8]) -> bool {
    word.iter()
        .position(|byte| *byte == b'=')
        .is_some_and(|at| at > 0 && at + 1 < word.len())
}

/// `python2.6` is `python2`.
fn without_minor_version(program: &[u8]) -> &[u8] {
    let digits = program
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match program.split_at_checked(program.len() - digits) {
        Some(([rest @ .., b'.'], _)) if digits > 0 => rest,
        _ => program,
    }
}

/// `exec tclsh "$0" "$@"` in a shell script's first lines.
fn executed(bytes: &[u8]) -> Option<&[u8]> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let mut lines = bytes.split(|byte| *byte == b'\n').take(5);
    let line = lines.find(|line| {
        memmem::find(line, b"exec ").is_some() && memmem::find(line, b"$@").is_some()
    })?;
    PATTERN
        .get_or_init(|| {
            RegexBuilder::new(r#"exec (\w+)[\s"']+\$0[\s"']+\$@"#)
                .unicode(false)
                .build()
                .ok()
        })
        .as_ref()?
        .captures(line)?
        .get(1)
        .map(|program| program.as_bytes())
}

fn base(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0b'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_interpreter_is_the_last_part_of_the_path() {
        for (text, expected) in [
            ("#!/bin/sh\n", Some("sh")),
            ("#! /usr/bin/perl -w\n", Some("perl")),
            ("#!/usr/bin/env python3\nx", Some("python3")),
            ("#!/usr/bin/python2.6", Some("python2")),
            ("#!/usr/bin/env -S deno run", Some("deno")),
            ("#!/usr/bin/env -i -uv A=b C=d /opt/ruby", Some("ruby")),
            ("#!/usr/bin/env --split-string=x node", Some("node")),
            ("#!/usr/bin/env", None),
            ("#!", None),
            ("#!\n/bin/sh", None),
            ("x #!/bin/sh", None),
            ("#!/bin/sh\n# \\\nexec tclsh \"$0\" \"$@\"\n", Some("tclsh")),
            ("#!/usr/bin/osascript -l JavaScript", None),
            ("#!/usr/bin/osascript", Some("osascript")),
        ] {
            assert_eq!(
                interpreter(text.as_bytes()),
                expected.map(str::as_bytes),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_first_line_is_read(text in "#![ -~\n]{0,60}") {
            let _ = languages(text.as_bytes());
        }
    }
}
