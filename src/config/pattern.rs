//! Places in the repository: globs of paths, and folders.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::text::{FromText, Invalid, text_schema, text_value};

/// Longer patterns are no globs; the bound keeps the compiled automaton small.
const LONGEST: usize = 1000;

/// A glob over paths relative to the repository's top. `*` stays within a folder, `**` does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(String);

impl Pattern {
    /// A default, which the tests check instead of every start.
    pub(super) fn literal(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// The glob as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn glob(&self) -> Result<globset::Glob, globset::Error> {
        GlobBuilder::new(&self.0)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
    }

    /// Compiles several at once.
    pub fn compile<'a>(
        patterns: impl IntoIterator<Item = &'a Self>,
    ) -> Result<GlobSet, globset::Error> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(pattern.glob()?);
        }
        set.build()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for Pattern {
    const EXPECTED: &'static str = "a glob such as \"src/**\"";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("an empty glob matches nothing"));
        }
        if text.len() > LONGEST {
            return Err(Invalid::new("a glob cannot be that long"));
        }
        inside(text)?;
        let pattern = Self(text.strip_prefix("./").unwrap_or(text).to_owned());
        match pattern.glob() {
            Ok(_) => Ok(pattern),
            Err(error) => Err(Invalid::new(format!(
                "`{text}` is not a glob: {}",
                error.kind()
            ))),
        }
    }
}

text_value!(Pattern);
text_schema!(Pattern, "Glob", {
    "type": "string",
    "description": "A glob over paths relative to the repository's top; `*` stays within a folder, `**` does not.",
    "minLength": 1,
    "maxLength": 1000,
});

/// A folder of the repository, relative to its top and never outside; the top itself is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folder(String);

impl Folder {
    /// The path, with `/` between its parts; empty for the top.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl FromText for Folder {
    const EXPECTED: &'static str = "a folder of the repository";

    fn from_text(text: &str) -> Result<Self, Invalid> {
        inside(text)?;
        let parts: Vec<_> = text
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        Ok(Self(parts.join("/")))
    }
}

text_value!(Folder);
text_schema!(Folder, "Folder", {
    "type": "string",
    "description": "A folder of the repository, relative to its top.",
});

/// Refuses what could name a place outside the repository, or no place at all.
fn inside(text: &str) -> Result<(), Invalid> {
    let drive = text.as_bytes().get(1) == Some(&b':')
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
    if text.starts_with('/') || text.starts_with('\\') || text.starts_with('~') || drive {
        return Err(
            Invalid::new(format!("`{text}` is not inside the repository"))
                .hint("write a path relative to the repository's top"),
        );
    }
    if text.split(['/', '\\']).any(|part| part == "..") {
        return Err(Invalid::new(format!("`{text}` leaves the repository"))
            .hint("write a path relative to the repository's top, without `..`"));
    }
    if text.contains('\0') {
        return Err(Invalid::new("a path cannot contain a NUL character"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_place_stays_inside_the_repository() {
        for outside in [
            "/etc", "..", "a/../b", "../a", "a\\..\\b", "~/x", "C:/x", "a\0b",
        ] {
            assert!(outside.parse::<Folder>().is_err(), "{outside:?}");
            assert!(outside.parse::<Pattern>().is_err(), "{outside:?}");
        }
        assert_eq!(
            "./packages//web/".parse::<Folder>().unwrap().as_str(),
            "packages/web"
        );
        assert_eq!(".".parse::<Folder>().unwrap(), Folder::default());
    }

    #[test]
    fn one_star_stays_within_a_folder() {
        let set = Pattern::compile(&["docs/*.md".parse().unwrap()]).unwrap();
        assert!(set.is_match("docs/a.md"));
        assert!(!set.is_match("docs/old/a.md"));
        assert!("a[".parse::<Pattern>().is_err());
        assert!("{a".parse::<Pattern>().is_err());
    }
}
