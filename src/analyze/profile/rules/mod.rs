//! The rules that hold in a repository: those that its instructions for people and agents spell out, and those that its
//! editor and linter settings enforce. Functions of bytes.
//!
//! They are about the work. Sentences that name a person (an address, a handle, somebody who commits here) are left out.

mod others;
mod prose;
mod settings;

use std::collections::BTreeSet;

pub use others::Others;

use super::attribute::{Observation, START};
use super::identity::seen;
use super::value::{Item, LONGEST, MOST, Value, clean, folded};

/// Larger files are read up to here.
const LARGEST: usize = 256 << 10;
/// Of one file; more are passed over.
const OF_ONE_FILE: usize = 50;

/// A rule, and where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// One short sentence.
    pub text: String,
    /// The file, relative to the top.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Sentences.
    Prose,
    /// `.editorconfig`.
    Editor,
    /// TOML and INI.
    Sections,
    /// JSON, YAML and JavaScript.
    Script,
}

impl Form {
    /// The rules of a file, with their lines.
    fn read(self, file: &str, text: &str) -> Vec<(u32, String)> {
        match self {
            Self::Prose => prose::read(text),
            Self::Editor => settings::editorconfig(text),
            Self::Sections => settings::sectioned(file, text),
            Self::Script => settings::script(file, text),
        }
    }

    /// What somebody else worded in a rule: of prose all of it, of a setting the files for which it holds.
    fn foreign_words(self, rule: &str) -> &str {
        match self {
            Self::Prose => rule,
            _ => rule.rsplit_once(" (").map_or("", |(_, files)| files),
        }
    }
}

/// The files that are read, with their paths from the top, and how each is written. Instructions come first, then settings.
const FILES: [(&str, Form); 34] = [
    ("AGENTS.md", Form::Prose),
    ("CLAUDE.md", Form::Prose),
    ("CONTRIBUTING.md", Form::Prose),
    ("CONTRIBUTING", Form::Prose),
    ("CONTRIBUTING.rst", Form::Prose),
    ("CONTRIBUTING.txt", Form::Prose),
    (".github/CONTRIBUTING.md", Form::Prose),
    ("docs/CONTRIBUTING.md", Form::Prose),
    (".editorconfig", Form::Editor),
    ("pyproject.toml", Form::Sections),
    ("ruff.toml", Form::Sections),
    (".ruff.toml", Form::Sections),
    (".flake8", Form::Sections),
    ("setup.cfg", Form::Sections),
    ("tox.ini", Form::Sections),
    ("rustfmt.toml", Form::Sections),
    (".rustfmt.toml", Form::Sections),
    ("clippy.toml", Form::Sections),
    (".clippy.toml", Form::Sections),
    ("Cargo.toml", Form::Sections),
    (".prettierrc", Form::Script),
    (".prettierrc.json", Form::Script),
    (".prettierrc.yaml", Form::Script),
    (".prettierrc.yml", Form::Script),
    ("prettier.config.cjs", Form::Script),
    ("prettier.config.js", Form::Script),
    ("prettier.config.mjs", Form::Script),
    ("package.json", Form::Script),
    (".eslintrc.cjs", Form::Script),
    (".eslintrc.js", Form::Script),
    (".eslintrc.json", Form::Script),
    ("eslint.config.cjs", Form::Script),
    ("eslint.config.js", Form::Script),
    ("eslint.config.mjs", Form::Script),
];

/// Whether rules are read from the file with this path.
pub fn is_read(path: &[u8]) -> bool {
    FILES.iter().any(|(name, _)| name.as_bytes() == path)
}

/// The rules of some files, each given with its path and content; in the order of this module's table of files and of
/// their lines, each rule once, at most 100, at most 50 of one file.
pub fn extract<'a>(
    files: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    others: &Others,
) -> Vec<Rule> {
    let mut known: Vec<(usize, &[u8])> = files
        .into_iter()
        .filter_map(|(path, content)| {
            let place = FILES.iter().position(|(name, _)| name.as_bytes() == path)?;
            Some((place, content.get(..LARGEST).unwrap_or(content)))
        })
        .collect();
    known.sort_unstable();
    let mut rules = Vec::new();
    let mut said = BTreeSet::new();
    for (place, content) in known {
        let Some((file, form)) = FILES.get(place) else {
            continue;
        };
        let text = String::from_utf8_lossy(content);
        let found = form
            .read(file, &text)
            .into_iter()
            // Names are looked for in the whole sentence: cutting it might cut one in two.
            .filter(|(_, text)| !others.are_named_in(form.foreign_words(text)))
            .map(|(line, text)| (line, clean(&text)))
            .filter(|(_, text)| {
                !text.is_empty() && text.len() <= LONGEST && said.insert(folded(text))
            });
        rules.extend(found.take(OF_ONE_FILE).map(|(line, text)| Rule {
            text,
            file: (*file).to_owned(),
            line,
        }));
    }
    rules.truncate(MOST);
    rules
}

/// What the rules of a repository say of it; nothing if there are none.
pub fn observe(rules: &[Rule]) -> Vec<Observation> {
    if rules.is_empty() {
        return Vec::new();
    }
    let items = rules.iter().take(MOST).map(|rule| Item::Placed {
        text: rule.text.clone(),
        file: rule.file.clone(),
        line: rule.line,
    });
    vec![seen(
        "rules",
        Value::List(items.collect()),
        "rule files",
        START,
    )]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let others = Others::default();
        let files = files
            .iter()
            .map(|(path, text)| (path.as_bytes(), text.as_bytes()));
        let rules = extract(files, &others).into_iter();
        rules
            .map(|rule| format!("{}:{} {}", rule.file, rule.line, rule.text))
            .collect()
    }

    #[test]
    fn instructions_come_first_and_each_rule_once() {
        assert_eq!(
            told(&[
                (".editorconfig", "[*]\nindent_style = tab\n"),
                (
                    "CLAUDE.md",
                    "- Always run the tests.\n- Never push to main.\n"
                ),
                ("AGENTS.md", "# Rules\n\n- Always run the tests.\n"),
                ("README.md", "- Never read me.\n"),
            ]),
            [
                "AGENTS.md:3 Always run the tests.",
                "CLAUDE.md:2 Never push to main.",
                ".editorconfig:2 indent with tabs (*)",
            ]
        );
    }

    #[test]
    fn words_of_settings_are_nobodys_name() {
        let others = Others::new([("lines", "a@b"), ("Bob Roe", "c@d")]);
        let text: &[u8] = b"[*]\nend_of_line = lf\n[bob roe/*]\nend_of_line = crlf\n";
        let rules = extract([(b".editorconfig".as_slice(), text)], &others);
        let rules: Vec<_> = rules.into_iter().map(|rule| rule.text).collect();
        assert_eq!(rules, ["end lines with LF (*)"]);
    }

    #[test]
    fn there_are_not_too_many() {
        let many: Vec<String> = (0..500)
            .map(|number| format!("- Never do {number}."))
            .collect();
        let many = many.join(
            "
",
        );
        assert_eq!(
            told(&[("AGENTS.md", &many), ("CLAUDE.md", "- Always stop.\n")]).len(),
            51
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(content: Vec<u8>, text in "(?s)[-#*`\\[\\]{}:=,'\" \n/a-c0-9_(]{0,200}", words in "(- |must |never |\\[tool.ruff\\]\n|line-length|max-len|indent|quotes|=|:|\\[|\\]|'|\"|,|\n| |1|00)*") {
            let others = Others::new([("Jane Doe", "j@x.org")]);
            for (path, _) in FILES {
                for content in [content.as_slice(), text.as_bytes(), words.as_bytes()] {
                    for rule in extract([(path.as_bytes(), content)], &others) {
                        prop_assert!(rule.line >= 1 && rule.text.len() <= LONGEST);
                        prop_assert!(!rule.text.contains('\n'));
                    }
                }
            }
        }
    }
}
