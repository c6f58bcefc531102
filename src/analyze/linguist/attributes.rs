//! What `.gitattributes` files say of a path, as far as linguist asks.
//!
//! Lines are read and matched as git does it, without macros and without `info/attributes`, which is no part of a
//! commit.

use std::collections::BTreeMap;

use bstr::{BStr, BString, ByteSlice};

use super::attribute_lines::{Line, Name, Setting, lines};
use super::language::Language;

/// Which language the attributes say a file is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Override {
    /// They say nothing.
    #[default]
    None,
    /// `linguist-language=Ruby`
    Language(&'static Language),
    /// A name that no language has: as with linguist, the file is then in none.
    Unknown,
}

/// What the attributes say of one path; nothing for most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `linguist-language`
    pub language: Override,
    /// `linguist-vendored`
    pub vendored: Option<bool>,
    /// `linguist-generated`
    pub generated: Option<bool>,
    /// `linguist-documentation`
    pub documentation: Option<bool>,
    /// `linguist-detectable`
    pub detectable: Option<bool>,
}

/// The `.gitattributes` files of a commit.
#[derive(Debug, Default)]
pub struct AttributeFiles {
    /// The lines that name an attribute of linguist's, by folder without a slash at its end.
    folders: BTreeMap<BString, Vec<Line>>,
}

impl AttributeFiles {
    /// Reads files: the folder that each is in, empty for the top, and its content.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a BStr, &'a [u8])>) -> Self {
        let mut folders = BTreeMap::new();
        for (folder, content) in files {
            let lines = lines(content);
            if !lines.is_empty() {
                let folder = folder.strip_suffix(b"/").unwrap_or(folder);
                folders.insert(BString::from(folder), lines);
            }
        }
        Self { folders }
    }

    /// Whether no line of any file is of interest.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// What they say of a path: deeper files before others, later lines before others.
    pub fn of(&self, path: &BStr) -> Attributes {
        let mut found = Found::default();
        if self.is_empty() {
            return found.attributes;
        }
        let slashes = memchr::memrchr_iter(b'/', path).map(|slash| (slash, slash + 1));
        for (end, start) in slashes.chain([(0, 0)]) {
            let (Some(folder), Some(rest)) = (path.get(..end), path.get(start..)) else {
                continue;
            };
            let Some(lines) = self.folders.get(folder.as_bstr()) else {
                continue;
            };
            for line in lines.iter().rev() {
                if !found.is_complete() && line.pattern.matches(rest) {
                    for (name, setting) in line.settings.iter().rev() {
                        found.take(*name, *setting);
                    }
                }
            }
        }
        found.attributes
    }
}

/// Attributes, and which of them are decided.
#[derive(Default)]
struct Found {
    attributes: Attributes,
    decided: [bool; 5],
}

impl Found {
    fn is_complete(&self) -> bool {
        self.decided.iter().all(|decided| *decided)
    }

    fn take(&mut self, name: Name, setting: Setting) {
        let Some(decided) = self.decided.get_mut(name as usize) else {
            return;
        };
        if std::mem::replace(decided, true) {
            return;
        }
        let flag = match setting {
            Setting::Flag(flag) => Some(flag),
            Setting::Unspecified | Setting::Language(_) => None,
        };
        match name {
            Name::Vendored => self.attributes.vendored = flag,
            Name::Generated => self.attributes.generated = flag,
            Name::Documentation => self.attributes.documentation = flag,
            Name::Detectable => self.attributes.detectable = flag,
            Name::Language => {
                if let Setting::Language(language) = setting {
                    self.attributes.language = language;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::*;

    fn read<'a>(files: &[(&'a str, &'a str)]) -> AttributeFiles {
        AttributeFiles::new(
            files
                .iter()
                .map(|(folder, text)| (BStr::new(*folder), text.as_bytes())),
        )
    }

    #[test]
    fn deeper_files_and_later_lines_win() {
        let files = read(&[
            (
                "",
                "*.js linguist-vendored\n*.js linguist-generated=false linguist-language=TypeScript\nlib/x.js -linguist-vendored\n",
            ),
            (
                "lib",
                "*.js !linguist-language linguist-detectable=0\nx.js linguist-language=klingon",
            ),
        ]);
        let top = files.of("a.js".into());
        assert_eq!((top.vendored, top.generated), (Some(true), Some(false)));
        assert_eq!(
            top.language,
            Override::Language(Language::named("TypeScript").unwrap())
        );
        let deep = files.of("lib/x.js".into());
        assert_eq!((deep.vendored, deep.detectable), (Some(false), Some(true)));
        assert_eq!(deep.language, Override::Unknown);
        assert_eq!(files.of("lib/y.js".into()).language, Override::None);
        assert_eq!(files.of("lib/y.c".into()), Attributes::default());
        assert!(read(&[("", "*.c text\n# linguist-vendored\n")]).is_empty());
    }

    /// Git's own answer for every path, in order.
    fn ask_git(folder: &Path, paths: &[String]) -> Vec<String> {
        let out = Command::new("git")
            .args(["check-attr", "-z", "linguist-vendored", "--"])
            .args(paths)
            .current_dir(folder)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(out.status.success());
        let fields: Vec<_> = out.stdout.split(|byte| *byte == 0).collect();
        fields
            .chunks(3)
            .filter_map(|fields| fields.get(2))
            .map(|value| String::from_utf8_lossy(value).into_owned())
            .collect()
    }

    fn repository() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let init = Command::new("git")
            .args(["init", "-q", "."])
            .current_dir(folder.path())
            .status();
        assert!(init.unwrap().success());
        fs::create_dir_all(folder.path().join("a")).unwrap();
        folder
    }

    fn check(folder: &TempDir, top: &str, deep: &str, paths: &[String]) {
        fs::write(folder.path().join(".gitattributes"), top).unwrap();
        fs::write(folder.path().join("a/.gitattributes"), deep).unwrap();
        let files = read(&[("", top), ("a", deep)]);
        for (path, answer) in paths.iter().zip(ask_git(folder.path(), paths)) {
            let expected = match answer.as_str() {
                "unspecified" => None,
                "unset" | "false" => Some(false),
                _ => Some(true),
            };
            let ours = files.of(path.as_str().into()).vendored;
            assert_eq!(ours, expected, "{path:?} with\n{top}\nand in a/\n{deep}");
        }
    }

    #[test]
    fn git_reads_the_same_patterns_the_same_way() {
        let patterns = [
            "*.js",
            "a",
            "/a",
            "a/*",
            "a/**",
            "**/b",
            "a/**/b",
            "*/b",
            "**",
            "*",
            "?",
            "a?b",
            "[ab]",
            "[!a]*",
            "[^a]*",
            "[a-c]/x",
            "a[/]b",
            "[[:alpha:]]",
            "[[:digit:]a]*",
            "[]a]",
            "[a-]",
            "[\\]]",
            "{a,b}",
            "a\\*b",
            "\\!a",
            "!a",
            "\"a b\"",
            "\"\\141\"",
            "b/",
            "a/b/",
            "a**b",
            "a/**b",
            "**a",
            "**/",
            "a/***/b",
            "/**/b",
            "*.*.js",
            "a//b",
            "./a",
            "[a",
            "a\\",
            "[[:foo:]]",
            "[[:alpha:]",
            "[a-[:digit:]]",
            "[z-a]",
            "é",
            "?.js",
            "*/*/b",
        ];
        let paths: Vec<String> = [
            "a",
            "b",
            "a/b",
            "a/a",
            "a/x",
            "b/x",
            "c/x",
            "a/b/b",
            "a/c/b",
            "x/a/b",
            "a.js",
            "a/a.js",
            "x/y.min.js",
            "ab",
            "axb",
            "a*b",
            "!a",
            "a b",
            "{a,b}",
            "-",
            "]",
            "1",
            "1x",
            "a/ab",
            "a/xb",
            "xa",
            "é",
            "b/b/b",
            "z",
            "\\",
        ]
        .map(String::from)
        .to_vec();
        let folder = repository();
        for pattern in patterns {
            check(
                &folder,
                &format!("{pattern} linguist-vendored\n"),
                "",
                &paths,
            );
            check(
                &folder,
                "a linguist-vendored=false\n",
                &format!("{pattern} -linguist-vendored"),
                &paths,
            );
        }
    }

    #[test]
    fn git_reads_the_same_lines_the_same_way() {
        let paths: Vec<String> = ["a", "a/b", "b", "a/a"].map(String::from).to_vec();
        let folder = repository();
        for line in [
            "a linguist-vendored -linguist-vendored",
            "a linguist-vendored=",
            "a linguist-vendored=true",
            "a -linguist-vendored=x",
            "a linguist-vendored !linguist-vendored",
            "a linguist-vendored b@d",
            "a linguist-vendored\n* -text",
            "  \ta\tlinguist-vendored\r",
            "#a linguist-vendored",
            "\u{feff}a linguist-vendored",
            "[attr]x linguist-vendored",
            "\"a\"linguist-vendored",
            "\"a linguist-vendored",
            "a -",
            "a linguist-vendored=false text=auto eol=lf",
        ] {
            check(&folder, line, "b !linguist-vendored\n", &paths);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn git_matches_any_pattern_the_same_way(
            pattern in "[ab*?/\\[\\]!\\\\^-]{1,8}",
            paths in proptest::collection::vec("[ab/!-]{0,3}[ab]", 1..8),
        ) {
            let paths: Vec<String> = paths
                .into_iter()
                .filter(|path| !path.contains("//") && !path.starts_with(['/', '!', '-']))
                .collect();
            prop_assume!(!paths.is_empty() && !pattern.starts_with(['#', '"']));
            check(&repository(), &format!("{pattern} linguist-vendored\n"), "", &paths);
        }
    }

    proptest! {
        #[test]
        fn any_file_is_read(text in "[\\PC\n]{0,80}", path in "[a-z/.*\\[]{0,20}") {
            let files = read(&[("", &text)]);
            let _ = files.of(path.as_str().into());
        }
    }
}
