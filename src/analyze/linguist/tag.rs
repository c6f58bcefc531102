//! What of a path matters for its language.

use std::borrow::Cow;

use bstr::BStr;

use super::tables::languages::{EXTENSIONS, FILENAMES};
use crate::analyze::files::file_name;

/// A known extension.
#[derive(Debug)]
pub struct Extension {
    /// With a star before its dot, in lower case: `*.rs`.
    pub name: &'static str,
    /// The languages that have it, or its longest known end.
    pub languages: &'static [u16],
    /// Whether it is too common to name a language without the content.
    pub generic: bool,
    /// Whether it may be that of a manual page.
    pub man_page: bool,
    /// The index of the heuristic that tells its languages apart.
    pub heuristic: Option<u16>,
}

/// A known name of a file.
#[derive(Debug)]
pub struct Filename {
    /// The whole name.
    pub name: &'static str,
    /// The languages that have it.
    pub languages: &'static [u16],
    /// The index of its extension, if that is known too.
    pub extension: Option<u16>,
}

/// What of a path matters for its language: a special name, or the longest known extension.
///
/// Paths with equal tags are in the same language if their bytes are equal.
#[derive(Clone, Copy, Debug)]
pub enum PathTag {
    /// `Makefile`.
    Filename(&'static Filename),
    /// `*.rs`.
    Extension(&'static Extension),
    /// An extension of manual pages that no language has: `.3ossl`.
    ManPage,
    /// Nothing known.
    Other,
}

impl PathTag {
    /// The tag of a path.
    pub fn of(path: &BStr) -> Self {
        let name = file_name(path);
        if let Ok(at) = FILENAMES.binary_search_by(|entry| entry.name.as_bytes().cmp(name))
            && let Some(entry) = FILENAMES.get(at)
        {
            return Self::Filename(entry);
        }
        let lower = if name.iter().any(u8::is_ascii_uppercase) {
            Cow::Owned(name.to_ascii_lowercase())
        } else {
            Cow::Borrowed(name)
        };
        if let Some(extension) = longest_known(&lower) {
            Self::Extension(extension)
        } else if is_man_page(&lower) {
            Self::ManPage
        } else {
            Self::Other
        }
    }

    /// A name for it, the same in every process: to keep facts under.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Filename(entry) => entry.name,
            Self::Extension(entry) => entry.name,
            Self::ManPage => "*.<section>",
            Self::Other => "*",
        }
    }

    /// The languages of a special name.
    pub(super) fn by_filename(self) -> &'static [u16] {
        match self {
            Self::Filename(entry) => entry.languages,
            _ => &[],
        }
    }

    /// The known extension.
    pub(super) fn extension(self) -> Option<&'static Extension> {
        match self {
            Self::Filename(entry) => EXTENSIONS.get(usize::from(entry.extension?)),
            Self::Extension(entry) => Some(entry),
            Self::ManPage | Self::Other => None,
        }
    }

    /// Whether the name may be that of a manual page.
    pub(super) fn man_page(self) -> bool {
        match self {
            Self::ManPage => true,
            _ => self.extension().is_some_and(|entry| entry.man_page),
        }
    }

    /// What follows the last dot, with the dot, in lower case; empty if there is none.
    pub(super) fn last_extension(self) -> &'static str {
        let name = self.as_str();
        match name.rfind('.') {
            Some(dot) if dot > 0 => name.get(dot..).unwrap_or_default(),
            _ => "",
        }
    }
}

impl PartialEq for PathTag {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PathTag {}

/// No extension in the table has more dots than this; a name of thousands of dots is not looked through.
const MOST_DOTS: usize = 8;

fn longest_known(name: &[u8]) -> Option<&'static Extension> {
    let dots = memchr::memchr_iter(b'.', name);
    let skipped = dots.clone().count().saturating_sub(MOST_DOTS);
    dots.skip(skipped).find_map(|dot| {
        let extension = name.get(dot..)?;
        let at = EXTENSIONS
            .binary_search_by(|entry| {
                let known = entry.name.as_bytes().get(1..).unwrap_or_default();
                known.cmp(extension)
            })
            .ok()?;
        EXTENSIONS.get(at)
    })
}

/// Linguist's `/\.(?:[1-9](?![0-9])[a-z_0-9]*|0p|n|man|mdoc)(?:\.in)?$/`.
fn is_man_page(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".in").unwrap_or(name);
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return false;
    };
    match name.get(dot + 1..).unwrap_or_default() {
        b"0p" | b"n" | b"man" | b"mdoc" => true,
        [b'1'..=b'9', rest @ ..] => {
            rest.first().is_none_or(|byte| !byte.is_ascii_digit())
                && rest
                    .iter()
                    .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(path: &str) -> &'static str {
        PathTag::of(path.into()).as_str()
    }

    #[test]
    fn a_tag_is_a_special_name_or_the_longest_known_extension() {
        for (path, expected) in [
            ("src/main.rs", "*.rs"),
            ("A.RS", "*.rs"),
            ("Makefile", "Makefile"),
            ("a/makefile", "makefile"),
            ("index.html.erb", "*.erb"),
            ("app.rest.txt", "*.rest.txt"),
            ("foo.bar.js", "*.js"),
            ("foo.bashrc", "*"),
            (".bashrc", ".bashrc"),
            ("x.3ossl", "*.<section>"),
            ("x.10", "*"),
            ("x.3.in", "*.<section>"),
            ("ls.1", "*.1"),
            ("x.js.map", "*.map"),
            ("noext", "*"),
            ("", "*"),
            ("a/", "*"),
        ] {
            assert_eq!(tag(path), expected, "{path}");
        }
    }

    #[test]
    fn no_extension_has_more_dots_than_are_looked_at() {
        for entry in &EXTENSIONS {
            assert!(entry.name.matches('.').count() <= MOST_DOTS);
        }
    }

    #[test]
    fn tags_are_names_of_one_kind_each() {
        for entry in &FILENAMES {
            assert!(!entry.name.starts_with('*'), "{}", entry.name);
            assert_eq!(tag(entry.name), entry.name);
        }
        for entry in &EXTENSIONS {
            let path = format!("some name{}", entry.name.trim_start_matches('*'));
            assert_eq!(tag(&path), entry.name);
        }
    }
}
