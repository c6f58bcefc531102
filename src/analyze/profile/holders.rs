//! The people whom a repository's files name as its authors: candidates, of whom only the user is ever kept. Functions
//! of bytes.

use bstr::ByteSlice;
use serde_json::Value as Json;
use toml::Table;

/// Larger files name nobody.
const LARGEST: usize = 1 << 20;
/// Lines of a licence that are looked at for its holders.
const LINES: usize = 60;
/// People of one file; more are passed over.
const MOST: usize = 50;

/// Somebody who is named. Not yet known to be the user, and dropped if it is somebody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// The file, or the trailer.
    pub source: &'static str,
}

/// A name and an address.
type Person = (Option<String>, Option<String>);
type People = Vec<Person>;
type Read = fn(&str) -> People;

/// The files at the top of a repository that name authors, and what reads each.
const FILES: [(&str, Read); 11] = [
    ("COPYING", licence),
    ("COPYING.md", licence),
    ("COPYING.txt", licence),
    ("Cargo.toml", cargo),
    ("LICENCE", licence),
    ("LICENSE", licence),
    ("LICENSE-MIT", licence),
    ("LICENSE.md", licence),
    ("LICENSE.txt", licence),
    ("package.json", package_json),
    ("pyproject.toml", pyproject),
];

/// Whether a file at the top of a repository may name authors.
pub fn is_read(file_name: &[u8]) -> bool {
    FILES.iter().any(|(name, _)| name.as_bytes() == file_name)
}

/// The people whom a file names.
pub fn mentions(file_name: &[u8], content: &[u8]) -> Vec<Mention> {
    let known = FILES.iter().find(|(name, _)| name.as_bytes() == file_name);
    let Some((source, read)) = known.filter(|_| content.len() <= LARGEST) else {
        return Vec::new();
    };
    let found = read(&content.to_str_lossy());
    let found = found.into_iter().take(MOST);
    found
        .map(|(name, email)| Mention {
            name,
            email,
            source,
        })
        .collect()
}

/// The people whom the trailers of a commit name: `Signed-off-by: Jane Doe <jane@example.org>`.
pub fn in_trailers(message: &[u8]) -> Vec<Mention> {
    const KEYS: [(&[u8], &str); 2] = [
        (b"signed-off-by:", "Signed-off-by"),
        (b"co-authored-by:", "Co-authored-by"),
    ];
    let message = message.get(..LARGEST).unwrap_or(message);
    let named = message.lines().filter_map(|line| {
        let (key, source) = KEYS.into_iter().find(|(key, _)| {
            let begin = line.get(..key.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(key))
        })?;
        let (name, email) = person(&line.get(key.len()..)?.to_str_lossy());
        Some(Mention {
            name,
            email,
            source,
        })
    });
    named.take(MOST).collect()
}

/// `Jane Doe <jane@example.org> (https://example.org)`.
fn person(text: &str) -> Person {
    let kept = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let text = text.split_once('(').map_or(text, |(before, _)| before);
    match text.split_once('<') {
        Some((name, rest)) => {
            let email = rest.split_once('>').map_or(rest, |(email, _)| email);
            (kept(name), kept(email))
        }
        None if text.contains('@') => (None, kept(text)),
        None => (kept(text), None),
    }
}

/// The holders of lines such as `Copyright (c) 2020-2024 Jane Doe, John Doe. All rights reserved.`
fn licence(text: &str) -> People {
    let mut found = Vec::new();
    for line in text.lines().take(LINES) {
        let line = line.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '©');
        let rest = match line.get(.."copyright".len()) {
            Some(word) if word.eq_ignore_ascii_case("copyright") => line.get(word.len()..),
            _ => line.strip_prefix('©'),
        };
        let Some(rest) = rest.filter(|rest| !rest.is_empty()) else {
            continue;
        };
        let rest = rest
            .split_once("All rights reserved")
            .map_or(rest, |(before, _)| before);
        let is_of_the_date = |c: char| !c.is_alphabetic();
        let rest = rest.replace("(c)", " ").replace("(C)", " ");
        let names = rest.trim_start_matches(is_of_the_date);
        let names = names.strip_prefix("by ").unwrap_or(names);
        let names = names.replace(" and ", ",").replace(" & ", ",");
        for name in names.split(',') {
            let (name, email) = person(name.trim().trim_end_matches('.'));
            found.push((name, email));
        }
    }
    found
}

fn package_json(text: &str) -> People {
    let Ok(package) = serde_json::from_str::<Json>(text) else {
        return Vec::new();
    };
    let one = match package.get("author") {
        Some(Json::String(text)) => person(text),
        Some(author @ Json::Object(_)) => {
            let field = |name| author.get(name).and_then(Json::as_str).map(str::to_owned);
            (field("name"), field("email"))
        }
        _ => return Vec::new(),
    };
    vec![one]
}

/// PEP 621's table, and Poetry's.
fn pyproject(text: &str) -> People {
    listed(text, &[&["project"], &["tool", "poetry"]])
}

fn cargo(text: &str) -> People {
    listed(text, &[&["package"], &["workspace", "package"]])
}

/// The `authors` of some tables.
fn listed(text: &str, tables: &[&[&str]]) -> People {
    let Ok(whole) = text.parse::<Table>() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in tables {
        let mut table = Some(&whole);
        for name in *path {
            table = table.and_then(|table| table.get(*name)?.as_table());
        }
        let authors = table.and_then(|table| table.get("authors")?.as_array());
        for author in authors.into_iter().flatten() {
            found.push(match author {
                toml::Value::String(text) => person(text),
                toml::Value::Table(author) => {
                    let field = |name| author.get(name)?.as_str().map(str::to_owned);
                    (field("name"), field("email"))
                }
                _ => continue,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(file: &str, content: &str) -> Vec<String> {
        let found = mentions(file.as_bytes(), content.as_bytes());
        let part = |part: Option<String>| part.unwrap_or_default();
        found
            .into_iter()
            .map(|found| format!("{}|{}", part(found.name), part(found.email)))
            .collect()
    }

    #[test]
    fn holders_of_licences() {
        for (line, expected) in [
            ("Copyright (c) 2020-2024 Jane Doe", &["Jane Doe|"][..]),
            (
                "Copyright © 2019, 2021 Jane Doe <j@x.org>.",
                &["Jane Doe|j@x.org"],
            ),
            (
                "© 2020 by Jane Doe and John Roe, Inc.",
                &["Jane Doe|", "John Roe|", "Inc|"],
            ),
            (
                "   copyright 2001 Jane Doe. All rights reserved.",
                &["Jane Doe|"],
            ),
            ("Copyright Jane Doe", &["Jane Doe|"]),
            ("The copyright notice shall be", &[]),
            ("Copyright", &[]),
        ] {
            assert_eq!(
                told("LICENSE", &format!("MIT\n\n{line}\n")),
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn authors_of_manifests() {
        let cases = [
            (
                "package.json",
                r#"{"author": "Jane Doe <j@x.org> (https://x.org)"}"#,
            ),
            (
                "package.json",
                r#"{"author": {"name": "Jane Doe", "email": "j@x.org"}}"#,
            ),
            (
                "pyproject.toml",
                "[project]\nauthors = [{name = \"Jane Doe\", email = \"j@x.org\"}]",
            ),
            (
                "pyproject.toml",
                "[tool.poetry]\nauthors = [\"Jane Doe <j@x.org>\"]",
            ),
            (
                "Cargo.toml",
                "[package]\nauthors = [\"Jane Doe <j@x.org>\"]",
            ),
            (
                "Cargo.toml",
                "[workspace.package]\nauthors = [\"Jane Doe <j@x.org>\"]",
            ),
        ];
        for (file, content) in cases {
            assert_eq!(told(file, content), ["Jane Doe|j@x.org"], "{content}");
        }
        assert!(told("Cargo.lock", "[package]").is_empty());
        assert!(told("package.json", "{").is_empty());
    }

    #[test]
    fn trailers_of_commits() {
        let message =
            b"Fix\n\nsigned-off-by: Jane <j@x>\nReviewed-by: K <k@x>\nCo-authored-by: L <l@x>\n";
        let found = in_trailers(message);
        let found: Vec<_> = found
            .iter()
            .map(|one| (one.source, one.email.as_deref()))
            .collect();
        assert_eq!(
            found,
            [
                ("Signed-off-by", Some("j@x")),
                ("Co-authored-by", Some("l@x"))
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>, text in "[Cc©opyright(c)0-9 ,.<>@a\n{}\\[\\]\"=:]{0,120}") {
            for (file, _) in FILES {
                mentions(file.as_bytes(), &content);
                mentions(file.as_bytes(), text.as_bytes());
            }
            in_trailers(&content);
            in_trailers(format!("signed-off-by:{text}").as_bytes());
        }
    }
}
