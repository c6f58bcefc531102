//! Python without running it: its tokens as far as imports and literal lists need them.

use std::collections::BTreeSet;

use bstr::ByteSlice;

/// The modules whose import says something: for each the one name under which it is reported.
const INTERESTING: [&str; 8] = [
    "django.db",
    "mongoengine",
    "peewee",
    "pytest",
    "sqlalchemy",
    "sqlite3",
    "tortoise",
    "unittest",
];

/// The interesting modules that a file imports, each once, by name.
pub fn imports(source: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for line in without_strings(source).lines() {
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix(b"import ") {
            for part in rest.split_str(",") {
                note(part.fields().next().unwrap_or_default(), &mut found);
            }
        } else if let Some(rest) = line.strip_prefix(b"from ") {
            let Some((module, names)) = rest.split_once_str(" import") else {
                continue;
            };
            let module = module.trim();
            if module != b"unittest" {
                note(module, &mut found);
            }
            // `from django import db`, `from unittest import mock`
            for name in names.split(|byte| matches!(byte, b',' | b'(' | b')')) {
                let name = name.fields().next().unwrap_or_default();
                note(&[module, b".", name].concat(), &mut found);
            }
        }
    }
    found.into_iter().map(str::to_owned).collect()
}

fn note(module: &[u8], found: &mut BTreeSet<&'static str>) {
    // Everybody mocks with it, whatever runs the tests.
    if module.starts_with(b"unittest.mock") {
        return;
    }
    found.extend(INTERESTING.iter().filter(|known| {
        module
            .strip_prefix(known.as_bytes())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
    }));
}

/// The source with the contents of strings and comments taken out; lines stay lines but for strings that span several.
pub fn without_strings(source: &[u8]) -> Vec<u8> {
    let mut code = Vec::with_capacity(source.len());
    let mut rest = source;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'#' => {
                rest = rest
                    .find_byte(b'\n')
                    .map_or(&[], |end| rest.get(end..).unwrap_or_default());
            }
            b'"' | b'\'' => {
                code.extend_from_slice(b"\"\"");
                rest = string(rest).1;
            }
            _ => {
                code.push(byte);
                rest = after;
            }
        }
    }
    code
}

/// Splits a string literal, whose quote comes first, into its content and what follows it.
///
/// One that is not closed ends with its line, or with the file when it has three quotes.
pub fn string(source: &[u8]) -> (&[u8], &[u8]) {
    let Some(quote) = source.first().copied() else {
        return (&[], &[]);
    };
    let triple = source.get(..3) == Some(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let body = source.get(width..).unwrap_or_default();
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        let tail = body.get(at..).unwrap_or_default();
        let closes = if triple {
            tail.starts_with(&[quote; 3])
        } else {
            *byte == quote
        };
        if closes {
            return (
                body.get(..at).unwrap_or_default(),
                tail.get(width..).unwrap_or_default(),
            );
        }
        if *byte == b'\n' && !triple {
            return (body.get(..at).unwrap_or_default(), tail);
        }
        at += if *byte == b'\\' { 2 } else { 1 };
    }
    (body, &[])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_import() {
        for (source, expected) in [
            ("import sqlalchemy as sa", &["sqlalchemy"][..]),
            ("import os, sqlite3", &["sqlite3"]),
            ("  from sqlalchemy.orm import Session", &["sqlalchemy"]),
            ("from django.db import models", &["django.db"]),
            ("from django import forms, db", &["django.db"]),
            ("from django import (db)", &["django.db"]),
            ("import unittest", &["unittest"]),
            ("from unittest import TestCase, mock", &["unittest"]),
            ("from unittest import mock", &[]),
            ("from unittest.mock import patch", &[]),
            ("import unittest.mock", &[]),
            (
                "try:\n    import pytest\nexcept ImportError:\n    pass",
                &["pytest"],
            ),
            ("import django.dbx, sqlalchemy_utils", &[]),
            ("from .sqlalchemy import x", &[]),
            ("# import sqlalchemy", &[]),
            ("'''\nimport sqlalchemy\n'''\n", &[]),
            (
                "x = \"\"\"a \\\"\"\" \nimport sqlalchemy\n\"\"\"\nimport peewee",
                &["peewee"],
            ),
            ("x = 'unclosed\nimport peewee", &["peewee"]),
            ("importsqlalchemy", &[]),
        ] {
            assert_eq!(imports(source.as_bytes()), expected, "{source}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(source in proptest::collection::vec(any::<u8>(), 0..400)) {
            imports(&source);
        }

        #[test]
        fn any_quotes_are_read(source in "[\"'\\\\#\nimport sqle3]{0,80}") {
            imports(source.as_bytes());
        }
    }
}
